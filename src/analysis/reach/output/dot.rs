//! As a Graphviz graph: a box for each namespace, an arrow for each connection.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::label;
use super::names::Names;
use crate::analysis::reach::{Place, Reach};

/// A digraph for `dot`.
#[must_use]
pub fn dot(reach: &Reach) -> String {
    let mut text = "digraph reach {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (namespace, workloads) in reach.shown() {
        // Writing to a string cannot fail; here and below.
        let _ = write!(
            text,
            "  subgraph {} {{\n    label={};\n",
            quoted(&format!("cluster_{namespace}")),
            quoted(namespace)
        );
        for (_, workload) in workloads {
            let _ = writeln!(text, "    {} [label={}];", quoted(&workload.full_name()), quoted(&workload.name));
        }
        text.push_str("  }\n");
    }
    let ends = reach.connections.iter().flat_map(|connection| [connection.from, connection.to]);
    let outside: BTreeSet<_> = ends.filter(|end| matches!(end, Place::Outside(_))).map(|end| reach.name(end)).collect();
    for name in outside {
        let _ = writeln!(text, "  {} [shape=ellipse];", quoted(&name));
    }
    let names = Names::new(reach, quoted, |connection| quoted(&label(connection)));
    for connection in &reach.connections {
        let (from, to) = (names.end(connection.from), names.end(connection.to));
        let label = names.label(connection).map_or("", String::as_str);
        let _ = writeln!(text, "  {from} -> {to} [label={label}];");
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
