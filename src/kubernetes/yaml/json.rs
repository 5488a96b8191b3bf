//! Reads JSON objects with the places of everything, one behind another as kubectl takes them.
//!
//! JSON is nearly YAML, but not its escapes of two parts (`\ud83d\ude00`) nor its objects without `---` between.

use super::build::{MAX_DEPTH, Refused, too_deep};
use super::merge::{self, Pair};
use super::node::{Entry, Kind, Node};
use super::offsets::Offsets;
use super::scalar;
use crate::diag::{Code, Diagnostic};
use crate::span::{FileId, Span};

/// The objects of a text.
pub(super) fn read(file: FileId, text: &str) -> Result<Vec<Node>, Refused> {
    let mut reader = Reader { offsets: Offsets::new(file, text), text, at: 0, open: Vec::new() };
    let mut documents = Vec::new();
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    while reader.peek().is_some() {
        documents.push(reader.value()?);
    }
    Ok(documents)
}

struct Reader<'t> {
    offsets: Offsets<'t>,
    text: &'t str,
    at: usize,
    // Where the lists and objects around begin.
    open: Vec<usize>,
}

impl Reader<'_> {
    // The next byte that is not blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    fn span_from(&self, start: usize) -> Span {
        self.offsets.bytes_span(start, self.at)
    }

    fn value(&mut self) -> Result<Node, Refused> {
        let first = self.peek();
        let start = self.at;
        let kind = match first {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::list)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => self.word()?,
            _ => return Err(self.refused("a value")),
        };
        Ok(Node { span: self.span_from(start), kind })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Kind, Refused>) -> Result<Kind, Refused> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(self.offsets.bytes_span(self.at, self.at + 1)));
        }
        self.open.push(self.at);
        self.at += 1;
        let kind = read(self)?;
        self.open.pop();
        Ok(kind)
    }

    fn object(&mut self) -> Result<Kind, Refused> {
        let mut pairs = Vec::new();
        if self.take(b'}') {
            return Ok(Kind::Map(Vec::new()));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.refused("a key in quotes"));
            }
            let start = self.at;
            let key = self.string()?;
            let key_span = self.span_from(start);
            if !self.take(b':') {
                return Err(self.refused("`:`"));
            }
            let value = self.value()?;
            pairs.push(Pair { entry: Entry { key, key_span, value }, is_merge: false });
            if !self.goes_on(b'}', "`,` or `}`")? {
                return Ok(Kind::Map(merge::entries(pairs)?));
            }
        }
    }

    fn list(&mut self) -> Result<Kind, Refused> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Kind::Seq(items));
        }
        loop {
            items.push(self.value()?);
            if !self.goes_on(b']', "`,` or `]`")? {
                return Ok(Kind::Seq(items));
            }
        }
    }

    // Whether a comma follows, rather than the end.
    fn goes_on(&mut self, end: u8, expected: &str) -> Result<bool, Refused> {
        if self.take(b',') {
            return Ok(true);
        }
        if self.take(end) { Ok(false) } else { Err(self.refused(expected)) }
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn word(&mut self) -> Result<Kind, Refused> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let of_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
        let word = rest.split(|char| !of_word(char)).next().unwrap_or("");
        let kind = match word {
            "null" => Some(Kind::Null),
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            _ => number(word),
        };
        let kind = kind.ok_or_else(|| self.refused("a value"))?;
        self.at += word.len();
        Ok(kind)
    }

    fn string(&mut self) -> Result<String, Refused> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            let length = rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            text.push_str(rest.get(..length).unwrap_or(""));
            self.at += length;
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.refused("the quote that ends a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Refused> {
        let char = match self.text.as_bytes().get(self.at + 1) {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code(),
            _ => return Err(self.refused("an escape of JSON")),
        };
        self.at += 2;
        Ok(char)
    }

    // Half a pair without its other half stands for no character, and Go reads it as U+FFFD.
    fn code(&mut self) -> Result<char, Refused> {
        let Some(unit) = self.unit(self.at) else { return Err(self.refused("four hexadecimal digits")) };
        self.at += 6;
        if let Some(char) = char::from_u32(unit) {
            return Ok(char);
        }
        let low = self.unit(self.at).filter(|low| unit < 0xdc00 && (0xdc00..0xe000).contains(low));
        let Some(low) = low else { return Ok(char::REPLACEMENT_CHARACTER) };
        self.at += 6;
        let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    // The number in `\u1234` at a place.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn refused(&self, expected: &str) -> Refused {
        let rest = self.text.get(self.at..).unwrap_or("");
        let ends = rest.trim().is_empty();
        let next = rest.chars().next().filter(|_| !ends).map_or(0, char::len_utf8);
        let message = match ends {
            true => format!("this JSON is cut off: {expected} is missing"),
            false => format!("this is not JSON: expected {expected}"),
        };
        let label = if ends { "the text ends here" } else { "not understood from here" };
        let place = self.offsets.bytes_span(self.at, self.at + next);
        let diagnostic = Diagnostic::new(Code::BrokenManifest, message, place, label);
        let opened = self.open.last().map(|open| self.offsets.bytes_span(*open, open + 1));
        Box::new(match opened {
            Some(opened) => diagnostic.with_label(opened, "opened here"),
            None => diagnostic,
        })
    }
}

// JSON's numbers are among YAML's; those with a leading zero or plus are not.
fn number(word: &str) -> Option<Kind> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let starts_well = match digits.as_bytes() {
        [b'0', b'0'..=b'9' | b'a'..=b'd' | b'f'..=b'z' | b'A'..=b'D' | b'F'..=b'Z', ..] => false,
        [b'0'..=b'9', ..] => !digits.ends_with('.') && !digits.contains(".e") && !digits.contains(".E"),
        _ => false,
    };
    scalar::resolve(word).filter(|kind| starts_well && matches!(kind, Kind::Int(_) | Kind::Float(_)))
}
