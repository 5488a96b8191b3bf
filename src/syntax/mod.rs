//! From text to tree: the pest grammar, its recovery, and the syntax tree.

pub mod ast;
