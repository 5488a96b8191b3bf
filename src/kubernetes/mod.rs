//! Kubernetes objects as text and as values: YAML in and out, typed objects, and the API server's validation.
//!
//! Objects come in with their places in the file, so that whatever is found in them later can be shown where it was
//! written. Nothing here knows what a policy means.

pub(crate) mod cidr;
pub mod field;
pub mod objects;
pub mod validate;
pub mod yaml;
