//! Selectors that contradict themselves.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::Condition;
use crate::resolve::Program;

/// Reports each selector that no labels can meet.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for selector in &program.selectors {
        let never = selector.value.conditions().find(|(_, condition)| **condition == Condition::Never);
        if let Some((key, _)) = never {
            let message = format!("nothing can meet what is asked of label `{key}` here");
            let diagnostic = Diagnostic::new(Code::Contradiction, message, selector.span, "contradicts itself")
                .with_help(format!("all requirements must hold; for alternatives write `{key} in (a, b)`"));
            diagnostics.push(diagnostic);
        }
    }
}
