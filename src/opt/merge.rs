//! What the merging passes share: rules of one key become one rule.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt};

use crate::ir::{NetworkTier, Origin, Rule};
use crate::model::Action;

/// Merges the allows of a tier. Denies stay as they are written: a target that cannot say one names its line.
pub(super) fn allows(tier: NetworkTier, merge: impl Fn(Vec<Rule>) -> Vec<Rule>) -> NetworkTier {
    if tier.rules.iter().all(|rule| rule.action == Action::Allow) {
        return NetworkTier { rules: merge(tier.rules), ..tier };
    }
    let (denies, allows): (Vec<Rule>, Vec<Rule>) = tier.rules.into_iter().partition(|rule| rule.action == Action::Deny);
    let mut rules = merge(allows);
    rules.extend(denies);
    NetworkTier { isolations: tier.isolations, rules }
}

/// Joins the rules of each group into one, which stands where the first of them stood.
///
/// `join` gets the first rule of a group and those that go into it, whose origins it has already.
pub(super) fn merge(rules: Vec<Rule>, groups: &[usize], join: impl Fn(&mut Rule, Vec<Rule>)) -> Vec<Rule> {
    let mut merged: Vec<(Rule, Vec<Rule>)> = Vec::with_capacity(rules.len());
    for (rule, group) in rules.into_iter().zip(groups) {
        match merged.get_mut(*group) {
            Some((_, others)) => others.push(rule),
            None => merged.push((rule, Vec::new())),
        }
    }
    let joined = merged.into_iter().map(|(mut rule, others)| {
        if !others.is_empty() {
            rule.origin = Origin::union_of(others.iter().chain([&rule]).map(|rule| &rule.origin));
            join(&mut rule, others);
        }
        rule
    });
    joined.collect()
}

/// For each key the number of its group; groups are numbered in order of appearance.
pub(super) fn groups<K: Hash + Eq>(keys: impl ExactSizeIterator<Item = K>) -> Vec<usize> {
    let mut known: HashMap<K, usize> = HashMap::with_capacity(keys.len());
    let number = |key| {
        let next = known.len();
        *known.entry(key).or_insert(next)
    };
    keys.map(number).collect()
}
