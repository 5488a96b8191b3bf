//! Every policy that is emitted means, read back, what it meant before.

use proptest::prelude::*;

use super::*;
use crate::ir::{Base, Isolation, Namespaces, NetworkTier, Origin, Peer, PodSet, Rule, Subject, Tier};
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
    Policy { tiers: vec![Tier::NetworkPolicy(tier)], ..Policy::default() }
}

// The optimized policy of a program.
fn lowered(text: &str) -> Policy {
    let run = crate::resolve::testing::run(&[("test.netpol", text)], None, None);
    let (checked, _) = crate::check::check(run.program.unwrap());
    opt::optimize(crate::ir::lower(&checked).policy)
}

fn rule(action: Action, peers: Vec<Peer>, ports: Ports) -> Rule {
    let (direction, subject) = (Direction::Egress, subject(Selector::all(), ""));
    Rule { action, direction, subject, peers, ports, origin: Origin::default() }
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

#[test]
fn ipv4_in_ipv6_clothes_is_refused() {
    let set = |cidr: &str, except: &str| {
        let net = |text: &str| AddressSet::from_net(text.parse().unwrap());
        net(cidr).difference(&net(except))
    };
    let with = |set: AddressSet| {
        let mut policy = isolated(&[(None, subject(Selector::all(), ""))]);
        let Tier::NetworkPolicy(tier) = &mut policy.tiers[0];
        tier.rules = vec![rule(Action::Allow, vec![Base::Addresses(set).into()], Ports::All)];
        express(policy).1.iter().map(|found| found.code.id()).collect::<Vec<_>>()
    };
    assert_eq!(with(set("::fffe:0:0/95", "::fffe:0:0/96")), ["E0501"]);
    assert_eq!(with(set("::/0", "::ffff:0:0/96")), ["E0501"]);
    assert_eq!(with(set("::/0", "::ffff:a00:0/104")), ["E0501"]);
    assert!(with(set("::fffe:0:0/95", "::ffff:0:0/96")).is_empty());
    assert!(with(set("::/0", "2001:db8::/32")).is_empty());
}

#[test]
fn denied_ports_from_1_leave_no_port_1() {
    let mut policy = isolated(&[(None, subject(Selector::all(), ""))]);
    let Tier::NetworkPolicy(tier) = &mut policy.tiers[0];
    let tcp = |set| Ports::numbers(Protocol::Tcp, set);
    tier.rules = vec![
        rule(Action::Allow, vec![Base::Any.into()], tcp(RangeSet::all())),
        rule(Action::Deny, vec![Base::Any.into()], tcp(RangeSet::range(1, 1023))),
    ];
    let left = express(policy.clone()).0.unwrap().0;
    assert_eq!(left.network().rules[0].ports, tcp(RangeSet::range(1024, u16::MAX)));
    let Tier::NetworkPolicy(tier) = &mut policy.tiers[0];
    tier.rules[1].ports = tcp(RangeSet::range(1, u16::MAX));
    assert!(express(policy).0.unwrap().0.network().rules.is_empty());
}

#[test]
fn a_deny_that_fails_is_named_by_its_own_line() {
    let text = "isolate egress pods\nallow pods -> dns\ndeny pods -> 169.254.169.254\ndeny pods -> 192.0.2.0/24\n\
                deny pods -> 198.51.100.0/24 on udp/54";
    let (expressed, found) = express(lowered(text));
    let lines: Vec<_> =
        found.iter().map(|found| (found.code.id(), found.primary.as_ref().unwrap().span.start)).collect();
    assert!(expressed.is_none());
    assert_eq!(lines, [("E0505", u32::try_from(text.find("deny pods -> 192").unwrap()).unwrap())]);
}

// A namespace without a name may be any, `kube-system` too.
#[test]
fn pods_of_the_namespace_without_a_name_are_refused_for_that() {
    let refused = |text: &str, code: &str| {
        let (_, found) = express(lowered(text));
        let found: Vec<_> = found.iter().collect();
        let [found] = found.as_slice() else { panic!("{text}\n{found:?}") };
        assert_eq!(found.code.id(), code, "{text}");
        assert!(found.message.contains("namespace") && !found.message.contains("addresses"), "{}", found.message);
        assert!(found.help.iter().any(|help| help.contains("`-n NAME`")), "{:?}", found.help);
    };
    refused("isolate pods allow pods -> dns deny egress pods[app=a] -> pods[app=b]", "E0505");
    refused("isolate ingress pods allow pods in * -> pods deny pods[app=b] -> pods[app=a]", "E0505");
    refused("isolate ingress pods allow pods in kube-system except pods -> pods", "E0501");
}

#[test]
fn any_less_addresses_stands_for_pods_too() {
    let codes = |text: &str| {
        let (expressed, found) = express(lowered(text));
        (expressed, found.iter().map(|found| found.code.id()).collect::<Vec<_>>())
    };
    let head = "isolate pods allow pods -> 10.0.0.0/8 ";
    assert_eq!(codes(&format!("{head} deny any except 192.0.2.0/24 -> 10.1.0.0/16")).1, ["E0502"]);
    let (expressed, found) = codes(&format!("{head} deny any except 169.254.169.254 -> 10.1.0.0/16"));
    assert!(found.is_empty(), "{found:?}");
    let left = expressed.unwrap().0.network().rules[0].peers.clone();
    let block = |net: &str| AddressSet::from_net(net.parse().unwrap());
    assert_eq!(left, [Base::Addresses(block("10.0.0.0/8").difference(&block("10.1.0.0/16"))).into()]);
    let (expressed, _) = codes("isolate egress pods allow any except 169.254.169.254 -> 10.1.0.0/16");
    assert_eq!(expressed.unwrap().0.network().rules.len(), 1);
    assert_eq!(codes("isolate pods allow any except 10.0.0.0/8 -> 192.0.2.1").1, ["E0502"]);
}

#[test]
fn any_less_all_but_addresses_stands_for_pods_too() {
    let codes = |text: &str| express(lowered(text)).1.iter().map(|found| found.code.id()).collect::<Vec<_>>();
    let head = "isolate pods allow pods -> 10.0.0.0/8 ";
    let within = "(any except (any except 10.0.0.0/8))";
    assert_eq!(codes(&format!("{head} deny {within} -> 10.1.0.0/16")), ["E0502"]);
    assert_eq!(codes(&format!("{head} deny ({within} except pods[a=b]) -> 10.1.0.0/16")), ["E0502"]);
    let v6 = "(any except ((any except ::/0) except 10.0.0.7)) except pods[a=b]";
    assert_eq!(codes(&format!("isolate pods allow {v6} -> 192.0.2.1")), ["E0502"]);
    // As a far end it is no more than the addresses.
    let text = format!("isolate ingress pods allow ingress {within} -> pods");
    let left = express(lowered(&text)).0.unwrap().0.network().rules[0].peers.clone();
    assert_eq!(left, [Base::Addresses(AddressSet::from_net("10.0.0.0/8".parse().unwrap())).into()]);
}

#[test]
fn what_a_deny_leaves_names_its_line() {
    let text = "isolate egress pods\nallow pods -> any on tcp/443\ndeny pods -> 169.254.169.254";
    let left = express(lowered(text)).0.unwrap().0;
    assert_eq!(left.network().rules[0].origin.statements.len(), 2);
}

// The statements of each rule that is left, and of each isolation.
fn sources(text: &str) -> [Vec<Vec<u32>>; 2] {
    let Expressed(left) = express(lowered(text)).0.unwrap();
    let numbers = |origin: &Origin| origin.statements.iter().map(|id| id.0).collect::<Vec<_>>();
    let rules = left.network().rules.iter().map(|rule| numbers(&rule.origin)).collect();
    [rules, left.network().isolations.iter().map(|isolation| numbers(&isolation.origin)).collect()]
}

#[test]
fn only_what_a_deny_takes_from_names_it() {
    let allows = "isolate egress pods allow pods[app=a] -> 10.0.0.0/24 allow pods[app=b] -> 10.1.0.0/24";
    let [rules, _] = sources(&format!("{allows} deny pods -> 10.0.0.1 deny pods -> 10.1.0.1 deny pods -> 192.0.2.1"));
    assert_eq!(rules, [[1, 3], [2, 4]]);
}

#[test]
fn what_closes_the_pods_names_a_deny_that_leaves_nothing() {
    let head = "isolate ingress pods allow pods[app=w] -> pods[app=api] on tcp/80";
    let deny = "deny pods[app=w] -> pods[app=api]";
    assert_eq!(sources(&format!("{head} {deny}")), [vec![], vec![vec![0, 2]]]);
    let all = "isolate ingress pods allow any -> pods on tcp deny 0.0.0.0/0, ::/0 -> pods";
    assert_eq!(sources(all), [vec![], vec![vec![0, 2]]]);
}

#[test]
fn a_long_list_is_no_split() {
    let all: String = (0..5000).map(|at| format!("allow pods[app=a{at}] -> pods on tcp/443\n")).collect();
    let some: String = (0..5000).map(|at| format!("deny pods[app=a{at}, x=y] -> pods\n")).collect();
    let head = "isolate ingress pods\n";
    for deny in ["deny pods[app=a7] -> pods", &some] {
        let (left, found) = express(lowered(&format!("{head}{all}{deny}")));
        assert!(left.is_some(), "{found:?}");
    }
}

#[test]
fn subtraction_has_a_limit() {
    let mut text = "isolate egress pods allow pods -> 1.0.0.0/8\n".to_owned();
    (0..40).for_each(|n| text.push_str(&format!("deny pods[k{n}] -> 1.2.3.{n}\n")));
    let (_, found) = express(lowered(&text));
    assert!(found.iter().any(|found| found.code == crate::diag::Code::TooManyTerms), "{found:?}");
}

#[test]
fn many_isolations_are_looked_at_in_a_short_time() {
    let mut text = "allow pods -> 1.0.0.0/8 deny pods[z=1] -> 1.2.3.4\n".to_owned();
    (0..60).for_each(|n| text.push_str(&format!("isolate egress pods[a{n}=x, b{n}=y]\n")));
    let (_, found) = express(lowered(&text));
    assert_eq!(found.iter().map(|found| found.code.id()).collect::<Vec<_>>(), ["E0504"]);
}
