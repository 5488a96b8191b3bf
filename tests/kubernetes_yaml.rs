//! What netpol writes as YAML, read by the real kubectl: a string stays a string. And what people write, read by both.

mod support;

use netpol::kubernetes::yaml::write::{Mapping, document};
use netpol::kubernetes::yaml::{Kind, Node, read};
use netpol::source::Sources;
use serde_json::{Map, Value, json};
use support::kubectl::annotate_local;

/// Values that a YAML 1.1 or 1.2 reader takes for booleans, nulls, numbers, dates, marks or blanks.
const NASTY: &str = "on On ON off yes Yes no NO y Y n N true True false ~ null Null NULL 1 0 -1 +1 08 09.5 012 0o7 0O7 0x1f \
                     0X1F 0b11 -0b11 1_000 1__0 0_7 1e3 1E3 12e03 1e 1.5 1. .5 -.5 1.5.2 1_0.5_0 .inf -.Inf .NaN 1:30 \
                     190:20:30 2027-01-01 2027-1-1 2027-01-01T10:00:00Z 18446744073709551616 = << - -- --- ... ? : , # \
                     & * ! | > % @ ` { } [ ] {} [] ' \" '' \"\" \\ a:b a:b: :a a#b #a &a *a !a !!str %a @a `a a, a} ]a";

fn texts() -> Vec<String> {
    let phrases = [
        "",
        " ",
        "  ",
        " a",
        "a ",
        "a: b",
        "a:",
        "a #b",
        "- a",
        "? a",
        "a\tb",
        "\ta",
        "a\n",
        "\na",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n\n",
        " a\nb",
        "a\n b",
        "a \nb",
        "#\n#",
        "---\n",
        "a\r\nb",
        "\u{85}",
        "a\u{2028}b",
        "\u{feff}a",
        "\u{7f}",
        "\u{1b}[0m",
        "größe",
        "日本",
        "🦀 a",
        "\u{a0}",
        "a\u{a0}",
        "\\n",
        "a -> b",
        "don't",
        "say \"a\"",
        "{{ template }}",
    ];
    NASTY.split_whitespace().chain(phrases).map(str::to_owned).collect()
}

#[test]
fn kubectl_reads_every_string_as_itself() {
    let texts = texts();
    let data: Map<_, _> = texts.iter().map(|text| (format!("k-{text}"), json!(text))).collect();
    let keys: Map<_, _> = texts.iter().map(|text| (text.clone(), json!("value"))).collect();
    let mut stream = String::new();
    let mut config_map = |fields: &dyn Fn(&mut Mapping<'_>)| {
        document(&mut stream, |object| {
            object.text("apiVersion", "v1");
            object.text("kind", "ConfigMap");
            object.mapping("metadata", |metadata| metadata.text("name", "a"));
            object.mapping("data", |data| fields(data));
        });
    };
    config_map(&|of| texts.iter().for_each(|text| of.text(&format!("k-{text}"), text)));
    config_map(&|of| texts.iter().for_each(|text| of.text(text, "value")));
    config_map(&|of| of.texts("list", &texts));
    let read: Vec<Value> = annotate_local(&stream).into_iter().map(|mut object| object["data"].take()).collect();
    assert_eq!(read, [json!(data), json!(keys), json!({"list": texts})]);
}

fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => json!(value),
        // kubectl prints whole numbers and whole floats alike.
        Kind::Int(number) => json!(*number as f64),
        Kind::Float(number) => json!(number),
        Kind::String(text) => json!(text),
        Kind::Seq(items) => items.iter().map(value).collect(),
        Kind::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect(),
    }
}

fn with_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(with_floats).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), with_floats(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn words_without_quotes_are_read_as_kubectl_reads_them() {
    const SIGNS: &str = "{}[],#&*!|>%@`'\"?:";
    let is_word = |word: &&str| !word.contains(|char| SIGNS.contains(char)) && !matches!(*word, "-" | "---" | "<<");
    let words = NASTY.split_whitespace().filter(is_word).filter(|word| !word.to_lowercase().ends_with(".nan"));
    let words = words.filter(|word| !word.to_lowercase().ends_with(".inf"));
    let more =
        "a:b 1:30 10.0.0.0/8 0b2 +0b11 0x_1 _1 1e400 .e3 -9223372036854775808 9223372036854775807 -010 1.0e+2 00";
    let lines = words.chain(more.split(' ')).enumerate();
    let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n".to_owned();
    for (at, word) in lines {
        text += &format!("  k{at}: {word}\n");
    }
    text += "  on: a\n  0x10: b\n  1.5: c\n  08: d\n  ~x: [!!str 5, !other 5, !!int '5', ! 5]\n  x: &x {a: 1}\n  z: {<<: *x, b: 2}\n";
    let manifest = read::read(Sources::new().add("a.yaml", text.as_str()), &text).expect("it is YAML");
    let ours = manifest.documents.first().and_then(|document| document.get("data")).map(value);
    let theirs = annotate_local(&text).first().map(|object| with_floats(&object["data"]));
    assert_eq!(ours, theirs);
}
