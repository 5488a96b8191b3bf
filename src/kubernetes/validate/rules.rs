//! What only NetworkPolicies have: rules with peers and ports, and policy types.

use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Errors, Reason, selector};
use crate::kubernetes::cidr::Cidr;
use crate::kubernetes::field::FieldPath;
use crate::model::{Protocol, names};

pub(super) fn check(spec: &NetworkPolicySpec, path: &FieldPath, errors: &mut Errors) {
    if let Some(pods) = &spec.pod_selector {
        selector::check(pods, &path.field("podSelector"), errors);
    }
    for (index, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = path.field("ingress").index(index);
        check_ports(rule.ports.as_deref().unwrap_or_default(), &path.field("ports"), errors);
        check_peers(rule.from.as_deref().unwrap_or_default(), &path.field("from"), errors);
    }
    for (index, rule) in spec.egress.iter().flatten().enumerate() {
        let path = path.field("egress").index(index);
        check_ports(rule.ports.as_deref().unwrap_or_default(), &path.field("ports"), errors);
        check_peers(rule.to.as_deref().unwrap_or_default(), &path.field("to"), errors);
    }
    check_types(spec.policy_types.as_deref().unwrap_or_default(), &path.field("policyTypes"), errors);
}

fn check_types(types: &[String], path: &FieldPath, errors: &mut Errors) {
    if types.len() > 2 {
        errors.add(path.clone(), Reason::Invalid, "has more than two entries");
        return;
    }
    for (index, name) in types.iter().enumerate() {
        if !matches!(name.as_str(), "Ingress" | "Egress") {
            let message = format!("is `{name}`, and must be Ingress or Egress");
            errors.add(path.index(index), Reason::NotSupported, message);
        }
    }
}

fn check_ports(ports: &[NetworkPolicyPort], path: &FieldPath, errors: &mut Errors) {
    for (index, port) in ports.iter().enumerate() {
        check_port(port, &path.index(index), errors);
    }
}

fn check_port(port: &NetworkPolicyPort, path: &FieldPath, errors: &mut Errors) {
    if let Some(protocol) = port.protocol.as_deref().filter(|name| Protocol::from_kubernetes(name).is_none()) {
        let message = format!("is `{protocol}`, and must be TCP, UDP or SCTP");
        errors.add(path.field("protocol"), Reason::NotSupported, message);
    }
    match (&port.port, port.end_port) {
        (Some(IntOrString::Int(first)), last) => {
            check_number(*first, path.field("port"), errors);
            if let Some(last) = last {
                check_last(*first, last, &path.field("endPort"), errors);
            }
        }
        (Some(IntOrString::String(name)), last) => {
            errors.name(
                path.field("port"),
                format_args!("is `{name}`, which is no port's name"),
                names::port_name(name),
            );
            if last.is_some() {
                let message = format!("needs a `port` that is a number, and `{name}` is a name");
                errors.add(path.field("endPort"), Reason::Invalid, message);
            }
        }
        (None, Some(_)) => errors.add(path.field("endPort"), Reason::Invalid, "needs a `port`, and there is none"),
        (None, None) => {}
    }
}

fn check_last(first: i32, last: i32, path: &FieldPath, errors: &mut Errors) {
    if last < first {
        errors.add(path.clone(), Reason::Invalid, format!("is {last}, which is less than `port`, {first}"));
    }
    check_number(last, path.clone(), errors);
}

fn check_number(number: i32, path: FieldPath, errors: &mut Errors) {
    if !(1..=65535).contains(&number) {
        errors.add(path, Reason::Invalid, format!("is {number}, and must be from 1 to 65535"));
    }
}

fn check_peers(peers: &[NetworkPolicyPeer], path: &FieldPath, errors: &mut Errors) {
    for (index, peer) in peers.iter().enumerate() {
        check_peer(peer, &path.index(index), errors);
    }
}

fn check_peer(peer: &NetworkPolicyPeer, path: &FieldPath, errors: &mut Errors) {
    let selectors = [("podSelector", &peer.pod_selector), ("namespaceSelector", &peer.namespace_selector)];
    let mut has_selector = false;
    for (field, selector) in selectors {
        if let Some(selector) = selector {
            has_selector = true;
            selector::check(selector, &path.field(field), errors);
        }
    }
    match &peer.ip_block {
        Some(block) => {
            check_block(block, &path.field("ipBlock"), errors);
            if has_selector {
                errors.add(path.clone(), Reason::Forbidden, "has an `ipBlock` beside a selector");
            }
        }
        None if has_selector => {}
        None => errors.add(path.clone(), Reason::Required, "is empty, and must name a peer"),
    }
}

fn check_block(block: &IPBlock, path: &FieldPath, errors: &mut Errors) {
    let field = path.field("cidr");
    if block.cidr.is_empty() {
        errors.add(field, Reason::Required, "is missing");
        return;
    }
    let Some(cidr) = check_cidr(&block.cidr, field, errors) else { return };
    for (index, except) in block.except.iter().flatten().enumerate() {
        let field = path.field("except").index(index);
        if let Some(except) = check_cidr(except, field.clone(), errors)
            && !cidr.strictly_contains(&except)
        {
            let message = format!("does not lie inside of `cidr`, {}, or is all of it", block.cidr);
            errors.add(field, Reason::Invalid, message);
        }
    }
}

fn check_cidr(text: &str, field: FieldPath, errors: &mut Errors) -> Option<Cidr> {
    let Some(cidr) = Cidr::parse(text) else {
        let message = format!("is `{text}`, which is no CIDR such as 10.9.8.0/24 or 2001:db8::/64");
        errors.add(field, Reason::Invalid, message);
        return None;
    };
    if let Some(why) = cidr.outdated_spelling(text) {
        errors.add_legacy(field, format!("is `{text}`: {why}"));
    }
    Some(cidr)
}
