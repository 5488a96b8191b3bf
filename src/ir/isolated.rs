//! Which isolations meet a subject, found without looking at all of them.

use std::collections::BTreeMap;

use super::{Isolation, Namespace, Subject};
use crate::model::{Condition, Direction, Selector};

/// The isolations of a policy, by what they ask first.
#[derive(Debug, Default)]
pub struct Isolated<'a> {
    spaces: BTreeMap<(Direction, &'a Namespace), Space<'a>>,
}

// The isolations of one namespace and direction. Nearly all ask for one value of one key, which here is their anchor.
#[derive(Debug, Default)]
struct Space<'a> {
    anchored: BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a Isolation>>>,
    others: Vec<&'a Isolation>,
}

impl<'a> Isolated<'a> {
    /// Indexes isolations.
    #[must_use]
    pub fn new(isolations: &'a [Isolation]) -> Self {
        let mut spaces: BTreeMap<_, Space<'a>> = BTreeMap::new();
        for isolation in isolations {
            let space = spaces.entry((isolation.direction, &isolation.subject.namespace)).or_default();
            match anchor(&isolation.subject.pods) {
                Some((key, value)) => space.anchored.entry(key).or_default().entry(value).or_default().push(isolation),
                None => space.others.push(isolation),
            }
        }
        Self { spaces }
    }

    /// The isolations of a direction that some pod of `subject` can be in.
    #[must_use]
    pub fn meeting(&self, direction: Direction, subject: &Subject) -> Vec<&'a Isolation> {
        let Some(space) = self.spaces.get(&(direction, &subject.namespace)) else { return Vec::new() };
        let mut found = space.others.clone();
        for (key, values) in &space.anchored {
            match subject.pods.condition(key) {
                Some(Condition::In(asked)) => {
                    found.extend(asked.iter().filter_map(|value| values.get(value.as_str())).flatten());
                }
                _ => found.extend(values.values().flatten()),
            }
        }
        found.retain(|isolation| !isolation.subject.pods.is_disjoint(&subject.pods));
        found
    }
}

fn anchor(selector: &Selector) -> Option<(&str, &str)> {
    selector.conditions().find_map(|(key, condition)| match condition {
        Condition::In(values) if values.len() == 1 => values.first().map(|value| (key, value.as_str())),
        _ => None,
    })
}
