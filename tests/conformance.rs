//! What policies mean, as data: every step of every case is judged by the reference evaluator, by the optimized policy,
//! and by the emitted YAML read back.
//!
//! The cases of `k8s-e2e` follow test/e2e/network/netpol of kubernetes/kubernetes; each file names its source. Those of
//! `rules` hold one rule of the API each.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::IpAddr;
use std::path::Path;

use k8s_openapi::api::networking::v1::NetworkPolicy;
use netpol::cluster::{Cluster, Node, load};
use netpol::diag::Diagnostics;
use netpol::emit::kubernetes;
use netpol::ir::eval::{Endpoint, Evaluator, Flow};
use netpol::ir::{Policy, from_kubernetes};
use netpol::kubernetes::field::FieldPath;
use netpol::model::Protocol;
use netpol::opt;
use netpol::source::Sources;
use netpol::span::{FileId, Span};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "source", default)]
    _source: Value,
    #[serde(rename = "variant", default)]
    _variant: Value,
    #[serde(rename = "loopback", default)]
    _loopback: Value,
    #[serde(rename = "notes", default)]
    _notes: Value,
    families: Vec<String>,
    // For the steps without one of their own.
    cluster: Option<Objects>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    description: String,
    #[serde(rename = "actions", default)]
    _actions: Value,
    cluster: Option<Objects>,
    policies: Vec<Value>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objects {
    nodes: Vec<Value>,
    namespaces: Vec<Value>,
    pods: Vec<Value>,
    #[serde(rename = "external", default)]
    _external: Vec<IpAddr>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    #[serde(default)]
    asserted: String,
    #[serde(default)]
    derived: String,
    #[serde(default)]
    node: String,
}

impl Objects {
    fn cluster(&self, case: &str) -> Cluster {
        let items: Vec<&Value> = self.nodes.iter().chain(&self.namespaces).chain(&self.pods).collect();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
        let mut diagnostics = Diagnostics::new();
        let cluster = load::parse("cluster.json", list.to_string().as_bytes(), &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{case}: {diagnostics:?}");
        cluster.unwrap()
    }
}

// `FROM TO PROTO PORT allow|deny [v4|v6]`
struct Line<'a> {
    text: &'a str,
    flow: Flow<'a>,
    allowed: bool,
}

fn line<'a>(text: &'a str, cluster: &'a Cluster, families: &[String]) -> Line<'a> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (from, to, protocol, port, verdict, family) = match words.as_slice() {
        [from, to, protocol, port, verdict] => (from, to, protocol, port, verdict, families.first().unwrap().as_str()),
        [from, to, protocol, port, verdict, family] => (from, to, protocol, port, verdict, *family),
        _ => panic!("not a flow: {text}"),
    };
    let allowed = match *verdict {
        "allow" => true,
        "deny" => false,
        other => panic!("neither allow nor deny: {other}"),
    };
    let end = |word: &&str| endpoint(word, cluster, family == "v4");
    let protocol = Protocol::from_kubernetes(protocol).unwrap();
    let flow = Flow { from: end(from), to: end(to), protocol, port: port.parse().unwrap() };
    Line { text, flow, allowed }
}

fn endpoint<'a>(word: &str, cluster: &'a Cluster, four: bool) -> Endpoint<'a> {
    let pick = |addresses: &[IpAddr]| addresses.iter().copied().find(|address| address.is_ipv4() == four);
    if let Some(address) = word.strip_prefix("ip:") {
        let address: IpAddr = address.parse().unwrap();
        let owner = cluster.pods.iter().find(|pod| !pod.host_network && pod.addresses.contains(&address));
        return Endpoint { address: Some(address), pod: owner, node: None };
    }
    if let Some(name) = word.strip_prefix("node:") {
        let node = cluster.nodes.iter().find(|node| node.name == name).unwrap();
        return Endpoint { address: pick(&node.addresses), pod: None, node: Some(node) };
    }
    let (namespace, name) = word.split_once('/').unwrap();
    let pod = cluster.pods.iter().find(|pod| pod.namespace == namespace && pod.name == name).unwrap();
    let own = |node: &&Node| pod.host_network && pod.node.as_deref() == Some(node.name.as_str());
    Endpoint { address: pick(&pod.addresses), pod: Some(pod), node: cluster.nodes.iter().find(own) }
}

fn nowhere(_: usize, _: &FieldPath) -> Span {
    // Places are not part of a verdict.
    let mut sources = Sources::new();
    Span::new(file(&mut sources), 0, 0)
}

fn file(sources: &mut Sources) -> FileId {
    sources.add("case.yaml", "\n")
}

fn emitted(policy: &Policy, case: &str) -> Policy {
    let mut sources = Sources::new();
    file(&mut sources);
    let (expressed, diagnostics) = kubernetes::express(policy.clone());
    assert!(!diagnostics.has_errors(), "{case}: {diagnostics:?}");
    let mut text = String::new();
    let options = kubernetes::Options::default();
    for object in expressed.unwrap().manifests(&sources, &options).flat_map(|manifest| manifest.objects) {
        kubernetes::append(&mut text, &object);
    }
    let documents = serde_yaml::Deserializer::from_str(&text);
    let objects: Vec<NetworkPolicy> =
        documents.filter_map(|document| Option::deserialize(document).expect("emitted YAML is read back")).collect();
    from_kubernetes::read(&objects, nowhere)
}

// How many flows a step has, and what is wrong.
fn judge(case: &Case, step: &Step) -> (usize, Vec<String>) {
    let cluster = step.cluster.as_ref().or(case.cluster.as_ref()).unwrap().cluster(&case.name);
    let objects: Vec<NetworkPolicy> =
        step.policies.iter().map(|object| serde_json::from_value(object.clone()).unwrap()).collect();
    let policy = from_kubernetes::read(&objects, nowhere);
    let engines = [
        ("evaluator", policy.clone()),
        ("optimized", opt::optimize(policy.clone())),
        ("emitted", emitted(&policy, &case.name)),
    ];
    let lines = [&step.expect.asserted, &step.expect.derived, &step.expect.node];
    let lines: Vec<Line<'_>> =
        lines.iter().flat_map(|text| text.lines()).map(|text| line(text, &cluster, &case.families)).collect();
    assert!(!lines.is_empty(), "{}: {}: a step without a flow", case.name, step.description);
    let mut wrong = Vec::new();
    for (engine, policy) in &engines {
        let evaluator = Evaluator::new(policy, &cluster, "default");
        let others = lines.iter().filter(|line| evaluator.judge(&line.flow).allowed != line.allowed);
        wrong.extend(others.map(|line| format!("{}: {engine}: {}: {}", case.name, step.description, line.text)));
    }
    (lines.len(), wrong)
}

// The cases of a folder, by file; all that is wrong with them is told at once.
fn run(folder: &str) -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(folder);
    let (mut cases, mut steps, mut flows, mut wrong) = (Vec::new(), 0, 0, Vec::new());
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.ends_with("README.md") {
            continue;
        }
        assert!(path.extension().is_some_and(|ending| ending == "yaml"), "{}: nothing reads this", path.display());
        let case: Case = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!case.steps.is_empty(), "{}: a case without a step", path.display());
        for step in &case.steps {
            let (count, lines) = judge(&case, step);
            flows += count;
            wrong.extend(lines);
        }
        steps += case.steps.len();
        cases.push((path.file_name().unwrap().to_string_lossy().into_owned(), case));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    println!("{} cases, {steps} steps, {flows} flows, each judged three times", cases.len());
    assert!(steps > cases.len(), "few steps: are some missing?");
    cases
}

#[test]
fn the_end_to_end_scenarios_of_kubernetes() {
    assert!(run("k8s-e2e").len() >= 57, "are files missing?");
}

#[test]
fn rules_of_the_api() {
    let cases = run("rules");
    for (number, (file, case)) in (1..).zip(&cases) {
        assert!(file.starts_with(&format!("{number:02}-")), "{file}: not of rule {number}");
        assert!(case.name.starts_with(&format!("rule {number}: ")), "{file}: `{}` is not of rule {number}", case.name);
    }
    assert_eq!(cases.len(), 18, "one case for each rule");
}
