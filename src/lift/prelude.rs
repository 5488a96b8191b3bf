//! Recognises what the prelude has a name for.

use crate::model::{AddressSet, Base, Peer, Ports};
use crate::resolve::of_prelude;

/// What the names of the prelude stand for.
pub(super) struct Prelude {
    dns: Vec<(Vec<Peer>, Ports)>,
    networks: Vec<(&'static str, AddressSet)>,
}

impl Prelude {
    pub(super) fn new() -> Self {
        let network = |name| {
            let peers = of_prelude(name).into_iter().flat_map(|(peers, _)| peers);
            let sets: Vec<_> = peers.filter_map(|peer| plain(&peer).cloned()).collect();
            (name, AddressSet::union_of(&sets))
        };
        Self { dns: of_prelude("dns"), networks: ["internet", "private"].map(network).into() }
    }

    /// Whether these peers at these ports are just `dns`, which carries its ports.
    pub(super) fn is_dns(&self, peers: &[Peer], ports: &Ports) -> bool {
        matches!(self.dns.as_slice(), [(own, at)] if own == peers && at == ports)
    }

    /// The name of the addresses among some peers, all of them together.
    ///
    /// `0.0.0.0/0, ::/0` stays as it is: by the rules of the API it is `any`, but `any` is written without blocks, and
    /// there are networks whose blocks hold no pods.
    pub(super) fn addresses(&self, peers: &[Peer]) -> Option<&'static str> {
        let sets: Vec<_> = peers.iter().filter(|peer| matches!(peer.within, Base::Addresses(_))).map(plain).collect();
        let all = AddressSet::union_of(sets.into_iter().collect::<Option<Vec<_>>>()?);
        self.networks.iter().find(|(_, set)| *set == all).map(|(name, _)| *name)
    }
}

// The addresses of a peer that is nothing but addresses.
fn plain(peer: &Peer) -> Option<&AddressSet> {
    match &peer.within {
        Base::Addresses(set) if peer.except.is_empty() => Some(set),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_stand_for_something() {
        let prelude = Prelude::new();
        assert!(matches!(prelude.dns.as_slice(), [(peers, ports)] if peers.len() == 1 && !ports.is_none()));
        assert!(prelude.networks.iter().all(|(_, set)| !set.is_empty() && !set.is_all()));
        assert_eq!(prelude.addresses(&[]), None);
    }
}
