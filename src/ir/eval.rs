//! The reference evaluator: short, obvious and slow. Everything faster is tested against it.
//!
//! It reads as the prose of [`super`] does. Rules are looked at one after the other, for one flow at a time.

use std::net::IpAddr;

use super::{Base, Isolation, Namespace, Namespaces, Peer, PodSet, Policy, Rule, Subject};
use crate::cluster::{Cluster, Node, Pod, STAND_INS};
use crate::model::{Action, Direction, Labels, Ports, Protocol};

/// One end of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Endpoint<'a> {
    /// The address that the flow uses there; `None` stands for each of [`STAND_INS`] of the other end's family.
    pub address: Option<IpAddr>,
    /// The pod that owns it, if one does.
    pub pod: Option<&'a Pod>,
    /// The node whose own traffic it is, if it is one's.
    pub node: Option<&'a Node>,
}

/// A new connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow<'a> {
    /// Where it comes from.
    pub from: Endpoint<'a>,
    /// Where it goes, after Service translation.
    pub to: Endpoint<'a>,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its destination port.
    pub port: u16,
}

/// What decided at one end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Isolations that close the pod, by their place in the tier; none where it is open.
    pub isolations: Vec<usize>,
    /// Allow rules that let the flow through.
    pub allows: Vec<usize>,
    /// Deny rules that stop it.
    pub denies: Vec<usize>,
}

/// The judgement of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it passes.
    pub allowed: bool,
    /// Whether it passes whatever the policy says: a pod to itself, a pod and its own node.
    pub exempt: bool,
    /// What decided at the source.
    pub egress: Side,
    /// What decided at the destination.
    pub ingress: Side,
}

/// Judges flows by a policy in a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Evaluator<'a> {
    policy: &'a Policy,
    cluster: &'a Cluster,
    // What the namespace without a name is called.
    current: &'a str,
    // Which of the addresses that stand for unknown ones the policy tells from those before.
    told_apart: [bool; STAND_INS.len()],
}

impl Side {
    /// Whether the flow passes here.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.denies.is_empty() && (self.isolations.is_empty() || !self.allows.is_empty())
    }
}

impl<'a> Evaluator<'a> {
    /// An evaluator that takes `current` for the namespace without a name.
    #[must_use]
    pub fn new(policy: &'a Policy, cluster: &'a Cluster, current: &'a str) -> Self {
        Self { policy, cluster, current, told_apart: told_apart(policy) }
    }

    /// Judges one flow. Where an address is not known, it passes if it does from, or to, each that there may be.
    #[must_use]
    pub fn judge(&self, flow: &Flow<'_>) -> Verdict {
        if flow.from.address.is_some() && flow.to.address.is_some() {
            return self.judge_placed(flow);
        }
        let mut verdicts = self.placed(flow).into_iter().map(|flow| self.judge_placed(&flow));
        let first = verdicts.next().unwrap_or_default();
        if first.allowed { verdicts.find(|verdict| !verdict.allowed).unwrap_or(first) } else { first }
    }

    // The flow with an address at both ends; of two that are not known, with IPv4.
    fn placed<'f>(&self, flow: &Flow<'f>) -> Vec<Flow<'f>> {
        let is_v4 = flow.from.address.or(flow.to.address).is_none_or(|address| address.is_ipv4());
        let stand_ins = STAND_INS.into_iter().zip(self.told_apart).filter(|(_, is_told)| *is_told);
        let stand_ins: Vec<_> = stand_ins.map(|(of, _)| of).filter(|of| of.is_ipv4() == is_v4).collect();
        let places = |end: &Endpoint<'f>| -> Vec<Endpoint<'f>> {
            let all = end.address.map_or_else(|| stand_ins.clone(), |address| vec![address]);
            all.into_iter().map(|address| Endpoint { address: Some(address), ..*end }).collect()
        };
        let (from, to) = (places(&flow.from), places(&flow.to));
        from.iter().flat_map(|from| to.iter().map(|to| Flow { from: *from, to: *to, ..*flow })).collect()
    }

    fn judge_placed(&self, flow: &Flow<'_>) -> Verdict {
        let egress = self.side(Direction::Egress, &flow.from, &flow.to, flow);
        let ingress = self.side(Direction::Ingress, &flow.to, &flow.from, flow);
        let exempt = is_exempt(flow);
        Verdict { allowed: exempt || (egress.passes() && ingress.passes()), exempt, egress, ingress }
    }

    // Judges a flow at the end `near`.
    fn side(&self, direction: Direction, near: &Endpoint<'_>, far: &Endpoint<'_>, flow: &Flow<'_>) -> Side {
        let tier = self.policy.network();
        let mut side = Side::default();
        let isolates = |of: &&Isolation| of.direction == direction && self.is_subject(near, &of.subject);
        let acts = |rule: &&Rule| {
            rule.direction == direction
                && self.is_subject(near, &rule.subject)
                && rule.peers.iter().any(|peer| self.is_peer(far, peer))
                && is_port(flow, &rule.ports)
        };
        let places = tier.isolations.iter().enumerate();
        side.isolations.extend(places.filter(|(_, isolation)| isolates(isolation)).map(|(at, _)| at));
        for (at, rule) in tier.rules.iter().enumerate().filter(|(_, rule)| acts(rule)) {
            match rule.action {
                Action::Allow => side.allows.push(at),
                Action::Deny => side.denies.push(at),
            }
        }
        side
    }

    fn is_subject(&self, end: &Endpoint<'_>, subject: &Subject) -> bool {
        let Some(pod) = selectable(end) else { return false };
        let namespace = match &subject.namespace {
            Namespace::Current => self.current,
            Namespace::Named(name) => name,
        };
        pod.namespace == namespace && subject.pods.matches(&pod.labels) && !subject.outside.contains(address_of(end))
    }

    fn is_peer(&self, end: &Endpoint<'_>, peer: &Peer) -> bool {
        self.is_in(end, &peer.within) && !peer.except.iter().any(|base| self.is_in(end, base))
    }

    fn is_in(&self, end: &Endpoint<'_>, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(set) => set.contains(address_of(end)),
            Base::Pods(set) => selectable(end).is_some_and(|pod| self.is_selected(pod, set)),
        }
    }

    fn is_selected(&self, pod: &Pod, set: &PodSet) -> bool {
        let namespace = match &set.namespaces {
            Namespaces::Current => pod.namespace == self.current,
            Namespaces::Matching(selector) => {
                let known = self.cluster.namespaces.get(&pod.namespace);
                // A namespace that the cluster does not tell of has its name all the same.
                let own = || Labels::from([(crate::model::METADATA_NAME.to_owned(), pod.namespace.clone())]);
                known.map_or_else(|| selector.matches(&own()), |labels| selector.matches(labels))
            }
        };
        namespace && set.pods.matches(&pod.labels)
    }
}

// Both ends of a flow that is judged have an address; the unspecified one is never a pod's.
fn address_of(end: &Endpoint<'_>) -> IpAddr {
    end.address.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
}

// Judging one of several that no set of the policy tells apart is enough.
fn told_apart(policy: &Policy) -> [bool; STAND_INS.len()] {
    let tier = policy.network();
    let subjects = tier.isolations.iter().map(|of| &of.subject).chain(tier.rules.iter().map(|rule| &rule.subject));
    let peers = tier.rules.iter().flat_map(|rule| &rule.peers);
    let bases = peers.flat_map(|peer| peer.except.iter().chain([&peer.within]));
    let in_bases = bases.filter_map(|base| if let Base::Addresses(set) = base { Some(set) } else { None });
    let sets: Vec<_> = subjects.map(|subject| &subject.outside).chain(in_bases).collect();
    let mut known = Vec::new();
    STAND_INS.map(|address| {
        let seen: (bool, Vec<bool>) = (address.is_ipv4(), sets.iter().map(|set| set.contains(address)).collect());
        let is_new = !known.contains(&seen);
        known.push(seen);
        is_new
    })
}

// The traffic of a pod of the host network is its node's: no selector sees it.
fn selectable<'a>(end: &Endpoint<'a>) -> Option<&'a Pod> {
    end.pod.filter(|pod| !pod.host_network)
}

fn is_port(flow: &Flow<'_>, ports: &Ports) -> bool {
    let named = |(protocol, name): &(Protocol, String)| {
        *protocol == flow.protocol
            && selectable(&flow.to).is_some_and(|pod| pod.port(*protocol, name).any(|number| number == flow.port))
    };
    ports.of(flow.protocol).contains(flow.port) || ports.names().any(named)
}

// A pod always reaches itself; a pod and its own node always reach each other.
fn is_exempt(flow: &Flow<'_>) -> bool {
    let own_node = |pod: &Endpoint<'_>, node: &Endpoint<'_>| match (selectable(pod), node.node) {
        (Some(pod), Some(node)) => pod.node.as_deref() == Some(node.name.as_str()),
        _ => false,
    };
    let same = match (selectable(&flow.from), selectable(&flow.to)) {
        (Some(a), Some(b)) => (&a.namespace, &a.name) == (&b.namespace, &b.name),
        _ => false,
    };
    same || own_node(&flow.from, &flow.to) || own_node(&flow.to, &flow.from)
}

#[cfg(test)]
mod tests;
