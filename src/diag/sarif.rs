//! Diagnostics for code scanning: a SARIF 2.1.0 log (OASIS standard).

use serde_json::{Value, json};

use super::{Code, Diagnostic, Label, Severity};
use crate::source::Sources;

/// All diagnostics of a run as one SARIF log with one run.
#[must_use]
pub fn sarif(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let mut codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "netpol",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(|d| result(d, &codes, sources)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.id(),
        "shortDescription": {"text": code.title()},
        "defaultConfiguration": {"level": level(code.severity())},
    })
}

fn level(severity: Severity) -> &'static str {
    super::render::word(severity)
}

fn result(diagnostic: &Diagnostic, codes: &[Code], sources: &Sources) -> Value {
    let mut text = diagnostic.message.clone();
    for help in &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    json!({
        "ruleId": diagnostic.code.id(),
        "ruleIndex": codes.binary_search(&diagnostic.code).unwrap_or_default(),
        "level": level(diagnostic.severity),
        "message": {"text": text},
        "locations": diagnostic.primary.iter().map(|label| location(label, sources)).collect::<Vec<_>>(),
        "relatedLocations": diagnostic.secondary.iter().map(|label| location(label, sources)).collect::<Vec<_>>(),
    })
}

fn location(label: &Label, sources: &Sources) -> Value {
    let start = sources.line_column(label.span);
    let end = sources.line_column(label.span.after());
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(sources.name(label.span.file))},
            "region": {
                "startLine": start.line, "startColumn": start.column,
                "endLine": end.line, "endColumn": end.column,
            },
        },
        "message": {"text": label.text},
    })
}

// A relative path is a relative reference; what may not stand in one is percent-encoded (RFC 3986).
fn uri(name: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.bytes().fold(String::new(), |mut uri, byte| {
        match keep(byte) {
            true => uri.push(char::from(byte)),
            false => uri.push_str(&format!("%{byte:02X}")),
        }
        uri
    })
}
