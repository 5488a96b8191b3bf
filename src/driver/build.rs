//! From a policy to the files of a target.

use std::collections::BTreeMap;

use super::Session;
use super::output::{Artifact, MARK};
use crate::diag::{Code, Diagnostic};
use crate::emit::kubernetes::{self, Manifest, Options};
use crate::ir::{Namespace, Policy};

// Namespaces cannot begin with an underscore, so this is none of theirs.
const CURRENT: &str = "_current";

/// The Kubernetes manifests of a policy, a file for each namespace. Findings go to the session.
pub fn kubernetes(policy: Policy, labels: BTreeMap<String, String>, session: &mut Session) -> Option<Vec<Artifact>> {
    let (expressed, found) = kubernetes::express(policy);
    session.diagnostics.append(found);
    let (expressed, options) = (expressed?, Options { labels });
    let artifacts: serde_json::Result<Vec<_>> = expressed.manifests(&session.sources, &options).map(artifact).collect();
    artifacts
        .map_err(|error| session.diagnostics.push(Diagnostic::without_place(Code::CannotWrite, error.to_string())))
        .ok()
}

fn artifact(manifest: Manifest) -> serde_json::Result<Artifact> {
    let name = match &manifest.namespace {
        Namespace::Current => CURRENT,
        Namespace::Named(name) => name,
    };
    let mut text = format!("# {MARK} from {}; do not edit\n", manifest.sources.join(", "));
    for object in &manifest.objects {
        kubernetes::append(&mut text, object)?;
    }
    Ok(Artifact { path: format!("kubernetes/{name}.yaml"), text, sources: manifest.sources })
}
