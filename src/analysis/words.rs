//! How ends of flows are called: in answers, and in the language.

use super::End;
use crate::cluster::{Cluster, Pod};

/// The name of an end, as flows are written.
pub(super) fn end(end: &End<'_>, cluster: &Cluster) -> String {
    match (end.pod.and_then(|at| cluster.pods.get(at)), end.node, end.address) {
        (Some(pod), ..) => format!("{}/{}", pod.namespace, pod.name),
        (None, Some(node), _) => format!("node:{node}"),
        (None, None, Some(address)) => format!("ip:{address}"),
        (None, None, None) => String::new(),
    }
}

/// The endpoints in the language that an end is one of: pods by their labels, or an address.
pub(super) fn pods(end: &End<'_>, cluster: &Cluster) -> String {
    match (end.pod.and_then(|at| cluster.pods.get(at)).filter(|_| !end.is_node), end.address) {
        (Some(pod), _) => format!("pods{} in {}", labels(pod), pod.namespace),
        (None, Some(address)) => address.to_string(),
        (None, None) => "nodes".to_owned(),
    }
}

/// Whether a label is written by a controller to tell its pods apart, rather than by people to say what they are.
pub(super) fn is_generated(key: &str) -> bool {
    matches!(
        key,
        "pod-template-hash"
            | "controller-revision-hash"
            | "pod-template-generation"
            | "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
            | "controller-uid"
            | "job-name"
            | "batch.kubernetes.io/controller-uid"
            | "batch.kubernetes.io/job-name"
            | "batch.kubernetes.io/job-completion-index"
    )
}

fn labels(pod: &Pod) -> String {
    let said = pod.labels.iter().filter(|(key, _)| !is_generated(key));
    let words: Vec<_> = said.map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    if words.is_empty() { String::new() } else { format!("[{}]", words.join(", ")) }
}

fn quoted(value: &str) -> String {
    let plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !value.ends_with('-')
        && !value.contains("--");
    if plain { value.to_owned() } else { format!("\"{value}\"") }
}
