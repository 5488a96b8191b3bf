//! As a table for people, in which a namespace that is open as a whole is one line.

use std::collections::{BTreeMap, BTreeSet};

use super::{label, port_words};
use crate::analysis::reach::{Exposure, Place, Reach};
use crate::model::Ports;

/// `FROM`, `TO` and `PORTS`, by source and destination.
#[must_use]
pub fn table(reach: &Reach) -> String {
    if reach.connections.is_empty() {
        return "nothing reaches anything\n".to_owned();
    }
    let mut ways: BTreeMap<Place, BTreeMap<String, BTreeSet<Place>>> = BTreeMap::new();
    for connection in &reach.connections {
        ways.entry(connection.from).or_default().entry(label(connection)).or_default().insert(connection.to);
    }
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    reach.workloads.iter().for_each(|workload| *sizes.entry(&workload.namespace).or_default() += 1);
    let mut rows = Vec::new();
    for (from, by_ports) in ways {
        let name = reach.name(from);
        for (ports, ends) in by_ports {
            let ends = names(reach, from, &ends, &sizes);
            rows.extend(ends.into_iter().map(|to| [name.clone(), to, ports.clone()]));
        }
    }
    aligned(["FROM", "TO", "PORTS"], &rows)
}

// The names of the ends; of a namespace in which every workload but the source is one, `namespace/*`.
fn names(reach: &Reach, from: Place, ends: &BTreeSet<Place>, sizes: &BTreeMap<&str, usize>) -> Vec<String> {
    let workload = |place: &Place| match place {
        Place::Workload(at) => reach.workloads.get(*at),
        Place::Outside(_) => None,
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    // Whether a workload's pods may reach each other says nothing about the others.
    for found in ends.iter().filter(|end| **end != from).filter_map(workload) {
        *counts.entry(&found.namespace).or_default() += 1;
    }
    let home = workload(&from).map(|workload| workload.namespace.as_str());
    let whole = |name: &str| {
        let others = sizes.get(name).copied().unwrap_or(0) - usize::from(home == Some(name));
        others > 1 && counts.get(name) == Some(&others)
    };
    let full: BTreeSet<&str> = sizes.keys().copied().filter(|name| whole(name)).collect();
    let mut names: Vec<String> = full.iter().map(|namespace| format!("{namespace}/*")).collect();
    if sizes.len() > 1 && full.len() == sizes.len() {
        names = vec!["every workload".to_owned()];
    }
    let single = |end: &&Place| workload(end).is_none_or(|workload| !full.contains(workload.namespace.as_str()));
    names.extend(ends.iter().filter(single).map(|end| reach.name(*end)));
    names
}

/// What each workload is open to: three tables.
#[must_use]
pub fn exposure_table(exposures: &[Exposure], reach: &Reach) -> String {
    type Part = fn(&Exposure) -> &Vec<(String, Ports)>;
    let parts: [(&str, Part); 3] = [
        ("reachable from outside", |exposure| &exposure.outside),
        ("reachable from other namespaces", |exposure| &exposure.namespaces),
        ("reachable by pods yet to be made", |exposure| &exposure.future),
    ];
    let mut text = String::new();
    for (title, part) in parts {
        let mut rows = Vec::new();
        for exposure in exposures {
            let name = reach.name(Place::Workload(exposure.workload));
            let row = |(from, ports): &(String, Ports)| [name.clone(), from.clone(), port_words(ports).join(", ")];
            rows.extend(part(exposure).iter().map(row));
        }
        let body = if rows.is_empty() { "nothing\n".to_owned() } else { aligned(["WORKLOAD", "FROM", "PORTS"], &rows) };
        let gap = if text.is_empty() { "" } else { "\n" };
        text.extend([gap, title, "\n", &body]);
    }
    text
}

// The last column is as wide as it comes: nothing stands behind it.
fn aligned(header: [&str; 3], rows: &[[String; 3]]) -> String {
    let header = header.map(str::to_owned);
    let all = || std::iter::once(&header).chain(rows);
    let width = |column: usize| all().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    all().map(|[from, to, ports]| format!("{from:first$}  {to:second$}  {ports}\n")).collect()
}
