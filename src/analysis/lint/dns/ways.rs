//! Which rules lead to DNS, and which stand in the way.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::super::pods::Pods;
use super::named::Named;
use crate::cluster::{Pod, Service, TargetPort};
use crate::ir::{Base, Namespace, Namespaces, Peer, PodSet, Rule};
use crate::model::{AddressSet, Labels, NamedDns, Ports, Protocol, RangeSet, Selector};
use crate::span::FileId;

/// The port at which DNS is asked.
pub(super) const PORT: u16 = 53;

// Where clusters have their DNS.
#[derive(Clone, Copy, Debug)]
struct Usual {
    namespace: &'static str,
    // The Service that the nodes give to pods as their resolver.
    service: &'static str,
    label: (&'static str, &'static str),
    // The port that its pods listen at, behind port 53 of their Service.
    port: u16,
}

// kubeadm and nearly all others.
const KUBE_DNS: Usual =
    Usual { namespace: "kube-system", service: "kube-dns", label: ("k8s-app", "kube-dns"), port: PORT };

// OpenShift.
const OPENSHIFT: Usual = Usual {
    namespace: "openshift-dns",
    service: "dns-default",
    label: ("dns.operator.openshift.io/daemonset-dns", "default"),
    port: 5353,
};

/// Pods of DNS, and where they are asked.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) namespace: &'static str,
    pub(super) labels: Labels,
    // The ports that pods listen at behind port 53 of their Service; never none for UDP or TCP.
    ports: BTreeSet<(Protocol, u16)>,
}

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
    // The addresses of those pods.
    servers: AddressSet,
    // The addresses of Services, and those of the cluster's DNS among them with their Services.
    services: AddressSet,
    published: Vec<(IpAddr, &'a Service)>,
}

struct Place<'a> {
    server: Server,
    set: PodSet,
    real: Vec<&'a Pod>,
    // Whether it is where nearly all have their DNS, or the cluster's Service says so.
    is_likely: bool,
    // Whether the cluster's Service says so.
    is_told: bool,
}

impl<'a> Ways<'a> {
    pub(super) fn new(pods: Option<&'a Pods<'a>>, names: &'a [NamedDns]) -> Self {
        let mut places: Vec<_> = [KUBE_DNS, OPENSHIFT].iter().map(|usual| Place::new(usual, pods)).collect();
        if places.iter().any(Place::is_known) {
            places.retain(Place::is_known);
        } else if places.iter().any(|place| place.is_told) {
            places.retain(|place| place.is_told);
        }
        let services = pods.map_or(&[][..], |pods| &pods.cluster.services);
        let published = |service: &'a Service| service.cluster_ips.iter().map(move |address| (*address, service));
        let leads_there = |service: &&Service| places.iter().any(|place| place.is_behind(service));
        let published: Vec<_> = services.iter().filter(leads_there).flat_map(published).collect();
        let addresses = services.iter().flat_map(|service| &service.cluster_ips);
        let services = AddressSet::from_addresses(addresses);
        let named = Named::new(names, pods, |set| is_translated(set, &services, &published));
        let servers = places.iter().flat_map(|place| &place.real).flat_map(|pod| &pod.addresses);
        let servers = AddressSet::from_addresses(servers);
        Self { places, pods, named, servers, services, published }
    }

    /// The address and the Service of the cluster's DNS that an allow names, which opens nothing.
    pub(super) fn published(&self, rule: &Rule) -> Option<(IpAddr, &'a Service)> {
        let is_named = |peer: &Peer, at: IpAddr| matches!(&peer.within, Base::Addresses(set) if set.contains(at));
        let named = |(address, _): &&(IpAddr, &Service)| rule.peers.iter().any(|peer| is_named(peer, *address));
        self.published.iter().find(named).filter(|_| holds_port(Protocol::Udp, &rule.ports)).copied()
    }

    /// Where the cluster's DNS is, or most likely is.
    pub(super) fn server(&self) -> Option<&Server> {
        self.places.first().map(|place| &place.server)
    }

    /// Whether the name `dns` leads there, on a line for pods of a namespace.
    pub(super) fn is_called_dns(&self, file: FileId, namespace: &Namespace) -> bool {
        let prelude = || self.server().is_some_and(Server::is_of_prelude);
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
            place.server.numbers(protocol).all(|port| rule.ports.of(protocol).contains(port))
                && rule.peers.iter().any(|peer| self.are_all_in(place, peer))
        };
        let pods = self.places.iter().enumerate().filter(|(_, place)| at(place)).map(|(at, _)| Way::Pods(at));
        let named = self.named.is_stopped(rule, protocol).then_some(Way::Named);
        let addresses = holds_port(protocol, &rule.ports) && rule.peers.iter().any(every);
        pods.chain(named).chain(addresses.then_some(Way::Addresses)).collect()
    }

    /// Whether a rule lets pods send something else than questions to DNS, or such questions as nobody answers.
    pub(super) fn sends_else(&self, rule: &Rule) -> bool {
        let numbers = |protocol| {
            let ports = self.places.iter().flat_map(|place| place.server.numbers(protocol)).chain([PORT]);
            let ports: Vec<_> = ports.map(|port| RangeSet::range(port, port)).collect();
            Ports::numbers(protocol, RangeSet::union_of(&ports))
        };
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
    // open is not meant for one; and one that holds the address of its Service is meant for the cluster's, as are the
    // addresses of its pods alone.
    fn is_resolver(&self, peer: &Peer, ports: &Ports) -> bool {
        let asked = || [Protocol::Udp, Protocol::Tcp].iter().any(|of| ports.of(*of).ranges().contains(&(PORT, PORT)));
        let is_known = self.places.iter().any(Place::is_known);
        let Base::Addresses(set) = &peer.within else { return false };
        let is_cluster = || set.is_subset(&self.servers) || is_translated(set, &self.services, &self.published);
        !set.is_empty() && (!is_known || asked()) && !is_cluster()
    }

    fn is_in(&self, pod: &Pod, base: &Base) -> bool {
        match base {
            Base::Any => true,
            Base::Addresses(set) => holds(set, pod),
            Base::Pods(set) => self.pods.is_some_and(|pods| pods.selects(set, pod)),
        }
    }
}

impl Usual {
    // The cluster's Service, where it has one that finds its pods by labels.
    fn service<'a>(&self, pods: &Pods<'a>) -> Option<&'a Service> {
        let is_it =
            |of: &&Service| of.namespace == self.namespace && of.name == self.service && !of.selector.is_empty();
        pods.cluster.services.iter().find(is_it)
    }

    // The ports at which pods are asked: those that their Service leads to, or else those that they call DNS, or else the
    // usual one.
    fn ports(&self, protocol: Protocol, service: Option<&Service>, real: &[&Pod]) -> BTreeSet<(Protocol, u16)> {
        let published = service.into_iter().flat_map(|service| &service.ports);
        let published = published.filter(|port| port.protocol == protocol && port.port == PORT);
        let behind = |target: &TargetPort| match target {
            TargetPort::Number(number) => vec![*number],
            TargetPort::Name(name) => real.iter().flat_map(|pod| pod.port(protocol, name)).collect(),
        };
        let mut numbers: Vec<u16> = published.flat_map(|port| behind(&port.target)).collect();
        if numbers.is_empty() {
            let declared = real.iter().flat_map(|pod| &pod.ports);
            numbers.extend(
                declared.filter(|port| port.protocol == protocol && is_dns(&port.name)).map(|port| port.number),
            );
        }
        if numbers.is_empty() {
            numbers.push(self.port);
        }
        numbers.into_iter().map(|number| (protocol, number)).collect()
    }
}

impl Server {
    /// A port at which it is asked.
    pub(super) fn port(&self, protocol: Protocol) -> u16 {
        self.numbers(protocol).next().unwrap_or(PORT)
    }

    fn numbers(&self, protocol: Protocol) -> impl Iterator<Item = u16> {
        self.ports.iter().filter(move |(of, _)| *of == protocol).map(|(_, number)| *number)
    }

    // Whether the name `dns` that every program has stands for these pods and ports.
    fn is_of_prelude(&self) -> bool {
        let (key, value) = KUBE_DNS.label;
        self.namespace == KUBE_DNS.namespace
            && self.labels.get(key).is_some_and(|of| of == value)
            && self.ports.iter().all(|(_, number)| *number == PORT)
    }
}

impl<'a> Place<'a> {
    fn new(usual: &Usual, pods: Option<&'a Pods<'a>>) -> Self {
        let (key, value) = usual.label;
        let place = |labels: Labels| {
            let namespaces = Namespaces::Matching(Selector::namespace(usual.namespace));
            let set = PodSet { namespaces, pods: Selector::labels(&labels) };
            let real: Vec<_> = pods.map_or_else(Vec::new, |pods| pods.of(&set).collect());
            (labels, set, real)
        };
        let by_label = place(Labels::from([(key.to_owned(), value.to_owned())]));
        let service = pods.and_then(|pods| usual.service(pods));
        // The Service counts, unless it leads nowhere while pods stand where they usually do.
        let told = service.map(|service| (service, place(service.selector.clone())));
        let told = told.filter(|(_, (_, _, real))| !real.is_empty() || by_label.2.is_empty());
        let service = told.as_ref().map(|(service, _)| *service);
        let (labels, set, real) = told.map_or(by_label, |(_, place)| place);
        let ports = [Protocol::Udp, Protocol::Tcp].into_iter();
        let ports = ports.flat_map(|protocol| usual.ports(protocol, service, &real)).collect();
        let server = Server { namespace: usual.namespace, labels, ports };
        let is_told = service.is_some();
        Self { server, set, real, is_likely: is_told || usual.port == PORT, is_told }
    }

    // Whether a Service leads to the cluster's DNS.
    fn is_behind(&self, service: &Service) -> bool {
        service.namespace == self.server.namespace
            && self.server.labels.iter().all(|(key, value)| service.selector.get(key) == Some(value))
    }

    fn is_known(&self) -> bool {
        self.real.iter().any(|pod| !pod.addresses.is_empty())
    }

    // Whether ports hold one at which the cluster's DNS listens.
    fn leads_to(&self, protocol: Protocol, ports: &Ports) -> bool {
        let is_asked = |number: u16| self.server.ports.contains(&(protocol, number));
        let listens = |pod: &Pod, name: &str| pod.port(protocol, name).any(is_asked);
        // Of pods that tell no ports, the usual names are believed.
        let is_usual =
            |name: &str| is_dns(name) && (self.real.is_empty() || self.real.iter().any(|pod| pod.ports.is_empty()));
        let named = |name: &str| is_usual(name) || self.real.iter().any(|pod| listens(pod, name));
        let numbers = ports.of(protocol);
        self.server.numbers(protocol).any(|number| numbers.contains(number))
            || ports.names().any(|(of, name)| *of == protocol && named(name))
    }

    // Whether a rule that may lead here is meant to: elsewhere than where it is likely, one that names the namespace, or
    // the port. Nobody thinks of it by `any`.
    fn is_meant(&self, set: Option<&PodSet>, protocol: Protocol, ports: &Ports) -> bool {
        let is_named = |set: &PodSet| match (&set.namespaces, &self.set.namespaces) {
            (Namespaces::Matching(asked), Namespaces::Matching(usual)) => asked.implies(usual),
            _ => false,
        };
        let is_port = |port: u16| ports.of(protocol).ranges().contains(&(port, port));
        self.is_likely || self.server.numbers(protocol).any(is_port) || set.is_some_and(is_named)
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
