//! Endpoints: from expressions to alternatives.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::values::{Context, Resolver, ServiceTerm, Term, Value};
use super::{addresses, labels};
use crate::diag::{Code, Diagnostic};
use crate::model::{
    AddressSet, Base, Condition, METADATA_NAME, MOST_TERMS, Namespaces, Peer, PodSet, Ports, Selector, names, subtract,
};
use crate::span::Span;
use crate::syntax::ast::{Endpoints, EndpointsKind, Labels, Path, Place, PlaceKind, Primary, PrimaryKind, Text};

// Of a long list of exceptions, so many are held against the set: nobody reads more warnings.
const MOST_HELD_AGAINST: usize = 256;

impl Resolver<'_> {
    /// The alternatives of an expression. What is broken has been reported, and stands for nothing.
    pub(super) fn endpoints(&mut self, endpoints: &Endpoints, context: &Context) -> Vec<Term> {
        match &endpoints.value {
            EndpointsKind::List(list) => {
                if let [primary] = list.as_slice() {
                    return self.primary(primary, context);
                }
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
                let written = base.span;
                let base = self.primary(base, context);
                let minus = self.exceptions(minus, context);
                self.outside(written, &base, &minus);
                let minus = tidy(minus.into_iter().flat_map(|(_, terms)| terms).collect());
                let minus: Vec<Peer> = minus.into_iter().map(|term| term.peer).collect();
                let (was_something, mut terms) = (!base.is_empty(), Vec::new());
                for Term { peer, ports, service } in base {
                    match subtract(vec![peer], &minus) {
                        Some(parts) => {
                            terms.extend(parts.into_iter().map(|peer| Term { peer, ports: ports.clone(), service }))
                        }
                        None => {
                            self.too_many(endpoints.span);
                            return Vec::new();
                        }
                    }
                    if terms.len() > MOST_TERMS {
                        self.too_many(endpoints.span);
                        return Vec::new();
                    }
                }
                if was_something && terms.is_empty() {
                    self.empty(endpoints.span);
                }
                terms
            }
        }
    }

    // What stands behind `except`, entry by entry, and what each stands for.
    fn exceptions(&mut self, minus: &Primary, context: &Context) -> Vec<(Span, Vec<Term>)> {
        if let PrimaryKind::Group(inner) = &minus.value
            && let EndpointsKind::List(list) = &inner.value
        {
            return list.iter().map(|one| (one.span, self.primary(one, context))).collect();
        }
        vec![(minus.span, self.primary(minus, context))]
    }

    // Reports what takes nothing away, as nothing of it is in the set that it stands behind.
    fn outside(&mut self, written: Span, base: &[Term], minus: &[(Span, Vec<Term>)]) {
        for (span, terms) in minus.iter().take(MOST_HELD_AGAINST).filter(|(_, terms)| !terms.is_empty()) {
            let apart = |term: &Term| base.iter().all(|of| is_apart(&of.peer.within, &term.peer.within));
            if !base.is_empty() && terms.iter().all(apart) {
                let message = "this `except` takes nothing away: it is outside of the set that it stands behind";
                let diagnostic = Diagnostic::new(Code::ExceptOutside, message, *span, "outside")
                    .with_label(written, "nothing of it is in this")
                    .with_help("remove it, or write a part of the set");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn empty(&mut self, span: Span) {
        let message = "this is an empty set: its `except` takes away all of it";
        let diagnostic = Diagnostic::new(Code::NoEffect, message, span, "nobody is left");
        self.diagnostics.push(diagnostic.with_help("take away less, or remove what this stands in"));
    }

    /// Reports an expression that has got out of hand.
    pub(super) fn too_many(&mut self, span: Span) {
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
            Value::Endpoints(terms) => {
                let mut terms = Rc::unwrap_or_clone(terms);
                terms.iter_mut().filter_map(|term| term.service.as_mut()).for_each(|service| service.is_named = true);
                terms
            }
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
            None => context.peers_at_home.clone(),
            Some(PlaceKind::All) => Namespaces::Matching(Selector::all()),
            Some(PlaceKind::Matching(labels)) => Namespaces::Matching(self.selector(Some(labels))),
            Some(PlaceKind::Named(list)) => {
                list.iter().for_each(|name| self.namespace_name(name));
                let names = list.iter().map(|name| name.value.as_str()).collect();
                Namespaces::Matching(Selector::on(METADATA_NAME, Condition::In(names)))
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

// Whether no endpoint can be in both. Addresses and pods may always meet.
fn is_apart(one: &Base, two: &Base) -> bool {
    match (one, two) {
        (Base::Addresses(one), Base::Addresses(two)) => one.intersection(two).is_empty(),
        (Base::Pods(one), Base::Pods(two)) => one.is_disjoint(two),
        _ => false,
    }
}

// Addresses with the same ports are one set, and what is said twice is said once.
fn tidy(terms: Vec<Term>) -> Vec<Term> {
    if terms.len() < 2 {
        return terms;
    }
    let mut sets: BTreeMap<(Option<Ports>, Option<ServiceTerm>), Vec<AddressSet>> = BTreeMap::new();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::testing::{check, run};

    // The sources of the first rule.
    fn sources(text: &str) -> Vec<Peer> {
        let text = format!("namespace shop isolate pods\nallow {text} -> pods");
        run(&[("test.netpol", &text)], None, None).program.unwrap().rules[0].from.peers.clone()
    }

    fn addresses(nets: &[&str]) -> AddressSet {
        AddressSet::from_nets(nets.iter().map(|net| net.parse().unwrap()))
    }

    fn pods(namespaces: Selector, pods: Selector) -> Base {
        Base::Pods(PodSet { namespaces: Namespaces::Matching(namespaces), pods })
    }

    #[test]
    fn addresses_become_one_exact_set() {
        let all = addresses(&["10.0.0.0/8"]).difference(&addresses(&["10.1.0.0/16", "10.2.0.1/32"]));
        assert_eq!(sources("10.0.0.0/8 except (10.1.0.0/16, 10.2.0.1)"), [Base::Addresses(all.clone()).into()]);
        let nested = all.union(&addresses(&["10.1.1.0/24"]));
        let text = "10.0.0.0/8 except ((10.1.0.0/16 except 10.1.1.0/24), 10.2.0.1)";
        assert_eq!(sources(text), [Base::Addresses(nested).into()]);
        let but = addresses(&["10.0.0.0/8"]).complement();
        assert_eq!(sources("any except 10.0.0.0/8"), [Base::Addresses(but).into()]);
        assert_eq!(sources("10.0.0.1, 10.0.0.2, 10.0.0.1").len(), 1);
    }

    #[test]
    fn pods_less_pods_are_pods() {
        let shop = Selector::namespace("shop");
        let not = |value: &str| Condition::NotIn(crate::model::Values::one(value));
        assert_eq!(sources("pods except pods[a=b]"), [pods(shop.clone(), Selector::all().with("a", not("b"))).into()]);
        let two = Selector::all().with("a", not("b")).with("c", Condition::DoesNotExist);
        assert_eq!(sources("pods except (pods[a=b], pods[c])"), [pods(shop, two).into()]);
        let elsewhere = Selector::all().with(METADATA_NAME, not("shop"));
        assert_eq!(sources("pods in * except pods in shop"), [pods(elsewhere, Selector::all()).into()]);
    }

    #[test]
    fn what_cannot_be_joined_stays_an_exception() {
        let block = Base::Addresses(addresses(&["10.0.0.0/8"]));
        let shop = pods(Selector::namespace("shop"), Selector::all());
        let less = |within: &Base, minus: &Base| [Peer { within: within.clone(), except: vec![minus.clone()] }];
        assert_eq!(sources("pods except 10.0.0.0/8"), less(&shop, &block));
        assert_eq!(sources("10.0.0.0/8 except pods"), less(&block, &shop));
        assert_eq!(sources("any except pods"), less(&Base::Any, &shop));
    }

    #[test]
    fn names_stand_for_what_they_are() {
        assert_eq!(sources("dns"), sources("pods[k8s-app=kube-dns] in kube-system"));
        assert_eq!(sources("pods in (a, b)"), sources("pods in (b, a)"));
        let internet = sources("internet");
        let Base::Addresses(public) = &internet[0].within else { panic!("{internet:?}") };
        for (address, is_public) in [("8.8.8.8", true), ("10.0.0.1", false), ("169.254.169.254", false), ("::1", false)]
        {
            assert_eq!(public.contains(address.parse().unwrap()), is_public, "{address}");
        }
        assert!(public.contains("2606:4700::1111".parse().unwrap()) && !public.contains("fd00::1".parse().unwrap()));
    }

    #[test]
    fn an_except_outside_its_block_is_told() {
        let found = |text: &str, expected: &[&str]| check(&format!("isolate pods\nallow {text} -> pods"), expected);
        found("10.0.0.0/8 except 192.168.0.0/16", &["W0410 |192.168.0.0/16| remove it"]);
        let two = "(10.0.0.0/8, 11.0.0.0/8) except (10.1.0.0/16, 192.168.0.0/16)";
        found(two, &["W0410 |192.168.0.0/16|"]);
        found("pods[app=web] except pods[app=db]", &["W0410 |pods[app=db]|"]);
        found("pods in shop except pods in bank", &["W0410 |pods in bank|"]);
        found("0.0.0.0/0 except ::1", &["W0410 |::1|"]);
        found("10.0.0.0/8 except (10.1.0.0/16, 10.2.0.1)", &[]);
        found("any except 10.0.0.0/8", &[]);
        found("pods[app=web] except pods[tier=db]", &[]);
        found("pods except 10.0.0.0/8", &[]);
    }

    #[test]
    fn an_empty_set_is_told() {
        let rule = |text: &str| format!("isolate pods\nallow {text} -> pods");
        check(&rule("10.0.0.0/8 except 10.0.0.0/8"), &["W0406 |10.0.0.0/8 except 10.0.0.0/8| take away less"]);
        check(&rule("10.0.0.0/8 except private"), &["W0406 |10.0.0.0/8 except private|"]);
        check(&rule("(pods except pods), 10.0.0.1"), &["W0406 |pods except pods|"]);
        check("isolate pods, (pods[a=b] except pods)", &["W0406 |pods[a=b] except pods|"]);
        check("let none = pods except pods\nisolate none", &["W0406 |pods except pods|"]);
        check("isolate pods except nobody", &["E0204 |nobody|"]);
        check("isolate nobody except pods", &["E0204 |nobody|"]);
    }

    #[test]
    fn an_expression_has_a_limit() {
        let keys = |from: usize| (from..from + 9).map(|n| format!("k{n}")).collect::<Vec<_>>().join(", ");
        let minus = (0..5).map(|n| format!("pods[{}]", keys(n * 9))).collect::<Vec<_>>().join(", ");
        let text = format!("pods except ({minus})");
        check(&format!("isolate {text}"), &[&format!("E0310 |{text}| say it with fewer labels")]);
        // Each base alone stays under the limit, all of them together do not.
        let bases = (0..50).map(|n| format!("pods[app=a{n}]")).collect::<Vec<_>>().join(", ");
        let minus = (0..3).map(|n| format!("pods[{}]", keys(n * 9))).collect::<Vec<_>>().join(", ");
        let text = format!("({bases}) except ({minus})");
        check(&format!("isolate {text}"), &[&format!("E0310 |{text}| say it with fewer labels")]);
        // Nor may what is told only as a subject: these are taken out of the current namespace by its labels.
        let apart = |n: usize| format!("pods[{}] in namespaces[kubernetes.io/metadata.name!=x]", keys(n * 9));
        let minus = (0..5).map(apart).collect::<Vec<_>>().join(", ");
        let text = format!("pods except ({minus})");
        check(&format!("isolate {text}"), &[&format!("E0310 |{text}| say it with fewer labels")]);
    }
}
