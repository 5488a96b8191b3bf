//! Why a flow passes or does not: the deciding rules at both ends, and what would have to be allowed.

use serde::Serialize;

use super::query::{Answer, Query};
use super::who::Exempt;
use super::{advice, words};
use crate::ir::{Isolation, Origin, Policy};
use crate::model::{Action, Direction, Protocol};
use crate::source::Sources;

/// What decides at one end, or for the whole flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `egress` at the source, `ingress` at the destination; none where the whole flow is decided at once.
    pub direction: Option<&'static str>,
    /// Who is at that end.
    pub at: String,
    /// `allow` or `deny`.
    pub verdict: &'static str,
    /// Why, in words.
    pub reason: &'static str,
    /// Where that is written, as `file:line`.
    pub rules: Vec<String>,
}

/// The reasons of an answer, and help if it is no.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// At the source, then at the destination.
    pub because: Vec<Reason>,
    /// What would have to change for the flow to pass.
    pub help: Vec<String>,
}

/// Explains one answer about a flow of `protocol`.
#[must_use]
pub fn why(query: &Query<'_>, answer: &Answer<'_>, protocol: Protocol, policy: &Policy, sources: &Sources) -> Why {
    let (from, to) = answer.ends;
    let cluster = query.who().cluster();
    // Where no pod is at an end, each half says so of its own.
    if let Some(reason) = from.exempt(&to, cluster).filter(|of| *of != Exempt::NoPod).map(Exempt::words) {
        let at = words::end(&to, cluster);
        let because = vec![Reason { direction: None, at, verdict: verdict(true), reason, rules: Vec::new() }];
        return Why { because, help: Vec::new() };
    }
    let explain = |direction| half(query, answer, (protocol, answer.port), direction, policy, sources);
    let halves = [explain(Direction::Egress), explain(Direction::Ingress)];
    let mut help = denials(&halves);
    help.extend(advice::advice(&halves, answer, protocol, cluster));
    Why { because: halves.into_iter().map(|half| half.reason).collect(), help }
}

/// The word for a verdict.
#[must_use]
pub fn verdict(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

// What decides at one end.
pub(super) struct Half {
    reason: Reason,
    decided: Decided,
    direction: Direction,
    // Whether objects that are applied as they are close the pod, and they alone: what a program allows there is
    // nothing to them. Then their names, with where they stand.
    objects: Vec<String>,
}

impl Half {
    /// Whether the pod is closed, and no rule lets the flow through.
    pub(super) fn is_missing_a_rule(&self) -> bool {
        self.decided == Decided::ByIsolation
    }

    /// Which half it is.
    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    /// The objects that alone close the pod, as `name (file:line)`, the narrowest of them: an entry there opens the
    /// fewest pods. None where a program closes it.
    pub(super) fn objects(&self) -> &[String] {
        &self.objects
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decided {
    Passes,
    ByDeny,
    ByIsolation,
}

fn half(
    query: &Query<'_>,
    answer: &Answer<'_>,
    port: (Protocol, u16),
    direction: Direction,
    policy: &Policy,
    sources: &Sources,
) -> Half {
    let tier = policy.network();
    let (near, far) = match direction {
        Direction::Egress => (answer.ends.0, answer.ends.1),
        Direction::Ingress => (answer.ends.1, answer.ends.0),
    };
    let places = |origins: &mut dyn Iterator<Item = &Origin>| places(origins, policy, sources);
    let matching = query.tables().matching(near.side, far.side, direction, port);
    let of = |action: Action| matching.iter().map(|(_, rule)| *rule).filter(move |rule| rule.action == action);
    let ruleset = query.tables().ruleset(near.side.towards(direction));
    let isolations: Vec<_> = ruleset.into_iter().flat_map(|rules| &rules.isolations).collect();
    let denied = places(&mut of(Action::Deny).map(|rule| &rule.origin));
    let allowed = places(&mut of(Action::Allow).map(|rule| &rule.origin));
    let closing: Vec<&Isolation> = isolations.iter().filter_map(|at| tier.isolations.get(**at as usize)).collect();
    let closed = places(&mut closing.iter().map(|isolation| &isolation.origin));
    let objects = objects(&closing, policy, sources);
    let (decided, reason, rules) = if of(Action::Deny).next().is_some() {
        (Decided::ByDeny, "a rule denies it", denied)
    } else if near.pod.is_some() && near.is_node {
        (
            Decided::Passes,
            "the traffic of a pod of the host network is its node's, so nothing stops it here",
            Vec::new(),
        )
    } else if near.pod.is_none() {
        (Decided::Passes, "no pod is at this end, so nothing stops it here", Vec::new())
    } else if isolations.is_empty() {
        (Decided::Passes, "nothing closes the pod in this direction", Vec::new())
    } else if of(Action::Allow).next().is_some() {
        (Decided::Passes, "a rule allows it", allowed)
    } else {
        (Decided::ByIsolation, "no rule allows it, and the pod is closed", closed)
    };
    let at = words::end(&near, query.who().cluster());
    let verdict = verdict(decided == Decided::Passes);
    let reason = Reason { direction: Some(direction.name()), at, verdict, reason, rules };
    Half { reason, decided, direction, objects }
}

fn objects(closing: &[&Isolation], policy: &Policy, sources: &Sources) -> Vec<String> {
    let conditions = |isolation: &Isolation| isolation.subject.pods.conditions().len();
    let narrowest = closing.iter().map(|isolation| conditions(isolation)).max().unwrap_or(0);
    let mut found = Vec::new();
    for isolation in closing {
        let Origin { statements, object } = &isolation.origin;
        for statement in statements.iter().filter_map(|id| policy.statement(*id)) {
            if !statement.is_object {
                return Vec::new();
            }
            if conditions(isolation) == narrowest {
                let name = object.as_deref().unwrap_or("without a name");
                found.push(format!("`{name}` ({})", sources.file_line(statement.span)));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn places(origins: &mut dyn Iterator<Item = &Origin>, policy: &Policy, sources: &Sources) -> Vec<String> {
    let mut spans: Vec<_> =
        origins.flat_map(|origin| &origin.statements).filter_map(|id| Some(policy.statement(*id)?.span)).collect();
    spans.sort_unstable();
    spans.dedup();
    let mut places: Vec<_> = spans.into_iter().map(|span| sources.file_line(span)).collect();
    places.dedup();
    places
}

fn denials(halves: &[Half]) -> Vec<String> {
    let denied = halves.iter().filter(|half| half.decided == Decided::ByDeny);
    denied
        .map(|half| format!("a deny wins over every allow: narrow the one at {}", half.reason.rules.join(", ")))
        .collect()
}
