//! The tables decide as the reference evaluator does.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::cluster::{NamedPort, Node};
use crate::ir::eval::{Endpoint, Evaluator, Flow};
use crate::ir::{Base, Isolation, Namespace, Namespaces, Origin, Peer, PodSet, Subject, Tier};
use crate::model::{Action, AddressSet, Condition, Ports, RangeSet, Selector, Values};

pub(crate) const CURRENT: &str = "b";

fn condition() -> impl Strategy<Value = Condition> {
    let values = || proptest::collection::vec("[abc]", 1..3).prop_map(Values::from_iter);
    prop_oneof![
        4 => values().prop_map(Condition::In),
        1 => values().prop_map(Condition::NotIn),
        1 => Just(Condition::Exists { except: Values::none() }),
        1 => Just(Condition::DoesNotExist),
    ]
}

fn selector() -> impl Strategy<Value = Selector> {
    proptest::collection::vec(("[kl]", condition()), 0..3).prop_map(Selector::from_iter)
}

fn namespaces() -> impl Strategy<Value = Namespaces> {
    prop_oneof![
        Just(Namespaces::Current),
        "[abc]".prop_map(|name| Namespaces::Matching(Selector::namespace(&name))),
        selector().prop_map(Namespaces::Matching),
    ]
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        (0u32..8).prop_map(|low| IpAddr::V4((0x0a00_0000 + low).into())),
        (0u128..4).prop_map(|low| IpAddr::V6(low.into())),
    ]
}

fn address_set() -> impl Strategy<Value = AddressSet> {
    let nets = prop_oneof!["10\\.0\\.0\\.[0-7]/(29|30|31|32)", Just("0.0.0.0/0".to_owned()), "::[0-3]/(0|126|127)"];
    proptest::collection::vec(nets, 0..3)
        .prop_map(|nets| AddressSet::from_nets(nets.iter().map(|net| net.parse().unwrap())))
}

fn base() -> impl Strategy<Value = Base> {
    prop_oneof![
        1 => Just(Base::Any),
        4 => (namespaces(), selector()).prop_map(|(namespaces, pods)| Base::Pods(PodSet { namespaces, pods })),
        2 => address_set().prop_map(Base::Addresses),
    ]
}

fn peer() -> impl Strategy<Value = Peer> {
    (base(), proptest::collection::vec(base(), 0..2)).prop_map(|(within, except)| Peer { within, except })
}

fn ports() -> impl Strategy<Value = Ports> {
    let protocol = || prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp)];
    let one = prop_oneof![
        (protocol(), 1u16..6, 0u16..3)
            .prop_map(|(of, first, more)| Ports::numbers(of, RangeSet::range(first, first + more))),
        (protocol(), "[hm]").prop_map(|(of, name)| Ports::name(of, name)),
        protocol().prop_map(|of| Ports::numbers(of, RangeSet::all())),
    ];
    let some = proptest::collection::vec(one, 0..3)
        .prop_map(|list| list.iter().fold(Ports::none(), |all, ports| all.union(ports)));
    prop_oneof![1 => Just(Ports::All), 3 => some]
}

fn subject() -> impl Strategy<Value = Subject> {
    let namespace = prop_oneof![Just(Namespace::Current), "[abc]".prop_map(Namespace::named)];
    let outside = prop_oneof![3 => Just(AddressSet::empty()), 1 => address_set()];
    (namespace, selector(), outside).prop_map(|(namespace, pods, outside)| Subject { namespace, pods, outside })
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)]
}

pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let isolation = (direction(), subject()).prop_map(|(direction, subject)| Isolation {
        direction,
        subject,
        origin: Origin::default(),
    });
    let action = prop_oneof![4 => Just(Action::Allow), 1 => Just(Action::Deny)];
    let rule = (action, direction(), subject(), proptest::collection::vec(peer(), 0..3), ports()).prop_map(
        |(action, direction, subject, peers, ports)| Rule {
            action,
            direction,
            subject,
            peers,
            ports,
            origin: Origin::default(),
        },
    );
    (proptest::collection::vec(isolation, 0..4), proptest::collection::vec(rule, 0..8)).prop_map(
        |(isolations, rules)| Policy {
            tiers: vec![Tier::NetworkPolicy(NetworkTier { isolations, rules })],
            ..Policy::default()
        },
    )
}

fn pod() -> impl Strategy<Value = Pod> {
    let labels = || proptest::collection::btree_map("[klx]", "[abc]", 0..3);
    let port = ("[hm]", 1u16..6).prop_map(|(name, number)| NamedPort { name, protocol: Protocol::Tcp, number });
    (
        "[abc]",
        labels(),
        proptest::collection::vec(address(), 0..3),
        any::<bool>(),
        proptest::collection::vec(port, 0..3),
    )
        .prop_map(|(namespace, labels, addresses, host, ports)| Pod {
            namespace,
            labels,
            addresses,
            host_network: host && ports.len() > 1,
            node: Some("n".to_owned()),
            ports,
            ..Pod::default()
        })
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let labels = || proptest::collection::btree_map("[kl]", "[abc]", 0..3);
    (proptest::collection::vec(labels(), 3), proptest::collection::vec(pod(), 1..6)).prop_map(|(labels, pods)| {
        let mut cluster = Cluster { pods, ..Cluster::default() };
        for (name, labels) in ["a", "b", "c"].into_iter().zip(labels) {
            cluster.add_namespace(name, labels);
        }
        cluster.nodes.push(Node {
            name: "n".to_owned(),
            addresses: vec!["10.0.0.7".parse().unwrap()],
            ..Node::default()
        });
        cluster
    })
}

// Pods that differ by name, as those of a real cluster do, each with addresses of its own, at most one of a family.
pub(crate) fn named_cluster() -> impl Strategy<Value = Cluster> {
    cluster().prop_map(|mut cluster| {
        let mut taken = BTreeSet::new();
        for (at, pod) in cluster.pods.iter_mut().enumerate() {
            pod.name = format!("pod-{at}");
            let mut families = BTreeSet::new();
            pod.addresses.retain(|address| families.insert(address.is_ipv4()) && taken.insert(*address));
            pod.workload = (at % 2 == 0).then(|| "deployment/all".to_owned());
        }
        cluster
    })
}

fn check(policy: &Policy, cluster: &Cluster) -> Result<(), TestCaseError> {
    let tables = Tables::new(policy, cluster, CURRENT);
    let mut cells = Cells::new(&tables);
    let evaluator = Evaluator::new(policy, cluster, CURRENT);
    let mut ends = Vec::new();
    for (at, pod) in cluster.pods.iter().enumerate() {
        let end = |address: Option<IpAddr>| Endpoint { pod: Some(pod), address, node: None };
        ends.extend(tables.pod(at).iter().map(|(spot, side)| (end(Some(spot.address)), *side)));
    }
    for address in ["10.0.0.3", "10.0.0.7", "10.0.1.0", "::1", "::9"].map(|text| text.parse().unwrap()) {
        ends.push((Endpoint { address: Some(address), ..Endpoint::default() }, tables.address(address)));
    }
    let outside = tables.outside();
    for (end, side) in ends.iter().filter(|(end, _)| end.pod.is_none()) {
        let mut parts = outside.iter().filter(|(part, _)| end.address.is_some_and(|address| part.contains(address)));
        prop_assert_eq!(parts.next().map(|(_, side)| *side), Some(*side));
        prop_assert!(parts.next().is_none());
    }
    for (from, out) in &ends {
        for (to, into) in &ends {
            for (protocol, port) in (1..8).flat_map(|port| [(Protocol::Tcp, port), (Protocol::Udp, port)]) {
                let flow = Flow { from: *from, to: *to, protocol, port };
                let verdict = evaluator.judge(&flow);
                let both = verdict.egress.passes() && verdict.ingress.passes();
                prop_assert_eq!(cells.allows(*out, *into, protocol, port), both, "{:?}", flow);
                let row = cells.row(out.egress, Direction::Egress);
                let cell = cells.set(row[into.class.0 as usize]).unwrap().clone();
                prop_assert_eq!(&cell, &cells.passing(*out, *into, Direction::Egress));
                let shown = tables.ports().ports(&cells.passing(*out, *into, Direction::Egress));
                prop_assert_eq!(shown.of(protocol).contains(port), verdict.egress.passes(), "{:?}", flow);
                let deciding = tables.matching(*into, *out, Direction::Ingress, (protocol, port));
                let mut expected: Vec<_> = verdict.ingress.allows.iter().chain(&verdict.ingress.denies).collect();
                expected.sort_unstable();
                prop_assert!(
                    deciding.iter().map(|(at, _)| *at as usize).eq(expected.into_iter().copied()),
                    "{:?}",
                    flow
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn tables_decide_as_the_evaluator(policy in policy(), cluster in cluster()) {
        check(&policy, &cluster)?;
    }
}
