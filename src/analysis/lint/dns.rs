//! Isolated pods that may not reach DNS: nearly always forgotten.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Namespace, Policy, Rule, Subject};
use crate::model::{Action, Direction, Protocol, SelectorIndex};

const DNS: u16 = 53;

// Subjects of rules by namespace.
type Spaces<'a> = BTreeMap<&'a Namespace, SelectorIndex<'a, ()>>;

/// Reports each `isolate` of egress at some pods of which other flows are allowed, but none to port 53.
///
/// Pods that may send nothing at all are closed on purpose.
pub(super) fn check(policy: &Policy, diagnostics: &mut Diagnostics) {
    let tier = policy.network();
    let egress = |rule: &&Rule| rule.action == Action::Allow && rule.direction == Direction::Egress;
    let (mut allows, mut dns) = (Spaces::new(), Spaces::new());
    for rule in tier.rules.iter().filter(egress) {
        let Subject { namespace, pods, .. } = &rule.subject;
        allows.entry(namespace).or_default().insert(pods, ());
        if is_dns(rule) {
            dns.entry(namespace).or_default().insert(pods, ());
        }
    }
    let mut reported = BTreeSet::new();
    for isolation in tier.isolations.iter().filter(|isolation| isolation.direction == Direction::Egress) {
        let Some(id) = isolation.origin.statements.first() else { continue };
        let Subject { namespace, pods, .. } = &isolation.subject;
        let meets = |spaces: &Spaces<'_>| spaces.get(namespace).is_some_and(|index| index.is_met(pods));
        let (sends, asks) = (meets(&allows), meets(&dns));
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

fn is_dns(rule: &Rule) -> bool {
    let numbered = rule.ports.of(Protocol::Udp).contains(DNS) || rule.ports.of(Protocol::Tcp).contains(DNS);
    numbered || rule.ports.names().any(|(_, name)| name.starts_with("dns") || name.starts_with("domain"))
}
