//! From a policy to the files of a target.

use std::collections::BTreeMap;

use super::Session;
use super::output::{Artifact, MARK};
use crate::diag::{Code, Diagnostic};
use crate::emit::kubernetes::{self, Manifest, Options};
use crate::ir::{Namespace, Policy};
use crate::kubernetes::yaml::write;

// Namespaces cannot begin with an underscore, so this is none of theirs.
const CURRENT: &str = "_current";

/// The Kubernetes manifests of a policy, a file for each namespace. Findings go to the session.
pub fn kubernetes(policy: &Policy, labels: BTreeMap<String, String>, session: &mut Session) -> Option<Vec<Artifact>> {
    let (manifests, found) = kubernetes::emit(policy, &session.sources, &Options { labels });
    session.diagnostics.append(found);
    let artifacts: Result<Vec<Artifact>, serde_json::Error> = manifests?.iter().map(artifact).collect();
    artifacts
        .map_err(|error| session.diagnostics.push(Diagnostic::without_place(Code::CannotWrite, error.to_string())))
        .ok()
}

fn artifact(manifest: &Manifest) -> Result<Artifact, serde_json::Error> {
    let name = match &manifest.namespace {
        Namespace::Current => CURRENT,
        Namespace::Named(name) => name,
    };
    let mut text = format!("# {MARK} from {}; do not edit\n", manifest.sources.join(", "));
    for object in &manifest.objects {
        write::append(&mut text, &kubernetes::ordered(serde_json::to_value(object)?));
    }
    let path = format!("kubernetes/{name}.yaml");
    Ok(Artifact { path, text, sources: manifest.sources.clone() })
}
