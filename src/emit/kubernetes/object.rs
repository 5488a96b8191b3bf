//! One object: from entries of the policy to the API's types.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Options;
use super::group::Group;
use crate::ir::{Base, Namespace, Namespaces, Peer, PodSet, Policy, Rule, Statement, Subject};
use crate::model::{Condition, Direction, Ports, Protocol, Selector, Values};
use crate::source::Sources;

/// The label that says who manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
// An object's annotations may have 256 KiB in all; a list of places longer than this helps nobody.
const MOST_PLACES: usize = 50;
const LONGEST_TEXT: usize = 4096;

/// Writes an object.
pub(super) fn write(
    name: String,
    subject: &Subject,
    group: &Group<'_>,
    policy: &Policy,
    sources: &Sources,
    options: &Options,
) -> NetworkPolicy {
    let mut labels = options.labels.clone();
    labels.insert(MANAGED_BY.to_owned(), "netpol".to_owned());
    let namespace = match &subject.namespace {
        Namespace::Current => None,
        Namespace::Named(name) => Some(name.to_string()),
    };
    let annotations = annotations(group, policy, sources);
    NetworkPolicy {
        metadata: ObjectMeta {
            name: Some(name),
            namespace,
            labels: Some(labels),
            annotations: (!annotations.is_empty()).then_some(annotations),
            ..ObjectMeta::default()
        },
        spec: Some(spec(subject, group)),
    }
}

fn spec(subject: &Subject, group: &Group<'_>) -> NetworkPolicySpec {
    let rules = |direction| group.rules.iter().filter(move |rule| rule.direction == direction);
    let ingress: Vec<_> = rules(Direction::Ingress)
        .map(|rule| NetworkPolicyIngressRule { from: peers(rule), ports: ports(&rule.ports) })
        .collect();
    let egress: Vec<_> = rules(Direction::Egress)
        .map(|rule| NetworkPolicyEgressRule { to: peers(rule), ports: ports(&rule.ports) })
        .collect();
    let listed =
        |direction, any: bool| any || group.isolations.iter().any(|isolation| isolation.direction == direction);
    let types = [
        ("Ingress", listed(Direction::Ingress, !ingress.is_empty())),
        ("Egress", listed(Direction::Egress, !egress.is_empty())),
    ];
    NetworkPolicySpec {
        pod_selector: Some(selector(&subject.pods)),
        policy_types: Some(types.into_iter().filter(|(_, listed)| *listed).map(|(name, _)| name.to_owned()).collect()),
        ingress: (!ingress.is_empty()).then_some(ingress),
        egress: (!egress.is_empty()).then_some(egress),
    }
}

// `None` is every source or destination; an empty list would be that too, so a rule never has one.
fn peers(rule: &Rule) -> Option<Vec<NetworkPolicyPeer>> {
    if rule.peers.iter().any(|peer| peer.within == Base::Any) {
        return None;
    }
    Some(rule.peers.iter().flat_map(|peer| one_peer(peer, &rule.subject.namespace)).collect())
}

fn one_peer(peer: &Peer, home: &Namespace) -> Vec<NetworkPolicyPeer> {
    match &peer.within {
        Base::Any => Vec::new(),
        Base::Pods(pods) => vec![pod_peer(pods, home)],
        Base::Addresses(set) => {
            let block = |block: crate::model::Block| IPBlock {
                cidr: block.cidr.to_string(),
                except: (!block.except.is_empty()).then(|| block.except.iter().map(ToString::to_string).collect()),
            };
            let blocks = set.blocks().into_iter().map(block);
            blocks.map(|block| NetworkPolicyPeer { ip_block: Some(block), ..NetworkPolicyPeer::default() }).collect()
        }
    }
}

fn pod_peer(pods: &PodSet, home: &Namespace) -> NetworkPolicyPeer {
    let own = match (&pods.namespaces, home) {
        (Namespaces::Current, _) => true,
        (Namespaces::Matching(of), Namespace::Named(home)) => of.namespace_name() == Some(home),
        (Namespaces::Matching(_), Namespace::Current) => false,
    };
    let elsewhere = match &pods.namespaces {
        Namespaces::Matching(of) if !own => Some(selector(of)),
        _ => None,
    };
    // All pods of some namespaces need no selector of pods.
    let pod_selector = (own || !pods.pods.is_all()).then(|| selector(&pods.pods));
    NetworkPolicyPeer { namespace_selector: elsewhere, pod_selector, ip_block: None }
}

fn selector(selector: &Selector) -> LabelSelector {
    let mut labels = BTreeMap::new();
    let mut expressions = Vec::new();
    let mut expression = |key: &str, operator: &str, values: Option<&Values>| {
        expressions.push(LabelSelectorRequirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values: values.map(|values| values.iter().map(str::to_owned).collect()),
        });
    };
    for (key, condition) in selector.conditions() {
        match condition {
            Condition::In(values) => match values.single() {
                Some(value) => {
                    labels.insert(key.to_owned(), value.to_owned());
                }
                None => expression(key, "In", Some(values)),
            },
            Condition::NotIn(values) => expression(key, "NotIn", Some(values)),
            Condition::Exists { except } => {
                expression(key, "Exists", None);
                if !except.is_empty() {
                    expression(key, "NotIn", Some(except));
                }
            }
            Condition::DoesNotExist => expression(key, "DoesNotExist", None),
            // Rules with such a selector are dropped before; written, it would select nothing either.
            Condition::Never => {
                expression(key, "Exists", None);
                expression(key, "DoesNotExist", None);
            }
        }
    }
    LabelSelector {
        match_labels: (!labels.is_empty()).then_some(labels),
        match_expressions: (!expressions.is_empty()).then_some(expressions),
    }
}

fn ports(ports: &Ports) -> Option<Vec<NetworkPolicyPort>> {
    let Ports::Some { names, .. } = ports else { return None };
    let one = |protocol: Protocol, port, end_port| NetworkPolicyPort {
        protocol: Some(protocol.kubernetes().to_owned()),
        port,
        end_port,
    };
    let mut list = Vec::new();
    for protocol in Protocol::ALL {
        let set = ports.of(protocol);
        if set.is_all() {
            list.push(one(protocol, None, None));
            continue;
        }
        for (first, last) in set.sayable().ranges().iter().copied() {
            let end = (last > first).then_some(i32::from(last));
            list.push(one(protocol, Some(IntOrString::Int(i32::from(first))), end));
        }
        let named = names.iter().filter(|(of, _)| *of == protocol);
        list.extend(named.map(|(_, name)| one(protocol, Some(IntOrString::String(name.clone())), None)));
    }
    Some(list)
}

fn annotations(group: &Group<'_>, policy: &Policy, sources: &Sources) -> BTreeMap<String, String> {
    let mut statements: Vec<&Statement> =
        group.statements().into_iter().filter_map(|id| policy.statement(id)).collect();
    statements.sort_by_key(|statement| statement.span);
    let places: Vec<String> = statements.iter().map(|statement| sources.file_line(statement.span)).collect();
    let unique = |of: fn(&Statement) -> Option<&String>| {
        let texts: BTreeSet<&String> = statements.iter().filter_map(|statement| of(statement)).collect();
        texts.into_iter().cloned().collect::<Vec<_>>().join(", ")
    };
    let docs: Vec<&str> = statements.iter().filter_map(|statement| statement.doc.as_deref()).collect();
    let texts = [
        ("netpol.dev/source", shortened(&places)),
        ("netpol.dev/description", clipped(docs.join("\n"))),
        ("netpol.dev/owner", clipped(unique(|statement| statement.owner.as_ref()))),
        ("netpol.dev/ticket", clipped(unique(|statement| statement.ticket.as_ref()))),
        ("netpol.dev/expires", clipped(unique(|statement| statement.expires.as_ref()))),
    ];
    texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| (key.to_owned(), text)).collect()
}

fn shortened(places: &[String]) -> String {
    let mut places = places.to_vec();
    places.dedup();
    let more = places.len().saturating_sub(MOST_PLACES);
    places.truncate(MOST_PLACES);
    let list = places.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

fn clipped(text: String) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}
