//! When one rule makes another pointless.

use crate::ir::{Base, Namespaces, Peer, PodSet, Rule, Subject};

/// Whether every flow that `narrow` matches is matched by `wide`, and does the same there.
#[must_use]
pub fn covers(wide: &Rule, narrow: &Rule) -> bool {
    (wide.action, wide.direction) == (narrow.action, narrow.direction)
        && subject_covers(&wide.subject, &narrow.subject)
        && narrow.ports.is_subset(&wide.ports)
        && narrow.peers.iter().all(|peer| wide.peers.iter().any(|other| peer_covers(other, peer)))
}

/// Whether every pod of `narrow` is one of `wide`.
pub(super) fn subject_covers(wide: &Subject, narrow: &Subject) -> bool {
    wide.namespace == narrow.namespace && narrow.pods.implies(&wide.pods) && wide.outside.is_subset(&narrow.outside)
}

/// Whether every endpoint of `narrow` is one of `wide`. May say no where it is hard to tell.
pub(super) fn peer_covers(wide: &Peer, narrow: &Peer) -> bool {
    let kept = wide.except.iter().all(|base| narrow.except.iter().any(|other| base_covers(other, base)));
    kept && base_covers(&wide.within, &narrow.within)
}

fn base_covers(wide: &Base, narrow: &Base) -> bool {
    match (wide, narrow) {
        (Base::Any, _) => true,
        (Base::Addresses(wide), Base::Addresses(narrow)) => narrow.is_subset(wide),
        (Base::Pods(wide), Base::Pods(narrow)) => pods_cover(wide, narrow),
        _ => false,
    }
}

fn pods_cover(wide: &PodSet, narrow: &PodSet) -> bool {
    let namespaces = match (&wide.namespaces, &narrow.namespaces) {
        (Namespaces::Matching(wide), Namespaces::Matching(narrow)) => narrow.implies(wide),
        (Namespaces::Current, Namespaces::Current) => true,
        (Namespaces::Matching(wide), Namespaces::Current) => wide.is_all(),
        (Namespaces::Current, Namespaces::Matching(_)) => false,
    };
    namespaces && narrow.pods.implies(&wide.pods)
}
