//! Pass `merge_ports`: rules that differ in their ports alone become one.
//!
//! `allow a -> b on tcp/80; allow a -> b on tcp/443 => allow a -> b on tcp/80, tcp/443`; touching ranges join.

use super::merge::{groups, merge};
use crate::ir::NetworkTier;
use crate::model::Ports;

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    let keys =
        tier.rules.iter().map(|rule| (rule.action, rule.direction, &rule.origin.object, &rule.subject, &rule.peers));
    let groups = groups(keys);
    merge(tier, &groups, |rule, others| {
        rule.ports = Ports::union_of(others.iter().chain([&*rule]).map(|rule| &rule.ports));
    })
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
