//! Pass `clip`: an allow acts only where something isolates.
//!
//! `isolate pods[app=web]; allow any -> pods => isolate pods[app=web]; allow any -> pods[app=web]`. A pod that is open
//! lets everything through anyway; and a target where an allow itself closes its subject then closes nothing more.

use std::collections::BTreeSet;

use super::cover::subject_covers;
use crate::ir::{Isolated, Isolation, NetworkTier, Rule, Subject};
use crate::model::{Action, Direction};

/// Runs the pass.
pub(super) fn run(mut tier: NetworkTier) -> NetworkTier {
    let isolated = Isolated::new(&tier.isolations);
    let rules = std::mem::take(&mut tier.rules);
    let mut clipped = Vec::with_capacity(rules.len());
    for rule in rules {
        let parts = match rule.action {
            Action::Deny => None,
            Action::Allow => where_isolated(rule.direction, &rule.subject, &isolated),
        };
        match parts {
            None => clipped.push(rule),
            Some(parts) => clipped.extend(parts.into_iter().map(|subject| Rule { subject, ..rule.clone() })),
        }
    }
    NetworkTier { isolations: tier.isolations, rules: clipped }
}

/// The parts of a subject that something isolates; `None` for the whole of it.
pub fn where_isolated(direction: Direction, subject: &Subject, isolated: &Isolated<'_>) -> Option<BTreeSet<Subject>> {
    let meeting = isolated.meeting(direction, subject);
    if meeting.iter().any(|isolation| subject_covers(&isolation.subject, subject)) {
        return None;
    }
    Some(meeting.into_iter().map(|isolation| both(isolation, subject)).collect())
}

fn both(isolation: &Isolation, subject: &Subject) -> Subject {
    Subject {
        namespace: subject.namespace.clone(),
        pods: subject.pods.and(&isolation.subject.pods),
        outside: subject.outside.union(&isolation.subject.outside),
    }
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
