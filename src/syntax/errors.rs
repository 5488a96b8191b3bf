//! From junk to diagnostics: each piece is parsed again alone, and the place where that stops is the error.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use super::MOST_ERRORS;
use super::ast::Comment;
use super::expected;
use super::foreign;
use super::grammar::{Grammar, Rule};
use super::scan::Scanned;
use super::words::{STATEMENTS, Sort, is_reserved};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::{FileId, Span};

// What foreign spellings are told from lies on the same line and near.
const NEAR: usize = 1024;

/// Why a piece is none of its sort.
pub(super) struct Failure {
    /// Where the parse stops.
    pub(super) at: usize,
    /// What could have gone on there.
    pub(super) expected: Vec<Rule>,
}

impl Failure {
    /// One that begins with what may not stand there.
    pub(super) fn misplaced(at: usize) -> Self {
        Self { at, expected: Vec::new() }
    }
}

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

    /// Why the piece from `start` to `end` is none of its sort; `None` if it is one.
    pub(super) fn failure(&self, start: usize, end: usize, sort: Sort) -> Option<Failure> {
        let alone = match sort {
            Sort::Statement => Rule::statement_alone,
            Sort::Step => Rule::step_alone,
            Sort::TierRule => Rule::tier_rule_alone,
        };
        let error = Grammar::parse(alone, self.text.get(start..end).unwrap_or("")).err()?;
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => start + at,
        };
        // Where words must touch or share a line, the error may be at the blanks between them.
        let blanks = self.text.get(at..end).map_or(0, |rest| rest.len() - rest.trim_start_matches([' ', '\t']).len());
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        Some(Failure { at: at + blanks, expected })
    }

    /// Tells why the piece from `start` to `end` is none of its sort.
    pub(super) fn tell(&mut self, start: usize, end: usize, failure: &Failure, sort: Sort) {
        let diagnostic = self.found(start, failure.at, end, &failure.expected, sort);
        self.push(diagnostic);
    }

    /// Whether so many errors were told that further ones are not.
    pub(super) fn is_full(&self) -> bool {
        self.told >= MOST_ERRORS
    }

    /// Whether the scan has told what is wrong between two places.
    pub(super) fn is_broken(&self, start: usize, end: usize) -> bool {
        let next = self.broken.partition_point(|at| *at < start);
        self.broken.get(next).is_some_and(|at| *at < end)
    }

    /// Whether what stands at `start` cannot go on with what begins at `before`: a word that begins one of its sort, a
    /// brace behind a blank, or another at the beginning of a line that is not indented further.
    pub(super) fn starts_anew(&self, before: usize, start: usize, sort: Sort) -> bool {
        let word = word_at(self.text, start);
        let so_far = self.near(start).trim_end_matches([' ', '\t']);
        // A brace in the middle of a word is a slip in it.
        let is_lone_brace = word == "}" && self.near(start).ends_with(char::is_whitespace);
        if word.starts_with('@') || is_lone_brace || so_far.trim_end().ends_with('}') {
            return true;
        }
        let is_first = so_far.is_empty() || so_far.ends_with(['\n', '\r', '{']);
        let is_verb = sort.keywords().contains(&word) || STATEMENTS.contains(&word);
        is_verb || is_first && self.is_line_of_its_own(before, start)
    }

    // Whether a line that begins at `start` with a word would hardly be written so to go on with what begins at
    // `before`.
    fn is_line_of_its_own(&self, before: usize, start: usize) -> bool {
        let joins =
            ["on", "in", "except", "from", "as", "ports", "to", "and", "or"].contains(&word_at(self.text, start));
        let is_word = self.text.get(start..).is_some_and(|rest| rest.starts_with(char::is_alphabetic));
        let goes_on = self.near(self.understood(start)).ends_with([',', '(', '[']);
        is_word && !joins && !goes_on && self.indent(start) <= self.indent(before)
    }

    /// How many bytes of blanks the line of a place begins with; without end if a piece does not begin its line.
    pub(super) fn indent(&self, at: usize) -> usize {
        let line = self.near(at).rsplit(['\n', '\r']).next().unwrap_or("");
        if line.trim().is_empty() { line.len() } else { usize::MAX }
    }

    fn found(&self, from: usize, at: usize, end: usize, expected: &[Rule], sort: Sort) -> Diagnostic {
        let word = if at < end { word_at(self.text, at) } else { "" };
        let span = self.caret(from, at, word, end);
        let before = self.near(at);
        if word == "->"
            && let Some(direction) = ["ingress", "egress"].into_iter().find(|d| before.trim_end().ends_with(d))
        {
            let start = at - (before.len() - before.trim_end().len()) - direction.len();
            return self.keyword(direction, self.caret(start, start, direction, end), before);
        }
        if is_reserved(word) && expected.iter().any(|symbol| expected::is_name(*symbol)) {
            return self.keyword(word, span, before);
        }
        let found = match word {
            "" if self.text.get(at..).is_some_and(|rest| rest.starts_with('\u{a0}')) => "a no-break space".to_owned(),
            "" if at < end && self.text.get(at..).is_some_and(|rest| rest.starts_with(['\n', '\r'])) => {
                "the end of the line".to_owned()
            }
            "" if at < end => "a blank of another kind".to_owned(),
            "" if end >= self.end => "the end of the file".to_owned(),
            "" => "the end of the statement".to_owned(),
            word => format!("`{}`", clip(word)),
        };
        let keywords = expected::keywords(expected);
        let expected = expected::list(expected);
        let begins = at == from && expected == "a statement";
        let is_word = word.starts_with(char::is_alphabetic) && !is_reserved(word);
        let (message, label) = match expected.is_empty() {
            true => (format!("{found} cannot stand here"), "not understood".to_owned()),
            false if begins && is_word => (format!("unknown statement {found}"), format!("expected {expected}")),
            false => (format!("expected {expected}, found {found}"), format!("expected {expected}")),
        };
        let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
        let start = (at == from).then_some(sort);
        let rest = self.text.get(at..end).unwrap_or("");
        let place = foreign::Place { line, rest, expected: &expected, keywords: &keywords, start };
        Diagnostic::new(Code::Syntax, message, span, label).with_help_if(foreign::help(&place))
    }

    fn keyword(&self, word: &str, span: Span, before: &str) -> Diagnostic {
        let message = format!("`{word}` is a keyword, so nothing can be called by it");
        let help = match word {
            "ingress" | "egress" if !is_definition(before) => {
                format!("a direction stands right after the verb: `allow {word} …`")
            }
            "namespace" if !is_definition(before) => "a namespace's pods are written `pods in shop`".to_owned(),
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

// Whether what stands before a name gives it.
fn is_definition(before: &str) -> bool {
    let last = before.trim_end().rsplit(|char: char| !char.is_alphanumeric()).next().unwrap_or("");
    matches!(last, "let" | "as" | "pod")
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
