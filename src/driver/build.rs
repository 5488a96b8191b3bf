//! From a policy to the files of a target.

use std::collections::BTreeMap;

use super::Session;
use super::output::{Artifact, MARK};
use crate::emit::kubernetes::{self, Manifest, Options};
use crate::ir::{Namespace, Policy};
use crate::opt;

// Namespaces cannot begin with an underscore, so this is none of theirs.
const CURRENT: &str = "_current";

/// The Kubernetes manifests of a policy, a file for each namespace. Findings go to the session.
pub fn kubernetes(policy: Policy, labels: BTreeMap<String, String>, session: &mut Session) -> Option<Vec<Artifact>> {
    let (expressed, found) = kubernetes::express(opt::optimize(policy));
    session.diagnostics.append(found);
    let (expressed, options) = (expressed?, Options { labels });
    Some(expressed.manifests(&session.sources, &options).map(artifact).collect())
}

fn artifact(manifest: Manifest) -> Artifact {
    let name = match &manifest.namespace {
        Namespace::Current => CURRENT,
        Namespace::Named(name) => name,
    };
    let mut text = format!("# {MARK} from {}; do not edit\n", manifest.sources.join(", "));
    for object in &manifest.objects {
        kubernetes::append(&mut text, object);
    }
    Artifact { path: format!("kubernetes/{name}.yaml"), text, sources: manifest.sources }
}
