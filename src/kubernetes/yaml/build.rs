//! Builds trees from the reader's events, without recursion and within limits.

use std::collections::HashMap;

use saphyr_parser::{Event, ScalarStyle, Span as Marks, Tag};

use super::comments;
use super::merge::{self, Pair};
use super::node::{Entry, Kind, Node};
use super::offsets::Offsets;
use super::scalar;
use crate::diag::{Code, Diagnostic};
use crate::span::Span;

/// How deep lists and mappings may stand in one another, what aliases stand for included.
pub(super) const MAX_DEPTH: usize = 100;
/// How many bytes all that aliases stand for may take, about: a manifest needs some thousands.
const MAX_ALIASED: usize = 16 << 20;

/// Why a text is refused.
pub(super) type Refused = Box<Diagnostic>;

pub(super) struct Builder<'t> {
    offsets: Offsets<'t>,
    open: Vec<Frame>,
    documents: Vec<Node>,
    comments: Vec<Span>,
    anchors: HashMap<usize, Anchored>,
    // Where the last value ended, in bytes.
    last_end: usize,
    // About how many bytes have been made.
    size: usize,
    aliased: usize,
}

// A list or a mapping that has not ended.
struct Frame {
    items: Items,
    span: Span,
    anchor: usize,
    size_before: usize,
    height: usize,
}

enum Items {
    Seq(Vec<Node>),
    Map(Vec<Pair>, Option<Key>),
}

struct Key {
    text: String,
    span: Span,
    is_merge: bool,
}

struct Anchored {
    node: Node,
    size: usize,
    // How many lists and mappings stand in one another in it.
    height: usize,
}

struct Value {
    node: Node,
    is_merge: bool,
    height: usize,
}

impl<'t> Builder<'t> {
    pub(super) fn new(offsets: Offsets<'t>) -> Self {
        Self {
            offsets,
            open: Vec::new(),
            documents: Vec::new(),
            comments: Vec::new(),
            anchors: HashMap::new(),
            last_end: 0,
            size: 0,
            aliased: 0,
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Node>, Vec<Span>) {
        let end = self.offsets.text().len();
        comments::collect(&self.offsets, self.last_end, end, &mut self.comments);
        (self.documents, self.comments)
    }

    /// The list or mapping that has not ended, for an error at the end of the text.
    pub(super) fn innermost(&self) -> Option<Span> {
        self.open.last().map(|frame| frame.span)
    }

    pub(super) fn offsets(&mut self) -> &mut Offsets<'t> {
        &mut self.offsets
    }

    pub(super) fn take(&mut self, event: Event<'_>, marks: Marks) -> Result<(), Refused> {
        let span = self.offsets.span(marks.start.index(), marks.end.index());
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                self.pass(span);
                let value = Value {
                    is_merge: style == ScalarStyle::Plain && tag.is_none() && text == "<<",
                    node: Node { span, kind: scalar_kind(&text, style, tag.as_deref(), span)? },
                    height: 0,
                };
                let size = self.count(text.len());
                self.put(value, anchor, size)?;
            }
            Event::SequenceStart(anchor, _) => self.open(Items::Seq(Vec::new()), span, anchor)?,
            Event::MappingStart(anchor, _) => self.open(Items::Map(Vec::new(), None), span, anchor)?,
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => {
                self.pass(span);
                self.put_alias(anchor, span)?;
            }
            Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Ok(())
    }

    // Looks at what stands between the last value and this one.
    fn pass(&mut self, span: Span) {
        comments::collect(&self.offsets, self.last_end, span.start as usize, &mut self.comments);
        self.last_end = self.last_end.max(span.end as usize);
    }

    fn count(&mut self, text: usize) -> usize {
        let size = text + size_of::<Entry>();
        self.size += size;
        size
    }

    fn open(&mut self, items: Items, span: Span, anchor: usize) -> Result<(), Refused> {
        self.pass(span);
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let size_before = self.size;
        self.count(0);
        self.open.push(Frame { items, span, anchor, size_before, height: 0 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Refused> {
        if end.start != end.end {
            self.pass(end);
        }
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let kind = match frame.items {
            Items::Seq(items) => Kind::Seq(items),
            Items::Map(pairs, _) => Kind::Map(merge::entries(pairs)?),
        };
        let span = frame.span.to(self.offsets.bytes_span(frame.span.start as usize, self.last_end));
        let value = Value { node: Node { span, kind }, is_merge: false, height: frame.height + 1 };
        self.put(value, frame.anchor, self.size - frame.size_before)
    }

    fn put_alias(&mut self, anchor: usize, span: Span) -> Result<(), Refused> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "an alias stands inside of what it stands for";
            return Err(Box::new(Diagnostic::new(Code::BrokenManifest, message, span, "would never end")));
        };
        if self.open.len() + anchored.height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let (size, height) = (anchored.size, anchored.height);
        self.aliased += size;
        if self.aliased > MAX_ALIASED {
            return Err(too_much(span));
        }
        self.size += size;
        let value = Value { node: anchored.node.clone(), is_merge: false, height };
        self.put(value, 0, size)
    }

    fn put(&mut self, value: Value, anchor: usize, size: usize) -> Result<(), Refused> {
        if anchor != 0 {
            let anchored = Anchored { node: value.node.clone(), size, height: value.height };
            self.anchors.insert(anchor, anchored);
        }
        let Some(frame) = self.open.last_mut() else {
            self.documents.push(value.node);
            return Ok(());
        };
        frame.height = frame.height.max(value.height);
        match &mut frame.items {
            Items::Seq(items) => items.push(value.node),
            Items::Map(pairs, key) => match key.take() {
                None => *key = Some(key_of(value)?),
                Some(Key { text, span, is_merge }) => {
                    let entry = Entry { key: text, key_span: span, value: value.node };
                    pairs.push(Pair { entry, is_merge });
                }
            },
        }
        Ok(())
    }
}

fn key_of(Value { node, is_merge, .. }: Value) -> Result<Key, Refused> {
    let (span, name) = (node.span, node.kind.name());
    match scalar::key(node.kind) {
        Some(text) => Ok(Key { text, span, is_merge }),
        None => {
            let message = format!("{name} cannot be a key here");
            let diagnostic = Diagnostic::new(Code::BrokenManifest, message, span, "keys are strings");
            Err(Box::new(diagnostic.with_help("put the key in quotes")))
        }
    }
}

fn scalar_kind(text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Kind, Refused> {
    let plain = || scalar::resolve(text).ok_or_else(|| not_finite(text, span));
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { plain() } else { Ok(Kind::String(text.to_owned())) };
    };
    if !tag.is_yaml_core_schema() {
        return Ok(Kind::String(text.to_owned()));
    }
    match (tag.suffix.as_str(), plain()?) {
        ("bool", kind @ Kind::Bool(_)) | ("null", kind @ Kind::Null) | ("int", kind @ Kind::Int(_)) => Ok(kind),
        ("float", kind @ (Kind::Float(_) | Kind::Int(_))) => Ok(kind),
        ("bool" | "null" | "int" | "float" | "binary", _) => {
            let message = format!("`{text}` is not what its tag `!!{}` says", tag.suffix);
            Err(Box::new(Diagnostic::new(Code::BrokenManifest, message, span, "cannot be read as that")))
        }
        _ => Ok(Kind::String(text.to_owned())),
    }
}

fn not_finite(text: &str, span: Span) -> Refused {
    let message = format!("`{text}` is a number that Kubernetes objects cannot hold");
    let diagnostic = Diagnostic::new(Code::BrokenManifest, message, span, "not a finite number");
    Box::new(diagnostic.with_help(format!("write `\"{text}\"` for the string")))
}

/// Too many lists and mappings in one another.
pub(super) fn too_deep(span: Span) -> Refused {
    let message = format!("lists and mappings nest deeper than {MAX_DEPTH} levels");
    Box::new(Diagnostic::new(Code::NestedTooDeep, message, span, "one level too many"))
}

fn too_much(span: Span) -> Refused {
    let message = format!("aliases stand for more than {} MiB", MAX_ALIASED >> 20);
    let diagnostic = Diagnostic::new(Code::TooManyAliases, message, span, "this one exceeds the limit");
    Box::new(diagnostic.with_help("write the repeated parts out, or give fewer files at once"))
}
