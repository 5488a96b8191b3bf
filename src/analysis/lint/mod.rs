//! Finds what is allowed and yet probably wrong, by what the rules of a program mean together.

mod covered;
mod denied;
mod dns;
mod meant_as_and;
mod no_effect;
mod place;
mod pods;
mod port_names;
mod repeated;
mod scope;
mod selects_nothing;
mod service_ports;
mod services;

pub use place::Place;
pub use scope::Scope;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diag::Diagnostics;
use crate::ir::lower::Half;
use crate::ir::{Base, Namespaces, Peer, PodSet, Rule, Subject};
use crate::kubernetes::objects::Located;
use crate::model::Direction;
use crate::source::Sources;

/// Looks at a program as it was lowered, before any pass has joined its rules; in a cluster where one is given.
#[must_use]
pub fn program(scope: &Scope<'_>, halves: &[Half], place: Option<&Place<'_>>, sources: &Sources) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    no_effect::check(scope, halves, &mut diagnostics);
    denied::check(scope, &mut diagnostics);
    together(scope, place, sources, &mut diagnostics);
    diagnostics
}

/// Looks at Kubernetes objects and at the policy that they are, before any pass; in a cluster where one is given.
#[must_use]
pub fn objects(
    objects: &[Located<NetworkPolicy>],
    scope: &Scope<'_>,
    place: Option<&Place<'_>>,
    sources: &Sources,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    objects.iter().for_each(|object| meant_as_and::check(object, &mut diagnostics));
    repeated::check(scope, sources, &mut diagnostics);
    together(scope, place, sources, &mut diagnostics);
    diagnostics
}

// What is asked of both. A cluster without pods says nothing.
fn together(scope: &Scope<'_>, place: Option<&Place<'_>>, sources: &Sources, diagnostics: &mut Diagnostics) {
    let place = place.filter(|place| !place.cluster().pods.is_empty());
    covered::check(scope, sources, diagnostics);
    dns::check(scope, place, diagnostics);
    if let Some(place) = place {
        selects_nothing::check(scope, place, diagnostics);
        services::check(scope, place, diagnostics);
        port_names::check(scope, place.pods(), diagnostics);
        service_ports::check(scope, place, diagnostics);
    }
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

// The sets of pods that a rule leads to.
fn destinations(rule: &Rule) -> Vec<PodSet> {
    match rule.direction {
        Direction::Ingress => vec![selected(&rule.subject)],
        Direction::Egress => pod_sets(&rule.peers).cloned().collect(),
    }
}

#[cfg(test)]
mod tests;
