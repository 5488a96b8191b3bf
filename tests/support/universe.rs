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

const METADATA_NAME: &str = "kubernetes.io/metadata.name";

/// What some policies mention.
#[derive(Default)]
struct Mentioned {
    pods: BTreeMap<String, BTreeSet<String>>,
    namespaces: BTreeMap<String, BTreeSet<String>>,
    addresses: BTreeSet<IpAddr>,
    numbers: BTreeSet<u16>,
    names: BTreeSet<String>,
}

/// How many flows of a universe got which verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) allowed: usize,
    pub(crate) denied: usize,
}

/// Asserts that two sets of policies give every flow of their universe the same verdict.
pub(crate) fn assert_equal_meaning(what: &str, left: &Policies, right: &Policies, current: &str) -> Count {
    let mut mentioned = Mentioned::default();
    for spec in left.objects.iter().chain(&right.objects).filter_map(|object| object.spec.as_ref()) {
        mentioned.spec(spec);
    }
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

    fn endpoints(&self, current: &str) -> Vec<Endpoint> {
        let mut addresses = self.addresses.clone();
        addresses.extend([IpAddr::from([203, 0, 113, 77]), "2001:db8:77::7".parse().expect("an address")]);
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

    // The namespaces that are named, and one for each combination of labels.
    fn all_namespaces(&self, current: &str) -> Vec<(String, Labels)> {
        let mut asked = self.namespaces.clone();
        let mut names = asked.remove(METADATA_NAME).unwrap_or_default();
        names.insert(current.to_owned());
        names.insert("elsewhere".to_owned());
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
