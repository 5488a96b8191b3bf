//! Finds selectors that meet or cover another, without looking at all of them.

use std::collections::BTreeMap;

use super::{Condition, Selector};

/// Items by what their selectors ask first.
///
/// Nearly every selector that people write asks for one value of one key; that is its anchor here, and a look-up goes
/// to the anchors that fit.
#[derive(Clone, Debug)]
pub struct SelectorIndex<'a, T> {
    // By key, then by value.
    anchored: BTreeMap<&'a str, BTreeMap<&'a str, Entries<'a, T>>>,
    others: Entries<'a, T>,
}

type Entries<'a, T> = Vec<(&'a Selector, T)>;

impl<T> Default for SelectorIndex<'_, T> {
    fn default() -> Self {
        Self { anchored: BTreeMap::new(), others: Vec::new() }
    }
}

impl<'a, T: Copy> SelectorIndex<'a, T> {
    /// Adds an item.
    pub fn insert(&mut self, selector: &'a Selector, item: T) {
        match selector.single_values().next() {
            Some((key, value)) => {
                self.anchored.entry(key).or_default().entry(value).or_default().push((selector, item));
            }
            None => self.others.push((selector, item)),
        }
    }

    /// Whether some labels meet the selector of an item together with `selector`.
    #[must_use]
    pub fn is_met(&self, selector: &Selector) -> bool {
        let open = self.others.iter().any(|(other, _)| !other.is_disjoint(selector));
        open || self.anchored.iter().any(|(key, values)| {
            let mut near: Box<dyn Iterator<Item = &(&Selector, T)>> = match selector.condition(key) {
                Some(Condition::In(asked)) => Box::new(asked.iter().filter_map(|value| values.get(value)).flatten()),
                _ => Box::new(values.values().flatten()),
            };
            near.any(|(other, _)| !other.is_disjoint(selector))
        })
    }

    /// The items whose selector some labels meet together with `selector`.
    #[must_use]
    pub fn meeting(&self, selector: &Selector) -> Vec<T> {
        let mut near: Vec<&(&Selector, T)> = self.others.iter().collect();
        for (key, values) in &self.anchored {
            match selector.condition(key) {
                Some(Condition::In(asked)) => {
                    near.extend(asked.iter().filter_map(|value| values.get(value)).flatten());
                }
                _ => near.extend(values.values().flatten()),
            }
        }
        near.into_iter().filter(|(other, _)| !other.is_disjoint(selector)).map(|(_, item)| *item).collect()
    }

    /// The items whose selector selects everything that `selector` does.
    #[must_use]
    pub fn covering(&self, selector: &Selector) -> Vec<T> {
        let anchored = selector.single_values().filter_map(|(key, value)| self.anchored.get(key)?.get(value)).flatten();
        let near = self.others.iter().chain(anchored);
        near.filter(|(other, _)| selector.implies(other)).map(|(_, item)| *item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::selector::tests::selector;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_all_finds(all in proptest::collection::vec(selector(), 0..12), asked in selector()) {
            prop_assume!(!asked.is_never());
            let all: Vec<_> = all.into_iter().filter(|selector| !selector.is_never()).collect();
            let mut index = SelectorIndex::default();
            all.iter().enumerate().for_each(|(at, selector)| index.insert(selector, at));
            let sorted = |mut list: Vec<usize>| { list.sort_unstable(); list };
            let meeting = (0..all.len()).filter(|at| !all[*at].is_disjoint(&asked)).collect::<Vec<_>>();
            let covering = (0..all.len()).filter(|at| asked.implies(&all[*at])).collect::<Vec<_>>();
            prop_assert_eq!(index.is_met(&asked), !meeting.is_empty());
            prop_assert_eq!(sorted(index.meeting(&asked)), meeting);
            prop_assert_eq!(sorted(index.covering(&asked)), covering);
        }
    }
}
