//! What to write for a flow that no rule lets through: a statement, or an entry of an object where objects close the pod.

use super::query::Answer;
use super::why::Half;
use super::{End, words};
use crate::cluster::{Cluster, Pod};
use crate::kubernetes::yaml;
use crate::model::{Direction, METADATA_NAME, Protocol};

/// What would let the flow through at the ends where no rule does, one entry for each thing to write.
pub(super) fn advice(
    halves: &[Half; 2],
    Answer { ends, port, .. }: &Answer<'_>,
    protocol: Protocol,
    cluster: &Cluster,
) -> Vec<String> {
    let missing: Vec<_> = halves.iter().filter(|half| half.is_missing_a_rule()).collect();
    let near =
        |half: &Half| if half.direction() == Direction::Egress { (&ends.0, &ends.1) } else { (&ends.1, &ends.0) };
    let home = |half: &Half| pod(near(half).0, cluster).map_or("", |pod| pod.namespace.as_str());
    let statement = |form: &str, namespace: &str| {
        let (from, to) = (words::pods(&ends.0, cluster), words::pods(&ends.1, cluster));
        format!("write `{form} {from} -> {to} on {protocol}/{port}` in namespace `{namespace}`")
    };
    if let [egress, ingress] = missing.as_slice()
        && [egress, ingress].iter().all(|half| half.objects().is_empty())
        && home(egress) == home(ingress)
    {
        return vec![statement("allow", home(egress))];
    }
    let one = |half: &&Half| match half.objects() {
        [] => statement(&format!("allow {}", half.direction().name()), home(half)),
        objects => entry(objects, half.direction(), home(half), near(half).1, (protocol, *port), cluster),
    };
    missing.iter().map(one).collect()
}

// The entry for one of the objects that close the pod; any does, as they add up.
fn entry(
    objects: &[String],
    direction: Direction,
    home: &str,
    far: &End<'_>,
    (protocol, port): (Protocol, u16),
    cluster: &Cluster,
) -> String {
    let (section, peers) = match direction {
        Direction::Egress => ("egress", "to"),
        Direction::Ingress => ("ingress", "from"),
    };
    let peer = match (pod(far, cluster), far.address) {
        (Some(pod), _) => selectors(pod, home),
        (None, Some(address)) => {
            let length = if address.is_ipv4() { 32 } else { 128 };
            let cidr = format!("{address}/{length}");
            format!("{{ipBlock: {{cidr: {}}}}}", text(&cidr))
        }
        (None, None) => "{}".to_owned(),
    };
    let ports = format!("ports: [{{protocol: {}, port: {port}}}]", protocol.kubernetes());
    format!(
        "add to `{section}` of NetworkPolicy {} the entry `- {{{peers}: [{peer}], {ports}}}`",
        objects.join(", or ")
    )
}

// The pod of an end that selectors see.
fn pod<'c>(end: &End<'_>, cluster: &'c Cluster) -> Option<&'c Pod> {
    end.pod.filter(|_| !end.is_node).and_then(|at| cluster.pods.get(at))
}

fn selectors(pod: &Pod, home: &str) -> String {
    let said = pod.labels.iter().filter(|(key, _)| !words::is_generated(key));
    let labels: Vec<_> = said.map(|(key, value)| format!("{}: {}", text(key), text(value))).collect();
    let pods = match labels.as_slice() {
        [] => "podSelector: {}".to_owned(),
        labels => format!("podSelector: {{matchLabels: {{{}}}}}", labels.join(", ")),
    };
    match pod.namespace == home {
        true => format!("{{{pods}}}"),
        false => {
            let name = text(&pod.namespace);
            format!("{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: {name}}}}}, {pods}}}")
        }
    }
}

// A string in a flow mapping: plain where YAML reads it as one, in quotes otherwise.
fn text(value: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_');
    match yaml::is_safe(value) && value.bytes().all(is_word) {
        true => value.to_owned(),
        false => format!("\"{value}\""),
    }
}
