//! The values that policies are made of, with their exact set algebra: labels and selectors, addresses, ports.
//!
//! Nothing here knows of text, files or clusters. Every set has one normal form, so that equal sets are equal values.

mod address;
mod difference;
mod endpoints;
mod flow;
mod named_dns;
pub mod names;
mod net_index;
mod ports;
mod selector;
mod selector_index;
mod values;

pub use address::{AddressSet, Block};
pub use difference::{MOST_TERMS, Part, as_far_end, subtract, subtract_selector, widest};
pub use endpoints::{Base, Namespace, Namespaces, Peer, PodSet, Subject};
pub use flow::{Action, Direction};
pub use named_dns::NamedDns;
pub use net_index::NetIndex;
pub use ports::{PortName, Ports, Protocol, RangeSet, WrittenRanges};
pub use selector::{Condition, Labels, METADATA_NAME, Selector};
pub use selector_index::SelectorIndex;
pub use values::Values;
