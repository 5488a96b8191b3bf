//! From the fields of objects to what policy sees of them.

use std::net::IpAddr;

use super::object::Object;
use super::raw::{self, Metadata, Nothing, NumberOrName};
use crate::cluster::{EndpointPort, EndpointSlice, NamedPort, Node, Pod, Service, ServicePort, TargetPort};
use crate::model::{Labels, Protocol};

/// The namespace of objects that do not say theirs, as kubectl has it.
const DEFAULT_NAMESPACE: &str = "default";

/// A pod, and what tells which of two pods owns an address.
pub(super) struct LivePod {
    pub(super) pod: Pod,
    /// Succeeded or Failed.
    pub(super) done: bool,
    pub(super) created: Option<String>,
    pub(super) started: Option<String>,
    pub(super) owner: Option<Owner>,
    /// The addresses of its node.
    pub(super) host: Vec<IpAddr>,
}

/// The controller of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
}

/// An object that keeps pods running.
pub(super) struct Workload {
    pub(super) kind: String,
    /// Its template, with the object's own namespace and name.
    pub(super) template: Pod,
    /// Whether it is to have pods now.
    pub(super) wanted: bool,
    pub(super) owner: Option<Owner>,
}

pub(super) fn namespace(object: raw::Object<Nothing, Nothing>) -> Result<Object, String> {
    let (_, name, labels) = identity(object.metadata)?;
    Ok(Object::Namespace(name, labels))
}

pub(super) fn node(object: raw::Object<Nothing, raw::NodeStatus>) -> Result<Object, String> {
    let (_, name, labels) = identity(object.metadata)?;
    let listed = object.status.and_then(|status| status.addresses).unwrap_or_default();
    let ips = listed.iter().filter(|address| matches!(address.kind.as_str(), "InternalIP" | "ExternalIP"));
    let addresses = ips.map(|listed| address(&listed.address)).collect::<Result<_, _>>()?;
    Ok(Object::Node(Node { name, labels, addresses }))
}

pub(super) fn pod(mut object: raw::Object<raw::PodSpec, raw::PodStatus>) -> Result<Object, String> {
    let created = object.metadata.creation_timestamp.take();
    let owner = controller(&mut object.metadata);
    let (namespace, name, labels) = identity(object.metadata)?;
    let mut pod = Pod { namespace, name, labels, ..Pod::default() };
    spec(&mut pod, object.spec);
    let (mut done, mut started, mut host) = (false, None, Vec::new());
    if let Some(status) = object.status {
        done = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
        started = status.start_time;
        host = listed_addresses(status.host_ip, status.host_ips)?;
        pod.is_done = done;
        if !done {
            pod.addresses = listed_addresses(status.pod_ip, status.pod_ips)?;
        }
        // Its addresses are its node's, of which the host's fields may tell less.
        if pod.host_network {
            host.extend(&pod.addresses);
        }
    }
    Ok(Object::Pod(Box::new(LivePod { pod, done, created, started, owner, host })))
}

// The first address alone, and all of them: old objects have the first only.
fn listed_addresses(ip: Option<String>, ips: Option<Vec<raw::PodIp>>) -> Result<Vec<IpAddr>, String> {
    let mut listed: Vec<_> = ips.unwrap_or_default().into_iter().filter_map(|listed| listed.ip).collect();
    if listed.is_empty() {
        listed.extend(ip);
    }
    listed.iter().filter(|text| !text.is_empty()).map(|text| address(text)).collect()
}

pub(super) fn workload(kind: &str, mut object: raw::Object<raw::WorkloadSpec, Nothing>) -> Result<Object, String> {
    let owner = controller(&mut object.metadata);
    let (namespace, name, _) = identity(object.metadata)?;
    let body = object.spec.ok_or("`spec` is missing")?;
    let wanted = body.replicas != Some(raw::Replicas(0));
    let of_job = body.job_template.and_then(|job| job.spec).and_then(|spec| spec.template);
    let template = body.template.or(of_job).ok_or("the pod template is missing")?;
    let labels = template.metadata.and_then(|metadata| metadata.labels).unwrap_or_default().0;
    let mut pod = Pod { namespace, name, labels, ..Pod::default() };
    spec(&mut pod, template.spec);
    pod.node = None;
    Ok(Object::Workload(Box::new(Workload { kind: kind.to_owned(), template: pod, wanted, owner })))
}

fn spec(pod: &mut Pod, spec: Option<raw::PodSpec>) {
    let Some(spec) = spec else { return };
    pod.node = spec.node_name.filter(|name| !name.is_empty());
    pod.host_network = spec.host_network.unwrap_or(false);
    let restartable = |container: &raw::Container| container.restart_policy.as_deref() == Some("Always");
    let init = spec.init_containers.unwrap_or_default().into_iter().filter(restartable);
    for container in spec.containers.unwrap_or_default().into_iter().chain(init) {
        for port in container.ports.unwrap_or_default() {
            let (number, protocol) =
                (port.container_port.0, port.protocol.map_or(Protocol::Tcp, |protocol| protocol.0));
            match port.name.filter(|name| !name.is_empty()) {
                Some(name) => pod.ports.push(NamedPort { name, protocol, number }),
                None => pod.unnamed.push((protocol, number)),
            }
        }
    }
    pod.ports.shrink_to_fit();
    pod.unnamed.shrink_to_fit();
}

pub(super) fn service(object: raw::Object<raw::ServiceSpec, Nothing>) -> Result<Object, String> {
    let (namespace, name, _) = identity(object.metadata)?;
    let mut service = Service { namespace, name, ..Service::default() };
    if let Some(spec) = object.spec {
        service.is_external_name = spec.kind.as_deref() == Some("ExternalName");
        // The API ignores the selector of one that is another name.
        if !service.is_external_name {
            service.selector = spec.selector.unwrap_or_default().0;
        }
        let listed = spec.cluster_ips.filter(|listed| !listed.is_empty());
        let listed = listed.unwrap_or_else(|| spec.cluster_ip.into_iter().collect());
        // A headless one has none.
        let ips = listed.iter().filter(|text| !matches!(text.as_str(), "" | "None"));
        service.cluster_ips = ips.map(|text| address(text)).collect::<Result<_, _>>()?;
        service.ports = spec.ports.unwrap_or_default().into_iter().map(service_port).collect();
    }
    Ok(Object::Service(service))
}

fn service_port(port: raw::ServicePort) -> ServicePort {
    let target = match port.target_port {
        None | Some(NumberOrName(TargetPort::Number(0))) => TargetPort::Number(port.port.0),
        Some(NumberOrName(target)) => target,
    };
    let name = port.name.filter(|name| !name.is_empty());
    ServicePort { name, protocol: port.protocol.map_or(Protocol::Tcp, |p| p.0), port: port.port.0, target }
}

pub(super) fn endpoint_slice(object: raw::Slice) -> Result<Object, String> {
    let (namespace, name, labels) = identity(object.metadata)?;
    let service = labels.get("kubernetes.io/service-name").cloned();
    let mut slice = EndpointSlice { namespace, name, service, ..EndpointSlice::default() };
    if object.address_type.as_deref() != Some("FQDN") {
        let texts = object.endpoints.into_iter().flatten().flat_map(|endpoint| endpoint.addresses.unwrap_or_default());
        slice.addresses = texts.map(|text| address(&text)).collect::<Result<_, _>>()?;
    }
    for port in object.ports.into_iter().flatten() {
        let Some(raw::PortNumber(number)) = port.port else { continue };
        let protocol = port.protocol.map_or(Protocol::Tcp, |protocol| protocol.0);
        slice.ports.push(EndpointPort { name: port.name.filter(|name| !name.is_empty()), protocol, number });
    }
    Ok(Object::EndpointSlice(slice))
}

fn identity(metadata: Metadata) -> Result<(String, String, Labels), String> {
    let name = metadata.name.filter(|name| !name.is_empty()).ok_or("`metadata.name` is missing")?;
    let namespace = metadata.namespace.filter(|name| !name.is_empty());
    let labels = metadata.labels.unwrap_or_default().0;
    Ok((namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()), name, labels))
}

fn controller(metadata: &mut Metadata) -> Option<Owner> {
    let owners = metadata.owner_references.take()?;
    let owner = owners.into_iter().find(|owner| owner.controller == Some(true))?;
    Some(Owner { kind: owner.kind, name: owner.name })
}

// Old objects may hold leading zeros, which mean decimal here as in the API.
fn address(text: &str) -> Result<IpAddr, String> {
    let parsed = text.parse().or_else(|_| {
        let parts: Vec<_> = text
            .split('.')
            .map(|part| match part.trim_start_matches('0') {
                "" if !part.is_empty() => "0",
                rest => rest,
            })
            .collect();
        parts.join(".").parse()
    });
    parsed.map(|address: IpAddr| address.to_canonical()).map_err(|_| format!("`{text}` is no address"))
}
