//! YAML in and out. No other module knows a YAML package.
//!
//! Text comes in as kubectl reads it (YAML 1.1 words, JSON where a text begins with a brace), as trees that know their
//! places. It goes out so that no reader, of YAML 1.1 or 1.2, can mistake a string for something else.

mod build;
mod comments;
mod json;
mod merge;
mod node;
mod offsets;
mod plain;
pub mod read;
mod scalar;
pub mod stream;
pub mod write;

#[cfg(test)]
mod tests;

pub use comments::Above;
pub use node::{Entry, Kind, Node};
pub(crate) use plain::is_safe;
