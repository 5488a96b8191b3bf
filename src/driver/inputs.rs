//! From the paths of a command line to the files that they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Session;
use crate::diag::{Code, Diagnostic};

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The language of this project: `.netpol`, and any file that is given by name and is not of the other kind.
    Netpol,
    /// Kubernetes objects: `.yaml`, `.yml`, `.json`.
    Objects,
}

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Input {
    /// As given, or as found below a folder given; `-` is standard input.
    pub path: PathBuf,
    /// What it holds.
    pub kind: Kind,
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
}

/// The files that `paths` name, each once, in the order given; those of a folder by name, its folders included.
///
/// Of a folder only files of `wanted` kinds count, and none whose name or folder begins with a dot. A path that is not
/// there, a folder that cannot be read and a folder with no such file are errors.
pub fn expand(paths: &[PathBuf], wanted: &[Kind], session: &mut Session) -> Vec<Input> {
    let mut seen = BTreeSet::new();
    let mut inputs = Vec::new();
    for path in paths {
        let found = if path.is_dir() { folder(path, wanted, session) } else { vec![single(path)] };
        for input in found {
            let identity = input.path.canonicalize().unwrap_or_else(|_| input.path.clone());
            if seen.insert(identity) {
                inputs.push(input);
            }
        }
    }
    inputs
}

fn single(path: &Path) -> Input {
    Input { path: path.to_owned(), kind: Kind::of(path).unwrap_or(Kind::Netpol) }
}

fn folder(path: &Path, wanted: &[Kind], session: &mut Session) -> Vec<Input> {
    let visible = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".");
    let mut inputs = Vec::new();
    let mut failed = false;
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => {
                let kind = Kind::of(entry.path()).filter(|kind| wanted.contains(kind) && entry.file_type().is_file());
                inputs.extend(kind.map(|kind| Input { path: entry.into_path(), kind }));
            }
            Err(error) => {
                failed = true;
                session.diagnostics.push(Diagnostic::without_place(Code::UnreadableInput, explain(&error, path)));
            }
        }
    }
    if inputs.is_empty() && !failed {
        let message = format!("no policy file below `{}`", path.display());
        let help = match wanted {
            [Kind::Netpol] => "files of a folder are read when they end in `.netpol`",
            _ => "files of a folder are read when they end in `.netpol`, `.yaml`, `.yml` or `.json`",
        };
        session.diagnostics.push(Diagnostic::without_place(Code::UnreadableInput, message).with_help(help));
    }
    inputs
}

fn explain(error: &walkdir::Error, folder: &Path) -> String {
    let path = error.path().unwrap_or(folder).display();
    match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!("`{path}` is a link to `{}`, which holds it", ancestor.display()),
        (None, Some(io)) => format!("cannot read `{path}`: {}", super::read::reason(io)),
        (None, None) => format!("cannot read `{path}`"),
    }
}
