//! The comments of a file, given out in order as the printer passes their places.

use super::doc::Doc;
use crate::syntax::ast::Comment;

/// The comments not printed yet.
pub(super) struct Comments<'a> {
    source: &'a str,
    rest: &'a [Comment],
}

impl<'a> Comments<'a> {
    pub(super) fn new(source: &'a str, comments: &'a [Comment]) -> Self {
        Self { source, rest: comments }
    }

    /// The next comment that begins before a place.
    pub(super) fn next_before(&mut self, at: u32) -> Option<&'a Comment> {
        let (first, rest) = self.rest.split_first()?;
        (first.span.start < at).then(|| {
            self.rest = rest;
            first
        })
    }

    /// The comment on the line on which something ends.
    pub(super) fn next_on_line(&mut self, end: u32) -> Option<&'a Comment> {
        let first = self.rest.first()?;
        let between = self.source.get(end as usize..first.span.start as usize)?;
        // Something else on the line may stand before the comment.
        if between.trim_matches([' ', '\t']).is_empty() { self.next_before(u32::MAX) } else { None }
    }

    /// Whether something else stands before a comment on its line.
    pub(super) fn is_trailing(&self, comment: &Comment) -> bool {
        let before =
            self.source.get(..comment.span.start as usize).unwrap_or("").trim_end_matches([' ', '\t', '\u{feff}']);
        !before.is_empty() && !before.ends_with(['\n', '\r'])
    }

    /// What parts two words: `usually`, or the comments that stand before `at` and a line end.
    pub(super) fn between(&mut self, usually: Doc, at: u32) -> Vec<Doc> {
        let mut docs = Vec::new();
        while let Some(comment) = self.next_before(at) {
            if docs.is_empty() && self.is_trailing(comment) {
                docs.push(Doc::Trailing(comment.value.clone()));
            } else {
                docs.extend([Doc::Hard, Doc::text(comment.value.as_str())]);
            }
        }
        docs.push(if docs.is_empty() { usually } else { Doc::Hard });
        docs
    }
}
