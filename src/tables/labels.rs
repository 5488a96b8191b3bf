//! Which pod sets a pod is in, by its labels, without asking each.
//!
//! A pod set is filed under one label that it needs, and under the name of its namespace if it needs that; a pod looks
//! only where its own labels and namespace lead.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::intern::Interner;
use super::sets::Pods;
use crate::cluster::Cluster;
use crate::model::{Condition, Labels, METADATA_NAME, Selector};

type Label<'s> = (&'s str, &'s str);

/// Finds the pod sets of pods.
pub(super) struct Index<'s> {
    sets: &'s [Pods],
    filed: HashMap<(Option<&'s str>, Option<Label<'s>>), Vec<u32>>,
    // Keys that some selector asks for.
    keys: BTreeSet<&'s str>,
}

/// Pods that no selector tells apart, by namespace and the labels that selectors ask for.
pub(super) type Group = (String, Vec<(String, String)>);

impl<'s> Index<'s> {
    pub(super) fn new(sets: &'s Interner<Pods>) -> Self {
        let sets = sets.values();
        let spread = spread(sets);
        let mut filed: HashMap<_, Vec<u32>> = HashMap::new();
        let mut keys = BTreeSet::new();
        for (set, id) in sets.iter().zip(0u32..) {
            keys.extend(set.pods.conditions().map(|(key, _)| key));
            for name in options(needed(&set.namespaces, METADATA_NAME)) {
                for label in labels(&set.pods, &spread) {
                    filed.entry((name, label)).or_default().push(id);
                }
            }
        }
        Self { sets, filed, keys }
    }

    /// The group of a pod with these labels.
    pub(super) fn group(&self, namespace: &str, labels: &Labels) -> Group {
        let asked = labels.iter().filter(|(key, _)| self.keys.contains(key.as_str()));
        (namespace.to_owned(), asked.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// The pod sets of a group, sorted.
    pub(super) fn sets(&self, (namespace, asked): &Group, cluster: &Cluster) -> Vec<u32> {
        let labels: Labels = asked.iter().cloned().collect();
        // A namespace that the cluster does not tell of has its name all the same.
        let own = Labels::from([(METADATA_NAME.to_owned(), namespace.clone())]);
        let of_namespace = cluster.namespaces.get(namespace).unwrap_or(&own);
        let mut found = Vec::new();
        for name in [None, Some(namespace.as_str())] {
            let filed_under = asked.iter().map(|(key, value)| Some((key.as_str(), value.as_str())));
            for label in std::iter::once(None).chain(filed_under) {
                let candidates = self.filed.get(&(name, label)).into_iter().flatten();
                found.extend(candidates.filter(|id| self.holds(**id, of_namespace, &labels)));
            }
        }
        found.sort_unstable();
        found
    }

    fn holds(&self, id: u32, namespace: &Labels, labels: &Labels) -> bool {
        self.sets.get(id as usize).is_some_and(|set| set.namespaces.matches(namespace) && set.pods.matches(labels))
    }
}

// How many values of each key selectors ask for: the more, the better a key tells pods apart.
fn spread(sets: &[Pods]) -> BTreeMap<&str, usize> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for set in sets {
        for (key, condition) in set.pods.conditions() {
            if let Condition::In(wanted) = condition {
                values.entry(key).or_default().extend(wanted.iter());
            }
        }
    }
    values.into_iter().map(|(key, values)| (key, values.len())).collect()
}

fn needed<'s>(selector: &'s Selector, key: &str) -> Vec<&'s str> {
    match selector.condition(key) {
        Some(Condition::In(values)) => values.iter().collect(),
        _ => Vec::new(),
    }
}

fn options<T>(list: Vec<T>) -> Vec<Option<T>> {
    if list.is_empty() { vec![None] } else { list.into_iter().map(Some).collect() }
}

fn labels<'s>(selector: &'s Selector, spread: &BTreeMap<&str, usize>) -> Vec<Option<Label<'s>>> {
    let wanted = selector.conditions().filter(|(_, condition)| matches!(condition, Condition::In(_)));
    let best = wanted.max_by_key(|(key, _)| spread.get(key));
    options(
        best.map_or_else(Vec::new, |(key, _)| needed(selector, key).into_iter().map(|value| (key, value)).collect()),
    )
}
