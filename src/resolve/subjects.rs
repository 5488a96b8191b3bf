//! From peers to subjects: the pods of owned namespaces among them.

use super::owned::Judgement;
use super::values::Resolver;
use crate::diag::{Code, Diagnostic};
use crate::model::{
    AddressSet, Base, Condition, Direction, METADATA_NAME, Namespace, Namespaces, Peer, PodSet, Selector, Subject,
    subtract_selector,
};
use crate::span::Span;

/// Where peers were written, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) span: Span,
    /// The direction in which an `allow` acts at them, which only matters where something is isolated in it.
    pub(super) allowed: Option<Direction>,
}

impl Resolver<'_> {
    /// The subjects among `peers`.
    pub(super) fn subjects(&mut self, peers: &[Peer], written: Written) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for peer in peers {
            let within = match &peer.within {
                Base::Addresses(_) => continue,
                Base::Any => PodSet { namespaces: Namespaces::Matching(Selector::all()), pods: Selector::all() },
                Base::Pods(pods) => pods.clone(),
            };
            for namespace in self.owned_among(&within.namespaces, written) {
                subjects.extend(self.less(namespace, &within.pods, &peer.except, written));
            }
        }
        subjects.sort();
        subjects.dedup();
        subjects
    }

    /// Whether a peer is nothing but pods of owned namespaces.
    pub(super) fn is_owned(&self, peer: &Peer) -> bool {
        match &peer.within {
            Base::Pods(pods) if peer.except.is_empty() => match &pods.namespaces {
                Namespaces::Current => self.owned.has_current(),
                Namespaces::Matching(selector) => match selector.condition(METADATA_NAME) {
                    Some(Condition::In(names)) => names.iter().all(|name| self.owned.has(name)),
                    _ => false,
                },
            },
            _ => false,
        }
    }

    // The owned namespaces among some. A label that nothing is known of is an error: a guess could leave pods open.
    fn owned_among(&mut self, namespaces: &Namespaces, written: Written) -> Vec<Namespace> {
        match namespaces {
            Namespaces::Current if self.owned.has_current() => vec![Namespace::Current],
            Namespaces::Current => Vec::new(),
            Namespaces::Matching(selector) => {
                let mut current = self.owned.has_current().then(|| judge_current(selector)).flatten();
                let among = self.owned.among(selector);
                let mut meant = Vec::with_capacity(among.len() + 1);
                // Nothing is isolated there, so either answer writes the same.
                if current == Some(Judgement::Selected)
                    || current.is_some() && self.is_open(written, &Namespace::Current)
                {
                    meant.push(Namespace::Current);
                    current = None;
                }
                for (name, judgement) in among.iter() {
                    let namespace = Namespace::Named(name.clone());
                    match judgement {
                        Judgement::Selected => meant.push(namespace),
                        Judgement::Unknown(_) if self.is_open(written, &namespace) => meant.push(namespace),
                        Judgement::Unknown(key) => {
                            self.unknown_label(name, key, current.take().is_some(), written.span)
                        }
                    }
                }
                if let Some(Judgement::Unknown(key)) = current {
                    self.unknown_label_of_current(&key, written.span);
                }
                meant
            }
        }
    }

    // The current namespace may be one that other files call by name: what is asked of both is told once.
    fn unknown_label(&mut self, name: &str, key: &str, also_of_current: bool, span: Span) {
        let message = format!("whether namespace `{name}` is meant depends on its label `{key}`, which is not known");
        let diagnostic = Diagnostic::new(Code::UnknownFact, message, span, format!("asks for `{key}`"))
            .with_help(format!("state it: `namespace {name} [{key}=…]`, or give the cluster with `--cluster`"));
        let current =
            also_of_current.then(|| "the same is not known of the current namespace: name it with `-n`".to_owned());
        self.diagnostics.push(diagnostic.with_help_if(current));
    }

    fn unknown_label_of_current(&mut self, key: &str, span: Span) {
        let message =
            format!("whether the current namespace is meant depends on its label `{key}`, which is not known");
        let diagnostic = Diagnostic::new(Code::UnknownFact, message, span, format!("asks for `{key}`"))
            .with_help(format!("name the namespace and state its label: `namespace NAME [{key}=…]`"))
            .with_help("where only the other side is meant, write `ingress` or `egress` after the verb");
        self.diagnostics.push(diagnostic);
    }

    // Whether a half of an `allow` changes nothing there, so that it does not matter whether it is written.
    fn is_open(&self, written: Written, namespace: &Namespace) -> bool {
        written.allowed.is_some_and(|direction| !self.isolated.contains(&(direction, namespace.clone())))
    }

    // Pods of one namespace less what is taken out of them there.
    fn less(&mut self, namespace: Namespace, pods: &Selector, except: &[Base], written: Written) -> Vec<Subject> {
        let (mut parts, mut work) = (vec![pods.clone()], 0);
        let mut outside = AddressSet::empty();
        for base in except {
            match base {
                Base::Any => return Vec::new(),
                Base::Addresses(set) => outside = outside.union(set),
                Base::Pods(minus) => {
                    if self.owned_among(&minus.namespaces, written).contains(&namespace) {
                        let Some(left) = subtract_selector(&parts, &minus.pods, &mut work) else {
                            self.too_many(written.span);
                            return Vec::new();
                        };
                        parts = left;
                    }
                }
            }
        }
        parts.retain(|part| !part.is_never());
        let subject = |pods| Subject { namespace: namespace.clone(), pods, outside: outside.clone() };
        parts.into_iter().map(subject).collect()
    }
}

// The current namespace is none of those that are called by name, and nothing is known of its labels.
fn judge_current(selector: &Selector) -> Option<Judgement> {
    if selector.condition(METADATA_NAME).is_some_and(|condition| !condition.matches(Some(""))) {
        return None;
    }
    let unknown = selector.conditions().find(|(key, _)| *key != METADATA_NAME);
    Some(unknown.map_or(Judgement::Selected, |(key, _)| Judgement::Unknown(key.to_owned())))
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    #[test]
    fn an_unknown_label_is_an_error_where_a_half_depends_on_it() {
        check("namespace a isolate egress pods allow pods in namespaces[t=x] -> pods", &["E0212"]);
        check("namespace a isolate pods in namespaces[t=x]", &["E0212"]);
        check("namespace a isolate ingress pods deny pods in namespaces[t=x] -> pods", &["E0212"]);
    }

    #[test]
    fn an_unknown_label_is_fine_where_either_answer_writes_the_same() {
        check("namespace a isolate ingress pods allow pods in namespaces[t=x] -> pods", &[]);
        check("namespace a allow pods in namespaces[t=x] -> pods isolate ingress pods", &[]);
        check("namespace a isolate pods allow ingress pods in namespaces[t=x] -> pods", &[]);
        check("namespace a isolate ingress pods deny ingress pods in namespaces[t=x] -> pods", &[]);
    }

    #[test]
    fn a_stated_label_decides() {
        check("namespace a [t=y] isolate pods allow pods in namespaces[t=x] -> pods", &[]);
    }

    #[test]
    fn nothing_is_known_of_the_current_namespace() {
        check("isolate pods allow pods in namespaces[t=x] -> pods", &["E0212 |pods in namespaces[t=x]| name the"]);
        check("isolate pods allow ingress pods in namespaces[t=x] -> pods", &[]);
        check("isolate ingress pods allow pods in namespaces[t=x] -> pods", &[]);
        check("isolate pods allow pods in kube-system -> pods", &[]);
        check("isolate pods allow pods -> dns", &[]);
        check("isolate pods in * except pods in kube-system", &[]);
    }

    #[test]
    fn of_a_namespace_by_name_and_the_current_one_it_is_told_once() {
        let told = |facts: &str, expected: &[&str]| {
            let text = format!("namespace a {facts} {{ isolate pods in namespaces[t=x] }}\nisolate ingress pods");
            check(&text, expected);
        };
        told(
            "",
            &["E0212 |pods in namespaces[t=x]| state it: `namespace a [t=…]`, or give the cluster with `--cluster`; \
                    the same is not known of the current namespace: name it with `-n`"],
        );
        told("[t=x]", &["E0212 |pods in namespaces[t=x]| name the namespace"]);
    }
}
