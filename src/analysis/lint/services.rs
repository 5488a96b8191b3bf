//! Services that select no pod of the cluster.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::selects_nothing::meant;
use super::{Place, Scope, pod_sets, selected};
use crate::cluster::{Cluster, Pod, Service};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Origin, PodSet, Policy, StatementId};
use crate::lift::words;
use crate::model::{Condition, Selector};

/// Reports each Service whose pods the statements looked at ask for.
pub(super) fn check(scope: &Scope<'_>, place: &Place<'_>, diagnostics: &mut Diagnostics) {
    let own = Asked::new(scope.policy(), |id| scope.statement(id).is_some());
    // What stands beside has told of its own before.
    let beside = Asked::new(scope.policy(), |id| !scope.is_first() && scope.statement(id).is_none());
    let is_asked = |service: &Service| own.has(service, place) && !beside.has(service, place);
    for service in idle(place.cluster()).into_iter().filter(|service| is_asked(service)) {
        let selector = Selector::labels(&service.selector);
        let message = format!(
            "Service `{}/{}` selects no pod of the cluster: its selector is `{}`",
            service.namespace,
            service.name,
            words::selector(&selector)
        );
        let diagnostic = Diagnostic::without_place(Code::ServiceWithoutPods, message);
        diagnostics.push(diagnostic.with_help_if(meant(&selector, place.pods())));
    }
}

// The sets of pods that statements ask for by a label, by one that they ask for. All pods of a namespace are not: those
// of a Service there are not meant more than others.
struct Asked(HashMap<(String, String), Vec<PodSet>>);

impl Asked {
    fn new(policy: &Policy, counts: impl Fn(StatementId) -> bool) -> Self {
        let tier = policy.network();
        let counts = |origin: &Origin| origin.statements.iter().any(|id| counts(*id));
        let isolations = tier.isolations.iter().filter(|of| counts(&of.origin)).map(|of| selected(&of.subject));
        let rules = tier.rules.iter().filter(|rule| counts(&rule.origin));
        let of_rules = rules.flat_map(|rule| pod_sets(&rule.peers).cloned().chain([selected(&rule.subject)]));
        let all: HashSet<PodSet> = isolations.chain(of_rules).collect();
        let mut sets: HashMap<_, Vec<_>> = HashMap::new();
        for set in all {
            let first = set.pods.conditions().find_map(|(key, condition)| match condition {
                Condition::In(values) => Some((key.to_owned(), values.clone())),
                _ => None,
            });
            let Some((key, values)) = first else { continue };
            for value in values.iter() {
                sets.entry((key.clone(), value.to_owned())).or_default().push(set.clone());
            }
        }
        Self(sets)
    }

    // Whether every pod that a Service may have is in one of the sets.
    fn has(&self, service: &Service, place: &Place<'_>) -> bool {
        let pods = Selector::labels(&service.selector);
        let near = service.selector.iter().filter_map(|(key, value)| self.0.get(&(key.clone(), value.clone())));
        let holds =
            |set: &PodSet| pods.implies(&set.pods) && place.pods().are_there(&set.namespaces, &service.namespace);
        near.flatten().any(holds)
    }
}

// The Services whose selector no pod meets, be it of the host network or not.
fn idle(cluster: &Cluster) -> Vec<&Service> {
    let mut with_label: BTreeMap<(&str, &str, &str), Vec<&Pod>> = BTreeMap::new();
    for pod in &cluster.pods {
        for (key, value) in &pod.labels {
            with_label.entry((&pod.namespace, key, value)).or_default().push(pod);
        }
    }
    let is_idle = |service: &&Service| {
        let near = service
            .selector
            .iter()
            .map(|(key, value)| with_label.get(&(service.namespace.as_str(), key.as_str(), value.as_str())));
        let shortest = near.min_by_key(|pods| pods.map_or(0, Vec::len)).flatten();
        let selected = |pod: &&Pod| service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
        !shortest.into_iter().flatten().any(selected)
    };
    cluster.services.iter().filter(|service| !service.selector.is_empty()).filter(is_idle).collect()
}
