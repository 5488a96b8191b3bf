//! Comments that stand on lines of their own. The reader drops them, so they are looked for between its events.

use super::offsets::Offsets;
use crate::span::Span;

/// Adds the comments of a gap between two values, in bytes: marks of YAML's own, blanks and comments.
pub(super) fn collect(offsets: &Offsets<'_>, from: usize, to: usize, comments: &mut Vec<Span>) {
    let text = offsets.text();
    let Some(gap) = text.get(from..to).filter(|gap| gap.contains('#')) else { return };
    let at_line_start = text.get(..from).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let mut start = from;
    for (at, line) in gap.split_inclusive('\n').enumerate() {
        let comment = line.trim_start_matches([' ', '\t', '\u{feff}']);
        if comment.starts_with('#') && (at > 0 || at_line_start) {
            let indent = line.len() - comment.len();
            comments.push(offsets.bytes_span(start + indent, start + indent + comment.trim_end().len()));
        }
        start += line.len();
    }
}

/// Comments above a value, without their `#`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Above {
    /// The lines.
    pub lines: Vec<String>,
    /// How many of them stand apart: an empty line, or the mark of a document, is between them and the others.
    pub apart: usize,
}

impl Above {
    /// These comments and, apart from them, those of something further below.
    #[must_use]
    pub fn and_then(mut self, below: Self) -> Self {
        if self.lines.is_empty() {
            return below;
        }
        self.apart = self.lines.len() + below.apart;
        self.lines.extend(below.lines);
        self
    }
}

/// The comments directly above byte `start`: only blanks and the marks of a document or an item stand between.
pub(super) fn above(text: &str, comments: &[Span], start: u32) -> Above {
    let before = comments.partition_point(|comment| comment.start < start);
    let (mut lines, mut near) = (Vec::new(), None);
    let mut below = start;
    for comment in comments.get(..before).unwrap_or_default().iter().rev() {
        let between = text.get(comment.end as usize..below as usize).unwrap_or("");
        if !between.bytes().all(|byte| byte.is_ascii_whitespace() || byte == b'-') {
            break;
        }
        if near.is_none() && between.bytes().filter(|byte| *byte == b'\n').count() > 1 {
            near = Some(lines.len());
        }
        let line = text.get(comment.start as usize..comment.end as usize).unwrap_or("");
        let line = line.trim_start_matches('#');
        lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
        below = comment.start;
    }
    lines.reverse();
    Above { apart: near.map_or(0, |near| lines.len() - near), lines }
}
