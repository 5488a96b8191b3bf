//! Diagnostics: what is wrong, where, and what to write instead.
//!
//! A diagnostic keeps its message, labels and help apart, so that the same facts serve people, JSON and SARIF. Messages
//! are lowercase without a full stop, user text stands in backticks, and help says exactly what to write.

mod code;
mod excerpt;
pub mod json;
pub mod render;
pub mod sarif;
pub(crate) mod suggest;

pub use code::Code;

use crate::span::Span;

/// How much a diagnostic weighs. Only errors stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing, never counted.
    Note,
    /// Probably a mistake; artifacts are the same with and without.
    Warning,
    /// Nothing is written.
    Error,
}

/// A span and what to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it, a few words.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// Its weight.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The place, unless the finding is about no text (a folder that cannot be read).
    pub primary: Option<Label>,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// What to write, one entry an option.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A finding of the code's own severity at `span`, labelled `label`.
    pub fn new(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        let primary = Some(Label { span, text: clipped(label.into()) });
        Self { primary, ..Self::without_place(code, message) }
    }

    /// A finding about no text.
    pub fn without_place(code: Code, message: impl Into<String>) -> Self {
        let message = clipped(message.into());
        Self { code, severity: code.severity(), message, primary: None, secondary: Vec::new(), help: Vec::new() }
    }

    /// Adds another place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: clipped(text.into()) });
        self
    }

    /// Adds help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help.push(clipped(help.into()));
        self
    }

    /// Adds help where there is some.
    #[must_use]
    pub fn with_help_if(mut self, help: Option<String>) -> Self {
        self.help.extend(help.map(clipped));
        self
    }
}

// Texts cite what the user wrote, which may be megabytes long.
fn clipped(text: String) -> String {
    const LONGEST: usize = 1000;
    let text = if text.len() > LONGEST_WORD { with_short_words(&text) } else { text };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
        None => text,
    }
}

// Longer than any name, label or address that is one, with its quotes.
const LONGEST_WORD: usize = 330;

// Both ends of a word are kept: the quotes around it, and the sentence behind it.
fn with_short_words(text: &str) -> String {
    let short = |word: &str| {
        let cut = |at: usize| word.char_indices().nth(at).map_or(word.len(), |(at, _)| at);
        let count = word.chars().count();
        match count > LONGEST_WORD {
            true => format!("{}…{}", word.get(..cut(40)).unwrap_or(""), word.get(cut(count - 20)..).unwrap_or("")),
            false => word.to_owned(),
        }
    };
    text.split_inclusive(char::is_whitespace).map(short).collect()
}

/// The findings of a run, in the order they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No findings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds a finding where there is one.
    pub fn extend(&mut self, diagnostic: Option<Diagnostic>) {
        self.list.extend(diagnostic);
    }

    /// Adds all findings of `other`.
    pub fn append(&mut self, mut other: Self) {
        self.list.append(&mut other.list);
    }

    /// Whether an error is among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Sorts by place and drops repeats (a block for several namespaces is judged once for each).
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| (d.primary.as_ref().map(|label| label.span), d.code));
        self.list.dedup();
        self.list
    }

    /// Makes every warning an error, for `--deny warnings`.
    pub fn deny_warnings(&mut self) {
        for diagnostic in &mut self.list {
            diagnostic.severity = match diagnostic.severity {
                Severity::Warning => Severity::Error,
                other => other,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_cut_in_their_middle() {
        let word = "w".repeat(100_000);
        let (head, tail) = ("w".repeat(39), "w".repeat(18));
        assert_eq!(
            clipped(format!("nothing is called `{word}` here")),
            format!("nothing is called `{head}…{tail}` here")
        );
        let name = format!("no `{}/{}` is too long", "a".repeat(253), "b".repeat(63));
        assert_eq!(clipped(name.clone()), name);
        assert_eq!(clipped("a ".repeat(1_000)).chars().count(), 1_001);
    }
}
