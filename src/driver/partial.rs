//! What can be told of a program that was understood in parts.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::compile::Settings;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic, Severity};
use crate::resolve::{self, Surroundings, Unit};
use crate::span::{FileId, Span};
use crate::syntax::ast::{File, Namespace, Owners, Statement, StatementKind, TestStepKind};
use crate::syntax::{Definitions, begins_a_line, definitions, may_be_namespace, words};

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
    let doubts = unit.files.iter().map(|file| (file.id, Doubt::of(file, session))).collect();
    let around = Surroundings { namespace: settings.namespace.as_deref(), cluster, today: settings.today };
    // The texts that resolving adds are its own, of which there is nothing to tell.
    let (_, found) = resolve::resolve(unit, &mut session.sources.clone(), around);
    let is_told = |found: &&Diagnostic| all_understood || is_sure(&doubts, found, session);
    let sure: Vec<Diagnostic> = found.iter().filter(is_told).cloned().collect();
    sure.into_iter().for_each(|found| session.diagnostics.push(found));
}

// Whether a finding holds whatever was not understood.
fn is_sure(doubts: &BTreeMap<FileId, Doubt>, found: &Diagnostic, session: &Session) -> bool {
    let Some(span) = found.primary.as_ref().map(|label| label.span) else { return false };
    let Some(own) = doubts.get(&span.file).filter(|own| !own.unread.holds(span)) else { return false };
    let is_unknown = |doubt: &Doubt| doubt.is_unknown(session.sources.snippet(span), span);
    match found.code {
        Code::ReservedStatement
        | Code::LabelKey
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
        // Each file sees its own names, and a `use` those of another.
        Code::UnknownName => is_unknown(own),
        Code::NotOffered => doubts.iter().all(|(file, doubt)| *file == span.file || is_unknown(doubt)),
        _ => false,
    }
}

/// What a file may hold beside what was understood of it.
#[derive(Default)]
struct Doubt {
    // The parts that were not understood.
    unread: Places,
    // Names that may be defined where all of the file sees them, and whether any other may be.
    names: BTreeSet<String>,
    others: bool,
    // Words that may be a namespace's, or a name in one.
    words: BTreeSet<String>,
    // Whether a namespace may begin or end where none was seen to.
    is_torn: bool,
    // All names that were understood, and those of namespace blocks.
    defined: BTreeSet<String>,
    in_blocks: BTreeSet<String>,
    // The places of which nobody knows whether they belong to one of those blocks.
    homeless: Places,
}

// Places in order and apart from each other.
#[derive(Default)]
struct Places(Vec<Span>);

// The braces of a file that have no partner.
struct Lone {
    opened: Vec<Span>,
    closed: Vec<u32>,
}

impl Doubt {
    fn of(file: &File, session: &Session) -> Self {
        let mut doubt = Self { unread: Places::of(file.unread.clone()), ..Self::default() };
        file.unread.iter().for_each(|span| doubt.unread(session.sources.snippet(*span)));
        let mut homeless = Vec::new();
        doubt.statements(file, &Lone::of(file, session), &mut homeless);
        doubt.homeless = Places::of(homeless);
        doubt
    }

    fn unread(&mut self, text: &str) {
        let Definitions { names, others } = definitions(text);
        self.names.extend(names.into_iter().map(str::to_owned));
        self.others |= others;
        self.words.extend(words(text).map(str::to_owned));
        self.is_torn |= text.contains(['{', '}']) || words(text).any(may_be_namespace);
    }

    fn statements(&mut self, file: &File, lone: &Lone, homeless: &mut Vec<Span>) {
        let (mut in_rest, mut last_block) = (false, 0);
        let mut closed = lone.closed.iter().copied().peekable();
        for statement in &file.statements {
            while let Some(at) = closed.next_if(|at| *at < statement.span.start) {
                homeless.push(Span::new(file.id, last_block, at));
            }
            let StatementKind::Namespace(namespace) = &statement.value.kind else {
                self.define(defined(statement), in_rest, in_rest && !lone.closed.is_empty());
                self.fixtures(statement, lone);
                continue;
            };
            in_rest |= namespace.block.is_none();
            self.block(namespace, statement.span, in_rest, lone, homeless);
            if namespace.block.is_some() {
                last_block = statement.span.end;
            }
        }
        homeless.extend(closed.map(|at| Span::new(file.id, last_block, at)));
    }

    // `is_nested`: blocks in others are errors of their own, and what they define is not looked at.
    fn block(&mut self, namespace: &Namespace, span: Span, is_nested: bool, lone: &Lone, homeless: &mut Vec<Span>) {
        let is_headless = namespace.owners == Owners::Unread;
        if is_headless {
            homeless.push(span);
        }
        // What stands behind the end of a block that was not closed is taken for a part of it.
        let is_open = lone.opened.iter().any(|brace| holds(span, *brace));
        for inner in namespace.block.iter().flatten() {
            self.define(defined(inner), true, is_open || is_nested && !is_headless);
            self.fixtures(inner, lone);
            if let StatementKind::Namespace(namespace) = &inner.value.kind {
                self.block(namespace, inner.span, true, lone, homeless);
            }
        }
    }

    // What stands behind a test that was closed too early may be the rest of it: `deny web-1 -> db-1`.
    fn fixtures(&mut self, statement: &Statement, lone: &Lone) {
        let StatementKind::Test(test) = &statement.value.kind else { return };
        for step in test.steps.iter().filter(|_| !lone.closed.is_empty()) {
            if let TestStepKind::Fixture(fixture) = &step.value {
                self.names.insert(fixture.name.value.clone());
            }
        }
    }

    // Notes the names of a statement in a block or outside; some of a block may be seen outside of it.
    fn define(&mut self, names: Vec<String>, in_block: bool, is_seen: bool) {
        for name in names {
            if is_seen {
                self.names.insert(name.clone());
            }
            if in_block {
                self.in_blocks.insert(name.clone());
            }
            self.defined.insert(name);
        }
    }

    // Whether nothing that the file may hold gives a name for the path at a place in it, or in another file.
    fn is_unknown(&self, path: &str, span: Span) -> bool {
        if self.others || begins_a_line(path) {
            return false;
        }
        if let Some((_, name)) = path.rsplit_once('.') {
            return !(words(path).any(|word| self.words.contains(word)) || self.is_torn && self.defined.contains(name));
        }
        !(self.names.contains(path) || self.in_blocks.contains(path) && self.homeless.holds(span))
    }
}

impl Lone {
    fn of(file: &File, session: &Session) -> Self {
        let mut lone = Self { opened: Vec::new(), closed: Vec::new() };
        for span in &file.unread {
            match session.sources.snippet(*span) {
                // A brace that is never closed is a part of its own.
                "{" => lone.opened.push(*span),
                text => lone.closed.extend(closing(text).map(|at| span.start + at)),
            }
        }
        lone.closed.sort_unstable();
        lone
    }
}

// Where braces stand in a text that close nothing in it.
fn closing(text: &str) -> impl Iterator<Item = u32> {
    let mut depth = 0_usize;
    text.char_indices().filter_map(move |(at, char)| {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => return u32::try_from(at).ok(),
            '}' => depth -= 1,
            _ => {}
        }
        None
    })
}

impl Places {
    fn of(mut all: Vec<Span>) -> Self {
        all.sort_unstable();
        let mut spans: Vec<Span> = Vec::new();
        for span in all {
            match spans.last_mut() {
                Some(last) if last.file == span.file && span.start <= last.end => last.end = last.end.max(span.end),
                _ => spans.push(span),
            }
        }
        Self(spans)
    }

    // Whether a place begins in one of them.
    fn holds(&self, span: Span) -> bool {
        let after = self.0.partition_point(|place| (place.file, place.start) <= (span.file, span.start));
        let before = after.checked_sub(1).and_then(|at| self.0.get(at));
        before.is_some_and(|place| place.file == span.file && span.start < place.end)
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
