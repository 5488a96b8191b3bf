//! netpol compiles concise allow rules to Kubernetes NetworkPolicy, and answers questions about both.
//!
//! There is one way through the house: text is parsed (`syntax`), its names are resolved (`resolve`), the result is
//! checked (`check`) and lowered to the intermediate representation (`ir`), which is optimized (`opt`) and emitted
//! (`emit`). Imports follow the order of the modules below and never go back.

pub mod span;

pub mod source;

pub mod diag;

pub mod model;

pub mod kubernetes;

pub mod cluster;

pub mod syntax;

pub mod format;

pub mod resolve;

pub mod check;

pub mod ir;

pub mod lift;

pub mod opt;

pub mod tables;

pub mod emit;

pub mod analysis;

pub mod driver;

pub mod cli;
