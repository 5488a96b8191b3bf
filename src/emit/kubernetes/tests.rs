//! Every policy that is emitted means, read back, what it meant before.

use proptest::prelude::*;

use super::*;
use crate::opt::tests::{difference, policy_with, universe};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn subtraction_keeps_every_verdict(policy in policy_with(0, true)) {
        let mut diagnostics = Diagnostics::new();
        let allowed = deny::subtract_all(&policy, &mut diagnostics);
        if !diagnostics.has_errors() {
            let small = exact::simplify(opt::optimize(allowed), &mut diagnostics);
            prop_assert!(diagnostics.has_errors() || difference(&policy, &small, &universe()).is_none(),
                "{:?}\nbefore {policy:?}\nafter {small:?}", difference(&policy, &small, &universe()));
        }
    }
}
