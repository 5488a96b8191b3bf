//! Selectors that match no pod of the cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::pods::Pods;
use super::{Place, Scope, pod_sets, selected};
use crate::cluster::Pod;
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::ir::{Isolation, Namespaces, Origin, PodSet, Rule, StatementId};
use crate::lift::words;
use crate::model::{Condition, Direction, Selector};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Subject,
    Peer,
}

// What one side of a statement asks by the same labels in several namespaces is one wish.
type Wishes<'a> = BTreeMap<(StatementId, Direction, Side, &'a Selector), Vec<PodSet>>;

/// Reports each statement with a selector that matches no pod in any of the namespaces that it is meant for.
///
/// What an isolation selects is told there: its rules have the same subject.
pub(super) fn check(scope: &Scope<'_>, place: &Place<'_>, diagnostics: &mut Diagnostics) {
    let pods = place.pods();
    let (mut closed, mut wishes) = (Wishes::new(), Wishes::new());
    let tier = scope.policy().network();
    for Isolation { direction, subject, origin } in &tier.isolations {
        add(&mut closed, origin, (*direction, Side::Subject, &subject.pods), &selected(subject));
    }
    for Rule { direction, subject, peers, origin, .. } in &tier.rules {
        add(&mut wishes, origin, (*direction, Side::Subject, &subject.pods), &selected(subject));
        pod_sets(peers).for_each(|set| add(&mut wishes, origin, (*direction, Side::Peer, &set.pods), set));
    }
    let is_vain = |sets: &[PodSet]| !sets.iter().any(|set| pods.of(set).next().is_some());
    closed.retain(|_, sets| is_vain(sets));
    let told: HashSet<PodSet> = closed.values().flatten().cloned().collect();
    wishes.retain(|_, sets| !sets.iter().all(|set| told.contains(set)) && is_vain(sets));
    let services = services_by_pods(place);
    let hosts: Vec<&Pod> = place.cluster().pods.iter().filter(|pod| pod.host_network).collect();
    let mut reported = BTreeSet::new();
    for ((id, _, _, selector), sets) in closed.into_iter().chain(wishes) {
        let Some(statement) = scope.statement(id).filter(|_| reported.insert((id, selector))) else { continue };
        let Some(set) = sets.first() else { continue };
        let of = services.get(set).map_or(String::new(), |name| format!(", the pods of Service `{name}`"));
        let message = format!("no pod of the cluster is one of `{}`{of}", written(set));
        let diagnostic = Diagnostic::new(Code::SelectsNothing, message, statement.span, "matches nothing");
        let help =
            of_the_host(&sets, pods, &hosts).or_else(|| no_namespace(&sets, pods)).or_else(|| meant(selector, pods));
        diagnostics.push(diagnostic.with_help_if(help));
    }
}

// Where only pods of the host network have the labels.
fn of_the_host(sets: &[PodSet], pods: &Pods<'_>, hosts: &[&Pod]) -> Option<String> {
    let pod = hosts.iter().find(|pod| sets.iter().any(|set| pods.selects(set, pod)))?;
    let (namespace, name) = (&pod.namespace, &pod.name);
    Some(format!(
        "only pods of the host network are: `{namespace}/{name}`. Their traffic is their node's, so that no selector sees \
         them; write the node's address"
    ))
}

// Where none of the namespaces that are named is in the cluster: then labels are not what is wrong.
fn no_namespace(sets: &[PodSet], pods: &Pods<'_>) -> Option<String> {
    let known = &pods.cluster.namespaces;
    let missing = |set: &PodSet| match &set.namespaces {
        Namespaces::Current => Some(pods.current.to_owned()),
        Namespaces::Matching(selector) => selector.namespace_name().map(str::to_owned),
    };
    let missing = |set| missing(set).filter(|name| !known.contains_key(name));
    let names: BTreeSet<String> = sets.iter().map(missing).collect::<Option<_>>()?;
    let first = names.first()?;
    let near = suggest::nearest(first, known.keys().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Some(format!("the cluster that is given has no namespace `{first}`{near}"))
}

fn add<'a>(
    wishes: &mut Wishes<'a>,
    origin: &Origin,
    (direction, side, pods): (Direction, Side, &'a Selector),
    set: &PodSet,
) {
    for id in &origin.statements {
        wishes.entry((*id, direction, side, pods)).or_default().push(set.clone());
    }
}

fn services_by_pods(place: &Place<'_>) -> HashMap<PodSet, String> {
    let selecting = place.cluster().services.iter().filter(|service| !service.selector.is_empty());
    let named = selecting.map(|service| {
        let namespaces = Namespaces::Matching(Selector::namespace(&service.namespace));
        let set = PodSet { namespaces, pods: Selector::labels(&service.selector) };
        (set, format!("{}/{}", service.namespace, service.name))
    });
    named.collect()
}

fn written(set: &PodSet) -> String {
    let peer = crate::ir::Base::Pods(set.clone()).into();
    words::peer(&peer, &crate::ir::Namespaces::Matching(Selector::all())).join(", ")
}

/// What was probably meant by a selector that matches nothing.
///
/// `pods[web]` has a label called `web`, where `app=web` was meant; `app=wbe` has a slip.
pub(super) fn meant(selector: &Selector, pods: &Pods<'_>) -> Option<String> {
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
