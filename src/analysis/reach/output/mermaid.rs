//! As a Mermaid flowchart, which code hosts show in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::label;
use super::names::Names;
use crate::analysis::reach::{Place, Reach};

/// A flowchart for Mermaid.
#[must_use]
pub fn mermaid(reach: &Reach) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let mut ids: BTreeMap<Place, String> = BTreeMap::new();
    for (number, (namespace, workloads)) in reach.shown().into_iter().enumerate() {
        // Writing to a string cannot fail; here and below.
        let _ = writeln!(text, "  subgraph ns{number}[{}]", quoted(namespace));
        for (at, workload) in workloads {
            let _ = writeln!(text, "    w{at}[{}]", quoted(&workload.name));
            ids.insert(Place::Workload(at), format!("w{at}"));
        }
        text.push_str("  end\n");
    }
    // Sets of addresses that have one name, such as all of either family, are one node.
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for end in reach.connections.iter().flat_map(|connection| [connection.from, connection.to]) {
        if let Place::Outside(at) = end {
            let name = reach.name(end);
            let id = named.entry(name.clone()).or_insert_with(|| {
                let _ = writeln!(text, "  o{at}([{}])", quoted(&name));
                format!("o{at}")
            });
            ids.insert(end, id.clone());
        }
    }
    let names = Names::new(reach, str::to_owned, |connection| quoted(&label(connection)));
    for connection in &reach.connections {
        let label = names.label(connection).map_or("", String::as_str);
        if let (Some(from), Some(to)) = (ids.get(&connection.from), ids.get(&connection.to)) {
            let _ = writeln!(text, "  {from} -->|{label}| {to}");
        }
    }
    text
}

// A label may hold HTML, Markdown, `\n` for a line's end, and codes behind `#`; a name shall be none of these.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for letter in text.chars() {
        if letter.is_control() || "\"#&<>\\`".contains(letter) {
            let _ = write!(quoted, "#{};", u32::from(letter));
        } else {
            quoted.push(letter);
        }
    }
    quoted.push('"');
    quoted
}
