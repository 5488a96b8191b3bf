//! One layout for every program: the syntax tree printed, with its comments where they stood.
//!
//! What fits on a line stands on a line; a longer list has one entry a line, so that a change of one entry is a change
//! of one line. Nothing is aligned. Of the source only the comments, the quotes and single blank lines are kept.

mod comments;
mod doc;
mod endpoints;
mod entries;
mod statements;
mod steps;

use std::fmt;

use comments::Comments;

use crate::source::Sources;
use crate::syntax::{self, ast};

/// The width that lines keep to where they can.
const WIDTH: usize = 100;

/// A text whose layout could not be changed without changing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatError;

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the formatted text would not be read as the same program")
    }
}

impl std::error::Error for FormatError {}

/// Formats a text that parses without errors to `file`.
///
/// The result ends its lines with a line feed, and is its own format.
///
/// # Errors
///
/// If the result would not be read as the same statements and comments.
pub fn format(text: &str, file: &ast::File) -> Result<String, FormatError> {
    let formatted = Printer::new(Some(text), &file.comments).file(&file.statements);
    let mut sources = Sources::new();
    let id = sources.add("formatted", formatted.as_str());
    let (again, diagnostics) = syntax::parse(&sources, id);
    let same = diagnostics.is_empty() && again.statements == file.statements && again.comments == file.comments;
    if same { Ok(formatted) } else { Err(FormatError) }
}

/// Prints a tree that was not read from a text. Its comments, which have no place then, are left out.
#[must_use]
pub fn print(file: &ast::File) -> String {
    Printer::new(None, &[]).file(&file.statements)
}

/// Writes statements and the comments between them.
struct Printer<'a> {
    // What the tree was read from.
    source: Option<&'a str>,
    comments: Comments<'a>,
    out: String,
    // How many blocks stand around what comes next.
    depth: usize,
}

impl<'a> Printer<'a> {
    fn new(source: Option<&'a str>, comments: &'a [ast::Comment]) -> Self {
        Self { source, comments: Comments::new(source.unwrap_or(""), comments), out: String::new(), depth: 0 }
    }

    fn file(mut self, statements: &[ast::Statement]) -> String {
        self.entries(statements, u32::MAX);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

#[cfg(test)]
mod tests;
