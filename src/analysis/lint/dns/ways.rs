//! Which rules lead to DNS, and which stand in the way.

use super::super::pods::Pods;
use crate::cluster::Pod;
use crate::ir::{Base, Namespaces, Peer, PodSet, Rule};
use crate::model::{AddressSet, Condition, Ports, Protocol, RangeSet, Selector, Values};

const PORT: u16 = 53;

// Where kubeadm and nearly all others have the cluster's DNS.
const NAMESPACE: &str = "kube-system";
const LABEL: (&str, &str) = ("k8s-app", "kube-dns");

/// A way to ask: the cluster's DNS or a resolver that is called by its address, by UDP or TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Pods(Protocol),
    Addresses(Protocol),
}

/// What is known of the cluster's DNS: its pods where a cluster is given that has them, or else where they always are.
pub(super) struct Ways<'a> {
    usual: PodSet,
    real: Vec<&'a Pod>,
    pods: Option<&'a Pods<'a>>,
}

impl<'a> Ways<'a> {
    pub(super) fn new(pods: Option<&'a Pods<'a>>) -> Self {
        let (key, value) = LABEL;
        let usual = PodSet {
            namespaces: Namespaces::Matching(Selector::namespace(NAMESPACE)),
            pods: Selector::on(key, Condition::In(Values::one(value))),
        };
        let real = pods.map_or_else(Vec::new, |pods| pods.of(&usual).collect());
        Self { usual, real, pods }
    }

    /// The ways that an allow opens.
    pub(super) fn open(&self, rule: &Rule) -> Vec<Way> {
        let by = |protocol| {
            let (pods, addresses) = (self.leads_to(protocol, &rule.ports), holds_port(protocol, &rule.ports));
            let some = |is: &dyn Fn(&Peer) -> bool| rule.peers.iter().any(is);
            let pods = pods && some(&|peer| self.may_be_in(peer));
            let addresses = addresses && some(&|peer| self.is_resolver(peer, &rule.ports));
            [pods.then_some(Way::Pods(protocol)), addresses.then_some(Way::Addresses(protocol))]
        };
        [Protocol::Udp, Protocol::Tcp].into_iter().flat_map(by).flatten().collect()
    }

    /// The ways that a deny closes.
    pub(super) fn stopped(&self, rule: &Rule) -> Vec<Way> {
        let pods = rule.peers.iter().any(|peer| self.is_all_in(peer));
        let every = |peer: &Peer| match &peer.within {
            Base::Any => peer.except.is_empty(),
            Base::Addresses(set) => peer.except.is_empty() && set.is_all(),
            Base::Pods(_) => false,
        };
        let addresses = rule.peers.iter().any(every);
        let by = |protocol| {
            let closed = holds_port(protocol, &rule.ports);
            let pods = (closed && pods).then_some(Way::Pods(protocol));
            [pods, (closed && addresses).then_some(Way::Addresses(protocol))]
        };
        [Protocol::Udp, Protocol::Tcp].into_iter().flat_map(by).flatten().collect()
    }

    /// Whether a rule lets pods send something else than questions to DNS.
    pub(super) fn sends_else(&self, rule: &Rule) -> bool {
        let port = RangeSet::range(PORT, PORT);
        let numbers = [Protocol::Udp, Protocol::Tcp].map(|protocol| Ports::numbers(protocol, port.clone()));
        let only = match &rule.ports {
            Ports::All => false,
            Ports::Some { numbers: own, .. } => {
                let all = Ports::union_of(&numbers);
                let named = rule.ports.names().all(|(_, name)| is_dns(name));
                named && Ports::Some { numbers: own.clone(), names: Default::default() }.is_subset(&all)
            }
        };
        !only || self.open(rule).is_empty()
    }

    // Whether ports hold one at which the cluster's DNS listens.
    fn leads_to(&self, protocol: Protocol, ports: &Ports) -> bool {
        let named = |name: &str| match self.real.is_empty() {
            true => is_dns(name),
            false => {
                is_dns(name)
                    && self.real.iter().any(|pod| pod.ports.is_empty() || pod.port(protocol, name).next().is_some())
            }
        };
        let declared = self.real.iter().flat_map(|pod| &pod.ports);
        let mut listens = declared.filter(|port| port.protocol == protocol && is_dns(&port.name));
        let numbers = ports.of(protocol);
        numbers.contains(PORT)
            || listens.any(|port| numbers.contains(port.number))
            || ports.names().any(|(of, name)| *of == protocol && named(name))
    }

    // Whether pods of the cluster's DNS can be in a peer.
    fn may_be_in(&self, peer: &Peer) -> bool {
        if self.is_known() {
            return self
                .real
                .iter()
                .any(|pod| self.is_in(pod, &peer.within) && !peer.except.iter().any(|base| self.is_in(pod, base)));
        }
        let within = match &peer.within {
            Base::Any => true,
            Base::Addresses(_) => false,
            Base::Pods(set) => self.may_meet(set),
        };
        within && !peer.except.iter().any(|base| self.is_usual_in(base))
    }

    // Whether all of its pods are.
    fn is_all_in(&self, peer: &Peer) -> bool {
        match self.is_known() {
            true => peer.except.is_empty() && self.real.iter().all(|pod| self.is_in(pod, &peer.within)),
            false => peer.except.is_empty() && self.is_usual_in(&peer.within),
        }
    }

    // A resolver outside, or one of the node's own. Where the cluster's DNS is known, a wide network with every port
    // open is not meant for one.
    fn is_resolver(&self, peer: &Peer, ports: &Ports) -> bool {
        let asked = || [Protocol::Udp, Protocol::Tcp].iter().any(|of| ports.of(*of).ranges().contains(&(PORT, PORT)));
        matches!(&peer.within, Base::Addresses(set) if !set.is_empty()) && (!self.is_known() || asked())
    }

    fn is_known(&self) -> bool {
        self.real.iter().any(|pod| !pod.addresses.is_empty())
    }

    fn is_in(&self, pod: &Pod, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(set) => holds(set, pod),
            Base::Pods(set) => self.pods.is_some_and(|pods| pods.selects(set, pod)),
        }
    }

    fn may_meet(&self, set: &PodSet) -> bool {
        let namespaces = match (&set.namespaces, &self.usual.namespaces) {
            (Namespaces::Matching(asked), Namespaces::Matching(usual)) => !asked.is_disjoint(usual),
            // Charts are applied to namespaces of their own.
            _ => false,
        };
        namespaces && !set.pods.is_disjoint(&self.usual.pods)
    }

    fn is_usual_in(&self, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(_) => false,
            Base::Pods(set) => {
                let namespaces = match (&self.usual.namespaces, &set.namespaces) {
                    (Namespaces::Matching(usual), Namespaces::Matching(asked)) => usual.implies(asked),
                    _ => false,
                };
                namespaces && self.usual.pods.implies(&set.pods)
            }
        }
    }
}

fn holds(set: &AddressSet, pod: &Pod) -> bool {
    pod.addresses.iter().any(|address| set.contains(*address))
}

fn holds_port(protocol: Protocol, ports: &Ports) -> bool {
    ports.of(protocol).contains(PORT)
}

// What ports of DNS are called at CoreDNS, at dnsmasq and in /etc/services.
fn is_dns(name: &str) -> bool {
    name.starts_with("dns") || name.starts_with("domain")
}
