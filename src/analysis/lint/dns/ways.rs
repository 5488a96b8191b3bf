//! Which rules lead to DNS, and which stand in the way.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::pods::Pods;
use super::named::Named;
use crate::cluster::{Pod, Service};
use crate::ir::{Base, Namespace, Namespaces, Peer, PodSet, Rule};
use crate::model::{AddressSet, Condition, NamedDns, Ports, Protocol, RangeSet, Selector, Values};
use crate::span::FileId;

/// The port at which DNS is asked.
pub(super) const PORT: u16 = 53;

/// Where clusters have their DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usual {
    pub(super) namespace: &'static str,
    pub(super) label: (&'static str, &'static str),
    /// The port that its pods listen at, behind port 53 of their Service.
    pub(super) port: u16,
}

// kubeadm and nearly all others; OpenShift.
const USUAL: [Usual; 2] = [
    Usual { namespace: "kube-system", label: ("k8s-app", "kube-dns"), port: PORT },
    Usual { namespace: "openshift-dns", label: ("dns.operator.openshift.io/daemonset-dns", "default"), port: 5353 },
];

/// A way to ask: the cluster's DNS, at one of the places where it may be or by the program's own name for it, or a
/// resolver that is called by its address.
///
/// UDP alone counts: resolvers ask over TCP only what they were told is too long for UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Pods(usize),
    Named,
    Addresses,
}

/// What is known of the cluster's DNS: its pods where a cluster is given that has them, or else where they usually are.
pub(super) struct Ways<'a> {
    places: Vec<Place<'a>>,
    pods: Option<&'a Pods<'a>>,
    named: Named<'a>,
    // The addresses of Services, and those of the cluster's DNS among them with their Services.
    services: AddressSet,
    published: Vec<(IpAddr, &'a Service)>,
}

struct Place<'a> {
    usual: Usual,
    set: PodSet,
    real: Vec<&'a Pod>,
}

impl<'a> Ways<'a> {
    pub(super) fn new(pods: Option<&'a Pods<'a>>, names: &'a [NamedDns]) -> Self {
        let mut places: Vec<_> = USUAL.into_iter().map(|usual| Place::new(usual, pods)).collect();
        if places.iter().any(Place::is_known) {
            places.retain(Place::is_known);
        }
        let services = pods.map_or(&[][..], |pods| &pods.cluster.services);
        let published = |service: &'a Service| service.cluster_ips.iter().map(move |address| (*address, service));
        let leads_there = |service: &&Service| places.iter().any(|place| place.is_behind(service));
        let published: Vec<_> = services.iter().filter(leads_there).flat_map(published).collect();
        let addresses = services.iter().flat_map(|service| &service.cluster_ips);
        let services = AddressSet::from_nets(addresses.map(|address| IpNet::from(*address)));
        let named = Named::new(names, pods, |set| is_translated(set, &services, &published));
        Self { places, pods, named, services, published }
    }

    /// The address and the Service of the cluster's DNS that an allow names, which opens nothing.
    pub(super) fn published(&self, rule: &Rule) -> Option<(IpAddr, &'a Service)> {
        let is_named = |peer: &Peer, at: IpAddr| matches!(&peer.within, Base::Addresses(set) if set.contains(at));
        let named = |(address, _): &&(IpAddr, &Service)| rule.peers.iter().any(|peer| is_named(peer, *address));
        self.published.iter().find(named).filter(|_| holds_port(Protocol::Udp, &rule.ports)).copied()
    }

    /// Where the cluster's DNS is, or most likely is.
    pub(super) fn usual(&self) -> Option<Usual> {
        self.places.first().map(|place| place.usual)
    }

    /// Whether the name `dns` leads there, on a line for pods of a namespace.
    pub(super) fn is_called_dns(&self, file: FileId, namespace: &Namespace) -> bool {
        let prelude = || self.usual().is_some_and(|usual| usual.port == PORT);
        self.named.leads(file, namespace).unwrap_or_else(prelude)
    }

    /// The ways that an allow opens for a protocol.
    pub(super) fn open(&self, rule: &Rule, protocol: Protocol) -> Vec<Way> {
        let some = |is: &dyn Fn(&Peer) -> bool| rule.peers.iter().any(is);
        let at = |place: &Place<'_>| {
            place.leads_to(protocol, &rule.ports) && some(&|peer| self.may_be_in(place, peer, protocol, &rule.ports))
        };
        let pods = self.places.iter().enumerate().filter(|(_, place)| at(place)).map(|(at, _)| Way::Pods(at));
        let named = self.named.is_open(rule, protocol).then_some(Way::Named);
        let addresses = holds_port(protocol, &rule.ports) && some(&|peer| self.is_resolver(peer, &rule.ports));
        pods.chain(named).chain(addresses.then_some(Way::Addresses)).collect()
    }

    /// The ways that a deny closes for a protocol.
    pub(super) fn stopped(&self, rule: &Rule, protocol: Protocol) -> Vec<Way> {
        let every = |peer: &Peer| match &peer.within {
            Base::Any => peer.except.is_empty(),
            Base::Addresses(set) => peer.except.is_empty() && set.is_all(),
            Base::Pods(_) => false,
        };
        let at = |place: &Place<'_>| {
            rule.ports.of(protocol).contains(place.usual.port)
                && rule.peers.iter().any(|peer| self.are_all_in(place, peer))
        };
        let pods = self.places.iter().enumerate().filter(|(_, place)| at(place)).map(|(at, _)| Way::Pods(at));
        let named = self.named.is_stopped(rule, protocol).then_some(Way::Named);
        let addresses = holds_port(protocol, &rule.ports) && rule.peers.iter().any(every);
        pods.chain(named).chain(addresses.then_some(Way::Addresses)).collect()
    }

    /// Whether a rule lets pods send something else than questions to DNS, or such questions as nobody answers.
    pub(super) fn sends_else(&self, rule: &Rule) -> bool {
        let ports = self.places.iter().map(|place| place.usual.port).chain([PORT]);
        let ports: Vec<_> = ports.map(|port| RangeSet::range(port, port)).collect();
        let numbers = |protocol| Ports::numbers(protocol, RangeSet::union_of(&ports));
        let only = match &rule.ports {
            Ports::All => false,
            Ports::Some { numbers: own, .. } => {
                let all = Ports::union_of(&[Protocol::Udp, Protocol::Tcp].map(numbers)).union(&self.named.ports);
                let named = rule.ports.names().all(|of| is_dns(&of.1) || self.named.ports.names().any(|own| own == of));
                named && Ports::Some { numbers: own.clone(), names: Default::default() }.is_subset(&all)
            }
        };
        !only || self.open(rule, Protocol::Udp).is_empty()
    }

    /// Whether an allow opens DNS over TCP, and not over UDP.
    pub(super) fn is_tcp_alone(&self, rule: &Rule) -> bool {
        self.open(rule, Protocol::Udp).is_empty() && !self.open(rule, Protocol::Tcp).is_empty()
    }

    // Whether pods of the cluster's DNS can be in a peer.
    fn may_be_in(&self, place: &Place<'_>, peer: &Peer, protocol: Protocol, ports: &Ports) -> bool {
        if place.is_known() {
            let is_in = |pod, base| self.is_in(pod, base);
            let real = &mut place.real.iter();
            return real.any(|pod| is_in(pod, &peer.within) && !peer.except.iter().any(|base| is_in(pod, base)));
        }
        let within = match &peer.within {
            Base::Any => place.is_meant(None, protocol, ports),
            Base::Addresses(_) => false,
            Base::Pods(set) => place.may_meet(set) && place.is_meant(Some(set), protocol, ports),
        };
        within && !peer.except.iter().any(|base| place.is_usual_in(base))
    }

    // Whether all of its pods are.
    fn are_all_in(&self, place: &Place<'_>, peer: &Peer) -> bool {
        let within = || match place.is_known() {
            true => place.real.iter().all(|pod| self.is_in(pod, &peer.within)),
            false => place.is_usual_in(&peer.within),
        };
        peer.except.is_empty() && within()
    }

    // A resolver outside, or one of the node's own. Where the cluster's DNS is known, a wide network with every port
    // open is not meant for one; and one that holds the address of its Service is meant for the cluster's.
    fn is_resolver(&self, peer: &Peer, ports: &Ports) -> bool {
        let asked = || [Protocol::Udp, Protocol::Tcp].iter().any(|of| ports.of(*of).ranges().contains(&(PORT, PORT)));
        let is_known = self.places.iter().any(Place::is_known);
        let Base::Addresses(set) = &peer.within else { return false };
        !set.is_empty() && (!is_known || asked()) && !is_translated(set, &self.services, &self.published)
    }

    fn is_in(&self, pod: &Pod, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(set) => holds(set, pod),
            Base::Pods(set) => self.pods.is_some_and(|pods| pods.selects(set, pod)),
        }
    }
}

impl<'a> Place<'a> {
    fn new(usual: Usual, pods: Option<&'a Pods<'a>>) -> Self {
        let (key, value) = usual.label;
        let set = PodSet {
            namespaces: Namespaces::Matching(Selector::namespace(usual.namespace)),
            pods: Selector::on(key, Condition::In(Values::one(value))),
        };
        let real = pods.map_or_else(Vec::new, |pods| pods.of(&set).collect());
        Self { usual, set, real }
    }

    // Whether a Service leads to the cluster's DNS.
    fn is_behind(&self, service: &Service) -> bool {
        let (key, value) = self.usual.label;
        service.namespace == self.usual.namespace && service.selector.get(key).is_some_and(|of| of == value)
    }

    fn is_known(&self) -> bool {
        self.real.iter().any(|pod| !pod.addresses.is_empty())
    }

    // Whether ports hold one at which the cluster's DNS listens.
    fn leads_to(&self, protocol: Protocol, ports: &Ports) -> bool {
        let has = |name: &str| {
            self.real.is_empty()
                || self.real.iter().any(|pod| pod.ports.is_empty() || pod.port(protocol, name).next().is_some())
        };
        let named = |name: &str| is_dns(name) && has(name);
        let declared = self.real.iter().flat_map(|pod| &pod.ports);
        let mut listens = declared.filter(|port| port.protocol == protocol && is_dns(&port.name));
        let numbers = ports.of(protocol);
        numbers.contains(self.usual.port)
            || listens.any(|port| numbers.contains(port.number))
            || ports.names().any(|(of, name)| *of == protocol && named(name))
    }

    // Whether a rule that may lead here is meant to. It is where nearly all have their DNS, and elsewhere where the
    // rule names the namespace, or the port: nobody thinks of it by `any`.
    fn is_meant(&self, set: Option<&PodSet>, protocol: Protocol, ports: &Ports) -> bool {
        let port = self.usual.port;
        let is_named = |set: &PodSet| match (&set.namespaces, &self.set.namespaces) {
            (Namespaces::Matching(asked), Namespaces::Matching(usual)) => asked.implies(usual),
            _ => false,
        };
        port == PORT || ports.of(protocol).ranges().contains(&(port, port)) || set.is_some_and(is_named)
    }

    fn may_meet(&self, set: &PodSet) -> bool {
        let namespaces = match (&set.namespaces, &self.set.namespaces) {
            (Namespaces::Matching(asked), Namespaces::Matching(usual)) => !asked.is_disjoint(usual),
            // Charts are applied to namespaces of their own.
            _ => false,
        };
        namespaces && !set.pods.is_disjoint(&self.set.pods)
    }

    fn is_usual_in(&self, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(_) => false,
            Base::Pods(set) => {
                let namespaces = match (&self.set.namespaces, &set.namespaces) {
                    (Namespaces::Matching(usual), Namespaces::Matching(asked)) => usual.implies(asked),
                    _ => false,
                };
                namespaces && self.set.pods.implies(&set.pods)
            }
        }
    }
}

// Whether addresses are those of Services, or hold that of the cluster's DNS.
fn is_translated(set: &AddressSet, services: &AddressSet, published: &[(IpAddr, &Service)]) -> bool {
    set.is_subset(services) || published.iter().any(|(address, _)| set.contains(*address))
}

fn holds(set: &AddressSet, pod: &Pod) -> bool {
    pod.addresses.iter().any(|address| set.contains(*address))
}

fn holds_port(protocol: Protocol, ports: &Ports) -> bool {
    ports.of(protocol).contains(PORT)
}

/// Whether ports of DNS are called so, at CoreDNS, at dnsmasq or in /etc/services.
pub(super) fn is_dns(name: &str) -> bool {
    name.starts_with("dns") || name.starts_with("domain")
}
