//! Any program is built or refused: never both, never neither.

#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use netpol::emit::kubernetes;
use netpol::resolve::{Surroundings, Unit};
use netpol::source::Sources;
use netpol::{check, ir, opt, resolve, syntax};

fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let id = sources.add("fuzz.netpol", text);
    let (file, mut found) = syntax::parse(&sources, id);
    let unit = Unit { files: vec![file], roots: BTreeSet::from([id]), ..Unit::default() };
    let around = Surroundings { namespace: Some("default"), cluster: None, today: jiff::civil::date(2026, 1, 1) };
    let (program, more) = resolve::resolve(&unit, &mut sources, around);
    found.append(more);
    let is_understood = !found.has_errors();
    let expressed = program.and_then(|program| {
        let policy = opt::optimize(ir::lower(&check::check(program).0).policy);
        let (expressed, more) = kubernetes::express(policy);
        found.append(more);
        expressed
    });
    // Where syntax fails, what was understood may still be built.
    assert!(expressed.is_some() != found.has_errors() || !is_understood);
    let options = kubernetes::Options::default();
    for manifest in expressed.iter().flat_map(|expressed| expressed.manifests(&sources, &options)) {
        for object in &manifest.objects {
            kubernetes::append(&mut String::new(), object);
        }
    }
});
