//! The parser that pest makes of `grammar/netpol.pest`.

// What a macro writes cannot be documented.
#![allow(missing_docs)]

/// The generated parser.
#[derive(pest_derive::Parser)]
#[grammar = "../grammar/netpol.pest"]
pub(super) struct Grammar;

/// A parsed piece.
pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;
