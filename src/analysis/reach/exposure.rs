//! What a workload is open to: addresses outside, other namespaces, and pods that do not exist yet.

use std::collections::BTreeMap;

use super::future::future;
use super::{Filter, Place, Reach, Workload};
use crate::cluster::Cluster;
use crate::ir::Policy;
use crate::model::Ports;
use crate::tables::Tables;

/// What one workload is open to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The workload, by index in [`Reach::workloads`].
    pub workload: usize,
    /// Addresses outside, and the ports on which they reach it.
    pub outside: Vec<(String, Ports)>,
    /// Other namespaces from which some workload reaches it, with the ports.
    pub namespaces: Vec<(String, Ports)>,
    /// Pods that may be made, in the words of the language, and the ports on which they would reach it.
    pub future: Vec<(String, Ports)>,
}

/// The exposure of each workload that is open to anything, from the connections that pass a filter.
#[must_use]
pub fn exposure(reach: &Reach, cluster: &Cluster, tables: &Tables, policy: &Policy, filter: &Filter) -> Vec<Exposure> {
    let mut all: Vec<Exposure> = (0..reach.workloads.len())
        .map(|workload| Exposure { workload, outside: Vec::new(), namespaces: Vec::new(), future: Vec::new() })
        .collect();
    let mut namespaces: BTreeMap<(usize, &str), Ports> = BTreeMap::new();
    for connection in &reach.connections {
        let Place::Workload(to) = connection.to else { continue };
        let (Some(exposure), Some(workload)) = (all.get_mut(to), reach.workloads.get(to)) else { continue };
        match connection.from {
            Place::Outside(_) => exposure.outside.push((reach.name(connection.from), (*connection.ports).clone())),
            Place::Workload(from) => {
                let source = reach.workloads.get(from).filter(|source| source.namespace != workload.namespace);
                if let Some(source) = source {
                    let ports = namespaces.entry((to, &source.namespace)).or_insert_with(Ports::none);
                    *ports = ports.union(&connection.ports);
                }
            }
        }
    }
    for ((to, name), ports) in namespaces {
        if let Some(exposure) = all.get_mut(to) {
            exposure.namespaces.push((name.to_owned(), ports));
        }
    }
    let wanted = |workload: &&Workload| {
        filter.from.is_none()
            && filter.to.as_ref().is_none_or(|end| end.is_workload(workload))
            && filter.namespace.as_ref().is_none_or(|namespace| workload.namespace == *namespace)
    };
    let addresses = cluster.pod_addresses();
    for (exposure, workload) in all.iter_mut().zip(&reach.workloads).filter(|(_, workload)| wanted(workload)) {
        exposure.future = future(workload, cluster, tables, policy, &addresses);
        if let Some(port) = filter.port {
            exposure.future.iter_mut().for_each(|(_, ports)| *ports = port.of(ports));
            exposure.future.retain(|(_, ports)| !ports.is_none());
        }
    }
    all.retain(|exposure| {
        !(exposure.outside.is_empty() && exposure.namespaces.is_empty() && exposure.future.is_empty())
    });
    all
}
