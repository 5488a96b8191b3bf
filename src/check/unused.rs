//! Names that nothing uses.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::resolve::Program;

/// Reports each name of an acting file that nothing mentions.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for name in &program.unused {
        let message = format!("nothing uses `{}`", name.value);
        let diagnostic = Diagnostic::new(Code::UnusedName, message, name.span, "defined and never used");
        diagnostics.push(diagnostic.with_help("use it or remove it"));
    }
}
