//! From junk to diagnostics: each piece is parsed again alone, and the place where that stops is the error.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::MOST_ERRORS;
use super::ast::Comment;
use super::expected;
use super::foreign;
use super::grammar::{Grammar, Rule};
use super::scan::Scanned;
use super::words::{STATEMENTS, is_reserved};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::{FileId, Span};

// What foreign spellings are told from lies on the same line and near.
const NEAR: usize = 1024;

/// Collects the errors of one file.
pub(super) struct Errors<'t> {
    file: FileId,
    text: &'t str,
    // Where the text as given ends; what follows are braces that were closed for it.
    end: usize,
    comments: &'t [Comment],
    // Where the scan has found fault already, in order.
    broken: Vec<usize>,
    diagnostics: Diagnostics,
    told: usize,
}

impl<'t> Errors<'t> {
    pub(super) fn new(file: FileId, text: &'t str, end: usize, scanned: &'t Scanned) -> Self {
        let mut broken = scanned.broken.clone();
        broken.sort_unstable();
        Self { file, text, end, comments: &scanned.comments, broken, diagnostics: Diagnostics::new(), told: 0 }
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }

    /// Where the text as given ends.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Adds an error of the tree's own making.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.told += 1;
        if self.told <= MOST_ERRORS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Reports what is wrong with the piece from `start` to `end`, which `alone` should have been.
    ///
    /// `before` is where the sibling before it starts: junk without a keyword of its own is the rest of that one.
    /// Returns whether it was told; what the scan has found fault with is not told again.
    pub(super) fn junk(&mut self, before: Option<usize>, start: usize, end: usize, alone: Rule) -> bool {
        if self.told >= MOST_ERRORS || self.is_broken(start, end) {
            return false;
        }
        let from = before.filter(|_| !self.starts_anew(start)).unwrap_or(start);
        let piece = self.text.get(from..end).unwrap_or("");
        let diagnostic = match Grammar::parse(alone, piece) {
            Err(error) => self.explain(&error, from, end),
            // The piece is well by itself: then it stands where it may not.
            Ok(_) => self.found(start, start, end, &[]),
        };
        self.push(diagnostic);
        true
    }

    /// Reports further statements whose keywords are misspelt: a piece runs up to the next keyword.
    pub(super) fn misspelt(&mut self, start: usize, end: usize) {
        let mut at = start;
        for line in self.text.get(start..end).unwrap_or("").split_inclusive('\n') {
            let word_at = at + line.len() - line.trim_start().len();
            let word = foreign::first_word(line.trim_start());
            let is_verb = line.trim_start().get(word.len()..).is_some_and(|rest| rest.starts_with([' ', '\t']));
            if at > start && is_verb && foreign::statement(word).is_some() {
                let diagnostic = self.found(word_at, word_at, end, &[Rule::statement]);
                self.push(diagnostic);
            }
            at += line.len();
        }
    }

    /// Whether the scan has told what is wrong between two places.
    pub(super) fn is_broken(&self, start: usize, end: usize) -> bool {
        let next = self.broken.partition_point(|at| *at < start);
        self.broken.get(next).is_some_and(|at| *at < end)
    }

    // Whether a line begins here with a word that begins a statement or a piece of a block.
    fn starts_anew(&self, start: usize) -> bool {
        let word = word_at(self.text, start);
        let is_first = self.near(start).trim_end_matches([' ', '\t']).ends_with(['\n', '\r', '{']) || start == 0;
        let is_verb = STATEMENTS.contains(&word) || matches!(word, "pod" | "expect" | "accept" | "pass");
        is_first && is_verb || word.starts_with('@')
    }

    fn explain(&self, error: &pest::error::Error<Rule>, from: usize, end: usize) -> Diagnostic {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => from + at,
        };
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        // Where words must touch or share a line, the error may be at the blanks between them.
        let blanks = self.text.get(at..end).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', '\t']).len());
        self.found(from, at + blanks, end, expected)
    }

    fn found(&self, from: usize, at: usize, end: usize, expected: &[Rule]) -> Diagnostic {
        let word = if at < end { word_at(self.text, at) } else { "" };
        let span = self.caret(from, at, word, end);
        let before = self.near(at);
        if word == "->"
            && let Some(direction) = ["ingress", "egress"].into_iter().find(|d| before.trim_end().ends_with(d))
        {
            let start = at - (before.len() - before.trim_end().len()) - direction.len();
            return self.keyword(direction, self.caret(start, start, direction, end));
        }
        if is_reserved(word) && expected.iter().any(|symbol| expected::is_name(*symbol)) {
            return self.keyword(word, span);
        }
        let found = match word {
            "" if at < end => "the end of the line".to_owned(),
            "" if end >= self.end => "the end of the file".to_owned(),
            "" => "the end of the statement".to_owned(),
            word => format!("`{}`", clip(word)),
        };
        let expected = expected::list(expected);
        let (message, label) = match expected.is_empty() {
            true => (format!("{found} cannot stand here"), "not understood".to_owned()),
            false => (format!("expected {expected}, found {found}"), format!("expected {expected}")),
        };
        let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
        let place = foreign::Place { line, rest: self.text.get(at..end).unwrap_or(""), expected: &expected };
        Diagnostic::new(Code::Syntax, message, span, label).with_help_if(foreign::help(&place))
    }

    fn keyword(&self, word: &str, span: Span) -> Diagnostic {
        let message = format!("`{word}` is a keyword, so nothing can be called by it");
        let help = match word {
            "ingress" | "egress" => format!("a direction stands right after the verb: `allow {word} …`"),
            _ => format!("choose another name, such as `{word}-1` or `my-{word}`"),
        };
        Diagnostic::new(Code::ReservedWord, message, span, "a name is needed here").with_help(help)
    }

    // The text shortly before a place.
    fn near(&self, at: usize) -> &'t str {
        let start = (at.saturating_sub(NEAR)..=at).find(|start| self.text.is_char_boundary(*start)).unwrap_or(at);
        self.text.get(start..at).unwrap_or("")
    }

    // The word found, or, where that stands on a later line than what it should go on, the place after the last one
    // understood.
    fn caret(&self, from: usize, at: usize, word: &str, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at.min(self.end)).unwrap_or(u32::MAX);
        let before = self.understood(at);
        let gap = self.text.get(before..at).unwrap_or("");
        if at >= end || (at > from && gap.contains(['\n', '\r'])) {
            return Span::new(self.file, offset(before), offset(before));
        }
        Span::new(self.file, offset(at), offset(at + clip(word).len().max(usize::from(!word.is_empty()))))
    }

    /// Where the last word before a place ends, comments left out.
    pub(super) fn understood(&self, at: usize) -> usize {
        let trimmed = |at: usize| self.text.get(..at).map_or(at, |text| text.trim_end().len());
        let mut end = trimmed(at);
        let mut before = self.comments.partition_point(|comment| comment.span.end as usize <= end);
        while let Some(comment) = before.checked_sub(1).and_then(|last| self.comments.get(last))
            && comment.span.end as usize == end
        {
            end = trimmed(comment.span.start as usize);
            before -= 1;
        }
        end
    }
}

/// The word or mark at a place: what a person would point at.
fn word_at(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let Some(first) = rest.chars().next() else { return "" };
    let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/');
    let is_mark = |char: char| matches!(char, '-' | '=' | '>' | '<' | '!' | '&' | '|' | '~' | '/' | '*');
    let length = match first {
        _ if is_word(first) && !is_mark(first) => rest.find(|char| !is_word(char)),
        '@' => rest.get(1..).and_then(|rest| rest.find(|char| !is_word(char))).map(|length| length + 1),
        _ if is_mark(first) => rest.find(|char| !is_mark(char)),
        _ if first.is_whitespace() => Some(0),
        _ => Some(first.len_utf8()),
    };
    rest.get(..length.unwrap_or(rest.len())).unwrap_or("")
}

// Words are cited up to a length that a line can show.
fn clip(word: &str) -> &str {
    word.char_indices().nth(40).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}
