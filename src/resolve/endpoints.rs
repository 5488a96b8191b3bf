//! Endpoints: from expressions to alternatives.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::values::{Context, Resolver, Term, Value};
use super::{addresses, labels};
use crate::diag::{Code, Diagnostic};
use crate::model::{
    AddressSet, Base, Condition, METADATA_NAME, MOST_TERMS, Namespace, Namespaces, Peer, PodSet, Ports, Selector,
    names, subtract,
};
use crate::span::Span;
use crate::syntax::ast::{Endpoints, EndpointsKind, Labels, Path, Place, PlaceKind, Primary, PrimaryKind, Text};

impl Resolver<'_> {
    /// The alternatives of an expression. What is broken has been reported, and stands for nothing.
    pub(super) fn endpoints(&mut self, endpoints: &Endpoints, context: &Context) -> Vec<Term> {
        match &endpoints.value {
            EndpointsKind::List(list) => {
                let mut terms = Vec::new();
                for primary in list {
                    terms.extend(self.primary(primary, context));
                }
                let terms = tidy(terms);
                if terms.len() > MOST_TERMS {
                    self.too_many(endpoints.span);
                    return Vec::new();
                }
                terms
            }
            EndpointsKind::Except(base, minus) => {
                let base = self.primary(base, context);
                let minus: Vec<Peer> = self.primary(minus, context).into_iter().map(|term| term.peer).collect();
                let mut terms = Vec::new();
                for Term { peer, ports, service } in base {
                    match subtract(vec![peer], &minus) {
                        Some(parts) => {
                            terms.extend(parts.into_iter().map(|peer| Term { peer, ports: ports.clone(), service }))
                        }
                        None => self.too_many(endpoints.span),
                    }
                }
                terms
            }
        }
    }

    fn too_many(&mut self, span: Span) {
        let message = format!("this makes more than {MOST_TERMS} alternatives");
        let diagnostic = Diagnostic::new(Code::TooManyTerms, message, span, "too much for one expression");
        self.diagnostics.push(diagnostic.with_help("say it with fewer labels in `except`, or in several statements"));
    }

    /// The alternatives of one primary.
    pub(super) fn primary(&mut self, primary: &Primary, context: &Context) -> Vec<Term> {
        let plain = |base: Base| vec![Term { peer: base.into(), ports: None, service: None }];
        match &primary.value {
            PrimaryKind::Any => plain(Base::Any),
            PrimaryKind::Pods(labels, place) => plain(Base::Pods(self.pods(labels.as_ref(), place.as_ref(), context))),
            PrimaryKind::Address(text) => match addresses::network(text, &mut self.diagnostics) {
                Some(net) => plain(Base::Addresses(AddressSet::from_net(net))),
                None => Vec::new(),
            },
            PrimaryKind::Nodes(labels) => self.nodes(labels.as_ref(), primary.span),
            PrimaryKind::Service(name, place) => self.service(name, place.as_ref(), primary.span, context),
            PrimaryKind::Name(path) => self.named(path, context),
            PrimaryKind::Group(inner) => self.endpoints(inner, context),
        }
    }

    fn named(&mut self, path: &Path, context: &Context) -> Vec<Term> {
        match self.name(path, context) {
            Value::Endpoints(terms) => Rc::unwrap_or_clone(terms),
            Value::Broken => Vec::new(),
            Value::Ports(_) => {
                let message = format!("`{}` stands for ports, not endpoints", path.name.value);
                let diagnostic = Diagnostic::new(Code::WrongKind, message, path.span(), "endpoints are needed here")
                    .with_help("ports stand after `on`");
                self.diagnostics.push(diagnostic);
                Vec::new()
            }
        }
    }

    fn pods(&mut self, labels: Option<&Labels>, place: Option<&Place>, context: &Context) -> PodSet {
        let pods = self.selector(labels);
        let namespaces = match place.map(|place| &place.value) {
            None => match &context.home {
                Namespace::Current => Namespaces::Current,
                Namespace::Named(name) => Namespaces::Matching(Selector::namespace(name)),
            },
            Some(PlaceKind::All) => Namespaces::Matching(Selector::all()),
            Some(PlaceKind::Matching(labels)) => Namespaces::Matching(self.selector(Some(labels))),
            Some(PlaceKind::Named(list)) => {
                list.iter().for_each(|name| self.namespace_name(name));
                let names: BTreeSet<String> = list.iter().map(|name| name.value.clone()).collect();
                Namespaces::Matching(Selector::all().with(METADATA_NAME, Condition::In(names)))
            }
        };
        PodSet { namespaces, pods }
    }

    /// A selector, kept for the checks that look at each.
    pub(super) fn selector(&mut self, written: Option<&Labels>) -> Selector {
        let selector = labels::selector(written, &mut self.diagnostics);
        self.selectors.extend(labels::written(written, &selector));
        selector
    }

    fn namespace_name(&mut self, name: &Text) {
        if let Err(why) = names::namespace(&name.value) {
            let message = format!("`{}` cannot be a namespace's name: {why}", name.value);
            let diagnostic = Diagnostic::new(Code::NamespaceName, message, name.span, "not a namespace name");
            self.diagnostics.push(diagnostic);
        }
    }
}

// Addresses with the same ports are one set, and what is said twice is said once.
fn tidy(terms: Vec<Term>) -> Vec<Term> {
    if terms.len() < 2 {
        return terms;
    }
    let mut sets: BTreeMap<(Option<Ports>, Option<usize>), Vec<AddressSet>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut tidy = Vec::with_capacity(terms.len());
    for term in terms {
        match term.peer {
            Peer { within: Base::Addresses(set), except } if except.is_empty() => {
                sets.entry((term.ports, term.service)).or_default().push(set);
            }
            _ if seen.insert(term.clone()) => tidy.push(term),
            _ => {}
        }
    }
    let addresses = sets.into_iter().map(|((ports, service), sets)| {
        let set = AddressSet::union_of(&sets);
        Term { peer: Base::Addresses(set).into(), ports, service }
    });
    tidy.extend(addresses);
    tidy
}
