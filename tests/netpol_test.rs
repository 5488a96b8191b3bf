//! `netpol test` as people run it: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "tests end by failing")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const PROGRAM: &str = r#"namespace shop
isolate ingress pods[app=db]
allow ingress pods[app=web] -> pods[app=db] on tcp/5432
allow ingress pods[app=job] -> pods[app=db] on tcp/9000-9010

test "the database" {
  pod web = [app=web]
  pod db = [app=db]
  expect allow web -> db on tcp/5432
"#;

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - ports: [{port: 5432}]
";

const CLUSTER: &str = "apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
";

// Runs `netpol test` in a folder of these files: exit status, standard output, standard error.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let netpol = env!("CARGO_BIN_EXE_netpol");
    let output = Command::new(netpol).arg("test").args(arguments).current_dir(folder.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn program(expectations: &str, arguments: &[&str]) -> (i32, String, String) {
    let text = format!("{PROGRAM}{expectations}}}\n");
    run(&[("a.netpol", &text)], &[&["a.netpol"], arguments].concat())
}

#[test]
fn what_holds_is_counted() {
    let (status, out, err) = program("  expect deny 10.9.9.9 -> db\n", &[]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "2 of 2 expectations hold\n", ""));
}

#[test]
fn a_failure_names_flow_and_rules() {
    let (status, out, _) = program("  expect deny web -> db on tcp/5432\n", &[]);
    let expected = "FAILED a.netpol:10: the database
  expect deny web -> db on tcp/5432
    web -> db on tcp/5432: allow
      egress at shop/web: nothing closes the pod in this direction
      ingress at shop/db: a rule allows it: a.netpol:3
1 of 2 expectations hold
";
    assert_eq!((status, out.as_str()), (1, expected));
}

#[test]
fn without_ports_every_port_is_judged() {
    let (status, out, _) = program("  pod job = [app=job]\n  expect deny job -> db\n", &[]);
    assert!(status == 1 && out.contains("job -> db on tcp/9000: allow"), "{out}");
    assert!(!out.contains("tcp/9011"), "{out}");
}

#[test]
fn a_port_name_that_the_destination_lacks_fails() {
    let (status, out, _) = program("  expect deny web -> db on tcp/http\n", &[]);
    assert!(status == 1 && out.contains("db has no port `tcp/http`"), "{out}");
}

#[test]
fn coverage_lists_untouched_rules() {
    let (status, out, _) = program("", &["--coverage"]);
    assert_eq!((status, out.as_str()), (0, "1 of 1 expectations hold\nno test touches a.netpol:4\n"));
}

#[test]
fn tap_and_junit_say_the_same() {
    let (status, out, _) = program("  expect deny web -> db on tcp/5432\n", &["--format", "tap"]);
    assert_eq!(status, 1);
    assert!(
        out.starts_with("TAP version 14\n1..2\nok 1 - the database: expect allow web -> db on tcp/5432\n"),
        "{out}"
    );
    assert!(out.contains("\nnot ok 2 - ") && out.ends_with("  ...\n"), "{out}");
    let (status, out, _) = program("  expect deny web -> db on tcp/5432\n", &["--format", "junit"]);
    assert_eq!(status, 1);
    assert!(out.contains("classname=\"the database\""), "{out}");
    assert!(out.contains("tests=\"2\"") && out.contains("failures=\"1\"") && out.contains("a.netpol:10"), "{out}");
}

#[test]
fn flows_are_judged_in_a_cluster() {
    let arguments = ["p.yaml", "--cluster", "c.yaml", "--flows", "f"];
    let files = |flows| [("p.yaml", POLICY), ("c.yaml", CLUSTER), ("f", flows)];
    let (status, out, err) =
        run(&files("ip:192.0.2.1 shop/db TCP 5432 allow v4\nip:192.0.2.1 shop/db TCP 22 v4 allow\n"), &arguments);
    assert_eq!(status, 1, "{err}");
    assert!(
        out.starts_with("FAILED f:2: f\n") && out.contains("no rule allows it, and the pod is closed: p.yaml:"),
        "{out}"
    );
    let (status, out, err) = run(&files("ip:192.0.2.1 shop/db TCP 5432\n"), &arguments);
    assert!(status == 1 && out.is_empty() && err.contains("E0403"), "{err}");
}

#[test]
fn nothing_to_test_is_an_error() {
    let (status, out, err) = run(&[("p.yaml", POLICY)], &["p.yaml"]);
    assert!(status == 1 && out.is_empty() && err.contains("there is nothing to test"), "{err}");
}

#[test]
fn tabs_part_the_words_of_a_flow_in_every_format() {
    let files = [("p.yaml", POLICY), ("c.yaml", CLUSTER), ("f", "ip:192.0.2.1\tshop/db\tTCP\t5432\tallow\n")];
    for format in ["tap", "junit"] {
        let (_, out, err) = run(&files, &["p.yaml", "--cluster", "c.yaml", "--flows", "f", "--format", format]);
        assert!(out.contains("ip:192.0.2.1 shop/db TCP 5432 allow"), "{out}{err}");
    }
}

#[test]
fn flows_that_could_not_fail_are_errors() {
    let program = format!("{PROGRAM}}}\n");
    let check = |flows: &str, expected: &str| {
        let files = [("a.netpol", program.as_str()), ("c.yaml", CLUSTER), ("f", flows)];
        let (status, out, err) = run(&files, &["a.netpol", "--cluster", "c.yaml", "--flows", "f"]);
        assert!(status == 1 && out.is_empty() && err.contains(expected), "{flows}: {out}{err}");
    };
    check("", "error[E0403]: there is no flow in `f`");
    check("# nothing yet\n\n", "error[E0403]: there is no flow in `f`");
    check("ip:192.0.2.1 ip:192.0.2.2 TCP 80 allow\n", "error[E0730]: no pod is at either end of this flow");
    check("ip:192.0.2.1 shop/db TCP 80\n", "error[E0403]");
}

#[test]
fn flows_that_pass_whatever_the_policies_are_test_nothing() {
    let pod = |name: &str, spec: &str, status: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: db}}, ownerReferences: \
             [{{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: u, controller: true}}]}}\nspec: {{nodeName: n1{spec}}}\n\
             status: {{phase: Running, hostIP: 192.168.0.1, {status}}}\n"
        )
    };
    let cluster = [
        pod("db-0", "", "podIPs: [{ip: 10.0.0.2}, {ip: 'fd00::2'}]"),
        pod("db-1", "", "podIPs: [{ip: 10.0.0.3}, {ip: 'fd00::3'}]"),
        pod("host", ", hostNetwork: true", "podIPs: [{ip: 192.168.0.1}]"),
        "---\n{apiVersion: v1, kind: Node, metadata: {name: n2}, status: {addresses: [{type: InternalIP, address: \
         192.168.0.2}]}}\n"
            .to_owned(),
    ]
    .concat();
    let program = "namespace shop\nisolate pods[app=db]\n";
    let check = |flow: &str, expected: Option<&str>| {
        let line = format!("{flow}\n");
        let files = [("a.netpol", program), ("c.yaml", cluster.as_str()), ("f", line.as_str())];
        let (status, out, err) = run(&files, &["a.netpol", "--cluster", "c.yaml", "--flows", "f"]);
        match expected {
            Some(why) => {
                assert!(status == 1 && err.contains("error[E0730]") && err.contains(why), "{flow}: {out}{err}")
            }
            None => assert!(!out.is_empty(), "{flow}: {out}{err}"),
        }
    };
    for verdict in ["allow", "deny"] {
        let itself = |flow: &str| check(&format!("{flow} {verdict}"), Some("a pod always reaches itself"));
        itself("shop/db-0 shop/db-0 tcp/80");
        itself("shop/db-0 ip:10.0.0.2 tcp/80");
        itself("ip:fd00::2 shop/db-0 tcp/80");
        itself("ip:10.0.0.2 ip:10.0.0.2 udp/80");
        let node =
            |flow: &str| check(&format!("{flow} {verdict}"), Some("a pod and its own node always reach each other"));
        node("shop/db-0 node:n1 tcp/80");
        node("ip:192.168.0.1 shop/db-0 tcp/80");
        node("shop/host shop/db-1 tcp/80");
        node("shop/statefulset/db node:n1 tcp/80");
        let no_pod = |flow: &str| check(&format!("{flow} {verdict}"), Some("no pod is at either end"));
        no_pod("ip:203.0.113.9 node:n2 tcp/80");
        no_pod("shop/host ip:203.0.113.9 tcp/80");
        no_pod("node:n2 node:n2 tcp/80");
        let judged = |flow: &str| check(&format!("{flow} {verdict}"), None);
        judged("shop/db-0 shop/db-1 tcp/80");
        judged("shop/db-0 node:n2 tcp/80");
        judged("shop/db-0 shop/statefulset/db tcp/80");
        judged("shop/statefulset/db shop/statefulset/db tcp/80");
    }
}

#[test]
fn what_passes_anyway_is_left_out_where_others_are_judged() {
    let check = |expectation: &str, fails: &[&str]| {
        let pods = "pod a = [app=a] ports http=tcp/80\n pod b = [app=b]";
        let text = format!(
            "namespace shop\nisolate pods\nallow pods -> pods[app=b]\ntest \"t\" {{ {pods}\n {expectation} }}\n"
        );
        let (_, out, err) = run(&[("a.netpol", &text)], &["a.netpol"]);
        let told: Vec<_> = out.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     ")).collect();
        assert_eq!(told.iter().map(|line| line.trim()).collect::<Vec<_>>(), fails, "{expectation}: {out}{err}");
    };
    check("expect deny a, b -> a on tcp/80", &[]);
    check("expect deny a, 203.0.113.9 -> a, 203.0.113.8 on tcp/80", &[]);
    check("expect allow a, b -> b on tcp/80", &[]);
    check("expect deny a, b -> a, b on tcp/80", &["a -> b on tcp/80: allow"]);
    check("expect allow a, b -> a, b on tcp/80", &["b -> a on tcp/80: deny"]);
    // Only a port that is judged has to be there.
    check("expect deny b -> a, b on tcp/http", &[]);
}

#[test]
fn a_pod_and_its_workload_are_judged_by_its_other_pods() {
    let pod = |name: &str, address: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: db}}, ownerReferences: \
             [{{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: u, controller: true}}]}}\nspec: {{nodeName: {name}}}\n\
             status: {{phase: Running, hostIP: 192.168.0.{}, podIPs: [{{ip: {address}}}]}}\n",
            address.rsplit('.').next().unwrap()
        )
    };
    let cluster = [pod("db-0", "10.0.0.2"), pod("db-1", "10.0.0.3")].concat();
    let check = |program: &str, flow: &str, status: i32, told: &str| {
        let program = format!("namespace shop\nisolate pods\n{program}\n");
        let files = [("a.netpol", program.as_str()), ("c.yaml", cluster.as_str()), ("f", flow)];
        let arguments = ["a.netpol", "--cluster", "c.yaml", "--flows", "f", "--coverage"];
        let (found, out, err) = run(&files, &arguments);
        assert!(found == status && out.contains(told), "{flow}: {out}{err}");
        assert!(!out.contains("always reach") && !out.contains("no test touches"), "{flow}: {out}");
    };
    for flow in ["shop/db-0 shop/statefulset/db tcp/80", "shop/statefulset/db node:db-0 tcp/80"] {
        check("", &format!("{flow} deny\n"), 0, "1 of 1 expectations hold\n");
        check("", &format!("{flow} allow\n"), 1, ": deny");
        let all = "allow pods -> any";
        check(all, &format!("{flow} deny\n"), 1, "a rule allows it: a.netpol:3");
        // It is the judged pair that tests the rules.
        check(all, &format!("{flow} allow\n"), 0, "1 of 1 expectations hold\n");
    }
}

#[test]
fn coverage_tells_statements_apart_that_passes_unite() {
    let covers = |program: &str, untouched: &str| {
        let expectation = "test \"t\" { pod a = [app=job] pod db = [app=db] expect allow a -> db on tcp/80 }";
        let text = format!("namespace shop\nisolate ingress pods[app=db]\n{program}\n{expectation}\n");
        let (status, out, err) = run(&[("a.netpol", &text)], &["a.netpol", "--coverage"]);
        assert_eq!(status, 0, "{out}{err}");
        assert_eq!(out, format!("1 of 1 expectations hold\n{untouched}"), "{program}");
    };
    let rule = |from: &str, port: u16| format!("allow ingress {from} -> pods[app=db] on tcp/{port}");
    let job = rule("pods[app=job]", 80);
    let third = "no test touches a.netpol:3\n";
    // Other ports, other peers, and one that the wider rule covers.
    covers(&format!("{}\n{job}", rule("pods[app=job]", 443)), third);
    covers(&format!("{}\n{job}", rule("203.0.113.0/24", 80)), third);
    covers(&format!("{}\n{job}", rule("pods[app=job, x=y]", 80)), third);
    // Both match, whichever covers the other.
    covers(&format!("{}\n{job}", rule("any", 80)), "");
}

#[test]
fn coverage_tells_rules_of_an_object_apart() {
    let policy = format!("{POLICY}  - ports: [{{port: 443}}]\n  - ports: [{{port: 5432}}]\n");
    let files = [("p.yaml", policy.as_str()), ("c.yaml", CLUSTER), ("f", "ip:192.0.2.1 shop/db TCP 5432 allow\n")];
    let (_, out, err) = run(&files, &["p.yaml", "--cluster", "c.yaml", "--flows", "f", "--coverage"]);
    assert_eq!(out, "1 of 1 expectations hold\nno test touches p.yaml:8\n", "{err}");
}

#[test]
fn a_note_tells_that_an_unknown_address_decides() {
    let (status, out, err) =
        program("  pod zero = [app=zero]\n  expect deny zero -> db on tcp/22\n  expect deny zero -> web\n", &[]);
    assert!(!err.contains("N0711"), "{status} {out}{err}");
    let closed = PROGRAM.replace("test \"the", "allow ingress 10.0.0.0/16 -> pods[app=db] on tcp/22\n\ntest \"the");
    let text = format!("{closed}  pod zero = [app=zero]\n  expect deny zero, web -> db on tcp/22\n}}\n");
    let (status, out, err) = run(&[("a.netpol", &text)], &["a.netpol"]);
    assert_eq!((status, out.as_str()), (0, "2 of 2 expectations hold\n"), "{err}");
    assert!(
        err.starts_with("note[N0711]: the address of an end is not known") && err.contains("a.netpol:13:"),
        "{err}"
    );
    let policy = POLICY.replace("ports: [{port: 5432}]", "from: [{ipBlock: {cidr: 10.0.0.0/16}}]");
    let zero = "apiVersion: apps/v1
kind: Deployment
metadata: {name: zero, namespace: shop}
spec: {template: {metadata: {labels: {app: zero}}, spec: {containers: [{name: c}]}}}
";
    let cluster = format!("{CLUSTER}---\n{zero}");
    let flow = "shop/deployment/zero shop/db TCP 80 deny\n";
    let files = [("p.yaml", policy.as_str()), ("c.yaml", &cluster), ("flows", flow)];
    let (status, _, err) = run(&files, &["p.yaml", "--cluster", "c.yaml", "--flows", "flows"]);
    assert!(status == 0 && err.contains("note[N0711]: "), "{err}");
}
