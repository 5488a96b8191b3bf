//! From the reader's marks, which count characters, to bytes.

use crate::span::{FileId, Span};

/// Walks along a text; near marks are cheap, and marks come nearly in order.
pub(super) struct Offsets<'t> {
    file: FileId,
    text: &'t str,
    is_ascii: bool,
    // The same place twice.
    characters: usize,
    bytes: usize,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(file: FileId, text: &'t str) -> Self {
        Self { file, text, is_ascii: text.is_ascii(), characters: 0, bytes: 0 }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The span between two marks, given as numbers of characters.
    pub(super) fn span(&mut self, start: usize, end: usize) -> Span {
        let (start, end) = (self.byte(start), self.byte(end));
        self.bytes_span(start, end)
    }

    /// The span between two places, given in bytes.
    pub(super) fn bytes_span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(start), offset(end))
    }

    fn byte(&mut self, characters: usize) -> usize {
        if self.is_ascii {
            return characters.min(self.text.len());
        }
        while self.characters < characters
            && let Some(next) = self.text.get(self.bytes..).and_then(|rest| rest.chars().next())
        {
            self.bytes += next.len_utf8();
            self.characters += 1;
        }
        while self.characters > characters
            && let Some(last) = self.text.get(..self.bytes).and_then(|before| before.chars().next_back())
        {
            self.bytes -= last.len_utf8();
            self.characters -= 1;
        }
        self.bytes
    }
}
