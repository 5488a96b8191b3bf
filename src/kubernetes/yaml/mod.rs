//! YAML in and out. No other module knows a YAML package.

mod plain;
mod scalar;
pub mod stream;
pub mod write;
