//! Pass `join_peers`: makes the peers of one rule one set of each kind.
//!
//! `10.0.0.0/9, 10.128.0.0/9 => 10.0.0.0/8`; `any, web => any`; `pods, pods[app=web] => pods`.

use crate::ir::{Base, NetworkTier, Peer};
use crate::model::AddressSet;

/// Runs the pass.
pub(super) fn run(mut tier: NetworkTier) -> NetworkTier {
    for rule in &mut tier.rules {
        rule.peers = join(std::mem::take(&mut rule.peers));
    }
    tier
}

/// The same peers, each kind once, sorted: addresses last, as people write them.
pub(super) fn join(peers: Vec<Peer>) -> Vec<Peer> {
    if let [one] = peers.as_slice()
        && !one.within.is_never()
    {
        return peers;
    }
    let mut nets = Vec::new();
    let mut others = Vec::new();
    for peer in peers {
        match &peer.within {
            Base::Addresses(set) if peer.except.is_empty() => nets.push(set.clone()),
            _ => others.push(peer),
        }
    }
    let addresses = AddressSet::union_of(&nets);
    if !addresses.is_empty() {
        others.push(Base::Addresses(addresses).into());
    }
    others.sort_unstable();
    others.dedup();
    without_covered(others)
}

// Rules have few peers; where one has many, only the widest kinds are held against the others.
fn without_covered(peers: Vec<Peer>) -> Vec<Peer> {
    const FEW: usize = 64;
    let wide: Vec<Peer> = match peers.len() > FEW {
        true => peers.iter().filter(|peer| is_wide(peer)).cloned().collect(),
        false => peers.clone(),
    };
    let covered = |peer: &Peer| {
        wide.iter().any(|other| other != peer && peer.is_within(other) && !(other.is_within(peer) && peer < other))
    };
    peers.into_iter().filter(|peer| !covered(peer)).collect()
}

fn is_wide(peer: &Peer) -> bool {
    match &peer.within {
        Base::Any => true,
        Base::Pods(set) => set.pods.is_all(),
        Base::Addresses(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{keeps_verdicts, policy};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_become_the_whole() {
        let net = |text: &str| Peer::from(Base::Addresses(AddressSet::from_net(text.parse().unwrap())));
        assert_eq!(join(vec![net("10.0.0.0/9"), net("10.128.0.0/9")]), [net("10.0.0.0/8")]);
        assert_eq!(join(vec![net("10.0.0.0/9"), Base::Any.into()]), [Base::Any.into()]);
    }

    proptest! {
        #[test]
        fn no_verdict_changes(policy in policy()) {
            keeps_verdicts(policy, run)?;
        }
    }
}
