//! From text to tree: the grammar, its recovery, and the syntax tree.
//!
//! pest is known here and nowhere else: errors leave as diagnostics, trees as [`ast`].

pub mod ast;
mod errors;
mod expected;
mod foreign;
mod grammar;
mod scan;
mod tree;
mod words;

pub use words::is_reserved;

use crate::diag::Diagnostics;
use crate::source::Sources;
use crate::span::FileId;

/// Parses one file of the session.
///
/// Returns every statement that can be understood, and a diagnostic for each piece that cannot. Takes time linear in
/// the text; brackets nested deeper than [`scan::MAX_DEPTH`] are refused before anything recurses on them.
#[must_use]
pub fn parse(sources: &Sources, id: FileId) -> (ast::File, Diagnostics) {
    let text = sources.get(id).map_or("", |source| source.text.as_str());
    let scanned = scan::scan(id, text);
    let mut diagnostics = scanned.diagnostics;
    let mut file = ast::File { id, statements: Vec::new(), comments: scanned.comments };
    if scanned.too_deep {
        return (file, diagnostics);
    }
    // A brace that is never closed is closed at the end, so that what stands in it is understood all the same.
    let closed = format!("{text}{}", "\n}".repeat(scanned.open_braces));
    let text = if scanned.open_braces == 0 { text } else { &closed };
    let mut errors = errors::Errors::new(id, text, &scanned.broken);
    file.statements = tree::file(id, text, &mut file.comments, &mut errors);
    diagnostics.append(errors.into_diagnostics());
    (file, diagnostics)
}

#[cfg(test)]
mod tests;
