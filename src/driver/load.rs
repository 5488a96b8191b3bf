//! From `.netpol` files to a [`Unit`]: parses the program's files and all that they `use`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Session;
use super::inputs::STDIN;
use super::read::{read_for, reason};
use crate::diag::{Code, Diagnostic};
use crate::resolve::Unit;
use crate::span::{FileId, Span, Spanned};
use crate::syntax::{self, ast};

/// Reads and parses `roots` and, from file to file, what they `use`.
///
/// A `use` names a file relative to the folder of the one it stands in, or else to one of the folders `include`, in
/// their order. Files that are missing or broken are reported in the session; the unit holds the others.
///
/// A root that has been read already comes with its id.
pub fn load(roots: &[(PathBuf, Option<FileId>)], include: &[PathBuf], session: &mut Session) -> Unit {
    let mut loader = Loader { include, session, files: Vec::new(), paths: Vec::new(), known: BTreeMap::new() };
    let roots: BTreeSet<FileId> = roots.iter().filter_map(|(path, id)| loader.file(path, *id, None)).collect();
    let mut uses = BTreeMap::new();
    let mut next = 0;
    while let Some(file) = loader.files.get(next) {
        let used = [used_paths(file), unread_paths(file, loader.session)].concat();
        let from = loader.paths.get(next).cloned().unwrap_or_default();
        for path in used {
            if let Some(file) = loader.used(&path, &from) {
                uses.insert(path.span, file);
            }
        }
        next += 1;
    }
    Unit { files: loader.files, roots, uses }
}

struct Loader<'a> {
    include: &'a [PathBuf],
    session: &'a mut Session,
    files: Vec<ast::File>,
    // The path of each of `files`.
    paths: Vec<PathBuf>,
    // Files read so far by their real path; `None` for one that could not be read.
    known: BTreeMap<PathBuf, Option<FileId>>,
}

impl Loader<'_> {
    // `place` is where another file names this one.
    fn file(&mut self, path: &Path, id: Option<FileId>, place: Option<Span>) -> Option<FileId> {
        let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.known.get(&identity) {
            return *known;
        }
        let id = id.or_else(|| read_for(place, path, self.session));
        self.known.insert(identity, id);
        if let Some(id) = id {
            let (file, diagnostics) = syntax::parse(&self.session.sources, id);
            self.session.diagnostics.append(diagnostics);
            self.files.push(file);
            self.paths.push(path.to_owned());
        }
        id
    }

    fn used(&mut self, path: &ast::Text, from: &Path) -> Option<FileId> {
        let home = from.parent().filter(|_| from != Path::new(STDIN)).unwrap_or(Path::new(""));
        let candidates: Vec<PathBuf> = std::iter::once(home)
            .chain(self.include.iter().map(PathBuf::as_path))
            .map(|d| d.join(&path.value))
            .collect();
        match candidates.iter().find(|candidate| candidate.is_file()) {
            Some(found) => self.file(found, None, Some(path.span)),
            None => {
                let diagnostic = unusable(path, &candidates).unwrap_or_else(|| missing(path, &candidates));
                self.session.diagnostics.push(diagnostic);
                None
            }
        }
    }
}

// What is there of the name that a `use` gives, though it is no file that can be read.
fn unusable(path: &ast::Text, candidates: &[PathBuf]) -> Option<Diagnostic> {
    candidates.iter().find_map(|candidate| {
        let shown = candidate.display();
        let (message, label, help) = match candidate.metadata() {
            Ok(found) if found.is_dir() => {
                let help =
                    format!("name a file of it, such as `\"{}/common.netpol\"`", path.value.trim_end_matches('/'));
                (format!("`{shown}` is a folder"), "a file is needed here", Some(help))
            }
            Ok(_) => (format!("`{shown}` is no file"), "a file is needed here", None),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
            Err(error) => (format!("cannot read `{shown}`: {}", reason(&error)), "not readable", None),
        };
        Some(Diagnostic::new(Code::UsedFileMissing, message, path.span, label).with_help_if(help))
    })
}

fn missing(path: &ast::Text, candidates: &[PathBuf]) -> Diagnostic {
    let message = format!("file `{}` is not there", path.value);
    let tried: Vec<_> = candidates.iter().map(|tried| format!("`{}`", tried.display())).collect();
    Diagnostic::new(Code::UsedFileMissing, message, path.span, "no such file")
        .with_help(format!("looked for {}; `-I DIR` adds a folder to look in", tried.join(", ")))
}

fn used_paths(file: &ast::File) -> Vec<ast::Text> {
    fn of(statement: &ast::Statement) -> Vec<ast::Text> {
        match &statement.value.kind {
            ast::StatementKind::Use(used) => vec![used.path.clone()],
            ast::StatementKind::Namespace(ast::Namespace { block: Some(inner), .. }) => {
                inner.iter().flat_map(of).collect()
            }
            _ => Vec::new(),
        }
    }
    file.statements.iter().flat_map(of).collect()
}

// The files that are named by what was not understood: one that is missing is told in the same run.
fn unread_paths(file: &ast::File, session: &Session) -> Vec<ast::Text> {
    let of = |span: &Span| {
        let text = session.sources.snippet(*span);
        // Its quotes are a part of it, as where it is understood.
        let offset = |at: usize| span.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
        let place = |at: usize, path: &str| Span::new(span.file, offset(at), offset(at + path.len() + 2));
        syntax::used_files(text).map(|(at, path)| Spanned::new(path.to_owned(), place(at, path))).collect::<Vec<_>>()
    };
    file.unread.iter().flat_map(of).collect()
}
