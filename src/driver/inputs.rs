//! From the paths of a command line to the files that they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Session;
use crate::diag::{Code, Diagnostic};

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The language of this project.
    Netpol,
    /// Kubernetes objects, as YAML or JSON.
    Objects,
}

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Input {
    /// As given, or as found below a folder given; `-` is standard input.
    pub path: PathBuf,
    /// What it holds, where its name tells.
    pub kind: Option<Kind>,
}

/// The path that means standard input.
pub const STDIN: &str = "-";

impl Kind {
    /// The kind that a file's ending tells.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "netpol" => Some(Self::Netpol),
            "yaml" | "yml" | "json" => Some(Self::Objects),
            _ => None,
        }
    }

    /// The kind that the text of a file without such an ending tells.
    ///
    /// Objects say what they are in their first lines, and statements never begin like that.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let is_key = |key: &str| key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'"');
        let objects = lines.next().is_some_and(|first| {
            first.starts_with(['{', '-', '%']) || first.split_once(':').is_some_and(|(key, _)| is_key(key))
        });
        if objects { Self::Objects } else { Self::Netpol }
    }
}

/// Reports an input of a kind that the command does not take.
pub fn wrong_kind(path: &Path, holds: Kind) -> Diagnostic {
    let name = path.display();
    let what = if path == Path::new(STDIN) { "standard input".to_owned() } else { format!("`{name}`") };
    let (message, help) = match holds {
        Kind::Objects => (
            format!("{what} holds Kubernetes objects, and only .netpol files are taken here"),
            format!(
                "`netpol import {name}` makes a .netpol program of them; `netpol check {name}` checks them as they are"
            ),
        ),
        Kind::Netpol => (
            format!("{what} holds a .netpol program, and only Kubernetes YAML and JSON are taken here"),
            format!("`netpol build {name}` makes Kubernetes objects of it"),
        ),
    };
    Diagnostic::without_place(Code::WrongInput, message).with_help(help)
}

/// The files that `paths` name, each once, in the order given; those of a folder by name, its folders included.
///
/// Of a folder only files of `wanted` kinds count, and none whose name or folder begins with a dot. A path that is not
/// there, a folder that cannot be read, a folder with no such file and a file of another kind are errors.
pub fn expand(paths: &[PathBuf], wanted: &[Kind], session: &mut Session) -> Vec<Input> {
    let mut seen = BTreeSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        let found = if path.is_dir() { folder(path, wanted, session) } else { single(path, wanted, session) };
        for input in found {
            let identity = input.path.canonicalize().unwrap_or_else(|_| input.path.clone());
            if seen.insert(identity) {
                inputs.push(input);
            }
        }
    }
    inputs
}

fn single(path: &Path, wanted: &[Kind], session: &mut Session) -> Vec<Input> {
    match Kind::of(path) {
        Some(other) if !wanted.contains(&other) && path.exists() => {
            session.diagnostics.push(wrong_kind(path, other));
            Vec::new()
        }
        kind => vec![Input { path: path.to_owned(), kind }],
    }
}

fn folder(path: &Path, wanted: &[Kind], session: &mut Session) -> Vec<Input> {
    let visible = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let mut inputs = Vec::new();
    let mut other = None;
    let mut failed = false;
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => match Kind::of(entry.path()).filter(|_| entry.file_type().is_file()) {
                Some(kind) if wanted.contains(&kind) => {
                    inputs.push(Input { path: entry.into_path(), kind: Some(kind) });
                }
                kind => other = other.or(kind),
            },
            Err(error) => {
                failed = true;
                session.diagnostics.push(Diagnostic::without_place(Code::UnreadableInput, explain(&error, path)));
            }
        }
    }
    if inputs.is_empty() && !failed {
        let diagnostic = match other {
            Some(holds) => wrong_kind(path, holds),
            None => none_below(path, wanted),
        };
        session.diagnostics.push(diagnostic);
    }
    inputs
}

fn none_below(path: &Path, wanted: &[Kind]) -> Diagnostic {
    let message = format!("no policy file below `{}`", path.display());
    let help = match wanted {
        [Kind::Netpol] => "files of a folder are read when they end in `.netpol`",
        [Kind::Objects] => "files of a folder are read when they end in `.yaml`, `.yml` or `.json`",
        _ => "files of a folder are read when they end in `.netpol`, `.yaml`, `.yml` or `.json`",
    };
    Diagnostic::without_place(Code::UnreadableInput, message).with_help(help)
}

fn explain(error: &walkdir::Error, folder: &Path) -> String {
    let path = error.path().unwrap_or(folder).display();
    match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!("`{path}` is a link to `{}`, which holds it", ancestor.display()),
        (None, Some(io)) => format!("cannot read `{path}`: {}", super::read::reason(io)),
        (None, None) => format!("cannot read `{path}`"),
    }
}
