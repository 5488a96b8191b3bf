//! Text in, warnings out.

use crate::check;
use crate::ir::lower;
use crate::resolve::testing::{Outcome, compare, run};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let Outcome { sources, program, mut found } = run(&[("test.netpol", text)], None, None);
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    let lowered = lower(&check::check(program).0);
    found.append(super::lint(&lowered.policy, &lowered.halves, &sources));
    compare(&Outcome { sources, program: None, found }, expected, text);
}

#[test]
fn an_allow_needs_an_isolated_end() {
    check("allow pods -> pods", &["W0406 |allow pods -> pods| both ends are open"]);
    check(
        "isolate egress pods\nallow ingress pods -> pods",
        &["W0406 |allow ingress pods -> pods| the destination is open"],
    );
    check("isolate ingress pods\nallow egress pods -> any", &["W0406 |allow egress pods -> any| the source is open"]);
    check("isolate pods\nallow 10.0.0.1 -> 10.0.0.2", &["W0406 |allow 10.0.0.1 -> 10.0.0.2| neither end is a pod"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[a=c]", &["W0406 |allow any -> pods[a=c]| both ends are open"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[c=d]", &[]);
    check("namespace a, b { isolate ingress pods[x=y] allow any -> pods[x=y] }", &[]);
}

#[test]
fn a_covered_rule_adds_nothing() {
    let narrow = "allow pods[a=b] -> pods on tcp/80";
    check(&format!("isolate ingress pods\nallow pods -> pods\n{narrow}"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods on udp"), &[]);
    check(
        "isolate ingress pods\nallow 10.1.0.0/16 -> pods\nallow 10.0.0.0/8 -> pods",
        &["W0407 |allow 10.1.0.0/16 -> pods|"],
    );
    check("isolate ingress pods\nallow any -> pods on tcp\nallow 10.0.0.0/8 -> pods on tcp/1-9", &["W0407 |allow 10"]);
    check("isolate ingress pods\nallow any -> pods on tcp\ndeny any -> pods on tcp/22", &[]);
}

#[test]
fn of_two_equal_rules_the_second_is_reported() {
    let text = "isolate ingress pods\nallow any -> pods on tcp/1\nallow any -> pods on tcp/1";
    let Outcome { sources, program, .. } = run(&[("test.netpol", text)], None, None);
    let lowered = lower(&check::check(program.unwrap()).0);
    let found = super::lint(&lowered.policy, &lowered.halves, &sources);
    let messages: Vec<_> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["this rule adds nothing to test.netpol:2"]);
}

#[test]
fn closed_pods_that_send_ask_dns() {
    check(
        "isolate egress pods\nallow pods -> any on tcp/443",
        &["W0408 |isolate egress pods| add `allow pods -> dns`"],
    );
    check("isolate egress pods\nallow pods -> any on tcp/443\nallow pods[a=b] -> dns", &[]);
    check("isolate egress pods\nallow pods -> any", &[]);
    check("isolate egress pods", &[]);
    check("isolate pods[a=b]\nisolate egress pods[a=c]\nallow pods[a=c] -> internet on tcp", &[]);
}
