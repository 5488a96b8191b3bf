//! Makes programs of any size: an organisation of namespaces.

use std::fmt::Write;

/// Rules in one namespace, as many as a large team has.
const RULES_A_NAMESPACE: usize = 100;

/// A program of `rules` allow rules, of every kind that people write: labels, sets, other namespaces, CIDRs with
/// exceptions, ranges and named ports. The same number gives the same text.
pub(crate) fn program(rules: usize) -> String {
    let mut text = String::new();
    for (namespace, start) in (0..rules).step_by(RULES_A_NAMESPACE).enumerate() {
        let count = RULES_A_NAMESPACE.min(rules - start);
        writeln!(text, "namespace team-{namespace} [team=t{}] {{", namespace % 7).unwrap();
        writeln!(text, "  isolate pods\n").unwrap();
        for rule in 0..count {
            writeln!(text, "  {}", one(namespace, rule)).unwrap();
        }
        writeln!(text, "}}\n").unwrap();
    }
    text
}

fn one(namespace: usize, rule: usize) -> String {
    let (app, peer) = (rule, (rule * 7 + 3) % RULES_A_NAMESPACE);
    let port = 1024 + rule * 13 % 40_000;
    match rule % 6 {
        0 => format!("allow pods[app=a{peer}] -> pods[app=a{app}] on tcp/{port}"),
        1 => format!("allow pods[app=a{peer}, tier in (web, edge)] -> pods[app=a{app}] on tcp/{port}, udp/{port}"),
        2 => format!("allow pods[app=prometheus] in namespaces[team=ops] -> pods[app=a{app}] on tcp/metrics"),
        3 => format!("allow pods[app=a{app}] -> 10.{}.{rule}.0/24 except 10.{0}.{rule}.7 on tcp/443", namespace % 250),
        4 => {
            format!("allow pods[app=gateway] in team-{} -> pods[app=a{app}] on tcp/{port}-{}", namespace + 1, port + 9)
        }
        _ => format!("allow pods[app=a{app}] -> dns"),
    }
}
