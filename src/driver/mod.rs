//! The only caller of the stages: from paths to a policy, and from a policy to files.
//!
//! Nothing here prints; a command of `cli` decides what to show of a [`Session`].

pub mod build;
pub mod check;
pub mod cluster;
pub mod compile;
pub mod format;
pub mod halves;
pub mod import;
pub mod inputs;
pub mod load;
pub mod output;
mod partial;
pub mod policies;
pub mod query;
pub mod reach;
pub mod read;
pub mod testing;

use crate::diag::Diagnostics;
use crate::source::Sources;
use crate::span::FileId;

/// What a run has read, and what it has to say of it.
#[derive(Debug, Default)]
pub struct Session {
    /// The texts.
    pub sources: Sources,
    /// The findings so far.
    pub diagnostics: Diagnostics,
}

impl Session {
    /// A run that has read nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // The text of a file that was read.
    fn text(&self, file: FileId) -> &str {
        self.sources.get(file).map_or("", |source| source.text.as_str())
    }
}
