//! Every policy that is emitted means, read back, what it meant before.

use proptest::prelude::*;

use super::*;
use crate::opt::tests::{difference, policy_with, universe};
use crate::span::{FileId, Span};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn objects_read_back_mean_the_policy(policy in policy_with(1, true)) {
        let (manifests, diagnostics) = emit(&policy, &Sources::new(), &Options::default());
        match manifests {
            None => prop_assert!(diagnostics.has_errors()),
            Some(manifests) => {
                let objects: Vec<_> = manifests.iter().flat_map(|manifest| &manifest.objects).collect();
                let back = crate::ir::from_kubernetes::read(objects.iter().copied(), |_, _| Span::new(FileId(0), 0, 0));
                let found = difference(&policy, &back, &universe());
                prop_assert!(found.is_none(), "{found:?}\nbefore {policy:?}\nobjects {objects:?}");
            }
        }
    }

    #[test]
    fn names_are_unique_and_valid(policy in policy_with(0, false)) {
        let (manifests, _) = emit(&policy, &Sources::new(), &Options::default());
        for manifest in manifests.into_iter().flatten() {
            let names: Vec<_> = manifest.objects.iter().filter_map(|object| object.metadata.name.clone()).collect();
            prop_assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
            for name in names {
                prop_assert!(name.len() <= 63 && crate::model::names::dns_subdomain(&name).is_ok(), "{name}");
            }
        }
    }
}
