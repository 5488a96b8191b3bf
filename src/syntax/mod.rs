//! From text to tree: the grammar, its recovery, and the syntax tree.
//!
//! pest is known here and nowhere else: errors leave as diagnostics, trees as [`ast`].

pub mod ast;
mod definitions;
mod errors;
mod expected;
mod foreign;
mod grammar;
mod habits;
mod marks;
mod scan;
mod tree;
mod words;

pub use definitions::{Definitions, begins_a_line, definitions, may_be_namespace, used_files, words};
pub use words::is_reserved;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::Sources;
use crate::span::{FileId, Span};

/// How many errors of a kind are told of one file: a text that is no policy at all has one at every word.
const MOST_ERRORS: usize = 500;

/// Parses one file of the session.
///
/// Returns every statement that can be understood, and a diagnostic for each piece that cannot. Takes time linear in
/// the text; brackets nested deeper than [`scan::MAX_DEPTH`] are refused before anything recurses on them.
#[must_use]
pub fn parse(sources: &Sources, id: FileId) -> (ast::File, Diagnostics) {
    let text = sources.get(id).map_or("", |source| source.text.as_str());
    let mut scanned = scan::scan(id, text);
    let mut diagnostics = std::mem::take(&mut scanned.diagnostics);
    if scanned.too_deep {
        let unread = vec![Span::new(id, 0, u32::try_from(text.len()).unwrap_or(u32::MAX))];
        return (ast::File { id, statements: Vec::new(), comments: scanned.comments, unread }, diagnostics);
    }
    // A brace that is never closed is closed at the end, so that what stands in it is understood all the same.
    let closed = format!("{text}{}", "\n}".repeat(scanned.open_braces));
    let whole = if scanned.open_braces == 0 { text } else { &closed };
    let mut errors = errors::Errors::new(id, whole, text.len(), &scanned);
    let tree::Understood { statements, docs, mut unread } = tree::file(id, whole, &scanned, &mut errors);
    unread.extend(&scanned.unclosed);
    diagnostics.append(errors.into_diagnostics());
    if diagnostics.iter().count() >= MOST_ERRORS {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let message = format!("the errors after the first {MOST_ERRORS} of this file are not told");
        diagnostics.push(Diagnostic::new(Code::Syntax, message, Span::new(id, end, end), "the file ends here"));
    }
    let comments = scanned.comments.into_iter().enumerate().filter(|(at, _)| !docs.contains(at));
    (ast::File { id, statements, comments: comments.map(|(_, comment)| comment).collect(), unread }, diagnostics)
}

#[cfg(test)]
mod tests;
