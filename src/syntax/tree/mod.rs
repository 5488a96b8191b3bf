//! From pest's pairs to the tree.
//!
//! The grammar fixes which pieces a rule has and in which order, so the functions here take them by that; a piece that
//! is missing against the grammar makes the statement `None`, never a panic.

mod cutter;
mod endpoints;
mod junk;
mod ports;
mod statements;
mod tests_and_tiers;

use std::collections::BTreeSet;

use pest::Parser;

use super::ast::{Comment, Statement, StatementParts, Text};
use super::errors::Errors;
use super::grammar::{Grammar, Pair, Rule};
use super::scan::Scanned;
use crate::diag::{Code, Diagnostic};
use crate::span::{FileId, Span, Spanned};

/// What was understood of a text.
pub(super) struct Understood {
    /// Its statements.
    pub(super) statements: Vec<Statement>,
    /// Which of the comments are doc comments of theirs.
    pub(super) docs: BTreeSet<usize>,
    /// The parts that were not understood.
    pub(super) unread: Vec<Span>,
}

/// Parses a whole text.
pub(super) fn file<'t>(id: FileId, text: &'t str, scanned: &Scanned, errors: &mut Errors<'t>) -> Understood {
    let mut builder = Builder {
        id,
        text,
        base: 0,
        comments: &scanned.comments,
        docs: BTreeSet::new(),
        adopted: Vec::new(),
        unread: Vec::new(),
        blocks: 0,
        errors,
    };
    let mut statements = Vec::new();
    let ends = scanned.cuts.iter().copied().chain([text.len()]);
    for end in ends {
        statements.extend(builder.piece(end));
        builder.base = end;
    }
    Understood { statements, docs: builder.docs, unread: builder.unread }
}

struct Builder<'t, 'e> {
    id: FileId,
    text: &'t str,
    // Where the piece begins that is being parsed.
    base: usize,
    comments: &'e [Comment],
    // Which of them belong to statements.
    docs: BTreeSet<usize>,
    // Statements found in a block that was not closed before them.
    adopted: Vec<Statement>,
    // The parts that were not understood.
    unread: Vec<Span>,
    // How many blocks of broken heads are open.
    blocks: usize,
    errors: &'e mut Errors<'t>,
}

impl<'t> Builder<'t, '_> {
    // The statements from the last piece to `end`.
    fn piece(&mut self, end: usize) -> Vec<Statement> {
        match Grammar::parse(Rule::file, self.text.get(self.base..end).unwrap_or("")) {
            Ok(pairs) => self.siblings(pairs.flat_map(Pair::into_inner)),
            Err(_) => {
                // `file` takes any text, as junk if need be.
                let place = Span::new(self.id, offset(self.base), offset(self.base));
                let message = "the text cannot be understood at all";
                self.errors.push(Diagnostic::new(Code::Syntax, message, place, "from here on"));
                self.unread(self.base, end);
                Vec::new()
            }
        }
    }

    // Where a pair begins and ends in the whole text.
    fn range(&self, pair: &Pair<'t>) -> (usize, usize) {
        (self.base + pair.as_span().start(), self.base + pair.as_span().end())
    }

    // Statements and the junk between them.
    fn siblings(&mut self, pairs: impl Iterator<Item = Pair<'t>>) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut before = None;
        for pair in pairs {
            let (start, end) = self.range(&pair);
            match pair.as_rule() {
                Rule::statement => {
                    before = Some(start);
                    match self.statement(pair) {
                        Some(statement) => statements.push(statement),
                        None => self.unread(start, end),
                    }
                    statements.append(&mut self.adopted);
                }
                Rule::top_junk | Rule::junk => {
                    self.junk(before.take(), (start, end), &mut statements);
                }
                _ => {}
            }
        }
        statements
    }

    fn statement(&mut self, pair: Pair<'t>) -> Option<Statement> {
        let start = self.range(&pair).0;
        let mut doc = self.doc(start, start);
        let mut annotations = Vec::new();
        let mut pieces = pair.into_inner().peekable();
        while let Some(annotation) = pieces.next_if(|piece| piece.as_rule() == Rule::annotation) {
            annotations.push(self.annotation(annotation)?);
            doc.extend(self.doc_behind(start, pieces.peek()));
        }
        let piece = pieces.next()?;
        let span = self.span(&piece);
        let kind = self.statement_kind(piece)?;
        Some(Spanned::new(StatementParts { doc, annotations, kind }, span))
    }

    // The lines of `##` right above a place, taken out of the comments. They are written above the statement, which
    // begins at `begin`, so none of its comments may stand before them.
    fn doc(&mut self, begin: usize, start: usize) -> Vec<Text> {
        let after = self.comments.partition_point(|comment| (comment.span.end as usize) <= start);
        let mut next = start;
        let mut first = after;
        while let Some(comment) = first.checked_sub(1).and_then(|at| self.comments.get(at)) {
            let gap = self.text.get(comment.span.end as usize..next).unwrap_or("");
            let line_breaks = gap.matches('\n').count().max(gap.matches('\r').count());
            let is_doc = is_doc(&comment.value) && self.is_alone(comment);
            // Behind an annotation it cannot but belong to the statement, whatever is empty between them.
            let is_near = line_breaks == 1 || begin < start;
            if !is_doc || !is_near || !gap.trim().is_empty() {
                break;
            }
            next = comment.span.start as usize;
            first -= 1;
        }
        let before = first.checked_sub(1).filter(|before| !self.docs.contains(before));
        if before.and_then(|at| self.comments.get(at)).is_some_and(|comment| comment.span.start as usize >= begin) {
            return Vec::new();
        }
        self.docs.extend(first..after);
        let lines = self.comments.get(first..after).unwrap_or_default();
        lines.iter().map(|line| Spanned::new(doc_text(&line.value), line.span)).collect()
    }

    // The lines of `##` between an annotation and what follows it, in a statement that begins at `begin`.
    fn doc_behind(&mut self, begin: usize, next: Option<&Pair<'t>>) -> Vec<Text> {
        next.map(|next| self.range(next).0).map_or_else(Vec::new, |start| self.doc(begin, start))
    }

    fn is_alone(&self, comment: &Comment) -> bool {
        let before = self.text.get(..comment.span.start as usize).unwrap_or("");
        before.rsplit(['\n', '\r']).next().unwrap_or("").trim_start_matches('\u{feff}').trim().is_empty()
    }

    fn span(&self, pair: &Pair<'t>) -> Span {
        let (start, end) = self.range(pair);
        self.between(start, self.trimmed_end(end))
    }

    // A rule that ends in an optional part may span the blanks and comments before it; what it says ends earlier.
    fn trimmed_end(&self, end: usize) -> usize {
        let last = end.checked_sub(1).and_then(|last| self.text.as_bytes().get(last));
        let is_blank = last.is_some_and(u8::is_ascii_whitespace);
        if is_blank || end == self.text.len() { self.errors.understood(end) } else { end }
    }

    // A span of the text as given.
    fn between(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| offset(at.min(self.errors.end()));
        Span::new(self.id, offset(start), offset(end))
    }

    fn text(&self, pair: &Pair<'t>) -> Text {
        Spanned::new(pair.as_str().to_owned(), self.span(pair))
    }

    // A word, or a quoted text without its quotes; the span holds the quotes.
    fn value(&self, pair: Pair<'t>) -> Text {
        let span = self.span(&pair);
        let inside = match pair.as_rule() {
            Rule::string => pair.into_inner().find(|piece| piece.as_rule() == Rule::string_text),
            _ => Some(pair),
        };
        Spanned::new(inside.map_or("", |piece| piece.as_str()).to_owned(), span)
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

// Two marks; rulers and boxes have more.
fn is_doc(comment: &str) -> bool {
    comment.starts_with("##") && !comment.starts_with("###")
}

fn doc_text(comment: &str) -> String {
    let text = comment.trim_start_matches('#');
    text.strip_prefix(' ').unwrap_or(text).to_owned()
}
