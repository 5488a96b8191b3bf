//! A rule that changes nothing on either side.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::lower::{Half, Outcome};
use crate::ir::{Namespace, Statement, StatementId, Subject};
use crate::lift::words;
use crate::model::{Action, Direction, Selector};

// Sets of pods are named up to this many.
const MOST_SHOWN: usize = 3;

/// Reports each, and names the `isolate` that is missing.
pub(super) fn check(scope: &Scope<'_>, halves: &[Half], diagnostics: &mut Diagnostics) {
    let mut by_statement: BTreeMap<StatementId, Vec<&Half>> = BTreeMap::new();
    for half in halves {
        by_statement.entry(half.statement).or_default().push(half);
    }
    let namespaces: BTreeSet<&Namespace> = halves
        .iter()
        .flat_map(|half| half.open.iter().chain(&half.subjects))
        .map(|subject| &subject.namespace)
        .collect();
    for (id, halves) in by_statement {
        // Of an empty set it has been said before.
        let told = |half: &&Half| matches!(half.outcome, Outcome::Written | Outcome::Empty);
        if halves.iter().any(told) {
            continue;
        }
        let (Some(statement), Some(first)) = (scope.statement(id), halves.first()) else { continue };
        diagnostics.push(match first.action {
            Action::Allow => allow(statement, &halves, namespaces.len() > 1),
            Action::Deny => deny(statement),
        });
    }
}

const NOT_OWNED: &str = "neither end is a pod of a namespace that the program owns; declare it: `namespace NAME`";

fn allow(statement: &Statement, halves: &[&Half], with_place: bool) -> Diagnostic {
    let missing = |direction| {
        let of = halves.iter().filter(|half| half.direction == direction).flat_map(|half| &half.open);
        isolate(direction, of, with_place)
    };
    let help = match (missing(Direction::Egress), missing(Direction::Ingress)) {
        (Some(source), Some(destination)) => format!("both ends are open; close one: `{source}` or `{destination}`"),
        (Some(source), None) => format!("the source is open; close it: `{source}`"),
        (None, Some(destination)) => format!("the destination is open; close it: `{destination}`"),
        (None, None) => NOT_OWNED.to_owned(),
    };
    let message = "this `allow` changes nothing: what it lets through passes anyway";
    Diagnostic::new(Code::NoEffect, message, statement.span, "no effect").with_help(help)
}

// A deny is written at every owned pod, isolated or not.
fn deny(statement: &Statement) -> Diagnostic {
    let message =
        "this `deny` stops nothing: it acts only where a flow begins or ends at a pod of the program's own namespaces";
    Diagnostic::new(Code::NoEffect, message, statement.span, "no effect").with_help(NOT_OWNED)
}

// The `isolate` that closes pods, as it would be written. Those of several namespaces are told with their place.
fn isolate<'a>(direction: Direction, open: impl Iterator<Item = &'a Subject>, with_place: bool) -> Option<String> {
    let mut places: BTreeMap<&Selector, BTreeSet<&str>> = BTreeMap::new();
    for subject in open {
        let known = places.entry(&subject.pods).or_default();
        if let Namespace::Named(name) = &subject.namespace {
            known.insert(name);
        }
    }
    let written = places.iter().take(MOST_SHOWN).map(|(pods, names)| {
        let names: Vec<&str> = names.iter().copied().filter(|_| with_place).collect();
        let place = match names.as_slice() {
            [] => String::new(),
            [one] => format!(" in {one}"),
            _ => format!(" in ({})", names.join(", ")),
        };
        format!("pods{}{place}", words::selector(pods))
    });
    let mut written: Vec<String> = written.collect();
    if places.len() > MOST_SHOWN {
        written.push("…".to_owned());
    }
    (!written.is_empty()).then(|| format!("isolate {} {}", direction.name(), written.join(", ")))
}
