//! One statement of the text, with its endpoints still apart so that they can get names.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::prelude::Prelude;
use super::{names, words};
use crate::ir::{Base, Isolation, Namespace, Namespaces, Peer, Policy, Rule, Subject};
use crate::model::{Action, Direction};

/// An endpoint, or a list of ports, as written and as it might be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// As written; replaced by a name when it gets one.
    pub(super) text: String,
    /// A good name for it.
    pub(super) hint: String,
}

/// One `isolate`, `allow` or `deny`.
#[derive(Clone, Debug)]
pub(super) struct Line {
    keyword: &'static str,
    direction: Option<Direction>,
    pub(super) left: Vec<Term>,
    pub(super) right: Vec<Term>,
    pub(super) ports: Option<Term>,
}

/// The statements of a policy with the namespace and object of each; an object's isolations stand before its rules.
pub(super) fn lines(policy: &Policy) -> Vec<(Namespace, Option<Arc<str>>, Line)> {
    let tier = policy.network();
    let mut lines: Vec<(Namespace, Option<Arc<str>>, Line)> = Vec::new();
    // Both directions of one subject are one statement without a direction.
    let mut halves = HashMap::new();
    for isolation in &tier.isolations {
        let Isolation { subject, direction, origin, .. } = isolation;
        match halves.remove(&(subject, &origin.object, direction.other())).and_then(|at: usize| lines.get_mut(at)) {
            Some((_, _, other)) => other.direction = None,
            None => {
                halves.insert((subject, &origin.object, *direction), lines.len());
                lines.push((subject.namespace.clone(), origin.object.clone(), isolate(isolation)));
            }
        }
    }
    let prelude = Prelude::new();
    let rules = tier.rules.iter().filter(|rule| !rule.ports.is_none());
    let rules = rules.map(|r| (r.subject.namespace.clone(), r.origin.object.clone(), line(r, &prelude)));
    // A rule without peers, or with none but a network that its exceptions cover, lets nothing through.
    lines.extend(rules.filter(|(_, _, line)| !line.left.is_empty() && !line.right.is_empty()));
    lines
}

fn isolate(isolation: &Isolation) -> Line {
    Line {
        keyword: "isolate",
        direction: Some(isolation.direction),
        left: vec![subject(&isolation.subject)],
        right: Vec::new(),
        ports: None,
    }
}

fn line(rule: &Rule, prelude: &Prelude) -> Line {
    let home = Namespaces::from(&rule.subject.namespace);
    let subject = vec![subject(&rule.subject)];
    let is_dns = rule.direction == Direction::Egress && prelude.is_dns(&rule.peers, &rule.ports);
    let peers = if is_dns { vec![Term::of_prelude("dns")] } else { peers(&rule.peers, &home, prelude) };
    let (left, right) = match rule.direction {
        Direction::Ingress => (peers, subject),
        Direction::Egress => (subject, peers),
    };
    let keyword = match rule.action {
        Action::Allow => "allow",
        Action::Deny => "deny",
    };
    let ports = words::ports(&rule.ports)
        .filter(|_| !is_dns)
        .map(|list| Term { hint: names::of_ports(&list), text: list.join(", ") });
    Line { keyword, direction: Some(rule.direction), left, right, ports }
}

fn subject(subject: &Subject) -> Term {
    let text = words::subject(subject);
    Term { hint: names::of_text(&text), text }
}

// Each once: objects often say a thing twice.
fn peers(peers: &[Peer], home: &Namespaces, prelude: &Prelude) -> Vec<Term> {
    let known = prelude.addresses(peers);
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for peer in peers {
        let terms = match (&known, &peer.within) {
            (Some(name), Base::Addresses(_)) => vec![Term::of_prelude(name)],
            _ => terms(peer, home),
        };
        list.extend(terms.into_iter().filter(|term| seen.insert(term.text.clone())));
    }
    list
}

fn terms(peer: &Peer, home: &Namespaces) -> Vec<Term> {
    let texts = words::peer(peer, home);
    texts.into_iter().map(|text| Term { hint: names::of_text(&text), text }).collect()
}

impl Term {
    fn of_prelude(name: &str) -> Self {
        Self { text: name.to_owned(), hint: name.to_owned() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword)?;
        if let Some(direction) = self.direction {
            write!(f, " {}", direction.name())?;
        }
        write!(f, " {}", list(&self.left))?;
        if !self.right.is_empty() {
            write!(f, " -> {}", list(&self.right))?;
        }
        match &self.ports {
            Some(ports) => write!(f, " on {}", ports.text),
            None => Ok(()),
        }
    }
}

// `except` never stands beside a comma without parentheses.
fn list(terms: &[Term]) -> String {
    let alone = terms.len() == 1;
    let one = |term: &Term| match !alone && term.text.contains(" except ") {
        true => format!("({})", term.text),
        false => term.text.clone(),
    };
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
}
