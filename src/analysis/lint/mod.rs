//! Finds what is allowed and yet probably wrong, by what the rules of a program mean together.

mod covered;
mod dns;
mod no_effect;

use crate::diag::Diagnostics;
use crate::ir::Policy;
use crate::ir::lower::Half;
use crate::source::Sources;

/// Looks at a policy as it was lowered, before any pass has joined its rules.
#[must_use]
pub fn lint(policy: &Policy, halves: &[Half], sources: &Sources) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    no_effect::check(policy, halves, &mut diagnostics);
    covered::check(policy, sources, &mut diagnostics);
    dns::check(policy, &mut diagnostics);
    diagnostics
}

#[cfg(test)]
mod tests;
