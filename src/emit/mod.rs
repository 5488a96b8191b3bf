//! From a policy to the text of a target. Each target says exactly what the policy means, or why it cannot.

pub mod kubernetes;
