use crate::diag::Diagnostics;
use crate::kubernetes::{objects, validate};
use crate::source::Sources;

/// Asserts what the API server has against a policy: code, text under the span, message.
fn check(text: &str, expected: &[&str]) {
    let text = format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n{text}");
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text.as_str());
    let mut diagnostics = Diagnostics::new();
    let objects = objects::read(file, &text, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let found = objects.policies.iter().flat_map(|policy| validate::check(policy).into_sorted());
    let found = found.map(|found| {
        let place = found.primary.as_ref().map_or("", |label| sources.snippet(label.span));
        format!("{} [{place}] {}", found.code.id(), found.message)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
}

fn check_spec(spec: &str, expected: &[&str]) {
    check(&format!("metadata: {{name: a}}\nspec: {spec}"), expected);
}

fn check_port(port: &str, expected: &[&str]) {
    check_spec(&format!("{{egress: [{{ports: [{port}]}}]}}"), expected);
}

fn check_peer(peer: &str, expected: &[&str]) {
    check_spec(&format!("{{ingress: [{{from: [{peer}]}}]}}"), expected);
}

#[test]
fn names() {
    check("metadata: {name: web.1, namespace: shop}", &[]);
    check("metadata: {}", &["E0612 [{}] `metadata.name` is missing, and so is `generateName`"]);
    check("metadata: {name: Web}", &["E0611 [Web] `metadata.name` is not an object's name: `W` is uppercase"]);
    let namespace = "E0611 [a.b] `metadata.namespace` is not a namespace's name: `.` is not allowed";
    check("metadata: {name: a, namespace: a.b}", &[namespace]);
    check("metadata: {generateName: web-}", &[]);
    check(
        "metadata: {generateName: Web-}",
        &[
            "E0611 [{generateName: Web-}] `metadata.name` is not an object's name once it is generated: `W` is uppercase",
            "E0611 [Web-] `metadata.generateName` is not the beginning of a name: `W` is uppercase",
        ],
    );
}

#[test]
fn labels_and_annotations() {
    check(
        "metadata: {name: a, labels: {-a: b, c: d e}}",
        &[
            "E0611 [-a: b] `metadata.labels` has `-a`, which is no label's key: it must begin and end with a letter or digit",
            "E0611 [c: d e] `metadata.labels` has `d e`, which is no label's value: ` ` is not allowed",
        ],
    );
    check("metadata: {name: a, annotations: {Example.com/a: b c}}", &[]);
    let message = "`metadata.annotations` has `a b`, which is no annotation's key: ` ` is not allowed";
    check("metadata: {name: a, annotations: {a b: c}}", &[&format!("E0611 [a b: c] {message}")]);
    let long = "x".repeat(256 << 10);
    let annotations = format!("{{a: {long}}}");
    let message = "`metadata.annotations` take 262145 bytes together, and 262144 are allowed";
    check(
        &format!("metadata: {{name: a, annotations: {annotations}}}"),
        &[&format!("E0611 [{annotations}] {message}")],
    );
}

#[test]
fn owners_and_finalizers() {
    check(
        "metadata: {name: a, finalizers: [orphan, example.com/a], ownerReferences: [{apiVersion: apps/v1, kind: A, name: a, uid: u}]}",
        &[],
    );
    check(
        "metadata: {name: a, ownerReferences: [{apiVersion: apps/, kind: A, name: a}], finalizers: [mine]}",
        &[
            "E0611 [[{apiVersion: apps/, kind: A, name: a}]] `metadata.ownerReferences.apiVersion` must not be empty",
            "E0611 [[{apiVersion: apps/, kind: A, name: a}]] `metadata.ownerReferences.uid` must not be empty",
            "E0611 [mine] `metadata.finalizers[0]` is neither a finalizer of Kubernetes nor one with a domain and `/` before it",
        ],
    );
}

#[test]
fn selectors() {
    let in_selector = |requirement: &str| format!("{{podSelector: {{matchExpressions: [{requirement}]}}}}");
    let path = "`spec.podSelector.matchExpressions[0]";
    check_spec(&in_selector("{key: a, operator: In, values: [b]}"), &[]);
    let expected = format!("E0612 [[]] {path}.values` is missing, and `In` needs one");
    check_spec(&in_selector("{key: a, operator: In, values: []}"), &[&expected]);
    let expected = format!("E0614 [[b]] {path}.values` may not stand beside `Exists`");
    check_spec(&in_selector("{key: a, operator: Exists, values: [b]}"), &[&expected]);
    let expected = format!("E0611 [in] {path}.operator` is `in`, and must be In, NotIn, Exists or DoesNotExist");
    check_spec(&in_selector("{key: a, operator: in, values: [b]}"), &[&expected]);
    let expected = format!(
        "E0611 [-b] {path}.values[1]` is `-b`, which is no label's value: it must begin and end with a letter or digit"
    );
    check_spec(&in_selector("{key: a, operator: In, values: [a, -b]}"), &[&expected]);
}

#[test]
fn ports() {
    check_port("{}, {port: 80, endPort: 80}, {protocol: SCTP, port: http}, {protocol: UDP}", &[]);
    let path = "`spec.egress[0].ports[0]";
    check_port("{port: 0}", &[&format!("E0611 [0] {path}.port` is 0, and must be from 1 to 65535")]);
    check_port(
        "{port: '80'}",
        &[&format!("E0611 ['80'] {path}.port` is `80`, which is no port's name: it has no letter")],
    );
    check_port(
        "{port: 80, endPort: 79}",
        &[&format!("E0611 [79] {path}.endPort` is 79, which is less than `port`, 80")],
    );
    check_port("{endPort: 80}", &[&format!("E0611 [80] {path}.endPort` needs a `port`, and there is none")]);
    check_port(
        "{port: http, endPort: 80}",
        &[&format!("E0611 [80] {path}.endPort` needs a `port` that is a number, and `http` is a name")],
    );
    check_port("{protocol: tcp}", &[&format!("E0613 [tcp] {path}.protocol` is `tcp`, and must be TCP, UDP or SCTP")]);
}

#[test]
fn peers() {
    let path = "`spec.ingress[0].from[0]";
    check_peer("{podSelector: {}}, {namespaceSelector: {}, podSelector: {}}, {ipBlock: {cidr: '::/0'}}", &[]);
    check_peer("{}", &[&format!("E0612 [{{}}] {path}` is empty, and must name a peer")]);
    let both = "{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}";
    check_peer(both, &[&format!("E0614 [{both}] {path}` has an `ipBlock` beside a selector")]);
    check_peer("{ipBlock: {}}", &[&format!("E0612 [{{}}] {path}.ipBlock.cidr` is missing")]);
    let message = "is `10.0.0.0`, which is no CIDR such as 10.9.8.0/24 or 2001:db8::/64";
    check_peer("{ipBlock: {cidr: 10.0.0.0}}", &[&format!("E0611 [10.0.0.0] {path}.ipBlock.cidr` {message}")]);
    let message = "does not lie inside of `cidr`, 10.0.0.0/8, or is all of it";
    for except in ["10.0.0.0/8", "11.0.0.0/16", "fd00::/8"] {
        let expected = format!("E0611 [{except}] {path}.ipBlock.except[0]` {message}");
        check_peer(&format!("{{ipBlock: {{cidr: 10.0.0.0/8, except: [{except}]}}}}"), &[&expected]);
    }
}

#[test]
fn stored_objects_keep_old_spellings() {
    let spec = "spec: {ingress: [{from: [{ipBlock: {cidr: 10.1.2.3/8}}]}]}";
    let message = "`spec.ingress[0].from[0].ipBlock.cidr` is `10.1.2.3/8`: bits are set after the first 8; \
                   write `10.0.0.0/8`, or `10.1.2.3/32` for one address";
    check(&format!("metadata: {{name: a}}\n{spec}"), &[&format!("E0611 [10.1.2.3/8] {message}")]);
    check(&format!("metadata: {{name: a, uid: u}}\n{spec}"), &[&format!("W0601 [10.1.2.3/8] {message}")]);
}

#[test]
fn policy_types() {
    check_spec("{policyTypes: [Egress, Egress]}", &[]);
    let expected = "E0613 [egress] `spec.policyTypes[0]` is `egress`, and must be Ingress or Egress";
    check_spec("{policyTypes: [egress]}", &[expected]);
    let expected = "E0611 [[Egress, Ingress, A]] `spec.policyTypes` has more than two entries";
    check_spec("{policyTypes: [Egress, Ingress, A]}", &[expected]);
}
