//! Answers about policies: what is probably wrong with one, who reaches whom, and why.

pub mod lint;
