//! Formats one file: text in, text out, or the reason why not.

use std::path::Path;

use super::Session;
use super::read::read;
use crate::diag::{Code, Diagnostic};
use crate::{format, syntax};

/// A file's text, as it is and in the one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// What was read.
    pub before: String,
    /// The same statements and comments in the one style.
    pub after: String,
}

impl Formatted {
    /// Whether the file is not in the one style yet.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Reads and formats a file. A file that does not parse is reported and left alone.
pub fn file(path: &Path, session: &mut Session) -> Option<Formatted> {
    let id = read(path, session)?;
    let (file, diagnostics) = syntax::parse(&session.sources, id);
    let broken = diagnostics.has_errors();
    session.diagnostics.append(diagnostics);
    if broken {
        return None;
    }
    let before = session.sources.get(id)?.text.clone();
    match format::format(&before, &file) {
        Ok(after) => Some(Formatted { before, after }),
        Err(error) => {
            let message = format!("`{}` is left as it is: {error}", session.sources.name(id));
            session.diagnostics.push(Diagnostic::without_place(Code::FormatRefused, message));
            None
        }
    }
}
