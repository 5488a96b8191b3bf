//! `isolate` statements.

use super::program::{Isolate, Meta};
use super::statements::Statements;
use super::subjects::Written;
use super::values::Context;
use crate::diag::{Code, Diagnostic};
use crate::model::{Base, Direction, Namespaces, Peer};
use crate::span::Span;
use crate::syntax::ast::{self, Primary, PrimaryKind};

impl Statements<'_> {
    /// Resolves an `isolate`.
    pub(super) fn isolate(&mut self, isolate: &ast::Isolate, meta: &Meta, context: &Context) {
        for primary in isolate.subjects.value.primaries() {
            self.only_pods(primary, context);
        }
        let span = isolate.subjects.span;
        let terms = self.resolver.endpoints(&isolate.subjects, context);
        let peers: Vec<Peer> = terms.into_iter().map(|term| term.peer).collect();
        let mut subjects = Vec::new();
        for peer in &peers {
            let before = self.resolver.diagnostics.iter().len();
            let closed = self.resolver.subjects(std::slice::from_ref(peer), Written { span, allowed: None });
            let judged = self.resolver.diagnostics.iter().len() == before;
            if closed.is_empty() && judged && is_of_some_namespaces(peer) {
                self.not_owned(span);
            }
            subjects.extend(closed);
        }
        subjects.sort();
        subjects.dedup();
        let direction = isolate.direction.as_ref().map(|direction| direction.value);
        for closed in Direction::BOTH.into_iter().filter(|closed| direction.is_none_or(|only| only == *closed)) {
            let namespaces = subjects.iter().map(|subject| (closed, subject.namespace.clone()));
            self.resolver.isolated.extend(namespaces);
        }
        let everywhere = peers.iter().any(is_everywhere).then_some(span);
        self.program.isolates.push(Isolate { meta: meta.clone(), direction, subjects, everywhere });
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

fn is_everywhere(peer: &Peer) -> bool {
    match &peer.within {
        Base::Pods(pods) => matches!(&pods.namespaces, Namespaces::Matching(all) if all.is_all()),
        _ => false,
    }
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
        check("namespace shop isolate pods, pods in bank", &["W0401 |pods, pods in bank|"]);
        check("namespace shop { isolate pods in bank }\nnamespace bank { }", &[]);
        check("namespace shop isolate pods in *", &[]);
    }
}
