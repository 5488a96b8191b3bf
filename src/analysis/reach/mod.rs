//! Who reaches whom: every connection that a policy leaves open, between workloads and with what lies outside.
//!
//! Pods of one workload that the rules do not tell apart are one line; where they do (another port behind a name,
//! another label), the workload has a line for each part. A pod with itself and a node with its own pods are not shown,
//! as nothing can stop those; pods of the host network are not either, as their traffic is their node's.

mod connections;
mod exposure;
mod filter;
mod future;
pub mod output;
mod workloads;

#[cfg(test)]
mod tests;

pub use exposure::{Exposure, exposure};
pub use filter::{End, Filter, PortFilter};

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use super::flow::Family;
use super::who::families;
use crate::cluster::Cluster;
use crate::diag::Diagnostics;
use crate::model::{AddressSet, Ports};
use crate::tables::{Cells, Side, Tables};

/// Pods of one workload that the rules do not tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// Its name there: `deployment/web`, of a pod made by hand the pod's; with some of its pods where it has parts.
    pub name: String,
    /// Its pods, by index in the cluster; a template that stands for them counts as one.
    pub pods: Vec<usize>,
    /// What the rules see of it, in each family that it has addresses of, or may get.
    pub(super) sides: Vec<Seen>,
    // What they would see of it where its address is not known, at others than stand for it.
    doubts: Vec<Seen>,
}

/// What the rules see of a workload's pods at an address, or at one that stands for those that they may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) family: Family,
    pub(super) is_known: bool,
    pub(super) side: Side,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A workload, by index in [`Reach::workloads`].
    Workload(usize),
    /// Addresses that no pod has, by index in [`Reach::outside`].
    Outside(usize),
}

/// A way that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// From where.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// The one family that it is open in; none where the workloads' families do not differ.
    pub family: Option<Family>,
    /// On which ports; never none.
    pub ports: Rc<Ports>,
}

/// All ways that are open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The workloads, by namespace and name.
    pub workloads: Vec<Workload>,
    /// Sets of addresses outside; each is what some connections have as an end.
    pub outside: Vec<AddressSet>,
    /// By source and destination.
    pub connections: Vec<Connection>,
    /// The workloads that are asked for, by index: every one where no end is named.
    pub asked: BTreeSet<usize>,
    /// What has to be known beside: where an address that nobody knows decides.
    pub notes: Diagnostics,
    /// Whether workloads have addresses of both families; then all addresses of one are not all.
    pub is_dual_stack: bool,
}

/// Finds all that is open and passes the filter.
#[must_use]
pub fn reach(cluster: &Cluster, tables: &Tables, filter: &Filter) -> Reach {
    let workloads = workloads::workloads(cluster, tables);
    let mut cells = Cells::new(tables);
    connections::find(workloads, &families(cluster), tables, &mut cells, filter)
}

impl Reach {
    /// The workloads of a graph by namespace, with their indices: those asked for, and what they have a way to or from.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<&str, Vec<(usize, &Workload)>> {
        let ends: HashSet<Place> = self.connections.iter().flat_map(|way| [way.from, way.to]).collect();
        let is_shown = |at: usize| self.asked.contains(&at) || ends.contains(&Place::Workload(at));
        let mut shown: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (at, workload) in self.workloads.iter().enumerate().filter(|(at, _)| is_shown(*at)) {
            shown.entry(&workload.namespace).or_default().push((at, workload));
        }
        shown
    }

    /// How an end is called: `namespace/workload`, `outside` for all addresses, or the addresses.
    #[must_use]
    pub fn name(&self, place: Place) -> String {
        match place {
            Place::Workload(at) => self.workloads.get(at).map(Workload::full_name).unwrap_or_default(),
            Place::Outside(at) => {
                self.outside.get(at).map(|set| outside_name(set, self.is_dual_stack)).unwrap_or_default()
            }
        }
    }
}

impl Workload {
    /// `namespace/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

fn outside_name(set: &AddressSet, is_dual_stack: bool) -> String {
    let v4 = AddressSet::from_nets([ipnet::IpNet::V4(ipnet::Ipv4Net::default())]);
    let v6 = AddressSet::from_nets([ipnet::IpNet::V6(ipnet::Ipv6Net::default())]);
    if set.is_all() || (!is_dual_stack && (*set == v4 || *set == v6)) {
        return "outside".to_owned();
    }
    crate::lift::words::addresses(set).join(", ")
}
