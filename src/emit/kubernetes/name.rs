//! Names of objects: what `@name` says, or the words of the subject's own labels.
//!
//! A name depends on the subject alone, so an unrelated change of the program changes no name. Where the words of two
//! subjects are the same, both get a mark made from their labels. What `@name` says stays as it is, and an object that
//! would have the same words gets the mark; two objects of one name would overwrite each other in the cluster.

use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt};

use crate::ir::Subject;
use crate::model::{Condition, Selector, Values};

// Leaves room for a hyphen and a mark in the 63 characters that names have.
const LONGEST: usize = 54;

/// An object before it has a name: what `@name` says, and its subject.
pub(super) type Key<'a> = (Option<&'a str>, &'a Subject);

/// The names of the objects of one namespace, in their order, no two the same. What they are depends on no order.
pub(super) fn names(keys: &[Key<'_>]) -> Vec<String> {
    let mut wishes: BTreeMap<String, Vec<(Key<'_>, usize)>> = BTreeMap::new();
    for (at, key) in keys.iter().enumerate() {
        wishes.entry(wish(*key)).or_default().push((*key, at));
    }
    let (mut names, mut taken, mut marked) = (vec![String::new(); keys.len()], HashSet::new(), Vec::new());
    let mut give = |at: usize, name: String| {
        if let Some(slot) = names.get_mut(at) {
            *slot = name;
        }
    };
    for (wish, mut wishing) in wishes {
        wishing.sort_unstable();
        // What one `@name` alone says it keeps; else the words of one subject alone.
        let is_given = |((given, _), _): &&(Key<'_>, usize)| given.is_some();
        let given = alone(wishing.iter().filter(is_given));
        let first = if wishing.iter().any(|entry| is_given(&entry)) { given } else { alone(wishing.iter()) };
        marked
            .extend(wishing.into_iter().filter(|(_, at)| Some(*at) != first).map(|(key, at)| (wish.clone(), key, at)));
        if let Some(at) = first {
            taken.insert(wish.clone());
            give(at, wish);
        }
    }
    for (wish, key, at) in marked {
        // A mark that somebody wrote himself, or that two subjects share, is tried again.
        let tries = (0u32..).map(|tried| with_mark(&wish, key, tried));
        if let Some(name) = tries.into_iter().find(|name| taken.insert(name.clone())) {
            give(at, name);
        }
    }
    names
}

fn alone<'k, 'a: 'k>(mut entries: impl Iterator<Item = &'k (Key<'a>, usize)>) -> Option<usize> {
    let first = entries.next().map(|(_, at)| *at);
    first.filter(|_| entries.next().is_none())
}

fn with_mark(wish: &str, (given, subject): Key<'_>, tried: u32) -> String {
    let short = wish.get(..wish.len().min(LONGEST)).unwrap_or(wish).trim_end_matches(['-', '.']);
    format!("{short}-{:08x}", mark(given, &subject.pods).wrapping_add(tried))
}

fn wish((given, subject): Key<'_>) -> String {
    given.map_or_else(|| words(&subject.pods), str::to_owned)
}

// `app=web` is `web`, all pods are `all-pods`; every other label is named with its key.
fn words(selector: &Selector) -> String {
    let parts = selector.conditions().map(|(key, condition)| {
        let key = key.rsplit('/').next().unwrap_or(key);
        let values = |set: &Values| set.iter().collect::<Vec<_>>().join("-");
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
    let mut text = given.unwrap_or_default().to_owned();
    for (key, condition) in selector.conditions() {
        let (operator, values) = match condition {
            Condition::In(values) => ("in", values),
            Condition::NotIn(values) => ("notin", values),
            Condition::Exists { except } => ("exists", except),
            Condition::DoesNotExist => ("absent", &Values::none()),
            Condition::Never => ("never", &Values::none()),
        };
        // Neither keys nor values have blanks or line ends.
        text.extend(["\n", key, " ", operator]);
        values.iter().for_each(|value| text.extend([" ", value]));
    }
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
