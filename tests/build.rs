//! `netpol build` and `netpol check` as people run them: files, streams, exit status.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests end by failing")]

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;
use support::folder::{Folder, Run};

const SHOP: &str = "namespace shop
isolate pods[app=db]
allow pods[app=web] -> pods[app=db] on tcp/5432
";

const HERE: &str = "isolate ingress pods\n";

// One warning, at 2:5.
const WARNS: &str = "isolate ingress pods\nlet unused = pods[app=x]\n";

// Two errors, in two files' worth of statements.
const BROKEN: &str = "isolate ingress pods\nallow nobody -> pods\nallow pods -> pods[app=web] on noport\n";

const YAML: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}}
";

fn shop() -> Folder {
    Folder::new(&[("shop.netpol", SHOP), ("here.netpol", HERE), ("warns.netpol", WARNS), ("broken.netpol", BROKEN)])
}

// Asserts that a command fails like this and leaves the output folder as it is.
fn writes_nothing(folder: &Folder, arguments: &str, said: &[&str]) {
    let before = folder.files("out");
    folder.run(arguments).refused(1, said);
    assert_eq!(folder.files("out"), before, "{arguments}");
}

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}\n{}{}", run.out, run.err))
}

#[test]
fn a_stream_holds_the_objects_and_nothing_else() {
    let folder = shop();
    let run = folder.run("build shop.netpol warns.netpol -o -");
    assert!(run.err.contains("W0201"), "{}", run.err);
    let stream = run.fine();
    let objects: Vec<Value> = serde_yaml::Deserializer::from_str(&stream)
        .map(|document| serde::Deserialize::deserialize(document).expect("YAML"))
        .filter(|value: &Value| !value.is_null())
        .collect();
    let places: Vec<_> = objects
        .iter()
        .map(|object| (object["metadata"]["namespace"].as_str(), object["metadata"]["name"].as_str()))
        .collect();
    // What has no namespace comes first, then namespaces in order of their names.
    assert_eq!(places, [(None, Some("all-pods")), (Some("shop"), Some("db"))]);
    assert_eq!(stream, folder.run("build shop.netpol warns.netpol").fine(), "`-o -` is the default");
    assert_eq!(stream, folder.run("build warns.netpol shop.netpol").fine(), "the order of the files does not count");
    assert_eq!(folder.files("").len(), 4, "nothing is written");
}

// A disk that is full is no reader that went away.
#[test]
fn output_that_cannot_be_written_is_told() {
    let folder = shop();
    let netpol = env!("CARGO_BIN_EXE_netpol");
    for command in ["build shop.netpol", "explain", "check --format json warns.netpol"] {
        let shell = format!("\"{netpol}\" {command} > /dev/full");
        let run = Run::from(folder.command("sh").args(["-uc", &shell]).output().expect("sh runs"));
        assert_eq!(run.status, 1, "{command}");
        assert!(run.err.contains("error: cannot write to standard output: "), "{command}: {}", run.err);
    }
    let closed = format!("\"{netpol}\" explain | true");
    let run = Run::from(folder.command("sh").args(["-uc", &closed]).output().expect("sh runs"));
    assert_eq!(run.err, "", "a closed pipe ends in silence");
}

#[test]
fn however_a_path_is_spelled_the_files_are_the_same() {
    let folder = Folder::new(&[("pol/shop.netpol", SHOP)]);
    folder.run("build pol -o out").fine();
    for path in ["./pol", "pol/../pol", "pol/shop.netpol", &folder.path("pol").display().to_string()] {
        folder.run(&format!("build {path} -o out --check")).fine();
    }
}

#[test]
fn a_missing_file_hides_no_other_error() {
    let folder = Folder::new(&[(
        "a.netpol",
        "use a from \"nope.netpol\"\nisolate pods\nallow a -> 10.1.2.3/8\nallow fooo -> pods[-x]\n",
    )]);
    let run = folder.run("check a.netpol");
    for code in ["E0201", "E0305", "E0204", "E0301"] {
        assert_eq!(run.err.matches(code).count(), 1, "{code}\n{}", run.err);
    }
}

#[test]
fn a_report_for_programs_leaves_the_stream_alone() {
    let folder = shop();
    let stream = folder.run("build warns.netpol").fine();
    for format in ["json", "sarif"] {
        let run = folder.run(&format!("build warns.netpol --format {format}"));
        assert!(serde_json::from_str::<Value>(&run.err).is_ok(), "{}", run.err);
        assert_eq!(run.fine(), stream);
    }
}

#[test]
fn a_folder_gets_a_file_for_each_namespace_and_a_list() {
    let folder = shop();
    let run = folder.run("build shop.netpol here.netpol -o out/deep");
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let files = folder.files("out/deep");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["kubernetes/_current.yaml", "kubernetes/shop.yaml", "netpol.json"]);
    let stream = folder.run("build shop.netpol here.netpol").fine();
    assert_eq!(stream, [&*files["kubernetes/_current.yaml"], &*files["kubernetes/shop.yaml"]].concat());
    let list: Value = serde_json::from_str(&files["netpol.json"]).expect("JSON");
    assert_eq!(list["files"]["kubernetes/shop.yaml"], serde_json::json!(["shop.netpol"]));
    folder.run("build shop.netpol here.netpol -o out/deep").fine();
    assert_eq!(folder.files("out/deep"), files, "same input, same bytes");
}

#[test]
fn a_namespace_is_named_on_the_command_line() {
    let folder = shop();
    let without = folder.run("build here.netpol").fine();
    assert!(!without.contains("namespace:"), "{without}");
    folder.run("build here.netpol shop.netpol -n shop -o out").fine();
    let files = folder.files("out/kubernetes");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["shop.yaml"], "one file, whichever way the namespace was named");
    assert_eq!(files["shop.yaml"].matches("\n  namespace: shop\n").count(), 2, "{}", files["shop.yaml"]);
    folder.run("build here.netpol -n Shop").refused(2, &["--namespace", "`S` is uppercase"]);
}

#[test]
fn labels_are_put_on_every_object() {
    let folder = shop();
    let stream =
        folder.run("build shop.netpol here.netpol --label team=a --label example.com/b= --label team=a").fine();
    assert_eq!(stream.matches("\n    team: a\n").count(), 2, "{stream}");
    assert_eq!(stream.matches("\n    example.com/b: \"\"\n").count(), 2, "{stream}");
    assert_eq!(stream.matches("\n    app.kubernetes.io/managed-by: netpol\n").count(), 2, "{stream}");
    for (label, said) in [
        ("team", "KEY=VALUE"),
        ("team=-", "begin and end"),
        ("_=a", "begin and end"),
        ("app.kubernetes.io/managed-by=me", "netpol's own label"),
    ] {
        folder.run(&format!("build here.netpol --label {label}")).refused(2, &["--label", said]);
    }
    folder.run("build here.netpol --label a=b --label a=c").refused(2, &["`--label` gives `a` two values"]);
}

#[test]
fn names_are_looked_for_beside_the_file_and_then_in_the_folders_included() {
    let program = "use office from \"common.netpol\"\nisolate ingress pods\nallow office -> pods\n";
    let folder = Folder::new(&[
        ("app/a.netpol", program),
        ("one/common.netpol", "let office = 192.0.2.1\n"),
        ("two/common.netpol", "let office = 192.0.2.2\n"),
    ]);
    folder.run("build app").refused(1, &["E0201", "`app/common.netpol`", "`-I DIR`", "app/a.netpol:1:"]);
    assert!(folder.run("build app -I one -I two").fine().contains("192.0.2.1/32"));
    assert!(folder.run("build app -I two -I one").fine().contains("192.0.2.2/32"));
    assert!(folder.run("build app -I none --include two").fine().contains("192.0.2.2/32"));
    folder.write("app/common.netpol", "let office = 192.0.2.3\n");
    assert!(folder.run("build app/a.netpol -I two").fine().contains("192.0.2.3/32"));
}

#[test]
fn a_namespace_that_is_called_like_a_keyword_lends_its_names() {
    for word in ["pods", "nodes", "any", "ingress", "egress", "service", "except", "in", "tcp", "allow"] {
        let program = format!(
            "namespace {word} {{\n  let web = pods[app=web]\n  let ports = tcp/81\n}}\n\nnamespace shop {{
  isolate ingress pods\n  allow {word}.web -> pods on {word}.ports\n}}\n"
        );
        let folder = Folder::new(&[("a.netpol", &program)]);
        let stream = folder.run("build a.netpol").fine();
        let expected = format!("kubernetes.io/metadata.name: {word}\n");
        assert!(stream.contains(&expected) && stream.contains("port: 81"), "{stream}");
        assert_eq!(support::formatted(&program).as_deref(), Some(&*program));
    }
}

#[test]
fn standard_input_is_a_program() {
    let folder = shop();
    let run = folder.run_with("build -", SHOP);
    assert!(run.out.contains("# generated by netpol from <stdin>") && run.out.contains("<stdin>:3"), "{}", run.out);
    run.fine();
    folder.run_with("check -", BROKEN).refused(1, &["E0204", "<stdin>:2:7"]);
}

#[test]
fn kubernetes_objects_are_checked_and_not_built() {
    let folder = Folder::new(&[("p.yaml", YAML), ("p.json", "{}"), ("objects", YAML), ("d/p.yml", YAML)]);
    let advice = ["E0112", "Kubernetes objects", "only .netpol files", "netpol import", "netpol check", "1 error"];
    for path in ["p.yaml", "p.json", "objects", "d", "-"] {
        let run = folder.run_with(&format!("build {path} -o out"), YAML);
        run.refused(1, &advice);
        assert!(!run.err.contains("E0101"), "{}", run.err);
    }
    assert!(folder.files("out").is_empty());
    folder.run("fmt p.yaml").refused(1, &["E0112"]);
    for path in ["p.yaml", "objects", "d", "-"] {
        folder.run_with(&format!("check {path}"), YAML).fine();
    }
    folder.write("a.netpol", HERE);
    folder.run("import a.netpol").refused(1, &["E0112", "`a.netpol` holds a .netpol program", "netpol build"]);
    assert!(folder.run("import objects").fine().contains("isolate ingress pods"));
}

#[test]
fn stale_files_of_its_own_go_and_others_stay() {
    let folder = shop();
    folder.run("build shop.netpol here.netpol -o out").fine();
    folder.write("out/kubernetes/other.yaml", "somebody's");
    folder.write("out/readme", "somebody's");
    folder.run("build here.netpol -o out").fine();
    let files = folder.files("out");
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["kubernetes/_current.yaml", "kubernetes/other.yaml", "netpol.json", "readme"]);
    // One that somebody made his own stays too, and what the list says of other folders is not believed.
    folder.run("build shop.netpol here.netpol -o out").fine();
    folder.write("out/kubernetes/shop.yaml", "mine now\n");
    folder.run("build here.netpol -o out").fine();
    assert_eq!(folder.read("out/kubernetes/shop.yaml"), "mine now\n");
}

#[test]
fn a_foreign_file_in_the_way_stops_everything() {
    let folder = shop();
    folder.write("out/kubernetes/shop.yaml", "somebody's\n");
    let said = ["E0110", "`out/kubernetes/shop.yaml` is in the way", "left as it is"];
    writes_nothing(&folder, "build shop.netpol here.netpol -o out", &said);
    writes_nothing(&folder, "build shop.netpol here.netpol -o out --check", &said);
    for list in ["", "[]", "{\"name\": \"mine\"}", "{\"about\": \"my own\", \"files\": {}}"] {
        let folder = shop();
        folder.write("out/netpol.json", list);
        writes_nothing(&folder, "build shop.netpol -o out", &["E0110", "`out/netpol.json`"]);
    }
}

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let folder = shop();
    for out in ["/proc/netpol", "shop.netpol", "shop.netpol/deep"] {
        folder.run(&format!("build here.netpol -o {out}")).refused(1, &["E0110", "cannot write", out, "1 error"]);
    }
    assert_eq!(folder.read("shop.netpol"), SHOP);
    std::fs::create_dir_all(folder.path("out/kubernetes/shop.yaml")).expect("a folder");
    writes_nothing(&folder, "build shop.netpol here.netpol -o out", &["E0110", "`out/kubernetes/shop.yaml`"]);
    let run = folder.run("build here.netpol -o /proc/netpol --format json");
    let found = report(&run);
    assert_eq!((run.status, &found["errors"], &found["diagnostics"][0]["code"]), (1, &1.into(), &"E0110".into()));
    for command in ["import p.yaml -o /proc/netpol", "fmt /proc/version"] {
        folder.write("p.yaml", YAML);
        folder.run(command).refused(1, &["error[E01"]);
    }
}

#[test]
fn check_compares_and_writes_nothing() {
    let folder = shop();
    let compare = "build shop.netpol here.netpol -o out --check";
    let missing = folder.run(compare);
    assert_eq!(missing.status, 1);
    assert!(missing.out.contains("--- /dev/null\n+++ out/kubernetes/shop.yaml\n"), "{}", missing.out);
    assert!(!folder.path("out").exists());

    folder.run("build shop.netpol here.netpol -o out").fine();
    let written = folder.files("out");
    let equal = folder.run(compare);
    assert_eq!((equal.status, equal.out.as_str(), equal.err.as_str()), (0, "", ""));

    folder.write("out/kubernetes/shop.yaml", written["kubernetes/shop.yaml"].replace("5432", "5433"));
    let differs = folder.run(compare);
    assert_eq!(differs.status, 1);
    let diff =
        ["--- out/kubernetes/shop.yaml\n+++ out/kubernetes/shop.yaml\n@@ ", "\n-      port: 5433\n+      port: 5432\n"];
    assert!(diff.iter().all(|part| differs.out.contains(part)), "{}", differs.out);

    folder.run("build shop.netpol here.netpol -o out").fine();
    let stale = folder.run("build here.netpol -o out --check");
    assert_eq!(stale.status, 1);
    assert!(stale.out.contains("--- out/kubernetes/shop.yaml\n+++ /dev/null\n"), "{}", stale.out);
    assert_eq!(folder.files("out"), written);

    folder.write("out/kubernetes/other.yaml", "somebody's");
    folder.run(compare).fine();
    for arguments in ["build here.netpol --check", "build here.netpol --check -o -"] {
        folder.run(arguments).refused(2, &["-o"]);
    }
}

#[test]
fn a_comparison_prints_nothing_but_the_diff() {
    let folder = shop();
    folder.run("build warns.netpol -o out").fine();
    let run = folder.run("build warns.netpol -o out --check --format json");
    assert_eq!((run.status, run.out.as_str()), (0, ""));
    assert!(serde_json::from_str::<Value>(&run.err).is_ok(), "{}", run.err);
    folder.write("out/kubernetes/_current.yaml", "# generated by netpol\n");
    let run = folder.run("build warns.netpol -o out --check --format sarif");
    assert!(run.status == 1 && run.out.starts_with("--- out/kubernetes/_current.yaml\n"), "{}", run.out);
    assert!(serde_json::from_str::<Value>(&run.err).is_ok(), "{}", run.err);
}

#[test]
fn nothing_is_written_where_something_is_an_error() {
    let folder = shop();
    folder.run("build here.netpol -o out").fine();
    writes_nothing(&folder, "build shop.netpol broken.netpol -o out", &["E0204", "broken.netpol:2:7", "errors"]);
    writes_nothing(&folder, "build shop.netpol missing.netpol -o out", &["E0102", "`missing.netpol`", "no such file"]);
    writes_nothing(&folder, "build shop.netpol warns.netpol -o out --deny warnings", &["error[W0201]", "1 error"]);
    folder.run("build broken.netpol").refused(1, &["E0204"]);
    folder.run("build warns.netpol --deny warnings").refused(1, &["error[W0201]"]);
    folder.run("build broken.netpol -o new").refused(1, &["E0204"]);
    assert!(!folder.path("new").exists());
    folder.run("build warns.netpol -o out").fine();
}

#[test]
fn one_run_tells_every_broken_statement() {
    let folder = Folder::new(&[("common.netpol", "let office = 192.0.2.1\n")]);
    let program = "use office from \"common.netpol\"
let web = pods[app=web
let api = pods[app=api]
isolate ingress pods
# nobody is in a comment
allow nobody -> pods
allow web, office -> api, 10.0.0.1/8
isolate egress pods
alow somebody -> api
allow somebody -> api on tcp/99999
";
    folder.write("a.netpol", program);
    let found = report(&folder.run("check a.netpol --format json"));
    let found: Vec<_> = found["diagnostics"].as_array().expect("a list").iter().map(of_json).collect();
    let found: Vec<_> = found.iter().map(|(code, _, _, line, _)| (code.as_str(), *line)).collect();
    // `web` may be what the broken line defines, `somebody` stands nowhere as a name that is defined.
    let expected = [("E0108", 2), ("E0204", 6), ("E0305", 7), ("E0101", 9), ("E0204", 10), ("E0306", 10)];
    assert_eq!(found, expected);
}

// The unknown names that are told of a broken program.
fn unknown(program: &str) -> Vec<String> {
    let folder = Folder::new(&[("a.netpol", program)]);
    let found = report(&folder.run("check a.netpol --format json"));
    let found = found["diagnostics"].as_array().expect("a list");
    assert!(found.iter().any(|one| one["code"].as_str().is_some_and(|code| code.starts_with("E01"))), "{found:?}");
    let unknown = found.iter().filter(|one| one["code"] == "E0204");
    let name = |one: &Value| one["message"].as_str().and_then(|text| text.split('`').nth(1)).map(str::to_owned);
    unknown.filter_map(name).collect()
}

#[test]
fn unknown_names_are_told_in_the_blocks_of_broken_heads() {
    for head in ["namespace", "namespace shop,", "namespace shop [team=]", "namespace shop x", "namespace shop ["] {
        let program = format!("{head} {{\n  let web = pods\n  allow nobody -> web\n}}\nallow noone -> pods\n");
        assert_eq!(unknown(&program), ["nobody", "noone"], "{program}");
        let program = format!("namespace x\nisolate pods\n{program}");
        assert_eq!(unknown(&program), ["nobody", "noone"], "{program}");
    }
    for head in ["admin", "baseline 1", "test"] {
        let program = format!("{head} {{\n  deny nobody -> any\n}}\nallow nobody -> pods\n");
        assert_eq!(unknown(&program), ["nobody"], "{program}");
    }
    assert_eq!(unknown("namespace { allow nobody -> pods }\nallow noone -> pods allow a => b"), ["nobody", "noone"]);
}

#[test]
fn names_that_a_broken_text_may_define_are_not_told() {
    for broken in [
        "let web =",
        "let web pods[app=web]",
        "lett web = pods",
        "web = pods",
        "var web = pods",
        "let web = a, b except c",
        "use web fro \"x.netpol\"",
        "use a, b as web from x",
        "namespace shop [team: a] {\n  let web = pods\n}",
        "namespace shop {\n  use web form \"x\"\n}",
        "namespace a {\n  let b = pods\n}}\nlet web = pods x",
    ] {
        let program = format!("{broken}\nallow web -> nobody\n");
        assert_eq!(unknown(&program), ["nobody"], "{program}");
    }
    for broken in [
        "us web, s3 from \"x\"",
        " web, s3 as store from \"x\"",
        "@ s3 as web from \"x\"",
        "let w eb = pods",
        "\" web = tcp/80",
        "let = pods",
        "let \" = pods",
        "let \"web\" = pods",
        "let 1web = pods",
        "letweb = pods",
        "use {web, s3} from \"x\"",
        "use (web, s3) from \"x\"",
        "use [web, s3] from \"x\"",
        "use s3[, s4 as web from \"x\"",
        "use \"x\" web",
        "use s3, web as ! from \"x\"",
        "use ,, s3 as web from \"x\"",
        "use w eb, s3 from \"x\"",
        "namespace a {\n  let web = pods\n}\n  allow web -> dns\n  isolate web\n}",
        "namespace a {\n  let web = pods\n  isolate pods[b=c}\n  allow web -> dns\n}",
        "namespace b {\n  isolate pods\nnamespace a {\n  let web = pods\n  allow web -> dns\n}",
        "namespace a\n  let web = pods\n  allow web -> dns\n}\nnamespace b {\n  let web = pods\n}",
        "isolate web\nnamespace b {\n  isolate pods\nlet web = pods",
        "namespace {\n  let web = pods\n}\nallow c.web -> dns",
        "use w}eb from \"x\"",
        "let we}b = pods",
        "test \"a\" {\n  pod web = [a=b]\n}\n  expect deny web -> web\n}",
        "namespace a {\ntest \"a\" {\n  pod web = [a=b]\n}\n  expect deny web -> web\n}\n}",
    ] {
        let program = format!("allow b -> c\n{broken}\nallow pods -> dns\n");
        assert!(!unknown(&program).iter().any(|name| name == "web" || name == "c.web"), "{program}");
    }
    // A line that breaks off takes the keyword of the next one for a name.
    let program = "isolate pods\ntest \"a\" {\n  pod a = [b=c]\n  expect deny a -> ::1 on\n  expect deny ::1 -> a\n}\n";
    assert_eq!(unknown(program), [""; 0]);
    // The block may belong to a namespace that has the name.
    let program =
        "namespace shop { let web = pods }\nnamespace shop [team: a] {\n  allow web -> nobody\n}\nallow web -> dns";
    assert_eq!(unknown(program), ["nobody", "web"]);
    assert_eq!(unknown("namespace shop [team: a] {\n  let web = pods\n}\nallow shop.web -> shop.db"), [""; 0]);
}

#[test]
fn each_file_is_in_doubt_by_itself() {
    let broken = "let a = any\nlet 1b = any\n";
    let folder = Folder::new(&[("c.netpol", "let a = any\n"), ("d.netpol", broken)]);
    folder.write("a.netpol", "use b from \"c.netpol\"\nallow a => b\n");
    folder.run("check a.netpol").refused(1, &["E0203", "E0101", "2 errors"]);
    folder.write("a.netpol", "use b from \"d.netpol\"\nisolate b, nobody\n");
    folder.run("check a.netpol").refused(1, &["E0101", "`nobody`", "2 errors"]);
}

#[test]
fn reserved_statements_are_told_beside_syntax_errors() {
    let folder = Folder::new(&[("a.netpol", "isolate pods\nallow a => b\nnever pods -> dns\n")]);
    folder.run("check a.netpol").refused(1, &["E0101", "E0106", "a.netpol:3:1"]);
}

#[test]
fn a_folder_is_no_file_to_use() {
    let folder = Folder::new(&[("common/a.netpol", "let a = any\n"), ("b.netpol", "use a from \"common\"\n")]);
    let said = ["E0201", "b.netpol:1:12", "`common` is a folder", "\"common/common.netpol\""];
    folder.run("check b.netpol").refused(1, &said);
}

#[test]
fn a_file_to_use_that_cannot_be_read_is_told_where_it_is_named() {
    let folder = Folder::new(&[("b.netpol", "allow a => b\nuse a from \"packed.netpol\"\nisolate a, nobody\n")]);
    std::fs::write(folder.path("packed.netpol"), [0x1f, 0x8b, 8, 0]).expect("a file");
    folder.run("check b.netpol").refused(1, &["E0101", "E0102", "b.netpol:2:12", "`nobody`", "3 errors"]);
}

#[test]
fn the_file_of_a_broken_use_is_looked_for() {
    let folder = Folder::new(&[("b.netpol", "use a, b as, c from \"nofile\"\nisolate a\n")]);
    folder.run("check b.netpol").refused(1, &["E0101", "E0201", "b.netpol:1:21", "2 errors"]);
}

#[test]
fn long_words_make_no_long_messages() {
    let word = "w".repeat(100_000);
    for (code, program) in [
        ("E0204", format!("isolate {word}\n")),
        ("E0302", format!("isolate pods[a={word}]\n")),
        ("E0405", format!("@{word}\nisolate pods\n")),
        ("E0101", format!("{word} pods\n")),
        ("E0201", format!("use a from \"{word}\"\n")),
    ] {
        let folder = Folder::new(&[("a.netpol", &program)]);
        for format in ["human", "json", "sarif"] {
            let run = folder.run(&format!("check a.netpol --format {format}"));
            let said = format!("{}{}", run.out, run.err);
            let longest = said.lines().map(|line| line.chars().count()).max();
            assert!(said.contains(code) && said.len() < 2_500 && longest < Some(600), "{code} {format}: {said}");
        }
    }
}

#[test]
fn warnings_fail_a_check_only_where_they_are_denied() {
    let folder = shop();
    let run = folder.run("check warns.netpol");
    assert_eq!((run.status, run.out.as_str()), (0, ""));
    assert!(run.err.contains("warning[W0201]") && run.err.ends_with("1 warning\n"), "{}", run.err);
    folder.run("check warns.netpol --deny warnings").refused(1, &["error[W0201]", "1 error"]);
    // A note is no warning.
    folder.write("note.netpol", "let internet = 192.0.2.0/24\nisolate ingress pods\nallow internet -> pods\n");
    let run = folder.run("check note.netpol --deny warnings");
    assert!(run.err.contains("note[N0201]"), "{}", run.err);
    run.fine();
    for file in ["shop.netpol", "here.netpol"] {
        let run = folder.run(&format!("check {file} --deny warnings"));
        assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
    }
}

#[test]
fn all_formats_tell_the_same() {
    let folder = shop();
    folder
        .run("check broken.netpol")
        .refused(1, &["E0204", "--> broken.netpol:2:7", "^^^^^^ not defined", "2 errors\n"]);
    all_tell(&folder, "broken.netpol", 1, &[("E0204", "error", 2, 7), ("E0204", "error", 3, 32)]);
    all_tell(&folder, "warns.netpol", 0, &[("W0201", "warning", 2, 5)]);
    all_tell(&folder, "warns.netpol --deny warnings", 1, &[("W0201", "error", 2, 5)]);
    all_tell(&folder, "shop.netpol", 0, &[]);
}

fn all_tell(folder: &Folder, arguments: &str, status: i32, expected: &[(&str, &str, u64, u64)]) {
    let json = folder.run(&format!("check {arguments} --format json"));
    let sarif = folder.run(&format!("check {arguments} --format sarif"));
    assert_eq!((json.status, json.err.as_str(), sarif.status, sarif.err.as_str()), (status, "", status, ""));
    let (json, sarif) = (report(&json), report(&sarif));
    let count = |severity| expected.iter().filter(|one| one.1 == severity).count();
    assert_eq!((&json["errors"], &json["warnings"]), (&count("error").into(), &count("warning").into()));
    let from_json: Vec<_> = json["diagnostics"].as_array().expect("a list").iter().map(of_json).collect();
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let from_sarif: Vec<_> = results.iter().map(of_sarif).collect();
    assert_eq!(from_json, from_sarif);
    let file = arguments.split(' ').next().unwrap_or_default();
    let expected: Vec<Finding> = expected
        .iter()
        .map(|(code, severity, line, column)| ((*code).into(), (*severity).into(), file.into(), *line, *column))
        .collect();
    assert_eq!(from_json, expected);
    assert_eq!(sarif["version"], "2.1.0");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list");
    for result in results {
        let index = usize::try_from(number(&result["ruleIndex"])).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

type Finding = (String, String, String, u64, u64);

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn of_json(found: &Value) -> Finding {
    let start = &found["place"]["start"];
    let (line, column) = (number(&start["line"]), number(&start["column"]));
    (text(&found["code"]), text(&found["severity"]), text(&found["place"]["file"]), line, column)
}

fn of_sarif(found: &Value) -> Finding {
    let place = &found["locations"][0]["physicalLocation"];
    let (line, column) = (number(&place["region"]["startLine"]), number(&place["region"]["startColumn"]));
    (text(&found["ruleId"]), text(&found["level"]), text(&place["artifactLocation"]["uri"]), line, column)
}

#[test]
fn people_are_shown_a_thousand_findings_and_errors_first() {
    let idle: String = (0..1200).map(|at| format!("let a{at} = pods[a=b] except pods[a=c]\n")).collect();
    let folder = Folder::new(&[("all.netpol", &format!("namespace shop\n{idle}isolate nobody\n"))]);
    let run = folder.run("check all.netpol --color never");
    assert!(run.err.starts_with("error[E0204]"), "{}", run.err.get(..100).unwrap_or(""));
    assert_eq!(run.err.matches("warning[W0410]").count(), 999);
    assert!(run.err.contains("\n201 more are not shown; `--format json` lists all\n"), "{}", run.err.len());
    assert!(run.err.ends_with("\n1 error, 1200 warnings\n"), "{}", run.err.len());
}

#[test]
fn colours_appear_on_a_terminal_only() {
    let folder = shop();
    let colourful = |environment: &[(&str, &str)], arguments: &str| {
        // `script` runs a command on a terminal of its own.
        let netpol = env!("CARGO_BIN_EXE_netpol");
        let mut script = folder.command("script");
        script.args(["-qec", &format!("{netpol} {arguments}"), "/dev/null"]).env("TERM", "xterm");
        script.envs(environment.iter().copied());
        let shown = Run::from(script.output().expect("script runs"));
        assert!(shown.out.contains("W0201"), "{}", shown.out);
        shown.out.contains("\u{1b}[")
    };
    assert!(colourful(&[], "check warns.netpol"));
    assert!(colourful(&[("NO_COLOR", "")], "check warns.netpol"), "an empty NO_COLOR says nothing");
    assert!(!colourful(&[("NO_COLOR", "1")], "check warns.netpol"));
    assert!(!colourful(&[("TERM", "dumb")], "check warns.netpol"));
    assert!(colourful(&[("NO_COLOR", "1")], "check warns.netpol --color always"), "what is asked for counts");
    assert!(!colourful(&[], "check warns.netpol --color never"));
    assert!(!folder.run("check warns.netpol").err.contains('\u{1b}'));
    assert!(folder.run("check warns.netpol --color always").err.contains('\u{1b}'));
    for format in ["json", "sarif"] {
        let run = folder.run(&format!("check warns.netpol --color always --format {format}"));
        assert!(!run.fine().contains('\u{1b}'));
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let folder = shop();
    std::fs::create_dir_all(folder.path("empty/.hidden")).expect("a folder");
    folder.write("empty/.hidden/a.netpol", HERE);
    folder.write("empty/note.txt", "no policy");
    for command in ["check", "build"] {
        let refused = |path: &str, said: &[&str]| {
            let said = [said, &["E0102", "1 error"]].concat();
            folder.run(&format!("{command} shop.netpol {path}")).refused(1, &said);
        };
        refused("missing.netpol", &["cannot read `missing.netpol`: no such file or directory"]);
        refused("missing.yaml", &["cannot read `missing.yaml`: no such file or directory"]);
        refused("missing/", &["cannot read `missing/`"]);
        refused("empty", &["no policy file below `empty`", ".netpol"]);
    }
    folder.write("loop/a.netpol", HERE);
    std::os::unix::fs::symlink(".", folder.path("loop/again")).expect("a link");
    folder.run("check loop").refused(1, &["E0102", "`loop/again` is a link to `loop`"]);
    folder.run("check shop.netpol --cluster missing.yaml").refused(1, &["E0102", "missing.yaml"]);
    folder.run("check").refused(2, &["<PATHS>"]);
}

#[test]
fn a_folder_without_permission_is_an_error() {
    let folder = shop();
    folder.write("d/closed/a.netpol", HERE);
    folder.write("d/b.netpol", HERE);
    let close = |mode| {
        std::fs::set_permissions(folder.path("d/closed"), std::fs::Permissions::from_mode(mode)).expect("permissions");
    };
    close(0o000);
    let netpol = env!("CARGO_BIN_EXE_netpol");
    // Permissions do not hold root back, unless it gives that right up.
    let may_all = std::fs::read_dir(folder.path("d/closed")).is_ok();
    let mut command = folder.command(if may_all { "setpriv" } else { netpol });
    if may_all {
        command.args(["--bounding-set=-dac_override,-dac_read_search", netpol]);
    }
    let run = Run::from(command.args(["build", "d", "-o", "out"]).output().expect("netpol runs"));
    close(0o700);
    run.refused(1, &["E0102", "cannot read `d/closed`: permission denied"]);
    assert!(!folder.path("out").exists());
}

#[test]
fn halves_are_explained_beside_the_artifacts() {
    let folder = shop();
    let run = folder.run("build shop.netpol --explain halves");
    let lines = [
        "shop.netpol:3: allow pods[app=web] -> pods[app=db] on tcp/5432\n",
        "  egress at the source: not written: no `isolate` closes egress there",
        "  ingress at the destination: written for pods[app=db] in shop\n",
    ];
    assert!(lines.iter().all(|line| run.err.contains(line)), "{}", run.err);
    assert_eq!(run.fine(), folder.run("build shop.netpol").fine());
}

#[test]
fn wrong_use_ends_with_2() {
    let folder = shop();
    for arguments in [
        "",
        "build",
        "bild",
        "build here.netpol -t pdf",
        "check here.netpol --format xml",
        "check here.netpol --now soon",
    ] {
        folder
            .run(arguments)
            .refused(2, &["Usage"].into_iter().filter(|_| !arguments.contains("here")).collect::<Vec<_>>());
    }
}

const COMMANDS: &[&str] =
    &["check", "build", "fmt", "test", "query", "reach", "import", "explain", "completions", "man"];

#[test]
fn completions_know_every_command() {
    let folder = Folder::new(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&format!("completions {shell}")).fine();
        let missing: Vec<_> = COMMANDS.iter().filter(|command| !script.contains(*command)).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
        folder.write(shell, &script);
    }
    let bash = |script: &str| {
        let output =
            Command::new("bash").args(["-euc", script]).current_dir(folder.path("")).output().expect("bash runs");
        Run::from(output).fine()
    };
    bash("bash -n bash");
    let words = "COMP_WORDS=(netpol che); COMP_CWORD=1; _netpol netpol che netpol; echo \"${COMPREPLY[@]}\"";
    assert_eq!(bash(&format!("set +u; source ./bash; {words}")), "check\n");
    folder.run("completions tcsh").refused(2, &["tcsh"]);
}

#[test]
fn the_manual_names_every_command() {
    let folder = Folder::new(&[]);
    folder.run("man -o pages").fine();
    let pages = folder.files("pages");
    for page in [&folder.run("man").fine(), &pages["netpol.1"]] {
        assert!(page.contains(".TH netpol 1"), "{page}");
        let is_named = |command: &&&str| page.contains(&format!("\nnetpol\\-{command}(1)\n"));
        assert_eq!(COMMANDS.iter().filter(is_named).count(), COMMANDS.len(), "{page}");
    }
    for command in COMMANDS {
        let page = pages.get(&format!("netpol-{command}.1")).unwrap_or_else(|| panic!("a page of {command}"));
        assert!(page.contains(".SH DESCRIPTION"), "{page}");
    }
    folder.run("man -o /proc/netpol").refused(1, &["error"]);
}

#[test]
fn standard_input_is_read_once() {
    let folder = Folder::new(&[("cluster.yaml", ""), ("p.yaml", YAML)]);
    for arguments in [
        "check - -",
        "check p.yaml - - -",
        "check --cluster - -",
        "check - --cluster -",
        "build - -",
        "build --cluster - -",
        "fmt - -",
        "import - -",
        "import --cluster - -",
        "query --cluster - - a/x a/y tcp/80",
        "query --cluster cluster.yaml - --flows -",
        "query --cluster - p.yaml --flows -",
        "reach --cluster - -",
        "test - -",
        "test --cluster cluster.yaml - --flows -",
    ] {
        folder.run(arguments).refused(2, &["standard input can be read once"]);
    }
}

#[test]
fn a_deny_that_leaves_nothing_is_named() {
    let program = "namespace shop\nisolate egress pods\nallow pods -> 10.1.0.0/16\ndeny pods -> 10.0.0.0/8\n";
    let folder = Folder::new(&[("a.netpol", program)]);
    let manifest = folder.run("build a.netpol").fine();
    assert!(manifest.contains("netpol.dev/source: a.netpol:2, a.netpol:4\n"), "{manifest}");
}
