//! Clusters: loading them, and asking about them.

#![allow(clippy::unwrap_used, reason = "a bench that cannot run says so")]

#[path = "support/sample.rs"]
mod sample;

use netpol::analysis::Who;
use netpol::analysis::query::Query;
use netpol::analysis::reach::{Filter, output, reach};
use netpol::analysis::report::{Style, report};
use netpol::cluster::load;
use netpol::diag::Diagnostics;
use netpol::source::Sources;
use netpol::tables::Tables;
use sample::Size;

fn main() {
    divan::main();
}

fn size(pods: usize) -> Size {
    Size { pods, namespaces: 50, policies: 0, replicas: 10 }
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3)]
fn json(bencher: divan::Bencher, pods: usize) {
    let text = sample::json(size(pods));
    bencher.counter(divan::counter::BytesCount::of_str(&text)).bench(|| load_all(&text, pods));
}

#[divan::bench(args = [10_000], sample_count = 3)]
fn yaml(bencher: divan::Bencher, pods: usize) {
    let text = sample::yaml(size(pods));
    bencher.counter(divan::counter::BytesCount::of_str(&text)).bench(|| load_all(&text, pods));
}

// From the texts of a cluster of 10,000 pods and of the flows, under 5,000 policies, to the answers.
#[divan::bench(args = [1_000_000], sample_count = 1)]
fn query(bencher: divan::Bencher, flows: usize) {
    let size = Size { policies: 5_000, ..size(10_000) };
    let (dump, policy, flows) = (sample::json(size), sample::policy(size), sample::flows(size, flows));
    bencher.bench(|| {
        let cluster = load::parse("sample", dump.as_bytes(), &mut Diagnostics::new()).unwrap();
        let tables = Tables::new(&policy, &cluster, "default");
        let who = Who::new(&cluster);
        let mut sources = Sources::new();
        let file = sources.add("flows", flows.clone());
        let report = report(&mut Query::new(&who, &tables), Style::default(), file, &policy, &sources).unwrap();
        assert!(report.allowed > 1_000 && report.denied > 1_000, "{} {}", report.allowed, report.denied);
        report.text
    });
}

// From 1,000 workloads of ten pods each and 1,000 policies in memory to the table; and with every other one open.
#[divan::bench(args = [1_000, 500], sample_count = 3)]
fn who_reaches_whom(bencher: divan::Bencher, policies: usize) {
    let size = Size { policies, ..size(10_000) };
    let policy = sample::policy(size);
    let cluster = load::parse("sample", sample::json(size).as_bytes(), &mut Diagnostics::new()).unwrap();
    bencher.bench(|| {
        let tables = Tables::new(&policy, &cluster, "default");
        let found = reach(&cluster, &tables, &Filter::default());
        assert_eq!(found.workloads.len(), 1_000);
        output::table(&found)
    });
}

fn load_all(text: &str, pods: usize) {
    let mut diagnostics = Diagnostics::new();
    let cluster = load::parse("sample", text.as_bytes(), &mut diagnostics);
    assert_eq!(cluster.map(|cluster| cluster.pods.len()), Some(pods));
}
