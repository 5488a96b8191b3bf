//! One object as text, its fields in the order in which people read them.

use std::collections::BTreeMap;

use k8s_openapi::Resource;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::kubernetes::yaml::write::{Mapping, document};

/// Adds an object to a stream of YAML documents: all that [`super::Expressed::manifests`] fills in.
pub fn append(stream: &mut String, NetworkPolicy { metadata, spec }: &NetworkPolicy) {
    document(stream, |object| {
        object.text("apiVersion", NetworkPolicy::API_VERSION);
        object.text("kind", NetworkPolicy::KIND);
        object.mapping("metadata", |fields| self::metadata(fields, metadata));
        if let Some(spec) = spec {
            object.mapping("spec", |fields| self::spec(fields, spec));
        }
    });
}

fn metadata(fields: &mut Mapping<'_>, metadata: &ObjectMeta) {
    text(fields, "name", metadata.name.as_deref());
    text(fields, "namespace", metadata.namespace.as_deref());
    strings(fields, "labels", metadata.labels.as_ref());
    strings(fields, "annotations", metadata.annotations.as_ref());
}

fn spec(fields: &mut Mapping<'_>, spec: &NetworkPolicySpec) {
    selector(fields, "podSelector", spec.pod_selector.as_ref());
    texts(fields, "policyTypes", spec.policy_types.as_ref());
    if let Some(rules) = &spec.ingress {
        fields.mappings("ingress", rules, |rule, of| {
            peers(rule, "from", of.from.as_ref());
            ports(rule, of.ports.as_ref());
        });
    }
    if let Some(rules) = &spec.egress {
        fields.mappings("egress", rules, |rule, of| {
            peers(rule, "to", of.to.as_ref());
            ports(rule, of.ports.as_ref());
        });
    }
}

fn peers(rule: &mut Mapping<'_>, key: &str, peers: Option<&Vec<NetworkPolicyPeer>>) {
    let Some(peers) = peers else { return };
    rule.mappings(key, peers, |peer, NetworkPolicyPeer { ip_block, namespace_selector, pod_selector }| {
        if let Some(IPBlock { cidr, except }) = ip_block {
            peer.mapping("ipBlock", |block| {
                block.text("cidr", cidr);
                texts(block, "except", except.as_ref());
            });
        }
        selector(peer, "namespaceSelector", namespace_selector.as_ref());
        selector(peer, "podSelector", pod_selector.as_ref());
    });
}

fn ports(rule: &mut Mapping<'_>, ports: Option<&Vec<NetworkPolicyPort>>) {
    let Some(ports) = ports else { return };
    rule.mappings("ports", ports, |fields, NetworkPolicyPort { protocol, port, end_port }| {
        text(fields, "protocol", protocol.as_deref());
        match port {
            Some(IntOrString::Int(number)) => fields.number("port", number),
            Some(IntOrString::String(name)) => fields.text("port", name),
            None => {}
        }
        if let Some(last) = end_port {
            fields.number("endPort", last);
        }
    });
}

fn selector(fields: &mut Mapping<'_>, key: &str, selector: Option<&LabelSelector>) {
    let Some(LabelSelector { match_labels, match_expressions }) = selector else { return };
    fields.mapping(key, |fields| {
        strings(fields, "matchLabels", match_labels.as_ref());
        if let Some(expressions) = match_expressions {
            fields.mappings("matchExpressions", expressions, |fields, expression| {
                let LabelSelectorRequirement { key, operator, values } = expression;
                fields.text("key", key);
                fields.text("operator", operator);
                texts(fields, "values", values.as_ref());
            });
        }
    });
}

fn text(fields: &mut Mapping<'_>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        fields.text(key, text);
    }
}

fn texts(fields: &mut Mapping<'_>, key: &str, texts: Option<&Vec<String>>) {
    if let Some(texts) = texts {
        fields.texts(key, texts);
    }
}

fn strings(fields: &mut Mapping<'_>, key: &str, map: Option<&BTreeMap<String, String>>) {
    if let Some(map) = map {
        fields.mapping(key, |fields| map.iter().for_each(|(key, value)| fields.text(key, value)));
    }
}
