//! `networking.k8s.io/v1` NetworkPolicy objects.
//!
//! An object closes the pods that it selects, so an allow goes only where the policy isolates (`opt` clips it), and a
//! deny is subtracted from what is allowed at the same pods. What that API cannot say is an error with a number.

mod deny;
mod exact;
mod group;
mod name;
mod near;
mod object;
mod text;

pub use text::append;

pub use object::MANAGED_BY;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diag::Diagnostics;
use crate::ir::{Namespace, Policy, StatementId};
use crate::model::{Action, Direction};
use crate::opt;
use crate::source::Sources;

/// How objects are written.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Labels for every object, beside the one that says who manages it.
    pub labels: BTreeMap<String, String>,
}

/// The objects of one namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Which.
    pub namespace: Namespace,
    /// In order of their names.
    pub objects: Vec<NetworkPolicy>,
    /// The files that they came from, as given.
    pub sources: Vec<String>,
}

/// A policy of which everything can be said in objects.
#[derive(Clone, Debug)]
pub struct Expressed(Policy);

/// The policy as objects have to say it, or what cannot be said in them.
#[must_use]
pub fn express(mut policy: Policy) -> (Option<Expressed>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    exact::forget_outside(&mut policy);
    let denies = policy.network().rules.iter().any(|rule| rule.action == Action::Deny);
    let small = match denies {
        // What a deny leaves of an allow may be joined again.
        true => opt::optimize(deny::subtract_all(&policy, &mut diagnostics)),
        false => opt::clip(policy),
    };
    let small = exact::simplify(small, &mut diagnostics);
    ((!diagnostics.has_errors()).then_some(Expressed(small)), diagnostics)
}

/// The allows of which denies leave nothing, by statement and direction; none where that cannot be said in objects.
#[must_use]
pub fn emptied(policy: &Policy) -> BTreeSet<(StatementId, Direction)> {
    let mut diagnostics = Diagnostics::new();
    let clipped = opt::clip(policy.clone());
    let left = deny::subtract_all(&clipped, &mut diagnostics);
    let allows = |policy: &Policy| -> BTreeSet<(StatementId, Direction)> {
        let rules = policy.network().rules.iter().filter(|rule| rule.action == Action::Allow);
        rules.flat_map(|rule| rule.origin.statements.iter().map(|id| (*id, rule.direction))).collect()
    };
    if diagnostics.has_errors() { BTreeSet::new() } else { &allows(&clipped) - &allows(&left) }
}

impl Expressed {
    /// The objects by namespace, made one namespace at a time.
    pub fn manifests<'a>(&'a self, sources: &'a Sources, options: &'a Options) -> impl Iterator<Item = Manifest> + 'a {
        group::manifests(&self.0, sources, options)
    }
}

#[cfg(test)]
mod tests;
