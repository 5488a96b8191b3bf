//! How single values are written in the language.

use crate::ir::{Base, Namespaces, Peer, PodSet, Subject};
use crate::model::{
    AddressSet, Block, Condition, Labels, METADATA_NAME, Ports, Protocol, RangeSet, Selector, Values, names,
};

/// `pods[app=web]`, as seen from the namespace that the subject is of.
pub(crate) fn subject(subject: &Subject) -> String {
    format!("pods{}", selector(&subject.pods))
}

/// The endpoints of a peer, one text each, as seen from `home`: what stands there needs no `in`.
pub(crate) fn peer(peer: &Peer, home: &Namespaces) -> Vec<String> {
    match &peer.within {
        Base::Any => vec!["any".to_owned()],
        Base::Pods(pods) => vec![pod_set(pods, home)],
        Base::Addresses(set) => addresses(set),
    }
}

fn pod_set(pods: &PodSet, home: &Namespaces) -> String {
    let labels = selector(&pods.pods);
    match &pods.namespaces {
        here if here == home => format!("pods{labels}"),
        Namespaces::Current => format!("pods{labels}"),
        Namespaces::Matching(namespaces) => format!("pods{labels} in {}", place(namespaces)),
    }
}

fn place(namespaces: &Selector) -> String {
    // A selector may ask for a name that no namespace can have.
    let are_names = |names: &Values| names.iter().all(|name| names::namespace(name).is_ok());
    let names = match namespaces.condition(METADATA_NAME) {
        Some(Condition::In(names)) if namespaces.conditions().len() == 1 && are_names(names) => Some(names),
        _ => None,
    };
    match names {
        _ if namespaces.is_all() => "*".to_owned(),
        Some(names) => match names.single() {
            Some(name) => name.to_owned(),
            None => format!("({})", names.iter().collect::<Vec<_>>().join(", ")),
        },
        None => format!("namespaces{}", selector(namespaces)),
    }
}

pub(crate) fn addresses(set: &AddressSet) -> Vec<String> {
    set.blocks().iter().map(block).collect()
}

fn block(block: &Block) -> String {
    let net = |net: &ipnet::IpNet| match net.prefix_len() == net.max_prefix_len() {
        true => net.addr().to_string(),
        false => net.to_string(),
    };
    let except: Vec<_> = block.except.iter().map(net).collect();
    match except.as_slice() {
        [] => net(&block.cidr),
        [one] => format!("{} except {one}", net(&block.cidr)),
        _ => format!("{} except ({})", net(&block.cidr), except.join(", ")),
    }
}

/// `[app=web, tier in (a, b)]`, and nothing for a selector that asks nothing.
pub(crate) fn selector(selector: &Selector) -> String {
    let parts: Vec<_> = selector.conditions().flat_map(|(key, condition)| requirements(key, condition)).collect();
    if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(", ")) }
}

fn requirements(key: &str, condition: &Condition) -> Vec<String> {
    let values = |values: &Values| values.iter().map(value).collect::<Vec<_>>().join(", ");
    let not_in = |set: &Values| match set.len() {
        1 => format!("{key}!={}", values(set)),
        _ => format!("{key} notin ({})", values(set)),
    };
    match condition {
        Condition::In(set) if set.len() == 1 => vec![format!("{key}={}", values(set))],
        Condition::In(set) => vec![format!("{key} in ({})", values(set))],
        Condition::NotIn(set) => vec![not_in(set)],
        Condition::Exists { except } if except.is_empty() => vec![key.to_owned()],
        Condition::Exists { except } => vec![key.to_owned(), not_in(except)],
        Condition::DoesNotExist => vec![format!("!{key}")],
        Condition::Never => vec![key.to_owned(), format!("!{key}")],
    }
}

/// `[team=retail]` of labels that a namespace has.
pub(super) fn facts(labels: &Labels) -> String {
    let pairs = labels.iter().filter(|(key, _)| *key != METADATA_NAME);
    let parts: Vec<_> = pairs.map(|(key, text)| format!("{key}={}", value(text))).collect();
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

pub(crate) fn value(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() }
}

/// Ports, one text each; `None` where every protocol and port is meant.
pub(crate) fn ports(ports: &Ports) -> Option<Vec<String>> {
    let Ports::Some { names, .. } = ports else { return None };
    let numbers = Protocol::ALL.into_iter().flat_map(|protocol| ranges(protocol, &ports.of(protocol)));
    Some(numbers.chain(names.iter().map(|(protocol, name)| format!("{protocol}/{name}"))).collect())
}

fn ranges(protocol: Protocol, set: &RangeSet) -> Vec<String> {
    if set.is_all() {
        return vec![protocol.to_string()];
    }
    let range = |(first, last): &(u16, u16)| match first == last {
        true => format!("{protocol}/{first}"),
        false => format!("{protocol}/{first}-{last}"),
    };
    set.ranges().iter().map(range).collect()
}
