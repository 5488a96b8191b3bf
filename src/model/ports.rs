//! Protocols, ports by number and by name, and sets of them.

use std::collections::BTreeSet;
use std::fmt;

use smallvec::{SmallVec, smallvec};

/// A transport protocol that Kubernetes ports can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// All of them, in the order of manifests.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The name in Kubernetes objects.
    #[must_use]
    pub fn kubernetes(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }

    /// The protocol that a Kubernetes object calls `name`.
    #[must_use]
    pub fn from_kubernetes(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.kubernetes() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

/// A set of port numbers: disjoint inclusive ranges, sorted, none touching the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RangeSet {
    ranges: SmallVec<[(u16, u16); 4]>,
}

impl RangeSet {
    /// Every number, 0 included: what a protocol without a port means.
    #[must_use]
    pub fn all() -> Self {
        Self { ranges: smallvec![(0, u16::MAX)] }
    }

    /// The numbers from `first` to `last`, both included; none where `last` is smaller.
    #[must_use]
    pub fn range(first: u16, last: u16) -> Self {
        Self { ranges: if first <= last { smallvec![(first, last)] } else { SmallVec::new() } }
    }

    /// The ranges, both ends included.
    #[must_use]
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.ranges
    }

    /// Whether no number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether every number is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self.ranges == [(0, u16::MAX)]
    }

    /// Whether `port` is in it.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= port);
        after.checked_sub(1).and_then(|at| self.ranges.get(at)).is_some_and(|(_, last)| port <= *last)
    }

    /// The numbers in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of([self, other])
    }

    /// The numbers in any of these sets.
    #[must_use]
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all: SmallVec<[_; 8]> = sets.into_iter().flat_map(|set| set.ranges.iter().copied()).collect();
        all.sort_unstable();
        let mut ranges: SmallVec<[(u16, u16); 4]> = SmallVec::new();
        for (first, last) in all {
            match ranges.last_mut() {
                Some(open) if u32::from(first) <= u32::from(open.1) + 1 => open.1 = open.1.max(last),
                _ => ranges.push((first, last)),
            }
        }
        Self { ranges }
    }

    /// The numbers outside.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut ranges = SmallVec::new();
        let mut next = Some(0u16);
        for (first, last) in &self.ranges {
            if let Some(start) = next
                && let Some(end) = first.checked_sub(1)
                && start <= end
            {
                ranges.push((start, end));
            }
            next = last.checked_add(1);
        }
        ranges.extend(next.map(|start| (start, u16::MAX)));
        Self { ranges }
    }

    /// The numbers in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.complement().union(&other.complement()).complement()
    }

    /// The numbers of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.intersection(&other.complement())
    }

    /// The set as the API can say it: port 0 only together with all others. Nothing can listen on it.
    #[must_use]
    pub fn sayable(&self) -> Self {
        if self.is_all() { self.clone() } else { self.intersection(&Self::range(1, u16::MAX)) }
    }

    /// Whether every number of this set is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        // Ranges of one set never touch, so each must lie in one of the other.
        self.ranges.iter().all(|(first, last)| {
            let after = other.ranges.partition_point(|(start, _)| start <= first);
            after.checked_sub(1).and_then(|at| other.ranges.get(at)).is_some_and(|(_, end)| last <= end)
        })
    }
}

/// A named port, looked up on each destination pod.
pub type PortName = (Protocol, String);

/// The ports that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ports {
    /// Every protocol, those without ports included, and every port.
    All,
    /// These ports. Several entries are alternatives; none at all matches nothing.
    Some {
        /// Numbers by protocol, in the order of [`Protocol::ALL`].
        numbers: [RangeSet; 3],
        /// Names by protocol.
        names: BTreeSet<PortName>,
    },
}

impl Ports {
    /// No port.
    #[must_use]
    pub fn none() -> Self {
        Self::Some { numbers: Default::default(), names: BTreeSet::new() }
    }

    /// Numbers of one protocol.
    #[must_use]
    pub fn numbers(protocol: Protocol, set: RangeSet) -> Self {
        let mut numbers: [RangeSet; 3] = Default::default();
        if let Some(slot) = numbers.get_mut(protocol as usize) {
            *slot = set;
        }
        Self::Some { numbers, names: BTreeSet::new() }
    }

    /// One named port.
    #[must_use]
    pub fn name(protocol: Protocol, name: impl Into<String>) -> Self {
        Self::Some { numbers: Default::default(), names: BTreeSet::from([(protocol, name.into())]) }
    }

    /// The numbers of one protocol; every number for [`Ports::All`].
    #[must_use]
    pub fn of(&self, protocol: Protocol) -> RangeSet {
        match self {
            Self::All => RangeSet::all(),
            Self::Some { numbers, .. } => numbers.get(protocol as usize).cloned().unwrap_or_default(),
        }
    }

    /// The names; none for [`Ports::All`].
    pub fn names(&self) -> impl Iterator<Item = &PortName> {
        let names = match self {
            Self::All => None,
            Self::Some { names, .. } => Some(names),
        };
        names.into_iter().flatten()
    }

    /// Whether every port of every protocol that has ports is in it.
    #[must_use]
    pub fn has_every_number(&self) -> bool {
        Protocol::ALL.into_iter().all(|protocol| self.of(protocol).is_all())
    }

    /// Whether nothing can match.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Some { numbers, names } if names.is_empty() && numbers.iter().all(RangeSet::is_empty))
    }

    /// The ports in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of([self, other])
    }

    /// The ports in any of these sets.
    #[must_use]
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a Self, IntoIter: Clone>) -> Self {
        let sets = sets.into_iter();
        if sets.clone().any(|set| *set == Self::All) {
            return Self::All;
        }
        let of = |protocol: usize| {
            RangeSet::union_of(sets.clone().filter_map(move |set| match set {
                Self::All => None,
                Self::Some { numbers, .. } => numbers.get(protocol),
            }))
        };
        let numbers = [of(0), of(1), of(2)];
        Self::Some { numbers, names: sets.flat_map(Self::names).cloned().collect() }
    }

    /// Whether no flow can match both sets, whatever numbers pods give to names.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (Self::Some { .. }, Self::Some { .. }) = (self, other) else { return self.is_none() || other.is_none() };
        Protocol::ALL.into_iter().all(|protocol| {
            let named = |ports: &Self| ports.names().any(|(of, _)| *of == protocol);
            let (one, two) = (self.of(protocol), other.of(protocol));
            let any_of_self = named(self) || !one.is_empty();
            let any_of_other = named(other) || !two.is_empty();
            !any_of_self || !any_of_other || !named(self) && !named(other) && one.intersection(&two).is_empty()
        })
    }

    /// Whether every flow that matches this set matches `other`, whatever numbers pods give to names.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::All) => true,
            (Self::All, Self::Some { .. }) => false,
            (Self::Some { numbers: a, names: c }, Self::Some { numbers: b, names: d }) => {
                a.iter().zip(b).all(|(x, y)| x.is_subset(y))
                    && c.iter().all(|name| d.contains(name) || other.of(name.0).is_all())
            }
        }
    }
}

/// The ranges of ports that somebody wrote as ranges. A set of ports unites those that follow one another, so that it does
/// not tell `80-81` from `80, 81`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenRanges(BTreeSet<(Protocol, u16, u16)>);

impl WrittenRanges {
    /// Takes what one entry says.
    pub fn add(&mut self, entry: &Ports) {
        for protocol in Protocol::ALL.into_iter().filter(|_| *entry != Ports::All) {
            let numbers = entry.of(protocol);
            let ranges = numbers.ranges().iter().filter(|(first, last)| first < last);
            self.0.extend(ranges.map(|(first, last)| (protocol, *first, *last)));
        }
    }

    /// Takes those of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The numbers among some that follow one another, the first and last of them given, that no range within them holds.
    #[must_use]
    pub fn alone(&self, protocol: Protocol, (first, last): (u16, u16)) -> RangeSet {
        let within = self.0.range((protocol, first, 0)..=(protocol, last, u16::MAX));
        let within = within.filter(|(_, _, end)| *end <= last);
        let within: Vec<_> = within.map(|(_, start, end)| RangeSet::range(*start, *end)).collect();
        RangeSet::range(first, last).difference(&RangeSet::union_of(&within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_ranges_join() {
        let joined = RangeSet::range(80, 89).union(&RangeSet::range(90, 99));
        assert_eq!(joined.ranges(), [(80, 99)]);
        assert!(joined.contains(90) && !joined.contains(100) && !joined.contains(79));
    }

    #[test]
    fn complement_twice_is_the_set() {
        let set = RangeSet::range(0, 0).union(&RangeSet::range(7, 9)).union(&RangeSet::range(65535, 65535));
        assert_eq!(set.complement().complement(), set);
        assert_eq!(RangeSet::all().complement(), RangeSet::default());
    }

    #[test]
    fn numbers_outside_of_written_ranges_stand_alone() {
        let mut written = WrittenRanges::default();
        for (first, last) in [(1, 79), (90, 99), (95, 200), (80, 80)] {
            written.add(&Ports::numbers(Protocol::Tcp, RangeSet::range(first, last)));
        }
        let alone = |first, last| written.alone(Protocol::Tcp, (first, last)).ranges().to_vec();
        assert_eq!(alone(1, 80), [(80, 80)]);
        assert_eq!(alone(1, 99), [(80, 89)]);
        assert_eq!(alone(1, 200), [(80, 89)]);
        assert_eq!(alone(2, 79), [(2, 79)]);
        assert_eq!(written.alone(Protocol::Udp, (1, 79)).ranges(), [(1, 79)]);
    }

    #[test]
    fn names_may_be_any_number_of_their_protocol() {
        let (http, tcp) =
            (Ports::name(Protocol::Tcp, "http"), |port| Ports::numbers(Protocol::Tcp, RangeSet::range(port, port)));
        assert!(tcp(80).is_disjoint(&tcp(81)) && !tcp(80).is_disjoint(&tcp(80)));
        assert!(!http.is_disjoint(&tcp(80)) && !http.is_disjoint(&Ports::name(Protocol::Tcp, "web")));
        assert!(http.is_disjoint(&Ports::name(Protocol::Udp, "http")));
        assert!(!Ports::All.is_disjoint(&tcp(80)) && Ports::All.is_disjoint(&Ports::none()));
    }

    #[test]
    fn a_name_is_covered_by_its_whole_protocol() {
        let http = Ports::name(Protocol::Tcp, "http");
        assert!(http.is_subset(&Ports::numbers(Protocol::Tcp, RangeSet::all())));
        assert!(!http.is_subset(&Ports::numbers(Protocol::Udp, RangeSet::all())));
        assert!(!http.is_subset(&Ports::numbers(Protocol::Tcp, RangeSet::range(1, 65535))));
    }
}
