//! Policies that collide, a small universe to judge them in, and the law of every pass.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::cluster::{Cluster, NamedPort, Node, Pod};
use crate::ir::eval::{Endpoint, Evaluator, Flow};
use crate::ir::{
    Base, Isolation, Namespace, Namespaces, NetworkTier, Origin, Peer, PodSet, Policy, Rule, Statement, StatementId,
    Subject, Tier,
};
use crate::model::{Action, AddressSet, Direction, Labels, Ports, Protocol, RangeSet, Selector, Values};
use crate::span::{FileId, Span};

/// The namespace without a name.
pub(crate) const CURRENT: &str = "here";

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Three namespaces; in each pods of every combination of labels that the generators ask for.
pub(crate) fn universe() -> Cluster {
    let mut cluster = Cluster::default();
    cluster.add_namespace(CURRENT, labels(&[("team", "a")]));
    cluster.add_namespace("shop", labels(&[("team", "b")]));
    cluster.add_namespace("ops", Labels::new());
    let values = [None, Some("a"), Some("b")];
    let mut number = 0;
    for namespace in [CURRENT, "shop", "ops"] {
        for app in values {
            for tier in values {
                let pairs: Vec<_> =
                    [("app", app), ("tier", tier)].into_iter().filter_map(|(k, v)| Some((k, v?))).collect();
                number += 1;
                cluster.pods.push(pod(namespace, number, labels(&pairs)));
            }
        }
    }
    let node = |number: u8| Node {
        name: format!("n{number}"),
        labels: Labels::new(),
        addresses: vec![[10, 0, 9, number].into()],
    };
    cluster.nodes = vec![node(1), node(2)];
    cluster
}

fn pod(namespace: &str, number: u8, labels: Labels) -> Pod {
    let web = NamedPort {
        name: "web".to_owned(),
        protocol: Protocol::Tcp,
        number: if number.is_multiple_of(2) { 80 } else { 81 },
    };
    let six: IpAddr = format!("fd00::{number}").parse().unwrap();
    Pod {
        namespace: namespace.to_owned(),
        name: format!("p{number}"),
        labels,
        // Templates have no address.
        addresses: if number.is_multiple_of(9) { Vec::new() } else { vec![[10, 0, 0, number].into(), six] },
        node: Some(format!("n{}", number % 2 + 1)),
        host_network: number.is_multiple_of(7),
        ports: if number.is_multiple_of(3) { Vec::new() } else { vec![web] },
        ..Pod::default()
    }
}

/// Every endpoint of a universe, for flows of one family.
pub(crate) fn endpoints(cluster: &Cluster, four: bool) -> Vec<Endpoint<'_>> {
    let pick = |addresses: &[IpAddr]| addresses.iter().copied().find(|address| address.is_ipv4() == four);
    let pods = cluster.pods.iter().map(|pod| Endpoint { address: pick(&pod.addresses), pod: Some(pod), node: None });
    let nodes = cluster
        .nodes
        .iter()
        .filter_map(|node| Some(Endpoint { address: Some(pick(&node.addresses)?), pod: None, node: Some(node) }));
    let outside: &[&str] = match four {
        true => &["10.0.0.200", "10.0.1.1", "192.0.2.1", "169.254.169.254"],
        false => &["fd00::200", "2001:db8::1"],
    };
    let outside = outside.iter().map(|ip| Endpoint { address: ip.parse().ok(), pod: None, node: None });
    pods.chain(nodes).chain(outside).collect()
}

/// The first flow of the universe that two policies judge differently, in words.
pub(crate) fn difference(a: &Policy, b: &Policy, cluster: &Cluster) -> Option<String> {
    let (first, second) = (Evaluator::new(a, cluster, CURRENT), Evaluator::new(b, cluster, CURRENT));
    let ends = [endpoints(cluster, true), endpoints(cluster, false)];
    let tcp = [1, 80, 81, 443].map(|port| (Protocol::Tcp, port));
    let ports = tcp.into_iter().chain([(Protocol::Udp, 53), (Protocol::Sctp, 80)]);
    let pairs = ends.iter().flat_map(|ends| ends.iter().flat_map(move |from| ends.iter().map(move |to| (from, to))));
    for (from, to) in pairs {
        for (protocol, port) in ports.clone() {
            let flow = Flow { from: *from, to: *to, protocol, port };
            let (one, two) = (first.judge(&flow).allowed, second.judge(&flow).allowed);
            if one != two {
                return Some(format!("{one} became {two}: {flow:?}"));
            }
        }
    }
    None
}

/// Fails where a pass changes a verdict.
pub(crate) fn keeps_verdicts(policy: Policy, pass: fn(NetworkTier) -> NetworkTier) -> Result<(), TestCaseError> {
    let after = Policy {
        tiers: vec![Tier::NetworkPolicy(pass(policy.network().clone()))],
        statements: policy.statements.clone(),
        ..Policy::default()
    };
    match difference(&policy, &after, &universe()) {
        None => Ok(()),
        Some(flow) => Err(TestCaseError::fail(format!("{flow}\nbefore {policy:?}\nafter {after:?}"))),
    }
}

fn selector() -> impl Strategy<Value = Selector> {
    use crate::model::Condition;
    let values = || proptest::collection::vec("[ab]", 1..3).prop_map(Values::from_iter);
    let condition = prop_oneof![
        4 => "[ab]".prop_map(|value| Condition::In(Values::one(value))),
        1 => values().prop_map(Condition::In),
        1 => values().prop_map(Condition::NotIn),
        1 => Just(Condition::Exists { except: Values::none() }),
        1 => Just(Condition::DoesNotExist),
    ];
    let pair = (prop_oneof!["app", "tier"], condition);
    proptest::collection::vec(pair, 0..3).prop_map(Selector::from_iter)
}

fn namespaces() -> impl Strategy<Value = Namespaces> {
    prop_oneof![
        Just(Namespaces::Current),
        Just(Namespaces::Matching(Selector::all())),
        Just(Namespaces::Matching(Selector::namespace("shop"))),
        Just(Namespaces::Matching(Selector::label("team", "a"))),
    ]
}

fn addresses() -> impl Strategy<Value = AddressSet> {
    let nets = [
        "10.0.0.0/24",
        "10.0.0.0/28",
        "10.0.0.16/28",
        "10.0.1.0/24",
        "0.0.0.0/0",
        "::/0",
        "169.254.169.254/32",
        "10.0.0.3/32",
        "fd00::/124",
    ];
    let one = proptest::sample::select(nets.to_vec()).prop_map(|net| AddressSet::from_net(net.parse().unwrap()));
    let one = one.boxed();
    prop_oneof![one.clone(), (one.clone(), one).prop_map(|(a, b)| a.difference(&b))]
}

fn base() -> impl Strategy<Value = Base> {
    prop_oneof![
        1 => Just(Base::Any),
        4 => (namespaces(), selector()).prop_map(|(namespaces, pods)| Base::Pods(PodSet { namespaces, pods })),
        2 => addresses().prop_map(Base::Addresses),
    ]
}

fn peer(exceptions: usize) -> impl Strategy<Value = Peer> {
    (base(), proptest::collection::vec(base(), 0..=exceptions)).prop_map(|(within, except)| Peer { within, except })
}

fn ports() -> impl Strategy<Value = Ports> {
    let one = prop_oneof![
        Just(Ports::numbers(Protocol::Tcp, RangeSet::range(80, 80))),
        Just(Ports::numbers(Protocol::Tcp, RangeSet::range(81, 443))),
        Just(Ports::numbers(Protocol::Tcp, RangeSet::range(1, 80))),
        Just(Ports::numbers(Protocol::Tcp, RangeSet::range(1, u16::MAX))),
        Just(Ports::numbers(Protocol::Tcp, RangeSet::all())),
        Just(Ports::numbers(Protocol::Udp, RangeSet::all())),
        Just(Ports::name(Protocol::Tcp, "web")),
    ];
    prop_oneof![
        2 => Just(Ports::All),
        4 => proptest::collection::vec(one, 1..3).prop_map(|list| list.iter().fold(Ports::none(), |a, b| a.union(b))),
    ]
}

fn subject() -> impl Strategy<Value = Subject> {
    let namespace = prop_oneof![Just(Namespace::Current), Just(Namespace::named("shop"))];
    let net = |text: &str| AddressSet::from_net(text.parse().unwrap());
    let outside = prop_oneof![
        8 => Just(AddressSet::empty()),
        1 => Just(net("169.254.169.254/32")),
        1 => Just(net("10.0.0.0/28")),
    ];
    (namespace, selector(), outside).prop_map(|(namespace, pods, outside)| Subject { namespace, pods, outside })
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)]
}

fn origin() -> impl Strategy<Value = Origin> {
    // `a` is also what the object of `pods[app=a]` is called by its own words.
    let object = proptest::option::weighted(0.2, prop_oneof!["named", "a"]);
    (0u32..6, object).prop_map(|(id, object)| Origin {
        statements: smallvec::smallvec![StatementId(id)],
        object: object.map(Into::into),
    })
}

/// A policy with denies and with exceptions of peers, up to a number of them.
pub(crate) fn policy_with(exceptions: usize, denies: bool) -> impl Strategy<Value = Policy> {
    let isolation = (direction(), subject(), origin()).prop_map(|(direction, subject, origin)| Isolation {
        direction,
        subject,
        origin,
    });
    let action = prop_oneof![4 => Just(Action::Allow), 1 => Just(if denies { Action::Deny } else { Action::Allow })];
    let peers = proptest::collection::vec(peer(exceptions), 1..3);
    let rule = (action, direction(), subject(), peers, ports(), origin()).prop_map(
        |(action, direction, subject, peers, ports, origin)| Rule { action, direction, subject, peers, ports, origin },
    );
    let tier = (proptest::collection::vec(isolation, 0..4), proptest::collection::vec(rule, 0..6));
    tier.prop_map(|(isolations, rules)| {
        let place = |at| Span::new(FileId(0), at, at + 1);
        let statement = |at| Statement::at(place(at));
        let tier = NetworkTier { isolations, rules };
        Policy {
            tiers: vec![Tier::NetworkPolicy(tier)],
            statements: (0..6).map(statement).collect(),
            ..Policy::default()
        }
    })
}

/// Any policy.
pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    policy_with(1, true)
}

proptest! {
    #[test]
    fn all_passes_together_change_no_verdict(policy in policy()) {
        let after = super::optimize(policy.clone());
        prop_assert_eq!(difference(&policy, &after, &universe()), None, "before {:?}\nafter {:?}", policy, after);
    }

    #[test]
    fn optimizing_twice_is_optimizing_once(policy in policy()) {
        let once = super::optimize(policy);
        prop_assert_eq!(super::optimize(once.clone()), once);
    }
}
