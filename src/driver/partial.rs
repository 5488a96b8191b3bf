//! What can be told of a program that was understood in parts.

use std::collections::BTreeSet;

use super::Session;
use super::compile::Settings;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic, Severity};
use crate::resolve::{self, Surroundings, Unit};
use crate::span::Span;
use crate::syntax::ast::{File, Namespace, Owners, Statement, StatementKind};
use crate::syntax::defined_words;

/// Reports what is wrong with the statements that were understood, beside the errors of the others, so that one run
/// tells everything.
///
/// A name may be defined in what was not understood, and a namespace may begin there. So only errors are told that no
/// such text can be the cause of: values, and unknown names that stand nowhere in it as a definition would have them;
/// and none in a statement that may go on in what was not understood.
pub(super) fn report(unit: &Unit, settings: &Settings, cluster: Option<&Cluster>, session: &mut Session) {
    let is_missing = |found: &Diagnostic| found.code == Code::UsedFileMissing;
    let is_syntax = |found: &Diagnostic| found.code.id().starts_with("E01") && found.primary.is_some();
    let errors = || session.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    if !errors().all(|found| is_missing(found) || is_syntax(found)) {
        return;
    }
    // Names that a missing file should bring are known to be names: nothing else is in doubt.
    let all_understood = errors().all(is_missing);
    let doubt = Doubt::of(unit, session);
    let around = Surroundings { namespace: settings.namespace.as_deref(), cluster, today: settings.today };
    // The texts that resolving adds are its own, of which there is nothing to tell.
    let (_, found) = resolve::resolve(unit, &mut session.sources.clone(), around);
    let is_sure = |found: &&Diagnostic| all_understood || doubt.spares(found, session);
    let sure: Vec<Diagnostic> = found.iter().filter(is_sure).cloned().collect();
    sure.into_iter().for_each(|found| session.diagnostics.push(found));
}

/// What a program may hold beside what was understood of it.
struct Doubt {
    unread: Unread,
    // Names that may be defined somewhere.
    names: BTreeSet<String>,
    // Words that may be a namespace's, or a name in one.
    words: BTreeSet<String>,
    // Names of the namespace blocks, and the blocks of which nobody knows whether they belong to one of those.
    in_blocks: BTreeSet<String>,
    headless: Vec<Span>,
}

// The parts that were not understood, sorted and apart from each other.
struct Unread {
    spans: Vec<Span>,
}

impl Doubt {
    fn of(unit: &Unit, session: &Session) -> Self {
        let unread = Unread::of(&unit.files);
        let (mut names, mut words) = (BTreeSet::new(), BTreeSet::new());
        for span in &unread.spans {
            let text = session.sources.snippet(*span);
            names.extend(defined_words(text).map(str::to_owned));
            words.extend(split(text).map(str::to_owned));
        }
        let mut doubt = Self { unread, names, words, in_blocks: BTreeSet::new(), headless: Vec::new() };
        unit.files.iter().for_each(|file| doubt.file(file));
        doubt
    }

    fn file(&mut self, file: &File) {
        let mut in_rest = false;
        for statement in &file.statements {
            let StatementKind::Namespace(namespace) = &statement.value.kind else {
                if in_rest {
                    self.in_blocks.extend(defined(statement));
                }
                continue;
            };
            in_rest |= namespace.block.is_none();
            self.block(namespace, statement.span, in_rest);
        }
    }

    // `is_nested`: blocks in others are errors of their own, and what they define is not looked at.
    fn block(&mut self, namespace: &Namespace, span: Span, is_nested: bool) {
        let is_headless = namespace.owners == Owners::Unread;
        if is_headless {
            self.headless.push(span);
        }
        for inner in namespace.block.iter().flatten() {
            self.in_blocks.extend(defined(inner));
            if is_nested && !is_headless {
                self.names.extend(defined(inner));
            }
            if let StatementKind::Namespace(namespace) = &inner.value.kind {
                self.block(namespace, inner.span, true);
            }
        }
    }

    // Whether a finding holds whatever was not understood.
    fn spares(&self, found: &Diagnostic, session: &Session) -> bool {
        let Some(span) = found.primary.as_ref().map(|label| label.span) else { return false };
        if self.unread.holds(span) {
            return false;
        }
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
            | Code::NamespaceName
            | Code::NamespaceTwice
            | Code::UnknownAnnotation
            | Code::AnnotationValue
            | Code::AnnotationTwice => true,
            Code::UnknownName | Code::NotOffered => self.is_unknown(session.sources.snippet(span), span),
            _ => false,
        }
    }

    fn is_unknown(&self, name: &str, span: Span) -> bool {
        if name.contains('.') {
            return !split(name).any(|word| self.words.contains(word));
        }
        let is_headless = || self.headless.iter().any(|block| block.file == span.file && holds(*block, span));
        !(self.names.contains(name) || self.in_blocks.contains(name) && is_headless())
    }
}

impl Unread {
    fn of(files: &[File]) -> Self {
        let mut all: Vec<Span> = files.iter().flat_map(|file| file.unread.iter().copied()).collect();
        all.sort_unstable();
        let mut spans: Vec<Span> = Vec::new();
        for span in all {
            match spans.last_mut() {
                Some(last) if last.file == span.file && span.start <= last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        Self { spans }
    }

    fn holds(&self, span: Span) -> bool {
        let after = self.spans.partition_point(|unread| (unread.file, unread.start) <= (span.file, span.start));
        let before = after.checked_sub(1).and_then(|at| self.spans.get(at));
        before.is_some_and(|unread| unread.file == span.file && span.start < unread.end)
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

// The names that a statement defines.
fn defined(statement: &Statement) -> Vec<String> {
    match &statement.value.kind {
        StatementKind::Let(binding) => vec![binding.name.value.clone()],
        StatementKind::Use(used) => {
            used.names.iter().map(|name| name.alias.as_ref().unwrap_or(&name.name.name).value.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '-' | '_')).filter(|word| !word.is_empty())
}
