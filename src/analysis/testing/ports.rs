//! The ports at which verdicts can change: judging these judges every port.

use std::collections::BTreeSet;

use crate::cluster::Pod;
use crate::ir::Policy;
use crate::model::{Ports, Protocol};

/// Those ports of `asked` at which a verdict about a destination may differ from that of the port below.
pub(super) fn deciding(asked: &Ports, policy: &Policy, to: Option<&Pod>) -> Vec<(Protocol, u16)> {
    let mut found = Vec::new();
    for protocol in Protocol::ALL {
        let mut wanted = asked.of(protocol).ranges().to_vec();
        let names = asked.names().filter(|(of, _)| *of == protocol);
        wanted
            .extend(names.flat_map(|(_, name)| to.into_iter().flat_map(|to| to.port(protocol, name))).map(|n| (n, n)));
        let edges = edges(protocol, policy, to);
        let mut ports = BTreeSet::new();
        for (first, last) in wanted.into_iter().map(|(first, last)| (first.max(1), last)) {
            ports.insert(first);
            ports.extend(edges.range(first..=last.max(first)));
        }
        found.extend(ports.into_iter().map(|port| (protocol, port)));
    }
    found
}

fn edges(protocol: Protocol, policy: &Policy, to: Option<&Pod>) -> BTreeSet<u16> {
    let rules = policy.network().rules.iter().map(|rule| rule.ports.of(protocol));
    let ranges = rules.flat_map(|set| set.ranges().to_vec());
    let named = to.into_iter().flat_map(|pod| &pod.ports).filter(|port| port.protocol == protocol);
    let all = ranges.chain(named.map(|port| (port.number, port.number)));
    all.flat_map(|(first, last)| [Some(first), last.checked_add(1)]).flatten().collect()
}
