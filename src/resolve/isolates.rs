//! `isolate` statements.

use std::collections::BTreeSet;

use super::program::{Isolate, Meta};
use super::statements::Statements;
use super::subjects::Written;
use super::values::{Context, Term};
use crate::diag::{Code, Diagnostic};
use crate::model::{Base, Condition, Direction, METADATA_NAME, MOST_TERMS, Namespaces, Peer, PodSet, Subject, names};
use crate::span::Span;
use crate::syntax::ast::{self, Endpoints, EndpointsKind, Primary, PrimaryKind};

impl Statements<'_> {
    /// Resolves an `isolate`.
    pub(super) fn isolate(&mut self, isolate: &ast::Isolate, meta: &Meta, context: &Context) {
        for primary in isolate.subjects.value.primaries() {
            self.only_pods(primary, context);
        }
        let span = isolate.subjects.span;
        let mut subjects = Vec::new();
        let mut everywhere = false;
        for (written, peers) in self.parts(&isolate.subjects, context) {
            everywhere |= peers.iter().any(is_everywhere);
            subjects.extend(self.closed(written, &peers));
        }
        subjects.sort();
        subjects.dedup();
        let direction = isolate.direction.as_ref().map(|direction| direction.value);
        for closed in Direction::BOTH.into_iter().filter(|closed| direction.is_none_or(|only| only == *closed)) {
            let namespaces = subjects.iter().map(|subject| (closed, subject.namespace.clone()));
            self.resolver.isolated.extend(namespaces);
        }
        let everywhere = everywhere.then_some(span);
        self.program.isolates.push(Isolate { meta: meta.clone(), direction, subjects, everywhere });
    }

    // What was written, entry by entry, and what each stands for. An `except` is one: it takes from all alike.
    fn parts(&mut self, endpoints: &Endpoints, context: &Context) -> Vec<(Span, Vec<Peer>)> {
        let peers = |terms: Vec<Term>| terms.into_iter().map(|term| term.peer).collect();
        match &endpoints.value {
            EndpointsKind::List(list) if list.len() > 1 => {
                let parts = list.iter().map(|one| (one.span, peers(self.resolver.primary(one, context))));
                let parts: Vec<(Span, Vec<Peer>)> = parts.collect();
                if parts.iter().map(|(_, peers)| peers.len()).sum::<usize>() > MOST_TERMS {
                    self.resolver.too_many(endpoints.span);
                }
                parts
            }
            _ => vec![(endpoints.span, peers(self.resolver.endpoints(endpoints, context)))],
        }
    }

    // The subjects of one entry, judged as a whole: of the alternatives that an `except` makes, some may well be of
    // other namespaces.
    fn closed(&mut self, span: Span, peers: &[Peer]) -> Vec<Subject> {
        let before = self.resolver.diagnostics.iter().len();
        let closed = self.resolver.subjects(peers, Written { span, allowed: None });
        let judged = self.resolver.diagnostics.iter().len() == before;
        let foreign: BTreeSet<&str> = peers.iter().flat_map(|peer| self.foreign(peer)).collect();
        if !foreign.is_empty() && !closed.is_empty() {
            let names: Vec<String> = foreign.into_iter().map(|name| format!("`{name}`")).collect();
            self.stays_open(span, &names.join(", "));
        } else if judged && closed.is_empty() && peers.iter().all(is_of_some_namespaces) && !peers.is_empty() {
            self.not_owned(span);
        }
        closed
    }

    // The namespaces that a peer names and the program does not own.
    fn foreign<'p>(&self, peer: &'p Peer) -> Vec<&'p str> {
        let Base::Pods(PodSet { namespaces: Namespaces::Matching(selector), .. }) = &peer.within else {
            return Vec::new();
        };
        match selector.condition(METADATA_NAME) {
            Some(Condition::In(asked)) => {
                // What is no name has been reported.
                let valid = asked.iter().filter(|name| names::namespace(name).is_ok());
                valid.filter(|name| !self.resolver.owned.has(name)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn stays_open(&mut self, span: Span, names: &str) {
        let message = format!("the program does not own {names}, whose pods stay open");
        let diagnostic = Diagnostic::new(Code::NotOwned, message, span, "not all owned")
            .with_help("a program closes pods of the namespaces that it declares: `namespace NAME`");
        self.resolver.diagnostics.push(diagnostic);
    }

    fn not_owned(&mut self, span: Span) {
        let message = "no pod of a namespace that the program owns is among these, so nothing is closed";
        let diagnostic = Diagnostic::new(Code::NotOwned, message, span, "not owned")
            .with_help("a program closes pods of the namespaces that it declares: `namespace NAME`");
        self.resolver.diagnostics.push(diagnostic);
    }

    // Subjects are pods: `isolate any` and `isolate 10.0.0.0/8` close nothing that a policy could close.
    fn only_pods(&mut self, primary: &Primary, context: &Context) {
        let what = match &primary.value {
            PrimaryKind::Any => "`any`",
            PrimaryKind::Address(_) => "an address",
            PrimaryKind::Nodes(_) => "`nodes`",
            PrimaryKind::Service(..) => "a Service",
            PrimaryKind::Name(_) => {
                let terms = self.resolver.primary(primary, context);
                match terms.iter().all(|term| matches!(term.peer.within, Base::Pods(_)) && term.service.is_none()) {
                    true => return,
                    false => "a name that stands for more than pods",
                }
            }
            PrimaryKind::Group(inner) => {
                inner.value.primaries().for_each(|primary| self.only_pods(primary, context));
                return;
            }
            PrimaryKind::Pods(..) => return,
        };
        let message = format!("{what} cannot be isolated: policy closes pods");
        let diagnostic = Diagnostic::new(Code::SubjectNotPods, message, primary.span, "not pods")
            .with_help("write `pods`, `pods[app=web]` or `pods in *`");
        self.resolver.diagnostics.push(diagnostic);
    }
}

// Every namespace, or every one but some that are named, as an `except` leaves them.
fn is_everywhere(peer: &Peer) -> bool {
    let Base::Pods(PodSet { namespaces: Namespaces::Matching(selector), .. }) = &peer.within else { return false };
    selector.conditions().all(|(key, condition)| key == METADATA_NAME && matches!(condition, Condition::NotIn(_)))
}

// `in *` is reported with the list of what it closes; selectors that nothing can meet have a warning of their own.
fn is_of_some_namespaces(peer: &Peer) -> bool {
    match &peer.within {
        Base::Pods(pods) => !is_everywhere(peer) && !pods.pods.is_never(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    #[test]
    fn only_pods_can_be_isolated() {
        check("isolate any", &["E0401 |any| write `pods`"]);
        check("isolate pods, 10.0.0.0/8", &["E0401 |10.0.0.0/8|"]);
        check("isolate (pods, (any))", &["E0401 |any|"]);
        check("let out = 10.0.0.0/8\nisolate out", &["E0401 |out|"]);
        check("let web = pods[app=web]\nisolate pods except web", &[]);
        check("isolate any except 10.0.0.0/8", &["E0401 |any|"]);
    }

    #[test]
    fn pods_of_other_namespaces_are_not_closed() {
        check("namespace shop isolate pods in bank", &["W0401 |pods in bank|"]);
        check("namespace shop isolate pods, pods in bank", &["W0401 |pods in bank|"]);
        check("namespace shop isolate pods in (shop, bank)", &["W0401 |pods in (shop, bank)| a program closes"]);
        check("namespace shop let all = pods, pods in bank isolate all", &["W0401 |all|"]);
        check("namespace shop, bank { isolate pods in (shop, bank) }", &[]);
        check("namespace shop { isolate pods in bank }\nnamespace bank { }", &[]);
        check("namespace shop isolate pods in *", &[]);
        check("namespace shop let batch = pods[a=b] isolate pods in * except batch", &[]);
        check("namespace shop isolate pods in (shop, bank) except pods[a=b] in bank", &["W0401"]);
        check("namespace shop isolate pods in namespaces[a=b] except pods in kube-system", &["E0212"]);
    }
}
