//! Pass `merge_peers`: rules that differ in their peers alone become one.
//!
//! `allow a -> c on tcp/80; allow b -> c on tcp/80 => allow a, b -> c on tcp/80`.

use super::merge::merge;
use crate::ir::NetworkTier;

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    merge(
        tier,
        |rule| (rule.action, rule.direction, rule.subject.clone(), rule.ports.clone()),
        |there, rule| there.peers.extend(rule.peers),
    )
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
