//! Selectors that match no pod of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::pods::Pods;
use super::{pod_sets, selected};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::ir::{Isolation, Origin, PodSet, Policy, Rule, StatementId};
use crate::lift::words;
use crate::model::{Condition, Direction, Selector};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Subject,
    Peer,
}

/// Reports each statement with a selector that matches no pod in any of the namespaces that it is meant for.
pub(super) fn check(policy: &Policy, pods: &Pods<'_>, diagnostics: &mut Diagnostics) {
    // What one side of a statement asks by the same labels in several namespaces is one wish.
    let mut sets: BTreeMap<(StatementId, Direction, Side, &Selector), Vec<PodSet>> = BTreeMap::new();
    let mut add = |origin: &Origin, direction, side, pods, set: &PodSet| {
        for id in &origin.statements {
            sets.entry((*id, direction, side, pods)).or_default().push(set.clone());
        }
    };
    let tier = policy.network();
    for Isolation { direction, subject, origin } in &tier.isolations {
        add(origin, *direction, Side::Subject, &subject.pods, &selected(subject));
    }
    for Rule { direction, subject, peers, origin, .. } in &tier.rules {
        add(origin, *direction, Side::Subject, &subject.pods, &selected(subject));
        pod_sets(peers).for_each(|set| add(origin, *direction, Side::Peer, &set.pods, set));
    }
    let mut reported = BTreeSet::new();
    for ((id, _, _, selector), sets) in sets {
        if sets.iter().any(|set| pods.of(set).next().is_some()) || !reported.insert((id, selector)) {
            continue;
        }
        let Some(statement) = policy.statement(id) else { continue };
        let message = format!("no pod of the cluster is one of `{}`", sets.first().map_or(String::new(), written));
        let diagnostic = Diagnostic::new(Code::SelectsNothing, message, statement.span, "matches nothing");
        diagnostics.push(diagnostic.with_help_if(meant(selector, pods)));
    }
}

fn written(set: &PodSet) -> String {
    let peer = crate::ir::Base::Pods(set.clone()).into();
    words::peer(&peer, &crate::ir::Namespaces::Matching(Selector::all())).join(", ")
}

// `pods[web]` has a label called `web`, where `app=web` was meant; `app=wbe` has a slip.
fn meant(selector: &Selector, pods: &Pods<'_>) -> Option<String> {
    selector.conditions().find_map(|(key, condition)| match condition {
        Condition::Exists { .. } if pods.values(key).is_empty() => {
            let label = ["app", "app.kubernetes.io/name"].into_iter().find(|label| pods.values(label).contains(&key));
            let label = label.or_else(|| pods.key_of(key))?;
            Some(format!("did you mean `{label}={key}`?"))
        }
        Condition::In(values) => {
            let known = pods.values(key);
            let wrong = values.iter().find(|value| !known.contains(value))?;
            suggest::nearest(wrong, known).map(|near| format!("did you mean `{key}={near}`?"))
        }
        _ => None,
    })
}
