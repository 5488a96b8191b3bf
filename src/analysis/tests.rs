//! Questions and answers in text.

use super::query::Query;
use super::report::{Style, report};
use super::*;
use crate::cluster::{Cluster, load};
use crate::diag::Diagnostics;
use crate::ir::{
    Base, Isolation, Namespace, Namespaces, NetworkTier, Origin, PodSet, Policy, Rule, Statement, StatementId, Subject,
    Tier,
};
use crate::model::{Action, AddressSet, Direction, Ports, Protocol, RangeSet, Selector};
use crate::source::Sources;
use crate::span::Span;
use crate::tables::Tables;

const CLUSTER: &str = "
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Node, metadata: {name: node-1}, status: {addresses: [{type: InternalIP, address: 192.168.0.1}]}}
- {apiVersion: v1, kind: Node, metadata: {name: node-2}, status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1, namespace: shop, labels: {app: web}, ownerReferences: [{kind: DaemonSet, name: web, controller: true}]}
  spec: {nodeName: node-1, containers: [{ports: [{name: http, containerPort: 8080}]}]}
  status: {podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-2, namespace: shop, labels: {app: web}, ownerReferences: [{kind: DaemonSet, name: web, controller: true}]}
  spec: {nodeName: node-2, containers: [{ports: [{name: http, containerPort: 9090}]}]}
  status: {podIPs: [{ip: 10.0.0.2}, {ip: 'fd00::2'}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: db-1, namespace: shop, labels: {app: db}}
  spec: {nodeName: node-1}
  status: {podIP: 10.0.0.3}
- apiVersion: v1
  kind: Pod
  metadata: {name: host, namespace: ops}
  spec: {nodeName: node-2, hostNetwork: true}
  status: {podIP: 192.168.0.2}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: api, namespace: shop}
  spec: {template: {metadata: {labels: {app: api}}}}
";

// Line 1 closes db, line 2 lets web in on tcp/5432, line 3 denies tcp/1, line 4 lets IPv4 of web out, line 5 closes web
// to the outside, line 6 lets anyone reach web's http.
pub(super) fn policy(sources: &mut Sources) -> Policy {
    let file = sources.add("shop.netpol", "1\n2\n3\n4\n5\n6\n");
    let app = |app: &str| Selector::label("app", app);
    let subject =
        |name: &str| Subject { namespace: Namespace::named("shop"), pods: app(name), outside: AddressSet::empty() };
    let origin = |line: u32| Origin { statements: smallvec::smallvec![StatementId(line - 1)], object: None };
    let web = Base::Pods(PodSet { namespaces: Namespaces::Matching(Selector::namespace("shop")), pods: app("web") });
    let v4 = Base::Addresses(AddressSet::from_net("0.0.0.0/0".parse().unwrap()));
    let rule = |action, direction, name: &str, peer: Base, ports, line| Rule {
        action,
        direction,
        subject: subject(name),
        peers: vec![peer.into()],
        ports,
        origin: origin(line),
    };
    let tcp = |port| Ports::numbers(Protocol::Tcp, RangeSet::range(port, port));
    let close = |direction, name: &str, line| Isolation { direction, subject: subject(name), origin: origin(line) };
    let tier = NetworkTier {
        isolations: vec![
            close(Direction::Ingress, "db", 1),
            close(Direction::Egress, "web", 5),
            close(Direction::Ingress, "web", 5),
        ],
        rules: vec![
            rule(Action::Allow, Direction::Ingress, "db", web, tcp(5432), 2),
            rule(Action::Deny, Direction::Ingress, "db", Base::Any, tcp(1), 3),
            rule(Action::Allow, Direction::Egress, "web", v4, Ports::All, 4),
            rule(Action::Allow, Direction::Ingress, "web", Base::Any, Ports::name(Protocol::Tcp, "http"), 6),
        ],
    };
    let statement = |at: u32| Statement::at(Span::new(file, at * 2, at * 2 + 1));
    Policy { tiers: vec![Tier::NetworkPolicy(tier)], statements: (0..6).map(statement).collect(), ..Policy::default() }
}

pub(super) fn cluster() -> Cluster {
    load::parse("cluster.yaml", CLUSTER.as_bytes(), &mut Diagnostics::new()).unwrap()
}

fn ask(flows: &str, style: Style) -> String {
    let (cluster, mut sources) = (cluster(), Sources::new());
    let policy = policy(&mut sources);
    let tables = Tables::new(&policy, &cluster, "default");
    let who = Who::new(&cluster);
    let file = sources.add("flows", flows);
    match report(&mut Query::new(&who, &tables), style, file, &policy, &sources) {
        Ok(report) => report.text,
        Err(errors) => errors
            .iter()
            .map(|error| {
                let at = sources.line_column(error.primary.as_ref().unwrap().span);
                format!("{}:{} {} {}; {}\n", at.line, at.column, error.code.id(), error.message, error.help.join("; "))
            })
            .collect(),
    }
}

fn check(flows: &str, expected: &str) {
    assert_eq!(ask(flows, Style::default()).trim_end(), expected);
}

fn check_why(flow: &str, expected: &str) {
    let text = ask(flow, Style { why: true, json: false });
    assert_eq!(text.lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n"), expected);
}

#[test]
fn verdicts_are_added_to_the_flows() {
    check("shop/web-1 shop/db-1 TCP 5432", "shop/web-1 shop/db-1 TCP 5432 allow");
    check("shop/web-1 shop/db-1 tcp/5433 v4", "shop/web-1 shop/db-1 TCP 5433 v4 deny");
    check("ip:203.0.113.9 shop/db-1 udp 5432", "ip:203.0.113.9 shop/db-1 UDP 5432 deny");
    check("shop/deployment/api shop/db-1 tcp/5432", "shop/deployment/api shop/db-1 TCP 5432 deny");
}

#[test]
fn an_address_is_its_owner_and_a_pod_of_the_host_its_node() {
    check("ip:10.0.0.1 ip:10.0.0.3 tcp/5432", "ip:10.0.0.1 ip:10.0.0.3 TCP 5432 allow");
    check("ip:192.168.0.1 shop/db-1 tcp/9", "ip:192.168.0.1 shop/db-1 TCP 9 allow");
    check("node:node-2 shop/db-1 tcp/9", "node:node-2 shop/db-1 TCP 9 deny");
    check("ops/host shop/web-2 tcp/9", "ops/host shop/web-2 TCP 9 allow");
    check("shop/db-1 shop/db-1 tcp/9", "shop/db-1 shop/db-1 TCP 9 allow");
}

#[test]
fn families_that_differ_have_a_line_each() {
    check(
        "shop/web-1 shop/web-2 tcp/9090",
        "shop/web-1 shop/web-2 TCP 9090 v4 allow\nshop/web-1 shop/web-2 TCP 9090 v6 deny",
    );
    check("shop/web-1 shop/web-2 tcp/1", "shop/web-1 shop/web-2 TCP 1 deny");
    check("shop/web-1 shop/web-2 tcp/9090 v6", "shop/web-1 shop/web-2 TCP 9090 v6 deny");
}

#[test]
fn what_has_no_address_is_judged_in_the_family_of_the_other_end() {
    check("shop/web-1 shop/deployment/api tcp/1 v6", "shop/web-1 shop/deployment/api TCP 1 v6 deny");
    check(
        "shop/web-1 shop/deployment/api tcp/1",
        "shop/web-1 shop/deployment/api TCP 1 v4 allow\nshop/web-1 shop/deployment/api TCP 1 v6 deny",
    );
}

// Objects close what they select, and what a program allows there is nothing to them.
#[test]
fn where_objects_close_a_pod_an_entry_of_theirs_is_advised() {
    let advice = |flow: &str| {
        let (cluster, mut sources) = (cluster(), Sources::new());
        let mut policy = policy(&mut sources);
        policy.statements.iter_mut().for_each(|statement| statement.is_object = true);
        let tables = Tables::new(&policy, &cluster, "default");
        let (who, file) = (Who::new(&cluster), sources.add("flows", flow));
        let style = Style { why: true, json: false };
        let text = report(&mut Query::new(&who, &tables), style, file, &policy, &sources).unwrap().text;
        let lines = text.lines().filter_map(|line| line.split_once("let it through: "));
        lines.map(|(_, advice)| advice.to_owned()).collect::<Vec<_>>()
    };
    let object = "NetworkPolicy `without a name` (shop.netpol:1)";
    assert_eq!(
        advice("shop/deployment/api shop/db-1 tcp/5432"),
        [format!(
            "add to `ingress` of {object} the entry \
             `- {{from: [{{podSelector: {{matchLabels: {{app: api}}}}}}], ports: [{{protocol: TCP, port: 5432}}]}}`"
        )],
    );
    assert_eq!(
        advice("ip:203.0.113.9 shop/db-1 tcp/5432"),
        [format!(
            "add to `ingress` of {object} the entry \
             `- {{from: [{{ipBlock: {{cidr: 203.0.113.9/32}}}}], ports: [{{protocol: TCP, port: 5432}}]}}`"
        )],
    );
}

#[test]
fn a_workload_is_each_of_its_pods_and_a_name_each_pods_port() {
    check("shop/db-1 shop/daemonset/web tcp/http", "shop/db-1 shop/daemonset/web TCP http allow");
    check(
        "shop/db-1 shop/daemonset/web tcp/8080",
        "shop/db-1 shop/web-1 TCP 8080 v4 allow\nshop/db-1 shop/web-2 TCP 8080 v4 deny",
    );
}

#[test]
fn the_deciding_rules_have_their_places() {
    check_why(
        "shop/web-1 shop/db-1 tcp/5432",
        "egress at shop/web-1: a rule allows it: shop.netpol:4\ningress at shop/db-1: a rule allows it: shop.netpol:2",
    );
    check_why(
        "shop/web-1 shop/db-1 tcp/80",
        "egress at shop/web-1: a rule allows it: shop.netpol:4\n\
         ingress at shop/db-1: no rule allows it, and the pod is closed: shop.netpol:1\n\
         to let it through: write `allow ingress pods[app=web] in shop -> pods[app=db] in shop on tcp/80` in namespace `shop`",
    );
    check_why(
        "shop/web-1 shop/web-2 tcp/1 v6",
        "egress at shop/web-1: no rule allows it, and the pod is closed: shop.netpol:5\n\
         ingress at shop/web-2: no rule allows it, and the pod is closed: shop.netpol:5\n\
         to let it through: write `allow pods[app=web] in shop -> pods[app=web] in shop on tcp/1` in namespace `shop`",
    );
    check_why(
        "ip:203.0.113.9 shop/db-1 tcp/1",
        "egress at ip:203.0.113.9: no pod is at this end, so nothing stops it here\n\
         ingress at shop/db-1: a rule denies it: shop.netpol:3\n\
         to let it through: a deny wins over every allow: narrow the one at shop.netpol:3",
    );
    check_why("node:node-1 shop/db-1 tcp/1", "a pod and its own node always reach each other");
}

#[test]
fn json_is_one_object_a_line() {
    let text = ask(
        "shop/web-1 shop/db-1 tcp/80\nshop/deployment/api shop/deployment/api udp/1\n",
        Style { json: true, why: false },
    );
    let expected = r#"{"from":"shop/web-1","to":"shop/db-1","protocol":"TCP","port":80,"family":"v4","verdict":"deny","because":[]}
{"from":"shop/deployment/api","to":"shop/deployment/api","protocol":"UDP","port":1,"family":null,"verdict":"allow","because":[]}
"#;
    assert_eq!(text, expected);
    let text = ask("shop/db-1 ip:192.0.2.1 tcp/80", Style { json: true, why: true });
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["because"][0]["direction"], "egress");
    assert_eq!(value["because"][1]["at"], "ip:192.0.2.1");
}

#[test]
fn errors_have_places_and_suggestions() {
    check(
        "shop/web-1 shop/db-1 tcp/1\nshop/web-3 shop/db-1 tcp/1\nweb-1 shop/bd-1 tcp/1\n",
        "2:1 E0711 the cluster has no pod `shop/web-3`; did you mean `shop/web-1`?\n\
         3:1 E0711 the cluster has no pod `web-1`; did you mean `shop/web-1`?",
    );
    check(
        "shp/x shop/db-1 tcp/1",
        "1:1 E0711 the cluster has no pod `shp/x`; there is no namespace `shp`; did you mean `shop`?",
    );
    check(
        "shop/other shop/db-1 tcp/1",
        "1:1 E0711 the cluster has no pod `shop/other`; `shop` has `shop/daemonset/web`, `shop/db-1`, `shop/deployment/api`",
    );
    check(
        "10.0.0.1 shop/db-1 tcp/1",
        "1:1 E0711 the cluster has no pod `10.0.0.1`; write `ip:10.0.0.1` for an address",
    );
    check("node:node-3 shop/db-1 tcp/1", "1:1 E0711 the cluster has no node `node-3`; did you mean `node-1`?");
    check("shop/web-1 shop/db-1 tcp/1 v6", "1:1 E0712 `shop/web-1` and `shop/db-1` do not both have a v6 address;");
    check("ip:::1 shop/db-1 tcp/1", "1:1 E0712 `ip:::1` and `shop/db-1` have no addresses of one family;");
    check(
        "shop/db-1 shop/web-1 tcp/web",
        "1:26 E0713 `shop/web-1` has no port `web` for tcp; its ports are `tcp/http`",
    );
}
