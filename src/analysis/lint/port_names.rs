//! Names of ports that the destinations of a rule do not have, or number differently.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::pods::Pods;
use super::{Scope, destinations};
use crate::cluster::{Pod, STAND_INS};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::ir::{Base, Rule, StatementId};
use crate::model::{AddressSet, Direction, Protocol};

// Pods of one set that disagree are listed up to this many.
const MOST_SHOWN: usize = 3;

// What the destinations of a statement make of a port's name.
#[derive(Default)]
struct Known<'a> {
    is_asked: bool,
    numbers: BTreeMap<u16, BTreeSet<&'a str>>,
    others: BTreeSet<&'a str>,
    // Whether some pod among addresses, or among everything, has it. On its number nobody relies there.
    elsewhere: bool,
    // Whether addresses are among the destinations.
    outside: bool,
}

/// Reports names of ports that no destination has, or that stand for several numbers.
pub(super) fn check(scope: &Scope<'_>, pods: &Pods<'_>, diagnostics: &mut Diagnostics) {
    let mut found: BTreeMap<(StatementId, Protocol, &str), Known<'_>> = BTreeMap::new();
    let mut anywhere = Anywhere { pods, known: HashMap::new() };
    let rules = scope.policy().network().rules.iter();
    for rule in rules.filter(|rule| rule.ports.names().next().is_some()) {
        let sets = destinations(rule);
        for (protocol, name) in rule.ports.names() {
            for id in &rule.origin.statements {
                let known = found.entry((*id, *protocol, name)).or_default();
                sets.iter().flat_map(|set| pods.of(set)).for_each(|pod| known.add(pod, *protocol, name));
                anywhere.look(rule, *protocol, name, known);
            }
        }
    }
    for ((id, protocol, name), known) in found {
        let Some(statement) = scope.statement(id).filter(|_| known.is_asked) else { continue };
        if known.numbers.is_empty() && !known.elsewhere {
            let message = format!("no destination has a port called `{protocol}/{name}`");
            let diagnostic = Diagnostic::new(Code::PortNameUnknown, message, statement.span, "lets nothing through");
            let outside = known.outside.then(|| "addresses outside have no names for ports: write a number".to_owned());
            let help = suggest::help(name, known.others.into_iter().filter(|other| *other != name)).or(outside);
            diagnostics.push(diagnostic.with_help_if(help));
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

// Destinations that no selector chooses: all pods, and those that own an address. Nobody else names ports.
struct Anywhere<'p, 'a> {
    pods: &'p Pods<'a>,
    known: HashMap<(Protocol, &'p str), Vec<&'a str>>,
}

impl<'p, 'a> Anywhere<'p, 'a> {
    fn look(&mut self, rule: &Rule, protocol: Protocol, name: &'p str, known: &mut Known<'a>) {
        if rule.direction == Direction::Ingress {
            return;
        }
        for base in rule.peers.iter().map(|peer| &peer.within) {
            let mut having = self.pods.with_port(protocol, name);
            known.elsewhere |= match base {
                Base::Pods(_) => continue,
                Base::Any => having.next().is_some(),
                Base::Addresses(set) => having.any(|pod| owns(set, pod)),
            };
            known.is_asked = true;
            known.outside |= matches!(base, Base::Addresses(_));
            let near = self.known.entry((protocol, name)).or_insert_with(|| self.pods.port_names(protocol).collect());
            known.others.extend(near.iter().copied());
        }
    }
}

fn owns(set: &AddressSet, pod: &Pod) -> bool {
    let addresses = if pod.addresses.is_empty() { STAND_INS.as_slice() } else { &pod.addresses };
    addresses.iter().any(|address| set.contains(*address))
}
