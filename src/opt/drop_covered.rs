//! Pass `drop_covered`: removes what other entries make pointless.
//!
//! `allow pods -> b; allow pods[app=web] -> b on tcp/80 => allow pods -> b`. Only entries of the same object cover each
//! other, so that a name that somebody gave stays on something; the one that stays takes over the origins.

use foldhash::{HashMap, HashMapExt};

use super::RuleIndex;
use super::cover::{covers, subject_covers};
use crate::ir::{Isolated, Isolation, NetworkTier, Origin, Rule};

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
    let index = Isolated::new(&list);
    let holders: Vec<Option<usize>> =
        list.iter().enumerate().map(|(at, isolation)| isolation_holder(&list, &index, at, isolation)).collect();
    keep(list, &holders, |isolation| &mut isolation.origin)
}

fn isolation_holder(list: &[Isolation], index: &Isolated<'_>, at: usize, isolation: &Isolation) -> Option<usize> {
    let near = index.covering(isolation.direction, &isolation.subject);
    near.into_iter().find(|other| {
        let Some(wide) = list.get(*other).filter(|wide| *other != at && wide.origin.object == isolation.origin.object)
        else {
            return false;
        };
        let (wide, narrow) = (&wide.subject, &isolation.subject);
        subject_covers(wide, narrow) && (*other < at || !subject_covers(narrow, wide))
    })
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
