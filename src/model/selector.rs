//! Label selectors in a normal form, with the set algebra that the passes need.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    In(BTreeSet<String>),
    /// The key is absent, or has a value that is not one of these; at least one.
    NotIn(BTreeSet<String>),
    /// The key is there, with any value but these.
    Exists {
        /// Values that it must not have; often none.
        except: BTreeSet<String>,
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
                let values: BTreeSet<_> = a.iter().filter(|value| other.matches(Some(value))).cloned().collect();
                if values.is_empty() { Never } else { In(values) }
            }
            (NotIn(a), NotIn(b)) => NotIn(a | b),
            (Exists { except: a }, Exists { except: b } | NotIn(b)) | (NotIn(b), Exists { except: a }) => {
                Exists { except: a | b }
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
            Self::DoesNotExist => vec![Self::Exists { except: BTreeSet::new() }],
            // Every key meets one of these two.
            Self::Never => vec![Self::DoesNotExist, Self::Exists { except: BTreeSet::new() }],
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    // Shared: a selector is written once and stands in many rules.
    conditions: Arc<BTreeMap<String, Condition>>,
}

impl Selector {
    /// Selects everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects what has `key=value`.
    #[must_use]
    pub fn label(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::all().with(key, Condition::In(BTreeSet::from([value.into()])))
    }

    /// Selects the namespace of this name.
    #[must_use]
    pub fn namespace(name: &str) -> Self {
        Self::label(METADATA_NAME, name)
    }

    /// Adds a condition; on a key that has one already, both must hold.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, condition: Condition) -> Self {
        self.require(key.into(), condition);
        self
    }

    /// Adds a condition in place; on a key that has one already, both must hold.
    pub fn require(&mut self, key: String, condition: Condition) {
        match Arc::make_mut(&mut self.conditions).entry(key) {
            Entry::Vacant(free) => {
                free.insert(condition);
            }
            // In place, or a long list of exceptions would be copied for each of them.
            Entry::Occupied(mut there) => match (there.get_mut(), condition) {
                (Condition::NotIn(values), Condition::NotIn(more)) => values.extend(more),
                (there, condition) => *there = there.and(&condition),
            },
        }
    }

    /// Keys and conditions, by key.
    pub fn conditions(&self) -> impl ExactSizeIterator<Item = (&str, &Condition)> {
        self.conditions.iter().map(|(key, condition)| (key.as_str(), condition))
    }

    /// The condition on a key.
    #[must_use]
    pub fn condition(&self, key: &str) -> Option<&Condition> {
        self.conditions.get(key)
    }

    /// Whether it asks nothing.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether no labels can meet it.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.conditions.values().any(|condition| *condition == Condition::Never)
    }

    /// Whether these labels meet it.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.conditions.iter().all(|(key, condition)| condition.matches(labels.get(key).map(String::as_str)))
    }

    /// Selects what both select.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        other.conditions.iter().fold(self.clone(), |both, (key, condition)| both.with(key.clone(), condition.clone()))
    }

    /// Selects what this does not, as alternatives that exclude each other; none when it selects everything.
    #[must_use]
    pub fn complement(&self) -> Vec<Self> {
        let mut before = Self::all();
        let mut parts = Vec::new();
        for (key, condition) in self.conditions.iter() {
            for outside in condition.complement() {
                parts.push(before.clone().with(key.clone(), outside));
            }
            before.require(key.clone(), condition.clone());
        }
        parts.retain(|part| !part.is_never());
        parts
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
            Condition::In(values) if values.len() == 1 => values.first().map(|value| (key, value.as_str())),
            _ => None,
        })
    }

    /// Whether everything that this selects is selected by `other`.
    #[must_use]
    pub fn implies(&self, other: &Self) -> bool {
        const ABSENT_OR_ANY: Condition = Condition::NotIn(BTreeSet::new());
        self.is_never()
            || other
                .conditions
                .iter()
                .all(|(key, asked)| self.conditions.get(key).unwrap_or(&ABSENT_OR_ANY).implies(asked))
    }

    /// Whether nothing is selected by both.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.and(other).is_never()
    }

    /// The name, when it selects the one namespace of that name and asks nothing else.
    #[must_use]
    pub fn namespace_name(&self) -> Option<&str> {
        match self.conditions.get(METADATA_NAME) {
            Some(Condition::In(names)) if self.conditions.len() == 1 && names.len() == 1 => {
                names.first().map(String::as_str)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition() -> impl Strategy<Value = Condition> {
        let values = || proptest::collection::btree_set("[abc]", 1..3);
        prop_oneof![
            values().prop_map(Condition::In),
            values().prop_map(Condition::NotIn),
            proptest::collection::btree_set("[abc]", 0..2).prop_map(|except| Condition::Exists { except }),
            Just(Condition::DoesNotExist),
            Just(Condition::Never),
        ]
    }

    pub(crate) fn selector() -> impl Strategy<Value = Selector> {
        proptest::collection::vec(("[kl]", condition()), 0..3)
            .prop_map(|list| list.into_iter().fold(Selector::all(), |selector, (key, c)| selector.with(key, c)))
    }

    fn labels() -> impl Strategy<Value = Labels> {
        proptest::collection::btree_map("[kl]", "[abcd]", 0..3)
    }

    proptest! {
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
