use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Objects, read};
use crate::diag::Diagnostics;
use crate::kubernetes::field::FieldPath;
use crate::source::Sources;

const HEAD: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n";

fn objects(text: &str) -> (Objects, Vec<String>) {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let objects = read(file, text, &mut diagnostics);
    let findings = diagnostics.iter().map(|found| {
        let place = found.primary.as_ref().map_or("", |label| sources.snippet(label.span));
        format!("{} [{place}] {} {}", found.code.id(), found.message, found.help.join("; ")).trim_end().to_owned()
    });
    (objects, findings.collect())
}

/// Asserts what is found in a policy with this spec: code, text under the span, message, help.
fn check(spec: &str, expected: &[&str]) {
    let (objects, findings) = objects(&format!("{HEAD}{spec}"));
    assert_eq!(findings, expected, "{spec}");
    assert_eq!(objects.policies.len(), usize::from(expected.is_empty()), "{spec}");
}

#[test]
fn null_is_the_empty_value() {
    check("spec: {podSelector: null, ingress: [null, {from: null, ports: [null]}], policyTypes: null}", &[]);
    check("spec:\nmetadata2:", &["E0607 [metadata2] there is no field `metadata2` did you mean `metadata`?"]);
}

#[test]
fn numbers_are_what_kubectl_makes_of_them() {
    let (objects, findings) = objects(&format!(
        "{HEAD}spec: {{egress: [{{ports: [{{port: 1e3}}, {{port: 0x50, endPort: 90.0}}, {{port: http}}]}}]}}"
    ));
    assert_eq!(findings, Vec::<String>::new());
    let spec = objects.policies[0].object.spec.as_ref().unwrap();
    let ports = spec.egress.as_ref().unwrap()[0].ports.as_ref().unwrap();
    let numbers: Vec<_> = ports.iter().map(|port| (port.port.clone().unwrap(), port.end_port)).collect();
    let name = IntOrString::String("http".to_owned());
    assert_eq!(numbers, [(IntOrString::Int(1000), None), (IntOrString::Int(80), Some(90)), (name, None)]);
}

#[test]
fn wrong_types_have_a_place_and_a_path() {
    check("spec: {ingress: {}}", &["E0608 [{}] `spec.ingress` is a mapping, not a list"]);
    check(
        "spec: {podSelector: {matchLabels: {debug: on}}}",
        &["E0608 [on] `spec.podSelector.matchLabels.debug` is a boolean, not a string"],
    );
    check("spec: {podSelector: []}", &["E0608 [[]] `spec.podSelector` is a list, not a mapping"]);
    let ports = |port: &str| format!("spec: {{ingress: [{{ports: [{{{port}}}]}}]}}");
    check(&ports("port: true"), &["E0608 [true] `spec.ingress[0].ports[0].port`: boolean `true` cannot stand here"]);
    check(
        &ports("port: 80.5"),
        &["E0608 [80.5] `spec.ingress[0].ports[0].port`: floating point `80.5` cannot stand here"],
    );
    check(
        &ports("endPort: '80'"),
        &["E0608 ['80'] `spec.ingress[0].ports[0].endPort` is a string, not a whole number"],
    );
    check(
        &ports("port: 3000000000"),
        &["E0608 [3000000000] `spec.ingress[0].ports[0].port`: integer `3000000000` is out of range"],
    );
    check(&ports("protocol: 6"), &["E0608 [6] `spec.ingress[0].ports[0].protocol` is a number, not a string"]);
    check("spec: web", &["E0608 [web] `spec` is a string, not a mapping"]);
}

#[test]
fn every_unknown_field_is_found() {
    check(
        "spec: {podselector: {}, ingress: [{form: []}, {zzz: 1}]}",
        &[
            "E0607 [podselector] there is no field `spec.podselector` did you mean `podSelector`?",
            "E0607 [form] there is no field `spec.ingress[0].form` did you mean `from`?",
            "E0607 [zzz] there is no field `spec.ingress[1].zzz` the fields here are from, ports",
        ],
    );
    check(
        "status: {}",
        &["E0607 [status] there is no field `status` the fields here are apiVersion, kind, metadata, spec"],
    );
}

#[test]
fn lists_are_opened_and_other_kinds_counted() {
    let text = "\
# all of it
apiVersion: v1
kind: List
items:
# of the shop
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: a}
- {apiVersion: v1, kind: Pod}
- {apiVersion: crd.projectcalico.org/v1, kind: NetworkPolicy}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicyList
items:
- metadata: {name: b}
---
# last
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: c}
---
apiVersion: v1
kind: Pod
";
    let (objects, findings) = objects(text);
    let warning = "W0603 [crd.projectcalico.org/v1] `crd.projectcalico.org/v1/NetworkPolicy` is not read, so what it says \
                   does not count only NetworkPolicy of `networking.k8s.io/v1` is read";
    assert_eq!(findings, [warning]);
    let found: Vec<_> = objects
        .policies
        .iter()
        .map(|policy| format!("{} {:?}", policy.object.metadata.name.as_deref().unwrap_or(""), policy.comments.lines))
        .collect();
    assert_eq!(found, ["a [\"all of it\", \"of the shop\"]", "b []", "c [\"last\"]"]);
    let skipped: Vec<_> = objects.skipped.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    assert_eq!(skipped, ["1 crd.projectcalico.org/v1/NetworkPolicy", "2 v1/Pod"]);
}

#[test]
fn what_is_no_object_is_refused() {
    let findings = |text: &str| objects(text).1;
    let help = "write `apiVersion: networking.k8s.io/v1`";
    for version in ["extensions/v1beta1", "networking.k8s.io/v1beta1", "v1"] {
        let expected = format!("E0606 [{version}] clusters have no NetworkPolicy of `{version}` {help}");
        assert_eq!(findings(&format!("kind: NetworkPolicy\napiVersion: {version}")), [expected]);
    }
    assert_eq!(findings("- a"), ["E0605 [- a] a Kubernetes object is a mapping, and here is a list"]);
    assert_eq!(
        findings("apiVersion: v1"),
        ["E0605 [apiVersion] a Kubernetes object has no `kind` write `kind: NetworkPolicy`"]
    );
    let expected =
        "E0605 [apiVersion] `apiVersion` is empty write `apiVersion: networking.k8s.io/v1` for a NetworkPolicy";
    assert_eq!(findings("apiVersion:\nkind: Pod"), [expected]);
    assert_eq!(findings("apiVersion: v1\nkind: List\nitems: 5"), ["E0608 [5] `items` is a number, not a list"]);
    assert_eq!(findings("---\n---\n"), Vec::<String>::new());
    for kind in ["networkpolicy", "networkPolicies", "NetworkPolicies"] {
        let found = findings(&format!("kind: {kind}\napiVersion: networking.k8s.io/v1"));
        assert!(found.len() == 1 && found[0].ends_with("did you mean `NetworkPolicy`?"), "{found:?}");
    }
}

#[test]
fn places_of_fields() {
    let text = format!("{HEAD}spec:\n  ingress:\n  - from:\n    - podSelector: {{matchLabels: {{app: web}}}}\n");
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text.as_str());
    let objects = read(file, &text, &mut Diagnostics::new());
    let at = |path: FieldPath| sources.snippet(objects.policies[0].place(&path)).to_owned();
    let peer = FieldPath::root().field("spec").field("ingress").index(0).field("from").index(0);
    let labels = peer.field("podSelector").field("matchLabels");
    assert_eq!(at(labels.key("app")), "app: web");
    assert_eq!(at(peer.field("ipBlock").field("cidr")), "podSelector: {matchLabels: {app: web}}");
    assert_eq!(FieldPath::parse("spec.ingress[0].from[0]"), peer);
    assert_eq!(FieldPath::parse(""), FieldPath::root());
    assert_eq!(labels.key("app").to_string(), "spec.ingress[0].from[0].podSelector.matchLabels");
}
