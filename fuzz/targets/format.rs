//! Whatever parses is formatted, and what is formatted is its own format.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netpol::source::Sources;
use netpol::{format, syntax};

fn formatted(text: &str) -> Option<String> {
    let mut sources = Sources::new();
    let id = sources.add("fuzz.netpol", text);
    let (file, diagnostics) = syntax::parse(&sources, id);
    if diagnostics.has_errors() {
        return None;
    }
    match format::format(text, &file) {
        Ok(formatted) => Some(formatted),
        Err(error) => panic!("{error}"),
    }
}

fuzz_target!(|text: &str| {
    if let Some(once) = formatted(text) {
        assert_eq!(formatted(&once), Some(once));
    }
});
