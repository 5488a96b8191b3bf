//! The words that are no names.

/// Words that begin a statement.
pub(super) const STATEMENTS: &[&str] =
    &["allow", "deny", "isolate", "use", "namespace", "let", "never", "always", "test", "admin", "baseline"];

const OTHERS: &[&str] =
    &["ingress", "egress", "pods", "nodes", "service", "any", "except", "in", "on", "tcp", "udp", "sctp"];

/// Whether a word is a keyword wherever it stands, so that nothing can be called by it. As in the grammar's `reserved`.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    STATEMENTS.contains(&word) || OTHERS.contains(&word)
}
