//! What runs in a cluster, as far as policy can see it: namespaces, pods, nodes, Services.

pub mod load;
mod service;

pub use service::{EndpointPort, EndpointSlice, Service, ServicePort, TargetPort};

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::model::{AddressSet, Labels, METADATA_NAME, Protocol};

/// The addresses by which an end is judged that has none yet: a workload's template, a pod of a test.
///
/// Nobody knows what address such a pod will get, so it stands at one of each range that clusters commonly give pods:
/// the private ones and carrier-grade NAT, unique local and global IPv6. What all of these may do it may do, so it is
/// in `0.0.0.0/0` and in `0.0.0.0/0 except 169.254.169.254/32`, and neither in `10.0.0.0/8` nor in what is left of
/// `0.0.0.0/0` without the private ranges. They are the last of their ranges but one, which no narrow network holds.
pub const STAND_INS: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(10, 255, 255, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 127, 255, 254)),
    IpAddr::V4(Ipv4Addr::new(172, 31, 255, 254)),
    IpAddr::V4(Ipv4Addr::new(192, 168, 255, 254)),
    IpAddr::V6(Ipv6Addr::new(0x3ffe, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xfffe)),
    IpAddr::V6(Ipv6Addr::new(0xfdff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xfffe)),
];

/// The ranges of [`STAND_INS`], in which a pod's address may be.
#[must_use]
pub fn pod_ranges() -> AddressSet {
    let v4 = [([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];
    let v4 = v4.map(|(address, length)| Ipv4Net::new(Ipv4Addr::from(address), length).map(IpNet::V4));
    let v6 = [(0x2000, 3), (0xfc00, 7)];
    let v6 = v6.map(|(first, length)| Ipv6Net::new(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0), length).map(IpNet::V6));
    AddressSet::from_nets(v4.into_iter().chain(v6).flatten())
}

/// The objects of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Labels of each namespace by its name; `kubernetes.io/metadata.name` is always among them.
    pub namespaces: BTreeMap<String, Labels>,
    /// Those of them that only their pods tell of: nothing is known of their labels, and they are taken to have none but
    /// those that a program states ([`Cluster::state`]).
    pub untold: BTreeSet<String>,
    /// Pods, and workloads whose templates stand for pods.
    pub pods: Vec<Pod>,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Nodes that pods run on and that have no object here: their name, and the addresses that their pods tell.
    pub hosts: Vec<Node>,
    /// Services.
    pub services: Vec<Service>,
    /// Where Services lead: addresses by EndpointSlice.
    pub endpoint_slices: Vec<EndpointSlice>,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name; of a workload's template the workload, such as `deployment/web`, which no pod can be called.
    pub name: String,
    /// The workload that keeps it running, such as `deployment/web`; none for a pod made by hand.
    pub workload: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// Its addresses, at most one a family. None for a workload's template, and for a pod that is done.
    pub addresses: Vec<IpAddr>,
    /// Addresses that it says it has and a newer pod owns, with that pod as `namespace/name`.
    pub taken: Vec<(IpAddr, String)>,
    /// The node that it runs on.
    pub node: Option<String>,
    /// Whether its traffic is its node's: then no selector sees it.
    pub host_network: bool,
    /// Whether it is Succeeded or Failed: then it owns no address, and has no traffic.
    pub is_done: bool,
    /// The named ports of its containers and restartable init containers.
    pub ports: Vec<NamedPort>,
    /// The ports of the same containers that have no name: somebody listens there, and no rule can call them.
    pub unnamed: Vec<(Protocol, u16)>,
}

/// A port that a container names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedPort {
    /// The name.
    pub name: String,
    /// Its protocol; the name alone says nothing.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

impl Cluster {
    /// Every node that is known of, by an object or by its pods.
    pub fn all_nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().chain(&self.hosts)
    }

    /// The addresses that pods may have: of the usual ranges, and those that pods of this cluster have.
    ///
    /// A cluster may give its pods any network. What the objects tell of it is the addresses that are given already.
    #[must_use]
    pub fn pod_addresses(&self) -> AddressSet {
        let own = self.pods.iter().filter(|pod| !pod.host_network).flat_map(|pod| &pod.addresses);
        pod_ranges().union(&AddressSet::from_addresses(own))
    }

    /// The addresses that pods of the host network may have: of the usual ranges, and those of the nodes.
    #[must_use]
    pub fn host_addresses(&self) -> AddressSet {
        let of_nodes = self.all_nodes().flat_map(|node| &node.addresses);
        pod_ranges().union(&AddressSet::from_addresses(of_nodes))
    }

    /// The labels that a namespace has; none where nothing is known of them.
    #[must_use]
    pub fn labels_of(&self, namespace: &str) -> Option<&Labels> {
        self.namespaces.get(namespace).filter(|_| !self.untold.contains(namespace))
    }

    /// Takes labels that somebody states of a namespace. They count only where no object tells of its labels.
    pub fn state(&mut self, namespace: &str, labels: Labels) {
        let Some(known) = self.namespaces.get_mut(namespace).filter(|_| self.untold.contains(namespace)) else {
            return;
        };
        known.extend(labels.into_iter().filter(|(key, _)| key != METADATA_NAME));
    }

    /// Adds a namespace, with the label that gives it its own name, whatever `labels` say.
    pub fn add_namespace(&mut self, name: &str, mut labels: Labels) {
        labels.insert(METADATA_NAME.to_owned(), name.to_owned());
        self.namespaces.insert(name.to_owned(), labels);
    }
}

impl Pod {
    /// Whether it is a workload's template, which stands for pods that do not run yet.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.name.contains('/')
    }

    /// The number that this pod gives to a port name.
    pub fn port(&self, protocol: Protocol, name: &str) -> impl Iterator<Item = u16> {
        self.ports.iter().filter(move |port| port.protocol == protocol && port.name == name).map(|port| port.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_of_the_ranges_of_pods() {
        assert!(STAND_INS.into_iter().all(|address| pod_ranges().contains(address)));
    }
}
