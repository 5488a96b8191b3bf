//! Every policy that is emitted means, read back, what it meant before.

use proptest::prelude::*;

use super::*;
use crate::ir::{Base, Isolation, Namespaces, NetworkTier, Origin, PodSet, Rule, Subject, Tier};
use crate::model::{AddressSet, Direction, Ports, Protocol, RangeSet, Selector};
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
        let (expressed, diagnostics) = express(policy.clone());
        match expressed {
            None => prop_assert!(diagnostics.has_errors()),
            Some(expressed) => {
                let objects: Vec<_> = manifests(&expressed).into_iter().flat_map(|manifest| manifest.objects).collect();
                let back = crate::ir::from_kubernetes::read(&objects, |_, _| Span::new(FileId(0), 0, 0));
                let found = difference(&policy, &back, &universe());
                prop_assert!(found.is_none(), "{found:?}\nbefore {policy:?}\nobjects {objects:?}");
            }
        }
    }

    #[test]
    fn names_are_unique_and_valid(policy in policy_with(0, false)) {
        for manifest in express(policy).0.iter().flat_map(manifests) {
            let names: Vec<_> = manifest.objects.iter().filter_map(|object| object.metadata.name.clone()).collect();
            prop_assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
            for name in names {
                prop_assert!(name.len() <= 63 && crate::model::names::dns_subdomain(&name).is_ok(), "{name}");
            }
        }
    }
}

fn manifests(expressed: &Expressed) -> Vec<Manifest> {
    expressed.manifests(&Sources::new(), &Options::default()).collect()
}

fn subject(selector: Selector, outside: &str) -> Subject {
    let outside = AddressSet::from_nets(outside.split_whitespace().map(|net| net.parse().unwrap()));
    Subject { namespace: Namespace::named("shop"), pods: selector, outside }
}

fn isolated(subjects: &[(Option<&str>, Subject)]) -> Policy {
    let isolation = |(name, subject): &(Option<&str>, Subject)| Isolation {
        direction: Direction::Egress,
        subject: subject.clone(),
        origin: Origin { statements: smallvec::SmallVec::new(), object: name.map(Into::into) },
    };
    let tier = NetworkTier { isolations: subjects.iter().map(isolation).collect(), rules: Vec::new() };
    Policy { tiers: vec![Tier::NetworkPolicy(tier)], statements: Vec::new() }
}

fn names(policy: &Policy) -> Vec<String> {
    let (expressed, diagnostics) = express(policy.clone());
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    let objects = expressed.iter().flat_map(manifests).flat_map(|manifest| manifest.objects);
    objects.filter_map(|object| object.metadata.name).collect()
}

#[test]
fn a_given_name_stays_beside_the_same_words() {
    let web = || subject(Selector::label("app", "web"), "");
    let names = names(&isolated(&[(None, web()), (Some("web"), web())]));
    let [given, words] = names.as_slice() else { panic!("{names:?}") };
    assert_eq!(given, "web");
    assert!(words.starts_with("web-"), "{words}");
}

#[test]
fn a_mark_that_somebody_wrote_is_not_given_again() {
    let of = |app| subject(Selector::label("app", app), "");
    let marked = names(&isolated(&[(None, of("web")), (Some("web"), of("web"))])).pop().unwrap();
    let again = names(&isolated(&[(None, of("web")), (Some("web"), of("web")), (Some(&marked), of("db"))]));
    assert!(again.len() == 3 && again.windows(2).all(|pair| pair[0] < pair[1]), "{again:?}");
    assert!(again.contains(&marked), "{again:?}");
}

#[test]
fn a_given_name_is_not_marked_by_an_unrelated_one() {
    let of = |app| subject(Selector::label("app", app), "");
    assert_eq!(names(&isolated(&[(Some("web"), of("web")), (Some("db"), of("api"))])), ["db", "web"]);
}

#[test]
fn addresses_that_no_pod_has_make_no_second_object() {
    let all = |outside| subject(Selector::all(), outside);
    assert_eq!(names(&isolated(&[(None, all("")), (None, all("169.254.169.254/32"))])), ["all-pods"]);
}

#[test]
fn ports_denied_in_another_namespace_leave_an_allow_alone() {
    let pods_of = |namespace| {
        let namespaces = Namespaces::Matching(Selector::namespace(namespace));
        vec![Base::Pods(PodSet { namespaces, pods: Selector::all() }).into()]
    };
    let rule = |action, peers, ports| Rule {
        action,
        direction: Direction::Egress,
        subject: subject(Selector::all(), ""),
        peers,
        ports,
        origin: Origin::default(),
    };
    let allow = rule(Action::Allow, pods_of("shop"), Ports::All);
    let ssh = Ports::numbers(Protocol::Tcp, RangeSet::range(22, 22));
    let mut policy = isolated(&[(None, subject(Selector::all(), ""))]);
    let Tier::NetworkPolicy(tier) = &mut policy.tiers[0];
    tier.rules = vec![allow.clone(), rule(Action::Deny, pods_of("ops"), ssh)];
    let mut diagnostics = Diagnostics::new();
    let left = opt::optimize(deny::subtract_all(&policy, &mut diagnostics));
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    assert_eq!(left.network().rules, [allow]);
}
