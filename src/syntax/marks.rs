//! Where comments, quotes and brackets lie in a text: what every look at a text has to know that is no parse of it.
//!
//! A comment goes to the end of its line, and so does a quote that is not closed; brackets in either are none. (The
//! grammar says the same once more, for its junk.)

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// From `#` to the end of the line.
    Comment,
    /// From `"` to the next one, or to the end of the line if there is none on it.
    Quoted { closed: bool },
    /// `(`, `[` or `{`.
    Open(u8),
    /// What closes the bracket that it names: `)` is `Close(b'(')`.
    Close(u8),
    /// `@`.
    At,
    /// A line feed or a carriage return.
    LineEnd,
}

/// A mark and its place in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) mark: Mark,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The marks of a text in order.
pub(super) fn marks(text: &str) -> impl Iterator<Item = Marked> + '_ {
    Marks { text: text.as_bytes(), at: 0 }
}

struct Marks<'t> {
    text: &'t [u8],
    at: usize,
}

impl Marks<'_> {
    // Where the line that holds `at` ends, or the first `until` on it stands.
    fn line_end(&self, at: usize, until: Option<u8>) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r') || Some(*byte) == until;
        at + rest.iter().position(ends).unwrap_or(rest.len())
    }

    fn quoted(&self, start: usize) -> (Mark, usize) {
        let end = self.line_end(start + 1, Some(b'"'));
        let closed = self.text.get(end) == Some(&b'"');
        (Mark::Quoted { closed }, end + usize::from(closed))
    }
}

impl Iterator for Marks<'_> {
    type Item = Marked;

    fn next(&mut self) -> Option<Marked> {
        loop {
            let start = self.at;
            let byte = *self.text.get(start)?;
            let (mark, end) = match byte {
                b'#' => (Mark::Comment, self.line_end(start, None)),
                b'"' => self.quoted(start),
                b'(' | b'[' | b'{' => (Mark::Open(byte), start + 1),
                b')' => (Mark::Close(b'('), start + 1),
                b']' => (Mark::Close(b'['), start + 1),
                b'}' => (Mark::Close(b'{'), start + 1),
                b'@' => (Mark::At, start + 1),
                b'\n' | b'\r' => (Mark::LineEnd, start + 1),
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            self.at = end;
            return Some(Marked { mark, start, end });
        }
    }
}
