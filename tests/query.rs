//! `netpol query` as people run it: its arguments, its inputs, and what it notes beside the answers.

#![allow(clippy::unwrap_used, reason = "tests end by failing")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const CLUSTER: &str = "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: a}}
- {apiVersion: v1, kind: Pod, metadata: {name: db, namespace: a, labels: {app: db}}, spec: {nodeName: n1},
   status: {phase: Running, podIP: 10.0.0.1, hostIP: 192.168.0.1}}
- {apiVersion: v1, kind: Pod, metadata: {name: db6, namespace: a, labels: {app: db}},
   status: {phase: Running, podIP: 'fd00::2'}}
- {apiVersion: v1, kind: Pod, metadata: {name: done, namespace: a}, status: {phase: Succeeded, podIP: 10.0.0.3}}
- {apiVersion: v1, kind: Pod, metadata: {name: host, namespace: a}, spec: {hostNetwork: true, nodeName: n1,
   containers: [{ports: [{name: pg, containerPort: 5432}]}]}, status: {phase: Running, podIP: 192.168.0.1}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: a}, spec: {template: {metadata: {labels:
   {app: web}}, spec: {}}}}
";

// A policy that closes db to all but these peers.
fn policy(peers: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db, namespace: a, uid: x, resourceVersion: '1'}}
spec:
  podSelector: {{matchLabels: {{app: db}}}}
  ingress:
  - from: [{peers}]
"
    )
}

struct Run {
    status: i32,
    out: String,
    err: String,
}

// Runs `netpol` among the cluster and a policy, with a text as its standard input.
fn netpol(peers: &str, input: &str, arguments: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("c.yaml"), CLUSTER).unwrap();
    fs::write(folder.path().join("p.yaml"), policy(peers)).unwrap();
    let nameless = policy(peers).replace(", namespace: a", "");
    fs::write(folder.path().join("nameless.yaml"), nameless).unwrap();
    fs::write(folder.path().join("flows"), "a/db6 a/db TCP 80\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_netpol"));
    command.args(arguments).current_dir(folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that does not read its input may end before.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn query(peers: &str, flow: &str) -> Run {
    let flow: Vec<_> = flow.split(' ').collect();
    netpol(peers, "", &[&["query", "--cluster", "c.yaml", "p.yaml"], flow.as_slice()].concat())
}

fn check(peers: &str, flow: &str, verdict: &str) {
    let Run { out, err, .. } = query(peers, flow);
    let verdicts: Vec<_> = out.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(verdicts.join(" "), verdict, "{peers}: {flow}: {out}{err}");
}

fn block(cidr: &str, except: &str) -> String {
    format!("{{ipBlock: {{cidr: '{cidr}', except: [{except}]}}}}")
}

#[test]
fn exceptions_in_old_spellings_hold() {
    check(&block("::/0", "'2001:00db8::/32'"), "ip:2001:db8::1 a/db6 tcp/80", "deny");
    check(&block("::/0", "'2001:00db8::/32'"), "ip:2001:db9::1 a/db6 tcp/80", "allow");
    check(&block("10.0.0.0/8", "'::ffff:010.1.0.0/112'"), "ip:10.1.0.9 a/db tcp/80", "deny");
}

#[test]
fn an_unknown_address_is_of_the_family_of_the_other_end() {
    for (net, at_db, at_db6) in [("0.0.0.0/0", "allow", "deny"), ("::/0", "deny", "allow")] {
        check(&block(net, ""), "a/deployment/web a/db TCP 80", at_db);
        check(&block(net, ""), "a/deployment/web a/db6 TCP 80 v6", at_db6);
    }
}

#[test]
fn an_unknown_address_may_do_what_all_that_it_may_be_may_do() {
    let web_to_db = "a/deployment/web a/db tcp/80";
    check(&block("0.0.0.0/0", ""), web_to_db, "allow");
    check(&block("0.0.0.0/0", "169.254.169.254/32"), web_to_db, "allow");
    check(&block("0.0.0.0/0", "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"), web_to_db, "deny");
    check(&block("10.0.0.0/8", ""), web_to_db, "deny");
    let all = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(|net| block(net, ""));
    check(&all.join(", "), web_to_db, "allow");
    check(&block("::/0", "'fc00::/7'"), "a/deployment/web a/db6 tcp/80", "deny");
}

#[test]
fn a_note_tells_that_an_unknown_address_decides() {
    let noted = |peers: &str, flow: &str| query(peers, flow).err.contains("N0711");
    assert!(noted(&block("10.0.0.0/8", ""), "a/deployment/web a/db tcp/80"));
    assert!(noted(&block("10.9.0.0/16", ""), "a/deployment/web a/db tcp/80"));
    assert!(noted(&block("0.0.0.0/0", "10.0.0.0/24"), "a/deployment/web a/db tcp/80"));
    assert!(!noted(&block("0.0.0.0/0", ""), "a/deployment/web a/db tcp/80"));
    assert!(!noted(&block("0.0.0.0/0", "169.254.169.254/32"), "a/deployment/web a/db tcp/80"));
    assert!(!noted(&block("203.0.113.0/24", ""), "a/deployment/web a/db tcp/80"));
    assert!(!noted("{podSelector: {}}", "a/deployment/web a/db tcp/80"));
    assert!(!noted(&block("10.9.0.0/16", ""), "a/db6 a/deployment/web tcp/80"));
}

#[test]
fn pods_that_are_done_have_a_note() {
    let run = query("{podSelector: {}}", "a/done a/db tcp/80");
    assert!(run.err.contains("note[N0712]: `a/done` is done"), "{}", run.err);
    assert!(!query("{podSelector: {}}", "a/db a/deployment/web tcp/80").err.contains("N0712"));
}

#[test]
fn pods_tell_the_addresses_of_their_nodes() {
    check(&block("203.0.113.0/24", ""), "ip:192.168.0.1 a/db tcp/80", "allow");
    check(&block("203.0.113.0/24", ""), "node:n1 a/db tcp/80", "allow");
    check(&block("203.0.113.0/24", ""), "ip:192.168.0.2 a/db tcp/80", "deny");
}

#[test]
fn a_flow_can_be_written_in_either_form() {
    let peers = "{podSelector: {}}";
    for flow in ["a/db6 a/db6 TCP 80", "a/db6 a/db6 tcp/80", "a/db6 a/db6 TCP 80 v6", "a/db6 a/db6 tcp/80 v6"] {
        check(peers, flow, "allow");
    }
    let run = netpol(peers, "", &["query", "--cluster", "c.yaml", "p.yaml", "a/db", "a/db"]);
    assert_eq!((run.status, run.out.as_str()), (2, ""), "{}", run.err);
    let both = ["query", "--cluster", "c.yaml", "p.yaml", "--flows", "flows", "a/db", "a/db", "tcp/80"];
    let run = netpol(peers, "", &both);
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(run.err.contains("not both"), "{}", run.err);
}

#[test]
fn an_empty_standard_input_is_no_policy() {
    for input in ["", "\n\n", "# nothing\n---\n# at all\n"] {
        for arguments in [
            &["query", "--cluster", "c.yaml", "-", "a/db6", "a/db", "tcp/80"][..],
            &["reach", "--cluster", "c.yaml", "p.yaml", "-"],
        ] {
            let run = netpol("", input, arguments);
            assert_eq!((run.status, run.out.as_str()), (1, ""), "{input:?}");
            assert!(run.err.contains("error[E0111]"), "{}", run.err);
        }
    }
}

#[test]
fn policies_without_a_namespace_are_noted() {
    let flow = ["a/deployment/web", "a/db", "tcp/80"];
    let ask = |more: &[&str]| netpol("", "", &[&["query", "--cluster", "c.yaml"], more, &flow].concat());
    let run = ask(&["nameless.yaml"]);
    assert!(run.status == 0 && run.err.contains("note[N0710]"), "{}", run.err);
    assert_eq!(ask(&["-n", "a", "nameless.yaml"]).err, "");
    assert_eq!(ask(&["p.yaml"]).err, "");
}

#[test]
fn ports_of_the_host_network_have_no_names() {
    let run = query("{podSelector: {}}", "a/db a/host tcp/pg");
    assert!(run.err.contains("ports of the host network have no names"), "{}", run.err);
    let run = query("{podSelector: {}}", "a/db6 a/db tcp/80 --why");
    assert_eq!(run.status, 1, "{}", run.err);
}

#[test]
fn misspelt_kinds_are_errors() {
    for kind in ["Networkpolicy", "NetworkPolcy"] {
        let text = policy("").replace("kind: NetworkPolicy", &format!("kind: {kind}"));
        let run = netpol("", &text, &["check", "-"]);
        assert_eq!(run.status, 1);
        assert!(run.err.contains("error[E0720]") && run.err.contains("did you mean `NetworkPolicy`?"), "{}", run.err);
    }
    let text = policy("") + "---\napiVersion: networking.k8s.io/v1\nkind: IngressList\nitems: []\n";
    assert_eq!(netpol("", &text, &["check", "-"]).status, 0);
}

#[test]
fn reach_tells_what_it_does_not_show() {
    let note = |end: &str| {
        let run = netpol("{podSelector: {}}", "", &["reach", "--cluster", "c.yaml", "p.yaml", "--from", end]);
        (run.status, run.err.contains("note[N0713]"))
    };
    for end in ["a/host", "a/done", "ip:192.168.0.1", "node:n1"] {
        assert_eq!(note(end), (0, true), "{end}");
    }
    for end in ["a/db", "a/deployment/web", "ip:203.0.113.9", "outside"] {
        assert_eq!(note(end), (0, false), "{end}");
    }
}

#[test]
fn exposure_tells_of_pods_that_a_network_lets_in() {
    let future = |peers: &str| {
        let run = netpol(
            peers,
            "",
            &["reach", "--cluster", "c.yaml", "p.yaml", "--exposure", "--to", "a/db", "--format", "csv"],
        );
        let lines = run.out.lines().filter(|line| line.contains(",future,")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let both = [block("0.0.0.0/0", ""), block("::/0", "")].join(", ");
    assert_eq!(future(&both).len(), 1, "{:?}", future(&both));
    assert!(future(&both).iter().all(|line| line.contains("pods in * at ")));
    let narrow = future(&block("10.1.0.0/16", ""));
    assert!(
        narrow.len() == 1 && narrow.iter().all(|line| line.ends_with(",pods in * at 10.1.0.0/16,all")),
        "{narrow:?}"
    );
    assert!(future(&block("203.0.113.0/24", "")).is_empty());
}

#[test]
fn the_pod_that_took_an_address_is_named() {
    let pod = |name: &str, created: &str, ips: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a, creationTimestamp: '{created}'}}\n\
             status: {{phase: Running, podIPs: [{ips}]}}\n"
        )
    };
    let old = pod("old", "2026-01-01T00:00:00Z", "{ip: 10.0.0.9}, {ip: 'fd00::9'}");
    let cluster = [old, pod("new", "2026-01-02T00:00:00Z", "{ip: 10.0.0.9}")].concat();
    let run = netpol(
        "{podSelector: {}}",
        &cluster,
        &["query", "--cluster", "-", "p.yaml", "a/old", "ip:192.0.2.1", "tcp/80"],
    );
    assert_eq!(run.status, 1, "{}", run.err);
    assert!(
        run.err.contains("error[E0712]") && run.err.contains("`10.0.0.9` of `a/old` is the newer pod `a/new`'s by now"),
        "{}",
        run.err
    );
}

#[test]
fn what_a_program_states_of_a_namespace_counts_where_the_cluster_does_not_tell() {
    let pod = |namespace: &str, name: &str, address: &str| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}}}, status: {{phase: Running, \
             podIP: {address}}}}}\n"
        )
    };
    let run = |namespaces: &str, command: &str, flow: &[&str]| {
        let folder = TempDir::new().unwrap();
        let cluster = [namespaces, &pod("shop", "web", "10.0.0.1"), &pod("ops", "prom", "10.0.0.2")].concat();
        let program = "namespace shop { isolate ingress pods allow pods in namespaces[team=ops] -> pods on tcp/80 }\n\
                       namespace ops [team=ops] { isolate ingress pods }\n";
        fs::write(folder.path().join("c.yaml"), cluster).unwrap();
        fs::write(folder.path().join("a.netpol"), program).unwrap();
        let all = [&[command, "--cluster", "c.yaml", "a.netpol"], flow].concat();
        let output = Command::new(env!("CARGO_BIN_EXE_netpol")).args(all).current_dir(folder.path()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let flow = ["ops/prom", "shop/web", "tcp/80"];
    let untold = "";
    let out = run(untold, "query", &flow);
    assert!(out.contains("ops/prom shop/web TCP 80 allow") && out.contains("N0702"), "{out}");
    let out = run(untold, "check", &[]);
    assert!(!out.contains("W0302"), "{out}");
    let out = run(untold, "reach", &[]);
    assert!(out.contains("ops/prom"), "{out}");
    // What the cluster tells is used.
    let told = "---\n{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {team: other}}}\n";
    assert!(run(told, "check", &[]).contains("W0302"));
}
