//! The two ends of a flow, as policies select them.

use std::sync::Arc;

use super::{AddressSet, Selector};

/// Pods of one namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// Which namespace.
    pub namespace: Namespace,
    /// By their labels.
    pub pods: Selector,
    /// Addresses that make a pod no subject, judged by the flow's own; nearly always none.
    pub outside: AddressSet,
}

/// A namespace that objects are written for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Namespace {
    /// The one that the objects are applied to, as charts and kustomize bases have it.
    Current,
    /// The one of this name.
    Named(Arc<str>),
}

/// A set of far ends: a base less exceptions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer {
    /// What it holds.
    pub within: Base,
    /// Less all of these.
    pub except: Vec<Base>,
}

/// What peers are made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Base {
    /// Every endpoint.
    Any,
    /// Pods.
    Pods(PodSet),
    /// Addresses.
    Addresses(AddressSet),
}

/// Pods by namespace and labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PodSet {
    /// Where.
    pub namespaces: Namespaces,
    /// By their labels.
    pub pods: Selector,
}

/// Namespaces in which peers are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Namespaces {
    /// [`Namespace::Current`] alone.
    Current,
    /// Those with matching labels; [`Selector::namespace`] for one by name.
    Matching(Selector),
}

impl Namespace {
    /// The one of this name.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self::Named(name.into())
    }
}

impl PodSet {
    /// Whether no pod can be in it.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.pods.is_never() || matches!(&self.namespaces, Namespaces::Matching(namespaces) if namespaces.is_never())
    }

    /// Whether no pod can be in both, as far as can be told without the name of the current namespace.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let elsewhere = matches!((&self.namespaces, &other.namespaces),
            (Namespaces::Matching(a), Namespaces::Matching(b)) if a.is_disjoint(b));
        elsewhere || self.pods.is_disjoint(&other.pods)
    }
}

impl Base {
    /// Whether `other` holds all of it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (other, self) {
            (Self::Any, _) => true,
            (Self::Addresses(wide), Self::Addresses(narrow)) => narrow.is_subset(wide),
            (Self::Pods(wide), Self::Pods(narrow)) => {
                narrow.namespaces.is_within(&wide.namespaces) && narrow.pods.implies(&wide.pods)
            }
            _ => false,
        }
    }

    /// Whether nothing can be in it.
    #[must_use]
    pub fn is_never(&self) -> bool {
        match self {
            Self::Any => false,
            Self::Addresses(set) => set.is_empty(),
            Self::Pods(pods) => pods.is_never(),
        }
    }
}

impl Namespaces {
    /// Whether every namespace of these is one of `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (other, self) {
            (Self::Matching(wide), Self::Matching(narrow)) => narrow.implies(wide),
            (Self::Current, Self::Current) => true,
            (Self::Matching(wide), Self::Current) => wide.is_all(),
            (Self::Current, Self::Matching(_)) => false,
        }
    }
}

impl From<&Namespace> for Namespaces {
    /// That one namespace.
    fn from(namespace: &Namespace) -> Self {
        match namespace {
            Namespace::Current => Self::Current,
            Namespace::Named(name) => Self::Matching(Selector::namespace(name)),
        }
    }
}

impl Peer {
    /// Whether every endpoint of it is one of `other`. May say no where it is hard to tell.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let kept = other.except.iter().all(|base| self.except.iter().any(|own| base.is_within(own)));
        kept && self.within.is_within(&other.within)
    }
}

impl From<Base> for Peer {
    fn from(within: Base) -> Self {
        Self { within, except: Vec::new() }
    }
}
