//! Pass `merge_peers`: rules that differ in their peers alone become one.
//!
//! `allow a -> c on tcp/80; allow b -> c on tcp/80 => allow a, b -> c on tcp/80`.

use super::merge::{allows, groups, merge};
use crate::ir::{NetworkTier, Rule};

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    allows(tier, join)
}

/// Joins rules of one action.
pub(super) fn join(rules: Vec<Rule>) -> Vec<Rule> {
    let keys = rules.iter().map(|rule| (rule.direction, &rule.origin.object, &rule.subject, &rule.ports));
    let groups = groups(keys);
    merge(rules, &groups, |rule, others| rule.peers.extend(others.into_iter().flat_map(|other| other.peers)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{keeps_verdicts, policy};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_verdict_changes(policy in policy()) {
            keeps_verdicts(policy, super::run)?;
        }
    }
}
