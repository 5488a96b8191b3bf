//! JSON documents, of which no more than one object stands in memory at a time.
//!
//! A list is not read as one value: its items are taken out of `items` one by one. What else it has is checked as
//! strictly as that of an object.

use std::collections::BTreeSet;
use std::io::Read;
use std::marker::PhantomData;

use serde::de::IgnoredAny;
use serde::de::value::Error as Message;

use super::object::{ObjectSeed, Type, once};
use super::raw::Passed;
use super::read::{Error, Take};
use super::window::Window;

/// Reads every object of an input and hands it to `take`, until one fails.
pub(super) fn documents<R: Read>(input: Window<R>, take: Take<'_>) -> Result<(), Error> {
    let mut reader = Reader { input, take };
    while reader.document()? {}
    Ok(())
}

struct Reader<'t, R> {
    input: Window<R>,
    take: Take<'t>,
}

// What a list says of itself.
#[derive(Default)]
struct List {
    api_version: Option<String>,
    kind: Option<String>,
    keys: BTreeSet<String>,
}

impl List {
    fn of(&self) -> Option<Type> {
        Some(Type::new(self.api_version.as_ref()?, self.kind.clone()?))
    }
}

impl<R: Read> Reader<'_, R> {
    // Reads one document, unless there is none left.
    fn document(&mut self) -> Result<bool, Error> {
        let mut at = 0;
        let found = self.input.byte(&mut at)?.is_some();
        self.input.advance(at);
        if found {
            match self.list()? {
                Some(list) => self.items(list)?,
                None => self.object(None)?,
            }
        }
        Ok(found)
    }

    // Whether the document is a list, and then stands behind the bracket of its items. Of anything else nothing is
    // taken, so that it is read, or refused, as one object.
    fn list(&mut self) -> Result<Option<List>, Error> {
        let (mut list, mut at) = (List::default(), 0);
        if self.input.byte(&mut at)? != Some(b'{') {
            return Ok(None);
        }
        loop {
            at += 1;
            if self.input.byte(&mut at)? != Some(b'"') {
                return Ok(None);
            }
            let (key, end) = self.input.value(at, PhantomData::<String>)?;
            at = end;
            if self.input.byte(&mut at)? != Some(b':') {
                return Ok(None);
            }
            at += 1;
            let first = self.input.byte(&mut at)?;
            if key == "items" && first == Some(b'[') {
                list.keys.insert(key);
                self.input.advance(at + 1);
                return Ok(Some(list));
            }
            at = self.field(&mut list, &key, at)?;
            let is_object = list.kind.as_ref().is_some_and(|kind| !kind.ends_with("List"));
            if is_object || !list.keys.insert(key) || self.input.byte(&mut at)? != Some(b',') {
                return Ok(None);
            }
        }
    }

    // Reads a field of a list that is not its items, and tells where it ends.
    fn field(&mut self, list: &mut List, key: &str, at: usize) -> Result<usize, Error> {
        let word = match key {
            "apiVersion" => &mut list.api_version,
            "kind" => &mut list.kind,
            "metadata" => return Ok(self.input.value(at, PhantomData::<Option<Passed>>)?.1),
            _ => return Ok(self.input.value(at, PhantomData::<IgnoredAny>)?.1),
        };
        let (value, end) = self.input.value(at, PhantomData::<String>)?;
        *word = Some(value);
        Ok(end)
    }

    fn items(&mut self, list: List) -> Result<(), Error> {
        let of = list.of().and_then(|of| of.items());
        let mut at = 0;
        if self.input.byte(&mut at)? == Some(b']') {
            self.input.advance(at + 1);
            return self.end(list);
        }
        loop {
            self.object(of.as_ref())?;
            let mut at = 0;
            let next = self.input.byte(&mut at)?;
            match next {
                Some(b',' | b']') => self.input.advance(at + 1),
                Some(_) => return Err(self.input.wrong(at, "expected `,` or `]`")),
                None => return Err(self.input.cut_off()),
            }
            if next == Some(b']') {
                return self.end(list);
            }
        }
    }

    // The rest of a list, behind its items.
    fn end(&mut self, mut list: List) -> Result<(), Error> {
        let mut at = 0;
        loop {
            match self.input.byte(&mut at)? {
                Some(b'}') => break,
                Some(b',') => at += 1,
                Some(_) => return Err(self.input.wrong(at, "expected `,` or `}`")),
                None => return Err(self.input.cut_off()),
            }
            let start = at;
            let (key, end) = self.input.value(at, PhantomData::<String>)?;
            once::<Message>(&key, &mut list.keys).map_err(|error| self.input.wrong(start, error.to_string()))?;
            at = end;
            match self.input.byte(&mut at)? {
                Some(b':') => at += 1,
                Some(_) => return Err(self.input.wrong(at, "expected `:`")),
                None => return Err(self.input.cut_off()),
            }
            at = self.field(&mut list, &key, at)?;
        }
        self.input.advance(at + 1);
        match list.of() {
            Some(_) => Ok(()),
            None => Err(self.input.wrong(0, "a list without `apiVersion` and `kind`")),
        }
    }

    fn object(&mut self, of: Option<&Type>) -> Result<(), Error> {
        let (object, end) = self.input.value(0, ObjectSeed(of))?;
        self.input.advance(end);
        (self.take)(object).map_err(|(what, first)| Error::Twice(what, first))
    }
}
