//! Sets of IPv4 and IPv6 addresses, and their spellings as CIDRs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A set of addresses of both families, in a normal form: equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressSet {
    v4: Ranges,
    v6: Ranges,
}

/// A CIDR less some of its parts: the shape of an `ipBlock`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block {
    /// The whole.
    pub cidr: IpNet,
    /// What is not meant; each lies strictly inside, and no two overlap.
    pub except: Vec<IpNet>,
}

// Disjoint inclusive ranges, sorted, none touching the next. IPv4 uses the low 32 bits. Shared: a set is written once
// and stands in many rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Ranges(Arc<[(u128, u128)]>);

impl Ranges {
    fn normal(mut ranges: Vec<(u128, u128)>) -> Self {
        ranges.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(open) if open.1.checked_add(1).is_none_or(|next| first <= next) => open.1 = open.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined.into())
    }

    fn complement(&self, max: u128) -> Self {
        let mut ranges = Vec::with_capacity(self.0.len() + 1);
        let mut next = Some(0u128);
        for (first, last) in self.0.iter() {
            if let (Some(start), Some(end)) = (next, first.checked_sub(1))
                && start <= end
            {
                ranges.push((start, end));
            }
            next = if *last == max { None } else { last.checked_add(1) };
        }
        ranges.extend(next.map(|start| (start, max)));
        Self(ranges.into())
    }

    // Those that reach into the span of another: of a long list, a short one needs little.
    fn near(&self, other: &Self) -> &[(u128, u128)] {
        let (Some((first, _)), Some((_, last))) = (other.0.first(), other.0.last()) else { return &[] };
        let (start, end) =
            (self.0.partition_point(|(_, end)| end < first), self.0.partition_point(|(at, _)| at <= last));
        self.0.get(start..end).unwrap_or_default()
    }

    fn difference(&self, other: &Self, max: u128) -> Self {
        self.intersection(&Self(other.near(self).into()).complement(max))
    }

    fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.near(other).iter().peekable(), other.near(self).iter().peekable());
        let mut ranges = Vec::new();
        while let (Some((a, b)), Some((c, d))) = (left.peek(), right.peek()) {
            let (first, last) = ((*a).max(*c), (*b).min(*d));
            if first <= last {
                ranges.push((first, last));
            }
            if b < d {
                left.next()
            } else {
                right.next()
            };
        }
        Self(ranges.into())
    }

    fn contains(&self, address: u128) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= address);
        after.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|(_, last)| address <= *last)
    }
}

const V4_MAX: u128 = u32::MAX as u128;
const V6_MAX: u128 = u128::MAX;

impl AddressSet {
    /// No address.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every address of both families.
    #[must_use]
    pub fn all() -> Self {
        Self { v4: Ranges(Arc::new([(0, V4_MAX)])), v6: Ranges(Arc::new([(0, V6_MAX)])) }
    }

    /// The addresses of these networks, host bits ignored.
    #[must_use]
    pub fn from_nets(nets: impl IntoIterator<Item = IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for net in nets {
            match net {
                IpNet::V4(net) => v4.push((u128::from(net.network().to_bits()), u128::from(net.broadcast().to_bits()))),
                IpNet::V6(net) => v6.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        Self { v4: Ranges::normal(v4), v6: Ranges::normal(v6) }
    }

    /// The addresses from the first to the last of each range, both of one family.
    #[must_use]
    pub fn from_ranges(ranges: impl IntoIterator<Item = (IpAddr, IpAddr)>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for range in ranges {
            match range {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits().into(), last.to_bits().into())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                _ => {}
            }
        }
        Self { v4: Ranges::normal(v4), v6: Ranges::normal(v6) }
    }

    /// These addresses.
    #[must_use]
    pub fn from_addresses<'a>(addresses: impl IntoIterator<Item = &'a IpAddr>) -> Self {
        Self::from_ranges(addresses.into_iter().map(|address| (*address, *address)))
    }

    /// The addresses of one network, host bits ignored.
    #[must_use]
    pub fn from_net(net: IpNet) -> Self {
        Self::from_nets([net])
    }

    /// Those of it that are IPv4, and those that are IPv6.
    #[must_use]
    pub fn by_family(&self) -> [Self; 2] {
        let (v4, v6) = (self.v4.clone(), self.v6.clone());
        [Self { v4, ..Self::default() }, Self { v6, ..Self::default() }]
    }

    /// Whether no address is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.0.is_empty() && self.v6.0.is_empty()
    }

    /// Whether every address of both families is in it.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self.v4.0 == [(0, V4_MAX)] && *self.v6.0 == [(0, V6_MAX)]
    }

    /// Whether `address` is in it; an IPv4-mapped IPv6 address is its IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.contains(u128::from(address.to_bits())),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    /// The addresses in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of([self, other])
    }

    /// The addresses in any of these sets.
    #[must_use]
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for set in sets {
            v4.extend_from_slice(&set.v4.0);
            v6.extend_from_slice(&set.v6.0);
        }
        Self { v4: Ranges::normal(v4), v6: Ranges::normal(v6) }
    }

    /// The addresses outside.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self { v4: self.v4.complement(V4_MAX), v6: self.v6.complement(V6_MAX) }
    }

    /// The addresses in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    /// The addresses of this set that are not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4, V4_MAX), v6: self.v6.difference(&other.v6, V6_MAX) }
    }

    /// Whether every address of this set is in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.intersection(other) == *self
    }

    /// Whether a network is partly inside and partly outside, or the set begins or ends at its edge.
    #[must_use]
    pub fn is_cut_at(&self, net: Ipv6Net) -> bool {
        let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
        let within = |bits: u128| (first..=last).contains(&bits);
        let after = self.v6.0.partition_point(|(_, end)| *end < first.saturating_sub(1));
        // No range before ends near the network; the next two are all that can begin or end in it, or at it.
        let near = self.v6.0.get(after..).unwrap_or_default().iter().take(2);
        near.into_iter().any(|(start, end)| {
            within(*start) || within(*end) || within(end.saturating_add(1)) || within(start.saturating_sub(1))
        })
    }

    /// Any one address of the set: the lowest, IPv4 first.
    #[must_use]
    pub fn first(&self) -> Option<IpAddr> {
        let v4 = self.v4.0.first().map(|(first, _)| IpAddr::V4(v4(*first)));
        v4.or_else(|| self.v6.0.first().map(|(first, _)| IpAddr::V6(Ipv6Addr::from_bits(*first))))
    }

    /// The ranges, both ends included: IPv4 first, by address, none touching the next.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        let low = self.v4.0.iter().map(|(first, last)| (IpAddr::V4(v4(*first)), IpAddr::V4(v4(*last))));
        let v6 = |bits: u128| IpAddr::V6(Ipv6Addr::from_bits(bits));
        low.chain(self.v6.0.iter().map(move |(first, last)| (v6(*first), v6(*last))))
    }

    /// The fewest CIDRs that make up the set, IPv4 first, by address.
    #[must_use]
    pub fn nets(&self) -> Vec<IpNet> {
        let mut nets = Vec::new();
        for (ranges, prefix) in self.families() {
            prefix.nets(ranges, &mut nets);
        }
        nets
    }

    /// The fewest CIDRs and exceptions, counted together, that make up the set.
    ///
    /// `10.0.0.0/8 except 10.1.0.0/16` stays as it is (2), rather than the eight CIDRs that it is the union of. With
    /// `10.1.2.0/24` in the set, this stands beside it as a block of its own.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        self.families()
            .into_iter()
            .flat_map(|(ranges, prefix)| Spelling::of(ranges, prefix.around(ranges)).inside.blocks)
            .collect()
    }

    fn families(&self) -> [(&[(u128, u128)], Prefix); 2] {
        [(&self.v4.0, Prefix { base: 0, len: 0, width: 32 }), (&self.v6.0, Prefix { base: 0, len: 0, width: 128 })]
    }
}

fn v4(bits: u128) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::try_from(bits).unwrap_or(u32::MAX))
}

#[derive(Clone, Copy)]
struct Prefix {
    base: u128,
    len: u8,
    width: u8,
}

impl Prefix {
    fn last(self) -> u128 {
        let host_bits = u32::from(self.width - self.len);
        self.base | u128::MAX.checked_shr(128 - host_bits).unwrap_or(0)
    }

    fn halves(self) -> Option<(Self, Self)> {
        let bit = 1u128.checked_shl(u32::from(self.width.checked_sub(self.len)?.checked_sub(1)?))?;
        let half = Self { len: self.len + 1, ..self };
        Some((half, Self { base: self.base | bit, ..half }))
    }

    // Those of some ranges, all in order, that meet the prefix.
    fn among(self, ranges: &[(u128, u128)]) -> &[(u128, u128)] {
        let from = ranges.partition_point(|(_, last)| *last < self.base);
        let to = ranges.partition_point(|(first, _)| *first <= self.last());
        ranges.get(from..to).unwrap_or_default()
    }

    fn is_covered(self, ranges: &[(u128, u128)]) -> bool {
        matches!(ranges, [(first, last)] if *first <= self.base && self.last() <= *last)
    }

    // The longest prefix in this one that holds all that some ranges have of it.
    fn around(self, ranges: &[(u128, u128)]) -> Self {
        let (Some((first, _)), Some((_, last))) = (ranges.first(), ranges.last()) else { return self };
        let (first, last) = ((*first).max(self.base), (*last).min(self.last()));
        let differ = 128 - (first ^ last).leading_zeros();
        let len = u32::from(self.width).saturating_sub(differ);
        let len = u8::try_from(len).unwrap_or(self.len).max(self.len);
        let whole = Self { base: 0, len, ..self };
        Self { base: first & !whole.last(), ..whole }
    }

    // The CIDRs that ranges have in the prefix.
    fn nets(self, ranges: &[(u128, u128)], nets: &mut Vec<IpNet>) {
        let here = self.among(ranges);
        if here.is_empty() {
            return;
        }
        let tight = self.around(here);
        match tight.halves() {
            Some((low, high)) if !tight.is_covered(here) => {
                low.nets(here, nets);
                high.nets(here, nets);
            }
            _ => nets.extend(tight.net()),
        }
    }

    fn net(self) -> Option<IpNet> {
        match self.width {
            32 => Ipv4Net::new(v4(self.base), self.len).ok().map(IpNet::V4),
            _ => Ipv6Net::new(Ipv6Addr::from_bits(self.base), self.len).ok().map(IpNet::V6),
        }
    }
}

// Blocks, and how many CIDRs and exceptions they have together.
#[derive(Clone, Default)]
struct Blocks {
    blocks: Vec<Block>,
    cost: usize,
}

impl Blocks {
    fn push(&mut self, cidr: Option<IpNet>, except: Vec<IpNet>) {
        self.cost += 1 + except.len();
        self.blocks.extend(cidr.map(|cidr| Block { cidr, except }));
    }

    fn append(&mut self, other: Self) {
        self.cost += other.cost;
        self.blocks.extend(other.blocks);
    }
}

// The cheapest spellings of what of a prefix is inside a set.
#[derive(Default)]
struct Spelling {
    // By itself.
    inside: Blocks,
    // In a block of a wider prefix: what it has to except, and what then stands beside it.
    except: Vec<IpNet>,
    again: Blocks,
}

impl Spelling {
    // Above the longest prefix that holds all ranges nothing gets cheaper: each level is one more exception.
    fn of(ranges: &[(u128, u128)], prefix: Prefix) -> Self {
        let here = prefix.among(ranges);
        let mut spelling = Self::default();
        match prefix.halves() {
            _ if here.is_empty() => spelling.except.extend(prefix.net()),
            Some((low, high)) if !prefix.is_covered(here) => {
                return Self::of(here, low).beside(Self::of(here, high), prefix);
            }
            _ => spelling.inside.push(prefix.net(), Vec::new()),
        }
        spelling
    }

    fn beside(mut self, high: Self, prefix: Prefix) -> Self {
        self.inside.append(high.inside);
        self.except.extend(high.except);
        self.again.append(high.again);
        let in_wider = self.except.len() + self.again.cost;
        if 1 + in_wider < self.inside.cost {
            let mut covered = Blocks::default();
            covered.push(prefix.net(), self.except.clone());
            covered.append(self.again.clone());
            self.inside = covered;
        } else if 1 + self.inside.cost < in_wider {
            self.except = prefix.net().into_iter().collect();
            self.again = self.inside.clone();
        }
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(nets: &str) -> AddressSet {
        AddressSet::from_nets(nets.split_whitespace().map(|net| net.parse().unwrap()))
    }

    fn spell(set: &AddressSet) -> String {
        let blocks = set.blocks();
        let words = blocks.iter().map(|block| match block.except.as_slice() {
            [] => block.cidr.to_string(),
            except => {
                let except: Vec<_> = except.iter().map(ToString::to_string).collect();
                format!("{} except {}", block.cidr, except.join(" "))
            }
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_smallest_spelling_wins() {
        let hole = set("10.0.0.0/8").difference(&set("10.1.0.0/16"));
        assert_eq!(spell(&hole), "10.0.0.0/8 except 10.1.0.0/16");
        assert_eq!(spell(&set("10.0.0.0/9 10.128.0.0/9")), "10.0.0.0/8");
        assert_eq!(spell(&set("10.0.0.1/32 10.0.0.2/32")), "10.0.0.1/32, 10.0.0.2/32");
        assert_eq!(spell(&AddressSet::all()), "0.0.0.0/0, ::/0");
        assert_eq!(spell(&AddressSet::empty()), "");
        let all_but_one = AddressSet::all().difference(&set("169.254.169.254/32"));
        assert_eq!(spell(&all_but_one), "0.0.0.0/0 except 169.254.169.254/32, ::/0");
        let island = hole.union(&set("10.1.2.0/24"));
        assert_eq!(spell(&island), "10.0.0.0/8 except 10.1.0.0/16, 10.1.2.0/24");
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        assert!(set("10.0.0.0/8").contains("::ffff:10.1.2.3".parse().unwrap()));
    }

    // Networks that collide: few bases, all lengths near each other, both ends of both families.
    pub(in crate::model) fn nets() -> impl Strategy<Value = AddressSet> {
        let v4 = (prop_oneof![Just(0u32), Just(0x0a00_0000), Just(u32::MAX)], 0u32..16, 26u8..=32)
            .prop_map(|(base, low, len)| IpNet::V4(Ipv4Net::new((base ^ low).into(), len).unwrap()));
        let v6 = (prop_oneof![Just(0u128), Just(u128::MAX)], 0u128..16, prop_oneof![Just(0u8), 123u8..=128])
            .prop_map(|(base, low, len)| IpNet::V6(Ipv6Net::new((base ^ low).into(), len).unwrap()));
        proptest::collection::vec(prop_oneof![v4, v6], 0..6).prop_map(AddressSet::from_nets)
    }

    fn probes() -> impl Iterator<Item = IpAddr> {
        let v4 = [0u32, 0x0a00_0000, u32::MAX].into_iter().flat_map(|base| (0..80).map(move |low| base ^ low));
        let v6 = [0u128, u128::MAX].into_iter().flat_map(|base| (0..40).map(move |low| base ^ low));
        v4.map(|bits| IpAddr::V4(bits.into())).chain(v6.map(|bits| IpAddr::V6(bits.into())))
    }

    proptest! {
        #[test]
        fn algebra_is_pointwise(a in nets(), b in nets()) {
            for probe in probes() {
                let (x, y) = (a.contains(probe), b.contains(probe));
                prop_assert_eq!(a.union(&b).contains(probe), x || y);
                prop_assert_eq!(a.intersection(&b).contains(probe), x && y);
                prop_assert_eq!(a.difference(&b).contains(probe), x && !y);
                prop_assert_eq!(a.complement().contains(probe), !x);
            }
        }

        #[test]
        fn spellings_say_the_set(a in nets()) {
            prop_assert_eq!(&AddressSet::from_nets(a.nets()), &a);
            prop_assert_eq!(&AddressSet::from_ranges(a.ranges()), &a);
            let mut back = AddressSet::empty();
            for block in a.blocks() {
                let except = AddressSet::from_nets(block.except.iter().copied());
                prop_assert!(block.except.iter().all(|net| block.cidr.contains(net) && *net != block.cidr));
                back = back.union(&AddressSet::from_net(block.cidr).difference(&except));
            }
            prop_assert_eq!(&back, &a);
        }
    }
}
