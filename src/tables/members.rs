//! Which sets an endpoint is in.

use std::collections::HashMap;

use super::sets::{Part, Set, Sets};

/// The sets by what they are made of, so that an endpoint meets only those that it may be in.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    any: Vec<u32>,
    by_pods: HashMap<u32, Vec<u32>>,
    by_addresses: HashMap<u32, Vec<u32>>,
}

impl Members {
    pub(super) fn new(sets: &Sets) -> Self {
        let mut members = Self::default();
        for (set, id) in sets.sets.values().iter().zip(0u32..) {
            match set.within {
                Part::Any => members.any.push(id),
                Part::Pods(pods) => members.by_pods.entry(pods).or_default().push(id),
                Part::Addresses(addresses) => members.by_addresses.entry(addresses).or_default().push(id),
            }
        }
        members
    }

    /// The sets that hold an endpoint which is in these pod sets and these address sets, all sorted.
    pub(super) fn of(&self, sets: &Sets, pods: &[u32], addresses: &[u32]) -> Vec<u32> {
        let by_pods = pods.iter().filter_map(|id| self.by_pods.get(id)).flatten();
        let by_addresses = addresses.iter().filter_map(|id| self.by_addresses.get(id)).flatten();
        let holds = |part: &Part| match part {
            Part::Any => true,
            Part::Pods(id) => pods.binary_search(id).is_ok(),
            Part::Addresses(id) => addresses.binary_search(id).is_ok(),
        };
        let inside = |id: &u32| sets.sets.get(*id).is_some_and(|set: &Set| !set.except.iter().any(holds));
        let mut found: Vec<_> = self.any.iter().chain(by_pods).chain(by_addresses).copied().filter(inside).collect();
        found.sort_unstable();
        found
    }
}
