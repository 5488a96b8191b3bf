//! Pass `drop_covered`: removes what other entries make pointless.
//!
//! `allow pods -> b; allow pods[app=web] -> b on tcp/80 => allow pods -> b`. Only entries of the same object cover each
//! other, so that a name that somebody gave stays on something; the one that stays takes over the origins.

use std::collections::hash_map::Entry;

use foldhash::{HashMap, HashMapExt};

use super::RuleIndex;
use super::cover::{covers, subject_covers};
use crate::ir::{Isolation, Namespace, NetworkTier, Origin, Rule, Subject};
use crate::model::{Direction, SelectorIndex};

/// Runs the pass.
pub(super) fn run(tier: NetworkTier) -> NetworkTier {
    NetworkTier { isolations: isolations(tier.isolations), rules: rules(tier.rules) }
}

fn rules(rules: Vec<Rule>) -> Vec<Rule> {
    let index = RuleIndex::new(&rules);
    let holders: Vec<Option<usize>> =
        rules.iter().enumerate().map(|(at, rule)| holder(&rules, &index, at, rule)).collect();
    keep(rules, &holders, |rule| &mut rule.origin)
}

// The rule that makes the one at `at` pointless. Of equal rules the first stays.
fn holder<'a>(rules: &'a [Rule], index: &RuleIndex<'a>, at: usize, rule: &'a Rule) -> Option<usize> {
    index.near(rule).into_iter().find(|other| {
        let Some(wide) = rules.get(*other).filter(|wide| *other != at && wide.origin.object == rule.origin.object)
        else {
            return false;
        };
        covers(wide, rule) && (*other < at || !covers(rule, wide))
    })
}

fn isolations(list: Vec<Isolation>) -> Vec<Isolation> {
    let index = Closed::new(&list);
    let holders: Vec<Option<usize>> =
        list.iter().enumerate().map(|(at, isolation)| index.holder(at, isolation)).collect();
    keep(list, &holders, |isolation| &mut isolation.origin)
}

// What can be compared: isolations of one object and direction.
type Object<'a> = (Option<&'a str>, Direction);

// Isolations by what they close, each set once: a set that many close is not looked at many times.
#[derive(Default)]
struct Closed<'a> {
    first: HashMap<(Object<'a>, &'a Subject), usize>,
    spaces: HashMap<(Object<'a>, &'a Namespace), SelectorIndex<'a, (&'a Subject, usize)>>,
}

impl<'a> Closed<'a> {
    fn new(list: &'a [Isolation]) -> Self {
        let mut closed = Self::default();
        for (at, isolation) in list.iter().enumerate() {
            let (object, subject) = (object(isolation), &isolation.subject);
            if let Entry::Vacant(vacant) = closed.first.entry((object, subject)) {
                vacant.insert(at);
                closed.spaces.entry((object, &subject.namespace)).or_default().insert(&subject.pods, (subject, at));
            }
        }
        closed
    }

    // The isolation that makes the one at `at` pointless. Of equal ones the first stays.
    fn holder(&self, at: usize, isolation: &'a Isolation) -> Option<usize> {
        let (object, narrow) = (object(isolation), &isolation.subject);
        let first = self.first.get(&(object, narrow)).copied();
        first.filter(|first| *first != at).or_else(|| {
            let near = self.spaces.get(&(object, &narrow.namespace))?.covering(&narrow.pods);
            let holds = |(wide, other): &(&Subject, usize)| {
                *other != at && subject_covers(wide, narrow) && (*other < at || !subject_covers(narrow, wide))
            };
            near.into_iter().find(holds).map(|(_, other)| other)
        })
    }
}

fn object(isolation: &Isolation) -> Object<'_> {
    (isolation.origin.object.as_deref(), isolation.direction)
}

// Keeps the entries without a holder, and gives them the origins of those that they make pointless.
fn keep<T>(list: Vec<T>, holders: &[Option<usize>], origin: impl Fn(&mut T) -> &mut Origin) -> Vec<T> {
    let mut kept = Vec::with_capacity(list.len());
    let mut more: HashMap<usize, Vec<Origin>> = HashMap::new();
    for (at, (mut entry, holder)) in list.into_iter().zip(holders).enumerate() {
        // Holders may be held themselves; the last one in the row is kept.
        let mut last = *holder;
        while let Some(next) = last.and_then(|at| holders.get(at).copied().flatten()) {
            last = Some(next);
        }
        match last {
            Some(last) => more.entry(last).or_default().push(std::mem::take(origin(&mut entry))),
            None => kept.push((at, entry)),
        }
    }
    let whole = |(at, mut entry): (usize, T)| {
        if let Some(mut origins) = more.remove(&at) {
            origins.push(std::mem::take(origin(&mut entry)));
            *origin(&mut entry) = Origin::union_of(&origins);
        }
        entry
    };
    kept.into_iter().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{keeps_verdicts, policy};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_verdict_changes(policy in policy()) {
            keeps_verdicts(policy, super::run)?;
        }
    }
}
