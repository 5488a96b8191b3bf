//! Paths to the fields of an object, as the API server writes them: `spec.ingress[0].ports[1].port`.

use std::borrow::Cow;
use std::fmt;

use super::yaml::{Kind, Node};
use crate::span::Span;

/// Where in an object something is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Field(Cow<'static, str>),
    Index(usize),
    // A key of a map of strings, as labels are. The API server names the map alone.
    Key(String),
}

impl FieldPath {
    /// The object itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// A field of it.
    #[must_use]
    pub fn field(&self, name: &'static str) -> Self {
        self.with(Segment::Field(name.into()))
    }

    /// An item of it, which is a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// An entry of it, which is a map of strings; not part of what is written.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Segment::Key(key.to_owned()))
    }

    /// The path that `text` writes, as `spec.ingress[0]`; empty for the object itself.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut path = Self::root();
        for part in text.split('.').filter(|part| !part.is_empty()) {
            let mut pieces = part.split('[');
            let name = pieces.next().unwrap_or(part).to_owned();
            path.0.push(Segment::Field(name.into()));
            let indices = pieces.filter_map(|piece| piece.trim_end_matches(']').parse().ok());
            path.0.extend(indices.map(Segment::Index));
        }
        path
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// The place in the object's text: of the entry's key and value where the path ends with a key, else of the value;
    /// of the nearest thing around it where it is not written.
    #[must_use]
    pub fn place(&self, object: &Node) -> Span {
        let (mut node, mut span) = (object, object.span);
        for segment in &self.0 {
            let next = match (segment, &node.kind) {
                (Segment::Index(index), Kind::Seq(items)) => items.get(*index).map(|item| (item, item.span)),
                (Segment::Field(key), _) => {
                    node.entry(key).map(|entry| (&entry.value, spot(entry.key_span, &entry.value)))
                }
                (Segment::Key(key), _) => {
                    node.entry(key).map(|entry| (&entry.value, entry.key_span.to(entry.value.span)))
                }
                (Segment::Index(_), _) => None,
            };
            let Some((inner, place)) = next else { break };
            (node, span) = (inner, place);
        }
        span
    }
}

// What is empty (`cidr:` and nothing) is shown by its key, and so is what goes over many lines.
fn spot(key: Span, value: &Node) -> Span {
    match &value.kind {
        Kind::Null => key,
        _ if value.span.start < key.end => key,
        _ => value.span,
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = "";
        for segment in &self.0 {
            match segment {
                Segment::Field(name) => write!(f, "{dot}{name}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(_) => {}
            }
            dot = ".";
        }
        Ok(())
    }
}
