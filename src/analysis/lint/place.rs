//! The cluster that policies are held against.

use super::pods::Pods;
use crate::cluster::Cluster;

/// A cluster, indexed for the lints.
#[derive(Debug)]
pub struct Place<'a> {
    pods: Pods<'a>,
}

impl<'a> Place<'a> {
    /// Indexes a cluster. `current` is what the namespace without a name is taken for.
    #[must_use]
    pub fn new(cluster: &'a Cluster, current: &'a str) -> Self {
        Self { pods: Pods::new(cluster, current) }
    }

    pub(super) fn cluster(&self) -> &'a Cluster {
        self.pods.cluster
    }

    pub(super) fn pods(&self) -> &Pods<'a> {
        &self.pods
    }
}
