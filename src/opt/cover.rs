//! When one rule makes another pointless.

use crate::ir::{Rule, Subject};

/// Whether every flow that `narrow` matches is matched by `wide`, and does the same there.
#[must_use]
pub fn covers(wide: &Rule, narrow: &Rule) -> bool {
    (wide.action, wide.direction) == (narrow.action, narrow.direction)
        && subject_covers(&wide.subject, &narrow.subject)
        && narrow.ports.is_subset(&wide.ports)
        && narrow.peers.iter().all(|peer| wide.peers.iter().any(|other| peer.is_within(other)))
}

/// Whether every pod of `narrow` is one of `wide`.
pub(super) fn subject_covers(wide: &Subject, narrow: &Subject) -> bool {
    wide.namespace == narrow.namespace && narrow.pods.implies(&wide.pods) && wide.outside.is_subset(&narrow.outside)
}
