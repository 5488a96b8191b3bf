//! The order of fields in which people read objects.

use serde_json::{Map, Value};

use crate::kubernetes::yaml::write::Fields;

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

/// The fields of a mapping in reading order: a selector of namespaces before one of pods, ports last.
pub(super) fn reading<'v>(of: Option<&str>, map: &'v Map<String, Value>) -> Fields<'v> {
    let mut fields: Fields<'v> = map.iter().collect();
    if of.is_none_or(|key| !MAPS.contains(&key)) {
        let in_peer = map.contains_key("namespaceSelector");
        fields.sort_by_key(|(key, _)| match key.as_str() {
            "podSelector" if in_peer => ORDER.len(),
            key => ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len()),
        });
    }
    fields
}
