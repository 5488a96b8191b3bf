//! Writes YAML as people write manifests: block style, two blanks a level, list items at their key's own indent.
//!
//! Keys stand in the order in which they are written. What is a string is a string to every reader, see `plain`.

use std::fmt::{Display, Write};

use super::plain;

/// Adds a document to a stream, behind `---` where it is not the first.
///
/// YAML has no keys over 1,024 characters, and neither has Kubernetes.
pub fn document(stream: &mut String, fields: impl FnOnce(&mut Mapping<'_>)) {
    if !stream.is_empty() {
        stream.push_str("---\n");
    }
    let mut mapping = Mapping { out: stream, indent: 0, place: Place::Here };
    fields(&mut mapping);
    if mapping.place == Place::Here {
        stream.push_str("{}");
    }
    stream.push('\n');
}

/// A mapping that is being written. Lines are ended by what comes after them.
#[derive(Debug)]
pub struct Mapping<'o> {
    out: &'o mut String,
    indent: usize,
    place: Place,
}

// Where the next key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    // The first one, where the output is.
    Here,
    // The first one, on a line of its own.
    FirstLine,
    // Another one.
    NextLine,
}

impl Mapping<'_> {
    /// `key: text`; several lines as a literal block.
    pub fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        self.out.push(' ');
        write_string(self.out, text, self.indent + 2);
    }

    /// `key: number`.
    pub fn number(&mut self, key: &str, number: impl Display) {
        self.key(key);
        // Writing to a string cannot fail.
        let _ = write!(self.out, " {number}");
    }

    /// `key:` and the fields below it, or `{}`.
    pub fn mapping(&mut self, key: &str, fields: impl FnOnce(&mut Mapping<'_>)) {
        self.key(key);
        let mut inner = Mapping { out: self.out, indent: self.indent + 2, place: Place::FirstLine };
        fields(&mut inner);
        if inner.place == Place::FirstLine {
            self.out.push_str(" {}");
        }
    }

    /// `key:` and a mapping for each item, or `[]`.
    pub fn mappings<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut fields: impl FnMut(&mut Mapping<'_>, T),
    ) {
        self.items(key, items, |out, item, indent| {
            let mut inner = Mapping { out, indent, place: Place::Here };
            fields(&mut inner, item);
            if inner.place == Place::Here {
                out.push_str("{}");
            }
        });
    }

    /// `key:` and a string for each item, or `[]`.
    pub fn texts<S: AsRef<str>>(&mut self, key: &str, items: impl IntoIterator<Item = S>) {
        self.items(key, items, |out, item, indent| write_string(out, item.as_ref(), indent));
    }

    fn items<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut String, T, usize),
    ) {
        self.key(key);
        let mut is_empty = true;
        for item in items {
            is_empty = false;
            self.out.push('\n');
            write_indent(self.out, self.indent);
            self.out.push_str("- ");
            write(self.out, item, self.indent + 2);
        }
        if is_empty {
            self.out.push_str(" []");
        }
    }

    fn key(&mut self, key: &str) {
        if self.place != Place::Here {
            self.out.push('\n');
            write_indent(self.out, self.indent);
        }
        self.place = Place::NextLine;
        write_one_line(self.out, key);
        self.out.push(':');
    }
}

fn write_string(out: &mut String, text: &str, indent: usize) {
    if is_block(text) { write_block(out, text, indent) } else { write_one_line(out, text) }
}

fn write_one_line(out: &mut String, text: &str) {
    if plain::is_safe(text) {
        out.push_str(text);
    } else {
        write_quoted(out, text);
    }
}

// Several lines of text that a literal block keeps exactly: no blank at the start or at a line's end, which editors
// strip, at most one line end at the end, and nothing that needs an escape.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n'])
        && body.lines().all(|line| !line.ends_with(' '))
        && body.chars().all(|char| char == '\n' || !needs_escape(char))
}

fn write_block(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for line in text.lines() {
        out.push('\n');
        if !line.is_empty() {
            write_indent(out, indent);
            out.push_str(line);
        }
    }
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if !needs_escape(char) => out.push(char),
            _ => out.push_str(&escape(u32::from(char))),
        }
    }
    out.push('"');
}

fn escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

// Control characters, the line ends of Unicode, the byte order mark, and what is no character.
fn needs_escape(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(u32::from(char) & 0xffff, 0xfffe | 0xffff)
}

fn write_indent(out: &mut String, indent: usize) {
    const BLANKS: &str = "                                ";
    let mut left = indent;
    while left > 0 {
        let blanks = BLANKS.get(..left).unwrap_or(BLANKS);
        out.push_str(blanks);
        left -= blanks.len();
    }
}

#[cfg(test)]
mod tests {
    use super::document;
    use crate::kubernetes::yaml::{read::read, tests};
    use crate::source::Sources;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn looks_like_a_manifest() {
        let mut text = String::new();
        document(&mut text, |object| {
            object.text("kind", "NetworkPolicy");
            object.mapping("metadata", |metadata| {
                metadata.mapping("labels", |labels| labels.text("on", "yes"));
                metadata.mapping("annotations", |_| {});
            });
            object.mapping("spec", |spec| {
                spec.mappings("ingress", [1, 0], |rule, number| {
                    for _ in 0..number {
                        rule.mappings("from", [0, 8], |peer, length| match length {
                            0 => peer.mapping("podSelector", |_| {}),
                            _ => peer.mapping("ipBlock", |block| block.text("cidr", &format!("10.0.0.0/{length}"))),
                        });
                        rule.number("port", 443);
                    }
                });
                spec.mappings("egress", Vec::<()>::new(), |_, ()| {});
            });
            object.texts("list", ["a", "first\n\n  second\n", "1"]);
            object.texts("none", Vec::<String>::new());
            object.text("end", "a\nb");
        });
        document(&mut text, |_| {});
        let expected = "\
kind: NetworkPolicy
metadata:
  labels:
    \"on\": \"yes\"
  annotations: {}
spec:
  ingress:
  - from:
    - podSelector: {}
    - ipBlock:
        cidr: 10.0.0.0/8
    port: 443
  - {}
  egress: []
list:
- a
- |
  first

    second
- \"1\"
none: []
end: |-
  a
  b
---
{}
";
        assert_eq!(text, expected);
    }

    fn entry(text: &str) -> String {
        let mut written = String::new();
        document(&mut written, |object| object.text("key", text));
        written
    }

    #[test]
    fn what_blocks_lose_is_quoted() {
        for text in ["a \nb", " a\nb", "\na\nb", "a\nb\n\n", "a\r\nb", "a\n\u{85}", "a\tb\nc", "\n", "a\n"] {
            let written = entry(text);
            assert!(written.starts_with("key: \""), "{written}");
        }
        assert_eq!(entry("a\n\n# b"), "key: |-\n  a\n\n  # b\n");
    }

    // Strings that look like something else, strings of YAML's own marks, and any string at all.
    fn string() -> impl Strategy<Value = String> {
        prop_oneof![
            "[-+]?[0-9]{0,3}[._:exob+-]?[0-9]{0,3}[._:eT-]?[0-9]{0,3}",
            "(?i)(y|n|yes|no|on|off|true|false|null|~|\\.inf|\\.nan|<<|=|-|---|\\.\\.\\.)",
            "[a1 :#\\-?\\[\\]{},&*!|>'\"%@`\\\\\n\t=<~.]{0,8}",
            "[ab \n]{0,12}",
            "\\PC{0,6}",
            proptest::collection::vec(any::<char>(), 0..6).prop_map(|chars| chars.into_iter().collect()),
        ]
    }

    // By serde_yaml, and by the reader of this module.
    fn read_back(written: &str) -> [Value; 2] {
        let manifest = read(Sources::new().add("", written), written).unwrap();
        let [document] = manifest.documents.as_slice() else { panic!("one document: {written}") };
        [serde_yaml::from_str(written).unwrap(), tests::value(document)]
    }

    proptest! {
        #[test]
        fn strings_read_back_as_themselves(text in string()) {
            let value = json!({
                "value": text.clone(), format!("k{text}"): [text.clone(), text.clone()],
                "items": [{text.clone(): {text.clone(): text.clone()}}, {}],
            });
            let mut written = String::new();
            document(&mut written, |object| {
                object.text("value", &text);
                object.texts(&format!("k{text}"), [&text, &text]);
                object.mappings("items", [true, false], |item, full| {
                    if full {
                        item.mapping(&text, |inner| inner.text(&text, &text));
                    }
                });
            });
            prop_assert_eq!(read_back(&written), [value.clone(), value], "{}", written);
        }
    }
}
