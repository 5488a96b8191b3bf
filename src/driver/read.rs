//! From a path to its text.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::Session;
use super::inputs::STDIN;
use crate::diag::{Code, Diagnostic};
use crate::source::NotUtf8Error;
use crate::span::{FileId, Span};

/// Bytes that one policy file may have. The largest that people write are a hundredth of it.
pub const MAX_BYTES: u64 = 256 << 20;

// What every gzip file begins with; no text does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a file, or standard input for `-`, into the session; tells why not in a diagnostic.
pub fn read(path: &Path, session: &mut Session) -> Option<FileId> {
    read_for(None, path, session)
}

/// The same for a file that is named at a place of another.
pub fn read_for(place: Option<Span>, path: &Path, session: &mut Session) -> Option<FileId> {
    match bytes(path) {
        Ok(bytes) => add(place, path, bytes, session),
        Err(error) => {
            let message = format!("cannot read `{}`: {}", path.display(), reason(&error));
            session.diagnostics.push(unreadable(place, message));
            None
        }
    }
}

fn unreadable(place: Option<Span>, message: String) -> Diagnostic {
    match place {
        Some(span) => Diagnostic::new(Code::UnreadableInput, message, span, "not readable"),
        None => Diagnostic::without_place(Code::UnreadableInput, message),
    }
}

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
///
/// Whatever reading gives, and a file of more than [`MAX_BYTES`].
pub fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES + 1;
    if path == Path::new(STDIN) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
    }
    Ok(bytes)
}

/// What went wrong, in the words of the system, without its number.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = words.chars();
    // Only the sentence's first letter: names and units keep theirs.
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

// What a file is called in messages and artifacts: the same however its path was spelled, and in one line.
fn name(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let mut parts = PathBuf::new();
    for part in path.strip_prefix(&here).unwrap_or(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.components().next_back(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let plain = |char: char| if char.is_control() { char.escape_default().to_string() } else { char.to_string() };
    parts.display().to_string().chars().map(plain).collect()
}

// Adds the text, or tells where it is none.
fn add(place: Option<Span>, path: &Path, bytes: Vec<u8>, session: &mut Session) -> Option<FileId> {
    let name = if path == Path::new(STDIN) { "<stdin>".to_owned() } else { name(path) };
    if bytes.starts_with(&GZIP) {
        let message = format!("`{name}` is compressed with gzip");
        session.diagnostics.push(unreadable(place, message).with_help("unpack it first"));
        return None;
    }
    match session.sources.add_bytes(&*name, bytes) {
        Ok(file) => Some(file),
        Err(NotUtf8Error { span, byte }) => {
            let message = format!("`{name}` is not UTF-8 text");
            let diagnostic = Diagnostic::new(Code::NotUtf8, message, span, format!("byte 0x{byte:02x} stands here"));
            session.diagnostics.push(diagnostic.with_help("save the file as UTF-8"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_begin_small_and_keep_their_units() {
        assert_eq!(reason(&io::Error::other("It is larger than 256 MiB")), "it is larger than 256 MiB");
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "no such file or directory");
    }

    #[test]
    fn a_path_has_one_name() {
        let here = std::env::current_dir().unwrap();
        for path in ["pol/a.netpol", "./pol/a.netpol", "pol/./a.netpol", "pol/../pol/a.netpol"] {
            assert_eq!(name(Path::new(path)), "pol/a.netpol");
            assert_eq!(name(&here.join(path)), "pol/a.netpol");
        }
        assert_eq!(name(Path::new("../a.netpol")), "../a.netpol");
        assert_eq!(name(Path::new("../../a.netpol")), "../../a.netpol");
        assert_eq!(name(Path::new("/elsewhere/a.netpol")), "/elsewhere/a.netpol");
        assert_eq!(name(Path::new("a\nb: 1 #.netpol")), "a\\nb: 1 #.netpol");
    }
}
