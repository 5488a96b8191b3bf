//! What the lints look at, and what only counts beside it.

use std::borrow::Cow;
use std::ops::Range;

use crate::ir::{Policy, Statement, StatementId};

/// A policy of which some statements are looked at; the others only count.
///
/// A program and manifests that are given together hold together, and each has findings of its own.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    policy: Cow<'a, Policy>,
    own: Range<usize>,
}

impl<'a> Scope<'a> {
    /// All of a policy.
    #[must_use]
    pub fn whole(policy: &'a Policy) -> Self {
        Self { own: 0..policy.statements.len(), policy: Cow::Borrowed(policy) }
    }

    /// A policy, with another beside it that is not looked at.
    #[must_use]
    pub fn first(policy: &'a Policy, beside: &Policy) -> Self {
        let own = 0..policy.statements.len();
        match beside.tiers.is_empty() {
            true => Self { policy: Cow::Borrowed(policy), own },
            false => Self { policy: Cow::Owned(policy.clone().with(beside.clone())), own },
        }
    }

    /// The same, where the other stands first: of two equal rules the second is the one too many.
    #[must_use]
    pub fn last(beside: &Policy, policy: &Policy) -> Self {
        let first = beside.statements.len();
        let own = first..first + policy.statements.len();
        Self { policy: Cow::Owned(beside.clone().with(policy.clone())), own }
    }

    /// Everything that holds.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether nothing stands before what is looked at.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.own.start == 0
    }

    /// The statement of an id, where it is looked at.
    #[must_use]
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.policy.statement(id).filter(|_| self.own.contains(&(id.0 as usize)))
    }
}
