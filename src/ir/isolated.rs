//! Which isolations meet or cover a subject, found without looking at all of them.

use std::collections::BTreeMap;

use super::{Isolation, Namespace, Subject};
use crate::model::{Direction, MOST_TERMS, SelectorIndex};

/// The isolations of a policy by direction, namespace and labels.
#[derive(Debug, Default)]
pub struct Isolated<'a> {
    isolations: &'a [Isolation],
    spaces: BTreeMap<(Direction, &'a Namespace), SelectorIndex<'a, usize>>,
}

impl<'a> Isolated<'a> {
    /// Indexes isolations.
    #[must_use]
    pub fn new(isolations: &'a [Isolation]) -> Self {
        let mut spaces: BTreeMap<_, SelectorIndex<'a, _>> = BTreeMap::new();
        for (at, isolation) in isolations.iter().enumerate() {
            let space = spaces.entry((isolation.direction, &isolation.subject.namespace)).or_default();
            space.insert(&isolation.subject.pods, at);
        }
        Self { isolations, spaces }
    }

    /// Whether some pod of `subject` can be isolated in a direction.
    #[must_use]
    pub fn meets(&self, direction: Direction, subject: &Subject) -> bool {
        self.spaces.get(&(direction, &subject.namespace)).is_some_and(|space| space.is_met(&subject.pods))
    }

    /// The isolations of a direction that some pod of `subject` can be in.
    #[must_use]
    pub fn meeting(&self, direction: Direction, subject: &Subject) -> Vec<&'a Isolation> {
        let space = self.spaces.get(&(direction, &subject.namespace));
        let places = space.map_or_else(Vec::new, |space| space.meeting(&subject.pods));
        places.into_iter().filter_map(|at| self.isolations.get(at)).collect()
    }

    /// Whether every pod of `subject` is isolated in a direction; `None` where it would take too long to tell.
    #[must_use]
    pub fn closes(&self, direction: Direction, subject: &Subject) -> Option<bool> {
        let mut meeting = self.meeting(direction, subject);
        meeting.retain(|isolation| isolation.subject.outside.is_empty());
        let covers = |isolation: &&Isolation| subject.pods.implies(&isolation.subject.pods);
        if subject.pods.is_never() || meeting.iter().any(covers) {
            return Some(true);
        }
        // Depth first: what no isolation takes away is found before the parts that others might are all made.
        let mut open = vec![(subject.pods.clone(), 0)];
        let mut steps = MOST_TERMS + meeting.len();
        while let Some((part, from)) = open.pop() {
            steps = steps.checked_sub(1)?;
            let mut rest = meeting.iter().enumerate().skip(from);
            let met = rest.find(|(_, isolation)| !part.is_disjoint(&isolation.subject.pods));
            let Some((at, isolation)) = met else { return Some(false) };
            open.extend(part.less(&isolation.subject.pods).into_iter().map(|part| (part, at + 1)));
        }
        Some(true)
    }
}
