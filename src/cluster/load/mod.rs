//! A cluster from what `kubectl get … -o json` or `-o yaml` prints.
//!
//! Lists, several documents and JSON are read, compressed or not, object by object into small types: a dump of 100,000
//! pods never stands in memory as a tree, and one in JSON not even as text. An input that is broken anywhere gives no cluster at all, as an answer about
//! half of one would be wrong.
//!
//! What the objects mean: each namespace has the label of its own name; pods that are done own no address; an address
//! that several pods have belongs to the newest; port names come from containers and restartable init containers; the
//! template of a workload stands for its pods where none is alive.

mod address;
mod assemble;
mod convert;
mod json;
mod object;
mod raw;
mod read;
mod window;
mod workload;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use self::assemble::{Objects, Place};
use super::Cluster;
use crate::diag::{Code, Diagnostic, Diagnostics};

/// Reads files, and the `.yaml`, `.yml`, `.json` and `.gz` files below folders; `-` is standard input.
///
/// Errors go to `diagnostics`, and then there is no cluster; so do notes on what was ignored or missing.
pub fn load(paths: &[PathBuf], diagnostics: &mut Diagnostics) -> Option<Cluster> {
    let mut loader = Loader::default();
    for path in read::expand(paths, diagnostics) {
        match read::open(&path) {
            Ok(input) => loader.file(path.display().to_string(), input, diagnostics),
            Err(error) => diagnostics.push(read::unreadable(&path.display(), &error)),
        }
    }
    loader.finish(diagnostics)
}

/// Reads one text, for tests and for input that is already in memory.
pub fn parse(name: &str, text: &[u8], diagnostics: &mut Diagnostics) -> Option<Cluster> {
    let mut loader = Loader::default();
    loader.file(name.to_owned(), Box::new(text), diagnostics);
    loader.finish(diagnostics)
}

#[derive(Default)]
struct Loader {
    files: Vec<String>,
    objects: Objects,
    failed: bool,
}

impl Loader {
    fn file(&mut self, name: String, input: read::Input<'_>, diagnostics: &mut Diagnostics) {
        let mut place = Place { file: self.files.len(), number: 1 };
        self.files.push(name);
        let result = read::documents(input, &mut |object| self.objects.add(object, &mut place));
        let Err(error) = result else { return };
        self.failed = true;
        let name = self.files.last().map_or("", String::as_str);
        diagnostics.push(match error {
            read::Error::Io(error) => read::unreadable(&name, &error),
            read::Error::Text { line, column, message } => {
                Diagnostic::without_place(Code::BrokenObject, format!("{name}:{line}:{column}: {message}"))
            }
            read::Error::Twice(what, first) => {
                let message = format!("{name}: {what} is there twice");
                let file = self.files.get(first.file).map_or("", String::as_str);
                let help =
                    format!("it is object {} of `{file}`, and object {} of `{name}`", first.number, place.number);
                Diagnostic::without_place(Code::DuplicateObject, message).with_help(help)
            }
        });
    }

    fn finish(self, diagnostics: &mut Diagnostics) -> Option<Cluster> {
        if self.failed || diagnostics.has_errors() { None } else { self.objects.finish(diagnostics) }
    }
}
