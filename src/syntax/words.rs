//! The words that are no names.

/// Words that begin a statement.
pub(super) const STATEMENTS: &[&str] =
    &["allow", "deny", "isolate", "use", "namespace", "let", "never", "always", "test", "admin", "baseline"];

/// The kinds of piece that begin with a keyword of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A statement of a file or of a `namespace`.
    Statement,
    /// A line of a `test`.
    Step,
    /// A line of a tier.
    TierRule,
}

impl Sort {
    /// The keywords that begin one.
    pub(super) fn keywords(self) -> &'static [&'static str] {
        match self {
            Self::Statement => STATEMENTS,
            Self::Step => &["pod", "expect"],
            Self::TierRule => &["accept", "deny", "pass"],
        }
    }
}

const OTHERS: &[&str] =
    &["ingress", "egress", "pods", "nodes", "service", "any", "except", "in", "on", "tcp", "udp", "sctp"];

/// Whether a word is a keyword wherever it stands, so that nothing can be called by it. As in the grammar's `reserved`.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    STATEMENTS.contains(&word) || OTHERS.contains(&word)
}
