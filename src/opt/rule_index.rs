//! Finds the rules that can cover another, without looking at all of them.
//!
//! One rule covers another only where its subject and one of its peers are no narrower than the other's. So a rule is
//! filed under what its subject and each of its peers ask first, and looked for under all that another asks.

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;

use crate::ir::{Base, Namespace, Namespaces, PodSet, Rule};
use crate::model::{Action, AddressSet, Direction};

// Rules that ask the same at both ends differ in little but ports. Of many such, these are looked at.
const MOST_ALIKE: usize = 64;
// A set of more networks than this is filed as one of many.
const MOST_NETS: usize = 16;

/// Rules by where they act and by what their ends ask first.
#[derive(Debug, Default)]
pub struct RuleIndex<'a> {
    places: HashMap<Key<'a>, Vec<usize>>,
    // The prefix lengths of filed networks, IPv4 and IPv6.
    lengths: [BTreeSet<u8>; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    namespace: &'a Namespace,
    direction: Direction,
    action: Action,
    subject: Anchor<'a>,
    peer: PeerKey<'a>,
}

// A key and its one value, if a selector asks for one.
type Anchor<'a> = Option<(&'a str, &'a str)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PeerKey<'a> {
    Any,
    // `None` for the current namespace.
    Pods(Option<Anchor<'a>>, Anchor<'a>),
    Net(IpNet),
    ManyNets,
}

impl<'a> RuleIndex<'a> {
    /// Indexes rules.
    #[must_use]
    pub fn new(rules: &'a [Rule]) -> Self {
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            for peer in rule.peers.iter().flat_map(|peer| filed(&peer.within)) {
                if let PeerKey::Net(net) = peer {
                    let [v4, v6] = &mut index.lengths;
                    let lengths = if net.addr().is_ipv4() { v4 } else { v6 };
                    lengths.insert(net.prefix_len());
                }
                let alike = index.places.entry(key(rule, rule.subject.pods.single_values().next(), peer)).or_default();
                if alike.len() < MOST_ALIKE && alike.last() != Some(&at) {
                    alike.push(at);
                }
            }
        }
        index
    }

    /// The places of rules that may cover `rule`, in order; `rule` itself may be among them.
    ///
    /// Of many rules that ask the same at both ends only some are.
    #[must_use]
    pub fn near(&self, rule: &Rule) -> Vec<usize> {
        let Some(first) = rule.peers.first() else { return Vec::new() };
        let peers = self.sought(&first.within);
        let mut near = Vec::new();
        for subject in rule.subject.pods.single_values().map(Some).chain([None]) {
            for peer in &peers {
                near.extend(self.places.get(&key(rule, subject, *peer)).into_iter().flatten());
            }
        }
        near.sort_unstable();
        near.dedup();
        near
    }

    // What the peers that hold `base` can be filed under.
    fn sought<'b>(&self, base: &'b Base) -> Vec<PeerKey<'b>> {
        let mut keys = vec![PeerKey::Any];
        match base {
            Base::Any => {}
            Base::Addresses(set) => {
                keys.push(PeerKey::ManyNets);
                keys.extend(self.networks_around(set).map(PeerKey::Net));
            }
            Base::Pods(PodSet { namespaces, pods }) => {
                let places: Vec<_> = match namespaces {
                    Namespaces::Current => vec![None, Some(None)],
                    Namespaces::Matching(selector) => {
                        selector.single_values().map(Some).chain([None]).map(Some).collect()
                    }
                };
                let pods: Vec<_> = pods.single_values().map(Some).chain([None]).collect();
                keys.extend(places.iter().flat_map(|place| pods.iter().map(|pods| PeerKey::Pods(*place, *pods))));
            }
        }
        keys
    }

    // The networks that hold a set hold its first address.
    fn networks_around(&self, set: &AddressSet) -> impl Iterator<Item = IpNet> {
        let first = set.first();
        let [v4, v6] = &self.lengths;
        let lengths = if first.is_some_and(|address| address.is_ipv4()) { v4 } else { v6 };
        let around = move |length: &u8| Some(IpNet::new(first?, *length).ok()?.trunc());
        lengths.iter().filter_map(around)
    }
}

fn key<'b>(rule: &'b Rule, subject: Anchor<'b>, peer: PeerKey<'b>) -> Key<'b> {
    Key { namespace: &rule.subject.namespace, direction: rule.direction, action: rule.action, subject, peer }
}

// What a peer is filed under.
fn filed(base: &Base) -> Vec<PeerKey<'_>> {
    match base {
        Base::Any => vec![PeerKey::Any],
        Base::Pods(PodSet { namespaces, pods }) => {
            let place = match namespaces {
                Namespaces::Current => None,
                Namespaces::Matching(selector) => Some(selector.single_values().next()),
            };
            vec![PeerKey::Pods(place, pods.single_values().next())]
        }
        Base::Addresses(set) => {
            let nets = set.nets();
            if nets.len() > MOST_NETS { vec![PeerKey::ManyNets] } else { nets.into_iter().map(PeerKey::Net).collect() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::covers;
    use super::super::tests::policy;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_covers_is_near(policy in policy()) {
            let rules = &policy.network().rules;
            let index = RuleIndex::new(rules);
            for rule in rules.iter().filter(|rule| !rule.peers.is_empty() && !is_impossible(rule)) {
                let near = index.near(rule);
                for (at, wide) in rules.iter().enumerate().filter(|(_, wide)| covers(wide, rule)) {
                    prop_assert!(near.contains(&at), "{rule:?}\n{wide:?}");
                }
            }
        }
    }

    // Everything covers what matches nothing; another pass drops that.
    fn is_impossible(rule: &Rule) -> bool {
        rule.subject.pods.is_never() || rule.peers.iter().any(|peer| peer.within.is_never())
    }
}
