//! The two directions, and the two things that a rule does.

/// Which end of a flow a rule acts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Into the destination.
    Ingress,
    /// Out of the source.
    Egress,
}

impl Direction {
    /// Both, ingress first, as manifests list them.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The word for it, in the language and as a field of objects.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The one that this is not.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Ingress => Self::Egress,
            Self::Egress => Self::Ingress,
        }
    }
}

/// What a rule does with the flows that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Lets them through.
    Allow,
    /// Stops them, whatever is allowed.
    Deny,
}
