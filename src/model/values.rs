//! Sets of label values.

/// A sorted set of strings. Nearly all that people write have one member, so it is a list, not a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Values(Box<[Box<str>]>);

impl Values {
    /// No value.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One value.
    #[must_use]
    pub fn one(value: impl Into<Box<str>>) -> Self {
        Self(Box::new([value.into()]))
    }

    /// The one value, where there is one and no other.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match &*self.0 {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|value| &**value)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `value` is one of them.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        self.0.binary_search_by(|own| (**own).cmp(value)).is_ok()
    }

    /// Whether all of them are in `other`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.iter().all(|value| other.contains(value))
    }

    /// Whether none of them is in `other`.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (few, many) = if self.len() < other.len() { (self, other) } else { (other, self) };
        !few.iter().any(|value| many.contains(value))
    }

    /// Those of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }
}

impl<S: Into<Box<str>>> FromIterator<S> for Values {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> Self {
        let mut values: Vec<Box<str>> = values.into_iter().map(Into::into).collect();
        values.sort_unstable();
        values.dedup();
        Self(values.into())
    }
}
