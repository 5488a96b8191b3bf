//! Why a flow passes or does not: the deciding rules at both ends, and what would have to be allowed.

use serde::Serialize;

use super::query::{Answer, Query};
use super::words;
use crate::ir::{Origin, Policy};
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
    if from.is_always_reached(&to, cluster) {
        let reason = if from.pod == to.pod && from.pod.is_some() {
            "a pod always reaches itself"
        } else {
            "a pod and its own node always reach each other"
        };
        let at = words::end(&to, cluster);
        let because = vec![Reason { direction: None, at, verdict: verdict(true), reason, rules: Vec::new() }];
        return Why { because, help: Vec::new() };
    }
    let explain = |direction| half(query, answer, (protocol, answer.port), direction, policy, sources);
    let halves = [explain(Direction::Egress), explain(Direction::Ingress)];
    let mut help = denials(&halves);
    help.extend(missing(&halves).map(|form| {
        let (from, to) = (words::pods(&from, cluster), words::pods(&to, cluster));
        format!("write `{form} {from} -> {to} on {protocol}/{}`", answer.port)
    }));
    Why { because: halves.into_iter().map(|half| half.reason).collect(), help }
}

/// The word for a verdict.
#[must_use]
pub fn verdict(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

struct Half {
    reason: Reason,
    decided: Decided,
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
    let closed = places(&mut isolations.iter().filter_map(|at| Some(&tier.isolations.get(**at as usize)?.origin)));
    let (decided, reason, rules) = if of(Action::Deny).next().is_some() {
        (Decided::ByDeny, "a rule denies it", denied)
    } else if near.pod.is_none() || near.is_node {
        (Decided::Passes, "no pod is at this end, so nothing stops it here", Vec::new())
    } else if isolations.is_empty() {
        (Decided::Passes, "nothing closes the pod in this direction", Vec::new())
    } else if of(Action::Allow).next().is_some() {
        (Decided::Passes, "a rule allows it", allowed)
    } else {
        (Decided::ByIsolation, "no rule allows it, and the pod is closed", closed)
    };
    let at = words::end(&near, query.who().cluster());
    let direction = Some(if direction == Direction::Egress { "egress" } else { "ingress" });
    let verdict = verdict(decided == Decided::Passes);
    Half { reason: Reason { direction, at, verdict, reason, rules }, decided }
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

// The statement that lets the flow through where no rule does.
fn missing(halves: &[Half; 2]) -> Option<&'static str> {
    match halves.each_ref().map(|half| half.decided == Decided::ByIsolation) {
        [true, true] => Some("allow"),
        [true, false] => Some("allow egress"),
        [false, true] => Some("allow ingress"),
        [false, false] => None,
    }
}
