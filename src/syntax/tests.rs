//! Text in, tree or errors out.

use super::*;

fn parsed(text: &str) -> (Sources, ast::File, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let id = sources.add("test.netpol", text);
    let (file, diagnostics) = parse(&sources, id);
    (sources, file, diagnostics.into_sorted())
}

// Each error as `CODE |text under the span| message`.
fn errors(text: &str) -> Vec<String> {
    let (sources, _, diagnostics) = parsed(text);
    let line = |d: &Diagnostic| {
        let under = d.primary.as_ref().map_or("", |label| sources.snippet(label.span));
        format!("{} |{under}| {}", d.code.id(), d.message)
    };
    diagnostics.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(errors(text), expected, "{text}");
}

const LANGUAGE: &str = include_str!("tests/language.netpol");

#[test]
fn the_whole_language_is_understood() {
    check(LANGUAGE, &[]);
    let (_, file, _) = parsed(LANGUAGE);
    assert_eq!(file.statements.len(), 18);
}

#[test]
fn hyphens_end_before_an_arrow() {
    check("allow web-api->db", &[]);
    check("allow pods[app=a]->pods in shop->", &["E0101 |->| expected `on`, `,` or `except`, found `->`"]);
}

#[test]
fn ports_end_at_the_line() {
    check("allow a -> b on tcp/80\nallow c -> d on tcp/in\nisolate pods", &[]);
}

// The first error as `text under the span: help`.
#[track_caller]
fn check_help(text: &str, expected: &str) {
    let (sources, _, diagnostics) = parsed(text);
    let first = diagnostics.first().unwrap_or_else(|| panic!("no error in {text}"));
    let under = first.primary.as_ref().map_or("", |label| sources.snippet(label.span));
    assert_eq!(format!("{under}: {}", first.help.join(" / ")), expected, "{text}");
}

#[test]
fn every_broken_piece_is_told_once_at_its_place() {
    let text = "namespace shop {\n  let web =\n  allow web => api\n  isolate pods\n}\n\
        test \"a\" {\n  pod web-1 [app=web]\n  expect allow web-1 -> 10.0.0.1\n  expect web-1 -> 10.0.0.1\n}\n\
        admin 10 {\n  allow any -> any\n  deny any -> any\n}\nallow web - api\nisolate pods";
    check(
        text,
        &[
            "E0101 || expected endpoints or ports, found the end of the statement",
            "E0101 |=>| expected `->`, `,` or `except`, found `=>`",
            "E0101 |[| expected `=`, found `[`",
            "E0101 |web-1| expected `allow` or `deny`, found `web-1`",
            "E0101 |allow| expected `accept`, `deny` or `pass`, found `allow`",
            "E0101 |-| expected `->`, `,` or `except`, found `-`",
        ],
    );
    let (_, file, _) = parsed(text);
    assert_eq!(file.statements.len(), 4);
}

#[test]
fn misspelt_keywords_in_a_row_are_all_told() {
    check(
        "alow a -> b\nISOLATE pods\nnamspace shop\nallow a -> b",
        &[
            "E0101 |alow| unknown statement `alow`",
            "E0101 |ISOLATE| unknown statement `ISOLATE`",
            "E0101 |namspace| unknown statement `namspace`",
        ],
    );
}

#[test]
fn carets_stand_after_the_last_word_understood() {
    let (_, _, diagnostics) = parsed("allow web ->   # to whom\n\n# why\nisolate pods");
    let span = diagnostics[0].primary.as_ref().unwrap().span;
    assert_eq!((span.start, span.end), (12, 12));
}

#[test]
fn keywords_as_names_have_their_own_code() {
    check("let admin = any", &["E0105 |admin| `admin` is a keyword, so nothing can be called by it"]);
    check("allow ingress -> web", &["E0105 |ingress| `ingress` is a keyword, so nothing can be called by it"]);
    check("allow web -> tcp", &["E0105 |tcp| `tcp` is a keyword, so nothing can be called by it"]);
}

#[test]
fn both_readings_of_except_beside_a_comma_are_written_out() {
    check_help(
        "allow a, any except 10.0.0.0/8, b -> web",
        "except: all on the right are taken out: `(a, any) except (10.0.0.0/8, b)` / \
         only its neighbours belong together: `a, (any except 10.0.0.0/8), b`",
    );
}

#[test]
fn brackets_that_do_not_close_hide_nothing_else() {
    check(
        "allow pods[app=web -> api\nallow a => b",
        &["E0108 |[| `[` is never closed", "E0101 |=>| expected `->`, `,` or `except`, found `=>`"],
    );
    check(
        "namespace a {\nallow a -> b\nisolate",
        &[
            "E0108 |{| `{` is never closed",
            "E0101 || expected `ingress`, `egress` or endpoints (`pods`, an address, `any`, a name), found the end of the file",
        ],
    );
    check("}\nisolate pods", &["E0108 |}| `}` closes nothing"]);
    check("use a from \"b\nisolate pods", &["E0108 |\"| `\"` is not closed on its line"]);
}

#[test]
fn braces_in_quotes_and_comments_are_none() {
    check("test \"{\" { # }\n expect allow a -> b }", &[]);
    let junk = format!("x \"{}\"", "{".repeat(100_000));
    check(&junk, &["E0101 |x| unknown statement `x`"]);
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |depth: usize| format!("isolate {}pods{}", "(".repeat(depth), ")".repeat(depth));
    check(&nested(64), &[]);
    check(&nested(65), &["E0104 |(| brackets stand more than 64 deep in each other"]);
    check(&nested(1_000_000), &["E0104 |(| brackets stand more than 64 deep in each other"]);
    let blocks = format!("{}{}{}", "namespace a {".repeat(32), nested(32), "}".repeat(32));
    check(&blocks, &[]);
    // A `)` does not close what a `{` opened.
    assert!(errors(&"({)".repeat(100_000)).iter().any(|error| error.starts_with("E0104")));
}

#[test]
fn foreign_spellings_are_answered() {
    check_help("allow a => b", "=>: the arrow is written `->`");
    check_help("allow a → b", "→: the arrow is written `->`");
    check_help("allow a to b", "to: the arrow is written `->`");
    check_help("allow from a to b", "a: the source stands first: `allow SOURCE -> DESTINATION`");
    check_help("allow a -> b on 80", "80: a port is written with its protocol first: `tcp/80`");
    check_help("allow a -> b on 80/tcp", "80/tcp: a port is written with its protocol first: `tcp/80`");
    check_help("allow a -> b:80", ":: ports stand after `on`, with their protocol: `on tcp/80`");
    check_help("allow a -> b tcp/80", "tcp/80: ports stand after `on`: `on tcp/80, tcp/443`");
    check_help("allow a -> b on TCP/80", "/: the protocol is written `tcp`");
    check_help("allow a -> b on tcp 80", "80: a port stands in one piece: `tcp/80`");
    check_help("allow a -> b on tcp/80-", "-: a range has two ends: `tcp/8000-8100`");
    check_help("isolate pods;", ";: a statement needs no `;`; the next one begins with its keyword");
    check_help("// a\nisolate pods", "//: a comment begins with `#`");
    check_help("isolate pods /* a */", "/*: a comment begins with `#`");
    check_help("isolate pods [app=a]", "[: a bracket touches its word: `pods[app=web]`");
    check_help("isolate pods[a=b && c]", "&&: all requirements in one `[…]` must hold: write `[app=web, tier=front]`");
    check_help("isolate pods[a: b]", ":: a label is written `key=value`");
    check_help("isolate pods[a in b]", "b: the values stand in brackets: `app in (web, api)`");
    check_help("isolate pods[a='b']", "': text is quoted with `\"`");
    check_help("isolate pods[a>5]", ">: values are text, of which none is greater; list them: `[a in (5, 6)]`");
    check_help("isolate pods[a<=5]", "<=: values are text, of which none is greater; list them: `[a in (5, 6)]`");
    check_help("isolate pods[a=]", "]: an empty value is written `\"\"`: `[key=\"\"]`");
    check_help("isolate pods[a!=, b]", ",: an empty value is written `\"\"`: `[key=\"\"]`");
    check_help("isolate pods[a==]", "]: an empty value is written `\"\"`: `[key=\"\"]`");
    check_help(
        "isolate pods[a in (,)]",
        ",: remove the `,`, or write a value beside it; an empty one is written `\"\"`",
    );
    check_help(
        "isolate pods[a in (x,)]",
        "): remove the `,`, or write a value beside it; an empty one is written `\"\"`",
    );
    check_help(
        "isolate pods[a in (x,,y)]",
        ",: remove the `,`, or write a value beside it; an empty one is written `\"\"`",
    );
    check_help("isolate pods[a in ()]", "): a list has at least one value: `[app in (web, api)]`");
    check_help("isolate pods[,a]", ",: remove the `,`, or write a label beside it");
    check_help("isolate pods[a~b]", "~: labels match no patterns; list the values: `[app in (web, api)]`");
    check_help("isolate pods[a=~b]", "~: labels match no patterns; list the values: `[app in (web, api)]`");
    check_help("isolate ingres pods", "pods: did you mean `ingress`?");
    check_help("allow egres pods -> dns", "pods: did you mean `egress`?");
    check_help("allow a -> 10.0.0.0/8 excpt 10.1.0.0/16", "excpt: did you mean `except`?");
    check_help("allow a -> pods in nmespaces[a=b]", "[: did you mean `namespaces`?");
    check_help("allow a -> b onn tcp/80", "onn: did you mean `on`?");
    check_help("allow pods iin shop -> b", "iin: did you mean `in`?");
    check_help("isolate pods[a nottin (b)]", "nottin: did you mean `notin`?");
    check_help("isolate nodez[a=b]", "[: did you mean `nodes`?");
    check_help("isolate podz in shop", "in: did you mean `pods`?");
    check_help("allow a -> b on tpc/5", "/: did you mean `tcp`?");
    check_help("use a frmo \"b\"", "frmo: did you mean `from`?");
    check_help("allow a -> servce b", "b: did you mean `service`?");
    check_help("test \"a\" {\n expct allow a -> b\n}", "expct: did you mean `expect`?");
    check_help("admin 1 {\n  accpt a -> b\n}", "accpt: did you mean `accept`?");
    check_help("let ingress = pods", "ingress: choose another name, such as `ingress-1` or `my-ingress`");
    check_help("lett a = pods", "lett: did you mean `let`?");
    check_help("allow a, -> b", "->: remove the `,`, or write another entry after it");
    check_help("allow a -> b ingress", "ingress: a direction stands right after the verb: `allow ingress …`");
    check_help("egress a -> b", "egress: a direction stands after its verb: `allow egress …`");
    check_help("accept a -> b", "accept: did you mean `allow`?");
    check_help("kind: NetworkPolicy", "kind: this is Kubernetes YAML; `netpol import` makes .netpol of it");
}

#[test]
fn place_names_stand_on_the_line_of_their_word_and_may_be_keywords() {
    check("allow pods in test -> service on in in\nnamespace allow", &[]);
    check("isolate pods[test in (\ntest \n, use\n), allow\n, deny in (a)] in (\n test # a\n)", &[]);
    check("isolate pods in\n  shop", &["E0101 || expected a name on this line, found the end of the line"]);
}

#[test]
fn any_bytes_that_are_text_are_told_and_survived() {
    check("allow a \0-> b", &["E0101 |\0| expected `->`, `,` or `except`, found `\0`"]);
    check("\u{feff}isolate pods\r\nallow a -> b\r\n", &[]);
    check("isolate pods\rallow a -> b\r# end", &[]);
}

#[test]
fn long_files_are_cut_between_statements_only() {
    let text = "namespace a, # why\n# and\n\n  test [x=y]\n## doc\n@owner(\n\"a\")\n\nallow a\n -> b on tcp/80,\n http\n\
        @log # x\n@audit\n# y\n  isolate pods[\n test = a]\ntest \"t\" {\n  expect\n  allow a -> b\n}\n\
        let x = any let y = any\n";
    let (_, file, diagnostics) = parsed(&text.repeat(500));
    assert_eq!((file.statements.len(), diagnostics.len()), (500 * 6, 0));
    let annotated = file.statements.iter().filter(|statement| !statement.value.annotations.is_empty());
    let documented = file.statements.iter().filter(|statement| !statement.value.doc.is_empty());
    assert_eq!((annotated.count(), documented.count()), (1000, 500));
    let last = file.statements.last().map(|statement| statement.span.end as usize);
    assert_eq!(last, Some(text.len() * 500 - 1));
}

#[test]
fn long_texts_take_linear_time() {
    let million = 100_000;
    for text in [
        "\"a\" ".repeat(million),
        "}".repeat(million),
        "x ".repeat(million),
        "\"".repeat(million),
        format!("isolate pods[{}a]", "a=b, ".repeat(million / 10)),
        format!("{}isolate pods", "## x\n".repeat(million / 10)),
        "@a\n".repeat(million),
        format!("namespace a {{ {} }}", "@a\n".repeat(million)),
        format!("admin 1 {{ {} }}", "@a\n".repeat(million)),
        "allow a => b ".repeat(million / 10),
        "a=".repeat(million),
        format!("allow a =>{}b", "\n".repeat(million)),
        format!("use {}", "a ".repeat(million)),
        "isolate\nalow a -> b\n".repeat(million / 10),
    ] {
        let (_, _, diagnostics) = parsed(&text);
        let is_told = diagnostics.last().is_none_or(|last| last.message.contains("are not told"));
        // One, one for each head that is read, or as many as are told.
        let is_few = diagnostics.len() <= 5;
        assert!(is_few || diagnostics.len() == MOST_ERRORS + 1 && is_told, "{}", diagnostics.len());
    }
    // Blocks of broken heads are walked once more for each block around them, so few are opened in each other.
    let nested = format!("{}{}{}", "namespace {".repeat(60), "allow a => b ".repeat(million / 10), "}".repeat(60));
    assert_eq!(errors(&nested).len(), 5);
}

#[test]
fn a_cut_never_parts_an_annotation_from_its_statement() {
    for (before, after) in
        [("isolate ingress pods[a=b] @owner(\"x\")", "allow pods -> dns"), ("namespace y {\n}@log", "deny a -> b")]
    {
        for length in 2040..2060 {
            let head = "namespace x\nisolate pods\n";
            let filler = "x".repeat(length - head.len());
            check(&format!("{head}#{filler}\n{before}\n{after}\n"), &[]);
        }
    }
}

#[test]
fn statements_behind_an_unclosed_test_are_taken_and_told() {
    let text =
        "isolate web\ntest \"x\" {\n  pod a = [a=b]\n  expect deny a -> a\nallow web => db\nlet web = pods\nisolate\n";
    check(
        text,
        &[
            "E0108 |{| `{` is never closed",
            "E0101 |=>| expected `->`, `,` or `except`, found `=>`",
            "E0101 || expected `ingress`, `egress` or endpoints (`pods`, an address, `any`, a name), found the end of the file",
        ],
    );
    let (_, file, _) = parsed(text);
    assert_eq!(file.statements.len(), 3, "{:?}", file.statements);
    let text = "admin 10 {\n  accept a -> b\nallow a => b\nlet web = pods\n";
    assert_eq!(parsed(text).1.statements.len(), 2);
    assert_eq!(errors(text).len(), 2);
}

#[test]
fn a_broken_head_hides_nothing_in_its_block() {
    let lines = |text: &str| errors(text).len();
    assert_eq!(lines("namespace shop [team: retail] {\n  allow a => b\n  isolate\n}"), 3);
    assert_eq!(lines("test x {\n  pod a [a=b]\n  expect a -> a\n}"), 3);
    assert_eq!(lines("admin x {\n  acept any -> any\n  accept any => any\n}"), 3);
    assert_eq!(lines("namespace a [b: c] {\n  namespace d [e: f] {\n    allow a => b\n  }\n}"), 3);
}

#[test]
fn rulers_and_boxes_are_no_doc_comments() {
    let docs =
        |text: &str| parsed(text).1.statements[0].value.doc.iter().map(|line| line.value.clone()).collect::<Vec<_>>();
    assert!(docs("####\n# shop\n####\nisolate pods").is_empty());
    assert_eq!(docs("##### A #####\n## b\nisolate pods"), ["b"]);
    // Behind an annotation as well as above it.
    assert_eq!(docs("## a\n@log\n## b\n@audit\n## c\nisolate pods"), ["a", "b", "c"]);
    assert!(docs("@log # x\n## b\nisolate pods").is_empty());
    assert_eq!(docs("## a\nisolate pods"), ["a"]);
    assert_eq!(docs("\u{feff}## Why.\nisolate pods"), ["Why."]);
}

#[test]
fn braces_that_are_no_block_are_told_once() {
    assert_eq!(errors("allow pods{app=web} -> api").len(), 1);
    assert_eq!(errors("namespac shop {\n  allow a => b\n}").len(), 2);
}

#[test]
fn several_errors_of_one_line_are_told() {
    let arrow = "E0101 |=>| expected `->`, `,` or `except`, found `=>`";
    let nothing = "E0101 || expected `ingress`, `egress` or endpoints (`pods`, an address, `any`, a name), found the end of the file";
    check("allow a => b allow c => d isolate", &[arrow, arrow, nothing]);
    check("namespace a { allow a => b @log allow c => d }", &[arrow, arrow]);
    check("allow a -> b on tcp/80 allow c => d", &[arrow]);
    check("} allow a => b", &["E0108 |}| `}` closes nothing", arrow]);
    let expected = "E0101 |=>| expected `->` or `,`, found `=>`";
    check("test \"a\" { expect allow a => b expect deny a => b }", &[expected, expected]);
    check("admin 1 { accept a => b deny a => b }", &[arrow, arrow]);
    // What stands between two errors is understood.
    assert_eq!(parsed("allow a => b let c = pods allow c => d").1.statements.len(), 1);
}

#[test]
fn keywords_in_a_line_are_no_beginning_where_another_word_must_stand() {
    let keyword = |word: &str| format!("E0105 |{word}| `{word}` is a keyword, so nothing can be called by it");
    check("let allow = pods", &[&keyword("allow")]);
    check("allow namespace shop -> web", &[&keyword("namespace")]);
    check("allow a -> deny on tcp/80", &[&keyword("deny")]);
    check("allow pods in test => service use", &["E0101 |=>| expected `->`, `,` or `except`, found `=>`"]);
    check(
        "isolate allow a -> b",
        &[
            "E0101 || expected `ingress`, `egress` or endpoints (`pods`, an address, `any`, a name), found the end of the statement",
        ],
    );
}

#[test]
fn a_line_that_begins_with_another_word_begins_another_statement() {
    check("isolate pods\nalow pods -> dns", &["E0101 |alow| unknown statement `alow`"]);
    check("isolate pods\nfoo pods -> dns", &["E0101 |foo| unknown statement `foo`"]);
    check("namespace a {\n  isolate pods\n  alow pods -> dns\n}", &["E0101 |alow| unknown statement `alow`"]);
    let text = "isolate\nalow pods -> dns\nlet x =\n  ISOLATE pods\nallow pods -> x on\nallw a -> b";
    check(
        text,
        &[
            "E0101 || expected `ingress`, `egress` or endpoints (`pods`, an address, `any`, a name), found the end of the statement",
            "E0101 |alow| unknown statement `alow`",
            "E0101 |pods| expected `on`, `,` or `except`, found `pods`",
            "E0101 || expected a port such as `tcp/80`, found the end of the statement",
            "E0101 |allw| unknown statement `allw`",
        ],
    );
    // Lines that are indented further, or stand behind a comma, go on.
    check("isolate pods\n  foo", &["E0101 || expected `in`, `,` or `except`, found `foo`"]);
    check("allow pods -> a,\ntests b", &["E0101 |b| expected `on`, `,` or `except`, found `b`"]);
}

#[test]
fn a_broken_head_leaves_its_block_understood() {
    let statements = |text: &str| match parsed(text).1.statements.as_slice() {
        [statement] => match &statement.value.kind {
            ast::StatementKind::Namespace(ast::Namespace { owners: ast::Owners::Unread, block: Some(inner) }) => {
                inner.len()
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    for head in
        ["namespace", "namespace shop,", "namespace shop [team=]", "namespace shop x", "namespace shop [", "namespac a"]
    {
        let text = format!("{head} {{\n allow a -> b\n isolate a\n}}");
        assert_eq!((statements(&text), errors(&text).len()), (2, 1), "{text}");
    }
    // What the head's errors hide is not told once more, and the block's own are.
    let text = "namespace shop [ {\n  use a from \"b\n  allow -> dns\n}\nallow a => b";
    assert_eq!(errors(text).len(), 4, "{:?}", errors(text));
}

#[test]
fn statements_behind_an_unclosed_test_without_title_are_taken_too() {
    let text = "test {\n  pod a = [a=b]\nallow web => db\nisolate pods\n";
    check(text, &["E0108 |{| `{` is never closed", "E0101 |=>| expected `->`, `,` or `except`, found `=>`"]);
    assert_eq!(parsed(text).1.statements.len(), 1);
}

#[test]
fn what_was_not_understood_is_known() {
    let unread = |text: &str| {
        let (sources, file, _) = parsed(text);
        file.unread.iter().map(|span| sources.snippet(*span).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(unread("allow a -> b\nlet c = pods x\nisolate c"), ["let c = pods x"]);
    assert_eq!(unread("namespace a [b: c] {\n allow a => b\n isolate c\n}"), ["namespace a [b: c] {", "allow a => b"]);
    assert_eq!(unread("let x = a, b except c"), ["let x = a, b except c"]);
    // Braces in a row are one part, however many there are.
    assert_eq!(unread("isolate c\n}\n} # x\n}}\nisolate c\n{"), ["}\n} # x\n}}", "isolate c\n{", "{"]);
}

#[test]
fn places_of_a_tests_pod_stand_on_its_line() {
    let text = |place: &str| format!("test \"a\" {{\n  pod a = [b=c] in{place}\n  expect deny a -> ::1\n}}");
    let expected = ["E0101 || expected a name on this line, found the end of the statement"];
    check(&text(""), &expected);
    check(&text(" # shop"), &["E0101 |#| expected a Kubernetes name, found `#`"]);
    check(&text(" test [b=c]"), &[]);
    check(&text("\tshop ports http = tcp/80"), &[]);
}

#[test]
fn habits_are_answered() {
    let labels = "pods are chosen by labels in square brackets: `pods[app=web]`";
    let place = "a namespace's pods are written `pods in shop`";
    for (text, under, help) in [
        ("allow app=web -> dns", "=", labels),
        ("allow pods app=web -> dns", "app", labels),
        ("allow pods where app=web -> dns", "where", labels),
        ("allow [app=web] -> dns", "[", labels),
        (
            "allow any except [10.0.0.0/8] -> dns",
            "[",
            "several of them stand in round brackets: `(10.1.0.0/16, 10.2.0.0/16)`",
        ),
        ("allow pods in namespace shop -> dns", "shop", place),
        ("allow namespace shop -> dns", "namespace", place),
        ("allow pods from shop -> dns", "from", place),
        (
            "allow namespaces[a=b] -> dns",
            "[",
            "pods of namespaces with labels are written `pods in namespaces[team=ops]`",
        ),
        ("allow * -> dns", "*", "everything is written `any`, the pods of all namespaces `pods in *`"),
        ("allow any but 10.0.0.0/8 -> dns", "but", "what is left out stands after `except`"),
        ("allow a -> https://b", ":", "a destination is an address, a network or pods, not a URL"),
        ("allow a <- b", "<-", "the source stands first: `SOURCE -> DESTINATION`"),
        ("allow a <-> b", "<->", "a flow has one direction: write a line for each"),
        ("allow a -> b -> c", "->", "a line is one flow: write a line for each"),
        ("allow a -> b on tcp/80,443", "443", "a port is written with its protocol first: `tcp/443`"),
        ("allow a -> b on tcp/80 udp/53", "udp/53", "ports are listed with `,`"),
        ("isolate pods on tcp/80", "on", "`isolate` closes pods on every port; ports stand in the `allow`"),
        ("isolate pods egress", "egress", "a direction stands right after the verb: `isolate egress …`"),
        ("isolate: pods", ":", "no `:` stands behind a keyword"),
        ("namespace: shop", ":", "no `:` stands behind a keyword"),
        (
            "namespace shop team=retail {\n}",
            "team",
            "a namespace's labels stand in square brackets: `namespace shop [team=retail]`",
        ),
        ("use a, from \"x\"", "\"", "remove the `,`, or write another name after it"),
        ("namespace \"shop\"", "\"", "a namespace's name stands without quotes"),
        ("let web: pods", ":", "a name is given with `=`: `let web = …`"),
        ("let web := pods", ":", "a name is given with `=`: `let web = …`"),
        ("web = pods", "web", "a name is given with `let`: `let web = …`"),
        ("use \"a\"", "\"", "a `use` says which names it brings: `use web, api from \"common.netpol\"`"),
        ("use * from \"a\"", "*", "a `use` says which names it brings: `use web, api from \"common.netpol\"`"),
        ("@owner web\nisolate pods", "web", "values stand in round brackets: `@owner(\"payments\")`"),
        ("test \"a\" {\n pod a = pods[a=b]\n}", "pods", "a test's pod has labels alone: `pod web-1 = [app=web]`"),
        ("isolate pods[a not in (b)]", "not", "did you mean `notin`?"),
        ("isolate pods[!a=b]", "=", "`!app` says that there is no such label; `not equal` is written `app!=web`"),
        ("- isolate pods", "-", "a statement begins with its keyword, not with `-`"),
        ("spec:\n  podSelector: {}", "spec", "this is Kubernetes YAML; `netpol import` makes .netpol of it"),
        (
            "kubectl get pods",
            "kubectl",
            "this is a command for the shell; a policy holds statements alone, such as `isolate pods`",
        ),
    ] {
        check_help(text, &format!("{under}: {help}"));
    }
}
