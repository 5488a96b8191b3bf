//! Pass `merge_ports`: rules that differ in their ports alone become one.
//!
//! `allow a -> b on tcp/80; allow a -> b on tcp/443 => allow a -> b on tcp/80, tcp/443`; touching ranges join.

use super::merge::{allows, groups, merge};
use crate::ir::{NetworkTier, Rule};
use crate::model::Ports;

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    allows(tier, join)
}

/// Joins rules of one action.
pub(super) fn join(rules: Vec<Rule>) -> Vec<Rule> {
    let keys = rules.iter().map(|rule| (rule.direction, &rule.origin.object, &rule.subject, &rule.peers));
    let groups = groups(keys);
    merge(rules, &groups, |rule, others| {
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
