//! Services that select no pod of the cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::selects_nothing::meant;
use super::{Place, Scope};
use crate::cluster::{Cluster, Pod, Service};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Namespace, Policy, StatementId};
use crate::lift::words;
use crate::model::Selector;

/// Reports each Service of the namespaces that the statements looked at are about.
pub(super) fn check(scope: &Scope<'_>, place: &Place<'_>, diagnostics: &mut Diagnostics) {
    let current = place.pods().current;
    let own = namespaces(scope.policy(), current, |id| scope.statement(id).is_some());
    // What stands beside has told of its own before.
    let beside = namespaces(scope.policy(), current, |id| scope.statement(id).is_none());
    let first = scope.is_first();
    let about: BTreeSet<&str> = own.into_iter().filter(|name| first || !beside.contains(name)).collect();
    for service in idle(place.cluster(), &about) {
        let selector = selector(service);
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

/// The selector of a Service.
pub(super) fn selector(service: &Service) -> Selector {
    service
        .selector
        .iter()
        .fold(Selector::all(), |all, (key, value)| all.and(&Selector::label(key.as_str(), value.as_str())))
}

fn namespaces<'a>(policy: &'a Policy, current: &'a str, counts: impl Fn(StatementId) -> bool) -> BTreeSet<&'a str> {
    let tier = policy.network();
    let isolations = tier.isolations.iter().map(|isolation| (&isolation.subject, &isolation.origin));
    let entries = isolations.chain(tier.rules.iter().map(|rule| (&rule.subject, &rule.origin)));
    let counted = entries.filter(|(_, origin)| origin.statements.iter().any(|id| counts(*id)));
    let name = |namespace: &'a Namespace| match namespace {
        Namespace::Current => current,
        Namespace::Named(name) => &**name,
    };
    counted.map(|(subject, _)| name(&subject.namespace)).collect()
}

// The Services of some namespaces whose selector no pod meets, be it of the host network or not.
fn idle<'a>(cluster: &'a Cluster, about: &BTreeSet<&str>) -> Vec<&'a Service> {
    let mut with_label: BTreeMap<(&str, &str, &str), Vec<&Pod>> = BTreeMap::new();
    for pod in cluster.pods.iter().filter(|pod| about.contains(pod.namespace.as_str())) {
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
    let about = cluster.services.iter().filter(|service| about.contains(service.namespace.as_str()));
    about.filter(|service| !service.selector.is_empty()).filter(is_idle).collect()
}
