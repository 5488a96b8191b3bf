//! What a workload is open to: addresses outside, other namespaces, and pods that do not exist yet.
//!
//! For pods to come, the selectors of the rules count, not the pods of today: whoever makes a pod with those labels in
//! such a namespace may send to the workload, as far as nothing closes that pod's own egress.

use std::collections::{BTreeMap, BTreeSet};

use super::{Filter, Place, Reach, Workload};
use crate::cluster::{Cluster, Pod};
use crate::ir::{Base, Namespaces, Peer, Policy};
use crate::lift::words;
use crate::model::{Action, AddressSet, Ports, RangeSet, Selector};
use crate::tables::Tables;

/// What one workload is open to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The workload, by index in [`Reach::workloads`].
    pub workload: usize,
    /// Addresses outside, and the ports on which they reach it.
    pub outside: Vec<(String, Ports)>,
    /// Other namespaces from which some workload reaches it, with the ports.
    pub namespaces: Vec<(String, Ports)>,
    /// Pods that may be made, in the words of the language, and the ports on which they would reach it.
    pub future: Vec<(String, Ports)>,
}

/// The exposure of each workload that is open to anything, from the connections that pass a filter.
#[must_use]
pub fn exposure(reach: &Reach, cluster: &Cluster, tables: &Tables, policy: &Policy, filter: &Filter) -> Vec<Exposure> {
    let mut all: Vec<Exposure> = (0..reach.workloads.len())
        .map(|workload| Exposure { workload, outside: Vec::new(), namespaces: Vec::new(), future: Vec::new() })
        .collect();
    let mut namespaces: BTreeMap<(usize, &str), Ports> = BTreeMap::new();
    for connection in &reach.connections {
        let Place::Workload(to) = connection.to else { continue };
        let (Some(exposure), Some(workload)) = (all.get_mut(to), reach.workloads.get(to)) else { continue };
        match connection.from {
            Place::Outside(_) => exposure.outside.push((reach.name(connection.from), (*connection.ports).clone())),
            Place::Workload(from) => {
                let source = reach.workloads.get(from).filter(|source| source.namespace != workload.namespace);
                if let Some(source) = source {
                    let ports = namespaces.entry((to, &source.namespace)).or_insert_with(Ports::none);
                    *ports = ports.union(&connection.ports);
                }
            }
        }
    }
    for ((to, name), ports) in namespaces {
        if let Some(exposure) = all.get_mut(to) {
            exposure.namespaces.push((name.to_owned(), ports));
        }
    }
    let wanted = |workload: &&Workload| {
        filter.from.is_none()
            && filter.to.as_ref().is_none_or(|end| end.is_workload(workload))
            && filter.namespace.as_ref().is_none_or(|namespace| workload.namespace == *namespace)
    };
    let addresses = cluster.pod_addresses();
    for (exposure, workload) in all.iter_mut().zip(&reach.workloads).filter(|(_, workload)| wanted(workload)) {
        exposure.future = future(workload, cluster, tables, policy, &addresses);
        if let Some(port) = filter.port {
            exposure.future.iter_mut().for_each(|(_, ports)| *ports = port.of(ports));
            exposure.future.retain(|(_, ports)| !ports.is_none());
        }
    }
    all.retain(|exposure| {
        !(exposure.outside.is_empty() && exposure.namespaces.is_empty() && exposure.future.is_empty())
    });
    all
}

// The pods that the ingress rules of a workload let in, by what the rules ask of them.
fn future(
    workload: &Workload,
    cluster: &Cluster,
    tables: &Tables,
    policy: &Policy,
    addresses: &AddressSet,
) -> Vec<(String, Ports)> {
    let mut open: BTreeMap<String, Ports> = BTreeMap::new();
    let Some(pod) = workload.pods.first().and_then(|at| cluster.pods.get(*at)) else { return Vec::new() };
    let rulesets: BTreeSet<_> = workload.sides.iter().map(|seen| seen.side.ingress).collect();
    for ruleset in rulesets.into_iter().filter_map(|id| tables.ruleset(id)) {
        let tier = policy.network();
        let rules: Vec<_> = ruleset.rules.iter().filter_map(|at| tier.rules.get(*at as usize)).collect();
        let denied: Vec<_> = rules.iter().filter(|rule| rule.action == Action::Deny).copied().collect();
        let any = [Peer::from(Base::Any)];
        let allowed = rules.iter().filter(|rule| rule.action == Action::Allow && !ruleset.isolations.is_empty());
        let allowed = allowed.flat_map(|rule| rule.peers.iter().map(|peer| (peer, rule.ports.clone())));
        let all = any.iter().filter(|_| ruleset.isolations.is_empty()).map(|peer| (peer, Ports::All));
        for (peer, ports) in allowed.chain(all) {
            let Some(pods) = Pods::of(peer, &pod.namespace, addresses) else { continue };
            let mut ports = numbered(&ports, pod);
            for rule in &denied {
                let covers =
                    |peer: &Peer| Pods::of(peer, &pod.namespace, addresses).is_some_and(|deny| pods.implies(&deny));
                if rule.peers.iter().any(|peer| peer.except.is_empty() && covers(peer)) {
                    ports = without(&ports, &numbered(&rule.ports, pod));
                }
            }
            if !ports.is_none() {
                let slot = open.entry(pods.words()).or_insert_with(Ports::none);
                *slot = slot.union(&ports);
            }
        }
    }
    open.into_iter().collect()
}

// Pods by labels, or all whose address is in a set, less others.
struct Pods {
    namespaces: Selector,
    pods: Selector,
    addresses: Option<AddressSet>,
    except: Vec<Base>,
}

impl Pods {
    // `possible` is where pods may be.
    fn of(peer: &Peer, home: &str, possible: &AddressSet) -> Option<Self> {
        let all = || (Selector::all(), Selector::all());
        let ((namespaces, pods), addresses) = match &peer.within {
            Base::Any => (all(), None),
            // Where no pod is to be expected, none is to be told of.
            Base::Addresses(set) if set.intersection(possible).is_empty() => return None,
            Base::Addresses(set) => (all(), Some(set.clone())),
            Base::Pods(set) => match &set.namespaces {
                Namespaces::Current => ((Selector::namespace(home), set.pods.clone()), None),
                Namespaces::Matching(selector) => ((selector.clone(), set.pods.clone()), None),
            },
        };
        let is_some = !namespaces.is_never() && !pods.is_never() && !peer.except.contains(&Base::Any);
        is_some.then(|| Self { namespaces, pods, addresses, except: peer.except.clone() })
    }

    fn implies(&self, other: &Self) -> bool {
        let is_inside = match (&self.addresses, &other.addresses) {
            (_, None) => true,
            (None, Some(others)) => others.is_all(),
            (Some(own), Some(others)) => own.is_subset(others),
        };
        is_inside && self.namespaces.implies(&other.namespaces) && self.pods.implies(&other.pods)
    }

    fn words(&self) -> String {
        let set =
            crate::ir::PodSet { namespaces: Namespaces::Matching(self.namespaces.clone()), pods: self.pods.clone() };
        // Seen from nowhere, so that the namespace is always said.
        let text = |base: &Base| words::peer(&Peer::from(base.clone()), &Namespaces::Current).join(", ");
        let except: Vec<_> = self.except.iter().map(text).collect();
        let except = match except.as_slice() {
            [] => String::new(),
            [one] => format!(" except {one}"),
            _ => format!(" except ({})", except.join(", ")),
        };
        let at = self.addresses.as_ref().map(|set| format!(" at {}", words::addresses(set).join(", ")));
        format!("{}{}{except}", text(&Base::Pods(set)), at.unwrap_or_default())
    }
}

fn numbered(ports: &Ports, pod: &Pod) -> Ports {
    if *ports == Ports::All {
        return Ports::All;
    }
    let numbers = crate::model::Protocol::ALL.into_iter().map(|of| Ports::numbers(of, ports.of(of)));
    let named = ports
        .names()
        .flat_map(|(of, name)| pod.port(*of, name).map(|number| Ports::numbers(*of, RangeSet::range(number, number))));
    numbers.chain(named).fold(Ports::none(), |all, ports| all.union(&ports))
}

fn without(ports: &Ports, denied: &Ports) -> Ports {
    if *denied == Ports::All {
        return Ports::none();
    }
    let left = |of| Ports::numbers(of, ports.of(of).difference(&denied.of(of)));
    crate::model::Protocol::ALL.into_iter().map(left).fold(Ports::none(), |all, ports| all.union(&ports))
}
