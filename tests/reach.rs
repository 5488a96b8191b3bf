//! `netpol reach` as people run it: each view, format and filter, and what it says of wrong arguments.

#![allow(clippy::unwrap_used, reason = "tests end by failing")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const PROGRAM: &str = "namespace shop {
  isolate ingress pods
  isolate egress pods[app=db]
  allow pods[app=web] -> pods[app=db] on tcp/5432
  allow ingress any -> pods[app=web] on tcp/8080
  allow ingress pods[app=scraper] in namespaces[team=ops] -> pods[app=web] on tcp/9090
}
";

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: scraper, namespace: ops}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{namespaceSelector: {}}]
";

const CLUSTER: &str = "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
- {apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {team: ops}}}
- {apiVersion: v1, kind: Pod, metadata: {name: web-1, namespace: shop, labels: {app: web}},
   status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}}
- {apiVersion: v1, kind: Pod, metadata: {name: db-1, namespace: shop, labels: {app: db}},
   status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: scraper, namespace: ops}, spec: {selector: {matchLabels:
   {app: scraper}}, template: {metadata: {labels: {app: scraper}}, spec: {containers: [{name: c}]}}}}
";

// Names that no API server takes, but a file may hold.
const ODD: &str = r#"apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: "=SUM(1,2)"}}
- {apiVersion: v1, kind: Pod, metadata: {name: 'a"b\n<i>#1', namespace: "=SUM(1,2)"},
   status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}}
"#;

// Runs `netpol reach` on all of the above: exit status, standard output, standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let files = [("shop.netpol", PROGRAM), ("ops.yaml", POLICY), ("cluster.yaml", CLUSTER), ("odd.yaml", ODD)];
    among(&files, &[&["shop.netpol", "ops.yaml"], arguments].concat())
}

// Runs it in a folder of these files.
fn among(files: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut netpol = Command::new(env!("CARGO_BIN_EXE_netpol"));
    netpol.arg("reach").args(arguments).current_dir(folder.path());
    let output = netpol.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn shown(arguments: &[&str]) -> String {
    let (status, out, err) = run(&[&["--cluster", "cluster.yaml"], arguments].concat());
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    out
}

fn refused(arguments: &[&str]) -> (i32, String) {
    let (status, out, err) = run(arguments);
    assert_eq!(out, "");
    (status, err)
}

#[test]
fn the_table_shows_every_way_that_is_open() {
    let expected = "\
FROM                    TO                      PORTS
ops/deployment/scraper  ops/deployment/scraper  all
ops/deployment/scraper  shop/web-1              tcp/8080, tcp/9090
shop/web-1              ops/deployment/scraper  all
shop/web-1              outside                 all
shop/web-1              shop/db-1               tcp/5432
outside                 ops/deployment/scraper  all
outside                 shop/web-1              tcp/8080
";
    assert_eq!(shown(&[]), expected);
}

#[test]
fn filters_hold_together() {
    let rows = |arguments: &[&str]| -> Vec<String> {
        let table = shown(arguments);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        table.lines().skip(1).map(words).collect()
    };
    assert_eq!(rows(&["--to", "shop/db-1"]), ["shop/web-1 shop/db-1 tcp/5432"]);
    let scraper = ["ops/deployment/scraper shop/web-1 tcp/8080, tcp/9090"];
    assert_eq!(rows(&["--from", "ops", "--to", "shop"]), scraper);
    assert_eq!(rows(&["--from", "ops/deployment/scraper", "--to", "ip:10.0.0.1"]), scraper);
    let inward = ["outside shop/web-1 tcp/8080"];
    assert_eq!(rows(&["--from", "outside", "--namespace", "shop"]), inward);
    assert_eq!(rows(&["--from", "ip:203.0.113.9", "--port", "tcp/8080", "--to", "shop"]), inward);
    assert_eq!(rows(&["--port", "9090", "--to", "shop"]), ["ops/deployment/scraper shop/web-1 tcp/9090"]);
    assert_eq!(shown(&["--port", "udp", "--to", "shop"]), "nothing reaches anything\n");
}

#[test]
fn exposure_counts_what_may_come() {
    let expected = "\
reachable from outside
WORKLOAD                FROM     PORTS
ops/deployment/scraper  outside  all
shop/web-1              outside  tcp/8080

reachable from other namespaces
WORKLOAD                FROM  PORTS
ops/deployment/scraper  shop  all
shop/web-1              ops   tcp/8080, tcp/9090

reachable by pods yet to be made
WORKLOAD                FROM                                       PORTS
ops/deployment/scraper  pods in *                                  all
shop/db-1               pods[app=web] in shop                      tcp/5432
shop/web-1              pods in *                                  tcp/8080
shop/web-1              pods[app=scraper] in namespaces[team=ops]  tcp/9090
";
    assert_eq!(shown(&["--exposure"]), expected);
    let csv = "\
workload,open_to,from,ports
shop/db-1,future,pods[app=web] in shop,tcp/5432
";
    assert_eq!(shown(&["--exposure", "--to", "shop/db-1", "--format", "csv"]), csv);
    let value: serde_json::Value = serde_json::from_str(&shown(&["--exposure", "--format", "json"])).unwrap();
    assert_eq!(value[2]["namespaces"][0], serde_json::json!({"from": "ops", "ports": ["tcp/8080", "tcp/9090"]}));
}

// What of pods yet to be made reaches `shop/web-1` by these rules, where web-1 has this address.
fn future(rules: &str, address: &str) -> Vec<String> {
    let program = format!("namespace shop\nisolate ingress pods\n{rules}\n");
    let cluster = format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: web-1, namespace: shop, labels: {{app: web}}}}
spec: {{containers: [{{name: c, ports: [{{name: ssh, containerPort: 22}}]}}]}}
status: {{phase: Running, podIP: {address}}}
"
    );
    let files = [("shop.netpol", program.as_str()), ("cluster.yaml", &cluster)];
    let (status, out, err) =
        among(&files, &["shop.netpol", "--cluster", "cluster.yaml", "--exposure", "--format", "csv"]);
    assert_eq!(status, 0, "{out}{err}");
    let rows = out.lines().filter_map(|line| line.strip_prefix("shop/web-1,future,"));
    rows.map(|row| row.replace('"', "")).collect()
}

#[test]
fn pods_yet_to_be_made_may_be_where_the_pods_of_the_cluster_are() {
    let row = ["pods in * at 30.0.0.0/16,all"];
    assert_eq!(future("allow 30.0.0.0/16 -> pods", "30.0.0.2"), row);
    assert_eq!(future("allow 30.0.0.0/16 -> pods", "10.0.0.2"), [""; 0]);
}

#[test]
fn pods_yet_to_be_made_are_less_those_that_a_rule_denies() {
    let check = |rules: &str, expected: &[&str]| assert_eq!(future(rules, "10.0.0.2"), expected, "{rules}");
    let all = "allow pods in * -> pods";
    check(
        &format!("{all} on tcp/22-23\ndeny pods[app=bad] in * -> pods on tcp/22"),
        &["pods in *,tcp/23", "pods in * except pods[app=bad] in *,tcp/22"],
    );
    check(
        &format!("{all} on tcp/22-23\ndeny pods[app=bad] -> pods on tcp/ssh\ndeny 10.0.5.0/24 -> pods"),
        &["pods in * except (pods[app=bad] in shop, 10.0.5.0/24),tcp/22", "pods in * except 10.0.5.0/24,tcp/23"],
    );
    check("allow 10.0.0.0/8 -> pods\ndeny 10.0.5.0/24 -> pods", &["pods in * at 10.0.0.0/8 except 10.0.5.0/24,all"]);
    check(
        &format!("{all}\ndeny any except pods[app=ok] -> pods"),
        &["pods in * except (any except pods[app=ok] in shop),all"],
    );
    check(
        "allow pods -> pods\ndeny 10.0.5.0/24, 10.0.7.0/24 -> pods",
        &["pods in shop except (10.0.5.0/24, 10.0.7.0/24),all"],
    );
    check("allow 10.0.0.0/9, 203.0.113.0/24 -> pods\ndeny 10.0.0.0/8 -> pods", &[]);
    // A deny that is about none of them, one that is about all, and one about where no pod will be.
    check("allow pods[app=a] -> pods\ndeny pods[app=b] -> pods", &["pods[app=a] in shop,all"]);
    check("allow pods[app=a] -> pods\ndeny pods in * -> pods", &[]);
    check(&format!("{all}\ndeny 203.0.113.0/24 -> pods"), &["pods in *,all"]);
}

#[test]
fn a_note_tells_that_an_unknown_address_decides() {
    let noted = |rules: &str, arguments: &[&str]| {
        let program = format!("namespace ops\nisolate ingress pods\n{rules}\n");
        let files = [("ops.netpol", program.as_str()), ("cluster.yaml", CLUSTER)];
        let (status, out, err) = among(&files, &[&["ops.netpol", "--cluster", "cluster.yaml"], arguments].concat());
        assert_eq!(status, 0, "{out}{err}");
        err
    };
    let to_itself = ["--from", "ops", "--to", "ops"];
    let told = "note[N0711]: the address of an end is not known, and a network in the rules decides what is open from \
                `ops/deployment/scraper` to `ops/deployment/scraper`\n";
    assert!(noted("allow 10.0.0.0/16 -> pods", &to_itself).starts_with(told));
    // Around the network of the pods that run.
    assert!(noted("allow 0.0.0.0/0 except 10.0.0.0/24 -> pods", &to_itself).starts_with(told));
    for rules in ["allow 0.0.0.0/0 -> pods", "allow 0.0.0.0/0 except 169.254.169.254/32 -> pods", "allow pods -> pods"]
    {
        assert_eq!(noted(rules, &to_itself), "", "{rules}");
    }
    // What was not asked for has no note: another port, and ends whose addresses are known.
    let rules = "allow 10.0.0.0/16 -> pods on tcp/80";
    assert!(noted(rules, &["--port", "80"]).contains("N0711"));
    assert_eq!(noted(rules, &["--port", "81"]), "");
    assert_eq!(noted(rules, &["--from", "shop"]), "");
}

#[test]
fn every_format_says_the_same() {
    let to_web = |format| shown(&["--to", "shop/web-1", "--from", "ops", "--format", format]);
    let csv = "from,to,family,ports\nops/deployment/scraper,shop/web-1,,tcp/8080 tcp/9090\n";
    assert_eq!(to_web("csv"), csv);
    let value: serde_json::Value = serde_json::from_str(&to_web("json")).unwrap();
    let connection = serde_json::json!([{
        "from": "ops/deployment/scraper", "to": "shop/web-1", "family": null, "ports": ["tcp/8080", "tcp/9090"],
    }]);
    assert_eq!(value["connections"], connection);
    let ends = serde_json::json!([
        {"name": "ops/deployment/scraper", "pods": []},
        {"name": "shop/web-1", "pods": ["web-1"]},
    ]);
    assert_eq!(value["workloads"], ends);
    let dot = to_web("dot");
    assert!(dot.starts_with("digraph reach {\n") && dot.ends_with("}\n"), "{dot}");
    assert!(dot.contains("\"ops/deployment/scraper\" -> \"shop/web-1\" [label=\"tcp/8080, tcp/9090\"];"), "{dot}");
    let mermaid = to_web("mermaid");
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    assert!(mermaid.contains("w0 -->|\"tcp/8080, tcp/9090\"| w2\n"), "{mermaid}");
}

#[test]
fn graphs_draw_what_is_asked_for_and_its_other_ends() {
    let boxes = |arguments: &[&str]| -> Vec<String> {
        let dot = shown(&[arguments, &["--format", "dot"]].concat());
        let names = dot.lines().filter_map(|line| line.strip_prefix("    \"")?.split('"').next());
        names.map(str::to_owned).collect()
    };
    let all = ["ops/deployment/scraper", "shop/db-1", "shop/web-1"];
    assert_eq!(boxes(&[]), all);
    assert_eq!(boxes(&["--port", "5432"]), all);
    assert_eq!(boxes(&["--to", "shop/db-1"]), ["shop/db-1", "shop/web-1"]);
    // It has no way to anywhere, which a graph without it would not tell.
    assert_eq!(boxes(&["--from", "shop/db-1"]), ["shop/db-1"]);
    assert_eq!(boxes(&["--namespace", "ops"]), ["ops/deployment/scraper", "shop/web-1"]);
    let mermaid = shown(&["--to", "shop/db-1", "--format", "mermaid"]);
    let expected = r#"flowchart LR
  subgraph ns0["shop"]
    w1["db-1"]
    w2["web-1"]
  end
  w2 -->|"tcp/5432"| w1
"#;
    assert_eq!(mermaid, expected);
}

#[test]
fn odd_names_stay_names() {
    let odd = |arguments: &[&str]| {
        let (status, out, err) = run(&[&["--cluster", "odd.yaml", "--to", "outside"], arguments].concat());
        assert_eq!(status, 0, "{err}");
        out
    };
    // A spreadsheet takes a cell that begins with `=` for a formula, with quotes or without.
    let csv = r#"from,to,family,ports
"'=SUM(1,2)/a""b\n<i>#1",outside,,all
"#;
    assert_eq!(odd(&["--format", "csv"]), csv);
    let (_, exposed, _) = run(&["--cluster", "odd.yaml", "--exposure", "--format", "csv"]);
    assert!(exposed.contains("\n\"'=SUM(1,2)/a") && !exposed.contains("\"="), "{exposed}");
    let dot = r#"digraph reach {
  rankdir=LR;
  node [shape=box];
  subgraph "cluster_=SUM(1,2)" {
    label="=SUM(1,2)";
    "=SUM(1,2)/a\"b\\n<i>#1" [label="a\"b\\n<i>#1"];
  }
  "outside" [shape=ellipse];
  "=SUM(1,2)/a\"b\\n<i>#1" -> "outside" [label="all"];
}
"#;
    assert_eq!(odd(&["--format", "dot"]), dot);
    // Mermaid reads HTML, its own codes behind `#`, and `\n` in a label.
    let mermaid = r#"flowchart LR
  subgraph ns0["=SUM(1,2)"]
    w0["a#34;b#92;n#60;i#62;#35;1"]
  end
  o0(["outside"])
  w0 -->|"all"| o0
"#;
    assert_eq!(odd(&["--format", "mermaid"]), mermaid);
}

#[test]
fn wrong_arguments_are_told() {
    let (status, text) = refused(&[]);
    assert_eq!((status, text.as_str()), (2, "error: `--cluster FILE|DIR` tells which pods there are\n"));
    let wrong = |arguments: &[&str]| refused(&[&["--cluster", "cluster.yaml"], arguments].concat());
    let (status, text) = wrong(&["--from", "shop/wbe-1", "--to", "shp", "--namespace", "opss"]);
    assert_eq!(status, 1);
    for part in ["did you mean `shop/web-1`?", "no namespace `shp`", "did you mean `ops`?", "3 errors"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (status, text) = wrong(&["--port", "icmp"]);
    assert!(status == 2 && text.contains("a port is written"), "{text}");
    let (status, text) = wrong(&["--exposure", "--format", "dot"]);
    assert_eq!((status, text.as_str()), (2, "error: `--exposure` is printed as a table, JSON or CSV\n"));
    let (status, text) = refused(&["--cluster", "nowhere.yaml"]);
    assert!(status == 1 && text.contains("nowhere.yaml"), "{text}");
}
