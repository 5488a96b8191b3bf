//! The texts of a run, by [`FileId`], with line and column look-up.

use std::sync::OnceLock;

use crate::span::{FileId, Span};

/// One text: a file, standard input, or the prelude.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user gave it, `-` for standard input.
    pub name: String,
    /// The whole text.
    pub text: String,
    // Byte offsets at which lines begin; the first is 0.
    line_starts: Vec<u32>,
    // Characters before each block of the text, counted when a column is asked for: a line may be megabytes long.
    blocks: OnceLock<Vec<u32>>,
}

// Bytes of a block.
const BLOCK: usize = 4096;

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

/// A text that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8Error {
    /// Where, in the text that is shown for it.
    pub span: Span,
    /// The first byte that is wrong.
    pub byte: u8,
}

/// A place for people: both numbers count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line number from 1.
    pub line: u32,
    /// Column in characters from 1.
    pub column: u32,
}

impl Sources {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text. Callers keep texts under 4 GiB, the range of a span.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let line_starts = line_starts(&text);
        self.sources.push(Source { name: name.into(), text, line_starts, blocks: OnceLock::new() });
        FileId(offset(self.sources.len() - 1))
    }

    /// Adds a text as it was read. One that is not UTF-8 is kept with its wrong bytes replaced, to be shown.
    ///
    /// # Errors
    ///
    /// Where the first wrong byte stands, if one does.
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> Result<FileId, NotUtf8Error> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.add(name, text)),
            Err(error) => {
                let start = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(start).copied().unwrap_or_default();
                let file = self.add(name, String::from_utf8_lossy(error.as_bytes()));
                let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
                Err(NotUtf8Error { span: Span::new(file, offset(start), offset(end)), byte })
            }
        }
    }

    /// The text of a file, if the id is of this run.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.sources.get(file.0 as usize)
    }

    /// The name of a file as the user gave it, empty for an id of another run.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| &source.name)
    }

    /// The text under a span, empty where the span does not fit its file.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.get(span.file).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Line and column at which a span starts.
    #[must_use]
    pub fn line_column(&self, span: Span) -> LineColumn {
        let Some(source) = self.get(span.file) else { return LineColumn { line: 1, column: 1 } };
        source.line_column(span.start)
    }

    /// `file:line` of a span, as artifacts and `why` lines cite it.
    #[must_use]
    pub fn file_line(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.line(span))
    }

    /// Line at which a span starts, from 1.
    #[must_use]
    pub fn line(&self, span: Span) -> u32 {
        self.get(span.file).map_or(1, |source| source.line(span.start))
    }
}

impl Source {
    /// Line and column of a byte offset.
    #[must_use]
    pub fn line_column(&self, at: u32) -> LineColumn {
        let line = self.line(at);
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or(0);
        let before = self.characters_before(at).saturating_sub(self.characters_before(start));
        LineColumn { line, column: offset(before + 1) }
    }

    /// Line of a byte offset, from 1.
    #[must_use]
    pub fn line(&self, at: u32) -> u32 {
        offset(self.line_starts.partition_point(|start| *start <= at).max(1))
    }

    // A character is counted where it begins.
    fn characters_before(&self, at: u32) -> usize {
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| (**byte as i8) >= -0x40).count();
        let blocks = self.blocks.get_or_init(|| {
            let sums = self.text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
                *sum += count(block);
                Some(offset(*sum))
            });
            std::iter::once(0).chain(sums).collect()
        });
        let at = (at as usize).min(self.text.len());
        let before = blocks.get(at / BLOCK).copied().unwrap_or_default() as usize;
        before + self.text.as_bytes().get(at / BLOCK * BLOCK..at).map_or(0, count)
    }

    /// Byte range of a line (from 1), without its line end.
    #[must_use]
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts.get((line as usize).checked_sub(1)?)? as usize;
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |next| *next as usize);
        let text = self.text.get(start..end)?;
        Some(start..start + text.trim_end_matches(['\n', '\r']).len())
    }
}

// Lines end in `\n`, `\r\n` or `\r`, as the grammar has it.
fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).map(offset).collect()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_bytes_have_a_place() {
        let mut sources = Sources::new();
        let error = sources.add_bytes("a.netpol", b"allow a\nz\xc3\xb6 \xff b".to_vec()).unwrap_err();
        let at = sources.line_column(error.span);
        assert_eq!((at.line, at.column, error.byte), (2, 4, 0xff));
        assert_eq!(sources.snippet(error.span), "\u{fffd}");
        assert!(sources.add_bytes("b.netpol", b"isolate pods".to_vec()).is_ok());
    }

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::new();
        let file = sources.add("a.netpol", "first\nzwölf web\n");
        let at = sources.line_column(Span::new(file, 13, 16));
        assert_eq!((at.line, at.column), (2, 7));
        assert_eq!(sources.snippet(Span::new(file, 13, 16)), "web");
        assert_eq!(sources.file_line(Span::new(file, 13, 16)), "a.netpol:2");
    }

    #[test]
    fn columns_of_long_lines_are_counted_from_their_block() {
        let mut sources = Sources::new();
        let text = format!("first\n{}\n", "zwölf ".repeat(5000));
        let file = sources.add("a.netpol", &*text);
        for at in (6..text.len()).filter(|at| text.is_char_boundary(*at)).step_by(997) {
            let place = sources.line_column(Span::new(file, offset(at), offset(at)));
            let column = text.get(6..at).unwrap().chars().count() + 1;
            assert_eq!((place.line, place.column as usize), (2, column));
        }
    }

    #[test]
    fn a_line_ends_in_any_way() {
        let mut sources = Sources::new();
        let file = sources.add("a.netpol", "a\rb\r\nc\nd");
        let line = |at| sources.line_column(Span::new(file, at, at));
        assert_eq!([0, 2, 5, 7].map(|at| (line(at).line, line(at).column)), [(1, 1), (2, 1), (3, 1), (4, 1)]);
        assert_eq!(sources.get(file).unwrap().line_range(2), Some(2..3));
    }
}
