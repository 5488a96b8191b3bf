//! Pass `drop_impossible`: removes what can never match.
//!
//! `allow pods[a, !a] -> x => ` nothing; a peer that nothing can be goes from its rule, a rule without peers or ports
//! goes altogether. An isolation stays unless its subject is impossible.

use crate::ir::{Base, NetworkTier, Peer, Subject};

/// Runs the pass.
pub(super) fn run(mut tier: NetworkTier) -> NetworkTier {
    tier.isolations.retain(|isolation| is_possible(&isolation.subject));
    tier.rules.retain_mut(|rule| {
        rule.peers.retain_mut(|peer| {
            peer.except.retain(|base| !base.is_never());
            !peer.within.is_never() && !takes_all(peer)
        });
        is_possible(&rule.subject) && !rule.peers.is_empty() && !rule.ports.is_none()
    });
    tier
}

fn is_possible(subject: &Subject) -> bool {
    !subject.pods.is_never() && !subject.outside.is_all()
}

fn takes_all(peer: &Peer) -> bool {
    peer.except.iter().any(|base| *base == Base::Any || *base == peer.within)
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
