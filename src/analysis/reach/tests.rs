//! Who reaches whom, in text, and against the reference evaluator.

use proptest::prelude::*;

use super::output::{csv, dot, exposure_json, exposure_table, json, mermaid, table};
use super::*;
use crate::analysis::tests::{cluster, policy};
use crate::ir::Policy;
use crate::ir::eval::{Endpoint, Evaluator, Flow};
use crate::model::Protocol;
use crate::source::Sources;
use crate::tables::tests as universe;

fn shop() -> (Cluster, Policy) {
    (cluster(), policy(&mut Sources::new()))
}

fn find(filter: &Filter) -> (Reach, Cluster) {
    let (cluster, policy) = shop();
    let tables = Tables::new(&policy, &cluster, "default");
    (reach(&cluster, &tables, filter), cluster)
}

fn check(filter: &Filter, expected: &str) {
    assert_eq!(table(&find(filter).0), expected);
}

fn end(text: &str) -> Option<End> {
    Some(End::parse(text, &cluster()).unwrap())
}

#[test]
fn the_table_has_a_line_for_each_way() {
    check(
        &Filter::default(),
        "\
FROM                        TO                          PORTS
shop/daemonset/web (web-1)  0.0.0.0/0                   all
shop/daemonset/web (web-1)  shop/deployment/api         all (v4)
shop/daemonset/web (web-1)  shop/db-1                   tcp/5432
shop/daemonset/web (web-1)  shop/daemonset/web (web-2)  tcp/9090 (v4)
shop/daemonset/web (web-2)  0.0.0.0/0                   all
shop/daemonset/web (web-2)  shop/deployment/api         all (v4)
shop/daemonset/web (web-2)  shop/db-1                   tcp/5432
shop/daemonset/web (web-2)  shop/daemonset/web (web-1)  tcp/8080 (v4)
shop/deployment/api         shop/deployment/api         all
shop/deployment/api         outside                     all
shop/deployment/api         shop/daemonset/web (web-1)  tcp/8080
shop/deployment/api         shop/daemonset/web (web-2)  tcp/9090
shop/db-1                   shop/deployment/api         all
shop/db-1                   0.0.0.0/0                   all
shop/db-1                   shop/daemonset/web (web-1)  tcp/8080
shop/db-1                   shop/daemonset/web (web-2)  tcp/9090
outside                     shop/deployment/api         all
outside                     shop/daemonset/web (web-1)  tcp/8080
outside                     shop/daemonset/web (web-2)  tcp/9090
",
    );
}

#[test]
fn filters_leave_what_is_asked_for() {
    let to_db = Filter { to: end("shop/db-1"), ..Filter::default() };
    let web_to_db = "\
FROM                        TO         PORTS
shop/daemonset/web (web-1)  shop/db-1  tcp/5432
shop/daemonset/web (web-2)  shop/db-1  tcp/5432
";
    check(&to_db, web_to_db);
    check(&Filter { port: PortFilter::parse("5432"), ..to_db.clone() }, web_to_db);
    check(&Filter { port: PortFilter::parse("udp"), ..to_db.clone() }, "nothing reaches anything\n");
    check(&Filter { namespace: Some("ops".to_owned()), ..to_db }, "nothing reaches anything\n");
    let inward = Filter { from: end("outside"), port: PortFilter::parse("tcp/8080"), ..Filter::default() };
    check(
        &inward,
        "\
FROM     TO                          PORTS
outside  shop/daemonset/web (web-1)  tcp/8080
outside  shop/deployment/api         tcp/8080
",
    );
    let by_workload = Filter { from: end("shop/daemonset/web"), to: end("ip:203.0.113.9"), ..Filter::default() };
    let ways = find(&by_workload).0.connections;
    assert_eq!(ways.len(), 2);
}

#[test]
fn wrong_ends_are_told_with_suggestions() {
    let wrong = |text| End::parse(text, &cluster()).unwrap_err();
    let said = wrong("shop/deployment/apu");
    assert_eq!(said.0, "the cluster has no pod and no workload `shop/deployment/apu`");
    assert_eq!(said.1.as_deref(), Some("did you mean `shop/deployment/api`?"));
    assert_eq!(wrong("shap").1.as_deref(), Some("did you mean `shop`?"));
    assert_eq!(wrong("ip:1").0, "`1` is no address");
    assert_eq!(PortFilter::parse("icmp/1"), None);
    assert_eq!(PortFilter::parse("0"), None);
}

#[test]
fn other_formats_say_the_same() {
    let (found, cluster) = find(&Filter { to: end("shop/db-1"), ..Filter::default() });
    let expected = "from,to,family,ports\n\
        shop/daemonset/web (web-1),shop/db-1,,tcp/5432\n\
        shop/daemonset/web (web-2),shop/db-1,,tcp/5432\n";
    assert_eq!(csv(&found).unwrap(), expected);
    let value: serde_json::Value = serde_json::from_str(&json(&found, &cluster)).unwrap();
    assert_eq!(value["connections"][0]["ports"][0], "tcp/5432");
    assert_eq!(value["workloads"][0]["pods"][0], "web-1");
    let graph = dot(&found);
    assert!(graph.contains("  \"shop/daemonset/web (web-1)\" -> \"shop/db-1\" [label=\"tcp/5432\"];\n"), "{graph}");
    let chart = mermaid(&found);
    assert!(chart.contains("  w0 -->|\"tcp/5432\"| w3\n"), "{chart}");
}

#[test]
fn exposure_works_on_selectors() {
    let (cluster, policy) = shop();
    let tables = Tables::new(&policy, &cluster, "default");
    let filter = Filter::default();
    let found = reach(&cluster, &tables, &filter);
    let exposures = exposure(&found, &cluster, &tables, &policy, &filter);
    assert_eq!(
        exposure_table(&exposures, &found),
        "\
reachable from outside
WORKLOAD                    FROM     PORTS
shop/daemonset/web (web-1)  outside  tcp/8080
shop/daemonset/web (web-2)  outside  tcp/9090
shop/deployment/api         outside  all

reachable from other namespaces
nothing

reachable by pods yet to be made
WORKLOAD                    FROM                   PORTS
shop/daemonset/web (web-1)  pods in *              tcp/8080
shop/daemonset/web (web-2)  pods in *              tcp/9090
shop/deployment/api         pods in *              all
shop/db-1                   pods[app=web] in shop  tcp/5432
"
    );
    let value: serde_json::Value = serde_json::from_str(&exposure_json(&exposures, &found)).unwrap();
    assert_eq!(value[3]["future"][0]["from"], "pods[app=web] in shop");
}

fn ends_of<'c>(workload: &Workload, cluster: &'c Cluster) -> Vec<Endpoint<'c>> {
    let pods = workload.pods.iter().map(|at| &cluster.pods[*at]);
    pods.flat_map(|pod| pod.addresses.iter().map(move |a| Endpoint { pod: Some(pod), address: Some(*a), node: None }))
        .collect()
}

proptest! {
    // Every way that is shown is open for each of the workloads' pods, and every open way is shown.
    #[test]
    fn reach_is_what_the_evaluator_allows(policy in universe::policy(), cluster in universe::named_cluster()) {
        let tables = Tables::new(&policy, &cluster, universe::CURRENT);
        let found = reach(&cluster, &tables, &Filter::default());
        let evaluator = Evaluator::new(&policy, &cluster, universe::CURRENT);
        let shown = |from: usize, to: usize, family: Family, protocol: Protocol, port: u16| {
            found.connections.iter().any(|way| {
                way.from == Place::Workload(from)
                    && way.to == Place::Workload(to)
                    && way.family.is_none_or(|of| of == family)
                    && way.ports.of(protocol).contains(port)
            })
        };
        for (from, source) in found.workloads.iter().enumerate() {
            for (to, destination) in found.workloads.iter().enumerate() {
                for (a, b) in ends_of(source, &cluster).iter().flat_map(|a| {
                    ends_of(destination, &cluster).into_iter().map(move |b| (*a, b))
                }) {
                    let families = (Family::of(a.address.unwrap()), Family::of(b.address.unwrap()));
                    if families.0 != families.1 || a.pod == b.pod {
                        continue;
                    }
                    for (protocol, port) in (1..8).flat_map(|port| [(Protocol::Tcp, port), (Protocol::Udp, port)]) {
                        let flow = Flow { from: a, to: b, protocol, port };
                        let open = shown(from, to, families.0, protocol, port);
                        prop_assert_eq!(open, evaluator.judge(&flow).allowed, "{:?}", flow);
                    }
                }
            }
        }
    }

    #[test]
    fn outside_is_what_the_evaluator_allows(policy in universe::policy(), cluster in universe::named_cluster()) {
        let tables = Tables::new(&policy, &cluster, universe::CURRENT);
        let found = reach(&cluster, &tables, &Filter::default());
        let evaluator = Evaluator::new(&policy, &cluster, universe::CURRENT);
        let far = ["10.0.1.0", "192.0.2.1", "::9", "2001:db8::1"].map(|text| text.parse().unwrap());
        for (to, workload) in found.workloads.iter().enumerate() {
            for (near, address) in ends_of(workload, &cluster).iter().flat_map(|n| far.map(|a: std::net::IpAddr| (*n, a))) {
                if Family::of(near.address.unwrap()) != Family::of(address) {
                    continue;
                }
                let outside = Endpoint { address: Some(address), ..Endpoint::default() };
                for (protocol, port) in (1..8).flat_map(|port| [(Protocol::Tcp, port), (Protocol::Udp, port)]) {
                    for (leaves, from, into) in [(true, near, outside), (false, outside, near)] {
                        let open = found.connections.iter().any(|way| {
                            let (here, there) = if leaves { (way.from, way.to) } else { (way.to, way.from) };
                            here == Place::Workload(to)
                                && matches!(there, Place::Outside(at) if found.outside[at].contains(address))
                                && way.ports.of(protocol).contains(port)
                        });
                        let flow = Flow { from, to: into, protocol, port };
                        prop_assert_eq!(open, evaluator.judge(&flow).allowed, "{:?}", flow);
                    }
                }
            }
        }
    }
}
