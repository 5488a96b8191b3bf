//! Any bytes are read without a panic, and every message has a place that can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netpol::diag::render;
use netpol::source::Sources;
use netpol::syntax;

fuzz_target!(|bytes: &[u8]| {
    let mut sources = Sources::new();
    let Ok(id) = sources.add_bytes("fuzz.netpol", bytes.to_vec()) else { return };
    let (_, diagnostics) = syntax::parse(&sources, id);
    for diagnostic in diagnostics.into_sorted() {
        let span = diagnostic.primary.as_ref().map(|label| label.span);
        let text = sources.get(id).map_or("", |source| source.text.as_str());
        assert!(span.is_none_or(|span| text.get(span.start as usize..span.end as usize).is_some()), "{diagnostic:?}");
        let _ = render::human(&diagnostic, &sources, false);
    }
});
