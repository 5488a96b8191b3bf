//! What the program itself calls `dns`: so its author says where the cluster's DNS is.

use std::collections::{BTreeMap, BTreeSet};

use super::super::pods::Pods;
use super::ways::{PORT, is_dns};
use crate::ir::{Base, Namespace, Namespaces, Peer, Rule};
use crate::model::{AddressSet, NamedDns, Ports, Protocol, RangeSet, SelectorIndex};
use crate::span::FileId;

/// The names `dns` of a program.
pub(super) struct Named<'a> {
    all: Vec<Own<'a>>,
    // Indexes into these: by the namespaces of pods; pods of the namespace without a name; addresses.
    by_namespaces: SelectorIndex<'a, usize>,
    here: Vec<usize>,
    addresses: Vec<usize>,
    /// The ports at which it is asked.
    pub(super) ports: Ports,
    // Whether the name leads to DNS, where it stands for something of the program's.
    leading: BTreeMap<(FileId, Option<&'a str>), bool>,
}

// One destination of such a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Own<'a> {
    base: &'a Base,
    ports: &'a Ports,
}

impl<'a> Named<'a> {
    /// Indexes names. `is_translated` tells of addresses that never reach a pod as such.
    pub(super) fn new(
        names: &'a [NamedDns],
        pods: Option<&'a Pods<'a>>,
        is_translated: impl Fn(&AddressSet) -> bool,
    ) -> Self {
        let is_there = |base: &Base| match base {
            // The prelude's places tell what leads to anything.
            Base::Any => false,
            Base::Addresses(set) => !set.is_empty() && !is_translated(set),
            // With a cluster only the pods that there are count.
            Base::Pods(set) => pods.is_none_or(|pods| pods.of(set).next().is_some()),
        };
        let mut all = BTreeSet::new();
        let mut leading = BTreeMap::new();
        for NamedDns { file, namespace, to } in names {
            let own = to.iter().map(|(peer, ports)| Own { base: &peer.within, ports });
            let own: Vec<_> = own.filter(|own| own.is_asked(Protocol::Udp) && is_there(own.base)).collect();
            leading.insert((*file, namespace.as_deref()), !own.is_empty());
            all.extend(own);
        }
        let all: Vec<_> = all.into_iter().collect();
        let asked: Vec<Ports> = all.iter().map(Own::asked).collect();
        let (mut by_namespaces, mut here, mut addresses) = (SelectorIndex::default(), Vec::new(), Vec::new());
        for (at, own) in all.iter().enumerate() {
            match own.base {
                Base::Any => {}
                Base::Addresses(_) => addresses.push(at),
                Base::Pods(set) => match &set.namespaces {
                    Namespaces::Current => here.push(at),
                    Namespaces::Matching(namespaces) => by_namespaces.insert(namespaces, at),
                },
            }
        }
        Self { all, by_namespaces, here, addresses, ports: Ports::union_of(&asked), leading }
    }

    /// Whether `dns` leads to DNS where a line stands; `None` where it is the prelude's.
    pub(super) fn leads(&self, file: FileId, namespace: &Namespace) -> Option<bool> {
        let inner = match namespace {
            Namespace::Current => None,
            Namespace::Named(name) => self.leading.get(&(file, Some(&**name))),
        };
        inner.or_else(|| self.leading.get(&(file, None))).copied()
    }

    /// Whether an allow opens a way there for a protocol.
    pub(super) fn is_open(&self, rule: &Rule, protocol: Protocol) -> bool {
        rule.peers.iter().any(|peer| {
            let near = self.near(&peer.within).into_iter().filter_map(|at| self.all.get(at));
            near.into_iter().any(|own| own.answers(protocol, &rule.ports) && own.may_be_in(peer))
        })
    }

    /// Whether a deny closes every way there for a protocol.
    pub(super) fn is_stopped(&self, rule: &Rule, protocol: Protocol) -> bool {
        let whole = || rule.peers.iter().filter(|peer| peer.except.is_empty());
        let is_held = |own: &Own<'_>| whole().any(|peer| own.base.is_within(&peer.within));
        !self.all.is_empty()
            && self.ports.of(protocol).is_subset(&rule.ports.of(protocol))
            && (whole().any(|peer| peer.within == Base::Any) || self.all.iter().all(is_held))
    }

    // What may have something in common with a base. Nobody thinks of DNS by `any`.
    fn near(&self, base: &Base) -> Vec<usize> {
        match base {
            Base::Any => Vec::new(),
            Base::Addresses(_) => self.addresses.clone(),
            Base::Pods(set) => match &set.namespaces {
                Namespaces::Current => self.here.clone(),
                Namespaces::Matching(namespaces) => self.by_namespaces.meeting(namespaces),
            },
        }
    }
}

impl Own<'_> {
    // A name without ports, or with port names alone, says nothing of another port than the usual one.
    fn asked(&self) -> Ports {
        let usual = |protocol| Ports::numbers(protocol, RangeSet::range(PORT, PORT));
        match self.ports {
            Ports::All => Ports::union_of(&[Protocol::Udp, Protocol::Tcp].map(usual)),
            ports => {
                let named = ports.names().filter(|(_, name)| is_dns(name)).map(|(protocol, _)| usual(*protocol));
                named.fold(ports.clone(), |all, more| all.union(&more))
            }
        }
    }

    fn is_asked(&self, protocol: Protocol) -> bool {
        let asked = self.asked();
        !asked.of(protocol).is_empty() || asked.names().any(|(of, _)| *of == protocol)
    }

    // Whether ports hold one at which it is asked.
    fn answers(&self, protocol: Protocol, ports: &Ports) -> bool {
        let asked = self.asked();
        let numbers = asked.of(protocol);
        let is_one = |name: &str| {
            numbers.contains(PORT) && is_dns(name) || asked.names().any(|(of, own)| *of == protocol && own == name)
        };
        !numbers.intersection(&ports.of(protocol)).is_empty()
            || ports.names().any(|(of, name)| *of == protocol && is_one(name))
            || *ports == Ports::All
    }

    fn may_be_in(&self, peer: &Peer) -> bool {
        let meets = match (self.base, &peer.within) {
            (Base::Pods(own), Base::Pods(set)) => !own.pods.is_disjoint(&set.pods),
            (Base::Addresses(own), Base::Addresses(set)) => !own.intersection(set).is_empty(),
            _ => false,
        };
        meets && !peer.except.iter().any(|base| self.base.is_within(base))
    }
}
