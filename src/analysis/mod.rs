//! Answers about policies: what is probably wrong with one, who reaches whom, and why.
//!
//! Questions about a cluster stand on the tables, so that they stay fast however many rules and pods there are.

mod advice;
pub mod flow;
pub mod lint;
mod notes;
pub mod query;
pub mod reach;
pub mod report;
pub mod testing;
mod who;
pub mod why;
mod words;

#[cfg(test)]
mod tests;

pub use who::{End, Exempt, Party, Who};
