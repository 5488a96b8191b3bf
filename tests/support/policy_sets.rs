//! Sets of valid NetworkPolicy objects made at random, with every field that the API has and the odd values that it
//! takes, as JSON.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

// Of these only two play in one set, so that a small universe of pods tells selectors apart.
const KEYS: &[&str] = &[
    "app",
    "tier",
    "in",
    "on",
    "notin",
    "true",
    "1",
    "Y_z",
    "app.kubernetes.io/name",
    "a-very-long-prefix.of-a-company.with-many-departments.example.com/a-name_of.63-characters-which-is-as-long-as-a-name-may-be-here0",
];
const VALUES: &[&str] =
    &["web", "on", "yes", "n", "1e3", "", "null", "0x1f", "012", "1_000", "a.b_c-d", "1.5", "any", "in", "2027-01-01"];
const NAMES: &[&str] = &["web", "on", "1e3", "yes", "a.b", "null", "0", "x-y", "any", "isolate"];
const NAMESPACES: &[&str] =
    &["shop", "ops", "on", "1e3", "0", "pods", "any", "nodes", "namespaces", "in", "test", "service"];
// Values of kubernetes.io/metadata.name may be asked for that no namespace can have.
const NAMESPACE_VALUES: &[&str] = &["shop", "ops", "on", "1e3", "pods", "namespaces", "Shop", "a.b", ""];
const PORT_NAMES: &[&str] = &["http", "on", "y", "1e3", "0x1f", "80-http", "a", "tcp", "null"];
const BLOCKS: &[(&str, &[&str])] = &[
    ("10.0.0.0/8", &["10.1.0.0/16", "10.0.0.0/9", "10.128.0.0/9", "10.255.255.255/32"]),
    ("0.0.0.0/0", &["0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "169.254.169.254/32"]),
    ("192.0.2.1/32", &[]),
    ("192.0.2.0/24", &["192.0.2.0/25", "192.0.2.0/26"]),
    ("fd00::/8", &["fd00::/9", "fd00:1::/32", "fdff::/16"]),
    ("::/0", &["::/1", "8000::/1", "2001:db8::1/128"]),
    ("2001:db8::1/128", &[]),
];
const PORTS: &[u16] = &[1, 80, 443, 8080, 65535];

/// One to four objects of at most two namespaces, or of none; no two of the same name in one namespace.
pub(crate) fn policies() -> impl Strategy<Value = Vec<Value>> {
    let words = (subsequence(KEYS, 2), subsequence(VALUES, 3), subsequence(NAMESPACES, 2), any::<bool>());
    words.prop_flat_map(|(keys, values, namespaces, nameless)| {
        let words = Words { keys, values };
        let homes: Vec<_> = namespaces.into_iter().map(Some).chain(nameless.then_some(None)).collect();
        (subsequence(NAMES, 4), prop::collection::vec((select(homes), spec(&words)), 1..5)).prop_map(
            |(names, objects)| {
                let named = names.into_iter().zip(objects);
                named.map(|(name, (home, spec))| object(name, home, spec)).collect()
            },
        )
    })
}

#[derive(Clone, Debug)]
struct Words {
    keys: Vec<&'static str>,
    values: Vec<&'static str>,
}

fn object(name: &str, namespace: Option<&str>, spec: Value) -> Value {
    let metadata = match namespace {
        Some(namespace) => json!({"name": name, "namespace": namespace}),
        None => json!({"name": name}),
    };
    let mut object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata});
    // No spec, null and one without a field are the same.
    if spec != json!("missing") {
        object["spec"] = spec;
    }
    object
}

/// A field that is missing, null, or there.
fn field(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<(String, Value)>> {
    let there = value.prop_map(move |value| Some((name.to_owned(), value)));
    prop_oneof![2 => Just(None), 1 => Just(Some((name.to_owned(), Value::Null))), 6 => there].boxed()
}

fn mapping(fields: Vec<BoxedStrategy<Option<(String, Value)>>>) -> BoxedStrategy<Value> {
    fields.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>())).boxed()
}

fn list(one: BoxedStrategy<Value>, most: usize) -> BoxedStrategy<Value> {
    prop::collection::vec(one, 0..=most).prop_map(Value::Array).boxed()
}

fn spec(words: &Words) -> BoxedStrategy<Value> {
    let types = ["[]", "[\"Ingress\"]", "[\"Egress\"]", "[\"Egress\",\"Ingress\"]", "[\"Egress\",\"Egress\"]"];
    let types = select(types.to_vec()).prop_map(|types| serde_json::from_str(types).expect("JSON"));
    let whole = mapping(vec![
        field("podSelector", selector(&words.keys, &words.values)),
        field("policyTypes", types),
        field("ingress", list(rule("from", words), 2)),
        field("egress", list(rule("to", words), 2)),
    ]);
    prop_oneof![1 => Just(Value::Null), 1 => Just(json!("missing")), 30 => whole].boxed()
}

fn rule(peers: &'static str, words: &Words) -> BoxedStrategy<Value> {
    mapping(vec![field(peers, list(peer(words), 3)), field("ports", list(port(), 3))])
}

fn peer(words: &Words) -> BoxedStrategy<Value> {
    let block = select(BLOCKS).prop_flat_map(|(cidr, inner)| {
        let except = subsequence(inner, 0..=inner.len()).prop_map(|inner| json!(inner));
        mapping(vec![Just(Some(("cidr".to_owned(), json!(cidr)))).boxed(), field("except", except)])
    });
    let of_labels = selector(&["team"], &["a", "on"]);
    let by_name = selector(&["kubernetes.io/metadata.name"], NAMESPACE_VALUES);
    let both = (selector(&["team"], &["a"]), select(NAMESPACE_VALUES)).prop_map(|(mut selector, name)| {
        selector["matchLabels"] = json!({"kubernetes.io/metadata.name": name});
        selector
    });
    let namespaces = prop_oneof![of_labels, by_name, both].boxed();
    let pods = selector(&words.keys, &words.values);
    let none = || Just(Value::Null).boxed();
    prop_oneof![
        2 => block.prop_map(|block| json!({"ipBlock": block})),
        2 => pods.clone().prop_map(|pods| json!({"podSelector": pods})),
        1 => (none(), namespaces.clone()).prop_map(|(pods, of)| json!({"podSelector": pods, "namespaceSelector": of})),
        3 => (pods, namespaces).prop_map(|(pods, of)| json!({"podSelector": pods, "namespaceSelector": of})),
    ]
    .boxed()
}

fn selector(keys: &[&'static str], values: &[&'static str]) -> BoxedStrategy<Value> {
    let (keys, values) = (keys.to_vec(), values.to_vec());
    let labels =
        prop::collection::btree_map(select(keys.clone()), select(values.clone()), 0..=1).prop_map(|all| json!(all));
    let some = subsequence(values.clone(), 1..=values.len().min(2));
    let listed = (select(keys.clone()), select(vec!["In", "NotIn"]), some)
        .prop_map(|(key, operator, values)| json!({"key": key, "operator": operator, "values": values}));
    let bare = (select(keys), select(vec!["Exists", "DoesNotExist"]))
        .prop_map(|(key, operator)| json!({"key": key, "operator": operator}));
    let expressions = list(prop_oneof![listed, bare].boxed(), 2);
    prop_oneof![
        1 => Just(json!({})),
        5 => mapping(vec![field("matchLabels", labels), field("matchExpressions", expressions)]),
    ]
    .boxed()
}

fn port() -> BoxedStrategy<Value> {
    let protocol = || field("protocol", select(vec!["TCP", "UDP", "SCTP"]).prop_map(Value::from));
    let none = || Just(None).boxed();
    let number =
        select(PORTS).prop_flat_map(|first| (Just(first), select(vec![first, first.saturating_add(99), 65535])));
    let range = (protocol(), number).prop_map(|(protocol, (first, last))| {
        let mut port = json!({"port": first, "endPort": last});
        port.as_object_mut().expect("a mapping").extend(protocol);
        port
    });
    let one = prop_oneof![select(PORTS).prop_map(Value::from), select(PORT_NAMES).prop_map(Value::from)];
    prop_oneof![
        3 => mapping(vec![protocol(), field("port", one), none()]),
        1 => range,
    ]
    .boxed()
}
