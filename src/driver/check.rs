//! Finds what is wrong with policies, and writes nothing.

use std::path::PathBuf;

use super::Session;
use super::compile::Settings;
use super::policies::{Policies, policies, read_objects};
use crate::analysis::lint;
use crate::cluster::Cluster;
use crate::emit::kubernetes;
use crate::opt;

/// Checks `.netpol` files as `build` would, and Kubernetes objects as the API server would. Findings go to the session.
pub fn check(paths: &[PathBuf], settings: &Settings, mut cluster: Option<&mut Cluster>, session: &mut Session) {
    let Some(found) = policies(paths, settings, cluster.as_deref_mut(), session) else { return };
    if !found.objects.is_empty() {
        check_objects(&found, settings, cluster.as_deref(), session);
    }
    if let Some(program) = found.program {
        session.diagnostics.append(kubernetes::express(opt::optimize(program.policy)).1);
    }
}

fn check_objects(found: &Policies, settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let objects = read_objects(&found.objects);
    let scope = match &found.program {
        Some(program) => lint::Scope::last(&program.policy, &objects),
        None => lint::Scope::whole(&objects),
    };
    let place = cluster.map(|cluster| lint::Place::new(cluster, settings.current()));
    session.diagnostics.append(lint::objects(&found.objects, &scope, place.as_ref(), &session.sources));
}

#[cfg(test)]
mod tests {
    use super::*;

    // The codes of what is found in files that are given together.
    fn found(files: &[(&str, &str)]) -> Vec<&'static str> {
        let folder = tempfile::TempDir::new().unwrap();
        let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
        files.iter().zip(&paths).for_each(|((_, text), path)| std::fs::write(path, text).unwrap());
        let settings = Settings { namespace: None, include: Vec::new(), today: jiff::civil::date(2027, 1, 1) };
        let mut session = Session::new();
        check(&paths, &settings, None, &mut session);
        session.diagnostics.into_sorted().iter().map(|diagnostic| diagnostic.code.id()).collect()
    }

    const PROGRAM: (&str, &str) = (
        "a.netpol",
        "namespace shop\nisolate egress pods[app=api]\nallow egress pods[app=api] -> pods[app=db] on tcp/5432\n",
    );

    fn manifest(egress: &str) -> String {
        let spec = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{egress}]}}");
        let metadata = "{name: a, namespace: shop}";
        format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {metadata}\nspec: {spec}\n")
    }

    #[test]
    fn a_program_and_manifests_are_judged_together() {
        let dns = manifest("{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}]}");
        assert_eq!(found(&[PROGRAM]), ["W0408"]);
        assert_eq!(found(&[PROGRAM, ("b.yaml", &dns)]), Vec::<&str>::new());
    }

    #[test]
    fn of_two_equal_rules_one_is_told() {
        let same = manifest("{to: [{podSelector: {}}, {namespaceSelector: {}}]}");
        let program = "namespace shop\nisolate egress pods\nallow egress pods -> pods, pods in *\n";
        assert_eq!(found(&[("a.netpol", program), ("b.yaml", &same)]), ["W0407"]);
    }
}
