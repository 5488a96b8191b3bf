//! Port classes: ports that no rule tells apart are one class.

use std::collections::{BTreeMap, BTreeSet};

use super::intern::Interner;
use super::sweep::{Covers, Pieces};
use crate::cluster::Pod;
use crate::model::{PortName, Ports, Protocol, RangeSet};

/// A set of port classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortSet(Box<[u64]>);

/// The classes that all ports fall into.
#[derive(Clone, Debug)]
pub struct PortClasses {
    // By protocol. Class numbers of the three do not overlap.
    pieces: [Pieces; 3],
    // How many classes there are, the one of protocols without ports among them: the last.
    count: u32,
}

/// The numbers that a pod gives to the port names that rules use.
pub(super) type Naming = BTreeSet<(PortName, u16)>;

impl PortSet {
    fn none(count: u32) -> Self {
        Self(vec![0; (count as usize).div_ceil(64)].into_boxed_slice())
    }

    /// Whether a class is in it.
    #[must_use]
    pub fn contains(&self, class: u32) -> bool {
        self.0.get(class as usize / 64).is_some_and(|word| word >> (class % 64) & 1 == 1)
    }

    /// Whether no class is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn insert(&mut self, class: u32) {
        if let Some(word) = self.0.get_mut(class as usize / 64) {
            *word |= 1 << (class % 64);
        }
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    /// The classes in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(word, other)| word & other).collect())
    }
}

impl PortClasses {
    /// Cuts at every range of `rules`, and at every number in `namings`.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Ports>, namings: &[Naming]) -> Self {
        let mut sets: [Interner<RangeSet>; 3] = Default::default();
        let mut use_set = |protocol: Protocol, set: RangeSet| {
            if let Some(sets) = sets.get_mut(protocol as usize) {
                sets.add(set);
            }
        };
        for ports in rules {
            Protocol::ALL.into_iter().for_each(|protocol| use_set(protocol, ports.of(protocol)));
        }
        for ((protocol, _), number) in namings.iter().flatten() {
            use_set(*protocol, RangeSet::range(*number, *number));
        }
        let mut count = 0;
        let pieces = sets.map(|sets| {
            let mut covers = Covers::default();
            let pieces = Pieces::cut(ranges(&sets), &mut covers);
            let pieces = pieces.shifted(count);
            count += u32::try_from(covers.values().len()).unwrap_or(u32::MAX);
            pieces
        });
        Self { pieces, count: count + 1 }
    }

    /// The class of a port; every number that is no port of its protocol has that of 0.
    #[must_use]
    pub fn class(&self, protocol: Protocol, port: u16) -> u32 {
        self.pieces.get(protocol as usize).map_or(0, |pieces| pieces.class(u128::from(port)))
    }

    /// The class of protocols that have no ports.
    #[must_use]
    pub fn portless(&self) -> u32 {
        self.count - 1
    }

    /// No class.
    #[must_use]
    pub fn none(&self) -> PortSet {
        PortSet::none(self.count)
    }

    /// Every class.
    #[must_use]
    pub fn all(&self) -> PortSet {
        let mut all = self.none();
        (0..self.count).for_each(|class| all.insert(class));
        all
    }

    /// The classes of a rule's ports at a destination that names its ports so.
    pub(super) fn resolve(&self, ports: &Ports, naming: &Naming) -> PortSet {
        if *ports == Ports::All {
            return self.all();
        }
        let mut set = self.none();
        for protocol in Protocol::ALL {
            let numbers = ports.of(protocol);
            let Some(pieces) = self.pieces.get(protocol as usize) else { continue };
            let inside = pieces.iter().filter(|(first, _)| u16::try_from(*first).is_ok_and(|at| numbers.contains(at)));
            inside.for_each(|(_, class)| set.insert(class));
        }
        for name in ports.names() {
            let numbers = naming.iter().filter(|(other, _)| other == name);
            numbers.for_each(|((protocol, _), number)| set.insert(self.class(*protocol, *number)));
        }
        set
    }

    /// The ports of a set, by number. Protocols without ports show only where nothing is left out.
    #[must_use]
    pub fn ports(&self, set: &PortSet) -> Ports {
        if *set == self.all() {
            return Ports::All;
        }
        let mut ports = Ports::none();
        for (protocol, pieces) in Protocol::ALL.into_iter().zip(&self.pieces) {
            let mut numbers = RangeSet::default();
            for (first, last, class) in pieces.ranges(u128::from(u16::MAX)) {
                if set.contains(class)
                    && let (Ok(first), Ok(last)) = (u16::try_from(first), u16::try_from(last))
                {
                    numbers = numbers.union(&RangeSet::range(first, last));
                }
            }
            ports = ports.union(&Ports::numbers(protocol, numbers));
        }
        ports
    }
}

fn ranges(sets: &Interner<RangeSet>) -> impl Iterator<Item = (u128, u128, u32)> {
    sets.values().iter().zip(0u32..).flat_map(|(set, id)| {
        // A range that ends the line has no end: there is no number after it.
        let last = |last: u16| if last == u16::MAX { u128::MAX } else { u128::from(last) };
        set.ranges().iter().map(move |(first, end)| (u128::from(*first), last(*end), id))
    })
}

/// What a pod calls its ports, as far as `names` goes; of the host network, nothing.
pub(super) fn naming(pod: &Pod, names: &BTreeMap<&str, BTreeSet<Protocol>>) -> Naming {
    if pod.host_network {
        return Naming::new();
    }
    let used =
        pod.ports.iter().filter(|port| names.get(port.name.as_str()).is_some_and(|of| of.contains(&port.protocol)));
    used.map(|port| ((port.protocol, port.name.clone()), port.number)).collect()
}
