//! YAML in and out. No other module knows a YAML package.

mod plain;
pub mod write;
