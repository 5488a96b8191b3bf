//! As one JSON document.

use serde::Serialize;

use super::names::Names;
use super::port_words;
use crate::analysis::reach::{Exposure, Reach};
use crate::cluster::Cluster;
use crate::model::Ports;

#[derive(Serialize)]
struct Document<'n> {
    workloads: Vec<WorkloadEntry>,
    connections: Vec<ConnectionEntry<'n>>,
}

#[derive(Serialize)]
struct WorkloadEntry {
    name: String,
    pods: Vec<String>,
}

#[derive(Serialize)]
struct ConnectionEntry<'n> {
    from: &'n str,
    to: &'n str,
    family: Option<String>,
    ports: &'n [String],
}

#[derive(Serialize)]
struct ExposureEntry {
    workload: String,
    outside: Vec<Open>,
    namespaces: Vec<Open>,
    future: Vec<Open>,
}

#[derive(Serialize)]
struct Open {
    from: String,
    ports: Vec<String>,
}

/// The workloads that are shown, with their pods, and the connections.
#[must_use]
pub fn json(reach: &Reach, cluster: &Cluster) -> String {
    let pods = |pods: &[usize]| {
        let live = pods.iter().filter_map(|at| cluster.pods.get(*at)).filter(|pod| !pod.is_template());
        live.map(|pod| pod.name.clone()).collect()
    };
    let workloads = reach.shown().into_values().flatten();
    let workloads = workloads.map(|(_, w)| WorkloadEntry { name: w.full_name(), pods: pods(&w.pods) }).collect();
    let names = Names::new(reach, str::to_owned, |connection| port_words(&connection.ports));
    let connections = reach.connections.iter().map(|connection| ConnectionEntry {
        from: names.end(connection.from),
        to: names.end(connection.to),
        family: connection.family.map(|family| family.to_string()),
        ports: names.label(connection).map_or(&[], Vec::as_slice),
    });
    text(&Document { workloads, connections: connections.collect() })
}

/// The exposure of each workload that is open to anything.
#[must_use]
pub fn exposure_json(exposures: &[Exposure], reach: &Reach) -> String {
    let open = |list: &[(String, Ports)]| {
        list.iter().map(|(from, ports)| Open { from: from.clone(), ports: port_words(ports) }).collect()
    };
    let entries = exposures.iter().map(|exposure| ExposureEntry {
        workload: reach.name(crate::analysis::reach::Place::Workload(exposure.workload)),
        outside: open(&exposure.outside),
        namespaces: open(&exposure.namespaces),
        future: open(&exposure.future),
    });
    text(&entries.collect::<Vec<_>>())
}

// These types cannot fail to become text.
fn text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
