//! Text in, tree or errors out.

use super::*;
use crate::diag::Diagnostic;

fn parsed(text: &str) -> (Sources, ast::File, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let id = sources.add("test.netpol", text);
    let (file, diagnostics) = parse(&sources, id);
    (sources, file, diagnostics.into_sorted())
}

// Each error as `CODE |text under the span| message`.
fn errors(text: &str) -> Vec<String> {
    let (sources, _, diagnostics) = parsed(text);
    let line = |d: &Diagnostic| {
        let under = d.primary.as_ref().map_or("", |label| sources.snippet(label.span));
        format!("{} |{under}| {}", d.code.id(), d.message)
    };
    diagnostics.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(errors(text), expected, "{text}");
}

const LANGUAGE: &str = include_str!("tests/language.netpol");

#[test]
fn the_whole_language_is_understood() {
    check(LANGUAGE, &[]);
    let (_, file, _) = parsed(LANGUAGE);
    assert_eq!(file.statements.len(), 18);
}

#[test]
fn hyphens_end_before_an_arrow() {
    check("allow web-api->db", &[]);
    check("allow pods[app=a]->pods in shop->", &["E0101 |->| expected `except`, `on` or `,`, found `->`"]);
}

#[test]
fn ports_end_at_the_line() {
    check("allow a -> b on tcp/80\nallow c -> d on tcp/in\nisolate pods", &[]);
}
