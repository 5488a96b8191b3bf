//! Services and the EndpointSlices that say where they lead.

use std::net::IpAddr;

use crate::model::{Labels, Protocol};

/// A Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it is of type ExternalName: another name for something outside, with neither pods nor addresses.
    pub is_external_name: bool,
    /// The addresses that its clients use: they are translated before policies are asked.
    pub cluster_ips: Vec<IpAddr>,
    /// The labels of its pods; empty for one whose endpoints somebody else writes.
    pub selector: Labels,
    /// Its ports.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name; a Service with one port may leave it out.
    pub name: Option<String>,
    /// Its protocol.
    pub protocol: Protocol,
    /// The number that clients use.
    pub port: u16,
    /// The port of the pods behind it.
    pub target: TargetPort,
}

/// A port of the pods behind a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetPort {
    /// The same on every pod.
    Number(u16),
    /// Looked up on each pod.
    Name(String),
}

/// Addresses behind a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The Service that it belongs to.
    pub service: Option<String>,
    /// Its addresses, ready or not.
    pub addresses: Vec<IpAddr>,
    /// Its ports; each is open on each address.
    pub ports: Vec<EndpointPort>,
}

/// A port of the addresses of an EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPort {
    /// The name of the Service's port.
    pub name: Option<String>,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number, after translation.
    pub number: u16,
}
