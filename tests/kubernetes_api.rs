//! The judges that other tests rely on, judged: the API server and kubectl are the real ones, strict and fast.

mod support;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::api_server::{ApiServer, network_policies};
use support::kubectl::annotate_local;
use support::refusal::Refusal;

fn policy(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name}, "spec": spec,
    })
}

fn dry_run(spec: &Value) -> Result<(), Refusal> {
    ApiServer::shared().dry_run("default", &policy("judged", spec))
}

/// The fields that the API server refuses in a spec; none when it accepts the spec.
fn refused_fields(spec: &Value) -> Vec<String> {
    let refusal = dry_run(spec).err();
    refusal.into_iter().flat_map(|refusal| refusal.causes).map(|cause| cause.field).collect()
}

#[test]
fn valid_policy_is_accepted() {
    let ports = json!([{"protocol": "TCP", "port": 8000, "endPort": 8100}, {"port": "http"}]);
    let from = json!([{"podSelector": {}, "namespaceSelector": {}}, {"ipBlock": {"cidr": "2001:db8::/32"}}]);
    assert_eq!(dry_run(&json!({"podSelector": {}, "ingress": [{"from": from, "ports": ports}]})), Ok(()));
}

#[test]
fn dry_run_creates_nothing() {
    let server = ApiServer::shared();
    server.dry_run("default", &policy("only-asked", &json!({"podSelector": {}}))).expect("the policy is valid");
    let missing = server.get(&format!("{}/only-asked", network_policies("default")));
    assert_eq!(missing.expect_err("there is no such policy").code, 404);
}

#[test]
fn server_ends_with_its_value() {
    let server = ApiServer::start();
    let port = server.port();
    TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    drop(server);
    TcpStream::connect(("127.0.0.1", port)).expect_err("nothing listens any more");
}

#[test]
fn each_wrong_field_is_named() {
    let spec = json!({
        "podSelector": {"matchLabels": {"app": "-web"}},
        "ingress": [{"ports": [{"port": 70000}]}],
        "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}],
    });
    let mut fields = refused_fields(&spec);
    fields.sort();
    let expected =
        ["spec.egress[0].to[0].ipBlock.except[0]", "spec.ingress[0].ports[0].port", "spec.podSelector.matchLabels"];
    assert_eq!(fields, expected);
}

#[test]
fn ipv4_mapped_cidr_is_refused() {
    let spec = json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "::ffff:10.0.0.0/104"}}]}]});
    assert_eq!(refused_fields(&spec), ["spec.ingress[0].from[0].ipBlock.cidr"]);
}

#[test]
fn unknown_and_duplicate_fields_are_refused() {
    let refusal = dry_run(&json!({"podSelector": {}, "ingres": []})).expect_err("the field is misspelt");
    assert_eq!((refusal.code, refusal.causes), (400, vec![]));
    assert!(refusal.message.contains("unknown field \"spec.ingres\""), "{}", refusal.message);

    let yaml = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: twice}\n\
                spec: {podSelector: {}, podSelector: {matchLabels: {app: web}}}\n";
    let refusal = ApiServer::shared().dry_run_yaml("default", yaml.as_bytes()).expect_err("a key stands twice");
    assert!(refusal.message.contains("\"podSelector\" already set"), "{}", refusal.message);
}

#[test]
fn yaml_is_judged_as_written() {
    let yaml = |value: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: labelled}}\n\
             spec: {{podSelector: {{matchLabels: {{debug: {value}}}}}}}\n"
        )
    };
    let server = ApiServer::shared();
    assert_eq!(server.dry_run_yaml("default", yaml("'on'").as_bytes()), Ok(()));
    let refusal = server.dry_run_yaml("default", yaml("on").as_bytes()).expect_err("on is a boolean in YAML 1.1");
    assert!(refusal.message.contains("cannot unmarshal bool"), "{}", refusal.message);
}

#[test]
fn two_thousand_objects_are_judged_in_seconds() {
    let server = ApiServer::shared();
    server.ensure_namespace("many", &[("team", "retail")]);
    let objects: Vec<_> = (0..2000_u32)
        .map(|number| {
            // Every tenth port is out of range.
            let port = if number % 10 == 0 { 65_536 + number } else { 1 + number };
            let mut object = policy(&format!("p{number}"), &json!({"ingress": [{"ports": [{"port": port}]}]}));
            object["metadata"]["namespace"] = json!("many");
            object
        })
        .collect();
    let start = Instant::now();
    let answers = server.dry_run_all(&objects);
    let elapsed = start.elapsed();
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_err(), number % 10 == 0, "policy {number}: {answer:?}");
    }
    assert_eq!(answers.len(), objects.len());
    println!("2,000 dry runs: {elapsed:?}");
    assert!(elapsed < Duration::from_secs(60), "2,000 dry runs took {elapsed:?}");
}

#[test]
fn pod_gets_the_status_that_a_test_gives_it() {
    let server = ApiServer::shared();
    server.ensure_namespace("pods", &[]);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "labels": {"app": "web"}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "none"}]},
    });
    let collection = "api/v1/namespaces/pods/pods";
    server.create(collection, &pod).expect("the pod is valid");
    let path = format!("{collection}/web-1");
    let addresses = json!([{"ip": "10.1.0.1"}, {"ip": "fd00::1"}]);
    let status = json!({"phase": "Running", "podIP": "10.1.0.1", "podIPs": addresses});
    server.patch_status(&path, &status).expect("the status is valid");
    assert_eq!(server.get(&path).expect("the pod is there")["status"]["podIPs"], addresses);
    server.delete(&path).expect("the pod can be deleted");
    assert_eq!(server.get(&path).expect_err("the pod is gone").code, 404);
}

#[test]
fn kubectl_reads_unquoted_on_as_a_boolean() {
    let service = |value: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  selector:\n    debug: {value}\n---\n")
    };
    let objects = annotate_local(&(service("on") + &service("'on'") + &service("0x1f")));
    let values: Vec<_> = objects.iter().map(|object| &object["spec"]["selector"]["debug"]).collect();
    assert_eq!(values, [&json!(true), &json!("on"), &json!(31)]);
    assert_eq!(objects[0]["metadata"]["annotations"], json!({"netpol.test/read": "yes"}));
}
