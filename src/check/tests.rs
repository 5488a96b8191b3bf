//! Text in, warnings out.

use crate::resolve::testing::{Outcome, compare, run};

#[track_caller]
fn check_all(files: &[(&str, &str)], expected: &[&str]) {
    let Outcome { sources, program, mut found } = run(files, None, None);
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    found.append(super::check(program).1);
    compare(&Outcome { sources, program: None, found }, expected, files[0].1);
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_all(&[("test.netpol", text)], expected);
}

#[test]
fn unused_names_of_acting_files() {
    check("let web = pods\nisolate pods", &["W0201 |web| use it or remove it"]);
    check("let web = pods\nlet api = web\nisolate pods", &["W0201 |api|"]);
    check("let web = pods\nlet api = pods", &[]);
    check("namespace a, b { let web = pods isolate web }", &[]);
    let lender = ("b.netpol", "let x = pods\nlet y = pods\nisolate x");
    check_all(&[("a.netpol", "use x, y from \"b.netpol\"\nisolate x"), lender], &["W0201 |y|"]);
}

#[test]
fn selectors_that_nothing_meets() {
    check(
        "isolate pods[a=b, a=c]",
        &["W0303 |[a=b, a=c]| all requirements must hold; for alternatives write `a in (a, b)`"],
    );
    check("isolate pods[a in (b, c), a notin (b, c)]", &["W0303 |[a in (b, c), a notin (b, c)]|"]);
    check("isolate pods[a, !a]", &["W0303 |[a, !a]|"]);
    check("isolate pods[a, a!=b, b=c]", &[]);
    check("let web = pods[a=b, a=c]\nnamespace x { isolate web } namespace y { isolate web }", &["W0303 |[a=b, a=c]|"]);
}

#[test]
fn rules_that_open_everything() {
    check("isolate pods\nallow any -> any", &["W0404 |allow any -> any|"]);
    check("isolate pods\nallow any -> any on tcp, udp, sctp", &["W0404 |allow any -> any on tcp, udp, sctp|"]);
    check("let all = tcp, sctp, udp\nisolate pods\nallow any -> any on all", &["W0404 |allow any -> any on all|"]);
    check("isolate pods\nallow any -> any on tcp", &[]);
    check("isolate pods\nallow any -> any on tcp, udp", &[]);
    check("isolate pods\nallow any except 10.0.0.0/8 -> any", &[]);
    check("isolate pods\nallow any -> pods\ndeny any -> any", &[]);
}

#[test]
fn isolation_everywhere_lists_what_it_closes() {
    check("namespace b, a { isolate pods in * }", &["W0405 |pods in *|"]);
    check(
        "namespace shop isolate pods in * except pods in kube-system",
        &["W0405 |pods in * except pods in kube-system|"],
    );
    let batch = "namespace shop let batch = pods[a=b] isolate pods in * except batch";
    check(batch, &["W0405 |pods in * except batch|"]);
    let found = run(&[("test.netpol", "namespace b, a { isolate pods in * }")], None, None);
    let warnings = super::check(found.program.unwrap()).1;
    let label = &warnings.iter().next().unwrap().primary.as_ref().unwrap().text;
    assert_eq!(label, "these are: a, b");
}
