//! The sets of endpoints that a policy speaks of, each once: subjects and peers alike.

use super::intern::Interner;
use crate::ir::{self, Base, Namespace, Namespaces, Peer, Subject};
use crate::model::{AddressSet, Selector};

/// Distinct sets, and the distinct selectors and address sets that they are made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Sets {
    pub(super) pods: Interner<Pods>,
    pub(super) addresses: Interner<AddressSet>,
    pub(super) sets: Interner<Set>,
    // What [`Namespace::Current`] is.
    current: String,
}

/// Pods that are not of the host network, by the labels of their namespace and their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pods {
    pub(super) namespaces: Selector,
    pub(super) pods: Selector,
}

/// A base less exceptions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Set {
    pub(super) within: Part,
    pub(super) except: Vec<Part>,
}

/// What sets are made of, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Any,
    Pods(u32),
    Addresses(u32),
}

impl Sets {
    pub(super) fn new(current: &str) -> Self {
        Self { current: current.to_owned(), ..Self::default() }
    }

    pub(super) fn subject(&mut self, subject: &Subject) -> u32 {
        let name = match &subject.namespace {
            Namespace::Current => self.current.as_str(),
            Namespace::Named(name) => name,
        };
        let pods = Pods { namespaces: Selector::namespace(name), pods: subject.pods.clone() };
        let within = Part::Pods(self.pods.add(pods));
        let outside =
            (!subject.outside.is_empty()).then(|| Part::Addresses(self.addresses.add(subject.outside.clone())));
        self.sets.add(Set { within, except: outside.into_iter().collect() })
    }

    pub(super) fn peer(&mut self, peer: &Peer) -> u32 {
        let within = self.part(&peer.within);
        let except = peer.except.iter().map(|base| self.part(base)).collect();
        self.sets.add(Set { within, except })
    }

    fn part(&mut self, base: &Base) -> Part {
        match base {
            Base::Any => Part::Any,
            Base::Addresses(set) => Part::Addresses(self.addresses.add(set.clone())),
            Base::Pods(ir::PodSet { namespaces, pods }) => {
                let namespaces = match namespaces {
                    Namespaces::Current => Selector::namespace(&self.current),
                    Namespaces::Matching(selector) => selector.clone(),
                };
                Part::Pods(self.pods.add(Pods { namespaces, pods: pods.clone() }))
            }
        }
    }
}
