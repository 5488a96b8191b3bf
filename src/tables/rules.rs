//! Rulesets: pods with the same rules in a direction share one.

use std::collections::BTreeMap;

use super::intern::Interner;
use super::sets::Sets;
use crate::ir::NetworkTier;
use crate::model::{Action, Direction, Ports};

/// The rules of a policy, with sets and ports by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) ports: Interner<Ports>,
    // By direction, subject set and then in order: isolations and rules of the tier, by index.
    by_subject: [BTreeMap<u32, Entries>; 2],
    // By rule of the tier: its peers and its ports.
    peers: Vec<(Vec<u32>, u32)>,
}

#[derive(Clone, Debug, Default)]
struct Entries {
    isolations: Vec<u32>,
    rules: Vec<u32>,
}

/// What holds at pods in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ruleset {
    /// The isolations that have the pods as subject, by index in the tier. None at all: everything passes but denied flows.
    pub isolations: Vec<u32>,
    /// The rules that have the pods as subject, by index in the tier.
    pub rules: Vec<u32>,
    // Number of what the pods call their ports, where the rules look names up at them.
    pub(super) naming: u32,
}

/// The ports that a ruleset allows and denies for peers of one set.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) allow: Vec<u32>,
    pub(super) deny: Vec<u32>,
}

impl Rules {
    pub(super) fn new(tier: &NetworkTier, sets: &mut Sets) -> Self {
        let mut rules = Self::default();
        for (isolation, at) in tier.isolations.iter().zip(0u32..) {
            let subject = sets.subject(&isolation.subject);
            rules.entries(isolation.direction, subject, |entries| entries.isolations.push(at));
        }
        for (rule, at) in tier.rules.iter().zip(0u32..) {
            let subject = sets.subject(&rule.subject);
            let mut peers: Vec<_> = rule.peers.iter().map(|peer| sets.peer(peer)).collect();
            peers.sort_unstable();
            peers.dedup();
            let ports = rules.ports.add(rule.ports.clone());
            rules.entries(rule.direction, subject, |entries| entries.rules.push(at));
            rules.peers.push((peers, ports));
        }
        rules
    }

    fn entries(&mut self, direction: Direction, subject: u32, add: impl FnOnce(&mut Entries)) {
        if let Some(by_subject) = self.by_subject.get_mut(direction as usize) {
            add(by_subject.entry(subject).or_default());
        }
    }

    /// What holds in a direction at an endpoint of these sets.
    pub(super) fn ruleset(&self, direction: Direction, sets: &[u32], naming: u32) -> Ruleset {
        let Some(by_subject) = self.by_subject.get(direction as usize) else { return Ruleset::default() };
        let mut ruleset = Ruleset { naming, ..Ruleset::default() };
        for entries in sets.iter().filter_map(|set| by_subject.get(set)) {
            ruleset.isolations.extend(&entries.isolations);
            ruleset.rules.extend(&entries.rules);
        }
        ruleset.isolations.sort_unstable();
        ruleset.rules.sort_unstable();
        ruleset
    }

    /// The sets that rules have as peers.
    pub(super) fn peer_sets(&self) -> impl Iterator<Item = u32> {
        self.peers.iter().flat_map(|(peers, _)| peers.iter().copied())
    }

    /// The ports of a rule, and whether one of these sets (sorted) is among its peers.
    pub(super) fn meets(&self, rule: u32, sets: &[u32]) -> Option<u32> {
        let (peers, ports) = self.peers.get(rule as usize)?;
        peers.iter().any(|peer| sets.binary_search(peer).is_ok()).then_some(*ports)
    }

    /// A ruleset's ports by peer set.
    pub(super) fn by_peer(&self, tier: &NetworkTier, ruleset: &Ruleset) -> BTreeMap<u32, Entry> {
        let mut by_peer: BTreeMap<u32, Entry> = BTreeMap::new();
        for at in &ruleset.rules {
            let (Some((peers, ports)), Some(rule)) = (self.peers.get(*at as usize), tier.rules.get(*at as usize))
            else {
                continue;
            };
            for peer in peers {
                let entry = by_peer.entry(*peer).or_default();
                let list = if rule.action == Action::Allow { &mut entry.allow } else { &mut entry.deny };
                if !list.contains(ports) {
                    list.push(*ports);
                }
            }
        }
        by_peer
    }
}
