//! What the ends and the ports of connections are called, each put in words once: ways are many, words are few.

use std::collections::HashMap;

use crate::analysis::flow::Family;
use crate::analysis::reach::{Connection, Place, Reach};
use crate::model::Ports;

/// The words of all connections, in the form that an output writes them.
pub(super) struct Names<'r, L> {
    workloads: Vec<String>,
    outside: Vec<String>,
    labels: HashMap<(&'r Ports, Option<Family>), L>,
}

impl<'r, L> Names<'r, L> {
    /// Takes each end's name through `end`, and makes what is said of each set of ports with `label`.
    pub(super) fn new(reach: &'r Reach, end: impl Fn(&str) -> String, label: impl Fn(&Connection) -> L) -> Self {
        let name = |place| end(&reach.name(place));
        let workloads = (0..reach.workloads.len()).map(|at| name(Place::Workload(at))).collect();
        let outside = (0..reach.outside.len()).map(|at| name(Place::Outside(at))).collect();
        let mut labels = HashMap::new();
        for connection in &reach.connections {
            labels.entry((&*connection.ports, connection.family)).or_insert_with(|| label(connection));
        }
        Self { workloads, outside, labels }
    }

    /// How an end is called.
    pub(super) fn end(&self, place: Place) -> &str {
        let (names, at) = match place {
            Place::Workload(at) => (&self.workloads, at),
            Place::Outside(at) => (&self.outside, at),
        };
        names.get(at).map_or("", String::as_str)
    }

    /// What is said of a connection's ports; always there for a connection of the same reach.
    pub(super) fn label(&self, connection: &'r Connection) -> Option<&L> {
        self.labels.get(&(&*connection.ports, connection.family))
    }
}
