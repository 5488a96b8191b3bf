//! What several test binaries share: the real programs of Kubernetes, as judges of what netpol writes and reads.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests end a test by failing it")]

pub(crate) mod api_server;
pub(crate) mod binaries;
pub(crate) mod judge;
pub(crate) mod kubectl;
pub(crate) mod refusal;
pub(crate) mod servers;
pub(crate) mod universe;
