use super::read::{Manifest, read};
use super::{Kind, Node};
use crate::diag::Diagnostic;
use crate::source::Sources;
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => json!(value),
        Kind::Int(number) => i64::try_from(*number).map_or(json!(*number as u64), |number| json!(number)),
        Kind::Float(number) => json!(number),
        Kind::String(text) => json!(text),
        Kind::Seq(items) => items.iter().map(value).collect(),
        Kind::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), value(&entry.value))).collect())
        }
    }
}

fn read_with<T>(text: &str, then: impl FnOnce(Result<Manifest<'_>, Box<Diagnostic>>, &Sources) -> T) -> T {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text);
    then(read(file, text), &sources)
}

fn values(text: &str) -> Vec<Value> {
    read_with(text, |read, _| match read {
        Ok(manifest) => manifest.documents.iter().map(value).collect(),
        Err(refused) => panic!("{text:?}: {refused:?}"),
    })
}

/// Asserts code, the texts under the primary and secondary spans, and the message of a refusal.
fn check_refused(text: &str, code: &str, places: &[&str], message: &str) {
    read_with(text, |read, sources| {
        let refused = read.expect_err(text);
        let spans = refused.primary.iter().chain(&refused.secondary).map(|label| sources.snippet(label.span));
        assert_eq!((refused.code.id(), refused.message.as_str()), (code, message), "{text:.200}");
        assert_eq!(spans.collect::<Vec<_>>(), places, "{text:.200}");
    });
}

fn spans(text: &str) -> Vec<String> {
    fn walk(node: &Node, sources: &Sources, out: &mut Vec<String>) {
        out.push(sources.snippet(node.span).to_owned());
        match &node.kind {
            Kind::Seq(items) => items.iter().for_each(|item| walk(item, sources, out)),
            Kind::Map(entries) => entries.iter().for_each(|entry| {
                out.push(sources.snippet(entry.key_span).to_owned());
                walk(&entry.value, sources, out);
            }),
            _ => {}
        }
    }
    read_with(text, |read, sources| {
        let mut out = Vec::new();
        read.expect(text).documents.iter().for_each(|node| walk(node, sources, &mut out));
        out
    })
}

#[test]
fn documents_and_json_are_read() {
    assert_eq!(values("a: 1\n---\n---\n- b: on\n...\n"), [json!({"a": 1}), json!(null), json!([{"b": true}])]);
    assert_eq!(values("\u{feff}a: 'on'\r\nb: |\r\n  x\r\n  y\r\n"), [json!({"a": "on", "b": "x\ny\n"})]);
    assert_eq!(values("{\"a\": [1.0, 1e2, -0, null]}\n{}"), [json!({"a": [1.0, 100.0, 0, null]}), json!({})]);
    assert_eq!(values(r#"{"a": "\ud83d\ude00\/\u00e9\ud83d"}"#), [json!({"a": "😀/é\u{fffd}"})]);
    assert_eq!(values("{a: b}"), [json!({"a": "b"})]);
    assert_eq!(values(""), Vec::<Value>::new());
}

#[test]
fn everything_has_its_place() {
    let text = "ä: ü\nb:\n- c: 'é'\n  d: [1, x]\n\n# end\n";
    let item = "c: 'é'\n  d: [1, x]";
    let all = format!("ä: ü\nb:\n- {item}");
    // A list at its key's own indent begins with its first item.
    assert_eq!(spans(text), [&all, "ä", "ü", "b", item, item, "c", "'é'", "d", "[1, x]", "1", "x"]);
    let json = r#"{"ä": [1, {"b": "c"}]}"#;
    assert_eq!(spans(json), [json, "\"ä\"", r#"[1, {"b": "c"}]"#, "1", r#"{"b": "c"}"#, "\"b\"", "\"c\""]);
}

#[test]
fn aliases_and_merge_keys_are_read_as_kubectl_does() {
    assert_eq!(values("a: &x [1]\nb: *x"), [json!({"a": [1], "b": [1]})]);
    let text = "x: &x {k: 1, l: 1}\nv: &v {k: 2, m: 2}\nz: {<<: [*x, *v], l: 3}\nw: {\"<<\": 1}";
    let expected = json!({
        "x": {"k": 1, "l": 1}, "v": {"k": 2, "m": 2}, "z": {"k": 1, "m": 2, "l": 3}, "w": {"<<": 1},
    });
    assert_eq!(values(text), [expected]);
    let message = "`<<` brings key `k`, which stands before it already";
    check_refused("x: &x {k: 1}\ny: {k: 2, <<: *x}", "E0602", &["<<", "k"], message);
    check_refused("<<: 1", "E0601", &["1"], "`<<` takes mappings, and here is a number");
    check_refused("a: &x [*x]", "E0601", &["*x"], "an alias stands inside of what it stands for");
}

#[test]
fn repeated_keys_are_refused() {
    check_refused("a: 1\nb: 2\n'a': 3", "E0602", &["'a'", "a"], "key `a` stands twice in one mapping");
    check_refused("yes: 1\ntrue: 2", "E0602", &["true", "yes"], "key `true` stands twice in one mapping");
    check_refused(r#"{"a": 1, "a": 2}"#, "E0602", &["\"a\"", "\"a\""], "key `a` stands twice in one mapping");
    let many: String = (0..100).map(|number| format!("k{number}: 1\n")).collect();
    check_refused(&format!("{many}k7: 1"), "E0602", &["k7", "k7"], "key `k7` stands twice in one mapping");
}

#[test]
fn bombs_are_refused() {
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..10 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    check_refused(&bomb, "E0603", &["*a4"], "aliases stand for more than 16 MiB");
    let tower: String = (1..200).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    let message = "lists and mappings nest deeper than 100 levels";
    check_refused(&format!("a0: &a0 []\n{tower}"), "E0104", &["*a98"], message);
    check_refused(&"[".repeat(100_000), "E0104", &["["], message);
    check_refused(&"{\"a\":".repeat(100_000), "E0104", &["{"], message);
    assert_eq!(values(&("[".repeat(100) + &"]".repeat(100))).len(), 1);
}

#[test]
fn half_written_text_is_refused() {
    check_refused(r#"{"a": [1, {"b": 2"#, "E0601", &["", "{"], "this JSON is cut off: `,` or `}` is missing");
    check_refused("{\"a\": [1,\n", "E0601", &["", "["], "this JSON is cut off: a value is missing");
    check_refused(
        "{\"a\": \"b\n",
        "E0601",
        &["", "{"],
        "this JSON is cut off: the quote that ends a string is missing",
    );
    check_refused(r#"{"a": 1 "b": 2}"#, "E0601", &["\"", "{"], "this is not JSON: expected `,` or `}`");
    let message = "this is not YAML: while parsing a flow sequence, expected ',' or ']'";
    check_refused("a: [1,\n  2\n", "E0601", &["", "["], message);
    let message = "this is not YAML: mapping values are not allowed in this context";
    check_refused("a: 1\n b: 2", "E0601", &[":"], message);
    check_refused("ä: \u{0}", "E0601", &["\u{0}"], "this is not YAML: found unprintable character");
}

#[test]
fn what_json_does_not_have_is_refused() {
    check_refused("a: .nan", "E0601", &[".nan"], "`.nan` is a number that Kubernetes objects cannot hold");
    check_refused("~: 1", "E0601", &["~"], "null cannot be a key here");
    check_refused("? [a]\n: 1", "E0601", &["[a]"], "a list cannot be a key here");
    check_refused("a: !!int b", "E0601", &["!!int b"], "`b` is not what its tag `!!int` says");
    assert_eq!(values("[!!str 5, !!int '5', !other 5, ! 5, !!float 5]"), [json!(["5", 5, "5", "5", 5])]);
}

#[test]
fn comments_above_are_found() {
    let text = "# first\n#second\n\n---\n# third\na: |\n  # text\n# inside\nb: 1 # behind\n---\nc: 1\n--- \n  # fourth\n- d: 2\n#fifth\n- e: 1\n";
    read_with(text, |read, _| {
        let manifest = read.expect("it is YAML");
        let above = |node: &Node| manifest.comments_above(node).lines;
        let [first, second, third] = manifest.documents.as_slice() else { panic!("three documents") };
        assert_eq!(above(first), ["first", "second", "third"]);
        assert_eq!(above(second), Vec::<String>::new());
        let items: Vec<_> = third.items().expect("a list").iter().map(above).collect();
        assert_eq!(items, [vec!["fourth"], vec!["fifth"]]);
    });
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a1:,\\[\\]{}\"'#&*<!|>\\- \n\t~%é]{0,40}") {
        read_with(&text, |read, sources| {
            let span = match &read {
                Ok(manifest) => manifest.documents.first().map(|node| node.span),
                Err(refused) => refused.primary.as_ref().map(|label| label.span),
            };
            let length = text.len() as u32;
            prop_assert!(span.is_none_or(|span| span.start <= span.end && span.end <= length));
            prop_assert!(span.is_none_or(|span| span.start == span.end || !sources.snippet(span).is_empty()));
            Ok(())
        })?;
    }
}
