//! What NetworkPolicy objects allow, by the words of the Kubernetes API documentation and nothing of netpol's own.
//!
//! A second opinion on the artifacts: slow, short, and without a line in common with the evaluator of the library.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Deserialize as _;

pub(crate) type Labels = BTreeMap<String, String>;

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// None for an address that no pod has.
    pub(crate) pod: Option<Pod>,
    pub(crate) address: IpAddr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) namespace_labels: Labels,
    pub(crate) labels: Labels,
    /// Numbers by protocol and name.
    pub(crate) ports: BTreeMap<(String, String), u16>,
}

/// Policies, with the namespace that those without one are applied to.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    pub(crate) objects: Vec<NetworkPolicy>,
    current: String,
}

impl Policies {
    pub(crate) fn new(objects: impl IntoIterator<Item = NetworkPolicy>, current: &str) -> Self {
        let filled = |mut object: NetworkPolicy| {
            // A policy without a spec has an empty one.
            object.spec.get_or_insert_default();
            object
        };
        Self { objects: objects.into_iter().map(filled).collect(), current: current.to_owned() }
    }

    /// Reads the documents of a stream.
    pub(crate) fn read(yaml: &str, current: &str) -> Self {
        let documents = serde_yaml::Deserializer::from_str(yaml);
        let objects = documents.map(Option::<NetworkPolicy>::deserialize).collect::<Result<Vec<_>, _>>();
        let objects = objects.unwrap_or_else(|error| panic!("not NetworkPolicy objects: {error}\n{yaml}"));
        Self::new(objects.into_iter().flatten(), current)
    }

    /// Whether a new connection passes at both its ends.
    pub(crate) fn allow(&self, from: &Endpoint, to: &Endpoint, protocol: &str, port: u16) -> bool {
        from == to && from.pod.is_some()
            || self.passes("Egress", from, to, to, (protocol, port))
                && self.passes("Ingress", to, from, to, (protocol, port))
    }

    /// Whether a new connection to `to` passes in a direction at `at`, its other end being `far`.
    pub(crate) fn passes(
        &self,
        direction: &str,
        at: &Endpoint,
        far: &Endpoint,
        to: &Endpoint,
        service: (&str, u16),
    ) -> bool {
        let Some(pod) = &at.pod else { return true };
        let selecting: Vec<&NetworkPolicySpec> = self
            .objects
            .iter()
            .filter(|object| self.namespace(object) == pod.namespace)
            .filter_map(|object| object.spec.as_ref())
            .filter(|spec| {
                has_type(spec, direction) && spec.pod_selector.as_ref().is_none_or(|s| selects(s, &pod.labels))
            })
            .collect();
        selecting.is_empty()
            || selecting.iter().any(|spec| {
                rules(spec, direction).into_iter().any(|(peers, ports)| {
                    (peers.is_empty() || peers.iter().any(|peer| meets(peer, far, &pod.namespace)))
                        && (ports.is_empty() || ports.iter().any(|port| covers(port, to, service)))
                })
            })
    }

    pub(crate) fn namespace<'a>(&'a self, object: &'a NetworkPolicy) -> &'a str {
        object.metadata.namespace.as_deref().unwrap_or(&self.current)
    }
}

fn has_type(spec: &NetworkPolicySpec, direction: &str) -> bool {
    match spec.policy_types.as_deref().unwrap_or_default() {
        [] => direction == "Ingress" || spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()),
        types => types.iter().any(|name| name == direction),
    }
}

type Rule<'a> = (&'a [NetworkPolicyPeer], &'a [NetworkPolicyPort]);

/// Peers and ports of each rule of a direction.
pub(crate) fn rules<'a>(spec: &'a NetworkPolicySpec, direction: &str) -> Vec<Rule<'a>> {
    match direction {
        "Ingress" => spec
            .ingress
            .iter()
            .flatten()
            .map(|rule| (rule.from.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default()))
            .collect(),
        _ => spec
            .egress
            .iter()
            .flatten()
            .map(|rule| (rule.to.as_deref().unwrap_or_default(), rule.ports.as_deref().unwrap_or_default()))
            .collect(),
    }
}

fn meets(peer: &NetworkPolicyPeer, end: &Endpoint, own: &str) -> bool {
    if let Some(block) = &peer.ip_block {
        return in_block(block, end.address);
    }
    let Some(pod) = &end.pod else { return false };
    let namespace = match &peer.namespace_selector {
        None => pod.namespace == own,
        Some(selector) => selects(selector, &pod.namespace_labels),
    };
    namespace && peer.pod_selector.as_ref().is_none_or(|selector| selects(selector, &pod.labels))
}

fn in_block(block: &IPBlock, address: IpAddr) -> bool {
    network(&block.cidr).contains(&address)
        && !block.except.iter().flatten().any(|part| network(part).contains(&address))
}

pub(crate) fn network(text: &str) -> IpNet {
    text.parse().unwrap_or_else(|error| panic!("`{text}` is no CIDR: {error}"))
}

fn covers(port: &NetworkPolicyPort, to: &Endpoint, (protocol, number): (&str, u16)) -> bool {
    port.protocol.as_deref().unwrap_or("TCP") == protocol
        && match &port.port {
            None => true,
            Some(IntOrString::Int(first)) => (*first..=port.end_port.unwrap_or(*first)).contains(&i32::from(number)),
            Some(IntOrString::String(name)) => {
                let key = (protocol.to_owned(), name.clone());
                to.pod.as_ref().and_then(|pod| pod.ports.get(&key)) == Some(&number)
            }
        }
}

fn selects(selector: &LabelSelector, labels: &Labels) -> bool {
    let equal = selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector.match_expressions.iter().flatten().all(|asked| {
            let value = labels.get(&asked.key);
            let listed = value.is_some_and(|value| asked.values.iter().flatten().any(|one| one == value));
            match asked.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                other => panic!("no operator is called {other}"),
            }
        })
}
