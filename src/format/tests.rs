//! Text in, text out.

use super::*;
use crate::diag::Diagnostic;

mod laws;
mod trees;

fn parsed(text: &str) -> ast::File {
    let mut sources = Sources::new();
    let id = sources.add("test.netpol", text);
    let (file, diagnostics) = syntax::parse(&sources, id);
    let messages: Vec<&str> = diagnostics.iter().map(|d: &Diagnostic| d.message.as_str()).collect();
    assert!(messages.is_empty(), "{messages:?} in\n{text}");
    file
}

fn formatted(text: &str) -> String {
    format(text, &parsed(text)).unwrap_or_else(|_| {
        panic!(
            "refused:\n{text}\n--- to ---\n{}",
            Printer::new(Some(text), &parsed(text).comments).file(&parsed(text).statements)
        )
    })
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted(expected), expected, "not its own format");
}

#[test]
fn doc_comments_stand_above_annotations() {
    check("@log\n## why\n@audit\n## so\n\n## !\n\nallow a -> b", "## why\n## so\n## !\n@log @audit\nallow a -> b\n");
}

#[test]
fn blanks_go_to_one_place() {
    check(
        "allow   a,b->c on tcp/80 ,udp/53\n\n\n\nlet   x=pods [ ]".replace(" [ ]", "[a = b]").as_str(),
        "allow a, b -> c on tcp/80, udp/53\n\nlet x = pods[a=b]\n",
    );
}

#[test]
fn empty_texts_stay_empty() {
    check("", "");
    check("\u{feff}\n\n", "");
    check("\n\n# only this\n\n", "# only this\n");
}

#[test]
fn line_ends_are_line_feeds() {
    check("# a\r\nallow a -> b # c\r\n\r\nisolate pods\r\n", "# a\nallow a -> b  # c\n\nisolate pods\n");
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "namespace shop { # the shop\n# first\n\n\nallow a -> b # why\n ## no doc\n} # end\n# last",
        "namespace shop {  # the shop\n  # first\n\n  allow a -> b  # why\n  ## no doc\n}  # end\n# last\n",
    );
}

#[test]
fn comments_in_lists_end_their_lines() {
    check(
        "allow a, # one\n# above b\nb -> c on tcp/80 # two\n, tcp/81",
        "allow\n  a,  # one\n  # above b\n  b\n  -> c\n  on\n    tcp/80,  # two\n    tcp/81\n",
    );
    check("isolate pods[app=a, # one\n b\n# end\n]", "isolate\n  pods[\n    app=a,  # one\n    b\n    # end\n  ]\n");
}

#[test]
fn docs_and_annotations_stay_above() {
    check(
        "##  Why.\n## Because.\n@owner( \"a b\" ) @log # here\nallow a -> b",
        "##  Why.\n## Because.\n@owner(\"a b\") @log  # here\nallow a -> b\n",
    );
}

#[test]
fn long_lines_end_at_the_arrow_first() {
    let subject = "pods[app=prometheus, tier in (core, edge)] in namespaces[team=operations]";
    check(
        &format!("allow {subject} -> web on tcp/metrics, tcp/9090-9099"),
        &format!("allow {subject}\n  -> web on tcp/metrics, tcp/9090-9099\n"),
    );
}

#[test]
fn long_lists_have_one_entry_a_line() {
    let names: Vec<String> = (10..30).map(|number| format!("name-{number}")).collect();
    let lines = names.join(",\n  ");
    check(&format!("let all = {}", names.join(", ")), &format!("let all =\n  {lines}\n"));
    check(&format!("isolate ({})", names.join(",")), &format!("isolate\n  (\n    {}\n  )\n", names.join(",\n    ")));
}

#[test]
fn tests_and_tiers() {
    check(
        "test \"a\" { pod x=[app=a]in ops[team=b]ports http=tcp/80,m=tcp/9\n\nexpect deny x,10.0.0.1->y on tcp }\nadmin 10 \"t\" { pass ingress any->a }\nbaseline { }",
        "test \"a\" {\n  pod x = [app=a] in ops [team=b] ports http=tcp/80, m=tcp/9\n\n  expect deny x, 10.0.0.1 -> y on tcp\n}\nadmin 10 \"t\" {\n  pass ingress any -> a\n}\nbaseline {}\n",
    );
}

#[test]
fn trees_without_a_text_are_printed_with_quotes_where_needed() {
    let file = parsed("namespace shop\nlet a = pods[app=\"x\", tier=\"\"]\nlet b = any\nisolate pods\nallow a -> b");
    let expected = "namespace shop\n\nlet a = pods[app=x, tier=\"\"]\nlet b = any\n\nisolate pods\n\nallow a -> b\n";
    assert_eq!(print(&file), expected);
}

#[test]
fn comments_among_named_ports_stay_at_one_place() {
    check(
        "test \"t\" {\n  pod q = [a=b] ports http= # c\n    tcp/80\n  expect allow q -> q\n}\n",
        "test \"t\" {\n  pod q = [a=b]  # c\n    ports http=tcp/80\n  expect allow q -> q\n}\n",
    );
}

#[test]
fn rulers_keep_their_marks() {
    let text = "####################\n# shop\n####################\nallow pods -> dns\n\n##### A #####\nisolate pods\n";
    check(text, text);
}
