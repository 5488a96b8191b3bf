//! Where a program says that DNS is.

use super::{Peer, Ports};
use crate::span::FileId;

/// What a file of a program calls `dns`, instead of what the prelude does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDns {
    /// The file that defines the name.
    pub file: FileId,
    /// The namespace block that it stands in.
    pub namespace: Option<String>,
    /// The destinations with their ports; none where it stands for no endpoints.
    pub to: Vec<(Peer, Ports)>,
}
