//! From a checked program to a policy: each rule becomes its halves.
//!
//! A rule acts at its source (egress) and at its destination (ingress), wherever that side is a pod of an owned
//! namespace. A half of an `allow` at pods that nothing isolates changes nothing, and is not written.

use std::collections::BTreeMap;

use super::isolated::Isolated;
use super::{Isolation, NetworkTier, Origin, Policy, Rule, Statement, StatementId, Tier};
use crate::check::Checked;
use crate::model::{Action, Base, Direction, Peer, Ports, Subject};
use crate::resolve::program::{self, Meta};
use crate::span::Span;

/// A policy, and what became of each half of each rule.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The policy.
    pub policy: Policy,
    /// The halves, in order of statements; egress first.
    pub halves: Vec<Half>,
}

/// One half of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Half {
    /// The rule's statement.
    pub statement: StatementId,
    /// What it does.
    pub action: Action,
    /// Egress at the source, ingress at the destination.
    pub direction: Direction,
    /// Whether it is written.
    pub outcome: Outcome,
    /// The pods that it is written for.
    pub subjects: Vec<Subject>,
    /// The pods on its side at which an allow is not written, as nothing isolates them.
    pub open: Vec<Subject>,
}

/// What became of a half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is written.
    Written,
    /// The rule is about the other direction only.
    OtherDirection,
    /// No pod of an owned namespace is on that side.
    NotOwned,
    /// Nothing isolates the pods on that side in this direction.
    NotIsolated,
    /// The other half of this deny stops the same flows, at pods that are isolated.
    Redundant,
    /// One side of the rule is an empty set, or its ports are.
    Empty,
}

/// Lowers a program.
#[must_use]
pub fn lower(checked: &Checked) -> Lowered {
    let program = checked.program();
    let mut lowering = Lowering::default();
    for isolate in &program.isolates {
        lowering.isolate(isolate);
    }
    let isolations = std::mem::take(&mut lowering.tier.isolations);
    let isolated = Isolated::new(&isolations);
    for rule in &program.rules {
        lowering.rule(rule, &isolated);
    }
    let Lowering { tier, statements, halves, .. } = lowering;
    let tier = NetworkTier { isolations, ..tier };
    let (port_ranges, dns) = (program.port_ranges.clone(), program.dns.clone());
    Lowered { policy: Policy { tiers: vec![Tier::NetworkPolicy(tier)], statements, port_ranges, dns }, halves }
}

#[derive(Default)]
struct Lowering {
    tier: NetworkTier,
    statements: Vec<Statement>,
    // A statement in a block for several namespaces is one statement.
    known: BTreeMap<Span, StatementId>,
    halves: Vec<Half>,
}

impl Lowering {
    fn origin(&mut self, meta: &Meta) -> Origin {
        let next = StatementId(u32::try_from(self.statements.len()).unwrap_or(u32::MAX));
        let id = *self.known.entry(meta.span).or_insert(next);
        if id == next {
            self.statements.push(Statement {
                span: meta.span,
                is_object: false,
                leads_elsewhere: false,
                doc: meta.doc.clone(),
                owner: meta.owner.clone(),
                ticket: meta.ticket.clone(),
                expires: meta.expires.map(|expiry| expiry.date.to_string()),
                log: meta.log,
                audit: meta.audit,
            });
        }
        Origin { statements: smallvec::smallvec![id], object: meta.object.clone() }
    }

    fn isolate(&mut self, isolate: &program::Isolate) {
        let origin = self.origin(&isolate.meta);
        for subject in &isolate.subjects {
            for direction in Direction::BOTH.into_iter().filter(|d| isolate.direction.is_none_or(|only| only == *d)) {
                let (subject, origin) = (subject.clone(), origin.clone());
                self.tier.isolations.push(Isolation { direction, subject, origin });
            }
        }
    }

    fn rule(&mut self, rule: &program::Rule, isolated: &Isolated<'_>) {
        let origin = self.origin(&rule.meta);
        let statement = origin.statements.first().copied().unwrap_or(StatementId(0));
        let half = |direction| {
            let (subjects, open) = (Vec::new(), Vec::new());
            Half { statement, action: rule.action, direction, outcome: Outcome::NotOwned, subjects, open }
        };
        let mut halves = [half(Direction::Egress), half(Direction::Ingress)];
        if is_empty(rule) {
            halves.iter_mut().for_each(|half| half.outcome = Outcome::Empty);
            self.halves.extend(halves);
            return;
        }
        for (to, ports) in &rule.to {
            let redundant = redundant(rule, to, isolated);
            let before = self.tier.rules.len();
            let sides = [(&rule.from.subjects, &to.peers), (&to.subjects, &rule.from.peers)];
            for (half, (subjects, peers)) in halves.iter_mut().zip(sides) {
                if rule.direction.is_some_and(|only| only != half.direction) {
                    half.outcome = Outcome::OtherDirection;
                } else if redundant == Some(half.direction) {
                    half.outcome = Outcome::Redundant;
                } else {
                    self.half(half, isolated, subjects, (peers, ports), &origin);
                }
            }
            let written = self.tier.rules.get(before..).unwrap_or_default();
            if leads_elsewhere(to, written)
                && let Some(statement) = self.statements.get_mut(statement.0 as usize)
            {
                statement.leads_elsewhere = true;
            }
        }
        self.halves.extend(halves);
    }

    // Writes a half at those of its subjects where it changes something.
    fn half(
        &mut self,
        half: &mut Half,
        isolated: &Isolated<'_>,
        subjects: &[Subject],
        (peers, ports): (&[Peer], &Ports),
        origin: &Origin,
    ) {
        let (action, direction) = (half.action, half.direction);
        for subject in subjects {
            let acts = action == Action::Deny || isolated.meets(direction, subject);
            match (acts, &half.outcome) {
                (true, _) => half.outcome = Outcome::Written,
                (false, Outcome::NotOwned) => half.outcome = Outcome::NotIsolated,
                (false, _) => {}
            }
            if !acts {
                half.open.push(subject.clone());
            }
            if acts && !peers.is_empty() && !ports.is_none() {
                half.subjects.push(subject.clone());
                let (subject, peers, ports, origin) = (subject.clone(), peers.to_vec(), ports.clone(), origin.clone());
                self.tier.rules.push(Rule { action, direction, subject, peers, ports, origin });
            }
        }
    }
}

// Whether entries leave out some of the destinations that they were written for. An egress half names them all.
fn leads_elsewhere(to: &program::Side, written: &[Rule]) -> bool {
    let has_egress = written.iter().any(|rule| rule.direction == Direction::Egress);
    let names_all = has_egress || (to.complete && written.len() == to.subjects.len());
    !names_all || to.peers.iter().any(|peer| !matches!(peer.within, Base::Pods(_)))
}

fn is_empty(rule: &program::Rule) -> bool {
    rule.from.peers.is_empty() || rule.to.iter().all(|(side, ports)| side.peers.is_empty() || ports.is_none())
}

// The half of a deny that the other makes pointless: that one stands at every pod of its side, and each is isolated
// there, so that every target can write it.
fn redundant(rule: &program::Rule, to: &program::Side, isolated: &Isolated<'_>) -> Option<Direction> {
    let enough = |direction, side: &program::Side| {
        side.complete && side.subjects.iter().all(|subject| isolated.closes(direction, subject) == Some(true))
    };
    match rule.action {
        Action::Deny if rule.direction.is_some() => None,
        Action::Deny if enough(Direction::Ingress, to) => Some(Direction::Egress),
        Action::Deny if enough(Direction::Egress, &rule.from) => Some(Direction::Ingress),
        _ => None,
    }
}
