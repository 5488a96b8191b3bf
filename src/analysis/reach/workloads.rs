//! From pods to workloads, and to their parts where the rules tell their pods apart.

use std::collections::BTreeMap;

use super::{Seen, Workload};
use crate::analysis::flow::Family;
use crate::analysis::words::is_generated;
use crate::cluster::{Cluster, Pod};
use crate::lift::words::value;
use crate::tables::{Side, Spot, Tables};

// Names of pods that a part shows; the rest is dots.
const SHOWN: usize = 3;

type Sides = Vec<Seen>;

/// The workloads of a cluster by namespace and name. Pods that are done and pods of the host network have no part.
pub(super) fn workloads(cluster: &Cluster, tables: &Tables) -> Vec<Workload> {
    let mut groups: BTreeMap<(&str, String), BTreeMap<Sides, Vec<usize>>> = BTreeMap::new();
    let pods = cluster.pods.iter().enumerate();
    for (at, pod) in pods.filter(|(_, pod)| !pod.host_network && (pod.is_template() || !pod.addresses.is_empty())) {
        let seen = |(spot, side): &(Spot, Side)| {
            let Spot { address, is_known } = *spot;
            Seen { family: Family::of(address), is_known, side: *side }
        };
        let sides = tables.pod(at).iter().map(seen).collect();
        let group = groups.entry((&pod.namespace, name(pod))).or_default();
        group.entry(sides).or_default().push(at);
    }
    let parts = groups.into_iter().flat_map(|((namespace, name), parts)| {
        let split = parts.len() > 1;
        parts.into_iter().map(move |(sides, pods)| {
            let name = if split { part(&name, &pods, cluster) } else { whole(&name, &pods, cluster) };
            let doubts = pods.first().map_or_else(Vec::new, |at| doubts(*at, &sides, tables));
            Workload { namespace: namespace.to_owned(), name, pods, sides, doubts }
        })
    });
    parts.collect()
}

// What the rules would see of a template's pods at addresses that those which stand for one tell nothing of.
fn doubts(pod: usize, sides: &[Seen], tables: &Tables) -> Vec<Seen> {
    let doubts = tables.doubts(pod).iter().flat_map(|doubt| {
        let family = if doubt.is_v4 { Family::V4 } else { Family::V6 };
        doubt.sides.map(|side| Seen { family, is_known: false, side })
    });
    doubts.filter(|seen| !sides.contains(seen)).collect()
}

// The workload, or what people say of a pod that was made by hand.
fn name(pod: &Pod) -> String {
    pod.workload.clone().unwrap_or_else(|| {
        let said = pod.labels.iter().filter(|(key, _)| !is_generated(key));
        let words: Vec<_> = said.map(|(key, text)| format!("{key}={}", value(text))).collect();
        if words.is_empty() { pod.name.clone() } else { format!("pods[{}]", words.join(", ")) }
    })
}

// A single pod has a better name than its labels.
fn whole(name: &str, pods: &[usize], cluster: &Cluster) -> String {
    match pods {
        [only] if name.starts_with("pods[") => cluster.pods.get(*only).map_or(name, |pod| &pod.name).to_owned(),
        _ => name.to_owned(),
    }
}

fn part(name: &str, pods: &[usize], cluster: &Cluster) -> String {
    let names = pods.iter().filter_map(|at| cluster.pods.get(*at)).map(|pod| pod.name.as_str());
    let shown: Vec<_> = names.take(SHOWN).collect();
    let more = if pods.len() > SHOWN { ", …" } else { "" };
    format!("{name} ({}{more})", shown.join(", "))
}
