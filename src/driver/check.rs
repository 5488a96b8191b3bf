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
pub fn check(paths: &[PathBuf], settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let Some(found) = policies(paths, settings, cluster, session) else { return };
    if !found.objects.is_empty() {
        check_objects(&found, settings, cluster, session);
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
