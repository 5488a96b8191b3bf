//! Texts with places where a line may end, and the choice of those places.
//!
//! A group stands on one line if it fits, or else ends a line at each of its own places; the groups in it choose anew.

use super::WIDTH;

/// How far a block or the rest of a broken line stands in.
pub(super) const INDENT: usize = 2;

/// A text with places where a line may end.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    /// Words.
    Text(String),
    /// A line end, or a blank if the group fits on a line.
    Line,
    /// A line end, or nothing if the group fits on a line.
    Break,
    /// A line end always, so that no group around it fits.
    Hard,
    /// A comment behind what stands on its line; a [`Doc::Hard`] follows.
    Trailing(String),
    /// Parts that stand further in when they begin a line.
    Nest(Vec<Doc>),
    /// Parts that end their lines all or not at all.
    Group(Vec<Doc>),
}

impl Doc {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

// A part still to be printed: its indent, and whether its places end lines.
#[derive(Clone, Copy)]
struct Part<'d> {
    doc: &'d Doc,
    indent: usize,
    broken: bool,
}

/// Prints behind what stands in `out`, with lines after the first `indent` far in.
pub(super) fn render(doc: &Doc, indent: usize, out: &mut String) {
    let line = out.rsplit('\n').next().unwrap_or("");
    let mut column = line.chars().count();
    let mut parts = vec![Part { doc, indent, broken: true }];
    while let Some(part) = parts.pop() {
        match part.doc {
            Doc::Text(text) => {
                out.push_str(text);
                column += text.chars().count();
            }
            Doc::Trailing(text) => {
                out.push_str("  ");
                out.push_str(text);
            }
            Doc::Line if !part.broken => {
                out.push(' ');
                column += 1;
            }
            Doc::Break if !part.broken => {}
            Doc::Line | Doc::Break | Doc::Hard => {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', part.indent));
                column = part.indent;
            }
            Doc::Nest(docs) => push(&mut parts, docs, part.indent + INDENT, part.broken),
            Doc::Group(docs) => {
                let broken = part.broken && !fits(docs, &parts, WIDTH.saturating_sub(column));
                push(&mut parts, docs, part.indent, broken);
            }
        }
    }
}

fn push<'d>(parts: &mut Vec<Part<'d>>, docs: &'d [Doc], indent: usize, broken: bool) {
    parts.extend(docs.iter().rev().map(|doc| Part { doc, indent, broken }));
}

// Whether `docs` on one line, with what follows up to the next line end, take no more than `room` characters.
fn fits(docs: &[Doc], after: &[Part<'_>], mut room: usize) -> bool {
    let mut after = after.iter().rev();
    let mut parts = Vec::new();
    push(&mut parts, docs, 0, false);
    loop {
        let Some(part) = parts.pop().or_else(|| after.next().copied()) else { return true };
        let width = match part.doc {
            Doc::Text(text) => text.chars().count(),
            // A comment behind the group does not count, as it can be of any length.
            Doc::Trailing(_) | Doc::Hard => return part.broken,
            Doc::Line | Doc::Break if part.broken => return true,
            Doc::Line => 1,
            Doc::Break => 0,
            Doc::Nest(docs) | Doc::Group(docs) => {
                push(&mut parts, docs, 0, part.broken);
                0
            }
        };
        let Some(left) = room.checked_sub(width) else { return false };
        room = left;
    }
}
