//! What netpol writes as YAML, read by the real kubectl: a string stays a string.

mod support;

use netpol::kubernetes::yaml::write;
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
    let written = [json!(data), json!(keys), json!({"list": texts})];
    let mut stream = String::new();
    for data in &written {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data});
        write::append(&mut stream, &object);
    }
    let read: Vec<Value> = annotate_local(&stream).into_iter().map(|mut object| object["data"].take()).collect();
    assert_eq!(read, written);
}
