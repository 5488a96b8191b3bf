//! Isolated pods that may not reach DNS: nearly always forgotten.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Isolation, Policy, Rule};
use crate::model::{Action, Direction, Protocol};

const DNS: u16 = 53;

/// Reports each `isolate` of egress at some pods of which other flows are allowed, but none to port 53.
///
/// Pods that may send nothing at all are closed on purpose.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    let tier = policy.network();
    let egress = |rule: &&Rule| rule.action == Action::Allow && rule.direction == Direction::Egress;
    let allows: Vec<&Rule> = tier.rules.iter().filter(egress).collect();
    let dns: Vec<&Rule> = allows.iter().copied().filter(|rule| is_dns(rule)).collect();
    let mut reported = BTreeSet::new();
    for isolation in tier.isolations.iter().filter(|isolation| isolation.direction == Direction::Egress) {
        let Some(id) = isolation.origin.statements.first() else { continue };
        let sends = allows.iter().any(|rule| meets(isolation, rule));
        let asks = dns.iter().any(|rule| meets(isolation, rule));
        if sends
            && !asks
            && reported.insert(*id)
            && let Some(statement) = policy.statement(*id)
        {
            let message = "the pods closed here may send, but not ask DNS";
            let diagnostic = Diagnostic::new(Code::NoDns, message, statement.span, "closes egress")
                .with_help("add `allow pods -> dns` for those that look up names");
            diagnostics.push(diagnostic);
        }
    }
}

fn meets(isolation: &Isolation, rule: &Rule) -> bool {
    isolation.subject.namespace == rule.subject.namespace && !isolation.subject.pods.is_disjoint(&rule.subject.pods)
}

fn is_dns(rule: &Rule) -> bool {
    let numbered = rule.ports.of(Protocol::Udp).contains(DNS) || rule.ports.of(Protocol::Tcp).contains(DNS);
    numbered || rule.ports.names().any(|(_, name)| name.starts_with("dns") || name.starts_with("domain"))
}
