//! The real policy sets that netpol is compared with its peers on: `query`, `test` and `reach` answer for them as for
//! any YAML, against the clusters in benches/sets.

#![allow(clippy::expect_used, clippy::panic, reason = "tests end by failing")]

mod support;

use std::path::Path;

use support::folder::Folder;

const SETS: [&str; 2] = ["boutique", "recipes"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

// The policies of a set as objects; recipes contradict each other, so each has a namespace of its own.
fn policies(set: &str) -> String {
    let folder = Folder::new(&[]);
    if set == "boutique" {
        return folder.run_with("build - -n default -o -", text("examples/boutique/boutique.netpol")).fine();
    }
    let names = std::fs::read_dir(root().join("examples/recipes"))
        .expect("recipes")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let built = names.map(|name| {
        let number = name.split('-').next().expect("a number");
        let program = text(&format!("examples/recipes/{name}")).replace("\nnamespace default\n", "\n");
        folder.run_with(&format!("build - -n recipe-{number} -o -"), program).fine()
    });
    built.collect()
}

fn folder(set: &str) -> Folder {
    let (cluster, flows) = (text(&format!("benches/sets/{set}.yaml")), text(&format!("benches/sets/{set}.flows")));
    Folder::new(&[("policies.yaml", &policies(set)), ("cluster.yaml", &cluster), ("flows", &flows)])
}

#[test]
fn query_and_test_say_what_the_flows_expect() {
    for set in SETS {
        let folder = folder(set);
        let expected: Vec<_> = text(&format!("benches/sets/{set}.flows"))
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let answers = folder.run("query policies.yaml --cluster cluster.yaml --flows flows").fine();
        assert_eq!(answers.lines().collect::<Vec<_>>(), expected, "{set}");
        let count = expected.len();
        let tested = folder.run("test policies.yaml --cluster cluster.yaml --flows flows").fine();
        assert_eq!(tested, format!("{count} of {count} expectations hold\n"), "{set}");
    }
}

#[test]
fn the_reasons_are_rules_of_the_set() {
    let folder = folder("boutique");
    let flow = "default/deployment/frontend default/deployment/redis-cart tcp/6379";
    let why = folder.run(&format!("query policies.yaml --cluster cluster.yaml {flow} --why")).fine();
    assert!(
        why.contains("ingress at default/deployment/redis-cart: no rule allows it, and the pod is closed"),
        "{why}"
    );
    // Not of `all-pods`, which closes the pod, too: there it would open every pod of the namespace.
    let entry = "add to `ingress` of NetworkPolicy `redis-cart` (policies.yaml:286) the entry \
                 `- {from: [{podSelector: {matchLabels: {app: frontend}}}], ports: [{protocol: TCP, port: 6379}]}`";
    assert!(why.contains(entry), "{why}");
}

#[test]
fn reach_lists_what_is_open() {
    let reach = |set: &str, to: &str| {
        folder(set).run(&format!("reach policies.yaml --cluster cluster.yaml --format csv --to {to}")).fine()
    };
    let catalog = reach("boutique", "default/deployment/productcatalogservice");
    assert_eq!(catalog.lines().count(), 4, "a heading and three callers: {catalog}");
    assert!(catalog.lines().skip(1).all(|line| line.ends_with("tcp/3550")), "{catalog}");
    assert_eq!(reach("recipes", "recipe-03/deployment/web").lines().count(), 1);
}
