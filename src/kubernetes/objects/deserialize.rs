//! From trees to the API's types, with serde, by the rules of the API server's own decoder.
//!
//! Null is the empty value of any type, whole floats are integers, and nothing else turns into something else. A type
//! tells its fields when it asks for a struct, so unknown ones are found without a second description of the API. The
//! first value of a wrong type ends the reading of an object, as it does at the API server.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::kubernetes::yaml::{Entry, Kind, Node};
use crate::span::Span;

/// Makes an object of a tree; none, with the reasons in `diagnostics`, where it does not fit the type.
pub(super) fn object<T: DeserializeOwned>(node: &Node, diagnostics: &mut Diagnostics) -> Option<T> {
    let findings = RefCell::new(Diagnostics::new());
    let reader = Reader { node, path: &Path::Root, findings: &findings };
    let result = T::deserialize(reader);
    let mut findings = findings.into_inner();
    if let Err(error) = &result {
        let span = error.span.unwrap_or(node.span);
        findings.push(Diagnostic::new(Code::WrongType, error.message.clone(), span, "of the wrong type"));
    }
    let fits = findings.is_empty();
    diagnostics.append(findings);
    result.ok().filter(|_| fits)
}

// Where in the object the reader is, from the inside out.
enum Path<'p> {
    Root,
    Field(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(around, name) => write!(f, "{around}.{name}"),
            Self::Index(around, index) => write!(f, "{around}[{index}]"),
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'n> {
    node: &'n Node,
    path: &'n Path<'n>,
    findings: &'n RefCell<Diagnostics>,
}

#[derive(Debug)]
struct Error {
    message: String,
    // Of the innermost value that knows it.
    span: Option<Span>,
}

impl Reader<'_> {
    fn wrong(&self, expected: &str) -> Error {
        let found = self.node.kind.name();
        Error { message: format!("`{}` is {found}, not {expected}", self.path), span: Some(self.node.span) }
    }

    // What a type's own reading found wrong (a number too large, a date that is none).
    fn judged<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| match error.span {
            Some(_) => error,
            None => Error { message: format!("`{}`: {}", self.path, error.message), span: Some(self.node.span) },
        })
    }
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => self.judged(visitor.visit_unit()),
            Kind::Bool(value) => self.judged(visitor.visit_bool(*value)),
            Kind::Int(_) => self.deserialize_i64(visitor),
            Kind::Float(number) if number.fract() != 0.0 => self.judged(visitor.visit_f64(*number)),
            Kind::Float(_) => self.deserialize_i64(visitor),
            Kind::String(text) => self.judged(visitor.visit_str(text)),
            Kind::Seq(_) => self.deserialize_seq(visitor),
            Kind::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => visitor.visit_bool(false),
            Kind::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.wrong("a boolean")),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let number = match &self.node.kind {
            Kind::Null => Some(0),
            Kind::Int(number) => i64::try_from(*number).ok(),
            Kind::Float(number) => whole(*number),
            _ => return Err(self.wrong("a whole number")),
        };
        match number {
            Some(number) => self.judged(visitor.visit_i64(number)),
            None => {
                let message = format!("`{}` is not a whole number in the range of its type", self.path);
                Err(Error { message, span: Some(self.node.span) })
            }
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => self.judged(visitor.visit_str("")),
            Kind::String(text) => self.judged(visitor.visit_str(text)),
            _ => Err(self.wrong("a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = match &self.node.kind {
            Kind::Null => &[],
            Kind::Seq(items) => items.as_slice(),
            _ => return Err(self.wrong("a list")),
        };
        self.judged(visitor.visit_seq(Items { around: self, items: items.iter(), index: 0 }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.entries()?;
        self.judged(visitor.visit_map(Entries { around: self, entries: entries.iter(), value: None, fields: None }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = self.entries()?;
        let fields = Some(fields);
        self.judged(visitor.visit_map(Entries { around: self, entries: entries.iter(), value: None, fields }))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier
        ignored_any
    }
}

impl<'n> Reader<'n> {
    fn entries(&self) -> Result<&'n [Entry], Error> {
        match &self.node.kind {
            Kind::Null => Ok(&[]),
            Kind::Map(entries) => Ok(entries),
            _ => Err(self.wrong("a mapping")),
        }
    }
}

// Every integer up to 2^53 is a float; the API has no larger ones.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "it is a whole number in the range of both")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

struct Items<'n> {
    around: Reader<'n>,
    items: std::slice::Iter<'n, Node>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(node) = self.items.next() else { return Ok(None) };
        let path = Path::Index(self.around.path, self.index);
        self.index += 1;
        seed.deserialize(Reader { node, path: &path, findings: self.around.findings }).map(Some)
    }
}

struct Entries<'n> {
    around: Reader<'n>,
    entries: std::slice::Iter<'n, Entry>,
    value: Option<&'n Entry>,
    // Those of a struct; a map takes any key.
    fields: Option<&'static [&'static str]>,
}

impl Entries<'_> {
    fn refuse_unknown(&self, entry: &Entry, fields: &[&'static str]) {
        let path = Path::Field(self.around.path, &entry.key);
        let message = format!("there is no field `{path}`");
        let same = fields.iter().find(|field| field.eq_ignore_ascii_case(&entry.key));
        let near = same.copied().or_else(|| suggest::nearest(&entry.key, fields.iter().copied()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the fields here are {}", fields.join(", ")),
        };
        let diagnostic = Diagnostic::new(Code::UnknownField, message, entry.key_span, "unknown to Kubernetes");
        self.around.findings.borrow_mut().push(diagnostic.with_help(help));
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        while let Some(entry) = self.entries.next() {
            match self.fields {
                Some(fields) if !fields.contains(&entry.key.as_str()) => self.refuse_unknown(entry, fields),
                _ => {
                    self.value = Some(entry);
                    let key: StrDeserializer<'_, Error> = entry.key.as_str().into_deserializer();
                    return seed.deserialize(key).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let Some(entry) = self.value.take() else { return Err(de::Error::custom("a value is missing")) };
        let path = Path::Field(self.around.path, &entry.key);
        seed.deserialize(Reader { node: &entry.value, path: &path, findings: self.around.findings })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }

    // What serde says else names types of Rust.
    fn invalid_type(found: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::custom(format_args!("{found} cannot stand here"))
    }

    fn invalid_value(found: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::custom(format_args!("{found} is out of range"))
    }
}
