//! What several test binaries share: the real programs of Kubernetes, as judges of what netpol writes and reads.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests end a test by failing it"
)]

pub(crate) mod api_server;
pub(crate) mod binaries;
pub(crate) mod folder;
pub(crate) mod judge;
pub(crate) mod kubectl;

pub(crate) mod policy_sets;
pub(crate) mod programs;
pub(crate) mod refusal;
pub(crate) mod servers;
pub(crate) mod universe;

use netpol::source::Sources;

/// A program as the formatter writes it, if it has no syntax error.
pub(crate) fn formatted(text: &str) -> Option<String> {
    let mut sources = Sources::new();
    let id = sources.add("program", text);
    let (file, found) = netpol::syntax::parse(&sources, id);
    found.is_empty().then(|| netpol::format::format(text, &file).expect("the formatter keeps the meaning"))
}
