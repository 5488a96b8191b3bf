//! Looks at a resolved program for what is allowed and yet probably wrong, as far as no flow has to be judged for it.
//!
//! Findings that depend on what rules mean together are made later, by `analysis::lint`.

mod breadth;
mod selectors;
mod unused;

use crate::diag::Diagnostics;
use crate::resolve::Program;
use crate::resolve::program::Tests;

/// A program that can be lowered. Only [`check`] makes one.
#[derive(Clone, Debug)]
pub struct Checked {
    program: Program,
}

impl Checked {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its tests, without the rest.
    #[must_use]
    pub fn into_tests(self) -> Tests {
        Tests { owned: self.program.owned, blocks: self.program.tests }
    }
}

/// Checks a program. What it finds are warnings, so there is always a result.
#[must_use]
pub fn check(program: Program) -> (Checked, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    unused::check(&program, &mut diagnostics);
    selectors::check(&program, &mut diagnostics);
    breadth::check(&program, &mut diagnostics);
    (Checked { program }, diagnostics)
}

#[cfg(test)]
mod tests;
