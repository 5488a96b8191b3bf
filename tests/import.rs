//! `netpol import` keeps the meaning: what it makes of objects, built again, lets the same connections pass.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests end by failing")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use netpol::diag::Severity;
use netpol::driver::compile::Settings;
use netpol::driver::{Session, build, compile, import};
use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};
use support::folder::{Folder, Run};
use support::judge::Policies;
use support::policy_sets::policies;
use support::programs::program;
use support::universe::{assert_equal_meaning, assert_equal_samples};

/// Where policies without a namespace are applied.
const CURRENT: &str = "default";
/// Connections that are judged at the pods of one random set.
const DRAWS: usize = 400;

fn fails(what: &str, session: Session, text: &str) -> ! {
    let said: Vec<_> =
        session.diagnostics.iter().map(|found| format!("{}: {}", found.code.id(), found.message)).collect();
    panic!("{what}: {said:#?}\n{text}");
}

// The program that is made of a manifest.
fn imported(manifest: &Path, names: bool) -> String {
    let mut session = Session::new();
    match import::import(&[manifest.to_owned()], names, None, &mut session) {
        Some(program) => program,
        None => fails("not imported", session, &std::fs::read_to_string(manifest).expect("the manifest")),
    }
}

// The manifest that is made of a program, or nothing where it has an error.
fn built(program: &Path) -> Result<String, Session> {
    let mut session = Session::new();
    let settings = Settings { namespace: None, include: Vec::new(), today: jiff::civil::date(2026, 1, 1) };
    let compiled = compile::compile(&[PathBuf::from(program)], &settings, None, &mut session);
    let artifacts = compiled.and_then(|compiled| build::kubernetes(compiled.policy, Default::default(), &mut session));
    let artifacts = artifacts.filter(|_| session.diagnostics.iter().all(|found| found.severity != Severity::Error));
    artifacts.map(|artifacts| artifacts.into_iter().map(|artifact| artifact.text).collect()).ok_or(session)
}

fn there_and_back(folder: &Folder, manifest: &str, names: bool) -> (String, String) {
    folder.write("policies.yaml", manifest);
    let program = imported(&folder.path("policies.yaml"), names);
    folder.write("policies.netpol", &program);
    let back = built(&folder.path("policies.netpol")).unwrap_or_else(|session| fails("not built", session, &program));
    (program, back)
}

fn names(policies: &Policies) -> BTreeSet<(Option<&str>, Option<&str>)> {
    let metadata = policies.objects.iter().map(|object| &object.metadata);
    metadata.map(|metadata| (metadata.namespace.as_deref(), metadata.name.as_deref())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_policies_mean_the_same(objects in policies(), keep_names: bool, seed: u64) {
        let folder = Folder::new(&[]);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
        let (_, back) = there_and_back(&folder, &list, keep_names);
        let objects = objects.into_iter().map(|object| serde_json::from_value(object).expect("a NetworkPolicy"));
        let (first, second) = (Policies::new(objects, CURRENT), Policies::read(&back, CURRENT));
        assert_equal_samples(&first, &second, CURRENT, seed, DRAWS);
        if keep_names {
            let (first, second) = (names(&first), names(&second));
            prop_assert!(second.is_subset(&first), "{second:?} of {first:?}");
        }
    }
}

#[test]
fn what_random_programs_become_is_imported_with_its_meaning() {
    let folder = Folder::new(&[]);
    let mut count = 0;
    for number in 0..400 {
        folder.write("first.netpol", program(number));
        let Ok(manifest) = built(&folder.path("first.netpol")) else { continue };
        if !manifest.contains("kind:") {
            continue;
        }
        let (_, back) = there_and_back(&folder, &manifest, number % 2 == 0);
        let (first, second) = (Policies::read(&manifest, CURRENT), Policies::read(&back, CURRENT));
        assert_equal_samples(&first, &second, CURRENT, number, DRAWS / 4);
        count += 1;
    }
    assert!(count > 100, "only {count} programs");
}

// The files below a folder of the tests with such an ending.
fn files(folder: &str) -> Vec<PathBuf> {
    let all =
        walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)).sort_by_file_name();
    let paths = all.into_iter().map(|entry| entry.expect("an entry").into_path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect()
}

// What a program makes of a manifest that it imports, with `import` and `build` of the command.
fn through_the_program(folder: &Folder, manifest: &str) -> Policies {
    let program = folder.run_with("import -", manifest).fine();
    Policies::read(&folder.run_with("build - -o -", &program).fine(), CURRENT)
}

#[test]
fn policies_that_people_wrote_mean_the_same() {
    let folder = Folder::new(&[]);
    let paths = files("equivalence");
    for path in &paths {
        let manifest = std::fs::read_to_string(path).expect("a manifest");
        let (first, second) = (Policies::read(&manifest, CURRENT), through_the_program(&folder, &manifest));
        let count = assert_equal_meaning(&path.display().to_string(), &first, &second, CURRENT);
        assert!(count.allowed > 0, "{}", path.display());
    }
    assert!(paths.len() > 15, "only {} files", paths.len());
}

#[test]
fn policies_of_the_conformance_cases_mean_the_same() {
    let folder = Folder::new(&[]);
    let mut sets: Vec<Vec<Value>> = Vec::new();
    // Spellings that are stored, but that the API server no longer takes, are not imported either.
    let taken = |path: &PathBuf| !path.ends_with("rules/13-old-spellings.yaml");
    for path in files("conformance").into_iter().filter(taken) {
        let text = std::fs::read_to_string(path).expect("a case");
        let case = Value::deserialize(serde_yaml::Deserializer::from_str(&text)).expect("YAML");
        for step in case["steps"].as_array().expect("steps") {
            let policies = step["policies"].as_array().expect("policies");
            if !policies.is_empty() && !sets.contains(policies) {
                sets.push(policies.clone());
            }
        }
    }
    for set in &sets {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": set}).to_string();
        let objects = set.iter().map(|object| serde_json::from_value(object.clone()).expect("a NetworkPolicy"));
        let second = through_the_program(&folder, &list);
        assert_equal_samples(&Policies::new(objects, CURRENT), &second, CURRENT, 0, DRAWS);
    }
    assert!(sets.len() > 40, "only {} sets", sets.len());
}

const COMMENTED: &str = "# Copyright
# about the \"first\" # of them
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: first, namespace: shop} # behind
spec: {podSelector: {}}
---
## about one without a name
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {generateName: a-, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{}]}
---
apiVersion: v1
kind: List
items:
  # about the third: größer
  - apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: first, namespace: ops}
    spec: {podSelector: {}, policyTypes: [Egress]}
";

#[test]
fn comments_above_objects_survive() {
    let folder = Folder::new(&[("p.yaml", COMMENTED)]);
    let program = folder.run("import p.yaml").fine();
    let expected = "namespace shop {
  let web = pods[app=web]

  # Copyright
  # about the \"first\" # of them
  isolate ingress pods

  # about one without a name
  isolate ingress web
  allow ingress any -> web
}

namespace ops {
  # about the third: größer
  isolate egress pods
}
";
    assert_eq!(program, expected);
    assert_eq!(support::formatted(&program).as_deref(), Some(expected));
}

#[test]
fn a_comment_above_a_list_survives() {
    let policy = |name: &str| {
        format!(
            "# {name}\n- {{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}}}, spec: {{podSelector: {{}}}}}}\n"
        )
    };
    let list = format!("# the shop's\napiVersion: v1\nkind: List\nitems:\n{}{}", policy("a"), policy("b"));
    let program = Folder::new(&[("p.yaml", &list)]).run("import p.yaml").fine();
    assert!(program.starts_with("# the shop's\n# a\nisolate ingress pods\n"), "{program}");
}

#[test]
fn names_of_a_namespace_hide_none_of_the_file() {
    let policy = |metadata: &str, label: &str| {
        let web = format!("podSelector: {{matchLabels: {{{label}: web}}}}");
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{{metadata}}}\nspec: {{{web}, ingress: [{{from: \
             [{{{web}}}]}}]}}\n"
        )
    };
    for label in ["app", "role"] {
        let here = [policy("name: a", "app"), policy("name: b", "role")].concat();
        let manifest = here + &policy("name: a, namespace: shop", label) + &policy("name: a, namespace: ops", label);
        let folder = Folder::new(&[]);
        let program = folder.run_with("import -", &manifest).fine();
        let said = folder.run_with("check -", &program).fine();
        assert!(!said.contains("N0201") && program.matches("let web-3 = ").count() == 2, "{program}{said}");
        let back = folder.run_with("build - -o -", &program).fine();
        let (first, second) = (Policies::read(&manifest, CURRENT), Policies::read(&back, CURRENT));
        assert_equal_meaning(label, &first, &second, CURRENT);
    }
}

#[test]
fn objects_keep_their_names_where_that_is_asked_for() {
    let folder = Folder::new(&[("p.yaml", COMMENTED)]);
    let manifest = folder.run_with("build -", folder.run("import p.yaml --names").fine()).fine();
    let policies = Policies::read(&manifest, CURRENT);
    let expected = [(Some("ops"), Some("first")), (Some("shop"), Some("first")), (Some("shop"), Some("web"))];
    assert_eq!(names(&policies), BTreeSet::from(expected));
}

#[test]
fn a_pipe_takes_it_all_the_way() {
    let folder = Folder::new(&[("p.yaml", COMMENTED)]);
    let pipe = format!("\"{0}\" import - <p.yaml | \"{0}\" build - -o -", env!("CARGO_BIN_EXE_netpol"));
    let manifest = Run::from(folder.command("sh").args(["-euc", &pipe]).output().expect("sh runs")).fine();
    let program = folder.run("import p.yaml").fine();
    assert_eq!(manifest, folder.run_with("build -", program).fine());
    assert_eq!(Policies::read(&manifest, CURRENT).objects.len(), 3, "{manifest}");
}

#[test]
fn selectors_of_names_that_no_namespace_has_stay_selectors() {
    let peer = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: Shop}}}";
    let manifest = COMMENTED.replacen(
        "spec: {podSelector: {}}",
        &format!("spec: {{podSelector: {{}}, ingress: [{{from: [{peer}]}}]}}"),
        1,
    );
    let program = Folder::new(&[]).run_with("import -", manifest).fine();
    assert!(program.contains("pods in namespaces[kubernetes.io/metadata.name=Shop] -> pods"), "{program}");
}

// How long it takes to import objects whose selectors differ, and would all have the same name.
fn time(count: usize) -> Duration {
    let objects = (0..count).map(|number| {
        let spec = json!({"podSelector": {"matchLabels": {format!("k{number}"): "web"}}, "ingress": [{}]});
        let metadata = json!({"name": format!("p{number}"), "namespace": "shop"});
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
    });
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects.collect::<Vec<_>>()}).to_string();
    let folder = Folder::new(&[("p.yaml", &list)]);
    let start = Instant::now();
    let program = imported(&folder.path("p.yaml"), false);
    assert!(program.contains(&format!("let web-{count} = pods[")), "each has its name");
    start.elapsed()
}

#[test]
fn many_objects_take_linear_time() {
    // Eight times the objects, in less than twice eight times the time; other processes may get in the way of one try.
    let is_linear = |_| time(8_000) < time(1_000) * 16;
    assert!((0..4).any(is_linear), "quadratic time would be 64 times as long");
}

// What comes of one object with these rules, less what stands above its rules.
fn lines(spec: &str) -> String {
    let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\n";
    let folder = Folder::new(&[("p.yaml", &format!("{head}spec: {{podSelector: {{}}, {spec}}}\n"))]);
    let program = folder.run("import p.yaml").fine();
    let manifest = folder.run_with("build - -o -", &program).fine();
    let original = std::fs::read_to_string(folder.path("p.yaml")).expect("the manifest");
    let (first, second) = (Policies::read(&original, CURRENT), Policies::read(&manifest, CURRENT));
    assert_equal_meaning(spec, &first, &second, CURRENT);
    program.lines().filter(|line| line.starts_with("allow")).collect::<Vec<_>>().join("\n")
}

fn blocks(nets: &[(&str, &str)]) -> String {
    let block = |(cidr, except): &(&str, &str)| format!("{{ipBlock: {{cidr: '{cidr}', except: [{except}]}}}}");
    nets.iter().map(block).collect::<Vec<_>>().join(", ")
}

const PUBLIC: [(&str, &str); 2] = [
    (
        "0.0.0.0/0",
        "0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24, \
         192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24, 224.0.0.0/4, \
         240.0.0.0/4",
    ),
    ("2000::/3", "'2001:db8::/32', '3fff::/20'"),
];

#[test]
fn the_preludes_names_are_recognised() {
    let dns = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, \
               podSelector: {matchLabels: {k8s-app: kube-dns}}}";
    let both = "{port: 53, protocol: UDP}, {port: 53}";
    assert_eq!(lines(&format!("egress: [{{to: [{dns}], ports: [{both}]}}]")), "allow egress pods -> dns");
    let one = lines(&format!("egress: [{{to: [{dns}], ports: [{{port: 53}}]}}]"));
    assert_eq!(one, "allow egress pods -> pods[k8s-app=kube-dns] in kube-system on tcp/53");
    let pods = lines(&format!("ingress: [{{from: [{dns}], ports: [{both}]}}]"));
    assert_eq!(pods, "allow ingress pods[k8s-app=kube-dns] in kube-system -> pods on tcp/53, udp/53");
    let public = lines(&format!("ingress: [{{from: [{}, {{podSelector: {{}}}}]}}]", blocks(&PUBLIC)));
    assert_eq!(public, "allow ingress internet, pods -> pods");
    let alone = lines(&format!("egress: [{{to: [{}], ports: [{{port: 443}}]}}]", blocks(&PUBLIC[1..])));
    assert_eq!(alone, "allow egress pods -> 2000::/3 except (2001:db8::/32, 3fff::/20) on tcp/443");
    let ranges = [("10.0.0.0/8", ""), ("172.16.0.0/12", ""), ("192.168.0.0/16", ""), ("fc00::/7", "")];
    assert_eq!(lines(&format!("egress: [{{to: [{}]}}]", blocks(&ranges))), "allow egress pods -> private");
    // Blocks stay blocks.
    let all = lines(&format!("egress: [{{to: [{}]}}]", blocks(&[("0.0.0.0/0", ""), ("::/0", "")])));
    assert_eq!(all, "allow egress pods -> 0.0.0.0/0, ::/0");
}

#[test]
fn what_an_object_says_twice_is_written_once() {
    let twice =
        "{namespaceSelector: {}}, {podSelector: {}, namespaceSelector: {}}, {podSelector: {}}, {podSelector: {}}";
    assert_eq!(lines(&format!("ingress: [{{from: [{twice}]}}]")), "allow ingress pods in *, pods -> pods");
}

fn object(name: &str, namespace: &str, app: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{podSelector: {{matchLabels: {{app: {app}}}}}, ingress: [{{from: [{{podSelector: {{matchLabels: \
         {{app: {app}}}}}}}]}}]}}\n"
    )
}

#[test]
fn names_do_not_hide_the_preludes() {
    for app in ["dns", "internet", "private", "apiserver"] {
        let folder = Folder::new(&[("p.yaml", &object("a", "shop", app))]);
        let program = folder.run("import p.yaml").fine();
        assert!(program.contains(&format!("let {app}-pods = pods[app={app}]\n")), "{program}");
        let run = folder.run_with("check -", &program);
        assert!(!run.err.contains("N0201"), "{}", run.err);
    }
}

#[test]
fn a_comment_above_every_object_is_written_once() {
    let licence = "# Copyright of somebody\n# Licensed under something\n";
    let (one, two) = (object("a", "shop", "web"), object("b", "ops", "api"));
    let expected = "# Copyright of somebody
# Licensed under something

namespace shop {
  let web = pods[app=web]

  # about web
  isolate ingress web
  allow ingress web -> web
}

namespace ops {
  let api = pods[app=api]

  isolate ingress api
  allow ingress api -> api
}
";
    let text = format!("{licence}# about web\n{one}---\n{licence}{two}");
    assert_eq!(Folder::new(&[]).run_with("import -", text).fine(), expected);
    let same = format!("# made by a tool\n{one}---\n# made by a tool\n{two}");
    let program = Folder::new(&[]).run_with("import -", same).fine();
    assert!(program.starts_with("# made by a tool\n\nnamespace") && program.matches("by a tool").count() == 1);
    let own = format!("# of these two\n{one}---\n# of the other\n{two}");
    assert!(Folder::new(&[]).run_with("import -", own).fine().starts_with("namespace shop {"));
}

#[test]
fn a_licence_that_stands_apart_is_of_the_file() {
    let licence = "# Copyright of somebody\n# Licensed under something\n";
    let (one, two) = (object("a", "shop", "web"), object("b", "ops", "api"));
    let check = |text: &str| {
        let folder = Folder::new(&[("p.yaml", text)]);
        let program = folder.run("import p.yaml").fine();
        assert!(program.starts_with(&format!("{licence}\nnamespace shop {{\n  let web")), "{program}");
        assert_eq!(program.matches("Copyright").count(), 1, "{program}");
        folder.run("import p.yaml -o out").fine();
        for file in ["out/shop.netpol", "out/ops.netpol"] {
            let program = folder.read(file);
            assert!(program.starts_with(&format!("{licence}\nnamespace ")), "{program}");
        }
    };
    check(&format!("{licence}\n{one}---\n{two}"));
    check(&format!("{licence}---\n{one}---\n{two}"));
    check(&format!("{licence}\n# about web\n{one}---\n{two}"));
    check(&format!("{licence}\n{one}---\n{licence}\n{two}"));
    // Not a licence, and not apart.
    let near = format!("# all of the shop's\n\n{one}---\n# asks the licence server\n{two}");
    let program = Folder::new(&[]).run_with("import -", near).fine();
    assert!(program.starts_with("namespace shop {"), "{program}");
}

#[test]
fn an_object_in_two_files_has_its_comments_once() {
    let one = format!("# Copyright of somebody\n# about web\n{}", object("a", "shop", "web"));
    let folder = Folder::new(&[("p.yaml", &one), ("q.yaml", &one)]);
    let program = folder.run("import p.yaml q.yaml").out;
    assert_eq!((program.matches("Copyright").count(), program.matches("about web").count()), (1, 1), "{program}");
    let apart = one.replace("# about", "\n# about");
    let folder = Folder::new(&[("p.yaml", &apart), ("q.yaml", &apart)]);
    let program = folder.run("import p.yaml q.yaml").out;
    assert_eq!((program.matches("Copyright").count(), program.matches("about web").count()), (1, 1), "{program}");
}

#[test]
fn names_are_such_as_a_person_would_write() {
    let named = |from: &str, name: &str| {
        let one = |name: &str, app: &str| {
            object(name, "shop", app).replace(&format!("{{podSelector: {{matchLabels: {{app: {app}}}}}}}"), from)
        };
        let text = format!("{}---\n{}", one("a", "web"), one("b", "api"));
        let program = Folder::new(&[]).run_with("import -", text).fine();
        assert!(program.contains(&format!("let {name} = ")), "{from}: {program}");
    };
    named("{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 172.16.0.0/12]}}", "outside");
    named("{ipBlock: {cidr: '::/0', except: ['fd00::/8']}}", "outside");
    named("{ipBlock: {cidr: 0.0.0.0/0}}", "ipv4");
    named("{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}", "net-10-0-0-0-8");
    named("{namespaceSelector: {}}", "all-pods");
    named("{podSelector: {matchLabels: {app: pods}}}", "called-pods");
}

#[test]
fn what_build_says_of_its_files_is_not_carried_over() {
    let folder = Folder::new(&[("a.netpol", "namespace shop\n\nisolate pods\n")]);
    let manifest = folder.run("build a.netpol").fine();
    assert!(manifest.contains("do not edit"), "{manifest}");
    assert_eq!(folder.run_with("import -", manifest).fine(), "namespace shop\n\nisolate pods\n");
}

#[test]
fn what_is_probably_wrong_with_the_objects_is_told() {
    let list =
        "ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}, {podSelector: {matchLabels: {app: b}}}]}]";
    let text =
        object("a", "shop", "web").replace("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]", list);
    let run = Folder::new(&[]).run_with("import -", text);
    assert!(run.err.contains("W0602"), "{}", run.err);
    assert!(run.out.starts_with("namespace shop\n"), "{}", run.out);
}

#[test]
fn a_folder_gets_a_file_for_each_namespace() {
    let nameless = object("c", "shop", "db").replace(", namespace: shop", "");
    let text = format!("{}---\n{}---\n{nameless}", object("a", "shop", "web"), object("b", "ops", "api"));
    let folder = Folder::new(&[("p.yaml", &text)]);
    folder.run("import p.yaml -o out/all").fine();
    for (name, start) in [("shop", "namespace shop\n\nlet web"), ("ops", "namespace ops\n"), ("_current", "let db")] {
        let written = std::fs::read_to_string(folder.path(&format!("out/all/{name}.netpol"))).expect("a file");
        assert!(written.starts_with(start), "{written}");
    }
    let (first, second) = (folder.run("import p.yaml").fine(), folder.run("build out/all -o -").fine());
    let first = folder.run_with("build - -o -", first).fine();
    assert_equal_meaning("apart", &Policies::read(&first, CURRENT), &Policies::read(&second, CURRENT), CURRENT);
    // With an ending it is a file.
    folder.run("import p.yaml -o all.netpol").fine();
    assert!(folder.path("all.netpol").is_file());
}
