//! A window on an input's bytes that slides along it: values are read from memory, however long the input is.

use std::io::{self, Read};

use serde::de::{DeserializeSeed, IgnoredAny};

use super::read::Error;

// How much is asked of the input at once: many objects, and still little.
const STEP: usize = 1 << 20;

// The longest single value. The API server's own limit for an object is a hundredth of it.
const LONGEST: usize = 256 << 20;

/// Bytes of an input from where its reader stands, as many as were needed so far.
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    // What is before this is done with.
    start: usize,
    ended: bool,
    // Where `start` is in the input: full lines, and bytes of its own line, before it.
    lines: usize,
    column: usize,
}

impl<R: Read> Window<R> {
    /// Stands at the beginning of an input.
    pub(super) fn new(input: R) -> Self {
        Self { input, bytes: Vec::new(), start: 0, ended: false, lines: 0, column: 0 }
    }

    /// All of the input from here on.
    pub(super) fn into_rest(mut self) -> io::Result<Vec<u8>> {
        self.bytes.drain(..self.start);
        self.input.read_to_end(&mut self.bytes)?;
        Ok(self.bytes)
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    // Makes the window longer, unless the input has ended. It doubles, so that a long value is not read too often.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        if self.bytes.len() >= LONGEST {
            return Err(io::Error::other(format!("an object in it is longer than {} MiB", LONGEST >> 20)));
        }
        let wanted = self.bytes.len().max(STEP);
        self.bytes.reserve_exact(wanted);
        let found = self.input.by_ref().take(wanted as u64).read_to_end(&mut self.bytes)?;
        self.ended = found < wanted;
        Ok(true)
    }

    /// The next byte at `at` or behind that is no blank, with `at` moved to it; none at the end of the input.
    pub(super) fn byte(&mut self, at: &mut usize) -> Result<Option<u8>, Error> {
        loop {
            let rest = self.rest().get(*at..).unwrap_or_default();
            if let Some((skip, byte)) = rest.iter().enumerate().find(|(_, byte)| !byte.is_ascii_whitespace()) {
                *at += skip;
                return Ok(Some(*byte));
            }
            *at = self.rest().len();
            if !self.more().map_err(Error::Io)? {
                return Ok(None);
            }
        }
    }

    /// The value at `at`, and where it ends. It is read again with more of the input where the window ends inside it.
    pub(super) fn value<T, S>(&mut self, at: usize, seed: S) -> Result<(T, usize), Error>
    where
        S: Copy + for<'de> DeserializeSeed<'de, Value = T>,
    {
        loop {
            let text = self.rest().get(at..).unwrap_or_default();
            let mut json = serde_json::Deserializer::from_slice(text);
            let read = seed.deserialize(&mut json);
            let end = json.into_iter::<IgnoredAny>().byte_offset();
            // A number that ends with the window may go on behind it.
            let is_cut = match &read {
                Ok(_) => end == text.len(),
                Err(error) => error.is_eof(),
            };
            if is_cut && self.more().map_err(Error::Io)? {
                continue;
            }
            return match read {
                Ok(value) => Ok((value, at + end)),
                Err(error) => Err(self.refused(at, &error)),
            };
        }
    }

    /// Leaves the next `count` bytes behind.
    pub(super) fn advance(&mut self, count: usize) {
        let (lines, column) = self.place(count);
        (self.lines, self.column) = (lines, column);
        self.start += count;
    }

    // Full lines of the input before `at`, and bytes of its line before it.
    fn place(&self, at: usize) -> (usize, usize) {
        let passed = self.rest().get(..at).unwrap_or_default();
        // Bytes at a time, which the compiler makes many at once of.
        let lines: usize =
            passed.chunks(128).map(|part| part.iter().map(|b| usize::from(*b == b'\n')).sum::<usize>()).sum();
        match lines {
            0 => (self.lines, self.column + passed.len()),
            _ => (self.lines + lines, passed.iter().rev().take_while(|byte| **byte != b'\n').count()),
        }
    }

    /// An error at `at`.
    pub(super) fn wrong(&self, at: usize, message: impl Into<String>) -> Error {
        let (lines, column) = self.place(at);
        Error::Text { line: lines + 1, column: column + 1, message: message.into() }
    }

    /// The error that the input ends here, in the middle of an object.
    pub(super) fn cut_off(&self) -> Error {
        let (lines, column) = self.place(self.rest().trim_ascii_end().len());
        Error::Text { line: lines + 1, column, message: CUT_OFF.to_owned() }
    }

    // What serde_json has against the value at `at`.
    fn refused(&self, at: usize, error: &serde_json::Error) -> Error {
        if error.is_eof() {
            return self.cut_off();
        }
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let (lines, before) = self.place(at);
        let column = if error.line() == 1 { before + error.column() } else { error.column() };
        Error::Text { line: lines + error.line(), column, message: message.to_owned() }
    }
}

const CUT_OFF: &str = "the text ends in the middle of an object; was the file cut off?";
