//! The order of fields in which people read objects.

use serde_json::Value;

/// Fields in reading order; others follow as they are.
const ORDER: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "annotations",
    "spec",
    "podSelector",
    "policyTypes",
    "ingress",
    "egress",
    "from",
    "to",
    "ipBlock",
    "cidr",
    "except",
    "namespaceSelector",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "ports",
    "protocol",
    "port",
    "endPort",
];
/// Fields whose keys are the user's own, and stay as they are.
const MAPS: &[&str] = &["labels", "annotations", "matchLabels"];

/// The same value with its fields in reading order: a selector of namespaces before one of pods, ports last.
#[must_use]
pub(super) fn ordered(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(String, Value)> = map.into_iter().collect();
            let in_peer = fields.iter().any(|(key, _)| key == "namespaceSelector");
            fields.sort_by_key(|(key, _)| match key.as_str() {
                "podSelector" if in_peer => ORDER.len(),
                key => ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len()),
            });
            let deeper = |(key, value): (String, Value)| match MAPS.contains(&key.as_str()) {
                true => (key, value),
                false => (key, ordered(value)),
            };
            Value::Object(fields.into_iter().map(deeper).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(ordered).collect()),
        scalar => scalar,
    }
}
