//! From junk to diagnostics: each piece is parsed again alone, and the place where that stops is the error.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::MOST_ERRORS;
use super::ast::Comment;
use super::expected;
use super::foreign;
use super::grammar::{Grammar, Rule};
use super::scan::Scanned;
use super::words::is_reserved;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::{FileId, Span};

// More would bury the word that matters.
const MOST_EXPECTED: usize = 6;
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
    pub(super) fn junk(&mut self, before: Option<usize>, start: usize, end: usize, alone: Rule) {
        if self.told >= MOST_ERRORS || self.is_broken(start, end) {
            return;
        }
        let own = self.starts_anew(start, alone);
        let from = before.filter(|_| !own).unwrap_or(start);
        let piece = self.text.get(from..end).unwrap_or("");
        let diagnostic = match Grammar::parse(alone, piece) {
            Err(error) => self.explain(&error, from, end),
            // The piece is well by itself: then it stands where it may not.
            Ok(_) => self.found(start, end, &[]),
        };
        self.push(diagnostic);
    }

    /// Whether the scan has told what is wrong between two places.
    pub(super) fn is_broken(&self, start: usize, end: usize) -> bool {
        let next = self.broken.partition_point(|at| *at < start);
        self.broken.get(next).is_some_and(|at| *at < end)
    }

    fn starts_anew(&self, start: usize, alone: Rule) -> bool {
        let word = word_at(self.text, start);
        match alone {
            Rule::step_alone => matches!(word, "pod" | "expect"),
            Rule::tier_rule_alone => matches!(word, "accept" | "deny" | "pass") || word.starts_with('@'),
            _ => super::words::STATEMENTS.contains(&word) || word.starts_with('@'),
        }
    }

    fn explain(&self, error: &pest::error::Error<Rule>, from: usize, end: usize) -> Diagnostic {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => from + at,
        };
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        self.found(at, end, expected)
    }

    fn found(&self, at: usize, end: usize, expected: &[Rule]) -> Diagnostic {
        let word = word_at(self.text, at);
        let span = self.caret(at, word, end);
        let before = self.near(at);
        if word == "->"
            && let Some(direction) = ["ingress", "egress"].into_iter().find(|d| before.trim_end().ends_with(d))
        {
            let start = at - (before.len() - before.trim_end().len()) - direction.len();
            return self.keyword(direction, self.caret(start, direction, end));
        }
        let found = if at >= end || word.is_empty() { "the end".to_owned() } else { format!("`{}`", clip(word)) };
        let label = list(expected);
        if is_reserved(word) && expected.iter().any(|symbol| expected::is_name(*symbol)) {
            return self.keyword(word, span);
        }
        let message = match label.is_empty() {
            true => format!("{found} cannot stand here"),
            false => format!("expected {label}, found {found}"),
        };
        let label = if label.is_empty() { "not understood".to_owned() } else { format!("expected {label}") };
        let help = foreign::help(before, self.text.get(at..).unwrap_or(""));
        Diagnostic::new(Code::Syntax, message, span, label).with_help_if(help)
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

    // The word found, or, where it stands on a later line, the place after the last one understood.
    fn caret(&self, at: usize, word: &str, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at.min(self.end)).unwrap_or(u32::MAX);
        let before = self.understood(at);
        let gap = self.text.get(before..at).unwrap_or("");
        if at >= end || gap.contains(['\n', '\r']) {
            return Span::new(self.file, offset(before), offset(before));
        }
        Span::new(self.file, offset(at), offset(at + clip(word).len().max(usize::from(!word.is_empty()))))
    }

    // Where the last word before a place ends, comments left out.
    fn understood(&self, at: usize) -> usize {
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
    let is_mark = |char: char| matches!(char, '-' | '=' | '>' | '<' | '!' | '&' | '|' | '~');
    let length = match first {
        _ if is_word(first) && first != '-' && first != '/' => rest.find(|char| !is_word(char)),
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

// "a", "a or b", "a, b or c".
fn list(rules: &[Rule]) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for label in rules.iter().filter_map(|symbol| expected::label(*symbol)) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    // Everything can be followed by the end or the next statement, which helps nobody while something else is missing.
    if labels.len() > 1 {
        labels.retain(|label| !matches!(*label, "the end" | "a statement"));
    }
    labels.truncate(MOST_EXPECTED);
    match labels.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
