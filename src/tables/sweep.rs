//! Cuts a number line where any of many ranges begins or ends.

use std::collections::{BTreeMap, BTreeSet};

use super::intern::Interner;

/// Pieces of a number line; pieces that the same ranges cover have one class.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    // First number and class of each piece, in order; before the first nothing is covered.
    pieces: Vec<(u128, u32)>,
}

/// The sets that cover each class, by class, sorted.
pub(super) type Covers = Interner<Vec<u32>>;

impl Pieces {
    /// Cuts at the ends of `ranges` (first, last, number of its set); `last` below `u128::MAX` may be the line's end.
    pub(super) fn cut(ranges: impl IntoIterator<Item = (u128, u128, u32)>, covers: &mut Covers) -> Self {
        let mut ends: BTreeMap<u128, (Vec<u32>, Vec<u32>)> = BTreeMap::from([(0, Default::default())]);
        for (first, last, set) in ranges {
            ends.entry(first).or_default().0.push(set);
            if let Some(after) = last.checked_add(1) {
                ends.entry(after).or_default().1.push(set);
            }
        }
        let mut open = BTreeSet::new();
        let mut pieces = Vec::with_capacity(ends.len());
        for (at, (begin, end)) in ends {
            // Ranges of one set never touch, so none begins where another of its set ends.
            for set in &end {
                open.remove(set);
            }
            open.extend(begin);
            pieces.push((at, covers.add(open.iter().copied().collect())));
        }
        pieces.dedup_by_key(|(_, class)| *class);
        Self { pieces }
    }

    /// The class of a number.
    pub(super) fn class(&self, number: u128) -> u32 {
        let after = self.pieces.partition_point(|(first, _)| *first <= number);
        after.checked_sub(1).and_then(|at| self.pieces.get(at)).map_or(0, |(_, class)| *class)
    }

    /// The same pieces with classes counted from `by`.
    pub(super) fn shifted(self, by: u32) -> Self {
        Self { pieces: self.pieces.into_iter().map(|(first, class)| (first, class + by)).collect() }
    }

    /// The pieces up to `end`: first and last number, and class.
    pub(super) fn ranges(&self, end: u128) -> impl Iterator<Item = (u128, u128, u32)> {
        let nexts = self.pieces.iter().skip(1).map(|(next, _)| next - 1).chain([end]);
        let all = self.pieces.iter().zip(nexts).map(move |((first, class), last)| (*first, last.min(end), *class));
        all.filter(move |(first, ..)| *first <= end)
    }

    /// The pieces: first number and class.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u128, u32)> {
        self.pieces.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_the_same_ranges_are_one_class() {
        let mut covers = Covers::default();
        let pieces = Pieces::cut([(10, 29, 0), (20, 20, 1), (40, u128::MAX, 0)], &mut covers);
        let found: Vec<_> =
            [0, 9, 10, 20, 21, 29, 30, 40, u128::MAX].map(|at| covers.get(pieces.class(at)).unwrap().clone()).to_vec();
        let none = Vec::new;
        assert_eq!(found, [none(), none(), vec![0], vec![0, 1], vec![0], vec![0], none(), vec![0], vec![0]]);
        assert_eq!(covers.values().len(), 3);
    }
}
