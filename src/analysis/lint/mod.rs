//! Finds what is allowed and yet probably wrong, by what the rules of a program mean together.

mod covered;
mod destination_ports;
mod dns;
mod meant_as_and;
mod no_effect;
mod pods;
mod selects_nothing;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::cluster::Cluster;
use crate::diag::Diagnostics;
use crate::ir::lower::Half;
use crate::ir::{Base, Namespaces, Peer, PodSet, Policy, Subject};
use crate::kubernetes::objects::Located;
use crate::source::Sources;

/// Looks at a policy as it was lowered, before any pass has joined its rules.
#[must_use]
pub fn lint(policy: &Policy, halves: &[Half], sources: &Sources) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    no_effect::check(policy, halves, &mut diagnostics);
    covered::check(policy, sources, &mut diagnostics);
    dns::check(policy, &mut diagnostics);
    diagnostics
}

/// Looks at Kubernetes objects and at the policy that they are, before any pass.
#[must_use]
pub fn objects(objects: &[Located<NetworkPolicy>], policy: &Policy, sources: &Sources) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    objects.iter().for_each(|object| meant_as_and::check(object, &mut diagnostics));
    covered::check(policy, sources, &mut diagnostics);
    dns::check(policy, &mut diagnostics);
    diagnostics
}

/// Holds a policy, before any pass, against the pods and Services of a cluster.
///
/// `current` is what the namespace without a name is taken for. A cluster without pods says nothing.
#[must_use]
pub fn in_cluster(policy: &Policy, cluster: &Cluster, current: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if cluster.pods.is_empty() {
        return diagnostics;
    }
    let pods = pods::Pods::new(cluster, current);
    selects_nothing::check(policy, &pods, &mut diagnostics);
    destination_ports::names(policy, &pods, &mut diagnostics);
    destination_ports::of_services(policy, cluster, &pods, &mut diagnostics);
    diagnostics
}

// A subject as a set of pods.
fn selected(subject: &Subject) -> PodSet {
    PodSet { namespaces: Namespaces::from(&subject.namespace), pods: subject.pods.clone() }
}

// The sets of pods among peers.
fn pod_sets(peers: &[Peer]) -> impl Iterator<Item = &PodSet> {
    peers.iter().filter_map(|peer| match &peer.within {
        Base::Pods(set) => Some(set),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
