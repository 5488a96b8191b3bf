//! Imports go one way, and each foreign thing is known in one place. Reads the sources as text.

// A test says what it expects by failing.
#![allow(clippy::unwrap_used, clippy::string_slice)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of the library in order: each may use those before it, and itself.
const ORDER: &[&str] = &[
    "span",
    "source",
    "diag",
    "model",
    "kubernetes",
    "cluster",
    "syntax",
    "format",
    "resolve",
    "check",
    "ir",
    "lift",
    "proof",
    "opt",
    "tables",
    "emit",
    "analysis",
    "driver",
    "node",
    "lsp",
    "cli",
];

/// What only some files may name: the word, and the beginnings of their paths below `src/`.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("pest", &["syntax/"]),
    ("pest_derive", &["syntax/"]),
    ("codespan_reporting", &["diag/render.rs"]),
    ("saphyr_parser", &["kubernetes/yaml/"]),
    ("serde_yaml", &["kubernetes/yaml/"]),
    ("clap", &["cli/"]),
    ("clap_complete", &["cli/"]),
    ("clap_mangen", &["cli/"]),
    ("flate2", &["cluster/"]),
    ("tempfile", &["driver/output.rs"]),
    ("walkdir", &["driver/inputs.rs", "cluster/"]),
    ("print!", &["cli/"]),
    ("println!", &["cli/"]),
    ("eprint!", &["cli/"]),
    ("eprintln!", &["cli/"]),
    ("stdout", &["cli/"]),
    ("stderr", &["cli/"]),
];

struct File {
    // Below src/, with `/`.
    path: String,
    text: String,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                files.push(File { path: name, text: without_tests(&fs::read_to_string(&path).unwrap()) });
            }
        }
    }
    assert!(files.len() > 30, "only {} files found: the test looks in the wrong place", files.len());
    files
}

// Tests may use what they like: the part of a file from its test module on does not count, nor do comments.
fn without_tests(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

// Every `crate::name` of a text.
fn used(text: &str) -> impl Iterator<Item = String> {
    let grouped = text.split("use crate::{").skip(1).flat_map(|rest| {
        let inside = rest.split("};").next().unwrap_or("");
        inside.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>()
    });
    let direct = text.split("crate::").skip(1).map(str::to_owned);
    grouped.chain(direct).filter_map(|rest| {
        let word: String = rest.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
        (!word.is_empty()).then_some(word)
    })
}

#[test]
fn imports_go_one_way() {
    let place: BTreeMap<&str, usize> = ORDER.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let mut wrong = Vec::new();
    for file in sources() {
        let own = module(&file.path);
        if own == "lib" || own == "main" {
            continue;
        }
        let Some(rank) = place.get(own) else {
            wrong.push(format!("{} is of no listed module", file.path));
            continue;
        };
        for name in used(&file.text) {
            if place.get(name.as_str()).is_some_and(|used| used > rank) {
                wrong.push(format!("{} uses {name}, which comes later", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_declares_its_modules_in_order() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let places: Vec<_> = declared.iter().map(|name| ORDER.iter().position(|listed| listed == name)).collect();
    assert!(places.iter().all(Option::is_some), "a module is missing in the order: {declared:?}");
    assert!(places.is_sorted(), "modules stand in another order: {declared:?}");
}

#[test]
fn each_foreign_thing_is_known_in_one_place() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (word, homes) in ONLY_IN {
            let home = homes.iter().any(|home| file.path.starts_with(home));
            if !home && has_word(&file.text, word) {
                wrong.push(format!("{} names {word}, which only {} may", file.path, homes.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(part);
        let after = text[at + word.len()..].chars().next().is_some_and(part);
        !before && !after
    })
}

#[test]
fn what_the_tests_look_for_is_there() {
    let files = sources();
    for (word, homes) in &ONLY_IN[..6] {
        let known =
            files.iter().any(|file| homes.iter().any(|home| file.path.starts_with(home)) && has_word(&file.text, word));
        assert!(known || *word == "serde_yaml", "nothing names {word}: is the list up to date?");
    }
}
