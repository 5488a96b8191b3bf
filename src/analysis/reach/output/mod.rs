//! Reach and exposure as text, one format a file.

mod csv;
mod dot;
mod json;
mod mermaid;
mod names;
mod table;

pub use ::csv::Error as CsvError;
pub use csv::{csv, exposure_csv};
pub use dot::dot;
pub use json::{exposure_json, json};
pub use mermaid::mermaid;
pub use table::{exposure_table, table};

use super::Connection;
use crate::lift::words;
use crate::model::Ports;

/// Ports in the words of the language, each on its own; `all` where every protocol and port is open.
fn port_words(ports: &Ports) -> Vec<String> {
    words::ports(ports).unwrap_or_else(|| vec!["all".to_owned()])
}

/// Ports on one line, with the family where it matters.
fn label(connection: &Connection) -> String {
    let family = connection.family.map(|family| format!(" ({family})")).unwrap_or_default();
    format!("{}{family}", port_words(&connection.ports).join(", "))
}
