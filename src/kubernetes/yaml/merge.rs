//! Makes a mapping of its keys and values: each key once, and merge keys (`<<`) as kubectl reads them.

use std::collections::HashMap;

use super::node::{Entry, Kind, Node};
use crate::diag::{Code, Diagnostic};

/// A key with its value, as it stands in the text.
pub(super) struct Pair {
    pub(super) entry: Entry,
    /// Whether the key is a merge key: `<<`, without quotes.
    pub(super) is_merge: bool,
}

/// The entries of a mapping.
pub(super) fn entries(pairs: Vec<Pair>) -> Result<Vec<Entry>, Box<Diagnostic>> {
    refuse_repeats(&pairs)?;
    if pairs.iter().all(|pair| !pair.is_merge) {
        return Ok(pairs.into_iter().map(|pair| pair.entry).collect());
    }
    let mut merged = Merged::default();
    for Pair { entry, is_merge } in pairs {
        if is_merge {
            merged.take_all(&entry)?;
        } else {
            merged.put(entry);
        }
    }
    Ok(merged.entries)
}

fn refuse_repeats(pairs: &[Pair]) -> Result<(), Box<Diagnostic>> {
    // Comparing each with each is fastest for the few keys that objects have.
    let mut seen = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        let key = &pair.entry.key;
        let first = if pairs.len() <= 16 {
            pairs.iter().take(at).find(|earlier| earlier.entry.key == *key)
        } else {
            seen.insert(key, pair)
        };
        if let Some(first) = first.filter(|first| first.is_merge == pair.is_merge) {
            return Err(twice(&first.entry, &pair.entry));
        }
    }
    Ok(())
}

fn twice(first: &Entry, second: &Entry) -> Box<Diagnostic> {
    let message = format!("key `{}` stands twice in one mapping", second.key);
    let diagnostic = Diagnostic::new(Code::DuplicateKey, message, second.key_span, "the second one");
    Box::new(diagnostic.with_label(first.key_span, "the first one").with_help("remove one of the two"))
}

#[derive(Default)]
struct Merged {
    entries: Vec<Entry>,
    // By key: where in `entries`, and whether a merge key brought it.
    index: HashMap<String, (usize, bool)>,
}

impl Merged {
    fn put(&mut self, entry: Entry) {
        self.set(entry, false);
    }

    // Of several mappings the first that has a key wins, so they are taken from the last to the first.
    fn take_all(&mut self, merge: &Entry) -> Result<(), Box<Diagnostic>> {
        let maps = match &merge.value.kind {
            Kind::Seq(items) => items.as_slice(),
            _ => std::slice::from_ref(&merge.value),
        };
        maps.iter().rev().try_for_each(|map| self.take(merge, map))
    }

    fn take(&mut self, merge: &Entry, map: &Node) -> Result<(), Box<Diagnostic>> {
        let Kind::Map(entries) = &map.kind else {
            let message = format!("`<<` takes mappings, and here is {}", map.kind.name());
            return Err(Box::new(Diagnostic::new(Code::BrokenManifest, message, map.span, "not a mapping")));
        };
        for entry in entries {
            if let Some((at, false)) = self.index.get(&entry.key) {
                return Err(overwritten(merge, self.entries.get(*at).unwrap_or(entry)));
            }
            self.set(entry.clone(), true);
        }
        Ok(())
    }

    fn set(&mut self, entry: Entry, is_merged: bool) {
        let next = self.entries.len();
        let (at, was_merged) = self.index.entry(entry.key.clone()).or_insert((next, is_merged));
        *was_merged = is_merged;
        match self.entries.get_mut(*at) {
            Some(there) => *there = entry,
            None => self.entries.push(entry),
        }
    }
}

// kubectl lets the merged value win here, and most other readers the one that is written out.
fn overwritten(merge: &Entry, written: &Entry) -> Box<Diagnostic> {
    let message = format!("`<<` brings key `{}`, which stands before it already", written.key);
    let diagnostic =
        Diagnostic::new(Code::DuplicateKey, message, merge.key_span, "readers differ in which of the two wins");
    let diagnostic = diagnostic.with_label(written.key_span, "the first one");
    Box::new(diagnostic.with_help("put `<<` before the keys that are meant to win"))
}
