//! Finds the denies that meet an allow, without looking at all of them.

use std::collections::BTreeMap;

use super::exact::NEVER_OF_PODS;
use crate::ir::{Base, Namespace, Peer, PodSet, Rule};
use crate::model::{Condition, Direction, NetIndex, Selector, SelectorIndex};

/// Denies by where they act and by what both ends ask.
pub(super) struct Denies<'a> {
    rules: &'a [Rule],
    spaces: BTreeMap<(&'a Namespace, Direction), BySubject<'a>>,
}

// By the first single value that subjects ask for, and without a value for those that do not care for it.
#[derive(Default)]
struct BySubject<'a> {
    keys: BTreeMap<&'a str, (ByPeer<'a>, BTreeMap<&'a str, ByPeer<'a>>)>,
    others: ByPeer<'a>,
}

// Places of denies in the order of the rules.
#[derive(Default)]
struct ByPeer<'a> {
    all: Vec<usize>,
    of_any: Vec<usize>,
    of_pods: Vec<usize>,
    // Of addresses that pods may have.
    of_addresses: Vec<usize>,
    pods: SelectorIndex<'a, (usize, &'a PodSet)>,
    nets: NetIndex<usize>,
}

impl<'a> Denies<'a> {
    pub(super) fn new(rules: &'a [Rule]) -> Self {
        let mut spaces: BTreeMap<_, BySubject<'a>> = BTreeMap::new();
        for (at, deny) in rules.iter().enumerate() {
            let space = spaces.entry((&deny.subject.namespace, deny.direction)).or_default();
            space.insert(&deny.subject.pods, &deny.peers, at);
        }
        Self { rules, spaces }
    }

    /// The places of those that may take something from an allow, in order. The exceptions of peers are not looked at.
    pub(super) fn near(&self, allow: &Rule) -> Vec<usize> {
        let mut near = Vec::new();
        if let Some(space) = self.spaces.get(&(&allow.subject.namespace, allow.direction)) {
            space.near(&allow.subject.pods, |by_peer| {
                allow.peers.iter().for_each(|peer| by_peer.near(&peer.within, &mut near));
            });
        }
        near.sort_unstable();
        near.dedup();
        near.retain(|at| {
            self.rules.get(*at).is_some_and(|deny| {
                !deny.subject.pods.is_disjoint(&allow.subject.pods) && !deny.ports.is_disjoint(&allow.ports)
            })
        });
        near
    }
}

impl<'a> BySubject<'a> {
    fn insert(&mut self, subject: &'a Selector, peers: &'a [Peer], at: usize) {
        let Some((key, value)) = subject.single_values().next() else { return self.others.insert(peers, at) };
        let (all, values) = self.keys.entry(key).or_default();
        all.insert(peers, at);
        values.entry(value).or_default().insert(peers, at);
    }

    // Looks at all that a subject may have pods in common with.
    fn near(&self, subject: &Selector, mut look: impl FnMut(&ByPeer<'a>)) {
        look(&self.others);
        for (key, (all, values)) in &self.keys {
            match subject.condition(key) {
                Some(Condition::In(asked)) => asked.iter().filter_map(|value| values.get(value)).for_each(&mut look),
                _ => look(all),
            }
        }
    }
}

impl<'a> ByPeer<'a> {
    fn insert(&mut self, peers: &'a [Peer], at: usize) {
        self.all.push(at);
        for base in peers.iter().map(|peer| &peer.within) {
            match base {
                Base::Any => self.of_any.push(at),
                Base::Pods(set) => {
                    self.of_pods.push(at);
                    self.pods.insert(&set.pods, (at, set));
                }
                Base::Addresses(set) => {
                    if !set.is_subset(&NEVER_OF_PODS) {
                        self.of_addresses.push(at);
                    }
                    self.nets.insert(set, at);
                }
            }
        }
    }

    fn near(&self, base: &Base, near: &mut Vec<usize>) {
        near.extend(&self.of_any);
        match base {
            Base::Any => near.extend(&self.all),
            Base::Pods(set) => {
                near.extend(&self.of_addresses);
                let meeting = self.pods.meeting(&set.pods).into_iter();
                near.extend(meeting.filter(|(_, other)| !set.is_disjoint(other)).map(|(at, _)| at));
            }
            Base::Addresses(set) => {
                if !set.is_subset(&NEVER_OF_PODS) {
                    near.extend(&self.of_pods);
                }
                near.extend(self.nets.meeting(set));
            }
        }
    }
}
