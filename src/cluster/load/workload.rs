//! Which workload each pod belongs to, and which templates stand for pods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::convert::{LivePod, Owner, Workload};
use crate::cluster::Pod;

/// The name by which a workload is addressed, such as `deployment/web`.
pub(super) fn handle(kind: &str, name: &str) -> String {
    format!("{}/{name}", kind.to_lowercase())
}

/// Gives each pod the workload at the top of its owners, and adds the template of each workload that has no live pod.
pub(super) fn resolve(pods: &mut [LivePod], workloads: Vec<Workload>, templates: &mut Vec<Pod>) {
    let owners: HashMap<(String, String), Option<Owner>> = workloads
        .iter()
        .map(|w| ((w.template.namespace.clone(), handle(&w.kind, &w.template.name)), w.owner.clone()))
        .collect();
    let mut alive = BTreeSet::new();
    for live in pods {
        let Some(owner) = &live.owner else { continue };
        let hash = live.pod.labels.get("pod-template-hash").map(String::as_str);
        let top = top(&owners, &live.pod.namespace, owner, hash);
        if !live.done {
            alive.insert((live.pod.namespace.clone(), top.clone()));
        }
        live.pod.workload = Some(top);
    }
    templates.extend(standing(workloads, &owners, &alive));
}

type Key = (String, String);

// One template for each workload at the top without live pods: its own, or else that of an object that it owns.
fn standing(workloads: Vec<Workload>, owners: &HashMap<Key, Option<Owner>>, alive: &BTreeSet<Key>) -> Vec<Pod> {
    let mut best: BTreeMap<Key, (u8, Pod)> = BTreeMap::new();
    for Workload { kind, mut template, wanted, owner } in workloads {
        let own = handle(&kind, &template.name);
        let hash = template.labels.get("pod-template-hash").map(String::as_str);
        let top = owner.map_or_else(|| own.clone(), |owner| top(owners, &template.namespace, &owner, hash));
        let key = (template.namespace.clone(), top.clone());
        if alive.contains(&key) {
            continue;
        }
        let rank = if own == top { 0 } else { 2 - u8::from(wanted) };
        template.name.clone_from(&top);
        template.workload = Some(top);
        if best.get(&key).is_none_or(|(other, _)| rank < *other) {
            best.insert(key, (rank, template));
        }
    }
    best.into_values().map(|(_, template)| template).collect()
}

// Follows owners up as far as they are known. A ReplicaSet that is not in the dump is taken for a Deployment's when its
// name ends with the hash of the pod's template, as the Deployment controller names them.
fn top(owners: &HashMap<Key, Option<Owner>>, namespace: &str, owner: &Owner, hash: Option<&str>) -> String {
    let mut at = owner.clone();
    // A cycle of owners is no chain: its length is bounded by that of real ones.
    for _ in 0..8 {
        match owners.get(&(namespace.to_owned(), handle(&at.kind, &at.name))) {
            Some(Some(above)) => at = above.clone(),
            Some(None) => break,
            None => {
                let stem = hash.and_then(|hash| at.name.strip_suffix(hash)).and_then(|stem| stem.strip_suffix('-'));
                match stem {
                    Some(stem) if at.kind == "ReplicaSet" => return handle("Deployment", stem),
                    _ => break,
                }
            }
        }
    }
    handle(&at.kind, &at.name)
}
