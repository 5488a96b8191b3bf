//! Makes a policy smaller without changing a verdict.
//!
//! Each pass is a file with its law, `before => after`, and a property test that no verdict changes. They run in the
//! order of [`PASSES`]; every one of them takes time near linear in the rules of a namespace.

mod clip;
mod cover;
mod drop_covered;
mod drop_impossible;
mod join_peers;
mod merge;
mod merge_peers;
mod merge_ports;
mod rule_index;

pub use clip::where_isolated;
pub use cover::covers;
pub use rule_index::RuleIndex;

use crate::ir::{NetworkTier, Policy, Rule, Tier};

/// A pass over the NetworkPolicy tier.
type Pass = fn(NetworkTier) -> NetworkTier;

/// The passes by name, in order.
pub const PASSES: &[(&str, Pass)] = &[
    ("drop_impossible", drop_impossible::run),
    ("join_peers", join_peers::run),
    ("clip", clip::run),
    ("merge_ports", merge_ports::run),
    ("merge_peers", merge_peers::run),
    ("join_peers", join_peers::run),
    ("drop_covered", drop_covered::run),
];

/// Runs all passes.
#[must_use]
pub fn optimize(policy: Policy) -> Policy {
    let passes: Vec<Pass> = PASSES.iter().map(|(_, pass)| *pass).collect();
    run(policy, &passes)
}

/// Runs only the passes that a target depends on whose allows close their own subject: nothing impossible is left, and
/// every allow stands where something isolates.
#[must_use]
pub fn clip(policy: Policy) -> Policy {
    run(policy, &[drop_impossible::run, clip::run])
}

/// Denies that differ in their ports or in their peers alone, as one.
#[must_use]
pub fn join_denies(denies: Vec<Rule>) -> Vec<Rule> {
    let mut joined = merge_peers::join(merge_ports::join(denies));
    for rule in &mut joined {
        rule.peers = join_peers::join(std::mem::take(&mut rule.peers));
    }
    joined
}

fn run(policy: Policy, passes: &[Pass]) -> Policy {
    let tiers = policy
        .tiers
        .into_iter()
        .map(|Tier::NetworkPolicy(tier)| Tier::NetworkPolicy(passes.iter().fold(tier, |tier, pass| pass(tier))));
    Policy { tiers: tiers.collect(), statements: policy.statements, ..Policy::default() }
}

#[cfg(test)]
pub(crate) mod tests;
