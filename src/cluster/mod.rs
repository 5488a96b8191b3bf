//! What runs in a cluster, as far as policy can see it: namespaces, pods, nodes, Services.

pub mod load;
mod service;

pub use service::{EndpointPort, EndpointSlice, Service, ServicePort, TargetPort};

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{Labels, METADATA_NAME, Protocol};

/// The address by which an end is judged that has none yet: a workload's template, a pod of a test.
///
/// No network that people write holds it (it is of 240.0.0.0/4, reserved), so it is in `0.0.0.0/0`, and in what is left
/// of that when networks are taken out, and in nothing narrower.
pub const UNKNOWN_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(255, 255, 255, 254));

/// The objects of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Labels of each namespace by its name; `kubernetes.io/metadata.name` is always among them.
    pub namespaces: BTreeMap<String, Labels>,
    /// Pods, and workloads whose templates stand for pods.
    pub pods: Vec<Pod>,
    /// Nodes.
    pub nodes: Vec<Node>,
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
    /// The node that it runs on.
    pub node: Option<String>,
    /// Whether its traffic is its node's: then no selector sees it.
    pub host_network: bool,
    /// The named ports of its containers and restartable init containers.
    pub ports: Vec<NamedPort>,
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
