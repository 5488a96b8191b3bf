//! Deny by exact subtraction: what is denied is taken out of what the same program allows at the same pods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::exact::{NAME_IT, forget_impossible, place, report};
use super::near::Denies;
use crate::diag::{Code, Diagnostics};
use crate::ir::{Base, Isolated, Isolation, NetworkTier, Origin, Peer, Policy, Rule, Statement, Subject, Tier};
use crate::model::{
    Action, Direction, Part, Ports, Protocol, Selector, SelectorIndex, as_far_end, subtract, subtract_selector, widest,
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
        let Subtracted { rules, emptied, found } = subtract_from(&allows, &denies, &policy.statements);
        diagnostics.append(found);
        let isolations = with_emptied(&tier.isolations, &emptied);
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

// Of an allow that is gone no rule can tell which deny took it: the objects that close its pods do, that of the same
// pods where there is one.
fn with_emptied(isolations: &[Isolation], emptied: &BTreeMap<(Direction, Subject), Origin>) -> Vec<Isolation> {
    let mut index: BTreeMap<_, SelectorIndex<'_, (usize, &Selector)>> = BTreeMap::new();
    for (at, Isolation { direction, subject, .. }) in isolations.iter().enumerate() {
        index.entry((direction, &subject.namespace)).or_default().insert(&subject.pods, (at, &subject.pods));
    }
    let mut origins: Vec<Vec<&Origin>> = isolations.iter().map(|isolation| vec![&isolation.origin]).collect();
    for ((direction, subject), denies) in emptied {
        let around = index.get(&(direction, &subject.namespace));
        let around = around.map_or_else(Vec::new, |index| index.covering(&subject.pods));
        let same: Vec<_> = around.iter().copied().filter(|(_, pods)| **pods == subject.pods).collect();
        for (at, _) in if same.is_empty() { around } else { same } {
            origins.get_mut(at).into_iter().for_each(|origins| origins.push(denies));
        }
    }
    let closed = |(isolation, origins): (&Isolation, Vec<&Origin>)| Isolation {
        origin: Origin { object: isolation.origin.object.clone(), ..Origin::union_of(origins) },
        ..isolation.clone()
    };
    isolations.iter().zip(origins).map(closed).collect()
}

// Thousands of addresses are taken out of an allow at once. Where that fails, each deny by itself tells which it is.
fn subtract_from(allows: &[Rule], denies: &[Rule], statements: &[Statement]) -> Subtracted {
    let index = Denies::new(denies);
    let mut done = Subtracted { rules: Vec::new(), emptied: BTreeMap::new(), found: Diagnostics::new() };
    // Many allows meet the same denies.
    let mut known: HashMap<Vec<usize>, Vec<Rule>> = HashMap::new();
    let mut emptied: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
    for allow in allows {
        let near = index.near(allow);
        let one_by_one = || near.iter().filter_map(|at| denies.get(*at)).cloned().collect::<Vec<_>>();
        let joined = known.entry(near.clone()).or_insert_with(|| opt::join_denies(one_by_one()));
        let (mut left, mut found) = less_all(allow, joined, statements);
        if found.has_errors() {
            (left, found) = less_all(allow, &one_by_one(), statements);
        }
        done.found.append(found);
        if left.is_empty() {
            emptied.entry((allow.direction, allow.subject.clone())).or_default().extend(near);
        }
        done.rules.extend(left);
    }
    let united = |denies_of: BTreeSet<usize>| {
        Origin::union_of(denies_of.into_iter().filter_map(|at| denies.get(at)).map(|deny| &deny.origin))
    };
    done.emptied = emptied.into_iter().map(|(what, denies_of)| (what, united(denies_of))).collect();
    done
}

// An allow less one deny after the other.
fn less_all(allow: &Rule, denies: &[Rule], statements: &[Statement]) -> (Vec<Rule>, Diagnostics) {
    let (mut left, mut work, mut diagnostics) = (vec![allow.clone()], 0, Diagnostics::new());
    left.iter_mut().flat_map(|rule| &mut rule.peers).for_each(forget_impossible);
    for deny in denies {
        let problem = place(&deny.origin, statements);
        let parts = left.into_iter().flat_map(|rule| less(rule, deny, problem, &mut diagnostics)).collect();
        let widest = widest(parts, &mut work);
        if widest.is_none() {
            too_many(problem, &mut diagnostics);
        }
        left = widest.unwrap_or_default();
    }
    (left, diagnostics)
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
    if rule.subject.pods.is_disjoint(&deny.subject.pods) || rule.ports.is_disjoint(&deny.ports) {
        return vec![rule];
    }
    // (peers x ports) - (minus x closed) = (peers - minus) x ports + peers x (ports - closed)
    let peers = peers_less(&rule.peers, &deny.peers, problem, diagnostics).unwrap_or_default();
    if peers == rule.peers {
        return vec![rule];
    }
    if !deny.subject.outside.is_empty() {
        let message = "NetworkPolicy cannot deny at pods chosen by their addresses";
        report(Code::SubjectByAddress, message, problem, "choose them by labels", diagnostics);
        return Vec::new();
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
    left = left.into_iter().map(as_far_end).filter(|peer| !peer.within.is_never()).collect();
    left.iter_mut().for_each(forget_impossible);
    let before = peers.iter().map(|peer| peer.except.len()).max().unwrap_or(0);
    if let Some(peer) = left.iter().find(|peer| peer.except.len() > before) {
        let (message, help) = refusal(peer);
        report(Code::DenyNotExpressible, message, problem, help, diagnostics);
        return None;
    }
    Some(left)
}

// Why the last exception of a peer cannot be said, and what to write.
fn refusal(peer: &Peer) -> (&'static str, &'static str) {
    const SAME_TERMS: &str = "deny in the terms of the allow (labels from labels, addresses from addresses); an `admin` \
                              tier and the node targets `nftables` and `ebpf` can deny this";
    match (&peer.within, peer.except.last()) {
        (Base::Pods(_), Some(Base::Pods(_))) => (
            "NetworkPolicy cannot take these pods out of those that are allowed: the current namespace has no name \
             here, so it cannot be told from others",
            NAME_IT,
        ),
        (Base::Pods(_), Some(Base::Addresses(_))) => {
            ("NetworkPolicy cannot take addresses out of pods that are allowed: a pod may have one of them", SAME_TERMS)
        }
        (_, Some(Base::Pods(_))) => {
            ("NetworkPolicy cannot take pods out of addresses that are allowed: a pod may have one of them", SAME_TERMS)
        }
        _ => ("NetworkPolicy cannot take this out of what is allowed", SAME_TERMS),
    }
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
