//! Writes YAML as people write manifests: block style, two blanks a level, list items at their key's own indent.
//!
//! The order of keys is the order of the value. What is a string is a string to every reader, see `plain`.

use serde_json::{Map, Value};

use super::plain;

/// The fields of a mapping, in the order in which they are written.
pub type Fields<'v> = Vec<(&'v String, &'v Value)>;

/// Writes one document, with a line end and without `---`.
///
/// YAML has no keys over 1,024 characters, and neither has Kubernetes.
#[must_use]
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    append(&mut text, value);
    text
}

/// Adds a document to a stream, behind `---` where it is not the first.
pub fn append(stream: &mut String, value: &Value) {
    append_ordered(stream, value, |_, map| map.iter().collect());
}

/// The same with the fields of each mapping in an order of choice, which may depend on the key that it stands under.
pub fn append_ordered(stream: &mut String, value: &Value, order: Order) {
    if !stream.is_empty() {
        stream.push_str("---\n");
    }
    let mut writer = Writer { out: stream, order };
    match value {
        Value::Object(map) if !map.is_empty() => writer.map(None, map, 0),
        Value::Array(items) if !items.is_empty() => writer.items(None, items, 0),
        // A block needs an indent, and a document has none.
        Value::String(text) => {
            write_one_line(writer.out, text);
            writer.out.push('\n');
        }
        scalar => writer.scalar(scalar, 0),
    }
}

type Order = for<'v> fn(Option<&str>, &'v Map<String, Value>) -> Fields<'v>;

struct Writer<'o> {
    out: &'o mut String,
    order: Order,
}

impl Writer<'_> {
    // The first key stands where the output is; the others go to lines of their own.
    fn map(&mut self, of: Option<&str>, map: &Map<String, Value>, indent: usize) {
        for (at, (key, value)) in (self.order)(of, map).into_iter().enumerate() {
            if at > 0 {
                write_indent(self.out, indent);
            }
            write_one_line(self.out, key);
            self.out.push(':');
            self.value(key, value, indent);
        }
    }

    fn value(&mut self, key: &str, value: &Value, indent: usize) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.out.push('\n');
                write_indent(self.out, indent + 2);
                self.map(Some(key), map, indent + 2);
            }
            Value::Array(items) if !items.is_empty() => {
                self.out.push('\n');
                write_indent(self.out, indent);
                self.items(Some(key), items, indent);
            }
            scalar => {
                self.out.push(' ');
                self.scalar(scalar, indent + 2);
            }
        }
    }

    fn items(&mut self, of: Option<&str>, items: &[Value], indent: usize) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                write_indent(self.out, indent);
            }
            self.out.push_str("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.map(of, map, indent + 2),
                Value::Array(inner) if !inner.is_empty() => self.items(of, inner, indent + 2),
                scalar => self.scalar(scalar, indent + 2),
            }
        }
    }

    fn scalar(&mut self, scalar: &Value, indent: usize) {
        write_scalar(self.out, scalar, indent);
        self.out.push('\n');
    }
}

fn write_scalar(out: &mut String, scalar: &Value, indent: usize) {
    match scalar {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) if is_block(text) => write_block(out, text, indent),
        Value::String(text) => write_one_line(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
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
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::{append, write};
    use crate::kubernetes::yaml::{read::read, tests};
    use crate::source::Sources;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn looks_like_a_manifest() {
        let value = json!({
            "kind": "NetworkPolicy", "metadata": {"labels": {"on": "yes"}, "annotations": {}},
            "spec": {"ingress": [{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}, {}], "egress": []},
            "list": [["a", "b"], [["c"]], 1, null, "first\n\n  second\n"], "port": 443,
        });
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
  - {}
  egress: []
list:
- - a
  - b
- - - c
- 1
- null
- |
  first

    second
port: 443
";
        assert_eq!(write(&value), expected);
    }

    #[test]
    fn documents_are_parted() {
        let mut stream = String::new();
        append(&mut stream, &json!({"a": 1}));
        append(&mut stream, &json!("two\nlines"));
        append(&mut stream, &json!([]));
        assert_eq!(stream, "a: 1\n---\n\"two\\nlines\"\n---\n[]\n");
    }

    #[test]
    fn what_blocks_lose_is_quoted() {
        for text in ["a \nb", " a\nb", "\na\nb", "a\nb\n\n", "a\r\nb", "a\n\u{85}", "a\tb\nc", "\n", "a\n"] {
            let written = write(&json!({"key": text}));
            assert!(written.starts_with("key: \""), "{written}");
        }
        assert_eq!(write(&json!({"key": "a\n\n# b"})), "key: |-\n  a\n\n  # b\n");
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

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            string().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(Value::Null),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec((string(), inner), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
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
            let value = json!({"value": text.clone(), text.clone(): [text.clone(), {text.clone(): text}]});
            let written = write(&value);
            prop_assert_eq!(read_back(&written), [value.clone(), value], "{}", written);
        }

        #[test]
        fn values_read_back_as_themselves(value in value()) {
            let written = write(&value);
            prop_assert_eq!(read_back(&written), [value.clone(), value], "{}", written);
        }
    }
}
