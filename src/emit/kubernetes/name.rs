//! Names of objects: what `@name` says, or the words of the subject's own labels.
//!
//! A name depends on the subject alone, so an unrelated change of the program changes no name. Where the words of two
//! subjects are the same, both get a mark made from their labels. What `@name` says stays as it is, and an object that
//! would have the same words gets the mark; two objects of one name would overwrite each other in the cluster.

use std::collections::BTreeMap;

use super::group::Group;
use crate::ir::Subject;
use crate::model::{Condition, Selector};

// Leaves room for a hyphen and a mark in the 63 characters that names have.
const LONGEST: usize = 54;

#[derive(Default)]
struct Wishes {
    given: usize,
    words: usize,
}

/// The names of the objects of one namespace.
pub(super) struct Names {
    // How many objects would have a name: those that were given it, and those whose words it is.
    taken: BTreeMap<String, Wishes>,
}

impl Names {
    /// Looks at all objects of a namespace.
    pub(super) fn new(groups: &BTreeMap<(Option<&str>, &Subject), Group<'_>>) -> Self {
        let mut taken: BTreeMap<String, Wishes> = BTreeMap::new();
        for (given, subject) in groups.keys() {
            let wishes = taken.entry(wish(*given, subject)).or_default();
            match given {
                Some(_) => wishes.given += 1,
                None => wishes.words += 1,
            }
        }
        Self { taken }
    }

    /// The name of an object.
    pub(super) fn of(&self, given: Option<&str>, subject: &Subject) -> String {
        let wish = wish(given, subject);
        let alone = self.taken.get(&wish).is_some_and(|wishes| match given {
            Some(_) => wishes.given == 1,
            None => wishes.given == 0 && wishes.words == 1,
        });
        if alone {
            return wish;
        }
        let short = wish.get(..wish.len().min(LONGEST)).unwrap_or(&wish).trim_end_matches(['-', '.']);
        format!("{short}-{:08x}", mark(given, &subject.pods))
    }
}

fn wish(given: Option<&str>, subject: &Subject) -> String {
    given.map_or_else(|| words(&subject.pods), str::to_owned)
}

// `app=web` is `web`, all pods are `all-pods`; every other label is named with its key.
fn words(selector: &Selector) -> String {
    let parts = selector.conditions().map(|(key, condition)| {
        let key = key.rsplit('/').next().unwrap_or(key);
        let values = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join("-");
        match condition {
            Condition::In(set) if key == "app" => values(set),
            Condition::In(set) => format!("{key}-{}", values(set)),
            Condition::NotIn(set) => format!("not-{key}-{}", values(set)),
            Condition::Exists { except } if except.is_empty() => format!("with-{key}"),
            Condition::Exists { except } => format!("with-{key}-not-{}", values(except)),
            Condition::DoesNotExist | Condition::Never => format!("without-{key}"),
        }
    });
    let text = parts.collect::<Vec<_>>().join("-");
    let name = sanitized(&text);
    match name.len() {
        0 => "all-pods".to_owned(),
        1..=LONGEST => name,
        _ => {
            let short = name.get(..LONGEST).unwrap_or(&name).trim_end_matches('-');
            format!("{short}-{:08x}", mark(None, selector))
        }
    }
}

// Lowercase letters, digits and single hyphens.
fn sanitized(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

// FNV-1a over the name given and the labels' normal form: the same in every version and on every machine.
fn mark(given: Option<&str>, selector: &Selector) -> u32 {
    let text = format!("{}{selector:?}", given.unwrap_or_default());
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
