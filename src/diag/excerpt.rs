//! The part of a text that a diagnostic shows: the lines of a span, made safe for a terminal.
//!
//! A line may be ten megabytes long, and a text may hold escape codes or direction marks that make it look like another.
//! So an excerpt takes a window of each long line, and replaces what does not print.

use std::ops::Range;

use crate::source::Source;
use crate::span::Span;

// Characters of a line before and after the place that matters; most lines are shorter than both together.
const BEFORE: usize = 80;
const AFTER: usize = 160;
// Lines of a span that reaches over many.
const MOST_LINES: u32 = 12;

/// Some lines of a source.
pub(super) struct Excerpt<'a> {
    name: &'a str,
    span: Span,
    text: String,
    lines: Vec<Line>,
}

struct Line {
    number: u32,
    // Bytes of the source that the window shows.
    original: Range<usize>,
    // Bytes of `text` that show them.
    shown: Range<usize>,
    // Column of the window's first character, from 1.
    column: usize,
}

impl<'a> Excerpt<'a> {
    /// The lines of `span`.
    pub(super) fn around(source: &'a Source, span: Span) -> Self {
        let first = source.line(span.start);
        let last = source.line(span.end.max(span.start)).min(first + MOST_LINES);
        let mut excerpt = Self { name: &source.name, span, text: String::new(), lines: Vec::new() };
        for number in first..=last {
            let Some(range) = source.line_range(number) else { break };
            let focus = if number == first { span.start as usize } else { range.start };
            excerpt.push(source, number, range, focus);
        }
        excerpt
    }

    fn push(&mut self, source: &Source, number: u32, line: Range<usize>, focus: usize) {
        let text = source.text.get(line.clone()).unwrap_or("");
        let focus = focus.clamp(line.start, line.end) - line.start;
        let start = back(text, focus, BEFORE);
        let end = forward(text, focus, AFTER);
        let window = text.get(start..end).unwrap_or("");
        let column = source.line_column(u32::try_from(line.start + start).unwrap_or(u32::MAX)).column as usize;
        let begin = self.text.len();
        for char in window.chars() {
            push_same_width(&mut self.text, char);
        }
        let shown = begin..self.text.len();
        self.text.push('\n');
        self.lines.push(Line { number, original: line.start + start..line.start + end, shown, column });
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// What is shown.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Number of lines shown.
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Where a span of the source lies in the text shown; `None` if it starts elsewhere.
    pub(super) fn range(&self, span: Span) -> Option<Range<usize>> {
        if span.file != self.span.file {
            return None;
        }
        let start = self.shown_at(span.start as usize)?;
        let end = self.shown_at(span.end as usize).or_else(|| {
            let line = self.lines.iter().rfind(|line| line.original.start <= span.end as usize)?;
            Some(line.shown.end)
        })?;
        Some(start..end.max(start))
    }

    fn shown_at(&self, at: usize) -> Option<usize> {
        let line = self.lines.iter().find(|line| line.original.start <= at && at <= line.original.end)?;
        Some(line.shown.start + (at - line.original.start))
    }

    /// The line, counted from 0 in the excerpt, of a byte of the text shown.
    pub(super) fn line_index(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.shown.start <= at).saturating_sub(1)
    }

    /// The bytes of a line of the text shown, with its line end.
    pub(super) fn line_range(&self, index: usize) -> Option<Range<usize>> {
        if index == self.lines.len() {
            return Some(self.text.len()..self.text.len());
        }
        self.lines.get(index).map(|line| line.shown.start..line.shown.end + 1)
    }

    /// The number in the source of a line of the excerpt.
    pub(super) fn line_number(&self, index: usize) -> usize {
        self.lines.get(index).map_or(1, |line| line.number as usize)
    }

    /// The column in the source of a byte of the text shown.
    pub(super) fn column_number(&self, index: usize, at: usize) -> usize {
        let Some(line) = self.lines.get(index) else { return 1 };
        let before = self.text.get(line.shown.start..at.clamp(line.shown.start, line.shown.end)).unwrap_or("");
        line.column + before.chars().count()
    }
}

// The byte `count` characters before `at`.
fn back(text: &str, at: usize, count: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.char_indices().rev().take(count).last().map_or(before.len(), |(at, _)| at)
}

// The byte `count` characters after `at`.
fn forward(text: &str, at: usize, count: usize) -> usize {
    text.get(at..).and_then(|after| after.char_indices().nth(count)).map_or(text.len(), |(further, _)| at + further)
}

// Offsets into a line stay right, because a replacement has as many bytes as what it replaces.
fn push_same_width(text: &mut String, char: char) {
    let safe = printable(char);
    match (safe == char, char.len_utf8()) {
        (true, _) => text.push(char),
        (false, 3) => text.push(char::REPLACEMENT_CHARACTER),
        (false, width) => text.extend(std::iter::repeat_n('?', width)),
    }
}

/// `char`, or the replacement character where it would not print as itself: controls, and marks that turn the direction
/// of text around.
pub(super) fn printable(char: char) -> char {
    match char {
        '\t' | '\n' => char,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ if char.is_control() => char::REPLACEMENT_CHARACTER,
        _ => char,
    }
}
