//! YAML text, document by document, into any type that serde can make.
//!
//! Made for dumps of whole clusters: nothing is kept but what the type asks for, and every error has its place. Plain
//! words are read as kubectl's reader does, so `yes` is a boolean and `1_000` a number, never a string.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};
use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::scalar::{Plain, plain};

/// How deep lists and mappings may stand in each other: the limit that serde_json has.
const MAX_DEPTH: usize = 128;

/// The documents of one text, in order.
pub struct Documents<'de> {
    parser: Parser<'de, StrInput<'de>>,
    depth: usize,
}

/// Why a text is no YAML, or not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub message: String,
    /// Line and column from 1, once they are known.
    pub place: Option<(usize, usize)>,
}

impl<'de> Documents<'de> {
    /// Reads from the beginning of `text`.
    #[must_use]
    pub fn new(text: &'de str) -> Self {
        Self { parser: Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)), depth: 0 }
    }

    /// The next document that holds something; none at the end of the text.
    ///
    /// # Errors
    ///
    /// Text that is no YAML, anchors and aliases, repeated keys, deep nesting, and whatever `T` does not take. What
    /// follows an error is not to be read.
    pub fn next_document<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Error> {
        loop {
            match self.event()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Ok(None),
                (Event::Scalar(text, ScalarStyle::Plain, 0, None), _) if plain(&text) == Plain::Null => {}
                (event, span) => return T::deserialize(Node { event, span, from: self }).map(Some),
            }
        }
    }

    fn event(&mut self) -> Result<(Event<'de>, Span), Error> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(Error { message: error.info().to_owned(), place: None }.at(*error.marker())),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    // The next value, unless the list or mapping around it ends here.
    fn value(&mut self) -> Result<Option<Node<'_, 'de>>, Error> {
        match self.event()? {
            (Event::SequenceEnd | Event::MappingEnd | Event::StreamEnd, _) => Ok(None),
            (event, span) => Ok(Some(Node { event, span, from: self })),
        }
    }

    fn skip(&mut self, event: &Event<'de>) -> Result<(), Error> {
        let mut open = usize::from(matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)));
        while open > 0 {
            match self.event()?.0 {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }
}

// One value, of which the first event has been read.
struct Node<'d, 'de> {
    event: Event<'de>,
    span: Span,
    from: &'d mut Documents<'de>,
}

impl<'de> Node<'_, 'de> {
    fn check(&self) -> Result<(), Error> {
        let anchored = match &self.event {
            Event::Alias(_) => true,
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                *anchor != 0
            }
            _ => false,
        };
        match anchored {
            true => Err(de::Error::custom("anchors and aliases are not read here; kubectl prints none")),
            false if self.from.depth >= MAX_DEPTH => Err(de::Error::custom("nested too deep")),
            false => Ok(()),
        }
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.check()?;
        match self.event {
            Event::Scalar(text, style, _, tag) => {
                let word = style == ScalarStyle::Plain && tag.is_none();
                match if word { plain(&text) } else { Plain::Text } {
                    Plain::Null => visitor.visit_unit(),
                    Plain::Bool(value) => visitor.visit_bool(value),
                    Plain::Int(value) => match u64::try_from(value) {
                        Ok(value) => visitor.visit_u64(value),
                        Err(_) => visitor.visit_i64(i64::try_from(value).unwrap_or(i64::MIN)),
                    },
                    Plain::NotFinite => Err(de::Error::custom("a number that Kubernetes objects cannot hold")),
                    Plain::Float(value) => visitor.visit_f64(value),
                    Plain::Text => match text {
                        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                        Cow::Owned(text) => visitor.visit_string(text),
                    },
                }
            }
            Event::SequenceStart(..) => inside(self.from, |from| {
                let mut list = List { from, ended: false };
                let value = visitor.visit_seq(&mut list)?;
                if list.ended { Ok(value) } else { Err(de::Error::custom("the list is longer than expected")) }
            }),
            Event::MappingStart(..) => inside(self.from, |from| {
                let mut mapping = Mapping { from, keys: BTreeSet::new(), ended: false };
                let value = visitor.visit_map(&mut mapping)?;
                if mapping.ended { Ok(value) } else { Err(de::Error::custom("the mapping is longer than expected")) }
            }),
            _ => Err(de::Error::custom("a value is missing")),
        }
    }
}

fn inside<'d, 'de, T>(
    from: &'d mut Documents<'de>,
    read: impl FnOnce(&mut Documents<'de>) -> Result<T, Error>,
) -> Result<T, Error> {
    from.depth += 1;
    let value = read(from);
    from.depth -= 1;
    value
}

impl<'de> de::Deserializer<'de> for Node<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let start = self.span.start;
        self.visit(visitor).map_err(|error| error.at(start))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.event {
            Event::Scalar(text, ScalarStyle::Plain, _, None) if plain(text) == Plain::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.from.skip(&self.event)?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

struct List<'d, 'de> {
    from: &'d mut Documents<'de>,
    ended: bool,
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(node) = self.from.value()? else {
            self.ended = true;
            return Ok(None);
        };
        seed.deserialize(node).map(Some)
    }
}

struct Mapping<'d, 'de> {
    from: &'d mut Documents<'de>,
    keys: BTreeSet<Cow<'de, str>>,
    ended: bool,
}

impl<'de> MapAccess<'de> for Mapping<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(node) = self.from.value()? else {
            self.ended = true;
            return Ok(None);
        };
        node.check()?;
        let start = node.span.start;
        let Event::Scalar(key, ..) = node.event else {
            return Err(<Error as de::Error>::custom("a key is a word, not a list or a mapping").at(start));
        };
        let deserializer: StrDeserializer<'_, Error> = key.as_ref().into_deserializer();
        let value = seed.deserialize(deserializer).map_err(|error| error.at(start))?;
        if self.keys.contains(&key) {
            return Err(<Error as de::Error>::custom(format!("key `{key}` stands twice")).at(start));
        }
        self.keys.insert(key);
        Ok(Some(value))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        match self.from.value()? {
            Some(node) => seed.deserialize(node),
            None => Err(de::Error::custom("a value is missing")),
        }
    }
}

impl Error {
    // Keeps the first place: the innermost value knows best.
    fn at(mut self, mark: Marker) -> Self {
        self.place.get_or_insert((mark.line(), mark.col() + 1));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), place: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn check(text: &str, expected: &str) {
        let mut documents = Documents::new(text);
        let mut out = Vec::new();
        loop {
            match documents.next_document::<Value>() {
                Ok(Some(value)) => out.push(value.to_string()),
                Ok(None) => break,
                Err(error) => {
                    out.push(error.to_string());
                    break;
                }
            }
        }
        assert_eq!(out.join("; "), expected);
    }

    #[test]
    fn documents_are_read_in_order() {
        check("---\na: [1, b]\n---\n---\n- {c: }\n", r#"{"a":[1,"b"]}; [{"c":null}]"#);
        check("", "");
        check("\u{feff}a: b", r#"{"a":"b"}"#);
    }

    #[test]
    fn plain_words_are_read_as_kubectl_does() {
        check(
            "[yes, 'yes', 1_000, 0x1f, 1e3, ~, 2027-01-01, 10.0.0.1, -5, \"8\"]",
            r#"[true,"yes",1000,31,1000.0,null,"2027-01-01","10.0.0.1",-5,"8"]"#,
        );
    }

    #[test]
    fn errors_have_places() {
        check("a: 1\na: 2", "2:1: key `a` stands twice");
        check("a: &x [1]\nb: *x", "1:4: anchors and aliases are not read here; kubectl prints none");
        check("a: [1", "2:1: while parsing a flow sequence, expected ',' or ']'");
        check("[a]: 1", "1:1: a key is a word, not a list or a mapping");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let mut documents = Documents::new("");
        assert_eq!(documents.next_document::<Value>(), Ok(None));
        let deep = "[".repeat(200);
        assert!(Documents::new(&deep).next_document::<Value>().unwrap_err().message.contains("deep"));
    }
}
