//! The real API server judges what netpol's own validation judges: hundreds of broken objects, the same answer, the
//! same fields.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests end a test by failing it")]

mod support;

use std::collections::BTreeSet;

use netpol::diag::Diagnostics;
use netpol::kubernetes::{objects, validate};
use netpol::source::Sources;
use serde_json::{Value, json};
use support::api_server::ApiServer;
use support::refusal::Refusal;

/// What is said of an object.
#[derive(Debug, PartialEq)]
enum Answer {
    Accepted,
    /// It cannot be read: these unknown fields, or none where a type is wrong or a key stands twice.
    Unreadable(BTreeSet<String>),
    /// It can be read, and these fields are invalid, each with its reason.
    Invalid(BTreeSet<(String, String)>),
}

fn ours(text: &str) -> Answer {
    let mut diagnostics = Diagnostics::new();
    let file = Sources::new().add("a.yaml", text);
    let objects = objects::read(file, text, &mut diagnostics);
    if diagnostics.has_errors() {
        let unknown = diagnostics.iter().filter_map(|found| found.message.strip_prefix("there is no field `"));
        let mut unknown: BTreeSet<_> = unknown.map(|rest| rest.trim_end_matches('`').to_owned()).collect();
        if diagnostics.iter().any(|found| found.code.id() != "E0607") {
            unknown.clear();
        }
        return Answer::Unreadable(unknown);
    }
    let [policy] = objects.policies.as_slice() else { panic!("one policy: {text}") };
    let errors = validate::validate(&policy.object);
    assert_eq!(errors.is_empty(), !validate::check(policy).has_errors(), "{text}");
    let fields = errors.iter().map(|error| (error.field.to_string(), error.reason.kubernetes().to_owned()));
    answer_of(fields.collect())
}

fn theirs(answer: Result<(), Refusal>) -> Answer {
    let Err(refusal) = answer else { return Answer::Accepted };
    if refusal.code == 422 {
        return answer_of(refusal.causes.into_iter().map(|cause| (cause.field, cause.reason)).collect());
    }
    assert_eq!(refusal.code, 400, "{refusal:?}");
    let unknown = refusal.message.split("unknown field \"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut unknown: BTreeSet<_> = unknown.map(str::to_owned).collect();
    // With a wrong type or a repeated key, which of the unknown fields are told depends on their order.
    if refusal.message.contains("cannot unmarshal") || refusal.message.contains("already set") {
        unknown.clear();
    }
    Answer::Unreadable(unknown)
}

fn answer_of(fields: BTreeSet<(String, String)>) -> Answer {
    if fields.is_empty() { Answer::Accepted } else { Answer::Invalid(fields) }
}

/// Has all objects judged by both.
fn check_all(objects: &[Value]) {
    let answers = ApiServer::shared().dry_run_all(objects);
    check(&objects.iter().map(Value::to_string).collect::<Vec<_>>(), answers);
}

/// Shows where our answers differ from the API server's.
fn check(texts: &[String], answers: Vec<Result<(), Refusal>>) {
    assert_eq!(texts.len(), answers.len());
    let difference = |(text, answer): (&String, Result<(), Refusal>)| {
        let said = answer.as_ref().err().map(|refusal| refusal.message.clone());
        let (ours, theirs) = (ours(text), theirs(answer));
        (ours != theirs).then(|| format!("{text}\n  ours:   {ours:?}\n  theirs: {theirs:?} {said:?}"))
    };
    let differing: Vec<_> = texts.iter().zip(answers).filter_map(difference).collect();
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), texts.len(), differing.join("\n"));
}

fn policy(metadata: &Value, spec: &Value) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
}

fn with_spec(spec: &Value) -> Value {
    policy(&json!({"name": "judged"}), spec)
}

/// Valid objects that together have every field that people write.
fn seeds() -> Vec<Value> {
    let metadata = json!({
        "name": "judged", "generateName": "judged-", "labels": {"app.kubernetes.io/name": "web"},
        "annotations": {"example.com/note": "any text"}, "finalizers": ["example.com/hold"],
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "1", "controller": true}],
    });
    let spec = json!({
        "podSelector": {
            "matchLabels": {"app": "web"},
            "matchExpressions": [{"key": "tier", "operator": "In", "values": ["edge", "core"]}],
        },
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{
            "ports": [{"protocol": "TCP", "port": 8000, "endPort": 8100}, {"port": "http"}],
            "from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}, {"podSelector": {}}],
        }],
        "egress": [{
            "ports": [{"protocol": "UDP"}],
            "to": [{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}, "podSelector": {}}],
        }],
    });
    vec![policy(&metadata, &json!({})), with_spec(&spec)]
}

/// The JSON pointers of everything inside of `value` that may be changed.
fn pointers(value: &Value, pointer: &str, out: &mut Vec<String>) {
    let inner: Vec<_> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.replace('/', "~1"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in inner {
        let pointer = format!("{pointer}/{step}");
        // What the object is decides who reads it; the rest is judged.
        if !matches!(pointer.as_str(), "/apiVersion" | "/kind") {
            pointers(value, &pointer, out);
            out.push(pointer);
        }
    }
}

fn set(object: &Value, pointer: &str, value: Value) -> Value {
    let mut object = object.clone();
    *object.pointer_mut(pointer).expect("the pointer was found in this object") = value;
    object
}

#[test]
fn every_field_with_odd_values() {
    let odd = json!([
        null, true, 5, 0, -1, 70000, 5_000_000_000_i64, 1.5, "", "x", "-x", "a b", "Ingress", "10.2.0.0/16", "80",
        "x".repeat(64), "x/y", "x/y/z", [], {}, [null], ["x"], [{}], [5], {"x": "y"}, {"x": null}, {"-x": "-y"}, {"x": 5},
    ]);
    let mut objects = seeds();
    for seed in seeds() {
        let mut found = Vec::new();
        pointers(&seed, "", &mut found);
        for pointer in &found {
            objects.extend(odd.as_array().into_iter().flatten().map(|value| set(&seed, pointer, value.clone())));
        }
    }
    assert!(objects.len() > 1000, "{} objects", objects.len());
    check_all(&objects);
}

#[test]
fn every_mapping_with_an_unknown_field() {
    let mut objects = Vec::new();
    for seed in seeds() {
        let mut found = vec![String::new()];
        pointers(&seed, "", &mut found);
        for pointer in found {
            let Some(Value::Object(map)) = seed.pointer(&pointer) else { continue };
            let mut map = map.clone();
            map.insert("unknown".to_owned(), json!("x"));
            objects.push(set(&seed, &pointer, Value::Object(map.clone())));
            // A field in the wrong case is another field.
            if let Some((key, value)) = map.clone().iter().rev().nth(1) {
                map.shift_remove(key);
                map.insert(key.to_uppercase(), value.clone());
                objects.push(set(&seed, &pointer, Value::Object(map)));
            }
        }
    }
    check_all(&objects);
}

#[test]
fn cidrs_and_their_exceptions() {
    const CIDRS: &str = "10.0.0.0/8 10.0.0.1/8 10.0.0.0/08 010.0.0.0/8 10.00.0.0/8 10.0.0.0 10.0.0/8 10.0.0.0/33 10.0.0.0/-1 \
                         10.0.0.0/+8 10.0.0.0/8/8 0.0.0.0/0 0/0 1.2.3.4/32 1.2.3.256/32 10.0.0.0/24 10.1.0.0/16 ::/0 ::/00 \
                         ::1/128 ::1/64 2001:db8::/32 2001:DB8::/32 2001:0db8::/32 2001:00db8::/32 2001:db8:0:0::/64 \
                         2001:db8:0:0:0:0:0:0/64 2001:db8::0:0:0:0:0:0/64 1:2:3:4:5:6:7:8/128 1:2:3:4:5:6:7::/112 \
                         1:2:3:4:5:6:7:8::/128 ::ffff:10.0.0.0/104 ::ffff:10.0.0.0/90 ::ffff:a00:0/104 ::10.0.0.0/104 \
                         ::ffff:10.0.0.0/129 fe80::1%eth0/64 fe80::/10 fd00::/8 :::/0 1::2::3/64 g::/16 /8 10.0.0.0/ x/8 ::/129";
    let cidrs: Vec<_> = CIDRS.split_whitespace().chain(["", " 10.0.0.0/8", "10.0.0.0/8 "]).collect();
    let mut objects = Vec::new();
    for cidr in &cidrs {
        objects.push(with_spec(&json!({"egress": [{"to": [{"ipBlock": {"cidr": cidr}}]}]})));
        for except in &cidrs {
            let block = json!({"cidr": cidr, "except": ["10.2.0.0/15", except]});
            objects.push(with_spec(&json!({"ingress": [{"from": [{"ipBlock": block}]}]})));
        }
    }
    check_all(&objects);
}

#[test]
fn names_of_everything() {
    let long = |length: usize| "x".repeat(length);
    let names =
        "a A 0 a-b a_b a.b a..b .a a. -a a- a-- a--b - -- a/b a/b/c /a a/ A.b/c a.B/c é a$ a:b a@b web.example.com";
    let lengths = [15, 16, 58, 59, 63, 64, 253, 254, 317].map(long);
    let names = names.split(' ').map(str::to_owned).chain(lengths).chain([format!("{}/{}", long(63), long(63))]);
    let mut objects = Vec::new();
    for name in names {
        objects.push(policy(&json!({"name": name}), &json!({})));
        objects.push(policy(&json!({"generateName": name}), &json!({})));
        objects.push(policy(&json!({"name": "a", "labels": {&name: "x"}}), &json!({})));
        objects.push(policy(&json!({"name": "a", "labels": {"x": name}}), &json!({})));
        objects.push(policy(&json!({"name": "a", "annotations": {&name: name}}), &json!({})));
        objects.push(policy(&json!({"name": "a", "finalizers": [name]}), &json!({})));
        objects.push(with_spec(&json!({"podSelector": {"matchLabels": {&name: name}}})));
        let expression = json!({"key": name, "operator": "NotIn", "values": [name]});
        objects.push(with_spec(&json!({"podSelector": {"matchExpressions": [expression]}})));
        objects.push(with_spec(&json!({"ingress": [{"ports": [{"port": name}]}]})));
        objects.push(with_spec(&json!({"ingress": [{"ports": [{"port": name, "endPort": 80}]}]})));
        let owner = json!({"apiVersion": name, "kind": name, "name": name, "uid": name, "controller": true});
        let mut other = owner.clone();
        other["uid"] = json!("other");
        for owners in [json!([owner]), json!([owner, owner]), json!([owner, other])] {
            objects.push(policy(&json!({"name": "a", "ownerReferences": owners}), &json!({})));
        }
    }
    for finalizers in [json!(["orphan", "foregroundDeletion"]), json!(["kubernetes"])] {
        objects.push(policy(&json!({"name": "a", "finalizers": finalizers}), &json!({})));
    }
    let event = json!({"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"});
    objects.push(policy(&json!({"name": "a", "ownerReferences": [event]}), &json!({})));
    for size in [262_143, 262_144] {
        objects.push(policy(&json!({"name": "a", "annotations": {"x": long(size)}}), &json!({})));
    }
    check_all(&objects);
}

#[test]
fn combinations_of_ports_peers_and_types() {
    let some = |values: Value| values.as_array().cloned().unwrap_or_default();
    let mut specs = Vec::new();
    for port in some(json!([null, 0, 1, 80, 65535, 65536, -80, "http", "80", ""])) {
        for last in some(json!([null, 0, 79, 80, 81, 65535, 65536])) {
            for protocol in some(json!([null, "TCP", "tcp", ""])) {
                let port = json!({"port": port, "endPort": last, "protocol": protocol});
                specs.push(json!({"ingress": [{"ports": [port]}]}));
            }
        }
    }
    for pods in some(json!([null, {}, {"matchLabels": {"-": ""}}])) {
        for namespaces in some(json!([null, {}, {"matchExpressions": [{}]}])) {
            for block in some(json!([null, {}, {"cidr": "::/0"}, {"cidr": "::/0", "except": null}])) {
                let peer = json!({"podSelector": pods, "namespaceSelector": namespaces, "ipBlock": block});
                specs.push(json!({"egress": [{"to": [{"podSelector": {}}, peer]}]}));
            }
        }
    }
    for operator in ["In", "NotIn", "Exists", "DoesNotExist", "in", "Gt", ""] {
        for values in some(json!([null, [], ["a"], [""], ["a", "-"]])) {
            let expression = json!({"key": "a", "operator": operator, "values": values});
            specs.push(json!({"podSelector": {"matchExpressions": [expression]}}));
        }
    }
    let types = json!([
        null,
        [],
        ["Ingress"],
        ["Egress"],
        ["Egress", "Egress"],
        ["ingress"],
        ["Ingress", "x"],
        [""],
        ["a", "b", "c"]
    ]);
    specs.extend(some(types).iter().map(|types| json!({"policyTypes": types})));
    check_all(&specs.iter().map(with_spec).collect::<Vec<_>>());
}

#[test]
fn text_as_it_stands() {
    let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: judged\n";
    let selected = |value: &str| format!("spec: {{podSelector: {{matchLabels: {{a: {value}}}}}}}");
    let words = "on y n yes no off true null ~ 1 1.5 1e3 0x1f 012 2027-01-01 1:30 = 'on' \"1\" web 1_000 .5 1.2.3";
    let ports = "80 0x50 080 0120 8_0 1e2 80.0 80.5 8e-1 '80' http on ~ 65536 -1 0b11 99999999999 +80";
    let port = |value: &str| format!("spec: {{ingress: [{{ports: [{{port: {value}, endPort: {value}}}]}}]}}");
    let key = |key: &str| format!("spec: {{podSelector: {{matchLabels: {{{key}: a}}}}}}");
    let mut texts: Vec<String> = Vec::new();
    texts.extend(words.split(' ').map(selected));
    texts.extend(["!!str on", "!!int '5'"].map(selected));
    texts.extend(words.split(' ').filter(|word| !matches!(*word, "null" | "~")).map(key));
    texts.extend(ports.split(' ').chain(["!!str 80", "!!int '80'"]).map(port));
    texts.extend(
        [
            "spec:\nspec:\n",
            "spec: {podSelector: {}, podSelector: {}}",
            "spec: {ingress: [], 'ingress': []}",
            "spec: {ingress: [{from: [], from: []}]}",
            "spec: {podSelector: {matchLabels: {a: b, a: b}}}",
            "spec: {ingress: [&rule {ports: [{port: 80}]}, *rule], egress: [*rule]}",
            "spec: {ingress: [&rule {ports: [{port: 0}]}, {<<: *rule, from: [{}]}]}",
            "spec: {ingres: [], egres: [], podSelector: {matchlabels: {}}}",
            "spec: {ingres: [], egress: {}}",
            "spec: {? podSelector : {}}",
            "spec: [podSelector]",
            "spec: ''",
            "status: {}",
            "status:\nSpec: {}",
            "spec: {ingress: [{from: {podSelector: {}}}]}",
            "spec:\n  ingress:\n  - from:\n    - podSelector: {}\n    - namespaceSelector: {}\n  policyTypes: [Ingress]",
            "spec: {podSelector: {matchLabels: [a]}}",
            "spec: {podSelector: {matchExpressions: {key: a}}}",
            "spec: {ingress: [{ports: [80]}]}",
            "spec: {ingress: [{ports: {port: 80}}]}",
            "spec: {ingress: [{from: [10.0.0.0/8]}]}",
            "spec: {ingress: [{from: [{ipBlock: 10.0.0.0/8}]}]}",
            "spec: {ingress: [{from: [{ipBlock: {cidr: [10.0.0.0/8]}}]}]}",
        ]
        .map(str::to_owned),
    );
    let texts: Vec<_> = texts.iter().map(|text| format!("{head}{text}")).collect();
    let answers: Vec<_> =
        texts.iter().map(|text| ApiServer::shared().dry_run_yaml("default", text.as_bytes())).collect();
    check(&texts, answers);
}
