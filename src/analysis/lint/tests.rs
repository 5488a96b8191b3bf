//! Text in, warnings out.

use super::{Place, Scope};
use crate::check;
use crate::cluster::{Cluster, load};
use crate::diag::Diagnostics;
use crate::ir::{from_kubernetes, lower};
use crate::kubernetes::objects;
use crate::resolve::Program;
use crate::resolve::testing::{Outcome, compare, run};
use crate::source::Sources;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let Outcome { sources, program, mut found } = run(&[("test.netpol", text)], None, None);
    let program = program.unwrap_or_else(|| panic!("{found:?}"));
    found.append(linted(program, &sources));
    compare(&Outcome { sources, program: None, found }, expected, text);
}

// What the lints that need no cluster say of a program.
fn linted(program: Program, sources: &Sources) -> Diagnostics {
    let lowered = lower(&check::check(program).0);
    super::program(&Scope::whole(&lowered.policy), &lowered.halves, None, sources)
}

#[test]
fn an_allow_needs_an_isolated_end() {
    check("allow pods -> pods", &["W0406 |allow pods -> pods| both ends are open; close one: `isolate egress pods`"]);
    check(
        "isolate egress pods\nallow ingress pods -> pods[a=b]",
        &["W0406 |allow ingress pods -> pods[a=b]| the destination is open; close it: `isolate ingress pods[a=b]`"],
    );
    check(
        "namespace a isolate ingress pods\nallow egress pods[app=web] -> any",
        &["W0406 |allow egress pods[app=web] -> any| the source is open; close it: `isolate egress pods[app=web]`"],
    );
    check(
        "namespace a { allow egress pods -> any }\nnamespace b { isolate pods }\nnamespace c { allow egress pods -> any }",
        &["W0406", "W0406"],
    );
    check(
        "namespace a, b { allow egress pods -> any }",
        &["W0406 |allow egress pods -> any| the source is open; close it: `isolate egress pods in (a, b)`"],
    );
    check("isolate pods\nallow 10.0.0.1 -> 10.0.0.2", &["W0406 |allow 10.0.0.1 -> 10.0.0.2| neither end is a pod"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[a=c]", &["W0406 |allow any -> pods[a=c]| both ends are open"]);
    check("isolate ingress pods[a=b]\nallow any -> pods[c=d]", &[]);
    check("namespace a, b { isolate ingress pods[x=y] allow any -> pods[x=y] }", &[]);
}

#[test]
fn a_deny_that_acts_nowhere_is_told() {
    let silent = |rule: &str| {
        let expected = format!("W0406 |{rule}| neither end is a pod of a namespace that the program owns");
        check(&format!("namespace shop isolate ingress pods\n{rule}"), &[&expected]);
    };
    silent("deny 10.0.0.5 -> 10.1.0.0/16");
    silent("deny pods in bank -> pods in ops");
    silent("deny pods in bank -> 1.2.3.4");
    silent("deny egress pods in bank -> pods");
    check("namespace shop isolate ingress pods\ndeny pods in bank -> pods", &[]);
    check("namespace shop isolate pods\ndeny pods -> 169.254.169.254", &[]);
}

#[test]
fn an_allow_that_a_deny_takes_away_is_told() {
    let allow = "allow pods[app=web] -> pods[app=db] on tcp/80";
    let expected = format!("W0406 |{allow}| a `deny` wins over every `allow`");
    let stops = |deny: &str| check(&format!("isolate pods\n{allow}\n{deny}"), &["W0408", &expected]);
    stops("deny pods -> pods");
    stops("deny pods -> pods[app=db] on tcp");
    stops("deny ingress pods -> pods");
    stops("deny egress pods[app=web] -> any");
    check(&format!("isolate ingress pods\n{allow}\ndeny pods -> pods"), &[&expected]);
    check(&format!("isolate ingress pods\n{allow}\ndeny pods -> pods on tcp/81"), &[]);
    check(&format!("isolate ingress pods\n{allow}\ndeny pods[app=web, v=1] -> pods"), &[]);
    check("isolate pods\nallow pods -> pods, 10.0.0.1 on tcp/80\ndeny pods -> pods", &["W0408"]);
}

#[test]
fn of_an_empty_set_it_is_not_said_that_it_passes_anyway() {
    check("allow pods except pods -> pods", &["W0406 |pods except pods| take away less"]);
    check("isolate pods\ndeny 10.0.0.0/8 except 10.0.0.0/8 -> 1.1.1.1", &["W0406 |10.0.0.0/8 except 10.0.0.0/8|"]);
}

#[test]
fn a_covered_rule_adds_nothing() {
    let narrow = "allow pods[a=b] -> pods on tcp/80";
    check(&format!("isolate ingress pods\nallow pods -> pods\n{narrow}"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods"), &[&format!("W0407 |{narrow}|")]);
    check(&format!("isolate ingress pods\n{narrow}\nallow pods -> pods on udp"), &[]);
    check(
        "isolate ingress pods\nallow 10.1.0.0/16 -> pods\nallow 10.0.0.0/8 -> pods",
        &["W0407 |allow 10.1.0.0/16 -> pods|"],
    );
    check("isolate ingress pods\nallow any -> pods on tcp\nallow 10.0.0.0/8 -> pods on tcp/1-9", &["W0407 |allow 10"]);
    check("isolate ingress pods\nallow any -> pods on tcp\ndeny any -> pods on tcp/22", &[]);
}

#[test]
fn of_two_equal_rules_the_second_is_reported() {
    let text = "isolate ingress pods\nallow any -> pods on tcp/1\nallow any -> pods on tcp/1";
    let Outcome { sources, program, .. } = run(&[("test.netpol", text)], None, None);
    let found = linted(program.unwrap(), &sources);
    let messages: Vec<_> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["this rule adds nothing to test.netpol:2"]);
}

#[test]
fn rules_that_cover_another_together() {
    let both = "isolate ingress pods\nallow ingress 10.0.0.0/9 -> pods\nallow ingress 10.128.0.0/9 -> pods\n";
    check(&format!("{both}allow ingress 10.0.0.0/8 -> pods on tcp/3"), &["W0407 |allow ingress 10.0.0.0/8"]);
    check(&format!("{both}allow ingress 10.0.0.0/7 -> pods on tcp/3"), &[]);
    let peers = "isolate ingress pods\nallow pods[a=b] -> pods[a=w]\nallow pods[a=c] -> pods[a=w]\n";
    check(&format!("{peers}allow pods[a=b], pods[a=c] -> pods[a=w] on tcp/1"), &["W0407 |allow pods[a=b], pods"]);
    check(&format!("{peers}allow pods[a=b], pods[a=d] -> pods[a=w] on tcp/1"), &[]);
    let ports = "isolate ingress pods\nallow any -> pods on tcp/1-100\nallow any -> pods on tcp/101-200\n";
    check(&format!("{ports}allow 10.0.0.1 -> pods on tcp/50-150"), &["W0407 |allow 10.0.0.1"]);
    check(&format!("{ports}allow 10.0.0.1 -> pods on tcp/50-250"), &[]);
    let except = "isolate ingress pods\nallow (10.0.0.0/8 except pods[a=b]) -> pods\nallow 10.0.0.1 -> pods";
    check(except, &[]);
}

#[test]
fn of_rules_that_cover_each_other_enough_stay() {
    let text = "isolate ingress pods\nallow any -> pods on tcp/1-10\nallow any -> pods on tcp/6-15\n\
                allow any -> pods on tcp/11-20, tcp/1-5";
    check(text, &["W0407 |allow any -> pods on tcp/6-15|"]);
}

#[test]
fn a_rule_that_expires_covers_nothing_that_stays() {
    let text = |wide: &str, narrow: &str| {
        format!("isolate ingress pods\n{wide}allow any -> pods\n{narrow}allow any -> pods on tcp/1")
    };
    check(&text("@expires(2027-06-01) ", ""), &[]);
    check(&text("@expires(2027-06-01) ", "@expires(2027-07-01) "), &[]);
    check(&text("@expires(2027-06-01) ", "@expires(2027-06-01) "), &["W0407"]);
    check(&text("", "@expires(2027-06-01) "), &["W0407"]);
}

#[test]
fn closed_pods_that_send_ask_dns() {
    check(
        "isolate egress pods\nallow pods -> any on tcp/443",
        &["W0408 |isolate egress pods| add `allow pods -> dns`"],
    );
    check("isolate egress pods\nallow pods -> any", &[]);
    check("isolate egress pods", &[]);
    check("isolate egress pods\nallow pods -> dns", &[]);
    check("isolate pods[a=b]\nisolate egress pods[a=c]\nallow pods[a=c] -> internet on tcp, udp", &[]);
}

#[test]
fn each_of_the_pods_that_send_asks_dns() {
    let web = "isolate egress pods\nallow pods[app=web] -> dns\nallow pods[app=api] -> pods[app=db] on tcp/5432";
    check(web, &["W0408 |isolate egress pods| add `allow pods[app=api] -> dns`"]);
    check(&format!("{web}\nallow pods[app in (api, job)] -> dns"), &[]);
    check("isolate egress pods\nallow pods -> any on tcp/443\nallow pods[a=b] -> dns", &["W0408"]);
    let halves = "allow pods[a=b] -> dns\nallow pods[a!=b] -> dns";
    check(&format!("isolate egress pods\nallow pods -> any on tcp/443\n{halves}"), &[]);
    check(
        "isolate egress pods[a=b]\nisolate egress pods[a=c]\nallow pods[a=b] -> dns\nallow egress pods -> any on tcp/1",
        &["W0408 |isolate egress pods[a=c]|"],
    );
}

#[test]
fn one_help_serves_all_that_lack_dns() {
    let found = |rules: &str, line: &str| {
        let text = format!("namespace shop\nisolate egress pods[tier=a]\n{rules}\n");
        let help = format!("W0408 |isolate egress pods[tier=a]| add `{line}` for those that look up names");
        check(&text, &[&help]);
        check(&format!("{text}{line}"), &[]);
    };
    let send = |app: &str| format!("allow egress pods[app={app}] -> pods\n");
    let two = format!("{}{}", send("api"), send("x"));
    found(&two, "allow pods[app=api], pods[app=x] -> dns");
    let three = format!("{two}{}", send("y"));
    found(&three, "allow pods[app=api], pods[app=x], pods[app=y] -> dns");
    // One that holds the others is enough, and the closed pods themselves where there are many.
    found(&format!("{two}allow egress pods[app] -> pods on tcp/1"), "allow pods[app] -> dns");
    found(&format!("{three}{}", send("z")), "allow pods[tier=a] -> dns");
}

#[test]
fn only_what_can_be_dns_counts_as_dns() {
    let found = |rule: &str, expected: &[&str]| {
        check(&format!("namespace shop isolate egress pods\n{rule}"), expected);
    };
    found("allow egress pods -> pods", &["W0408"]);
    found("allow egress pods -> pods[app=db] on udp/53", &["W0408"]);
    found("allow egress pods -> pods in ops", &["W0408"]);
    found("allow egress pods -> pods[k8s-app=other] in * on udp/53", &["W0408"]);
    found("allow egress pods -> any except pods in kube-system", &["W0408"]);
    found("allow egress pods -> pods in *", &[]);
    found("allow egress pods -> pods in kube-system", &[]);
    found("allow egress pods -> pods in * on tcp/443, udp/53", &[]);
    found("allow egress pods -> pods in * on udp/dns, tcp/1", &[]);
    found("allow egress pods -> 169.254.20.10 on udp/53\nallow egress pods -> pods", &[]);
}

#[test]
fn a_deny_can_stand_in_the_way_of_dns() {
    let found =
        |rules: &str, expected: &[&str]| check(&format!("isolate egress pods\nallow pods -> any\n{rules}"), expected);
    let narrow = "W0408 |isolate egress pods| a deny wins over every allow: narrow the one";
    found("deny pods -> any on udp/53, tcp/53", &[narrow]);
    found("deny pods -> dns", &[narrow]);
    found("deny pods[a=b] -> dns", &["W0408"]);
    // Resolvers do not turn to TCP because UDP is closed.
    found("deny pods -> any on udp/53", &[narrow]);
    found("deny pods -> dns on udp/53", &[narrow]);
    found("deny pods -> any on tcp/53", &[]);
    found("deny pods -> 10.0.0.0/8", &[]);
}

#[test]
fn tcp_alone_is_no_way_to_dns() {
    let udp = "add `allow pods -> dns` for those that look up names; DNS is asked over UDP first";
    check("isolate egress pods\nallow pods -> dns on tcp/53", &[&format!("W0408 |isolate egress pods| {udp}")]);
    check("isolate egress pods\nallow pods -> any on tcp", &["W0408"]);
    check("isolate egress pods\nallow pods -> dns on udp/53\nallow pods -> any on tcp/443", &[]);
}

#[test]
fn dns_may_be_where_openshift_has_it() {
    let found = |to: &str, expected: &[&str]| {
        check(&format!("isolate egress pods\nallow pods -> any on tcp/443\nallow pods -> {to}"), expected);
    };
    found("pods[dns.operator.openshift.io/daemonset-dns=default] in openshift-dns on udp/5353, tcp/5353", &[]);
    found("pods in openshift-dns on udp/5353", &[]);
    found("pods in openshift-dns", &[]);
    found("pods in openshift-dns on udp/dns", &[]);
    found("pods in * on udp/5353", &[]);
    found("pods in openshift-dns on udp/53", &["W0408"]);
    found("pods in openshift-monitoring on udp/5353", &["W0408"]);
    found("pods in openshift-dns on tcp/5353", &["W0408"]);
    // Nobody thinks of it by `any`.
    found("any on udp/1024-9999", &["W0408"]);
    check("isolate egress pods\nallow pods -> any\ndeny pods -> any on udp/53", &["W0408"]);
}

// Where a program says itself where DNS is, that is where.
#[test]
fn what_the_program_calls_dns_is_dns() {
    let rest = "isolate egress pods\nallow pods -> any on tcp/443\n";
    let found = |dns: &str, rules: &str, expected: &[&str]| {
        let expected: Vec<&str> = [&["N0201 |dns|"], expected].concat();
        check(&format!("let dns = {dns}\n{rest}{rules}"), &expected);
    };
    for dns in [
        "pods[k8s-app=coredns] in kube-system on udp/53, tcp/53",
        "pods[app.kubernetes.io/name=coredns] in dns-system on udp/53, tcp/53",
        "pods[k8s-app=coredns] in kube-system on udp/dns, tcp/dns",
        "pods[k8s-app=coredns] in kube-system",
        "pods[app=resolver] on udp/5353",
        "192.0.2.53 on udp/5353",
    ] {
        found(dns, "allow pods -> dns", &[]);
        found(dns, "", &["W0408 |isolate egress pods| add `allow pods -> dns`"]);
        found(dns, "allow pods -> dns on tcp", &["W0408"]);
    }
    let coredns = "pods[k8s-app=coredns] in dns-system on udp/53, tcp/53";
    let narrow = "W0408 |isolate egress pods| a deny wins over every allow: narrow the one";
    found(coredns, "allow pods -> dns\ndeny pods -> dns", &[narrow, "W0406"]);
    found(coredns, "allow pods -> dns\ndeny pods -> any on udp/53", &[narrow]);
    found(coredns, "allow pods -> dns\ndeny pods -> dns on tcp/22", &[]);
    found(coredns, "allow pods -> pods[k8s-app=coredns] in ops on udp/53", &["W0408"]);
}

#[test]
fn a_name_dns_that_leads_elsewhere_is_not_suggested() {
    let usual =
        "W0408 |isolate egress pods| add `allow pods -> pods[k8s-app=kube-dns] in kube-system on udp/53, tcp/53`";
    let rest = "isolate egress pods\nallow pods -> any on tcp/443";
    for dns in ["tcp/53, udp/53", "pods[app=resolver] on tcp/53"] {
        check(&format!("let dns = {dns}\n{rest}"), &["N0201", usual]);
    }
    // In another block the name is the prelude's.
    let blocks = format!("namespace a {{ let dns = udp/53 }}\nnamespace b {{ {rest} }}");
    check(&blocks, &["N0201", "W0408 |isolate egress pods| add `allow pods -> dns`"]);
}

#[test]
fn a_name_dns_of_another_file_is_dns() {
    let files = [
        (
            "a.netpol",
            "use d as dns from \"b.netpol\"\nisolate egress pods\nallow pods -> any on tcp/1\nallow pods -> dns",
        ),
        ("b.netpol", "let d = pods[app=coredns] in dns-system on udp/53, tcp/53"),
    ];
    let Outcome { sources, program, .. } = run(&files, None, None);
    let found = linted(program.unwrap(), &sources);
    assert!(found.is_empty(), "{found:?}");
}

// What the lints say of manifests, each an object.
#[track_caller]
fn check_objects(text: &str, expected: &[&str]) {
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text);
    let mut found = Diagnostics::new();
    let read = objects::read(file, text, &mut found);
    let policy =
        from_kubernetes::read(read.policies.iter().map(|of| &of.object), |at, path| read.policies[at].place(path));
    found.append(super::objects(&read.policies, &Scope::whole(&policy), None, &sources));
    let lines: Vec<String> = found
        .into_sorted()
        .into_iter()
        .map(|of| {
            std::iter::once(format!("{} {}", of.code.id(), of.message)).chain(of.help).collect::<Vec<_>>().join("; ")
        })
        .collect();
    let same = lines.len() == expected.len() && lines.iter().zip(expected).all(|(line, start)| line.starts_with(start));
    assert!(same, "found {lines:#?}\nexpected {expected:#?}\nin {text}");
}

fn object(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n---\n"
    )
}

#[test]
fn a_policy_that_closes_what_is_closed_is_told() {
    let all = object("all", "{podSelector: {}, policyTypes: [Ingress]}");
    let web = object("web", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}");
    let both = object("both", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    let allowing = object("open", "{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]}");
    let said = "W0407 this policy closes nothing that is not closed by test.yaml:1";
    check_objects(&format!("{all}{web}"), &[said]);
    check_objects(&format!("{web}{all}"), &["W0407 this policy closes nothing that is not closed by test.yaml:6"]);
    check_objects(&format!("{all}{}", object("again", "{podSelector: {}}")), &[said]);
    check_objects(&format!("{all}{both}"), &["W0407 this policy closes nothing that is not closed by test.yaml:6"]);
    check_objects(&format!("{web}{both}"), &["W0407"]);
    check_objects(&format!("{all}{allowing}"), &[]);
    check_objects(&format!("{allowing}{web}"), &[]);
}

#[test]
fn objects_are_helped_in_their_own_words() {
    let send = object("send", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}");
    check_objects(
        &send,
        &[
            "W0408 pods that are closed here may send, but not all of them may ask DNS; add to `egress` of NetworkPolicy \
           `send` the entry `- {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, \
           podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: \
           53}]}` for those that look up names",
        ],
    );
    let send = |name: &str, app: &str| {
        let pods = format!("{{matchLabels: {{app: {app}}}}}");
        object(name, &format!("{{podSelector: {pods}, policyTypes: [Egress], egress: [{{ports: [{{port: 443}}]}}]}}"))
    };
    let close = object("close", "{podSelector: {}, policyTypes: [Egress]}");
    let both = format!("{close}{}{}", send("one", "a"), send("two", "b"));
    let help = "pods that are closed here may send, but not all of them may ask DNS; add to `egress` of NetworkPolicy `one` \
                and of `two` the entry `- {to: [";
    check_objects(&both, &[&format!("W0408 {help}")]);
    // A port without a protocol is TCP's.
    let dns = "[{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]";
    let tcp = format!("{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: {dns}, ports: [{{port: 53}}]}}]}}");
    check_objects(&object("dns", &tcp), &["W0408"]);
}

#[test]
fn a_pair_with_all_pods_of_the_namespace_is_usual() {
    let pair = |pods: &str| {
        let from = format!("[{{namespaceSelector: {{matchLabels: {{team: ops}}}}}}, {{podSelector: {pods}}}]");
        object("a", &format!("{{podSelector: {{}}, ingress: [{{from: {from}}}]}}"))
    };
    check_objects(&pair("{}"), &[]);
    check_objects(&pair("{matchLabels: {app: web}}"), &["W0602"]);
    check_objects(&pair("{matchExpressions: [{key: app, operator: Exists}]}"), &["W0602"]);
}

// A program with manifests beside it, whose findings are the program's.
#[track_caller]
fn check_beside(text: &str, manifests: &str, expected: &[&str]) {
    let mut sources = Sources::new();
    let file = sources.add("beside.yaml", manifests);
    let read = objects::read(file, manifests, &mut Diagnostics::new());
    let span = crate::span::Span::new(file, 0, 0);
    let beside = from_kubernetes::read(read.policies.iter().map(|of| &of.object), |_, _| span);
    let Outcome { sources, program, mut found } = run(&[("test.netpol", text)], None, None);
    let lowered = lower(&check::check(program.unwrap()).0);
    found.append(super::program(&Scope::first(&lowered.policy, &beside), &lowered.halves, None, &sources));
    compare(&Outcome { sources, program: None, found }, expected, text);
}

#[test]
fn what_stands_beside_a_program_counts() {
    let dns = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}, podSelector: \
               {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}]}";
    let text = "namespace shop\nisolate egress pods[app=api]\nallow egress pods[app=api] -> pods[app=db] on tcp/5432";
    check_beside(text, &object("dns", dns), &[]);
    let other = text.replace("namespace shop", "namespace bank");
    check_beside(&other, &object("dns", dns), &["W0408"]);
    let open = "{podSelector: {}, ingress: [{}]}";
    let narrow = "namespace shop\nisolate ingress pods\nallow ingress pods -> pods on tcp/1";
    check_beside(narrow, &object("open", open), &["W0407 |allow ingress pods -> pods on tcp/1|"]);
    check_beside(&narrow.replace("pods -> pods on tcp/1", "any -> pods"), &object("open", open), &[]);
}

const CLUSTER: &str = "
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: api, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: old, namespace: shop, labels: {app: old}}
spec: {containers: [{name: old, ports: [{name: http, containerPort: 8000}]}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: retail}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80, targetPort: http}]}
";

// What is found in a program of namespace `shop`, held against the cluster.
#[track_caller]
fn check_in_cluster(text: &str, expected: &[&str]) {
    check_in_cluster_with("", text, expected);
}

fn cluster(text: &str) -> Cluster {
    let mut found = Diagnostics::new();
    load::parse("cluster.yaml", text.as_bytes(), &mut found).unwrap_or_else(|| panic!("{found:?}"))
}

// The same with more objects in the cluster.
#[track_caller]
fn check_in_cluster_with(more: &str, text: &str, expected: &[&str]) {
    let text = format!("namespace shop isolate ingress pods\n{text}");
    let cluster = cluster(&format!("{CLUSTER}---{more}"));
    let outcome = run(&[("test.netpol", &text)], Some(&cluster), None);
    let lowered = lower(&check::check(outcome.program.unwrap()).0);
    let place = Place::new(&cluster, "default");
    let scope = Scope::whole(&lowered.policy);
    let mut found = Diagnostics::new();
    super::together(&scope, Some(&place), &outcome.sources, &mut found);
    compare(&Outcome { sources: outcome.sources, program: None, found }, expected, &text);
}

#[test]
fn selectors_that_match_nothing_there() {
    check_in_cluster("allow pods[app=web] -> pods[app=api]", &[]);
    check_in_cluster("allow pods[web] -> pods", &["W0302 |allow pods[web] -> pods| did you mean `app=web`?"]);
    check_in_cluster("allow pods[app=wbe] -> pods", &["W0302 |allow pods[app=wbe] -> pods| did you mean `app=web`?"]);
    check_in_cluster(
        "allow pods in bank -> pods",
        &["W0302 |allow pods in bank -> pods| the cluster that is given has no namespace `bank`"],
    );
    check_in_cluster(
        "allow pods[app=wbe] in shpo -> pods",
        &[
            "W0302 |allow pods[app=wbe] in shpo -> pods| the cluster that is given has no namespace `shpo`; did you mean \
           `shop`?",
        ],
    );
    check_in_cluster("allow pods in namespaces[team=retail] -> pods", &[]);
    check_in_cluster("isolate pods[app=db]", &["W0302 |isolate pods[app=db]|"]);
    check_in_cluster("allow 10.0.0.1, pods in * -> pods", &[]);
}

#[test]
fn labels_of_the_host_network_alone_select_nothing() {
    let host = "
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: wob}}
spec: {hostNetwork: true, nodeName: n1}
status: {phase: Running, podIP: 192.168.0.1}
";
    check_in_cluster_with(
        host,
        "allow pods[app=wob] -> pods",
        &[
            "W0302 |allow pods[app=wob] -> pods| only pods of the host network are: `shop/agent`. Their traffic is their node's",
        ],
    );
}

#[test]
fn names_of_ports_that_destinations_lack_or_number_differently() {
    check_in_cluster("allow any -> pods[app=api] on tcp/http", &[]);
    check_in_cluster(
        "allow any -> pods[app=api] on tcp/htpp",
        &["W0304 |allow any -> pods[app=api] on tcp/htpp| did you"],
    );
    check_in_cluster("allow any -> pods[app=api] on udp/http", &["W0304 |allow any -> pods[app=api] on udp/http|"]);
    check_in_cluster("allow any -> pods on tcp/http", &["N0301 |allow any -> pods on tcp/http|"]);
}

#[test]
fn the_port_of_a_service_is_not_that_of_its_pods() {
    let wrong = "allow any -> pods[app=api] on tcp/80";
    check_in_cluster(wrong, &[&format!("W0305 |{wrong}| policies are about the ports of pods: write `tcp/8080`")]);
    check_in_cluster("allow any -> pods[app=api] on tcp/80, tcp/8080", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp/80, tcp/http", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp", &[]);
    check_in_cluster("allow any -> service api on tcp/80", &[]);
}

#[test]
fn every_set_of_destinations_can_have_a_services_port() {
    let to = |to: &str| format!("isolate egress pods\nallow egress pods -> {to} on tcp/80, udp/53");
    let dns = "\nallow pods -> any on udp/53";
    let wrong = |text: &str| check_in_cluster(&format!("{}{dns}", to(text)), &["W0305"]);
    wrong("pods[app=web], pods[app=api]");
    wrong("pods[app in (web, api)]");
    check_in_cluster(&format!("{}{dns}", to("pods[app=web]")), &[]);
}

#[test]
fn a_port_that_pods_listen_at_is_no_slip() {
    let named = "
apiVersion: v1
kind: Pod
metadata: {name: api-2, namespace: shop, labels: {app: api}}
spec: {containers: [{name: api, ports: [{name: plain, containerPort: 80}]}]}
";
    let direct = "
apiVersion: v1
kind: Service
metadata: {name: direct, namespace: shop}
spec: {clusterIP: None, selector: {app: api}, ports: [{port: 80}]}
";
    let unnamed = named.replace("name: plain, ", "");
    check_in_cluster_with(named, "allow any -> pods[app=api] on tcp/80", &[]);
    check_in_cluster_with(&unnamed, "allow any -> pods[app=api] on tcp/80", &[]);
    check_in_cluster_with(direct, "allow any -> pods[app=api] on tcp/80", &[]);
}

#[test]
fn a_port_of_other_destinations_is_no_slip() {
    let check = |rule: &str, expected: &[&str]| {
        check_in_cluster(rule, expected);
        check_in_cluster(&format!("isolate egress pods\nallow egress pods -> any on udp/53\n{rule}"), expected);
    };
    // Of what listens outside nothing is known.
    check("allow pods -> any on tcp/80", &[]);
    check("allow pods -> internet, pods on tcp/80", &[]);
    check("allow pods -> 10.0.0.1, pods[app=api] on tcp/80", &[]);
    check("let a = any\nallow pods -> a on tcp/80", &[]);
    check("allow pods -> pods[app=api] on tcp/80", &["W0305 |"]);
    // Only the egress half tells of destinations that the program does not own.
    check_in_cluster("allow pods -> pods[app=web] in *, pods[app=api] on tcp/80", &[]);
    let plain = "
apiVersion: v1
kind: Pod
metadata: {name: plain, namespace: shop, labels: {app: plain}}
spec: {containers: [{name: plain, ports: [{containerPort: 80}]}]}
";
    check_in_cluster_with(plain, "allow pods -> pods[app=plain], pods[app=api] on tcp/80", &[]);
}

#[test]
fn a_range_around_the_port_of_a_service_means_no_service() {
    check_in_cluster("allow any -> pods[app=api] on tcp/1-1024", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp/80-90", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp/70-80, tcp/443", &[]);
    check_in_cluster("allow any -> pods[app=api] on tcp/1-10, tcp/80", &["W0305"]);
    let more = "
apiVersion: v1
kind: Service
metadata: {name: more, namespace: shop}
spec: {selector: {app: api}, ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8081}]}
";
    let to = |ports: &str| format!("allow any -> pods[app=api] on {ports}");
    check_in_cluster_with(more, &to("tcp/80, tcp/81"), &["W0305", "W0305"]);
    check_in_cluster_with(more, &to("tcp/80-82"), &[]);
    check_in_cluster_with(more, &to("tcp/80, tcp/81, tcp/82"), &["W0305", "W0305"]);
    check_in_cluster(&to("tcp/79, tcp/80, tcp/81"), &["W0305"]);
    check_in_cluster(&to("tcp/79, tcp/80-81"), &[]);
    check_in_cluster(&to("tcp/1-79, tcp/80"), &["W0305"]);
    check_in_cluster(&to("tcp, tcp/80"), &[]);
    check_in_cluster(&format!("let p = tcp/80, tcp/81\nlet w = tcp/79-90\n{}", to("p")), &["W0305"]);
    check_in_cluster(&format!("let w = tcp/79-81\n{}", to("w")), &[]);
}

#[test]
fn of_services_with_one_port_the_first_by_name_is_told() {
    let service = |name: &str, target: u16| {
        format!(
            "
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{selector: {{app: api}}, ports: [{{port: 90, targetPort: {target}}}]}}
---"
        )
    };
    let many: String = (0..30).map(|at| service(&format!("s{at:02}"), 9030 - at)).collect();
    let help = "policies are about the ports of pods: write `tcp/9030`";
    let seen = format!("W0305 |allow any -> pods[app=api] on tcp/90| {help}");
    check_in_cluster_with(&many, "allow any -> pods[app=api] on tcp/90", &[&seen]);
    let seen = seen.replace("tcp/90|", "tcp/90, tcp/9030|").replace("`tcp/9030`", "`tcp/9029`");
    check_in_cluster_with(&many, "allow any -> pods[app=api] on tcp/90, tcp/9030", &[&seen]);
}

#[test]
fn names_of_ports_where_no_selector_chooses() {
    let rule = |to: &str| format!("isolate egress pods\nallow egress pods -> any on udp/53\nallow egress pods -> {to}");
    check_in_cluster(&rule("any on tcp/http"), &[]);
    check_in_cluster(&rule("any on tcp/htpp"), &["W0304 |allow egress pods -> any on tcp/htpp| did you mean `http`?"]);
    check_in_cluster(&rule("10.0.0.0/8 on tcp/alsonot"), &["W0304 |allow egress pods -> 10.0.0.0/8 on tcp/alsonot|"]);
    check_in_cluster(
        &rule("203.0.113.0/24 on tcp/http"),
        &["W0304 |allow egress pods -> 203.0.113.0/24 on tcp/http| addresses outside"],
    );
    check_in_cluster(&rule("10.0.0.0/8, pods[app=api] on tcp/http"), &[]);
}

#[test]
fn one_selector_that_matches_nothing_is_told_once() {
    let rules = "allow any -> pods[app=db] on tcp/1\nallow any -> pods[app=db] on tcp/2";
    check_in_cluster(&format!("isolate ingress pods[app=db]\n{rules}"), &["W0302 |isolate ingress pods[app=db]|"]);
    check_in_cluster(rules, &["W0302", "W0302"]);
}

const GHOST: &str = "
apiVersion: v1
kind: Service
metadata: {name: ghost, namespace: shop}
spec: {selector: {app: ghost}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: bank}
spec: {selector: {app: ghost}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {ports: [{port: 80}]}
";

#[test]
fn services_without_pods_are_told() {
    check_in_cluster_with(GHOST, "", &[]);
    check_in_cluster_with(GHOST, "allow service ghost -> pods", &["W0310 ||", "W0302 |allow service ghost -> pods|"]);
    let wide = GHOST.replace("{app: ghost}", "{app: web, tier: none}");
    check_in_cluster_with(&wide, "allow pods[app=web] -> pods", &["W0310 ||"]);
    check_in_cluster_with(&wide, "allow pods[app in (web, api)] -> pods", &["W0310 ||"]);
    check_in_cluster_with(&wide, "allow pods[app=web] in * -> pods", &["W0310 ||", "W0310 ||"]);
    check_in_cluster_with(&wide, "isolate egress pods[app=api]", &[]);
    check_in_cluster_with(&wide, "allow pods -> pods[app!=api]", &[]);
    let slip = GHOST.replace("app: ghost", "app: wbe");
    let found = ["W0310 || did you mean `app=web`?", "W0302"];
    check_in_cluster_with(&slip, "allow service ghost -> pods", &found);
}

#[test]
fn the_pods_of_a_cluster_tell_that_it_is_openshift() {
    let pods = "
apiVersion: v1
kind: Pod
metadata: {name: dns-default-1, namespace: openshift-dns, labels: {dns.operator.openshift.io/daemonset-dns: default}}
spec: {containers: [{name: dns, ports: [{name: dns, containerPort: 5353, protocol: UDP}]}]}
status: {phase: Running, podIPs: [{ip: 10.1.9.1}]}
";
    let found = |to: &str, expected: &[&str]| {
        let send = "isolate egress pods\nallow egress pods[app=web] -> pods[app=api]\n";
        check_in_cluster_with(pods, &format!("{send}allow pods -> {to}"), expected);
    };
    let help = "add `allow pods -> pods[dns.operator.openshift.io/daemonset-dns=default] in openshift-dns on udp/5353";
    found("10.1.9.1 on tcp/1", &[&format!("W0408 |isolate egress pods| {help}")]);
    found("pods in openshift-dns on udp/5353", &[]);
    found("pods in openshift-dns on udp/53", &["W0408"]);
    found("10.1.9.0/24 on udp/5353", &[]);
    found("any on udp/1024-9999", &[]);
    found("dns", &["W0408", "W0302"]);
}

const DNS: &str = "
apiVersion: v1
kind: Pod
metadata: {name: coredns-1, namespace: kube-system, labels: {k8s-app: kube-dns}}
status: {phase: Running, podIPs: [{ip: 10.1.9.1}]}
";

#[test]
fn a_name_dns_counts_where_the_cluster_has_its_pods() {
    let coredns = DNS.replace("kube-dns", "coredns");
    let send = "isolate egress pods\nallow egress pods -> pods[app=api]\n";
    let own = "let dns = pods[k8s-app=coredns] in kube-system on udp/53\n";
    let found = |pods: &str, rules: &str, expected: &[&str]| {
        check_in_cluster_with(pods, &format!("{own}{send}{rules}"), expected);
    };
    found(&coredns, "allow pods -> dns", &[]);
    found(&coredns, "", &["W0408 |isolate egress pods| add `allow pods -> dns`"]);
    // A name that stands for no pod leads nowhere.
    let usual =
        "W0408 |isolate egress pods| add `allow pods -> pods[k8s-app=kube-dns] in kube-system on udp/53, tcp/53`";
    found(DNS, "", &[usual]);
    found(DNS, "allow pods -> dns", &[usual, "W0302"]);
}

#[test]
fn the_pods_of_a_cluster_tell_who_asks_dns() {
    let found = |rules: &str, expected: &[&str]| {
        check_in_cluster_with(DNS, &format!("isolate egress pods\n{rules}"), expected);
    };
    let send = "allow egress pods[app=web] -> pods[app=api]\n";
    found(send, &["W0408 |isolate egress pods| add `allow pods[app=web] -> dns`"]);
    found(&format!("{send}allow pods -> 10.1.9.1 on udp/53"), &[]);
    found(&format!("{send}allow pods -> 10.1.9.0/24"), &[]);
    found(&format!("{send}allow pods -> 10.2.0.0/16"), &["W0408"]);
    found(&format!("{send}allow pods -> 192.0.2.1 on udp/53"), &[]);
    found(&format!("{send}allow pods -> pods[k8s-app] in kube-system on udp/53"), &[]);
    found(&format!("{send}allow pods -> pods[k8s-app=kube-dns, x=y] in * on udp/53"), &["W0408", "W0302"]);
    // The address of the Service is translated before policies see it.
    let service = "---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10, 'fd96::a'], selector: {k8s-app: kube-dns}, ports: [{port: 53}]}
---
apiVersion: v1
kind: Service
metadata: {name: none, namespace: kube-system}
spec: {clusterIP: None, selector: {k8s-app: kube-dns}}
";
    let with_service = |to: &str, expected: &[&str]| {
        let rules = format!("isolate egress pods\n{send}allow egress pods -> {to} on udp/53");
        check_in_cluster_with(&format!("{DNS}{service}"), &rules, expected);
        // Also where the cluster's pods of DNS are not given.
        check_in_cluster_with(service.trim_start_matches("---"), &rules, expected);
    };
    let seen = "W0408 |isolate egress pods| add `allow pods -> dns` for those that look up names; `10.96.0.10` is \
                the address of Service `kube-system/kube-dns`";
    with_service("10.96.0.10", &[seen]);
    with_service("10.96.0.0/12", &[seen]);
    with_service("fd96::a, 10.96.0.10", &[seen]);
    with_service(
        "fd96::a",
        &["W0408 |isolate egress pods| add `allow pods -> dns` for those that look up names; `fd96::a`"],
    );
    with_service("192.0.2.1", &[]);
    with_service("10.96.0.10, 192.0.2.1", &[seen]);
    with_service("any", &[]);
    // By labels some might not ask; of the pods there are, all may.
    found("allow egress pods -> any on tcp/1\nallow pods[app] -> dns", &[]);
    found("allow egress pods -> any on tcp/1\nallow pods[app!=old] -> dns", &["W0408"]);
}

const TOLD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: dns-1, namespace: kube-system, labels: {k8s-app: kube-dns, pod-template-hash: x}}
spec: {containers: [{ports: [{name: dns, containerPort: 5353, protocol: UDP}, {name: dns-tcp, containerPort: 5353}]}]}
status: {phase: Running, podIPs: [{ip: 10.1.9.1}]}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: 10.96.0.10
  selector: {k8s-app: kube-dns}
  ports: [{name: dns, port: 53, protocol: UDP, targetPort: dns}, {name: dns-tcp, port: 53, targetPort: dns-tcp}]
";

// What is said where the cluster has some objects, and pods of the program may send and ask at a destination.
#[track_caller]
fn check_asking(objects: &str, to: &str, expected: &[&str]) {
    let send = "isolate egress pods\nallow egress pods[app=web] -> pods[app=api]\n";
    check_in_cluster_with(objects, &format!("{send}allow egress pods -> {to}"), expected);
}

#[test]
fn the_service_of_dns_tells_the_port_of_its_pods() {
    let help = "add `allow pods -> pods[k8s-app=kube-dns] in kube-system on udp/5353, tcp/5353` for those";
    let seen = format!("W0408 |isolate egress pods| {help}");
    check_asking(TOLD, "dns", &[&seen, "W0305", "W0305"]);
    check_asking(TOLD, "10.1.9.1 on udp/53", &[&seen]);
    for to in ["udp/5353", "udp/dns", "udp/5000-6000"] {
        check_asking(TOLD, &format!("pods[k8s-app=kube-dns] in kube-system on {to}"), &[]);
    }
    check_asking(TOLD, "pods[k8s-app=kube-dns] in kube-system on tcp/5353", &["W0408"]);
    // A number needs no pod to tell it.
    let number = TOLD.replace("targetPort: dns-tcp", "targetPort: 1053").replace("targetPort: dns", "targetPort: 1054");
    let help = "add `allow pods -> pods[k8s-app=kube-dns] in kube-system on udp/1054, tcp/1053` for those";
    check_asking(&number, "10.1.9.1 on udp/5353", &[&format!("W0408 |isolate egress pods| {help}")]);
    check_asking(&number.replace("10.1.9.1", ""), "any on udp/1054", &[]);
    check_asking(&number, "any on udp/1054", &[]);
    // Without its Service, its pods tell.
    let (pods, _) = TOLD.split_once("---").unwrap();
    check_asking(pods, "10.1.9.1 on udp/53", &[&seen]);
}

#[test]
fn the_service_of_dns_tells_the_labels_of_its_pods() {
    let told = TOLD.replace("{k8s-app: kube-dns", "{k8s-app: coredns").replace("5353", "53");
    check_asking(&told, "pods[k8s-app=coredns] in kube-system on udp/53", &[]);
    let help =
        "add `allow pods -> pods[k8s-app=coredns] in kube-system on udp/53, tcp/53` for those that look up names";
    let seen = format!("W0408 |isolate egress pods| {help}");
    check_asking(&told, "dns", &[&seen, "W0302"]);
    let translated = format!("{seen}; `10.96.0.10` is the address of Service `kube-system/kube-dns`");
    check_asking(&told, "10.96.0.10 on udp/53", &[&translated]);
    // It does so where its pods are not given.
    let (_, service) = told.split_once("---").unwrap();
    check_asking(service, "10.96.0.10 on udp/53", &[&translated]);
    // One that leads nowhere is not believed where the usual pods are there.
    let idle = told.replace("selector: {k8s-app: coredns}", "selector: {k8s-app: none}");
    check_asking(&idle.replace("labels: {k8s-app: coredns", "labels: {k8s-app: kube-dns"), "dns", &[]);
    let more = told.replace("{k8s-app: coredns}", "{k8s-app: coredns, pod-template-hash: x}");
    check_asking(
        &more,
        "dns",
        &["W0408 |isolate egress pods| add `allow pods -> pods[k8s-app=coredns, pod-template-hash=x] in kube", "W0302"],
    );
}
