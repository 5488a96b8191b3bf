//! As a table for people, in which a namespace that is open as a whole is one line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::names::Names;
use super::{label, port_words};
use crate::analysis::reach::{Exposure, Place, Reach};
use crate::model::Ports;

type Row<'n> = [Cow<'n, str>; 3];

/// `FROM`, `TO` and `PORTS`, by source and destination.
#[must_use]
pub fn table(reach: &Reach) -> String {
    if reach.connections.is_empty() {
        return "nothing reaches anything\n".to_owned();
    }
    let words = Names::new(reach, str::to_owned, label);
    let way = |connection| words.label(connection).map_or("", String::as_str);
    let ways = reach.connections.iter().map(|connection| (connection.from, way(connection), connection.to));
    let mut ways: Vec<_> = ways.collect();
    ways.sort_unstable();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    reach.workloads.iter().for_each(|workload| *sizes.entry(&workload.namespace).or_default() += 1);
    let mut rows = Vec::new();
    for group in ways.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
        let Some((from, ports, _)) = group.first() else { continue };
        let ends = group.iter().map(|(_, _, to)| *to).collect();
        let ends = names(reach, *from, &ends, &sizes, &words);
        rows.extend(ends.into_iter().map(|to| [words.end(*from).into(), to, (*ports).into()]));
    }
    aligned(["FROM", "TO", "PORTS"], &rows)
}

// The names of the ends; of a namespace in which every workload but the source is one, `namespace/*`.
fn names<'n, L>(
    reach: &Reach,
    from: Place,
    ends: &BTreeSet<Place>,
    sizes: &BTreeMap<&str, usize>,
    words: &'n Names<'_, L>,
) -> Vec<Cow<'n, str>> {
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
    let whole = |(name, count): (&&str, &usize)| {
        let others = sizes.get(name).copied().unwrap_or(0) - usize::from(home == Some(*name));
        others > 1 && *count == others
    };
    let full: BTreeSet<&str> = counts.iter().filter(|found| whole(*found)).map(|(name, _)| *name).collect();
    let mut names: Vec<_> = full.iter().map(|namespace| format!("{namespace}/*").into()).collect();
    if sizes.len() > 1 && full.len() == sizes.len() {
        names = vec!["every workload".into()];
    }
    let single = |end: &&Place| workload(end).is_none_or(|workload| !full.contains(workload.namespace.as_str()));
    names.extend(ends.iter().filter(single).map(|end| words.end(*end).into()));
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
            let row = |(from, ports): &(String, Ports)| {
                [name.clone().into(), from.clone().into(), port_words(ports).join(", ").into()]
            };
            rows.extend(part(exposure).iter().map(row));
        }
        let body = if rows.is_empty() { "nothing\n".to_owned() } else { aligned(["WORKLOAD", "FROM", "PORTS"], &rows) };
        let gap = if text.is_empty() { "" } else { "\n" };
        text.extend([gap, title, "\n", &body]);
    }
    text
}

// The last column is as wide as it comes: nothing stands behind it.
fn aligned(header: [&str; 3], rows: &[Row<'_>]) -> String {
    let header: Row<'_> = header.map(Cow::from);
    let all = || std::iter::once(&header).chain(rows);
    let width = |column: usize| all().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = String::with_capacity((rows.len() + 1) * (first + second + header.len()));
    for [from, to, ports] in all() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{from:first$}  {to:second$}  {ports}");
    }
    text
}
