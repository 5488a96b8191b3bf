//! What the merging passes share: rules of one key become one rule.

use std::collections::HashMap;
use std::hash::Hash;

use crate::ir::{NetworkTier, Rule};

/// Joins the rules of each key into the first of them. Origins are united; an object's name is always part of the key.
pub(super) fn merge<K: Hash + Eq>(
    mut tier: NetworkTier,
    key: impl Fn(&Rule) -> K,
    join: impl Fn(&mut Rule, Rule),
) -> NetworkTier {
    let mut places: HashMap<(K, Option<String>), usize> = HashMap::with_capacity(tier.rules.len());
    let mut merged: Vec<Rule> = Vec::with_capacity(tier.rules.len());
    for rule in std::mem::take(&mut tier.rules) {
        let key = (key(&rule), rule.origin.object.clone());
        match places.get(&key).and_then(|place| merged.get_mut(*place)) {
            Some(there) => {
                there.origin = there.origin.union(&rule.origin);
                join(there, rule);
            }
            None => {
                places.insert(key, merged.len());
                merged.push(rule);
            }
        }
    }
    tier.rules = merged;
    tier
}
