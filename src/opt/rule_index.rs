//! Finds the rules that can cover another, without looking at all of them.
//!
//! One rule covers another only where its subject and one of its peers are no narrower than the other's. So a rule is
//! filed under what its subject and each of its peers ask first, and looked for under all that another asks.

use std::collections::BTreeSet;
use std::hash::Hash;

use foldhash::HashMap;
use ipnet::IpNet;
use smallvec::{SmallVec, smallvec};

use crate::ir::{Base, Namespace, Namespaces, PodSet, Rule};
use crate::model::{Action, AddressSet, Direction, Selector};

// Rules that ask the same at both ends differ in little but ports. Of many such, these are looked at.
const MOST_ALIKE: usize = 64;
// A set of more networks than this is filed as one of many.
const MOST_NETS: usize = 16;

/// Rules by where they act and by what their ends ask first.
#[derive(Debug, Default)]
pub struct RuleIndex<'a> {
    spaces: HashMap<(&'a Namespace, Direction, Action), u32>,
    // A key and the one value that a selector asks of it.
    anchors: HashMap<(&'a str, &'a str), u32>,
    places: HashMap<Key, SmallVec<[usize; 2]>>,
    // The prefix lengths of filed networks, IPv4 and IPv6.
    lengths: [BTreeSet<u8>; 2],
}

// Numbers for what is long to hash: each rule is looked for under several keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    space: u32,
    subject: Anchor,
    peer: PeerKey,
}

// `None` where a selector asks for no single value.
type Anchor = Option<u32>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PeerKey {
    Any,
    // `None` for the current namespace.
    Pods(Option<Anchor>, Anchor),
    Net(IpNet),
    ManyNets,
}

impl<'a> RuleIndex<'a> {
    /// Indexes rules.
    #[must_use]
    pub fn new(rules: &'a [Rule]) -> Self {
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            let space = number(&mut index.spaces, (&rule.subject.namespace, rule.direction, rule.action));
            let subject = index.anchor(&rule.subject.pods);
            for base in rule.peers.iter().map(|peer| &peer.within) {
                for peer in index.filed(base) {
                    let alike = index.places.entry(Key { space, subject, peer }).or_default();
                    if alike.len() < MOST_ALIKE && alike.last() != Some(&at) {
                        alike.push(at);
                    }
                }
            }
        }
        index
    }

    // What a selector is filed under.
    fn anchor(&mut self, selector: &'a Selector) -> Anchor {
        selector.single_values().next().map(|asked| number(&mut self.anchors, asked))
    }

    // What a peer is filed under.
    fn filed(&mut self, base: &'a Base) -> SmallVec<[PeerKey; 1]> {
        match base {
            Base::Any => smallvec![PeerKey::Any],
            Base::Pods(PodSet { namespaces, pods }) => {
                let place = match namespaces {
                    Namespaces::Current => None,
                    Namespaces::Matching(selector) => Some(self.anchor(selector)),
                };
                smallvec![PeerKey::Pods(place, self.anchor(pods))]
            }
            Base::Addresses(set) => {
                let nets = set.nets();
                if nets.len() > MOST_NETS {
                    return smallvec![PeerKey::ManyNets];
                }
                for net in &nets {
                    let [v4, v6] = &mut self.lengths;
                    if net.addr().is_ipv4() { v4 } else { v6 }.insert(net.prefix_len());
                }
                nets.into_iter().map(PeerKey::Net).collect()
            }
        }
    }

    /// The places of rules that may cover `rule`, in order; `rule` itself may be among them.
    ///
    /// Of many rules that ask the same at both ends only some are.
    #[must_use]
    pub fn near(&self, rule: &Rule) -> Vec<usize> {
        let space = self.spaces.get(&(&rule.subject.namespace, rule.direction, rule.action));
        let (Some(space), Some(first)) = (space.copied(), rule.peers.first()) else { return Vec::new() };
        let peers = self.sought(&first.within);
        let mut near = Vec::new();
        for subject in self.anchors(&rule.subject.pods) {
            let keys = peers.iter().map(|peer| Key { space, subject, peer: *peer });
            near.extend(keys.filter_map(|key| self.places.get(&key)).flatten().copied());
        }
        near.sort_unstable();
        near.dedup();
        near
    }

    // What the selectors that select all that this does can be filed under.
    fn anchors(&self, selector: &Selector) -> SmallVec<[Anchor; 4]> {
        let known = selector.single_values().filter_map(|asked| self.anchors.get(&asked).copied());
        known.map(Some).chain([None]).collect()
    }

    // What the peers that hold `base` can be filed under.
    fn sought(&self, base: &Base) -> SmallVec<[PeerKey; 8]> {
        let mut keys = smallvec![PeerKey::Any];
        match base {
            Base::Any => {}
            Base::Addresses(set) => {
                keys.push(PeerKey::ManyNets);
                keys.extend(self.networks_around(set).map(PeerKey::Net));
            }
            Base::Pods(PodSet { namespaces, pods }) => {
                let places: SmallVec<[Option<Anchor>; 4]> = match namespaces {
                    Namespaces::Current => smallvec![None, Some(None)],
                    Namespaces::Matching(selector) => self.anchors(selector).into_iter().map(Some).collect(),
                };
                let pods = self.anchors(pods);
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

fn number<K: Hash + Eq>(known: &mut HashMap<K, u32>, key: K) -> u32 {
    // More than the memory of any machine has.
    let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
    *known.entry(key).or_insert(next)
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
