//! Ports that the pods of the cluster see otherwise than a rule does.

use std::collections::{BTreeMap, BTreeSet};

use super::pods::Pods;
use super::{pod_sets, selected};
use crate::cluster::{Cluster, Pod, Service, ServicePort, TargetPort};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::ir::{PodSet, Policy, Rule, StatementId};
use crate::model::{Direction, Ports, Protocol};

// Pods of one set that disagree are listed up to this many.
const MOST_SHOWN: usize = 3;

// What the destinations of a statement make of a port's name.
#[derive(Default)]
struct Known<'a> {
    is_asked: bool,
    numbers: BTreeMap<u16, BTreeSet<&'a str>>,
    others: BTreeSet<&'a str>,
}

/// Reports names of ports that no destination has, or that stand for several numbers.
pub(super) fn names(policy: &Policy, pods: &Pods<'_>, diagnostics: &mut Diagnostics) {
    let mut found: BTreeMap<(StatementId, Protocol, &str), Known<'_>> = BTreeMap::new();
    for rule in policy.network().rules.iter().filter(|rule| rule.ports.names().next().is_some()) {
        let sets = destinations(rule);
        for (protocol, name) in rule.ports.names() {
            for id in &rule.origin.statements {
                let known = found.entry((*id, *protocol, name)).or_default();
                sets.iter().flat_map(|set| pods.of(set)).for_each(|pod| known.add(pod, *protocol, name));
            }
        }
    }
    for ((id, protocol, name), known) in found {
        let Some(statement) = policy.statement(id).filter(|_| known.is_asked) else { continue };
        if known.numbers.is_empty() {
            let message = format!("no destination has a port called `{protocol}/{name}`");
            let diagnostic = Diagnostic::new(Code::PortNameUnknown, message, statement.span, "lets nothing through");
            diagnostics.push(diagnostic.with_help_if(suggest::help(name, known.others)));
        } else if known.numbers.len() > 1 {
            let message = format!("`{protocol}/{name}` is not the same port on every destination");
            let each = known.numbers.iter().map(|(number, pods)| {
                let shown: Vec<&str> = pods.iter().copied().take(MOST_SHOWN).collect();
                let more = if pods.len() > MOST_SHOWN { ", …" } else { "" };
                format!("{number} on {}{more}", shown.join(", "))
            });
            let each: Vec<String> = each.collect();
            diagnostics.push(Diagnostic::new(Code::PortNameDiffers, message, statement.span, each.join("; ")));
        }
    }
}

impl<'a> Known<'a> {
    fn add(&mut self, pod: &'a Pod, protocol: Protocol, name: &str) {
        self.is_asked = true;
        for number in pod.port(protocol, name) {
            self.numbers.entry(number).or_default().insert(&pod.name);
        }
        self.others.extend(pod.ports.iter().filter(|port| port.protocol == protocol).map(|port| port.name.as_str()));
    }
}

/// Reports rules with the port of a Service whose pods have another: policies are about the ports of pods.
pub(super) fn of_services(policy: &Policy, cluster: &Cluster, pods: &Pods<'_>, diagnostics: &mut Diagnostics) {
    let mut services: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in cluster.services.iter().filter(|service| !service.selector.is_empty()) {
        services.entry(&service.namespace).or_default().push(service);
    }
    let mut reported = BTreeSet::new();
    for rule in policy.network().rules.iter().filter(|rule| rule.ports != Ports::All) {
        let first = destinations(rule).iter().find_map(|set| pods.of(set).next());
        let Some(pod) = first else { continue };
        let near = services.get(pod.namespace.as_str()).into_iter().flatten();
        let of_pod =
            near.filter(|service| service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value)));
        for (service, port) in of_pod.flat_map(|service| service.ports.iter().map(move |port| (service, port))) {
            let Some(target) = mistaken(rule, port, pod) else { continue };
            for id in rule.origin.statements.iter().filter(|id| reported.insert((**id, port.port))) {
                let Some(statement) = policy.statement(*id) else { continue };
                let (protocol, number) = (port.protocol, port.port);
                let message = format!(
                    "`{protocol}/{number}` is the port of Service `{}/{}`; its pods listen at {target}",
                    service.namespace, service.name
                );
                let diagnostic = Diagnostic::new(Code::ServicePortOnPods, message, statement.span, "a Service's port")
                    .with_help(format!("policies are about the ports of pods: write `{protocol}/{target}`"));
                diagnostics.push(diagnostic);
            }
        }
    }
}

// The port behind that of a Service, where a rule has the Service's alone.
fn mistaken(rule: &Rule, port: &ServicePort, pod: &Pod) -> Option<u16> {
    let target = match &port.target {
        TargetPort::Number(number) => *number,
        TargetPort::Name(name) => pod.port(port.protocol, name).next()?,
    };
    let numbers = rule.ports.of(port.protocol);
    let named = rule.ports.names().any(|(protocol, name)| pod.port(*protocol, name).any(|number| number == target));
    (numbers.contains(port.port) && !numbers.contains(target) && !named).then_some(target)
}

fn destinations(rule: &Rule) -> Vec<PodSet> {
    match rule.direction {
        Direction::Ingress => vec![selected(&rule.subject)],
        Direction::Egress => pod_sets(&rule.peers).cloned().collect(),
    }
}
