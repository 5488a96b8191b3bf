//! From paths to objects: which files, compressed or not, JSON or YAML.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use walkdir::WalkDir;

use super::assemble::Place;
use super::json;
use super::object::Object;
use super::window::Window;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kubernetes::yaml::stream::Documents;

/// One input: its bytes, as they come.
pub(super) type Input<'i> = Box<dyn Read + 'i>;

// How much may be unpacked before its size is compared with the compressed one, and how many times that it may be:
// pods that differ only in name and address are packed to a hundredth.
const UNSUSPECTED: u64 = 16 << 20;
const MOST_UNPACKED: u64 = 500;

/// Why an input gives no objects.
pub(super) enum Error {
    Io(io::Error),
    Text {
        line: usize,
        column: usize,
        message: String,
    },
    /// The object, and where the first of its name stands.
    Twice(String, Place),
}

/// What is done with an object.
pub(super) type Take<'t> = &'t mut dyn FnMut(Object) -> Result<(), (String, Place)>;

/// The files that `paths` name: files as they are, folders by the endings of their files, in order of their names.
pub(super) fn expand(paths: &[PathBuf], diagnostics: &mut Diagnostics) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_dump(entry.path()) => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => diagnostics.push(unreadable(&path.display(), &error.into())),
            }
        }
        if files.len() == before {
            let message = format!("no `.yaml`, `.yml`, `.json` or `.gz` file is in `{}`", path.display());
            diagnostics.push(Diagnostic::without_place(Code::UnreadableInput, message));
        }
    }
    files
}

fn is_dump(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|e| matches!(e, "yaml" | "yml" | "json" | "gz"))
}

pub(super) fn open(path: &Path) -> io::Result<Input<'static>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path)?))
}

pub(super) fn unreadable(name: &dyn Display, error: &io::Error) -> Diagnostic {
    let text = error.to_string();
    let reason = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    Diagnostic::without_place(Code::UnreadableInput, format!("cannot read `{name}`: {reason}"))
}

/// Reads every object of an input and hands it to `take`, until one fails.
pub(super) fn documents(mut bytes: Input<'_>, take: Take<'_>) -> Result<(), Error> {
    let mut magic = Vec::new();
    bytes.by_ref().take(2).read_to_end(&mut magic).map_err(Error::Io)?;
    let compressed = magic == [0x1f, 0x8b];
    let whole = Cursor::new(magic).chain(bytes);
    if compressed { text(Unpacked::new(whole), take) } else { text(whole, take) }
}

/// A compressed input, unpacked as it is read, unless it is a bomb.
struct Unpacked<R> {
    decoder: MultiGzDecoder<BufReader<Counted<R>>>,
    bytes: u64,
}

struct Counted<R> {
    input: R,
    bytes: u64,
}

impl<R: Read> Unpacked<R> {
    fn new(input: R) -> Self {
        Self { decoder: MultiGzDecoder::new(BufReader::new(Counted { input, bytes: 0 })), bytes: 0 }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(buffer)?;
        self.bytes += count as u64;
        let packed = self.decoder.get_ref().get_ref().bytes;
        if self.bytes > UNSUSPECTED && self.bytes / MOST_UNPACKED > packed {
            let message = format!("it unpacks to more than {MOST_UNPACKED} times its size, as no cluster's objects do");
            return Err(io::Error::other(message));
        }
        Ok(count)
    }
}

fn text(input: impl Read, take: Take<'_>) -> Result<(), Error> {
    let mut window = Window::new(input);
    match window.byte(&mut 0)? {
        Some(b'{') => json::documents(window, take),
        _ => yaml_documents(&window.into_rest().map_err(Error::Io)?, take),
    }
}

fn yaml_documents(text: &[u8], take: Take<'_>) -> Result<(), Error> {
    let text = std::str::from_utf8(text).map_err(|error| not_utf8(text, error.valid_up_to()))?;
    let mut documents = Documents::new(text);
    while let Some(object) = documents.next_document::<Object>().map_err(yaml_error)? {
        take(object).map_err(|(what, first)| Error::Twice(what, first))?;
    }
    Ok(())
}

fn yaml_error(error: crate::kubernetes::yaml::stream::Error) -> Error {
    let (line, column) = error.place.unwrap_or((1, 1));
    Error::Text { line, column, message: error.message }
}

fn not_utf8(text: &[u8], at: usize) -> Error {
    let before = text.get(..at).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    Error::Text { line, column, message: "the text is not UTF-8".to_owned() }
}
