//! Pass `merge_peers`: rules that differ in their peers alone become one.
//!
//! `allow a -> c on tcp/80; allow b -> c on tcp/80 => allow a, b -> c on tcp/80`.

use super::merge::{groups, merge};
use crate::ir::NetworkTier;

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    let keys =
        tier.rules.iter().map(|rule| (rule.action, rule.direction, &rule.origin.object, &rule.subject, &rule.ports));
    let groups = groups(keys);
    merge(tier, &groups, |rule, others| rule.peers.extend(others.into_iter().flat_map(|other| other.peers)))
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
