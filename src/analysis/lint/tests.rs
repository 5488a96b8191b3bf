//! Text in, warnings out.

use crate::check;
use crate::ir::lower;
use crate::resolve::testing::{Outcome, compare, run};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let Outcome { sources, program, mut found } = run(&[("test.netpol", text)], None, None);
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    let lowered = lower(&check::check(program).0);
    found.append(super::lint(&lowered.policy, &lowered.halves, &sources));
    compare(&Outcome { sources, program: None, found }, expected, text);
}

#[test]
fn an_allow_needs_an_isolated_end() {
    check("allow pods -> pods", &["W0406 |allow pods -> pods| both ends are open"]);
    check(
        "isolate egress pods\nallow ingress pods -> pods",
        &["W0406 |allow ingress pods -> pods| the destination is open"],
    );
    check("isolate ingress pods\nallow egress pods -> any", &["W0406 |allow egress pods -> any| the source is open"]);
    check("isolate pods\nallow 10.0.0.1 -> 10.0.0.2", &["W0406 |allow 10.0.0.1 -> 10.0.0.2| neither end is a pod"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[a=c]", &["W0406 |allow any -> pods[a=c]| both ends are open"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[c=d]", &[]);
    check("namespace a, b { isolate ingress pods[x=y] allow any -> pods[x=y] }", &[]);
}

#[test]
fn a_covered_rule_adds_nothing() {
    let narrow = "allow pods[a=b] -> pods on tcp/80";
    check(&format!("isolate ingress pods\nallow pods -> pods\n{narrow}"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods on udp"), &[]);
    check(
        "isolate ingress pods\nallow 10.1.0.0/16 -> pods\nallow 10.0.0.0/8 -> pods",
        &["W0407 |allow 10.1.0.0/16 -> pods|"],
    );
    check("isolate ingress pods\nallow any -> pods on tcp\nallow 10.0.0.0/8 -> pods on tcp/1-9", &["W0407 |allow 10"]);
    check("isolate ingress pods\nallow any -> pods on tcp\ndeny any -> pods on tcp/22", &[]);
}

#[test]
fn of_two_equal_rules_the_second_is_reported() {
    let text = "isolate ingress pods\nallow any -> pods on tcp/1\nallow any -> pods on tcp/1";
    let Outcome { sources, program, .. } = run(&[("test.netpol", text)], None, None);
    let lowered = lower(&check::check(program.unwrap()).0);
    let found = super::lint(&lowered.policy, &lowered.halves, &sources);
    let messages: Vec<_> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["this rule adds nothing to test.netpol:2"]);
}

#[test]
fn closed_pods_that_send_ask_dns() {
    check(
        "isolate egress pods\nallow pods -> any on tcp/443",
        &["W0408 |isolate egress pods| add `allow pods -> dns`"],
    );
    check("isolate egress pods\nallow pods -> any on tcp/443\nallow pods[a=b] -> dns", &[]);
    check("isolate egress pods\nallow pods -> any", &[]);
    check("isolate egress pods", &[]);
    check("isolate pods[a=b]\nisolate egress pods[a=c]\nallow pods[a=c] -> internet on tcp", &[]);
}

const CLUSTER: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: api, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: old, namespace: shop, labels: {app: old}}
spec: {containers: [{name: old, ports: [{name: http, containerPort: 8000}]}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: retail}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
";

// What is found in a program of namespace `shop`, held against the cluster.
#[track_caller]
fn check_in_cluster(text: &str, expected: &[&str]) {
    let text = format!("namespace shop isolate ingress pods\n{text}");
    let mut found = crate::diag::Diagnostics::new();
    let cluster = crate::cluster::load::parse("cluster.yaml", CLUSTER.as_bytes(), &mut found).unwrap();
    let outcome = run(&[("test.netpol", &text)], Some(&cluster), None);
    let lowered = lower(&check::check(outcome.program.unwrap()).0);
    let found = super::in_cluster(&lowered.policy, &cluster, "default");
    compare(&Outcome { sources: outcome.sources, program: None, found }, expected, &text);
}

#[test]
fn selectors_that_match_nothing_there() {
    check_in_cluster("allow pods[app=web] -> pods[app=api]", &[]);
    check_in_cluster("allow pods[web] -> pods", &["W0302 |allow pods[web] -> pods| did you mean `app=web`?"]);
    check_in_cluster("allow pods[app=wbe] -> pods", &["W0302 |allow pods[app=wbe] -> pods| did you mean `app=web`?"]);
    check_in_cluster("allow pods in bank -> pods", &["W0302 |allow pods in bank -> pods|"]);
    check_in_cluster("allow pods in namespaces[team=retail] -> pods", &[]);
    check_in_cluster("isolate pods[app=db]", &["W0302 |isolate pods[app=db]|"]);
    check_in_cluster("allow 10.0.0.1, pods in * -> pods", &[]);
}

#[test]
fn names_of_ports_that_destinations_lack_or_number_differently() {
    check_in_cluster("allow any -> pods[app=api] on tcp/http", &[]);
    check_in_cluster(
        "allow any -> pods[app=api] on tcp/htpp",
        &["W0304 |allow any -> pods[app=api] on tcp/htpp| did you"],
    );
    check_in_cluster("allow any -> pods[app=api] on udp/http", &["W0304 |allow any -> pods[app=api] on udp/http|"]);
    check_in_cluster("allow any -> pods on tcp/http", &["N0301 |allow any -> pods on tcp/http|"]);
}

#[test]
fn the_port_of_a_service_is_not_that_of_its_pods() {
    let wrong = "allow any -> pods[app=api] on tcp/80";
    check_in_cluster(wrong, &[&format!("W0305 |{wrong}| policies are about the ports of pods: write `tcp/8080`")]);
    check_in_cluster("allow any -> pods[app=api] on tcp/80, tcp/8080", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp/80, tcp/http", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp", &[]);
    check_in_cluster("allow any -> service api on tcp/80", &[]);
}
