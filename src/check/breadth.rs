//! Statements that reach further than most people mean.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Action, Namespace};
use crate::resolve::Program;

/// Reports `allow any -> any`, and lists the namespaces that `isolate … in *` closes.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for rule in program.rules.iter().filter(|rule| rule.everything && rule.action == Action::Allow) {
        let message = "this lets everything through at every pod that the program closes";
        let diagnostic = Diagnostic::new(Code::AllowsEverything, message, rule.meta.span, "opens all")
            .with_help("name the flows that are needed, or remove the `isolate` that this undoes");
        diagnostics.push(diagnostic);
    }
    for isolate in &program.isolates {
        let Some(place) = isolate.everywhere else { continue };
        let mut names: Vec<&str> = isolate.subjects.iter().map(|subject| name(&subject.namespace)).collect();
        names.sort_unstable();
        names.dedup();
        let message = "`in *` closes pods of the program's own namespaces only";
        let list = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let diagnostic = Diagnostic::new(Code::IsolatesOwnedOnly, message, place, format!("these are: {list}"))
            .with_help("another namespace is closed by a program that declares it: `namespace NAME`");
        diagnostics.push(diagnostic);
    }
}

fn name(namespace: &Namespace) -> &str {
    match namespace {
        Namespace::Current => "the current one",
        Namespace::Named(name) => name,
    }
}
