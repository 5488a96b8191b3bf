//! The cluster that a command is given.

use std::path::PathBuf;

use super::Session;
use crate::cluster::{Cluster, load};

/// Loads the cluster of `--cluster`. Without one there is none, which is no error; a broken one is.
pub fn cluster(path: Option<&PathBuf>, session: &mut Session) -> Option<Cluster> {
    load::load(std::slice::from_ref(path?), &mut session.diagnostics)
}
