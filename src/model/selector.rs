//! Label selectors in a normal form, with the set algebra that the passes need.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Values;

/// Labels of a pod, a namespace or a node.
pub type Labels = BTreeMap<String, String>;

/// The label that gives every namespace its own name.
pub const METADATA_NAME: &str = "kubernetes.io/metadata.name";

/// What a selector asks of one key.
///
/// All requirements on one key fold into one condition, so a contradiction shows as [`Condition::Never`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Condition {
    /// The key is there, with one of these values; at least one.
    In(Values),
    /// The key is absent, or has a value that is not one of these; at least one.
    NotIn(Values),
    /// The key is there, with any value but these.
    Exists {
        /// Values that it must not have; often none.
        except: Values,
    },
    /// The key is absent.
    DoesNotExist,
    /// Nothing can hold: the requirements contradict each other.
    Never,
}

impl Condition {
    /// Whether a key with this value, or without one, meets it.
    #[must_use]
    pub fn matches(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::In(values), Some(value)) => values.contains(value),
            (Self::NotIn(values), Some(value)) => !values.contains(value),
            (Self::Exists { except }, Some(value)) => !except.contains(value),
            (Self::NotIn(_) | Self::DoesNotExist, None) => true,
            (Self::In(_) | Self::Exists { .. }, None) | (Self::DoesNotExist, Some(_)) | (Self::Never, _) => false,
        }
    }

    /// What holds where both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        use Condition::{DoesNotExist, Exists, In, Never, NotIn};
        match (self, other) {
            (Never, _) | (_, Never) => Never,
            (DoesNotExist, DoesNotExist | NotIn(_)) | (NotIn(_), DoesNotExist) => DoesNotExist,
            (DoesNotExist, _) | (_, DoesNotExist) => Never,
            (In(a), other) | (other, In(a)) => {
                let values: Values = a.iter().filter(|value| other.matches(Some(value))).collect();
                if values.is_empty() { Never } else { In(values) }
            }
            (NotIn(a), NotIn(b)) => NotIn(a.union(b)),
            (Exists { except: a }, Exists { except: b } | NotIn(b)) | (NotIn(b), Exists { except: a }) => {
                Exists { except: a.union(b) }
            }
        }
    }

    /// What holds where this does not, as alternatives that exclude each other.
    #[must_use]
    pub fn complement(&self) -> Vec<Self> {
        match self {
            Self::In(values) => vec![Self::NotIn(values.clone())],
            Self::NotIn(values) => vec![Self::In(values.clone())],
            Self::Exists { except } if except.is_empty() => vec![Self::DoesNotExist],
            Self::Exists { except } => vec![Self::DoesNotExist, Self::In(except.clone())],
            Self::DoesNotExist => vec![Self::Exists { except: Values::none() }],
            // Every key meets one of these two.
            Self::Never => vec![Self::DoesNotExist, Self::Exists { except: Values::none() }],
        }
    }

    /// Whether nothing meets both.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        use Condition::{DoesNotExist, Exists, In, Never, NotIn};
        match (self, other) {
            (Never, _) | (_, Never) => true,
            (DoesNotExist, In(_) | Exists { .. }) | (In(_) | Exists { .. }, DoesNotExist) => true,
            (In(a), In(b)) => a.is_disjoint(b),
            (In(a), NotIn(b) | Exists { except: b }) | (NotIn(b) | Exists { except: b }, In(a)) => a.is_subset(b),
            // There is always one more value, or none.
            (DoesNotExist | NotIn(_) | Exists { .. }, DoesNotExist | NotIn(_) | Exists { .. }) => false,
        }
    }

    /// Whether every value that meets this meets `other`.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        use Condition::{DoesNotExist, Exists, In, Never, NotIn};
        match (self, other) {
            (Never, _) | (DoesNotExist, DoesNotExist | NotIn(_)) => true,
            (In(a), In(b)) => a.is_subset(b),
            (In(a), NotIn(b) | Exists { except: b }) => a.is_disjoint(b),
            (NotIn(a) | Exists { except: a }, NotIn(b)) | (Exists { except: a }, Exists { except: b }) => {
                b.is_subset(a)
            }
            _ => false,
        }
    }
}

/// A label selector: every condition must hold. The empty one selects everything.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Selector {
    // By key, each once. Shared: a selector is written once and stands in many rules.
    conditions: Arc<[(Box<str>, Condition)]>,
}

impl Selector {
    /// Selects everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects what has all of these labels.
    #[must_use]
    pub fn labels<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let one = |(key, value): (&'a String, &'a String)| (key.as_str(), Condition::In(Values::one(value.as_str())));
        labels.into_iter().map(one).collect()
    }

    /// Selects what meets one condition.
    #[must_use]
    pub fn on(key: impl Into<Box<str>>, condition: Condition) -> Self {
        Self { conditions: Arc::new([(key.into(), condition)]) }
    }

    /// Selects what has `key=value`.
    #[must_use]
    pub fn label(key: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        Self::on(key, Condition::In(Values::one(value)))
    }

    /// Selects the namespace of this name.
    #[must_use]
    pub fn namespace(name: &str) -> Self {
        Self::label(METADATA_NAME, name)
    }

    /// Selects what also meets a condition.
    #[must_use]
    pub fn with(&self, key: impl Into<Box<str>>, condition: Condition) -> Self {
        self.and(&Self::on(key, condition))
    }

    /// Keys and conditions, by key.
    pub fn conditions(&self) -> impl ExactSizeIterator<Item = (&str, &Condition)> {
        self.conditions.iter().map(|(key, condition)| (&**key, condition))
    }

    /// The condition on a key.
    #[must_use]
    pub fn condition(&self, key: &str) -> Option<&Condition> {
        // Lists are short: nearly all have one or two keys.
        let at = self.conditions.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        self.conditions.get(at).map(|(_, condition)| condition)
    }

    /// Whether it asks nothing.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether no labels can meet it.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.conditions().any(|(_, condition)| *condition == Condition::Never)
    }

    /// Whether these labels meet it.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.conditions().all(|(key, condition)| condition.matches(labels.get(key).map(String::as_str)))
    }

    /// Selects what both select.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.is_all() || Arc::ptr_eq(&self.conditions, &other.conditions) {
            return other.clone();
        }
        if other.is_all() {
            return self.clone();
        }
        let mut both = Vec::with_capacity(self.conditions.len() + other.conditions.len());
        let (mut left, mut right) = (self.conditions.iter().peekable(), other.conditions.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Self { conditions: both.into() },
            };
            both.extend(match order {
                Ordering::Less => left.next().cloned(),
                Ordering::Greater => right.next().cloned(),
                Ordering::Equal => left.next().zip(right.next()).map(|((key, a), (_, b))| (key.clone(), a.and(b))),
            });
        }
    }

    /// Selects what this does not, as alternatives that exclude each other; none when it selects everything.
    #[must_use]
    pub fn complement(&self) -> Vec<Self> {
        let mut before = Self::all();
        let mut parts = Vec::new();
        for (key, condition) in self.conditions() {
            parts.extend(condition.complement().into_iter().map(|outside| before.with(key, outside)));
            before = before.with(key, condition.clone());
        }
        parts.retain(|part| !part.is_never());
        parts
    }

    /// Selects what this does not, as alternatives that may overlap, each of which asks of one key.
    #[must_use]
    pub fn outside(&self) -> Vec<Self> {
        if self.is_never() {
            return vec![Self::all()];
        }
        let of = |(key, condition): (&str, &Condition)| {
            condition.complement().into_iter().map(|outside| Self::on(key, outside)).collect::<Vec<_>>()
        };
        self.conditions().flat_map(of).collect()
    }

    /// Selects what this does and `minus` does not, as alternatives that exclude each other.
    #[must_use]
    pub fn less(&self, minus: &Self) -> Vec<Self> {
        let parts = minus.complement().into_iter().map(|outside| self.and(&outside));
        parts.filter(|part| !part.is_never()).collect()
    }

    /// The keys of which it asks for one value, and that value.
    pub fn single_values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.conditions().filter_map(|(key, condition)| match condition {
            Condition::In(values) => values.single().map(|value| (key, value)),
            _ => None,
        })
    }

    /// Whether everything that this selects is selected by `other`.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        let implied = |(key, asked): (&str, &Condition)| match self.condition(key) {
            Some(condition) => condition.implies(asked),
            None => Condition::NotIn(Values::none()).implies(asked),
        };
        self.is_never() || other.conditions().all(implied)
    }

    /// Whether nothing is selected by both.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let apart = |(key, condition): (&str, &Condition)| {
            other.condition(key).is_some_and(|there| condition.is_disjoint(there))
        };
        self.is_never() || other.is_never() || self.conditions().any(apart)
    }

    /// The name, when it selects the one namespace of that name and asks nothing else.
    #[must_use]
    pub fn namespace_name(&self) -> Option<&str> {
        match &*self.conditions {
            [(key, Condition::In(names))] if **key == *METADATA_NAME => names.single(),
            _ => None,
        }
    }
}

/// Every requirement holds; those on one key fold into one condition.
impl<K: Into<Box<str>>> FromIterator<(K, Condition)> for Selector {
    fn from_iter<I: IntoIterator<Item = (K, Condition)>>(requirements: I) -> Self {
        let mut all: Vec<(Box<str>, Condition)> = requirements.into_iter().map(|(key, c)| (key.into(), c)).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let folded = all.chunk_by(|(a, _), (b, _)| a == b).filter_map(|same| match same {
            [one] => Some(one.clone()),
            [(key, _), ..] => Some((key.clone(), fold(same.iter().map(|(_, condition)| condition)))),
            [] => None,
        });
        Self { conditions: folded.collect() }
    }
}

// Exceptions are joined at once: a long list of them would be copied for each.
fn fold<'a>(conditions: impl Iterator<Item = &'a Condition> + Clone) -> Condition {
    let excepted = conditions.clone().filter_map(|condition| match condition {
        Condition::NotIn(values) => Some(values),
        _ => None,
    });
    let others = conditions.filter(|condition| !matches!(condition, Condition::NotIn(_)));
    let excepted = Condition::NotIn(excepted.flat_map(Values::iter).collect());
    others.fold(excepted, |both, condition| both.and(condition))
}

impl Ord for Selector {
    fn cmp(&self, other: &Self) -> Ordering {
        match Arc::ptr_eq(&self.conditions, &other.conditions) {
            true => Ordering::Equal,
            false => self.conditions.cmp(&other.conditions),
        }
    }
}

impl PartialOrd for Selector {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Debug for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.conditions()).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition() -> impl Strategy<Value = Condition> {
        let values = || proptest::collection::vec("[abc]", 1..3).prop_map(Values::from_iter);
        prop_oneof![
            values().prop_map(Condition::In),
            values().prop_map(Condition::NotIn),
            proptest::collection::vec("[abc]", 0..2)
                .prop_map(|except| Condition::Exists { except: Values::from_iter(except) }),
            Just(Condition::DoesNotExist),
            Just(Condition::Never),
        ]
    }

    pub(crate) fn selector() -> impl Strategy<Value = Selector> {
        proptest::collection::vec(("[kl]", condition()), 0..4).prop_map(Selector::from_iter)
    }

    pub(crate) fn labels() -> impl Strategy<Value = Labels> {
        proptest::collection::btree_map("[kl]", "[abcd]", 0..3)
    }

    proptest! {
        #[test]
        fn requirements_hold_together(list in proptest::collection::vec(("[kl]", condition()), 0..4), labels in labels()) {
            let each = list.iter().all(|(key, condition)| condition.matches(labels.get(key).map(String::as_str)));
            let selector = Selector::from_iter(list.clone());
            prop_assert_eq!(selector.matches(&labels), each);
            prop_assert_eq!(list.into_iter().fold(Selector::all(), |all, (key, c)| all.with(key, c)), selector);
        }

        #[test]
        fn and_is_both(a in selector(), b in selector(), labels in labels()) {
            prop_assert_eq!(a.and(&b).matches(&labels), a.matches(&labels) && b.matches(&labels));
        }

        #[test]
        fn complement_is_a_partition(a in selector(), labels in labels()) {
            let outside = a.complement().iter().filter(|part| part.matches(&labels)).count();
            prop_assert_eq!(outside, usize::from(!a.matches(&labels)));
        }

        #[test]
        fn outside_is_what_does_not_match(a in selector(), labels in labels()) {
            prop_assert_eq!(a.outside().iter().any(|part| part.matches(&labels)), !a.matches(&labels));
        }

        #[test]
        fn implied_never_missed(a in selector(), b in selector(), labels in labels()) {
            if a.implies(&b) && a.matches(&labels) {
                prop_assert!(b.matches(&labels));
            }
            if a.is_disjoint(&b) {
                prop_assert!(!(a.matches(&labels) && b.matches(&labels)));
            }
        }
    }

    // Exhaustive over two keys and four values: implication says yes exactly when no labels tell the two apart.
    proptest! {
        #[test]
        fn implication_is_exact(a in selector(), b in selector()) {
            let values = [None, Some("a"), Some("b"), Some("c"), Some("d")];
            let implied = values.iter().all(|k| values.iter().all(|l| {
                let labels: Labels = [("k", k), ("l", l)].into_iter()
                    .filter_map(|(key, value)| value.map(|value| (key.to_owned(), value.to_owned()))).collect();
                !a.matches(&labels) || b.matches(&labels)
            }));
            prop_assert_eq!(a.implies(&b), implied);
        }
    }
}
