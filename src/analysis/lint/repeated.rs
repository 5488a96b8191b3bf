//! A NetworkPolicy that only closes pods, all of which others of its kind close.

use std::collections::{BTreeMap, BTreeSet};

use super::Scope;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Isolation, Namespace, StatementId, Subject};
use crate::model::{Direction, SelectorIndex};
use crate::source::Sources;

/// Reports each. One that also allows something is no cover: a default deny stays what it is beside it.
pub(super) fn check(scope: &Scope<'_>, sources: &Sources, diagnostics: &mut Diagnostics) {
    let tier = scope.policy().network();
    let allowing: BTreeSet<(&Namespace, Option<&str>)> =
        tier.rules.iter().map(|rule| (&rule.subject.namespace, rule.origin.object.as_deref())).collect();
    let mut closing: BTreeMap<StatementId, Vec<&Isolation>> = BTreeMap::new();
    for isolation in &tier.isolations {
        let Some(own) = isolation.origin.statements.first().filter(|id| scope.statement(**id).is_some()) else {
            continue;
        };
        if !allowing.contains(&(&isolation.subject.namespace, isolation.origin.object.as_deref())) {
            closing.entry(*own).or_default().push(isolation);
        }
    }
    let index = Index::new(&closing);
    for (own, isolations) in &closing {
        let by: Option<BTreeSet<StatementId>> =
            isolations.iter().map(|isolation| index.cover(*own, isolation)).collect();
        let others = by.iter().flatten().filter_map(|id| scope.policy().statement(*id));
        let others: Vec<_> = others.collect();
        let (Some(statement), false) = (scope.statement(*own), others.is_empty()) else { continue };
        let places: Vec<String> = others.iter().map(|other| sources.file_line(other.span)).collect();
        let message = format!("this policy closes nothing that is not closed by {}", places.join(" and "));
        let diagnostic = Diagnostic::new(Code::Covered, message, statement.span, "covered").with_help("remove it");
        let label = "closes these pods";
        diagnostics.push(others.iter().fold(diagnostic, |all, other| all.with_label(other.span, label)));
    }
}

// What is closed, each set once, with the policy that stays of those that close it.
struct Index<'a> {
    holders: BTreeMap<(Direction, &'a Subject), StatementId>,
    spaces: BTreeMap<(Direction, &'a Namespace), SelectorIndex<'a, StatementId>>,
}

impl<'a> Index<'a> {
    fn new(closing: &BTreeMap<StatementId, Vec<&'a Isolation>>) -> Self {
        let mut holders: BTreeMap<(Direction, &'a Subject), (usize, StatementId)> = BTreeMap::new();
        for (own, isolations) in closing {
            for isolation in isolations {
                let holder = holders.entry((isolation.direction, &isolation.subject)).or_insert((0, *own));
                // Of equal ones the first stays, but one that closes in both directions cannot go for one of them.
                if isolations.len() > holder.0 {
                    *holder = (isolations.len(), *own);
                }
            }
        }
        let holders: BTreeMap<_, _> = holders.into_iter().map(|(closed, (_, own))| (closed, own)).collect();
        let mut spaces: BTreeMap<_, SelectorIndex<'a, StatementId>> = BTreeMap::new();
        for ((direction, subject), own) in &holders {
            spaces.entry((*direction, &subject.namespace)).or_default().insert(&subject.pods, *own);
        }
        Self { holders, spaces }
    }

    // A policy that closes what an isolation of `own` does.
    fn cover(&self, own: StatementId, isolation: &Isolation) -> Option<StatementId> {
        let (direction, subject) = (isolation.direction, &isolation.subject);
        let equal = self.holders.get(&(direction, subject)).copied().filter(|holder| *holder != own);
        equal.or_else(|| {
            let space = self.spaces.get(&(direction, &subject.namespace))?;
            space.covering(&subject.pods).into_iter().find(|holder| *holder != own)
        })
    }
}
