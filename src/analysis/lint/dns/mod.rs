//! Isolated pods that may not reach DNS: nearly always forgotten.
//!
//! Judged by the subjects of rules: pods that may send something else must all be subjects of a rule to DNS. Where a
//! cluster is given, its real pods have the last word.

mod named;
mod ways;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use super::pods::Pods;
use super::{Place, Scope, selected};
use crate::cluster::{Pod, Service};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Isolated, Isolation, Namespace, NetworkTier, Origin, Rule, StatementId, Subject};
use crate::kubernetes::yaml;
use crate::lift::words;
use crate::model::{
    Action, AddressSet, Direction, METADATA_NAME, Protocol, Selector, SelectorIndex, subtract_selector,
};
use ways::{Server, Way, Ways};

// Rules that send are shown up to this many, and so are sets of pods to open.
const MOST_SHOWN: usize = 3;
// Of so many sets it is looked whether one holds another.
const MOST_COMPARED: usize = 64;

/// Reports each `isolate` of egress at pods that may send, and of which some may not ask DNS.
///
/// Pods that may send nothing at all are closed on purpose.
pub(super) fn check(scope: &Scope<'_>, place: Option<&Place<'_>>, diagnostics: &mut Diagnostics) {
    let tier = scope.policy().network();
    if !tier.isolations.iter().any(|isolation| isolation.direction == Direction::Egress) {
        return;
    }
    let ways = Ways::new(place.map(Place::pods), &scope.policy().dns);
    let denials = Denials::new(tier, &ways);
    let asking = asking(tier, &ways, &denials);
    let asks = Asks { isolated: Isolated::new(&asking), real: place.map(|place| Real::new(place.pods(), &asking)) };
    let lacking = lacking(tier, &ways, &asks);
    let advice = Advice {
        ways: &ways,
        denials: &denials,
        is_tcp_alone: egress(tier, Action::Allow).any(|rule| ways.is_tcp_alone(rule)),
        published: egress(tier, Action::Allow).find_map(|rule| ways.published(rule)),
    };
    let mut index: BTreeMap<&Namespace, SelectorIndex<'_, usize>> = BTreeMap::new();
    for (at, (subject, _)) in lacking.iter().enumerate() {
        index.entry(&subject.namespace).or_default().insert(&subject.pods, at);
    }
    // Pods are told of once, at the first `isolate` that closes them.
    let mut told = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for isolation in tier.isolations.iter().filter(|isolation| isolation.direction == Direction::Egress) {
        if !seen.insert(&isolation.subject) {
            continue;
        }
        let space = index.get(&isolation.subject.namespace);
        let mut closed = space.map_or_else(Vec::new, |space| space.meeting(&isolation.subject.pods));
        closed.sort_unstable();
        closed.retain(|at| {
            let both = lacking.get(*at).map(|(subject, _)| both(subject, &isolation.subject));
            !told.contains(at) && both.is_some_and(|both| !asks.all(&both))
        });
        let senders: Vec<_> = closed.iter().filter_map(|at| lacking.get(*at)).collect();
        if report(scope, isolation, &senders, &advice, diagnostics) {
            told.extend(closed);
        }
    }
}

// Pods that may send something else than questions to DNS, and the first rule that lets them.
type Sender<'a> = (&'a Subject, &'a Rule);

// What to say of pods that may not ask.
struct Advice<'a> {
    ways: &'a Ways<'a>,
    denials: &'a Denials<'a>,
    // Whether some rule opens DNS over TCP, and not over UDP.
    is_tcp_alone: bool,
    // The address that some rule opens for DNS and that is translated before.
    published: Option<(IpAddr, &'a Service)>,
}

fn report(
    scope: &Scope<'_>,
    isolation: &Isolation,
    senders: &[&Sender<'_>],
    advice: &Advice<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let statement = isolation.origin.statements.first().and_then(|id| scope.statement(*id));
    let (Some(statement), Some((first, sends))) = (statement, senders.first()) else { return false };
    let message = "pods that are closed here may send, but not all of them may ask DNS";
    let mut diagnostic = Diagnostic::new(Code::NoDns, message, statement.span, "closes egress");
    let rules: BTreeSet<StatementId> = senders.iter().filter_map(|(_, rule)| first_statement(rule)).collect();
    let rules = rules.iter().filter_map(|id| scope.policy().statement(*id));
    for rule in rules.filter(|rule| rule.span != statement.span).take(MOST_SHOWN) {
        diagnostic = diagnostic.with_label(rule.span, "lets them send");
    }
    let written = |rule: &Rule| first_statement(rule).and_then(|id| scope.policy().statement(id));
    if let Some(deny) = advice.denials.first(first).and_then(written) {
        let help = "a deny wins over every allow: narrow the one that takes DNS away, or its ports";
        diagnostics.push(diagnostic.with_label(deny.span, "takes DNS away").with_help(help));
        return true;
    }
    let add = advice.ways.server().map(|server| {
        let place = written(sends).unwrap_or(statement);
        let what = if place.is_object {
            let objects =
                senders.iter().map(|(_, rule)| *rule).filter(|rule| written(rule).is_some_and(|of| of.is_object));
            entry(objects, server)
        } else {
            let is_called_dns = advice.ways.is_called_dns(place.span.file, &first.namespace);
            line(&together(senders, &isolation.subject), server, is_called_dns)
        };
        format!("add {what} for those that look up names")
    });
    let over_udp = advice.is_tcp_alone.then(|| "DNS is asked over UDP first: TCP alone does not do".to_owned());
    let translated = advice.published.map(|(address, Service { namespace, name, .. })| {
        format!("`{address}` is the address of Service `{namespace}/{name}`, and policies are about the pods behind it")
    });
    diagnostics.push(diagnostic.with_help_if(add).with_help_if(over_udp).with_help_if(translated));
    true
}

fn first_statement(rule: &Rule) -> Option<StatementId> {
    rule.origin.statements.first().copied()
}

// Pods that send, without those that others hold; where they are many, all that are closed here.
fn together(senders: &[&Sender<'_>], closed: &Subject) -> Vec<Selector> {
    let all: BTreeSet<_> = senders.iter().take(MOST_COMPARED + 1).map(|(subject, _)| &subject.pods).collect();
    let is_held = |pods: &Selector| all.iter().any(|other| **other != *pods && pods.implies(other));
    let wide: Vec<_> = all.iter().copied().filter(|pods| !is_held(pods)).collect();
    let is_few = all.len() <= MOST_COMPARED && wide.len() <= MOST_SHOWN;
    if is_few { wide.into_iter().cloned().collect() } else { vec![closed.pods.clone()] }
}

// What opens DNS, as a line of a program.
fn line(pods: &[Selector], server: &Server, is_called_dns: bool) -> String {
    let pods: Vec<_> = pods.iter().map(|pods| format!("pods{}", words::selector(pods))).collect();
    let pods = pods.join(", ");
    let labels = words::selector(&Selector::labels(&server.labels));
    let (udp, tcp) = (server.port(Protocol::Udp), server.port(Protocol::Tcp));
    match is_called_dns {
        true => format!("`allow {pods} -> dns`"),
        false => format!("`allow {pods} -> pods{labels} in {} on udp/{udp}, tcp/{tcp}`", server.namespace),
    }
}

// The same as an entry of the objects that let the pods send.
fn entry<'a>(sends: impl Iterator<Item = &'a Rule>, server: &Server) -> String {
    let names: BTreeSet<_> = sends.filter_map(|rule| rule.origin.object.as_deref()).collect();
    let mut named: Vec<_> = names.iter().take(MOST_SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST_SHOWN {
        named.push(format!("{} more", names.len() - MOST_SHOWN));
    }
    let name = if named.is_empty() { String::new() } else { format!(" {}", named.join(" and of ")) };
    let scalar = |value: &str| if yaml::is_safe(value) { value.to_owned() } else { format!("'{value}'") };
    let labels: Vec<_> = server.labels.iter().map(|(key, value)| format!("{key}: {}", scalar(value))).collect();
    let (labels, namespace) = (labels.join(", "), server.namespace);
    let (udp, tcp) = (server.port(Protocol::Udp), server.port(Protocol::Tcp));
    format!(
        "to `egress` of NetworkPolicy{name} the entry `- {{to: [{{namespaceSelector: {{matchLabels: {{{METADATA_NAME}: \
         {namespace}}}}}, podSelector: {{matchLabels: {{{labels}}}}}}}], ports: [{{protocol: UDP, port: {udp}}}, \
         {{protocol: TCP, port: {tcp}}}]}}`"
    )
}

fn both(one: &Subject, two: &Subject) -> Subject {
    Subject { pods: one.pods.and(&two.pods), ..one.clone() }
}

fn egress(tier: &NetworkTier, action: Action) -> impl Iterator<Item = &Rule> {
    tier.rules.iter().filter(move |rule| rule.action == action && rule.direction == Direction::Egress)
}

// The rules that take ways to DNS from pods.
struct Denials<'a> {
    by_way: BTreeMap<(&'a Namespace, Way), SelectorIndex<'a, &'a Rule>>,
}

impl<'a> Denials<'a> {
    fn new(tier: &'a NetworkTier, ways: &Ways<'_>) -> Self {
        let mut by_way: BTreeMap<_, SelectorIndex<'a, &'a Rule>> = BTreeMap::new();
        for rule in egress(tier, Action::Deny) {
            let Subject { namespace, pods, .. } = &rule.subject;
            for way in ways.stopped(rule, Protocol::Udp) {
                by_way.entry((namespace, way)).or_default().insert(pods, rule);
            }
        }
        Self { by_way }
    }

    fn of(&self, subject: &Subject, way: Way) -> Vec<&'a Rule> {
        self.by_way.get(&(&subject.namespace, way)).map_or_else(Vec::new, |of| of.meeting(&subject.pods))
    }

    // The first of any way.
    fn first(&self, subject: &Subject) -> Option<&'a Rule> {
        let ways = self.by_way.keys().filter(|(namespace, _)| **namespace == subject.namespace);
        ways.flat_map(|(_, way)| self.of(subject, *way)).min_by_key(|rule| first_statement(rule))
    }
}

// The pods that may ask DNS, as what an `isolate` would close: its search for what is covered is then ours.
fn asking(tier: &NetworkTier, ways: &Ways<'_>, denials: &Denials<'_>) -> Vec<Isolation> {
    let mut asking = BTreeSet::new();
    for rule in egress(tier, Action::Allow) {
        for way in ways.open(rule, Protocol::Udp) {
            let namespace = &rule.subject.namespace;
            let denied: Vec<_> = denials.of(&rule.subject, way).into_iter().map(|deny| &deny.subject.pods).collect();
            for pods in less(&rule.subject.pods, &denied) {
                asking.insert(Subject { namespace: namespace.clone(), pods, outside: AddressSet::empty() });
            }
        }
    }
    let isolation = |subject| Isolation { direction: Direction::Egress, subject, origin: Origin::default() };
    asking.into_iter().map(isolation).collect()
}

// What is left of pods. Where that gets out of hand, they are taken to be left: silence is better than a guess.
fn less(pods: &Selector, denied: &[&Selector]) -> Vec<Selector> {
    let (mut parts, mut work) = (vec![pods.clone()], 0);
    for minus in denied {
        let Some(left) = subtract_selector(&parts, minus, &mut work) else { return vec![pods.clone()] };
        parts = left;
    }
    parts
}

// The subjects of rules to something else than DNS, of which not all may ask DNS; each with the first such rule.
fn lacking<'a>(tier: &'a NetworkTier, ways: &Ways<'_>, asks: &Asks<'_>) -> Vec<Sender<'a>> {
    let mut senders: BTreeMap<&Subject, &Rule> = BTreeMap::new();
    let has_place = |rule: &&Rule| first_statement(rule).is_some();
    for rule in egress(tier, Action::Allow).filter(has_place).filter(|rule| ways.sends_else(rule)) {
        let first = senders.entry(&rule.subject).or_insert(rule);
        if first_statement(rule) < first_statement(first) {
            *first = rule;
        }
    }
    let mut lacking: Vec<Sender<'a>> = senders.into_iter().filter(|(subject, _)| !asks.all_by_label(subject)).collect();
    lacking.sort_by_key(|(_, rule)| first_statement(rule));
    lacking
}

// Who may ask DNS.
struct Asks<'a> {
    isolated: Isolated<'a>,
    real: Option<Real<'a>>,
}

impl Asks<'_> {
    fn all(&self, subject: &Subject) -> bool {
        self.all_by_label(subject) || self.real.as_ref().is_some_and(|real| real.all(subject))
    }

    // Whatever labels pods may have.
    fn all_by_label(&self, subject: &Subject) -> bool {
        self.isolated.closes(Direction::Egress, subject) != Some(false)
    }
}

// The same of the pods that a cluster has.
struct Real<'a> {
    pods: &'a Pods<'a>,
    asking: HashSet<(&'a str, &'a str)>,
}

impl<'a> Real<'a> {
    fn new(pods: &'a Pods<'a>, asking: &[Isolation]) -> Self {
        let sets: Vec<_> = asking.iter().map(|isolation| selected(&isolation.subject)).collect();
        let asking = sets.iter().flat_map(|set| pods.of(set)).map(id).collect();
        Self { pods, asking }
    }

    // Whether there are pods of a subject, and all of them may ask.
    fn all(&self, subject: &Subject) -> bool {
        let set = selected(subject);
        let mut pods = self.pods.of(&set).peekable();
        pods.peek().is_some() && pods.all(|pod| self.asking.contains(&id(pod)))
    }
}

fn id(pod: &Pod) -> (&str, &str) {
    (&pod.namespace, &pod.name)
}
