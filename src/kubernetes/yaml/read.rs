//! Reads manifests: one or several documents of YAML, or objects of JSON, whole or not at all.

use saphyr_parser::{Parser, ScanError};

use super::build::{Builder, Refused, too_deep};
use super::node::Node;
use super::offsets::Offsets;
use super::{Above, comments, json};
use crate::diag::{Code, Diagnostic};
use crate::span::{FileId, Span};

/// The longest text that is read, in bytes.
const MAX_LENGTH: usize = 64 << 20;

/// What a text holds.
#[derive(Clone, Debug)]
pub struct Manifest<'t> {
    text: &'t str,
    /// The documents in order; empty ones are null.
    pub documents: Vec<Node>,
    // Comments on lines of their own, in order.
    comments: Vec<Span>,
}

/// Reads a text of the file `file`.
///
/// # Errors
///
/// The first thing that is wrong, at its place: text that is neither YAML nor JSON, a key that stands twice, nesting,
/// aliases or length beyond the limits.
pub fn read(file: FileId, text: &str) -> Result<Manifest<'_>, Box<Diagnostic>> {
    if text.len() > MAX_LENGTH {
        let message = format!("the text is longer than {} MiB", MAX_LENGTH >> 20);
        let start = Span::new(file, 0, 0);
        let diagnostic = Diagnostic::new(Code::UnreadableInput, message, start, "more than is read at once");
        return Err(Box::new(diagnostic.with_help("split it into several files")));
    }
    let body = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if !body.starts_with('{') {
        return read_yaml(file, text);
    }
    // A brace may also begin YAML of the kind `{a: b}`. If it is neither, it was meant as JSON, and so was what is cut off.
    let length = text.trim_end().len();
    match json::read(file, text) {
        Ok(documents) => Ok(Manifest { text, documents, comments: Vec::new() }),
        Err(refused) if refused.code != Code::BrokenManifest => Err(refused),
        Err(refused) if refused.primary.iter().any(|label| label.span.start as usize >= length) => Err(refused),
        Err(refused) => read_yaml(file, text).map_err(|_| refused),
    }
}

fn read_yaml(file: FileId, text: &str) -> Result<Manifest<'_>, Refused> {
    let mut builder = Builder::new(Offsets::new(file, text));
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, marks)) => builder.take(event, marks)?,
            Err(error) => return Err(not_yaml(&mut builder, &error)),
        }
    }
    let (documents, comments) = builder.finish();
    Ok(Manifest { text, documents, comments })
}

fn not_yaml(builder: &mut Builder<'_>, error: &ScanError) -> Refused {
    let innermost = builder.innermost();
    let offsets = builder.offsets();
    let at = error.marker().index();
    let place = offsets.span(at, at + 1);
    if error.info().contains("recursion limit") {
        return too_deep(place);
    }
    let ends_here = offsets.text().get(place.start as usize..).is_none_or(|rest| rest.trim().is_empty());
    let message = format!("this is not YAML: {}", error.info());
    let label = if ends_here { "the text ends here" } else { "not understood from here" };
    let diagnostic = Diagnostic::new(Code::BrokenManifest, message, place, label);
    Box::new(match innermost.filter(|open| ends_here && open.start != open.end) {
        Some(open) => diagnostic.with_label(open, "opened here"),
        None => diagnostic,
    })
}

impl Manifest<'_> {
    /// The comments that stand directly above a value, without their `#`.
    #[must_use]
    pub fn comments_above(&self, node: &Node) -> Above {
        comments::above(self.text, &self.comments, node.span.start)
    }
}
