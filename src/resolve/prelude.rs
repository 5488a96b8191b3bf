//! The names that every program has, written in the language itself.

use crate::source::Sources;
use crate::syntax::{self, ast};

/// What diagnostics call the prelude's text.
const NAME: &str = "<prelude>";

/// All names that every program has.
pub const NAMES: [&str; 4] = [DNS, "internet", "private", APISERVER];

/// The name that a cluster gives, and no text can.
pub(super) const APISERVER: &str = "apiserver";

/// The name of the cluster's DNS, which a program may define otherwise.
pub(super) const DNS: &str = "dns";

/// The prelude, parsed.
pub(super) fn parse(sources: &mut Sources) -> ast::File {
    let id = sources.add(NAME, include_str!("prelude.netpol"));
    let (file, _) = syntax::parse(sources, id);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prelude_has_no_errors() {
        let mut sources = Sources::new();
        let id = sources.add(NAME, include_str!("prelude.netpol"));
        let (file, diagnostics) = syntax::parse(&sources, id);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let defined = file.statements.iter().map(|statement| match &statement.value.kind {
            ast::StatementKind::Let(of) => of.name.value.as_str(),
            other => panic!("{other:?}"),
        });
        assert!(defined.chain([APISERVER]).eq(NAMES));
    }
}
