//! `netpol query --why` names the statements that match a flow, and no others.

#![allow(clippy::unwrap_used, reason = "tests end by failing")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const CLUSTER: &str = "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}},
   status: {phase: Running, podIPs: [{ip: 10.0.0.1}]}}
- {apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: db}},
   status: {phase: Running, podIPs: [{ip: 10.0.0.2}]}}
";

// Asks for `web` to `db` on tcp/80: the line about the destination.
fn check(name: &str, policy: &str, expected: &str) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), policy).unwrap();
    fs::write(folder.path().join("cluster.yaml"), CLUSTER).unwrap();
    let mut netpol = Command::new(env!("CARGO_BIN_EXE_netpol"));
    netpol.args(["query", name, "--cluster", "cluster.yaml", "shop/web", "shop/db", "tcp/80", "--why"]);
    let output = netpol.current_dir(folder.path()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let line = out.lines().find(|line| line.contains("ingress at")).unwrap_or(&out);
    assert_eq!(line, format!("  ingress at shop/db: {expected}"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn statements_that_passes_unite_are_told_apart() {
    let rule = |from: &str, port: u16| format!("allow ingress {from} -> pods[app=db] on tcp/{port}\n");
    let program = [
        "namespace shop\nisolate ingress pods[app=db]\n".to_owned(),
        rule("pods[app=web]", 443),
        rule("203.0.113.0/24", 80),
        rule("pods[app=web]", 80),
        rule("pods[app=web, x=y]", 80),
        rule("any", 80),
    ];
    check("a.netpol", &program.concat(), "a rule allows it: a.netpol:5, a.netpol:7");
    check("a.netpol", &program[..3].concat(), "no rule allows it, and the pod is closed: a.netpol:2");
}

#[test]
fn rules_of_an_object_are_told_apart() {
    let policy = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - ports: [{port: 443}]
  - ports: [{port: 80}]
    from: [{podSelector: {}}]
";
    check("p.yaml", policy, "a rule allows it: p.yaml:8");
}
