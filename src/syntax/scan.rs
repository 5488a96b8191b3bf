//! One pass over the text before the grammar sees it: comments, and brackets and quotes that do not close.
//!
//! Brackets come first because everything after them is a guess, and because the grammar recurses on them.

use super::MOST_ERRORS;
use super::ast::Comment;
use super::foreign::first_word;
use super::marks::{Mark, Marked, marks};
use super::words::STATEMENTS;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::{FileId, Span, Spanned};

/// How deep brackets of any kind may stand in each other. People need three.
pub(super) const MAX_DEPTH: usize = 64;

/// Bytes that the grammar sees at once, or more: its record of a whole file would not fit the processor's caches.
const PIECE: usize = 2 * 1024;

/// What the pass found.
#[derive(Default)]
pub(super) struct Scanned {
    /// Every comment, doc comments included.
    pub(super) comments: Vec<Comment>,
    /// What does not close, or closes nothing.
    pub(super) diagnostics: Diagnostics,
    /// The places of those, so that the grammar's error there is not told too.
    pub(super) broken: Vec<usize>,
    /// Whether the grammar must not see the text.
    pub(super) too_deep: bool,
    /// Braces still open at the end.
    pub(super) open_braces: usize,
    /// Their places.
    pub(super) unclosed: Vec<Span>,
    /// Places outside brackets, in order and [`PIECE`] or more apart, where a line begins a statement.
    pub(super) cuts: Vec<usize>,
}

/// Scans a text of less than 4 GiB.
pub(super) fn scan(file: FileId, text: &str) -> Scanned {
    let mut scan = Scan { file, text, open: Vec::new(), annotated: false, found: Scanned::default() };
    for marked in marks(text) {
        scan.step(marked);
        if scan.found.too_deep {
            break;
        }
    }
    scan.finish()
}

struct Scan<'t> {
    file: FileId,
    text: &'t str,
    // Brackets not closed yet, and where they stand.
    open: Vec<(u8, usize)>,
    // Whether an annotation stands in or after the last line that begins with a word, outside brackets: the next
    // statement may need it.
    annotated: bool,
    found: Scanned,
}

impl Scan<'_> {
    fn step(&mut self, Marked { mark, start, end }: Marked) {
        match mark {
            Mark::Comment => self.comment(start, end),
            Mark::Quoted { closed: true } => {}
            Mark::Quoted { closed: false } => self.report(
                start,
                "`\"` is not closed on its line",
                "opened here",
                "close it with `\"`; text in quotes has no line breaks",
            ),
            Mark::Open(bracket) => self.push(bracket, start),
            Mark::Close(bracket) => self.close(bracket, start),
            Mark::LineEnd => self.line(end),
            Mark::At => self.annotated |= self.open.is_empty(),
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(end))
    }

    fn comment(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or("").trim_end();
        let span = self.span(start, start + text.len());
        self.found.comments.push(Spanned::new(text.to_owned(), span));
    }

    fn push(&mut self, byte: u8, at: usize) {
        self.open.push((byte, at));
        if self.open.len() > MAX_DEPTH {
            let message = format!("brackets stand more than {MAX_DEPTH} deep in each other");
            let diagnostic = Diagnostic::new(Code::NestedTooDeep, message, self.span(at, at + 1), "one too many")
                .with_help("give the inner part a name with `let`");
            self.found.diagnostics.push(diagnostic);
            self.found.too_deep = true;
        }
    }

    fn close(&mut self, opening: u8, at: usize) {
        match self.open.last() {
            Some((open, _)) if *open == opening => {
                self.open.pop();
            }
            // `{ … ( }`: the inner one was forgotten. Braces weigh more: no `)` closes what a `{` opened.
            Some(_) if self.reach(opening) => {
                while let Some((open, opened)) = self.open.pop() {
                    if open == opening {
                        break;
                    }
                    self.unclosed(open, opened);
                }
            }
            _ => {
                let mark = char::from(self.text.as_bytes().get(at).copied().unwrap_or(opening));
                let message = format!("`{mark}` closes nothing");
                self.report(at, &message, "no bracket is open here", &format!("remove the `{mark}`"));
            }
        }
    }

    // Whether a bracket of this kind is open, and may be closed here.
    fn reach(&self, opening: u8) -> bool {
        let mut within = self.open.iter().rev().take_while(|(open, _)| opening == b'{' || *open != b'{');
        within.any(|(open, _)| *open == opening)
    }

    // Looks at how a line begins.
    fn line(&mut self, start: usize) {
        match self.open.last() {
            None => self.cut(start),
            Some((b'(' | b'[', _)) => self.close_at(start),
            Some(_) => {}
        }
    }

    // A line outside brackets that begins with a statement's keyword begins a statement.
    fn cut(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or("").trim_start_matches([' ', '\t']);
        let last = self.found.cuts.last().copied().unwrap_or(0);
        match rest.as_bytes().first() {
            None | Some(b'#' | b'\n' | b'\r' | b'@') => {}
            Some(_) => {
                let word = first_word(rest);
                let is_apart = rest.get(word.len()..).is_some_and(|after| after.starts_with([' ', '\t']));
                let is_far = !self.annotated && start - last >= PIECE;
                if is_far && is_apart && STATEMENTS.contains(&word) && !self.is_in_list(start) {
                    self.found.cuts.push(start);
                }
                self.annotated = false;
            }
        }
    }

    // Whether the last word before a place is a comma: a namespace in a list may be called `test`.
    fn is_in_list(&self, at: usize) -> bool {
        let mut before = self.text.get(..at).unwrap_or("").trim_end();
        for comment in self.found.comments.iter().rev().take_while(|comment| comment.span.end as usize <= at) {
            if comment.span.end as usize != before.len() {
                break;
            }
            before = self.text.get(..comment.span.start as usize).unwrap_or("").trim_end();
        }
        before.ends_with(',')
    }

    // A line that begins with a statement's keyword ends what round and square brackets were left open.
    fn close_at(&mut self, start: usize) {
        let rest = self.text.get(start..).unwrap_or("").trim_start_matches([' ', '\t']);
        let word = first_word(rest);
        let after = rest.get(word.len()..).unwrap_or("");
        // `test, admin=x, use in (a)` may stand in a list; a statement has a word of another kind after its own.
        let next = after.trim_start_matches([' ', '\t']);
        let goes_on = next.starts_with(|char: char| char.is_ascii_alphanumeric() || matches!(char, '"' | '('));
        let is_test = matches!(first_word(next), "in" | "notin");
        if STATEMENTS.contains(&word) && after.len() > next.len() && goes_on && !is_test {
            while let Some((open @ (b'(' | b'['), at)) = self.open.last().copied() {
                self.open.pop();
                self.unclosed(open, at);
            }
        }
    }

    fn unclosed(&mut self, open: u8, at: usize) {
        let (open, close) = match open {
            b'(' => ('(', ')'),
            b'[' => ('[', ']'),
            _ => ('{', '}'),
        };
        let message = format!("`{open}` is never closed");
        self.report(at, &message, "opened here", &format!("close it with `{close}`"));
    }

    fn report(&mut self, at: usize, message: &str, label: &str, help: &str) {
        self.found.broken.push(at);
        if self.found.broken.len() <= MOST_ERRORS {
            let diagnostic = Diagnostic::new(Code::Unbalanced, message, self.span(at, at + 1), label);
            self.found.diagnostics.push(diagnostic.with_help(help));
        }
    }

    fn finish(mut self) -> Scanned {
        if !self.found.too_deep {
            self.found.open_braces = self.open.iter().filter(|(open, _)| *open == b'{').count();
            for (open, at) in std::mem::take(&mut self.open) {
                if open == b'{' {
                    self.found.unclosed.push(self.span(at, at + 1));
                }
                self.unclosed(open, at);
            }
        }
        self.found
    }
}
