//! Finds what is wrong with policies, and writes nothing.

use std::path::PathBuf;

use super::compile::Settings;
use super::policies::policies;
use super::{Session, build};
use crate::cluster::Cluster;

/// Checks `.netpol` files as `build` would, and Kubernetes objects as the API server would. Findings go to the session.
pub fn check(paths: &[PathBuf], settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let found = policies(paths, settings, cluster, session);
    if let Some(program) = found.and_then(|found| found.program) {
        build::kubernetes(&program.policy, Default::default(), session);
    }
}
