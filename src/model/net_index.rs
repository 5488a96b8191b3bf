//! Finds networks that overlap others, without looking at all of them.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::AddressSet;

/// Items by the networks that they are about.
///
/// Two networks overlap only where one lies within the other. Those within stand together in order of address, and
/// those around are looked for at each length that there is.
#[derive(Clone, Debug)]
pub struct NetIndex<T> {
    nets: BTreeMap<IpNet, Vec<T>>,
    // IPv4 and IPv6.
    lengths: [BTreeSet<u8>; 2],
}

impl<T> Default for NetIndex<T> {
    fn default() -> Self {
        Self { nets: BTreeMap::new(), lengths: Default::default() }
    }
}

impl<T: Copy> NetIndex<T> {
    /// Adds an item.
    pub fn insert(&mut self, set: &AddressSet, item: T) {
        for net in set.nets() {
            self.nets.entry(net).or_default().push(item);
            let [v4, v6] = &mut self.lengths;
            if net.addr().is_ipv4() { v4 } else { v6 }.insert(net.prefix_len());
        }
    }

    /// The items of which an address is in `set`, once for each network that meets one of its own.
    #[must_use]
    pub fn meeting(&self, set: &AddressSet) -> Vec<T> {
        let near = set.nets().into_iter().flat_map(|net| self.around(net).chain(self.within(net)));
        near.flatten().copied().collect()
    }

    fn around(&self, net: IpNet) -> impl Iterator<Item = &Vec<T>> {
        let [v4, v6] = &self.lengths;
        let shorter = if net.addr().is_ipv4() { v4 } else { v6 }.range(..net.prefix_len());
        shorter.filter_map(move |length| self.nets.get(&IpNet::new(net.addr(), *length).ok()?.trunc()))
    }

    fn within(&self, net: IpNet) -> impl Iterator<Item = &Vec<T>> {
        let last = IpNet::from(net.broadcast());
        self.nets.range(net..=last).map(|(_, items)| items)
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::tests::nets;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_all_finds(all in proptest::collection::vec(nets(), 0..12), asked in nets()) {
            let mut index = NetIndex::default();
            all.iter().enumerate().for_each(|(at, set)| index.insert(set, at));
            let found: BTreeSet<usize> = index.meeting(&asked).into_iter().collect();
            let meeting = (0..all.len()).filter(|at| !all[*at].intersection(&asked).is_empty());
            prop_assert_eq!(found, meeting.collect());
        }
    }
}
