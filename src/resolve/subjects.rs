//! From peers to subjects: the pods of owned namespaces among them.

use super::owned::Judgement;
use super::values::Resolver;
use crate::diag::{Code, Diagnostic};
use crate::model::{AddressSet, Base, Namespace, Namespaces, Peer, PodSet, Selector, Subject};
use crate::span::Span;

impl Resolver<'_> {
    /// The subjects among `peers`, which were written at `span`.
    pub(super) fn subjects(&mut self, peers: &[Peer], span: Span) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for peer in peers {
            let within = match &peer.within {
                Base::Addresses(_) => continue,
                Base::Any => PodSet { namespaces: Namespaces::Matching(Selector::all()), pods: Selector::all() },
                Base::Pods(pods) => pods.clone(),
            };
            for namespace in self.owned_among(&within.namespaces, span) {
                subjects.extend(self.less(namespace, &within.pods, &peer.except, span));
            }
        }
        subjects.sort();
        subjects.dedup();
        subjects
    }

    // The owned namespaces among some. A label that nothing is known of is an error: a guess could leave pods open.
    fn owned_among(&mut self, namespaces: &Namespaces, span: Span) -> Vec<Namespace> {
        match namespaces {
            Namespaces::Current if self.owned.has_current() => vec![Namespace::Current],
            Namespaces::Current => Vec::new(),
            Namespaces::Matching(selector) if selector.is_all() => self.owned.all(),
            Namespaces::Matching(selector) => {
                let candidates: Vec<String> = self.owned.candidates(selector).into_iter().map(str::to_owned).collect();
                let judged = candidates.into_iter().filter(|name| self.selects(name, selector, span));
                judged.map(Namespace::Named).collect()
            }
        }
    }

    fn selects(&mut self, name: &str, selector: &Selector, span: Span) -> bool {
        match self.owned.judge(name, selector) {
            Judgement::Selected => true,
            Judgement::NotSelected => false,
            Judgement::Unknown(key) => {
                let message =
                    format!("whether namespace `{name}` is meant depends on its label `{key}`, which is not known");
                let diagnostic = Diagnostic::new(Code::UnknownFact, message, span, format!("asks for `{key}`"))
                    .with_help(format!("state it: `namespace {name} [{key}=…]`, or give the cluster with `--cluster`"));
                self.diagnostics.push(diagnostic);
                false
            }
        }
    }

    // Pods of one namespace less what is taken out of them there.
    fn less(&mut self, namespace: Namespace, pods: &Selector, except: &[Base], span: Span) -> Vec<Subject> {
        let mut parts = vec![pods.clone()];
        let mut outside = AddressSet::empty();
        for base in except {
            match base {
                Base::Any => return Vec::new(),
                Base::Addresses(set) => outside = outside.union(set),
                Base::Pods(minus) => {
                    if self.owned_among(&minus.namespaces, span).contains(&namespace) {
                        let complement = minus.pods.complement();
                        parts = parts.iter().flat_map(|part| complement.iter().map(|out| part.and(out))).collect();
                    }
                }
            }
        }
        parts.retain(|part| !part.is_never());
        let subject = |pods| Subject { namespace: namespace.clone(), pods, outside: outside.clone() };
        parts.into_iter().map(subject).collect()
    }
}
