//! An `allow` of which a `deny` takes everything away.

use std::collections::BTreeMap;

use super::Scope;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Base, Namespace, Namespaces, Peer, PodSet, Rule, StatementId, Subject};
use crate::model::{Action, AddressSet, Condition, Direction, METADATA_NAME};
use crate::opt::{RuleIndex, covers};

/// Reports each statement of whose every flow some `deny` says that it stops, at one end or the other.
pub(super) fn check(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let rules = &scope.policy().network().rules;
    let denies: Vec<Rule> = rules.iter().filter(|rule| rule.action == Action::Deny).cloned().collect();
    if denies.is_empty() {
        return;
    }
    let denies = Denies { index: RuleIndex::new(&denies), rules: &denies };
    // For each statement the deny that stops it; `None` as soon as something passes.
    let mut stopped: BTreeMap<StatementId, Option<StatementId>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| rule.action == Action::Allow) {
        let Some(own) = rule.origin.statements.first() else { continue };
        if stopped.get(own) != Some(&None) {
            stopped.insert(*own, denies.stopping(rule));
        }
    }
    for (own, deny) in stopped {
        let deny = deny.and_then(|deny| scope.policy().statement(deny));
        let (Some(statement), Some(deny)) = (scope.statement(own), deny) else { continue };
        let message = "this `allow` changes nothing: a `deny` stops all that it lets through";
        let diagnostic = Diagnostic::new(Code::NoEffect, message, statement.span, "no effect")
            .with_label(deny.span, "stops it")
            .with_help("a `deny` wins over every `allow`: remove one of them, or take a part out of the `deny`");
        diagnostics.push(diagnostic);
    }
}

struct Denies<'a> {
    rules: &'a [Rule],
    index: RuleIndex<'a>,
}

impl Denies<'_> {
    // A deny that stops flows of a rule, where each of them is stopped.
    fn stopping(&self, rule: &Rule) -> Option<StatementId> {
        let each = rule.peers.iter().map(|peer| {
            let part = Rule { action: Action::Deny, peers: vec![peer.clone()], ..rule.clone() };
            self.covering(&part).or_else(|| {
                let turned = turned(&part)?;
                let found: Option<Vec<StatementId>> = turned.iter().map(|part| self.covering(part)).collect();
                found?.first().copied()
            })
        });
        each.collect::<Option<Vec<StatementId>>>()?.first().copied()
    }

    fn covering(&self, part: &Rule) -> Option<StatementId> {
        let near = self.index.near(part).into_iter().filter_map(|at| self.rules.get(at));
        near.filter(|deny| covers(deny, part)).find_map(|deny| deny.origin.statements.first().copied())
    }
}

// The same flows as seen from their other end, where that is pods of namespaces that are known by name.
fn turned(part: &Rule) -> Option<Vec<Rule>> {
    let [Peer { within: Base::Pods(far), except }] = part.peers.as_slice() else { return None };
    let namespaces = names(&far.namespaces).filter(|_| except.is_empty() && part.subject.outside.is_empty())?;
    let near = PodSet { namespaces: Namespaces::from(&part.subject.namespace), pods: part.subject.pods.clone() };
    let direction = match part.direction {
        Direction::Egress => Direction::Ingress,
        Direction::Ingress => Direction::Egress,
    };
    let rules = namespaces.into_iter().map(|namespace| {
        let subject = Subject { namespace, pods: far.pods.clone(), outside: AddressSet::empty() };
        Rule { direction, subject, peers: vec![Base::Pods(near.clone()).into()], ..part.clone() }
    });
    Some(rules.collect())
}

fn names(namespaces: &Namespaces) -> Option<Vec<Namespace>> {
    let selector = match namespaces {
        Namespaces::Current => return Some(vec![Namespace::Current]),
        Namespaces::Matching(selector) => selector,
    };
    match selector.condition(METADATA_NAME) {
        Some(Condition::In(names)) if selector.conditions().len() == 1 => {
            Some(names.iter().map(Namespace::named).collect())
        }
        _ => None,
    }
}
