//! One test for each clause of the prose of `ir`.

use super::*;
use crate::cluster::NamedPort;
use crate::ir::{NetworkTier, Origin, Tier};
use crate::model::{AddressSet, RangeSet, Selector};

const EGRESS: Direction = Direction::Egress;
const INGRESS: Direction = Direction::Ingress;

fn pod(namespace: &str, name: &str, number: u8) -> Pod {
    let web = NamedPort { name: "web".to_owned(), protocol: Protocol::Tcp, number: 8000 + u16::from(number) };
    Pod {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        labels: Labels::from([("app".to_owned(), name.to_owned())]),
        addresses: vec![[10, 0, 0, number].into(), format!("fd00::{number}").parse().unwrap()],
        node: Some("n1".to_owned()),
        ports: vec![web],
        ..Pod::default()
    }
}

fn node(number: u8) -> Node {
    Node { name: format!("n{number}"), labels: Labels::new(), addresses: vec![[10, 0, 9, number].into()] }
}

// `shop` has a, b and the host-network pod h; `ops` of team x has c, and t without an address.
fn cluster() -> Cluster {
    let mut cluster = Cluster::default();
    cluster.add_namespace("shop", Labels::new());
    cluster.add_namespace("ops", Labels::from([("team".to_owned(), "x".to_owned())]));
    let host = Pod { host_network: true, addresses: vec![[10, 0, 9, 1].into()], ..pod("shop", "h", 9) };
    let template = Pod { addresses: Vec::new(), node: None, ..pod("ops", "t", 8) };
    cluster.pods = vec![pod("shop", "a", 1), pod("shop", "b", 2), pod("ops", "c", 3), host, template];
    cluster.nodes = vec![node(1), node(2)];
    cluster
}

fn all() -> Subject {
    Subject { namespace: Namespace::named("shop"), pods: Selector::all(), outside: AddressSet::empty() }
}

fn only(app: &str) -> Subject {
    Subject { pods: Selector::label("app", app), ..all() }
}

fn pods(namespaces: Selector, pods: Selector) -> Peer {
    Base::Pods(PodSet { namespaces: Namespaces::Matching(namespaces), pods }).into()
}

fn net(text: &str) -> AddressSet {
    AddressSet::from_net(text.parse().unwrap())
}

fn tcp(number: u16) -> Ports {
    Ports::numbers(Protocol::Tcp, RangeSet::range(number, number))
}

#[derive(Default)]
struct Written(NetworkTier);

impl Written {
    fn isolate(mut self, direction: Direction, subject: Subject) -> Self {
        self.0.isolations.push(Isolation { direction, subject, origin: Origin::default() });
        self
    }

    fn rule(mut self, action: Action, direction: Direction, subject: Subject, peer: impl Into<Peer>) -> Self {
        let (peers, ports, origin) = (vec![peer.into()], Ports::All, Origin::default());
        self.0.rules.push(Rule { action, direction, subject, peers, ports, origin });
        self
    }

    fn allow(self, direction: Direction, subject: Subject, peer: impl Into<Peer>) -> Self {
        self.rule(Action::Allow, direction, subject, peer)
    }

    fn deny(self, direction: Direction, subject: Subject, peer: impl Into<Peer>) -> Self {
        self.rule(Action::Deny, direction, subject, peer)
    }

    // The ports of the rule written last.
    fn on(mut self, ports: Ports) -> Self {
        self.0.rules.last_mut().unwrap().ports = ports;
        self
    }

    fn judged(&self, flow: &str) -> Verdict {
        let cluster = cluster();
        let policy = Policy { tiers: vec![Tier::NetworkPolicy(self.0.clone())], ..Policy::default() };
        let words: Vec<&str> = flow.split_whitespace().collect();
        let [from, to, protocol, port] = words.as_slice() else { panic!("not a flow: {flow}") };
        let protocol = Protocol::from_kubernetes(protocol).unwrap();
        let end = |word: &str| endpoint(word, &cluster);
        let flow = Flow { from: end(from), to: end(to), protocol, port: port.parse().unwrap() };
        Evaluator::new(&policy, &cluster, "shop").judge(&flow)
    }

    fn check(&self, flow: &str, allowed: bool) -> &Self {
        assert_eq!(self.judged(flow).allowed, allowed, "{flow}");
        self
    }
}

// A pod's name, with `/6` for its IPv6 address; a node's name; or an address.
fn endpoint<'a>(word: &str, cluster: &'a Cluster) -> Endpoint<'a> {
    let (name, four) = word.strip_suffix("/6").map_or((word, true), |name| (name, false));
    let pick = |list: &[IpAddr]| list.iter().copied().find(|address| address.is_ipv4() == four);
    if let Some(pod) = cluster.pods.iter().find(|pod| pod.name == name) {
        return Endpoint { address: pick(&pod.addresses), pod: Some(pod), node: None };
    }
    if let Some(node) = cluster.nodes.iter().find(|node| node.name == name) {
        return Endpoint { address: pick(&node.addresses), pod: None, node: Some(node) };
    }
    Endpoint { address: Some(word.parse().unwrap()), pod: None, node: None }
}

#[test]
fn a_pod_is_open_until_something_isolates_it_in_that_direction() {
    Written::default().check("a b TCP 80", true);
    let closed = Written::default().isolate(INGRESS, only("a"));
    closed.check("b a TCP 80", false).check("a b TCP 80", true).check("b c TCP 80", true);
    let closed = Written::default().isolate(EGRESS, only("a"));
    closed.check("b a TCP 80", true).check("a b TCP 80", false);
}

#[test]
fn an_allow_lets_its_own_flows_through_and_closes_nothing() {
    let some = Written::default().isolate(INGRESS, all()).allow(INGRESS, only("a"), Base::Any).on(tcp(80));
    some.check("b a TCP 80", true).check("b a TCP 81", false).check("b a UDP 80", false).check("a b TCP 80", false);
    Written::default().allow(INGRESS, only("a"), Base::Any).on(tcp(80)).check("b a TCP 81", true);
}

#[test]
fn a_rule_acts_in_its_own_direction_only() {
    let egress = Written::default().isolate(INGRESS, all()).allow(EGRESS, all(), Base::Any);
    egress.check("b a TCP 80", false);
}

#[test]
fn rules_add_up() {
    let of = |app| pods(Selector::namespace("shop"), Selector::label("app", app));
    let two = Written::default().isolate(INGRESS, only("a"));
    let two = two.allow(INGRESS, only("a"), of("b")).on(tcp(80));
    let two = two.allow(INGRESS, only("a"), Base::Addresses(net("10.0.0.3/32"))).on(tcp(81));
    two.check("b a TCP 80", true).check("c a TCP 81", true).check("b a TCP 81", false).check("c a TCP 80", false);
}

#[test]
fn a_deny_wins_over_every_allow_and_over_openness() {
    let open = Written::default().deny(EGRESS, only("a"), Base::Any).on(tcp(22));
    open.check("a b TCP 22", false).check("a b TCP 80", true).check("b c TCP 22", true);
    let closed = Written::default().isolate(EGRESS, all()).allow(EGRESS, all(), Base::Any);
    closed.deny(EGRESS, only("a"), Base::Any).on(tcp(22)).check("a b TCP 22", false).check("a b TCP 80", true);
}

#[test]
fn both_ends_must_let_a_flow_through() {
    let closed = Written::default().isolate(EGRESS, only("a")).isolate(INGRESS, only("b"));
    let source = closed.allow(EGRESS, only("a"), Base::Any);
    source.check("a b TCP 80", false).check("a c TCP 80", true);
    source.allow(INGRESS, only("b"), Base::Any).check("a b TCP 80", true);
}

#[test]
fn an_end_that_is_no_pod_and_a_host_network_pod_pass_everything() {
    let closed = Written::default().isolate(INGRESS, all()).isolate(EGRESS, all());
    closed.check("c n2 TCP 80", true).check("c 192.0.2.1 TCP 80", true).check("c h TCP 80", true);
    closed.check("192.0.2.1 c TCP 80", true).check("192.0.2.1 a TCP 80", false);
}

#[test]
fn a_pod_reaches_itself_and_its_own_node() {
    let closed = Written::default().isolate(INGRESS, all()).isolate(EGRESS, all());
    closed.check("a a TCP 80", true).check("a n1 TCP 80", true).check("n1 a TCP 80", true);
    closed.check("a n2 TCP 80", false).check("n2 a TCP 80", false);
    assert!(closed.judged("a a TCP 80").exempt && !closed.judged("b a TCP 80").exempt);
    Written::default().deny(INGRESS, all(), Base::Any).check("a a TCP 80", true).check("n1 a TCP 80", true);
}

#[test]
fn any_holds_addresses_pods_and_nodes() {
    let any = Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), Base::Any);
    any.check("192.0.2.1 a TCP 80", true).check("n2 a TCP 80", true).check("c a TCP 80", true);
}

#[test]
fn pods_are_chosen_by_labels_of_their_namespace_and_their_own() {
    let from = |space, own| Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), pods(space, own));
    let team = from(Selector::label("team", "x"), Selector::label("app", "c"));
    team.check("c a TCP 80", true).check("t a TCP 80", false).check("b a TCP 80", false);
    let named = from(Selector::namespace("ops"), Selector::all());
    named.check("t a TCP 80", true).check("b a TCP 80", false);
    from(Selector::all(), Selector::all()).check("192.0.2.1 a TCP 80", false).check("n2 a TCP 80", false);
}

#[test]
fn the_namespace_without_a_name_is_the_current_one() {
    let current = Subject { namespace: Namespace::Current, ..all() };
    let own = Base::Pods(PodSet { namespaces: Namespaces::Current, pods: Selector::all() });
    let closed = Written::default().isolate(INGRESS, current.clone()).allow(INGRESS, current, own);
    closed.check("b a TCP 80", true).check("c a TCP 80", false).check("a c TCP 80", true);
}

#[test]
fn host_network_pods_are_neither_subjects_nor_pods_of_a_peer() {
    Written::default().isolate(INGRESS, only("h")).check("c h TCP 80", true);
    let from_all = pods(Selector::all(), Selector::all());
    Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), from_all).check("h a TCP 80", false);
}

#[test]
fn addresses_are_those_of_pods_too_one_family_at_a_time() {
    let from = |text| {
        let addresses = Base::Addresses(net(text));
        Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), addresses)
    };
    from("10.0.0.2/32").check("b a TCP 80", true).check("b/6 a/6 TCP 80", false).check("c a TCP 80", false);
    from("0.0.0.0/0").check("192.0.2.1 a TCP 80", true).check("2001:db8::1 a/6 TCP 80", false);
    from("::/0").check("2001:db8::1 a/6 TCP 80", true).check("192.0.2.1 a TCP 80", false);
    from("10.0.9.2/32").check("n2 a TCP 80", true);
}

#[test]
fn what_a_peer_leaves_out_is_left_out_of_that_peer_only() {
    let b = Base::Pods(PodSet { namespaces: Namespaces::Current, pods: Selector::label("app", "b") });
    let except = Peer { within: Base::Any, except: vec![b] };
    let most = Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), except);
    most.check("b a TCP 80", false).check("c a TCP 80", true).check("192.0.2.1 a TCP 80", true);
    most.allow(INGRESS, all(), Base::Addresses(net("10.0.0.2/32"))).check("b a TCP 80", true);
}

#[test]
fn an_end_without_an_address_is_in_no_narrow_network() {
    let from = |text| {
        let addresses = Base::Addresses(net(text));
        Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), addresses)
    };
    from("10.0.0.0/8").check("t a TCP 80", false);
    from("0.0.0.0/0").check("t a TCP 80", true);
}

#[test]
fn a_subject_leaves_out_pods_by_their_address() {
    let most = Subject { outside: net("10.0.0.1/32"), ..all() };
    let closed = Written::default().isolate(INGRESS, most);
    closed.check("c a TCP 80", true).check("c b TCP 80", false).check("c a/6 TCP 80", false);
}

#[test]
fn a_port_name_is_looked_up_on_the_destination_in_both_directions() {
    let web = || Ports::name(Protocol::Tcp, "web");
    let ingress = Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), Base::Any).on(web());
    ingress.check("a b TCP 8002", true).check("a b TCP 8001", false).check("a b UDP 8002", false);
    let egress = Written::default().isolate(EGRESS, all()).allow(EGRESS, all(), Base::Any).on(web());
    egress.check("a c TCP 8003", true).check("a c TCP 8001", false);
    // Neither an address nor a pod of the host network has port names.
    egress.check("a 192.0.2.1 TCP 8001", false).check("a h TCP 8009", false);
    let unknown = Ports::name(Protocol::Tcp, "other");
    Written::default()
        .isolate(INGRESS, all())
        .allow(INGRESS, all(), Base::Any)
        .on(unknown)
        .check("a b TCP 8002", false);
}

#[test]
fn a_rule_without_peers_or_ports_matches_nothing() {
    let none = Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), Base::Any).on(Ports::none());
    none.check("b a TCP 80", false);
    let mut none = Written::default().isolate(INGRESS, all()).allow(INGRESS, all(), Base::Any);
    none.0.rules[0].peers.clear();
    none.check("b a TCP 80", false);
}

#[test]
fn a_verdict_says_what_decided_at_each_end() {
    let some = Written::default().isolate(INGRESS, only("b")).isolate(EGRESS, only("a")).isolate(INGRESS, all());
    let some = some.allow(INGRESS, all(), Base::Any).allow(EGRESS, only("b"), Base::Any);
    let verdict = some.deny(INGRESS, only("b"), Base::Any).on(tcp(80)).judged("a b TCP 80");
    assert_eq!(verdict.egress, Side { isolations: vec![1], ..Side::default() });
    assert_eq!(verdict.ingress, Side { isolations: vec![0, 2], allows: vec![0], denies: vec![2] });
    assert!(!verdict.egress.passes() && !verdict.ingress.passes() && !verdict.allowed);
}
