//! The fields of Kubernetes objects that matter here, as serde reads them. A null field is a missing one.
//!
//! serde takes a list where it expects a struct, and fills the fields by their order. So every field that holds an
//! object, or a list of objects, is read through [`Mapping`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::object::once;

use crate::cluster::TargetPort;
use crate::model::{Labels, Protocol};

#[derive(serde::Deserialize)]
#[serde(bound = "S: Deserialize<'de>, T: Deserialize<'de>")]
pub(super) struct Object<S, T> {
    #[serde(default, deserialize_with = "mapping")]
    pub(super) metadata: Metadata,
    #[serde(default, deserialize_with = "object")]
    pub(super) spec: Option<S>,
    #[serde(default, deserialize_with = "object")]
    pub(super) status: Option<T>,
}

/// Where nothing is of interest.
#[derive(serde::Deserialize)]
pub(super) struct Nothing {}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    #[serde(default)]
    pub(super) labels: Option<UniqueLabels>,
    #[serde(default, rename = "annotations")]
    _annotations: Option<Passed>,
    pub(super) creation_timestamp: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) owner_references: Option<Vec<OwnerReference>>,
}

#[derive(Clone, serde::Deserialize)]
pub(super) struct OwnerReference {
    pub(super) kind: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) controller: Option<bool>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodSpec {
    pub(super) node_name: Option<String>,
    pub(super) host_network: Option<bool>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) containers: Option<Vec<Container>>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) init_containers: Option<Vec<Container>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Container {
    #[serde(default, deserialize_with = "objects")]
    pub(super) ports: Option<Vec<ContainerPort>>,
    pub(super) restart_policy: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContainerPort {
    pub(super) name: Option<String>,
    pub(super) container_port: PortNumber,
    pub(super) protocol: Option<ProtocolName>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PodStatus {
    pub(super) phase: Option<String>,
    #[serde(rename = "podIP")]
    pub(super) pod_ip: Option<String>,
    #[serde(rename = "podIPs", default, deserialize_with = "objects")]
    pub(super) pod_ips: Option<Vec<PodIp>>,
    pub(super) start_time: Option<String>,
    #[serde(rename = "hostIP")]
    pub(super) host_ip: Option<String>,
    #[serde(rename = "hostIPs", default, deserialize_with = "objects")]
    pub(super) host_ips: Option<Vec<PodIp>>,
}

#[derive(serde::Deserialize)]
pub(super) struct PodIp {
    pub(super) ip: Option<String>,
}

#[derive(serde::Deserialize)]
pub(super) struct NodeStatus {
    #[serde(default, deserialize_with = "objects")]
    pub(super) addresses: Option<Vec<NodeAddress>>,
}

#[derive(serde::Deserialize)]
pub(super) struct NodeAddress {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) address: String,
}

#[derive(serde::Deserialize)]
pub(super) struct ServiceSpec {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(rename = "clusterIP")]
    pub(super) cluster_ip: Option<String>,
    #[serde(rename = "clusterIPs", default)]
    pub(super) cluster_ips: Option<Vec<String>>,
    pub(super) selector: Option<UniqueLabels>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) ports: Option<Vec<ServicePort>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServicePort {
    pub(super) name: Option<String>,
    pub(super) protocol: Option<ProtocolName>,
    pub(super) port: PortNumber,
    pub(super) target_port: Option<NumberOrName>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Slice {
    #[serde(default, deserialize_with = "mapping")]
    pub(super) metadata: Metadata,
    pub(super) address_type: Option<String>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) endpoints: Option<Vec<SliceEndpoint>>,
    #[serde(default, deserialize_with = "objects")]
    pub(super) ports: Option<Vec<SlicePort>>,
}

#[derive(serde::Deserialize)]
pub(super) struct SliceEndpoint {
    pub(super) addresses: Option<Vec<String>>,
}

#[derive(serde::Deserialize)]
pub(super) struct SlicePort {
    pub(super) name: Option<String>,
    pub(super) protocol: Option<ProtocolName>,
    pub(super) port: Option<PortNumber>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkloadSpec {
    pub(super) replicas: Option<Replicas>,
    #[serde(default, deserialize_with = "object")]
    pub(super) template: Option<Template>,
    #[serde(default, deserialize_with = "object")]
    pub(super) job_template: Option<JobTemplate>,
}

#[derive(serde::Deserialize)]
pub(super) struct JobTemplate {
    #[serde(default, deserialize_with = "object")]
    pub(super) spec: Option<JobSpec>,
}

#[derive(serde::Deserialize)]
pub(super) struct JobSpec {
    #[serde(default, deserialize_with = "object")]
    pub(super) template: Option<Template>,
}

#[derive(serde::Deserialize)]
pub(super) struct Template {
    #[serde(default, deserialize_with = "object")]
    pub(super) metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "object")]
    pub(super) spec: Option<PodSpec>,
}

fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Mapping<T>>::deserialize(deserializer)?.map(|object| object.0))
}

fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
    let objects = Option::<Vec<Mapping<T>>>::deserialize(deserializer)?;
    Ok(objects.map(|objects| objects.into_iter().map(|object| object.0).collect()))
}

fn mapping<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Mapping::deserialize(deserializer).map(|object| object.0)
}

// A struct that is read from a mapping alone.
struct Mapping<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Mapping<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MappingVisitor(PhantomData))
    }
}

struct MappingVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MappingVisitor<T> {
    type Value = Mapping<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Mapping<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Mapping)
    }
}

/// Labels of which no key stands twice.
#[derive(Default)]
pub(super) struct UniqueLabels(pub(super) Labels);

impl<'de> Deserialize<'de> for UniqueLabels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LabelsVisitor)
    }
}

struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = UniqueLabels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueLabels, A::Error> {
        let mut labels = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if labels.contains_key(&key) {
                return Err(Error::custom(format_args!("label `{key}` stands twice")));
            }
            labels.insert(key, value);
        }
        Ok(UniqueLabels(labels))
    }
}

#[derive(Clone, Copy)]
pub(super) struct ProtocolName(pub(super) Protocol);

impl<'de> Deserialize<'de> for ProtocolName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let wrong = || Error::custom(format_args!("`{name}` is no protocol; there are TCP, UDP and SCTP"));
        Protocol::from_kubernetes(&name).map(Self).ok_or_else(wrong)
    }
}

/// The number of a port.
#[derive(Clone, Copy)]
pub(super) struct PortNumber(pub(super) u16);

impl<'de> Deserialize<'de> for PortNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PortNumberVisitor)
    }
}

struct PortNumberVisitor;

impl Visitor<'_> for PortNumberVisitor {
    type Value = PortNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port number from 1 to 65535")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<PortNumber, E> {
        port_number(number).map(PortNumber)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<PortNumber, E> {
        port_number(number).map(PortNumber)
    }
}

pub(super) struct NumberOrName(pub(super) TargetPort);

impl<'de> Deserialize<'de> for NumberOrName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PortVisitor).map(Self)
    }
}

struct PortVisitor;

impl Visitor<'_> for PortVisitor {
    type Value = TargetPort;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port number or a port name")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TargetPort, E> {
        port_number(number).map(TargetPort::Number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<TargetPort, E> {
        port_number(number).map(TargetPort::Number)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<TargetPort, E> {
        Ok(TargetPort::Name(name.to_owned()))
    }
}

// Zero passes, which a Service's target may say for its own port.
fn port_number<E: Error, N: TryInto<u16> + fmt::Display + Copy>(number: N) -> Result<u16, E> {
    let wrong = || E::custom(format_args!("{number} is no port number; a port is a number from 1 to 65535"));
    number.try_into().map_err(|_| wrong())
}

/// How many pods a workload is to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Replicas(pub(super) i64);

impl<'de> Deserialize<'de> for Replicas {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReplicasVisitor)
    }
}

struct ReplicasVisitor;

impl Visitor<'_> for ReplicasVisitor {
    type Value = Replicas;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of pods")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Replicas, E> {
        Ok(Replicas(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Replicas, E> {
        let wrong = || E::custom(format_args!("{number} is no number of pods"));
        i64::try_from(number).map(Replicas).map_err(|_| wrong())
    }
}

/// A mapping of which nothing is of interest but that it is one, and that no key of it stands twice.
#[derive(Clone, Copy)]
pub(super) struct Passed;

impl<'de> Deserialize<'de> for Passed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PassedVisitor)
    }
}

struct PassedVisitor;

impl<'de> Visitor<'de> for PassedVisitor {
    type Value = Passed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Passed, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            once(&key, &mut seen)?;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(Passed)
    }
}
