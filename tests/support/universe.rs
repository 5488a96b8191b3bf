//! A small universe of flows in which two sets of policies would differ if they differed at all.
//!
//! Everything that a policy mentions is there with what lies beside it: each label with each value asked for, with
//! another one, and missing; the addresses at both edges of every CIDR and just outside; each port, the one before and
//! the one after; every protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::judge::{Endpoint, Labels, Pod, Policies, network, rules};
use super::programs::Numbers;

const METADATA_NAME: &str = "kubernetes.io/metadata.name";

/// What some policies mention.
#[derive(Default)]
struct Mentioned {
    pods: BTreeMap<String, BTreeSet<String>>,
    namespaces: BTreeMap<String, BTreeSet<String>>,
    addresses: BTreeSet<IpAddr>,
    numbers: BTreeSet<u16>,
    names: BTreeSet<String>,
    // The policies' own namespaces.
    homes: BTreeSet<String>,
}

/// How many flows of a universe got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) allowed: usize,
    pub(crate) denied: usize,
}

/// Asserts that two sets of policies let the same connections pass at the pods that they are about.
///
/// A number of connections is drawn between pods, namespaces and addresses that are drawn themselves from what the
/// policies mention, so that sets with many labels can be compared. The same seed draws the same.
pub(crate) fn assert_equal_samples(left: &Policies, right: &Policies, current: &str, seed: u64, draws: usize) {
    let mut numbers = Numbers(seed);
    let mentioned = Mentioned::of(left, right);
    let namespaces = mentioned.some_namespaces(current, &mut numbers);
    let homes: Vec<&str> = left.objects.iter().map(|object| left.namespace(object)).collect();
    let (homes, others): (Vec<_>, Vec<_>) = namespaces.iter().partition(|(name, _)| homes.contains(&name.as_str()));
    let addresses: Vec<IpAddr> = mentioned.all_addresses().into_iter().collect();
    let near: Vec<Endpoint> = (0..draws / 10).map(|_| mentioned.draw(&homes, &addresses, &mut numbers)).collect();
    let mut far: Vec<Endpoint> = (0..draws / 10).map(|_| mentioned.draw(&others, &addresses, &mut numbers)).collect();
    far.extend(addresses.iter().map(|address| Endpoint { pod: None, address: *address }));
    far.extend(near.iter().cloned());
    let ports: Vec<u16> = mentioned.numbers.iter().copied().collect();
    for _ in 0..draws {
        let (at, far) = (numbers.one_of(&near), numbers.one_of(&far));
        let service = (*numbers.one_of(&["TCP", "TCP", "UDP", "SCTP"]), *numbers.one_of(&ports));
        for (direction, to) in [("Ingress", at), ("Egress", far)] {
            let one = left.passes(direction, at, far, to, service);
            let other = right.passes(direction, at, far, to, service);
            assert_eq!(one, other, "{direction} {service:?}\nat {at:?}\nfar {far:?}");
        }
    }
}

/// Asserts that two sets of policies give every flow of their universe the same verdict.
pub(crate) fn assert_equal_meaning(what: &str, left: &Policies, right: &Policies, current: &str) -> Count {
    let mentioned = Mentioned::of(left, right);
    let endpoints = mentioned.endpoints(current);
    let mut count = Count::default();
    for from in &endpoints {
        for to in &endpoints {
            for protocol in ["TCP", "UDP", "SCTP"] {
                for port in &mentioned.numbers {
                    let (one, other) = (left.allow(from, to, protocol, *port), right.allow(from, to, protocol, *port));
                    assert_eq!(one, other, "{what}: {protocol}/{port}\nfrom {from:?}\nto {to:?}");
                    *(if one { &mut count.allowed } else { &mut count.denied }) += 1;
                }
            }
        }
    }
    count
}

impl Mentioned {
    fn of(left: &Policies, right: &Policies) -> Self {
        let mut mentioned = Self::default();
        for object in left.objects.iter().chain(&right.objects) {
            mentioned.homes.extend(object.metadata.namespace.clone());
            object.spec.iter().for_each(|spec| mentioned.spec(spec));
        }
        mentioned
    }

    fn spec(&mut self, spec: &NetworkPolicySpec) {
        self.numbers.extend([1, 7000, 7001, u16::MAX]);
        spec.pod_selector.iter().for_each(|selector| note(&mut self.pods, selector));
        for (peers, ports) in rules(spec, "Ingress").into_iter().chain(rules(spec, "Egress")) {
            peers.iter().for_each(|peer| self.peer(peer));
            ports.iter().for_each(|port| self.port(port));
        }
    }

    fn peer(&mut self, peer: &NetworkPolicyPeer) {
        peer.pod_selector.iter().for_each(|selector| note(&mut self.pods, selector));
        peer.namespace_selector.iter().for_each(|selector| note(&mut self.namespaces, selector));
        for text in
            peer.ip_block.iter().flat_map(|block| std::iter::once(&block.cidr).chain(block.except.iter().flatten()))
        {
            let net = network(text);
            self.addresses.extend([net.network(), net.broadcast(), before(net.network()), after(net.broadcast())]);
        }
    }

    fn port(&mut self, port: &NetworkPolicyPort) {
        match &port.port {
            Some(IntOrString::Int(first)) => {
                for edge in [*first, port.end_port.unwrap_or(*first)] {
                    self.numbers.extend((edge - 1..=edge + 1).filter_map(|number| u16::try_from(number).ok()));
                }
            }
            Some(IntOrString::String(name)) => drop(self.names.insert(name.clone())),
            None => {}
        }
    }

    fn all_addresses(&self) -> BTreeSet<IpAddr> {
        let mut addresses = self.addresses.clone();
        addresses.extend([IpAddr::from([203, 0, 113, 77]), "2001:db8:77::7".parse().expect("an address")]);
        addresses
    }

    fn endpoints(&self, current: &str) -> Vec<Endpoint> {
        let addresses = self.all_addresses();
        let outside = addresses.iter().map(|address| Endpoint { pod: None, address: *address });
        let mut endpoints: Vec<Endpoint> = outside.collect();
        let mut owners = addresses.iter().cycle();
        for (namespace, namespace_labels) in self.all_namespaces(current) {
            for labels in combinations(&self.pods) {
                for named in [false, true] {
                    let pod = Pod {
                        namespace: namespace.clone(),
                        namespace_labels: namespace_labels.clone(),
                        labels: labels.clone(),
                        ports: if named { self.named_ports() } else { BTreeMap::new() },
                    };
                    // Blocks of addresses hold pods too: some of the pods have an address at their edges.
                    let number = u8::try_from(endpoints.len() % 250).expect("a byte");
                    let address = if named { owners.next().copied() } else { None };
                    let address = address.unwrap_or(IpAddr::from([100, 127, number, 5]));
                    endpoints.push(Endpoint { pod: Some(pod), address });
                }
            }
        }
        endpoints
    }

    fn named_ports(&self) -> BTreeMap<(String, String), u16> {
        let numbered = self.names.iter().zip(7000..);
        numbered
            .flat_map(|(name, number)| {
                [(("TCP".to_owned(), name.clone()), number), (("UDP".to_owned(), name.clone()), number + 1)]
            })
            .collect()
    }

    // The names of namespaces that are asked for, and the labels.
    fn asked_of_namespaces(&self, current: &str) -> (BTreeSet<String>, BTreeMap<String, BTreeSet<String>>) {
        let mut asked = self.namespaces.clone();
        let mut names = asked.remove(METADATA_NAME).unwrap_or_default();
        names.extend([current.to_owned(), "elsewhere".to_owned()]);
        names.extend(self.homes.iter().cloned());
        (names, asked)
    }

    // Each namespace that is named, and some others, with labels as they are drawn.
    fn some_namespaces(&self, current: &str, numbers: &mut Numbers) -> Vec<(String, Labels)> {
        let (mut names, asked) = self.asked_of_namespaces(current);
        names.extend(["another".to_owned(), "third".to_owned()]);
        let labelled = names.into_iter().map(|name| {
            let mut labels = draw_labels(&asked, numbers);
            labels.insert(METADATA_NAME.to_owned(), name.clone());
            (name, labels)
        });
        labelled.collect()
    }

    fn draw(&self, namespaces: &[&(String, Labels)], addresses: &[IpAddr], numbers: &mut Numbers) -> Endpoint {
        let (namespace, namespace_labels) = (*numbers.one_of(namespaces)).clone();
        let ports = if numbers.below(3) > 0 { self.named_ports() } else { BTreeMap::new() };
        let pod = Pod { namespace, namespace_labels, labels: draw_labels(&self.pods, numbers), ports };
        Endpoint { pod: Some(pod), address: *numbers.one_of(addresses) }
    }

    // The namespaces that are named, and one for each combination of labels.
    fn all_namespaces(&self, current: &str) -> Vec<(String, Labels)> {
        let (names, asked) = self.asked_of_namespaces(current);
        let mut all = Vec::new();
        for name in names {
            for (at, mut labels) in combinations(&asked).into_iter().enumerate() {
                // A cluster has one namespace of a name; the others of its labels are called something else.
                let name = if at == 0 { name.clone() } else { format!("{name}-{at}") };
                labels.insert(METADATA_NAME.to_owned(), name.clone());
                all.push((name, labels));
            }
        }
        all
    }
}

fn note(known: &mut BTreeMap<String, BTreeSet<String>>, selector: &LabelSelector) {
    for (key, value) in selector.match_labels.iter().flatten() {
        known.entry(key.clone()).or_default().insert(value.clone());
    }
    for asked in selector.match_expressions.iter().flatten() {
        known.entry(asked.key.clone()).or_default().extend(asked.values.iter().flatten().cloned());
    }
}

// One of those combinations: most often a value that is asked for.
fn draw_labels(known: &BTreeMap<String, BTreeSet<String>>, numbers: &mut Numbers) -> Labels {
    let mut labels = Labels::new();
    for (key, values) in known {
        let values: Vec<&str> = values.iter().map(String::as_str).chain(["other"]).collect();
        if numbers.below(4) > 0 {
            labels.insert(key.clone(), (*numbers.one_of(&values)).to_owned());
        }
    }
    labels
}

// Every combination of each key's values, another value, and none; none of any comes first.
fn combinations(known: &BTreeMap<String, BTreeSet<String>>) -> Vec<Labels> {
    let mut all = vec![Labels::new()];
    for (key, values) in known {
        let values: Vec<Option<&str>> = std::iter::once(None)
            .chain(values.iter().map(|value| Some(value.as_str())))
            .chain([Some("other")])
            .collect();
        all = all
            .iter()
            .flat_map(|labels| {
                values.iter().map(move |value| {
                    let more = value.map(|value| (key.clone(), value.to_owned()));
                    labels.clone().into_iter().chain(more).collect()
                })
            })
            .collect();
    }
    all
}

fn before(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(four) => Ipv4Addr::from_bits(four.to_bits().saturating_sub(1)).into(),
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits().saturating_sub(1)).into(),
    }
}

fn after(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(four) => Ipv4Addr::from_bits(four.to_bits().saturating_add(1)).into(),
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits().saturating_add(1)).into(),
    }
}
