//! Which pods that do not exist yet would reach a workload.
//!
//! The selectors of the rules count, not the pods of today: whoever makes a pod with those labels in such a namespace
//! may send to the workload, as far as nothing closes that pod's own egress.

use std::collections::{BTreeMap, BTreeSet};

use super::Workload;
use crate::cluster::{Cluster, Pod};
use crate::ir::{Base, Namespaces, Peer, PodSet, Policy, Rule};
use crate::lift::words;
use crate::model::{Action, AddressSet, Ports, Protocol, RangeSet, Selector};
use crate::tables::Tables;

/// The pods that the ingress rules of a workload let in, by what the rules ask of them. `addresses` is where pods may be.
pub(super) fn future(
    workload: &Workload,
    cluster: &Cluster,
    tables: &Tables,
    policy: &Policy,
    addresses: &AddressSet,
) -> Vec<(String, Ports)> {
    let mut open: BTreeMap<String, Ports> = BTreeMap::new();
    let Some(pod) = workload.pods.first().and_then(|at| cluster.pods.get(*at)) else { return Vec::new() };
    let rulesets: BTreeSet<_> = workload.sides.iter().map(|seen| seen.side.ingress).collect();
    let any = [Peer::from(Base::Any)];
    for ruleset in rulesets.into_iter().filter_map(|id| tables.ruleset(id)) {
        let tier = policy.network();
        let rules: Vec<_> = ruleset.rules.iter().filter_map(|at| tier.rules.get(*at as usize)).collect();
        let denies = Deny::all(&rules, pod, addresses);
        let allows = rules.iter().filter(|rule| rule.action == Action::Allow && !ruleset.isolations.is_empty());
        let allows = allows.flat_map(|rule| rule.peers.iter().map(|peer| (peer, numbered(&rule.ports, pod))));
        let all = any.iter().filter(|_| ruleset.isolations.is_empty()).map(|peer| (peer, Ports::All));
        for (peer, ports) in allows.chain(all) {
            let Some(pods) = Pods::of(peer, &pod.namespace, addresses) else { continue };
            for (pods, ports) in denies.iter().fold(vec![(pods, ports)], |left, deny| deny.of(left)) {
                let slot = open.entry(pods.words()).or_insert_with(Ports::none);
                *slot = slot.union(&ports);
            }
        }
    }
    open.into_iter().collect()
}

// A peer of a rule that denies, as pods and as the rule has it, and the ports.
struct Deny<'r> {
    peer: &'r Peer,
    pods: Pods,
    ports: Ports,
    // Where pods may be.
    possible: &'r AddressSet,
}

impl<'r> Deny<'r> {
    fn all(rules: &[&'r Rule], pod: &Pod, possible: &'r AddressSet) -> Vec<Self> {
        let rules = rules.iter().filter(|rule| rule.action == Action::Deny);
        let peers = rules.flat_map(|rule| rule.peers.iter().map(|peer| (peer, numbered(&rule.ports, pod))));
        let made =
            |(peer, ports)| Some(Self { peer, pods: Pods::of(peer, &pod.namespace, possible)?, ports, possible });
        peers.filter_map(made).collect()
    }

    // What is left open of pods on ports that have no port in common, and so again in what is left: however many rules
    // deny, there are no more parts than sets of ports that these tell apart.
    fn of(&self, open: Vec<(Pods, Ports)>) -> Vec<(Pods, Ports)> {
        let mut left = Vec::with_capacity(open.len());
        for (pods, ports) in open {
            if !pods.meets(&self.pods) {
                left.push((pods, ports));
                continue;
            }
            let (denied, free) = (common(&ports, &self.ports), without(&ports, &self.ports));
            let rest = pods.less(self).filter(|_| !denied.is_none()).map(|rest| (rest, denied));
            left.extend(rest.into_iter().chain((!free.is_none()).then_some((pods, free))));
        }
        left
    }
}

// Pods by labels, or all whose address is in a set, less others.
#[derive(Clone)]
struct Pods {
    namespaces: Selector,
    pods: Selector,
    addresses: Option<AddressSet>,
    except: Vec<Peer>,
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
        let except = peer.except.iter().cloned().map(Peer::from).collect();
        is_some.then_some(Self { namespaces, pods, addresses, except })
    }

    fn implies(&self, other: &Self) -> bool {
        let is_inside = match (&self.addresses, &other.addresses) {
            (_, None) => true,
            (None, Some(others)) => others.is_all(),
            (Some(own), Some(others)) => own.is_subset(others),
        };
        is_inside && self.namespaces.implies(&other.namespaces) && self.pods.implies(&other.pods)
    }

    // Whether there may be pods that are both, whatever is excepted.
    fn meets(&self, other: &Self) -> bool {
        let is_apart = match (&self.addresses, &other.addresses) {
            (Some(own), Some(others)) => own.intersection(others).is_empty(),
            _ => false,
        };
        !is_apart && !self.namespaces.is_disjoint(&other.namespaces) && !self.pods.is_disjoint(&other.pods)
    }

    // Those that a rule does not deny; none where it denies them all.
    fn less(&self, deny: &Deny<'_>) -> Option<Self> {
        let is_plain = deny.peer.except.is_empty();
        if is_plain && self.implies(&deny.pods) {
            return None;
        }
        let mut left = self.clone();
        match (&mut left.addresses, &deny.pods.addresses) {
            (Some(own), Some(denied)) if is_plain => *own = own.difference(denied),
            _ if left.except.contains(deny.peer) => {}
            _ => left.except.push(deny.peer.clone()),
        }
        let is_left = left.addresses.as_ref().is_none_or(|set| !set.intersection(deny.possible).is_empty());
        is_left.then_some(left)
    }

    fn words(&self) -> String {
        let set = PodSet { namespaces: Namespaces::Matching(self.namespaces.clone()), pods: self.pods.clone() };
        let at = self.addresses.as_ref().map(|set| format!(" at {}", words::addresses(set).join(", ")));
        let except: Vec<_> = self.except.iter().flat_map(peer).collect();
        format!("{}{}{}", base(&Base::Pods(set)).join(", "), at.unwrap_or_default(), less(&except))
    }
}

fn peer(peer: &Peer) -> Vec<String> {
    let (within, except) = (base(&peer.within), peer.except.iter().flat_map(base).collect::<Vec<_>>());
    match except.is_empty() {
        true => within,
        false => within.iter().map(|within| format!("({within}{})", less(&except))).collect(),
    }
}

// Seen from nowhere, so that the namespace is always said.
fn base(base: &Base) -> Vec<String> {
    words::peer(&Peer::from(base.clone()), &Namespaces::Current)
}

fn less(except: &[String]) -> String {
    match except {
        [] => String::new(),
        [one] => format!(" except {one}"),
        _ => format!(" except ({})", except.join(", ")),
    }
}

fn numbered(ports: &Ports, pod: &Pod) -> Ports {
    if *ports == Ports::All {
        return Ports::All;
    }
    let numbers = Protocol::ALL.into_iter().map(|of| Ports::numbers(of, ports.of(of)));
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
    Protocol::ALL.into_iter().map(left).fold(Ports::none(), |all, ports| all.union(&ports))
}

fn common(ports: &Ports, denied: &Ports) -> Ports {
    if *denied == Ports::All {
        return ports.clone();
    }
    let both = |of| Ports::numbers(of, ports.of(of).intersection(&denied.of(of)));
    Protocol::ALL.into_iter().map(both).fold(Ports::none(), |all, ports| all.union(&ports))
}
