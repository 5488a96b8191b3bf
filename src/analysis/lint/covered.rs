//! A rule that other rules make pointless.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Policy, StatementId};
use crate::opt::{RuleIndex, covers};
use crate::source::Sources;

/// Reports each statement whose every half some other statement covers.
pub(super) fn check(policy: &Policy, sources: &Sources, diagnostics: &mut Diagnostics) {
    let rules = &policy.network().rules;
    let index = RuleIndex::new(rules);
    // For each statement what covers its halves; `None` as soon as one half is needed.
    let mut found: BTreeMap<StatementId, Option<StatementId>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let Some(own) = rule.origin.statements.first().copied() else { continue };
        if found.get(&own) == Some(&None) {
            continue;
        }
        let wide = index.near(rule).into_iter().find_map(|other| {
            let wide = rules.get(other).filter(|_| other != at)?;
            let statement = *wide.origin.statements.first()?;
            let first = statement < own || !covers(rule, wide);
            (statement != own && covers(wide, rule) && first).then_some(statement)
        });
        found.insert(own, wide);
    }
    for (own, wide) in found {
        let (Some(statement), Some(wide)) = (policy.statement(own), wide.and_then(|wide| policy.statement(wide)))
        else {
            continue;
        };
        let message = format!("this rule adds nothing to {}", sources.file_line(wide.span));
        let diagnostic = Diagnostic::new(Code::Covered, message, statement.span, "covered")
            .with_label(wide.span, "says this and more")
            .with_help("remove it, or narrow the other");
        diagnostics.push(diagnostic);
    }
}
