//! `networking.k8s.io/v1` NetworkPolicy objects.
//!
//! An object closes the pods that it selects, so an allow goes only where the policy isolates (`opt` clips it), and a
//! deny is subtracted from what is allowed at the same pods. What that API cannot say is an error with a number.

mod deny;
mod exact;
mod group;
mod name;
mod object;
mod order;

pub use order::ordered;

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diag::Diagnostics;
use crate::ir::{Namespace, Policy};
use crate::model::Action;
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

/// The objects of a policy by namespace, or what cannot be said in them.
#[must_use]
pub fn emit(policy: &Policy, sources: &Sources, options: &Options) -> (Option<Vec<Manifest>>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let denies = policy.network().rules.iter().any(|rule| rule.action == Action::Deny);
    let small = match denies {
        // What a deny leaves of an allow may be joined again.
        true => opt::optimize(deny::subtract_all(policy, &mut diagnostics)),
        false => opt::clip(policy.clone()),
    };
    let small = exact::simplify(small, &mut diagnostics);
    let manifests = (!diagnostics.has_errors()).then(|| group::manifests(&small, sources, options));
    (manifests, diagnostics)
}

#[cfg(test)]
mod tests;
