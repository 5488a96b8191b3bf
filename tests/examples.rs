//! The programs under examples/: each compiles without a word, is formatted, has the YAML of its snapshot, and means what it claims to.

#![allow(clippy::expect_used, clippy::panic, reason = "tests end by failing")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::api_server::ApiServer;
use support::judge::Policies;
use support::universe::{Count, assert_equal_meaning};

/// Examples that are one program, all files of the folder together.
const FOLDERS: &[&str] = &["shop", "boutique", "tenants", "egress"];
/// Examples that are a collection, each file a program.
const COLLECTIONS: &[&str] = &["concept-page", "recipes"];

/// Collected programs that leave everything open, so that no flow is denied.
const OPEN: &[&str] = &["allow-all-ingress", "allow-all-egress", "02a-allow-all-traffic-to-an-application"];

/// Collected programs with a warning, which is what they teach: the original cannot ask DNS either.
const WARNED: &[&str] = &["port-range", "test-network-policy"];

/// Where policies without a namespace are applied.
const CURRENT: &str = "default";

fn netpol(arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_netpol")).args(arguments).current_dir(root()).output();
    command.expect("netpol runs")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

// The manifests of a program that there is nothing to say about but what `warnings` holds.
fn build_with(path: &str, warnings: &[&str]) -> String {
    let output = netpol(&["build", path, "-o", "-"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{path}\n{said}");
    let codes: Vec<&str> = said.split("warning[").skip(1).filter_map(|rest| rest.split(']').next()).collect();
    assert_eq!(codes, warnings, "{path}\n{said}");
    assert!(!warnings.is_empty() || said.is_empty(), "{path}\n{said}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn build(path: &str) -> String {
    build_with(path, &[])
}

fn build_collected(folder: &str, name: &str) -> String {
    let warnings: &[&str] = if WARNED.contains(&name) { &["W0408"] } else { &[] };
    build_with(&format!("examples/{folder}/{name}.netpol"), warnings)
}

// The files of a folder of the project, by their names without extension.
fn files(folder: &str, extension: &str) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut found: Vec<(String, PathBuf)> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    found
}

fn collected() -> Vec<(&'static str, String)> {
    let of = |folder: &&'static str| {
        let folder = *folder;
        files(&format!("examples/{folder}"), "netpol").into_iter().map(move |(name, _)| (folder, name))
    };
    COLLECTIONS.iter().flat_map(of).collect()
}

fn snapshot(name: &str, yaml: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/examples");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, yaml));
}

fn means_the_same(what: &str, expected: &str, built: &str) -> Count {
    let path = root().join("tests/equivalence").join(expected);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_equal_meaning(what, &Policies::read(built, CURRENT), &Policies::read(&text, CURRENT), CURRENT)
}

#[test]
fn programs_compile_to_their_snapshots() {
    for folder in FOLDERS {
        snapshot(folder, &build(&format!("examples/{folder}")));
    }
}

#[test]
fn collected_programs_compile_to_their_snapshots() {
    let all = collected();
    assert!(all.len() > 15, "only {} programs found", all.len());
    for (folder, name) in all {
        snapshot(&format!("{folder}-{name}"), &build_collected(folder, &name));
    }
}

#[test]
fn collected_programs_mean_what_the_expected_policies_mean() {
    for (folder, name) in collected() {
        let built = build_collected(folder, &name);
        let count = means_the_same(&name, &format!("{folder}/{name}.yaml"), &built);
        assert!(count.allowed > 0, "{name}: {count:?}");
        assert_eq!(count.denied == 0, OPEN.contains(&name.as_str()), "{name}: {count:?}");
    }
}

#[test]
fn every_expected_policy_has_its_program() {
    for folder in COLLECTIONS {
        let programs = files(&format!("examples/{folder}"), "netpol").into_iter().map(|(name, _)| name);
        let expected = files(&format!("tests/equivalence/{folder}"), "yaml").into_iter().map(|(name, _)| name);
        assert_eq!(programs.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{folder}");
    }
}

#[test]
fn boutique_means_its_flows_in_at_most_30_lines() {
    let count = means_the_same("boutique", "boutique.yaml", &build("examples/boutique"));
    assert!(count.allowed > 0 && count.denied > 0, "{count:?}");
    let text = std::fs::read_to_string(root().join("examples/boutique/boutique.netpol")).expect("the program");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 30, "{lines} lines");
}

#[test]
fn the_api_server_accepts_every_object() {
    let server = ApiServer::shared();
    let programs = FOLDERS.iter().map(|folder| build(&format!("examples/{folder}")));
    let streams = programs.chain(collected().into_iter().map(|(folder, name)| build_collected(folder, &name)));
    let mut count = 0;
    for stream in streams {
        let objects = Policies::read(&stream, CURRENT).objects;
        // What stands before the first mark is the comment that says where the stream comes from.
        let texts = stream.split("---\n").filter(|text| text.contains("kind:"));
        for (object, text) in objects.iter().zip(texts) {
            let namespace = object.metadata.namespace.as_deref().unwrap_or(CURRENT);
            server.ensure_namespace(namespace, &[]);
            let answer = server.dry_run_yaml(namespace, text.as_bytes());
            assert!(answer.is_ok(), "{answer:?}\n{text}");
            count += 1;
        }
    }
    assert!(count > 40, "only {count} objects");
}

#[test]
fn examples_are_formatted() {
    for folder in FOLDERS.iter().chain(COLLECTIONS) {
        for (name, path) in files(&format!("examples/{folder}"), "netpol") {
            let text = std::fs::read_to_string(path).expect("the program");
            assert_eq!(support::formatted(&text).as_deref(), Some(text.as_str()), "{folder}/{name}");
        }
    }
}

#[test]
fn lines_of_examples_fit_100_columns() {
    for folder in FOLDERS.iter().chain(COLLECTIONS) {
        for (name, path) in files(&format!("examples/{folder}"), "netpol") {
            let text = std::fs::read_to_string(path).expect("the program");
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(longest <= 100, "{folder}/{name}: {longest} columns");
        }
    }
}

#[test]
fn folders_of_collections_are_without_errors() {
    for folder in COLLECTIONS {
        let output = netpol(&["check", &format!("examples/{folder}")]);
        assert!(output.status.success(), "{folder}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
