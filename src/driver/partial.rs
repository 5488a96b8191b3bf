//! What can be told of a program that was understood in parts.

use std::collections::BTreeSet;

use super::Session;
use super::compile::Settings;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic, Severity};
use crate::resolve::{self, Surroundings, Unit};
use crate::span::Span;
use crate::syntax::ast::{Statement, StatementKind};

/// Reports what is wrong with the statements that were understood, beside the errors of the others, so that one run
/// tells everything.
///
/// A name that stands somewhere in what was not understood may be defined there, and a namespace may begin there. So
/// only errors are told that no such text can be the cause of: unknown names that it does not hold, and values; and
/// none in a line that has an error already, as its statement may go on in what was not understood.
pub(super) fn report(unit: &Unit, settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let is_missing = |found: &Diagnostic| found.code == Code::UsedFileMissing;
    let is_syntax = |found: &Diagnostic| found.code.id().starts_with("E01") && found.primary.is_some();
    let errors = || session.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    if !errors().all(|found| is_missing(found) || is_syntax(found)) {
        return;
    }
    // Names that a missing file should bring are known to be names: nothing else is in doubt.
    let all_understood = errors().all(is_missing);
    let line = |found: &Diagnostic| {
        let span = found.primary.as_ref()?.span;
        Some((span.file, session.sources.line(span)))
    };
    let broken: BTreeSet<_> = session.diagnostics.iter().map(line).collect();
    let words = words_not_understood(unit, session);
    let around = Surroundings { namespace: settings.namespace.as_deref(), cluster, today: settings.today };
    // The texts that resolving adds are its own, of which there is nothing to tell.
    let (_, found) = resolve::resolve(unit, &mut session.sources.clone(), around);
    let is_told =
        |found: &&Diagnostic| !broken.contains(&line(found)) && (all_understood || is_sure(found, &words, session));
    let sure: Vec<Diagnostic> = found.iter().filter(is_told).cloned().collect();
    sure.into_iter().for_each(|found| session.diagnostics.push(found));
}

fn is_sure(found: &Diagnostic, words: &BTreeSet<String>, session: &Session) -> bool {
    match found.code {
        Code::LabelKey
        | Code::LabelValue
        | Code::LabelTwice
        | Code::Address
        | Code::HostBits
        | Code::PortNumber
        | Code::PortRange
        | Code::PortName
        | Code::ObjectName
        | Code::UnknownAnnotation
        | Code::AnnotationValue
        | Code::AnnotationTwice => true,
        Code::UnknownName => {
            let text = found.primary.as_ref().map_or("", |label| session.sources.snippet(label.span));
            !split(text).any(|word| words.contains(word))
        }
        _ => false,
    }
}

// The words of all files that stand in no statement and in no comment.
fn words_not_understood(unit: &Unit, session: &Session) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in &unit.files {
        let text = session.text(file.id);
        let mut understood: Vec<Span> = file.comments.iter().map(|comment| comment.span).collect();
        file.statements.iter().for_each(|statement| spans(statement, &mut understood));
        understood.sort_unstable();
        let mut at = 0;
        for span in understood.iter().map(|span| (span.start, span.end)).chain([(u32::MAX, u32::MAX)]) {
            let gap = text.get(at..(span.0 as usize).min(text.len())).unwrap_or("");
            words.extend(split(gap).map(str::to_owned));
            at = at.max(span.1 as usize);
        }
    }
    words
}

// The places of a statement and of those in its block; the block's own words are in none of them.
fn spans(statement: &Statement, found: &mut Vec<Span>) {
    match &statement.value.kind {
        StatementKind::Namespace(namespace) => match &namespace.block {
            Some(inner) => inner.iter().for_each(|statement| spans(statement, found)),
            None => found.push(statement.span),
        },
        _ => found.push(statement.span),
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '-' | '_')).filter(|word| !word.is_empty())
}
