//! The port of a Service where its pods have another: policies are about the ports of pods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Place, Scope, destinations};
use crate::cluster::{Pod, Service, TargetPort};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Namespaces, PodSet, StatementId};
use crate::model::{Ports, Protocol, Selector, WrittenRanges};
use crate::span::Span;

/// Reports rules with the port of a Service that no destination listens at, where its pods listen at another.
pub(super) fn check(scope: &Scope<'_>, place: &Place<'_>, diagnostics: &mut Diagnostics) {
    let behind = Behind::new(place);
    let mut sets: BTreeMap<PodSet, Facts<'_>> = BTreeMap::new();
    let mut reported = BTreeSet::new();
    for ((id, ports), chosen) in asked(scope) {
        let Some(statement) = scope.statement(id) else { continue };
        for set in &chosen {
            if !sets.contains_key(set) {
                sets.insert(set.clone(), behind.facts(set, place));
            }
        }
        let facts: Vec<&Facts<'_>> = chosen.iter().filter_map(|set| sets.get(set)).collect();
        let asked = Asked { ports, written: &scope.policy().port_ranges, facts };
        for published in Protocol::ALL.into_iter().flat_map(|protocol| asked.mistaken(protocol)) {
            if reported.insert((id, published.protocol, published.number)) {
                diagnostics.push(report(published, statement.span));
            }
        }
    }
}

// All destinations with the same ports of a statement: its halves name one port for all of them. Where some are not
// known, nobody can tell that none listens at it.
fn asked<'a>(scope: &'a Scope<'_>) -> BTreeMap<(StatementId, &'a Ports), BTreeSet<PodSet>> {
    let mut asked: BTreeMap<_, BTreeSet<PodSet>> = BTreeMap::new();
    for rule in scope.policy().network().rules.iter().filter(|rule| rule.ports != Ports::All) {
        let is_whole = |id: &&StatementId| scope.statement(**id).is_some_and(|statement| !statement.leads_elsewhere);
        for id in rule.origin.statements.iter().filter(is_whole) {
            asked.entry((*id, &rule.ports)).or_default().extend(destinations(rule));
        }
    }
    asked
}

// The ports of a statement, and what is known of its destinations.
struct Asked<'s, 'a> {
    ports: &'s Ports,
    written: &'s WrittenRanges,
    facts: Vec<&'s Facts<'a>>,
}

impl<'s, 'a> Asked<'s, 'a> {
    // For each number that names the port of a Service, and not the one behind it, the Service, where nobody listens at
    // that number.
    fn mistaken(&self, protocol: Protocol) -> Vec<&'s Published<'a>> {
        let numbers = self.ports.of(protocol);
        let mut found: BTreeMap<u16, &'s Published<'a>> = BTreeMap::new();
        for (first, last) in numbers.ranges().iter().flat_map(|range| self.named(protocol, *range)) {
            for facts in &self.facts {
                for ((_, number), of) in facts.published.range((protocol, first)..=(protocol, last)) {
                    if found.contains_key(number) || self.listens(protocol, *number) {
                        continue;
                    }
                    let meant = of.values().filter(|of| !numbers.contains(of.target) && !self.is_called(of));
                    let first = meant.min_by_key(|of| (&of.service.namespace, &of.service.name));
                    found.extend(first.map(|published| (*number, published)));
                }
            }
        }
        found.into_values().collect()
    }

    // The numbers in a range that were written for themselves. Those of a written range were not, unless all of them are
    // ports of Services: nobody means a Service by `tcp/1-1024`.
    fn named(&self, protocol: Protocol, range: (u16, u16)) -> Vec<(u16, u16)> {
        let is_published =
            |number: u16| self.facts.iter().any(|facts| facts.published.contains_key(&(protocol, number)));
        // The first that is no Service's ends the search.
        match (range.0..=range.1).all(is_published) {
            true => vec![range],
            false => self.written.alone(protocol, range).ranges().to_vec(),
        }
    }

    fn listens(&self, protocol: Protocol, number: u16) -> bool {
        self.facts.iter().any(|facts| facts.listening.contains(&(protocol, number)))
    }

    // Whether the statement has the port behind a Service by its name.
    fn is_called(&self, published: &Published<'_>) -> bool {
        let Published { protocol, target, .. } = published;
        let is_it = |name: &str| self.facts.iter().any(|facts| facts.names.contains(&(*protocol, name, *target)));
        self.ports.names().any(|(of, name)| of == protocol && is_it(name))
    }
}

fn report(published: &Published<'_>, span: Span) -> Diagnostic {
    let Published { service, protocol, number, target } = published;
    let message = format!(
        "`{protocol}/{number}` is the port of Service `{}/{}`; its pods listen at {target}",
        service.namespace, service.name
    );
    Diagnostic::new(Code::ServicePortOnPods, message, span, "a Service's port")
        .with_help(format!("policies are about the ports of pods: write `{protocol}/{target}`"))
}

// The Services before each pod.
struct Behind<'a> {
    services: HashMap<(&'a str, &'a str), Vec<&'a Service>>,
}

// A port that clients of a Service use, and the one that its pods among a set have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Published<'a> {
    service: &'a Service,
    protocol: Protocol,
    number: u16,
    target: u16,
}

// What is known of a set of pods together: the ports that somebody there listens at, and the Services before them.
#[derive(Debug, Default)]
struct Facts<'a> {
    listening: BTreeSet<(Protocol, u16)>,
    names: BTreeSet<(Protocol, &'a str, u16)>,
    // By number; of Services that lead from one to the same port, the first by name.
    published: BTreeMap<(Protocol, u16), BTreeMap<u16, Published<'a>>>,
}

impl<'a> Behind<'a> {
    fn new(place: &Place<'a>) -> Self {
        let mut found: HashMap<_, Vec<&'a Service>> = HashMap::new();
        for service in place.cluster().services.iter().filter(|service| !service.selector.is_empty()) {
            let namespaces = Namespaces::Matching(Selector::namespace(&service.namespace));
            let set = PodSet { namespaces, pods: Selector::labels(&service.selector) };
            for pod in place.pods().of(&set) {
                found.entry((pod.namespace.as_str(), pod.name.as_str())).or_default().push(service);
            }
        }
        Self { services: found }
    }

    fn facts(&self, set: &PodSet, place: &Place<'a>) -> Facts<'a> {
        let mut facts = Facts::default();
        for pod in place.pods().of(set) {
            let named = pod.ports.iter().map(|port| (port.protocol, port.number));
            facts.listening.extend(named.chain(pod.unnamed.iter().copied()));
            facts.names.extend(pod.ports.iter().map(|port| (port.protocol, port.name.as_str(), port.number)));
            let services = self.services.get(&(pod.namespace.as_str(), pod.name.as_str()));
            for service in services.into_iter().flatten().copied() {
                for port in &service.ports {
                    let Some(target) = target(pod, port.protocol, &port.target) else { continue };
                    let (protocol, number) = (port.protocol, port.port);
                    facts.listening.insert((protocol, target));
                    let of = facts.published.entry((protocol, number)).or_default();
                    let first = of.entry(target).or_insert(Published { service, protocol, number, target });
                    if (&service.namespace, &service.name) < (&first.service.namespace, &first.service.name) {
                        first.service = service;
                    }
                }
            }
        }
        facts
    }
}

fn target(pod: &Pod, protocol: Protocol, target: &TargetPort) -> Option<u16> {
    match target {
        TargetPort::Number(number) => Some(*number),
        TargetPort::Name(name) => pod.port(protocol, name).next(),
    }
}
