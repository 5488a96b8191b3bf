//! From text to YAML in memory: programs of 1,000 to 100,000 rules, and the boutique. `cargo bench --bench compile`.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a bench ends by failing")]

#[path = "support/programs.rs"]
mod programs;

use std::collections::BTreeSet;

use divan::counter::ItemsCount;
use netpol::emit::kubernetes;
use netpol::resolve::{Surroundings, Unit};
use netpol::source::Sources;
use netpol::{check, ir, opt, resolve, syntax};

/// Rules in a program. Run as a test, without optimization, the large ones would say no more.
const RULES: &[usize] = if cfg!(debug_assertions) { &[100] } else { &[1_000, 10_000, 100_000] };

fn main() {
    divan::main();
}

fn build(text: &str) -> String {
    let mut sources = Sources::new();
    let id = sources.add("bench.netpol", text);
    let (file, found) = syntax::parse(&sources, id);
    assert!(found.is_empty());
    let unit = Unit { files: vec![file], roots: BTreeSet::from([id]), ..Unit::default() };
    let around = Surroundings { namespace: None, cluster: None, today: jiff::civil::date(2026, 1, 1) };
    let program = resolve::resolve(&unit, &mut sources, around).0.expect("a program without errors");
    let policy = opt::optimize(ir::lower(&check::check(program).0).policy);
    let expressed = kubernetes::express(policy).0.expect("objects");
    let mut stream = String::new();
    for object in expressed.manifests(&sources, &kubernetes::Options::default()).flat_map(|manifest| manifest.objects) {
        kubernetes::append(&mut stream, &object);
    }
    stream
}

#[divan::bench(args = RULES, sample_count = 5)]
fn rules(bencher: divan::Bencher<'_, '_>, rules: usize) {
    let text = programs::program(rules);
    bencher.counter(ItemsCount::new(rules)).bench(|| build(&text));
}

#[divan::bench]
fn boutique() -> String {
    build(include_str!("../examples/boutique/boutique.netpol"))
}
