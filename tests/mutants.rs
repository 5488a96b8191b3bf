//! Breaks the rules of the API on purpose, one at a time: a case of the rule has to notice.
//!
//! `make mutants` compiles each of `tests/mutants.yaml`; here it is only looked at that they still apply.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

const RULES: std::ops::RangeInclusive<u8> = 1..=18;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    rule: u8,
    breaks: String,
    file: PathBuf,
    old: String,
    new: String,
}

impl Mutant {
    // The text of its file with the rule broken.
    fn apply(&self, root: &Path) -> String {
        let text = fs::read_to_string(root.join(&self.file)).unwrap();
        assert_eq!(text.matches(&self.old).count(), 1, "{}: `{}` has to be there once", self.breaks, self.old);
        text.replace(&self.old, &self.new)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn mutants() -> Vec<Mutant> {
    serde_yaml::from_str(&fs::read_to_string(root().join("tests/mutants.yaml")).unwrap()).unwrap()
}

#[test]
fn every_rule_has_a_mutant_that_applies() {
    let mutants = mutants();
    for mutant in &mutants {
        assert_ne!(mutant.apply(root()), fs::read_to_string(root().join(&mutant.file)).unwrap());
    }
    let rules: BTreeSet<u8> = mutants.iter().map(|mutant| mutant.rule).collect();
    assert_eq!(rules, RULES.collect());
}

#[test]
#[ignore = "compiles the package once for each mutant, some minutes: `make mutants`"]
fn every_mutant_is_caught_by_a_case_of_its_rule() {
    let copy = tempfile::tempdir().unwrap();
    for part in ["Cargo.toml", "Cargo.lock", "src", "grammar", "tests", "benches"] {
        copy_all(&root().join(part), &copy.path().join(part));
    }
    assert!(run(copy.path()).is_ok(), "the cases fail without a mutant");
    let mut survivors = Vec::new();
    for mutant in mutants() {
        let broken = mutant.apply(root());
        fs::write(copy.path().join(&mutant.file), broken).unwrap();
        let caught = run(copy.path()).err().and_then(|output| failures(&output, mutant.rule));
        match &caught {
            Some(count) => println!("rule {}: {}: {count} flows judged wrong", mutant.rule, mutant.breaks),
            None => survivors.push(format!("rule {}: {}", mutant.rule, mutant.breaks)),
        }
        fs::copy(root().join(&mutant.file), copy.path().join(&mutant.file)).unwrap();
    }
    assert!(survivors.is_empty(), "not caught by a case of its rule:\n{}", survivors.join("\n"));
}

// How many flows of the rule's own cases were judged wrong.
fn failures(output: &str, rule: u8) -> Option<usize> {
    assert!(!output.contains("could not compile"), "{output}");
    let own = format!("rule {rule}: ");
    Some(output.lines().filter(|line| line.starts_with(&own)).count()).filter(|count| *count > 0)
}

// The cases of the rules, by the package in a folder; what they print where they fail.
fn run(package: &Path) -> Result<(), String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--offline", "--test", "conformance", "rules_of_the_api"]).current_dir(package);
    // A folder of its own: another test may be running what is in the usual one.
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutants"));
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("RUST_BACKTRACE", "0");
    let output = cargo.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&text).into_owned()) }
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        // Large, and no part of these cases.
        if entry.file_name() != "node_modules" {
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    }
}
