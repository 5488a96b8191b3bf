//! Tests of policies: expectations, what came of each, and which rules they touched.

mod blocks;
mod flows;
mod ports;
mod show;

pub use blocks::blocks;
pub use flows::flows;
pub use show::{junit, tap, text};

use std::collections::BTreeSet;

use super::query::{Answer, Query};
use super::why::why;
use crate::ir::{Origin, Policy, StatementId};
use crate::model::{Direction, Protocol};
use crate::source::Sources;

/// One expectation, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The title of its test, or the name of its file.
    pub suite: String,
    /// The expectation as written.
    pub name: String,
    /// Where, as `file:line`.
    pub place: String,
    /// The flows that are judged otherwise; none where it holds.
    pub failures: Vec<Failure>,
}

/// A flow that is not judged as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The flow and its verdict.
    pub flow: String,
    /// The deciding rules, end by end.
    pub because: Vec<String>,
}

/// Statements that took part in a verdict.
pub type Touched = BTreeSet<StatementId>;

/// Where the rules are, as `file:line`, that no test touched.
#[must_use]
pub fn untouched(policy: &Policy, touched: &Touched, sources: &Sources) -> Vec<String> {
    let tier = policy.network();
    let origins = tier.isolations.iter().map(|of| &of.origin).chain(tier.rules.iter().map(|rule| &rule.origin));
    let missed: BTreeSet<_> =
        origins.flat_map(|origin| &origin.statements).filter(|id| !touched.contains(id)).collect();
    let mut spans: Vec<_> = missed.into_iter().filter_map(|id| Some(policy.statement(*id)?.span)).collect();
    spans.sort_unstable();
    let mut places: Vec<_> = spans.into_iter().map(|span| sources.file_line(span)).collect();
    places.dedup();
    places
}

// Notes which statements match a flow at either end. One that passes whatever they are tests none of them.
fn touch(query: &Query<'_>, answer: &Answer<'_>, protocol: Protocol, policy: &Policy, touched: &mut Touched) {
    if answer.exempt.is_some() {
        return;
    }
    let (from, to) = answer.ends;
    let tables = query.tables();
    let mut add = |origin: &Origin| touched.extend(&origin.statements);
    for (direction, near, far) in [(Direction::Egress, from, to), (Direction::Ingress, to, from)] {
        let matching = tables.matching(near.side, far.side, direction, (protocol, answer.port));
        matching.iter().for_each(|(_, rule)| add(&rule.origin));
        let closed = tables.ruleset(near.side.towards(direction)).into_iter().flat_map(|rules| &rules.isolations);
        closed.filter_map(|at| policy.network().isolations.get(*at as usize)).for_each(|of| add(&of.origin));
    }
}

// The deciding rules, a line for each end.
fn because(
    query: &Query<'_>,
    answer: &Answer<'_>,
    protocol: Protocol,
    policy: &Policy,
    sources: &Sources,
) -> Vec<String> {
    let reasons = why(query, answer, protocol, policy, sources).because.into_iter();
    let line = |reason: super::why::Reason| {
        let direction = reason.direction.map(|direction| format!("{direction} at {}: ", reason.at)).unwrap_or_default();
        let rules = if reason.rules.is_empty() { String::new() } else { format!(": {}", reason.rules.join(", ")) };
        format!("{direction}{}{rules}", reason.reason)
    };
    reasons.map(line).collect()
}
