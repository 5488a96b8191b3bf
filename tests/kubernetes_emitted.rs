//! The real API server judges every object that netpol writes: those of the examples and of 2,000 random programs, in a
//! dry run with strict fields. What it sees is the YAML, byte for byte.
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests end a test by failing it")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use netpol::diag::{Diagnostics, Severity};
use netpol::emit::kubernetes;
use netpol::resolve::{Surroundings, Unit};
use netpol::source::Sources;
use netpol::{check, ir, opt, resolve, syntax};
use serde::Deserialize as _;
use serde_json::Value;
use support::api_server::ApiServer;
use support::programs::program;

/// How many programs must build; others are refused with an error, and that is checked too.
const PROGRAMS: usize = 2_000;

// The YAML of a program, or the codes of its errors.
fn build(text: &str) -> Result<String, Vec<&'static str>> {
    let mut sources = Sources::new();
    let id = sources.add("random.netpol", text);
    let (file, mut found) = syntax::parse(&sources, id);
    let unit = Unit { files: vec![file], roots: BTreeSet::from([id]), ..Unit::default() };
    let around = Surroundings { namespace: Some("default"), cluster: None, today: jiff::civil::date(2026, 1, 1) };
    let (program, more) = resolve::resolve(&unit, &mut sources, around);
    found.append(more);
    let expressed = program.and_then(|program| {
        let policy = opt::optimize(ir::lower(&check::check(program).0).policy);
        let (expressed, more) = kubernetes::express(policy);
        found.append(more);
        expressed
    });
    let Some(expressed) = expressed else { return Err(codes(&found)) };
    assert!(!found.has_errors(), "errors and objects too\n{text}");
    let mut stream = String::new();
    for object in expressed.manifests(&sources, &kubernetes::Options::default()).flat_map(|manifest| manifest.objects) {
        kubernetes::append(&mut stream, &object);
    }
    Ok(stream)
}

fn codes(found: &Diagnostics) -> Vec<&'static str> {
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let codes: Vec<_> = errors.map(|diagnostic| diagnostic.code.id()).collect();
    assert!(!codes.is_empty(), "neither objects nor an error");
    codes
}

fn objects(stream: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(stream).map(Value::deserialize);
    documents.map(|document| document.expect("YAML that netpol wrote")).filter(|value| !value.is_null()).collect()
}

fn judge(objects: &[Value]) {
    let server = ApiServer::shared();
    let namespaces: BTreeSet<&str> = objects
        .iter()
        .map(|object| object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default"))
        .collect();
    namespaces.iter().for_each(|name| server.ensure_namespace(name, &[]));
    for (object, answer) in objects.iter().zip(server.dry_run_all(objects)) {
        if let Err(refusal) = answer {
            panic!("{refusal:?}\n{object:#}");
        }
    }
}

#[test]
fn every_object_of_random_programs_is_accepted() {
    let (mut all, mut built, mut tried, mut refused) = (Vec::new(), 0, 0, BTreeSet::new());
    for number in 0.. {
        if built == PROGRAMS {
            break;
        }
        tried = number + 1;
        match build(&program(number)) {
            Ok(stream) => {
                built += 1;
                all.extend(objects(&stream));
            }
            Err(codes) => refused.extend(codes),
        }
    }
    println!("{built} of {tried} programs built, {} objects; the others: {refused:?}", all.len());
    assert!(tried < 3 * PROGRAMS as u64 && all.len() > PROGRAMS, "too few programs mean something");
    judge(&all);
}

#[test]
fn every_object_of_the_examples_is_accepted() {
    let mut all = Vec::new();
    for snapshot in ["shop", "boutique", "tenants", "egress", "concept-page", "recipes"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(snapshot);
        let single = ["concept-page", "recipes"].contains(&snapshot);
        let files = std::fs::read_dir(&folder).expect("an example").map(|entry| entry.expect("a file").path());
        let inputs = if single { files.collect() } else { vec![folder.clone()] };
        for input in inputs {
            let mut command = Command::new(env!("CARGO_BIN_EXE_netpol"));
            let output = command.arg("build").arg(&input).args(["-n", "default"]).output().expect("netpol runs");
            assert!(output.status.success(), "{}", input.display());
            all.extend(objects(&String::from_utf8_lossy(&output.stdout)));
        }
    }
    assert!(all.len() > 40, "only {} objects", all.len());
    judge(&all);
}
