//! Pass `merge_ports`: rules that differ in their ports alone become one.
//!
//! `allow a -> b on tcp/80; allow a -> b on tcp/443 => allow a -> b on tcp/80, tcp/443`; touching ranges join.

use super::merge::merge;
use crate::ir::NetworkTier;

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    merge(
        tier,
        |rule| (rule.action, rule.direction, rule.subject.clone(), rule.peers.clone()),
        |there, rule| there.ports = there.ports.union(&rule.ports),
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
