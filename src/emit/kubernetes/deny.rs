//! Deny by exact subtraction: what is denied is taken out of what the same program allows at the same pods.

use std::collections::BTreeMap;

use super::exact::{NEVER_OF_PODS, forget_impossible, place, report};
use crate::diag::{Code, Diagnostics};
use crate::ir::{
    Base, Isolated, Isolation, Namespaces, NetworkTier, Origin, Peer, Policy, Rule, Statement, Subject, Tier,
};
use crate::model::{
    Action, Direction, Part, Ports, Protocol, SelectorIndex, as_far_end, subtract, subtract_selector, widest,
};
use crate::opt;
use crate::span::Span;

/// The policy without its denies, of the same meaning; errors where there is none.
pub(super) fn subtract_all(policy: &Policy, diagnostics: &mut Diagnostics) -> Policy {
    let mut tiers = Vec::new();
    for Tier::NetworkPolicy(tier) in &policy.tiers {
        let (denies, allows): (Vec<Rule>, Vec<Rule>) =
            tier.rules.iter().cloned().partition(|rule| rule.action == Action::Deny);
        let isolated = Isolated::new(&tier.isolations);
        for deny in &denies {
            closed(deny, &isolated, &policy.statements, diagnostics);
        }
        let Subtracted { rules, emptied, found } = subtract_joined(&allows, denies, &policy.statements);
        diagnostics.append(found);
        let isolations = tier.isolations.iter().map(|isolation| with_emptied(isolation, &emptied)).collect();
        tiers.push(Tier::NetworkPolicy(NetworkTier { isolations, rules }));
    }
    Policy { tiers, statements: policy.statements.clone(), ..Policy::default() }
}

// What is left of the allows of a tier.
struct Subtracted {
    rules: Vec<Rule>,
    // The denies that left nothing of an allow, by what that was about.
    emptied: BTreeMap<(Direction, Subject), Origin>,
    found: Diagnostics,
}

// Of an allow that is gone no rule can tell which deny took it: the object that closes the pods does.
fn with_emptied(isolation: &Isolation, emptied: &BTreeMap<(Direction, Subject), Origin>) -> Isolation {
    let denies = emptied.get(&(isolation.direction, isolation.subject.clone()));
    let origin = denies.map_or_else(|| isolation.origin.clone(), |denies| joined(&isolation.origin, denies));
    Isolation { origin, ..isolation.clone() }
}

// Thousands of addresses are taken out of an allow at once. Where that fails, each deny by itself tells which it is.
fn subtract_joined(allows: &[Rule], denies: Vec<Rule>, statements: &[Statement]) -> Subtracted {
    let done = subtract_from(allows, &opt::join_denies(denies.clone()), statements);
    if done.found.has_errors() { subtract_from(allows, &denies, statements) } else { done }
}

fn subtract_from(allows: &[Rule], denies: &[Rule], statements: &[Statement]) -> Subtracted {
    let mut diagnostics = Diagnostics::new();
    let mut index: BTreeMap<_, SelectorIndex<'_, (usize, &Rule)>> = BTreeMap::new();
    for (at, deny) in denies.iter().enumerate() {
        index.entry((&deny.subject.namespace, deny.direction)).or_default().insert(&deny.subject.pods, (at, deny));
    }
    let mut rules = Vec::new();
    // By place, as one deny may have thousands of statements, and leave nothing of thousands of allows.
    let mut emptied: BTreeMap<_, BTreeMap<usize, &Origin>> = BTreeMap::new();
    for allow in allows {
        let space = index.get(&(&allow.subject.namespace, allow.direction));
        let (mut left, mut work) = (vec![allow.clone()], 0);
        let denies = space.map_or_else(Vec::new, |space| space.meeting(&allow.subject.pods));
        for (_, deny) in &denies {
            let problem = place(&deny.origin, statements);
            let parts = left.into_iter().flat_map(|rule| less(rule, deny, problem, &mut diagnostics)).collect();
            let widest = widest(parts, &mut work);
            if widest.is_none() {
                too_many(problem, &mut diagnostics);
            }
            left = widest.unwrap_or_default();
        }
        if left.is_empty() {
            let taking = denies.iter().filter(|(_, deny)| !deny.ports.is_disjoint(&allow.ports));
            let taking = taking.map(|(at, deny)| (*at, &deny.origin));
            emptied.entry((allow.direction, allow.subject.clone())).or_default().extend(taking);
        }
        rules.extend(left);
    }
    let united = emptied.into_iter().map(|(what, denies)| (what, Origin::union_of(denies.into_values())));
    Subtracted { rules, emptied: united.collect(), found: diagnostics }
}

fn too_many(problem: Option<Span>, diagnostics: &mut Diagnostics) {
    let message = "this deny and those before it split an allow into too many objects";
    report(Code::TooManyTerms, message, problem, "deny with fewer labels", diagnostics);
}

// Subtracting from what is open would write an allow-all-but policy, which undoes other people's default deny.
fn closed(deny: &Rule, isolated: &Isolated<'_>, statements: &[Statement], diagnostics: &mut Diagnostics) {
    let direction = deny.direction.name();
    let problem = place(&deny.origin, statements);
    match isolated.closes(deny.direction, &deny.subject) {
        Some(true) => {}
        Some(false) => {
            let message =
                format!("NetworkPolicy can deny {direction} only at pods that the program isolates in that direction");
            let help = format!(
                "add `isolate {direction} …` for these pods and allow what they need; at open pods an `admin` tier \
                 denies, and the node targets `nftables` and `ebpf` do"
            );
            report(Code::DenyAtOpenPods, message, problem, &help, diagnostics);
        }
        None => {
            let message = "too many `isolate` statements together decide whether these pods are isolated";
            let help = format!("isolate them in one statement: `isolate {direction} …`");
            report(Code::TooManyTerms, message, problem, &help, diagnostics);
        }
    }
}

impl Part for Rule {
    fn size(&self) -> usize {
        self.subject.pods.size()
    }

    fn is_within(&self, other: &Self) -> bool {
        opt::covers(other, self)
    }
}

// What is left of an allow. Pods outside the deny's subject keep all of it, and all pods what the deny leaves: that is
// no more than the former have, and selectors stay as they were written.
fn less(rule: Rule, deny: &Rule, problem: Option<Span>, diagnostics: &mut Diagnostics) -> Vec<Rule> {
    let is_apart = rule.subject.pods.is_disjoint(&deny.subject.pods)
        || rule.ports.is_disjoint(&deny.ports)
        || rule.peers.iter().all(|peer| deny.peers.iter().all(|minus| apart(peer, minus)));
    if is_apart {
        return vec![rule];
    }
    if !deny.subject.outside.is_empty() {
        let message = "NetworkPolicy cannot deny at pods chosen by their addresses";
        report(Code::SubjectByAddress, message, problem, "choose them by labels", diagnostics);
        return Vec::new();
    }
    // (peers x ports) - (minus x closed) = (peers - minus) x ports + peers x (ports - closed)
    let peers = peers_less(&rule.peers, &deny.peers, problem, diagnostics).unwrap_or_default();
    if peers == rule.peers {
        return vec![rule];
    }
    let ports = ports_less(&rule.ports, &deny.ports, problem, diagnostics).unwrap_or_else(Ports::none);
    let origin = joined(&rule.origin, &deny.origin);
    let own = std::slice::from_ref(&rule.subject.pods);
    let Some(outside) = subtract_selector(own, &deny.subject.pods, &mut 0) else {
        too_many(problem, diagnostics);
        return Vec::new();
    };
    let with = |pods| Rule { subject: Subject { pods, ..rule.subject.clone() }, ..rule.clone() };
    let mut parts: Vec<Rule> = outside.into_iter().map(with).collect();
    if !peers.is_empty() {
        parts.push(Rule { peers, origin: origin.clone(), ..rule.clone() });
    }
    if !ports.is_none() {
        parts.push(Rule { ports, origin, ..rule });
    }
    parts
}

// What a deny leaves comes from it, too; the object is the other's.
fn joined(own: &Origin, deny: &Origin) -> Origin {
    Origin { object: own.object.clone(), ..Origin::union_of([own, deny]) }
}

// Whether two peers can have nothing in common, as far as can be told.
fn apart(a: &Peer, b: &Peer) -> bool {
    match (&a.within, &b.within) {
        (Base::Addresses(a), Base::Addresses(b)) => a.intersection(b).is_empty(),
        (Base::Pods(a), Base::Pods(b)) => a.pods.is_disjoint(&b.pods) || elsewhere(&a.namespaces, &b.namespaces),
        (Base::Pods(_), Base::Addresses(set)) | (Base::Addresses(set), Base::Pods(_)) => set.is_subset(&NEVER_OF_PODS),
        _ => false,
    }
}

fn elsewhere(a: &Namespaces, b: &Namespaces) -> bool {
    matches!((a, b), (Namespaces::Matching(a), Namespaces::Matching(b)) if a.is_disjoint(b))
}

fn peers_less(
    peers: &[Peer],
    minus: &[Peer],
    problem: Option<Span>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<Peer>> {
    let Some(mut left) = subtract(peers.to_vec(), minus) else {
        let message = "this deny would split an allow into too many alternatives";
        report(Code::TooManyTerms, message, problem, "deny with fewer labels", diagnostics);
        return None;
    };
    left = left.into_iter().map(as_far_end).collect();
    left.iter_mut().for_each(forget_impossible);
    let before = peers.iter().map(|peer| peer.except.len()).max().unwrap_or(0);
    if let Some(peer) = left.iter().find(|peer| peer.except.len() > before) {
        let (what, from) = match (&peer.within, peer.except.last()) {
            (Base::Pods(_), Some(Base::Addresses(_))) => {
                ("addresses", "pods that are allowed: a pod may have one of them")
            }
            (_, Some(Base::Pods(_))) => ("pods", "addresses that are allowed: a pod may have one of them"),
            _ => ("this", "what is allowed"),
        };
        let message = format!("NetworkPolicy cannot take {what} out of {from}");
        let help = "deny in the terms of the allow (labels from labels, addresses from addresses); an `admin` tier and \
                    the node targets `nftables` and `ebpf` can deny this";
        report(Code::DenyNotExpressible, message, problem, help, diagnostics);
        return None;
    }
    Some(left)
}

// The ports that stay open to peers that are denied some.
fn ports_less(all: &Ports, minus: &Ports, problem: Option<Span>, diagnostics: &mut Diagnostics) -> Option<Ports> {
    let mut refuse = |message: &str, help: &str| {
        report(Code::DenyNotExpressible, message, problem, help, diagnostics);
        None
    };
    let Ports::Some { .. } = minus else { return Some(Ports::none()) };
    let Ports::Some { names, .. } = all else {
        return refuse(
            "NetworkPolicy cannot take ports out of an allow for every protocol",
            "give the allow its ports: `on tcp, udp, sctp` is every port of every protocol that has ports",
        );
    };
    let mut left = Ports::none();
    for protocol in Protocol::ALL {
        let (open, closed) = (all.of(protocol), minus.of(protocol));
        let named = |ports: &Ports| ports.names().any(|(of, _)| *of == protocol);
        let mixed = named(minus) && !open.is_empty() || named(all) && !closed.is_empty();
        if mixed && !closed.is_all() {
            return refuse(
                "NetworkPolicy cannot tell whether a port's name means one of these numbers",
                "write both the allow and the deny with numbers, or both with names",
            );
        }
        left = left.union(&Ports::numbers(protocol, open.difference(&closed).sayable()));
        let kept =
            names.iter().filter(|name| name.0 == protocol && !closed.is_all() && !minus.names().any(|n| n == *name));
        if named(minus)
            && !closed.is_all()
            && names.iter().any(|name| name.0 == protocol && !minus.names().any(|n| n == name))
        {
            return refuse(
                "NetworkPolicy cannot tell whether two port names mean one number",
                "write both the allow and the deny with numbers",
            );
        }
        left = kept.fold(left, |left, (_, name)| left.union(&Ports::name(protocol, name.clone())));
    }
    Some(left)
}
