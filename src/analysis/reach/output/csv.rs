//! As CSV, the ports with blanks between them.

use ::csv::{Error, IntoInnerError, Writer};

use super::names::Names;
use super::port_words;
use crate::analysis::reach::{Exposure, Place, Reach};

/// `workload,open_to,from,ports`, where the second is `outside`, `namespace` or `future`: one line an opening.
///
/// # Errors
///
/// None that can happen in memory; the writer's type has one.
pub fn exposure_csv(exposures: &[Exposure], reach: &Reach) -> Result<String, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["workload", "open_to", "from", "ports"])?;
    for exposure in exposures {
        let workload = reach.name(Place::Workload(exposure.workload));
        let kinds = [("outside", &exposure.outside), ("namespace", &exposure.namespaces), ("future", &exposure.future)];
        for (kind, list) in kinds {
            for (from, ports) in list {
                writer.write_record([&cell(&workload), kind, &cell(from), &port_words(ports).join(" ")])?;
            }
        }
    }
    text(writer)
}

/// `from,to,family,ports`: one line a connection, below a header.
///
/// # Errors
///
/// None that can happen in memory; the writer's type has one.
pub fn csv(reach: &Reach) -> Result<String, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["from", "to", "family", "ports"])?;
    let names = Names::new(reach, cell, |connection| port_words(&connection.ports).join(" "));
    for connection in &reach.connections {
        let family = connection.family.map(|family| family.to_string()).unwrap_or_default();
        let ports = names.label(connection).map_or("", String::as_str);
        writer.write_record([names.end(connection.from), names.end(connection.to), &family, ports])?;
    }
    text(writer)
}

// Spreadsheets run a cell that begins with one of these as a formula, in quotes or not; behind an apostrophe it is text.
// No name that an API server takes begins so.
fn cell(text: &str) -> String {
    let mark = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{mark}{text}")
}

fn text(writer: Writer<Vec<u8>>) -> Result<String, Error> {
    let bytes = writer.into_inner().map_err(IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
