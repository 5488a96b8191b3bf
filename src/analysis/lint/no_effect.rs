//! An `allow` that changes nothing on either side.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::lower::{Half, Outcome};
use crate::ir::{Policy, StatementId};
use crate::model::{Action, Direction};

/// Reports each, and names the `isolate` that is missing.
pub(super) fn check(policy: &Policy, halves: &[Half], diagnostics: &mut Diagnostics) {
    let mut by_statement: BTreeMap<StatementId, Vec<&Half>> = BTreeMap::new();
    for half in halves.iter().filter(|half| half.action == Action::Allow) {
        by_statement.entry(half.statement).or_default().push(half);
    }
    for (id, halves) in by_statement {
        if halves.iter().any(|half| half.outcome == Outcome::Written) {
            continue;
        }
        let Some(statement) = policy.statement(id) else { continue };
        let open = |direction| halves.iter().any(|h| h.direction == direction && h.outcome == Outcome::NotIsolated);
        let help = match (open(Direction::Egress), open(Direction::Ingress)) {
            (true, true) => "both ends are open; close one: `isolate …` for the source or the destination",
            (true, false) => "the source is open; close it: `isolate egress …`",
            (false, true) => "the destination is open; close it: `isolate ingress …`",
            (false, false) => "neither end is a pod of a namespace that the program owns; declare it: `namespace NAME`",
        };
        let message = "this `allow` changes nothing: what it lets through passes anyway";
        let diagnostic = Diagnostic::new(Code::NoEffect, message, statement.span, "no effect");
        diagnostics.push(diagnostic.with_help(help));
    }
}
