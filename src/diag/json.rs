//! Diagnostics for programs: one JSON document.

use serde_json::{Value, json};

use super::{Diagnostic, Label, render::word};
use crate::source::Sources;

/// All diagnostics of a run: `{"diagnostics": […], "errors": N, "warnings": N}`.
///
/// Lines and columns count from 1, columns in characters; offsets are bytes from 0, the end not included.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    json!({
        "diagnostics": diagnostics.iter().map(|d| one(d, sources)).collect::<Vec<_>>(),
        "errors": count(super::Severity::Error),
        "warnings": count(super::Severity::Warning),
    })
}

fn one(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    json!({
        "code": diagnostic.code.id(),
        "severity": word(diagnostic.severity),
        "title": diagnostic.code.title(),
        "message": diagnostic.message,
        "place": diagnostic.primary.as_ref().map(|label| place(label, sources)),
        "labels": diagnostic.secondary.iter().map(|label| place(label, sources)).collect::<Vec<_>>(),
        "help": diagnostic.help,
    })
}

fn place(label: &Label, sources: &Sources) -> Value {
    let start = sources.line_column(label.span);
    let end = sources.line_column(label.span.after());
    json!({
        "file": sources.name(label.span.file),
        "start": {"line": start.line, "column": start.column, "offset": label.span.start},
        "end": {"line": end.line, "column": end.column, "offset": label.span.end},
        "label": label.text,
    })
}
