//! Finds the pods of a cluster that a set selects, without looking at all of them.

use std::collections::{BTreeMap, HashMap};

use crate::cluster::{Cluster, NamedPort, Pod};
use crate::ir::{Namespaces, PodSet};
use crate::model::{Labels, METADATA_NAME, Protocol, Selector};

/// The pods of a cluster by namespace and by label; those of the host network are selected by nothing.
#[derive(Debug)]
pub(super) struct Pods<'a> {
    pub(super) cluster: &'a Cluster,
    // What the namespace without a name is taken for.
    pub(super) current: &'a str,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    by_label: BTreeMap<&'a str, BTreeMap<&'a str, Vec<usize>>>,
    by_port: HashMap<(Protocol, &'a str), Vec<usize>>,
}

impl<'a> Pods<'a> {
    pub(super) fn new(cluster: &'a Cluster, current: &'a str) -> Self {
        let mut pods =
            Self { cluster, current, by_namespace: HashMap::new(), by_label: BTreeMap::new(), by_port: HashMap::new() };
        for (at, pod) in cluster.pods.iter().enumerate().filter(|(_, pod)| !pod.host_network) {
            pods.by_namespace.entry(&pod.namespace).or_default().push(at);
            for (key, value) in &pod.labels {
                pods.by_label.entry(key).or_default().entry(value).or_default().push(at);
            }
            for NamedPort { protocol, name, .. } in &pod.ports {
                pods.by_port.entry((*protocol, name)).or_default().push(at);
            }
        }
        pods
    }

    /// The pods of a set.
    pub(super) fn of<'s>(&'s self, set: &'s PodSet) -> impl Iterator<Item = &'a Pod> + 's {
        let all = self.cluster.pods.as_slice();
        let near = self.near(set);
        let some = near.into_iter().flatten().filter_map(|at| all.get(*at));
        let every = near.is_none().then_some(all).into_iter().flatten();
        some.chain(every).filter(|pod| !pod.host_network && self.selects(set, pod))
    }

    /// The pods with a port of this name.
    pub(super) fn with_port<'s>(&'s self, protocol: Protocol, name: &'s str) -> impl Iterator<Item = &'a Pod> + 's {
        let places = self.by_port.get(&(protocol, name)).map_or(&[][..], Vec::as_slice);
        let all = self.cluster.pods.as_slice();
        places.iter().filter_map(move |at| all.get(*at))
    }

    /// The names of ports that some pod has for a protocol.
    pub(super) fn port_names(&self, protocol: Protocol) -> impl Iterator<Item = &'a str> {
        self.by_port.keys().filter(move |(of, _)| *of == protocol).map(|(_, name)| *name)
    }

    /// The values that pods have for a label.
    pub(super) fn values(&self, key: &str) -> Vec<&'a str> {
        self.by_label.get(key).map_or_else(Vec::new, |values| values.keys().copied().collect())
    }

    /// The first label that has a value.
    pub(super) fn key_of(&self, value: &str) -> Option<&'a str> {
        self.by_label.iter().find(|(_, values)| values.contains_key(value)).map(|(key, _)| *key)
    }

    // The shortest list that holds every pod of a set; `None` where that is all of them.
    fn near(&self, set: &PodSet) -> Option<&[usize]> {
        let namespace = match &set.namespaces {
            Namespaces::Current => Some(self.current),
            Namespaces::Matching(selector) => selector.namespace_name(),
        };
        let listed = |found: Option<&'_ Vec<usize>>| found.map_or(0, Vec::len);
        let there = namespace.map(|name| self.by_namespace.get(name));
        let labelled =
            set.pods.single_values().map(|(key, value)| self.by_label.get(key).and_then(|known| known.get(value)));
        let shortest = there.into_iter().chain(labelled).min_by_key(|found| listed(*found))?;
        Some(shortest.map_or(&[][..], Vec::as_slice))
    }

    /// Whether a pod is in a set; whether it is of the host network is not asked.
    pub(super) fn selects(&self, set: &PodSet, pod: &Pod) -> bool {
        self.are_there(&set.namespaces, &pod.namespace) && set.pods.matches(&pod.labels)
    }

    /// Whether a namespace is one of some.
    pub(super) fn are_there(&self, namespaces: &Namespaces, namespace: &str) -> bool {
        match namespaces {
            Namespaces::Current => namespace == self.current,
            Namespaces::Matching(selector) => self.is_in(selector, namespace),
        }
    }

    fn is_in(&self, selector: &Selector, namespace: &str) -> bool {
        match self.cluster.namespaces.get(namespace) {
            Some(labels) => selector.matches(labels),
            None => selector.matches(&Labels::from([(METADATA_NAME.to_owned(), namespace.to_owned())])),
        }
    }
}
