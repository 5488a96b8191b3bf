//! Which names there are, and what each is defined as; nothing is worked out here.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::blocks::Placed;
use super::{PRELUDE_NAMES, Unit};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::names;
use crate::span::{FileId, Span, Spanned};
use crate::syntax::ast::{File, Let, Path, StatementKind, Text};

/// An index into [`Scopes::definitions`].
pub(super) type DefinitionId = usize;

/// What a name is defined as.
#[derive(Debug)]
pub(super) struct Definition<'a> {
    /// Where the name is given.
    pub(super) name: &'a Text,
    /// The file of the definition.
    pub(super) file: FileId,
    /// The namespace block that it stands in.
    pub(super) namespace: Option<String>,
    /// A value of its own, or a name of another file.
    pub(super) kind: Kind<'a>,
}

#[derive(Debug)]
pub(super) enum Kind<'a> {
    Let(&'a Let),
    Use { path: &'a Path, from: FileId },
    // Of a file that is missing, which has been reported.
    Missing,
}

/// The names of a program.
#[derive(Debug, Default)]
pub(super) struct Scopes<'a> {
    pub(super) definitions: Vec<Definition<'a>>,
    tables: BTreeMap<(FileId, Option<String>), BTreeMap<&'a str, DefinitionId>>,
    prelude: BTreeMap<&'a str, DefinitionId>,
    // What each file defines in blocks, and in those of namespaces whose name is none.
    in_blocks: BTreeSet<(FileId, &'a str)>,
    misnamed: BTreeSet<(FileId, &'a str)>,
    // Which definitions something mentions.
    mentioned: RefCell<BTreeSet<DefinitionId>>,
}

/// Collects the names of all files.
pub(super) fn collect<'a>(
    unit: &Unit,
    files: &[(FileId, Vec<Placed<'a>>)],
    prelude: &'a File,
    diagnostics: &mut Diagnostics,
) -> Scopes<'a> {
    let mut scopes = Scopes::default();
    for statement in &prelude.statements {
        if let StatementKind::Let(of) = &statement.value.kind {
            scopes.prelude.insert(&of.name.value, scopes.definitions.len());
            let kind = Kind::Let(of);
            scopes.definitions.push(Definition { name: &of.name, file: prelude.id, namespace: None, kind });
        }
    }
    for (file, statements) in files {
        for placed in statements {
            scopes.statement(unit, *file, placed, diagnostics);
        }
    }
    scopes
}

impl<'a> Scopes<'a> {
    fn statement(&mut self, unit: &Unit, file: FileId, placed: &Placed<'a>, diagnostics: &mut Diagnostics) {
        let homes: Vec<Option<String>> = match placed.namespaces.is_empty() {
            true => vec![None],
            false => placed.namespaces.iter().cloned().map(Some).collect(),
        };
        for home in homes {
            match &placed.statement.value.kind {
                StatementKind::Let(of) => self.define(&of.name, file, home, Kind::Let(of), diagnostics),
                StatementKind::Use(used) => {
                    let from = unit.uses.get(&used.path.span).copied();
                    for name in &used.names {
                        let given = name.alias.as_ref().unwrap_or(&name.name.name);
                        let kind = from.map_or(Kind::Missing, |from| Kind::Use { path: &name.name, from });
                        self.define(given, file, home.clone(), kind, diagnostics);
                    }
                }
                _ => {}
            }
        }
    }

    fn define(
        &mut self,
        name: &'a Text,
        file: FileId,
        home: Option<String>,
        kind: Kind<'a>,
        diagnostics: &mut Diagnostics,
    ) {
        let word = name.value.as_str();
        let outer = home.as_ref().and_then(|_| self.table(file, None)?.get(word).copied());
        let known = self.table(file, home.as_deref()).and_then(|table| table.get(word).copied());
        if let Some(before) = known.and_then(|known| self.definitions.get(known)) {
            let message = format!("`{word}` is defined twice");
            let diagnostic = Diagnostic::new(Code::DefinedTwice, message, name.span, "again")
                .with_label(before.name.span, "first")
                .with_help("give one of them another name");
            diagnostics.push(diagnostic);
            return;
        }
        let shadowed = match &kind {
            Kind::Use { .. } | Kind::Missing => None,
            Kind::Let(_) if PRELUDE_NAMES.contains(&word) => Some(("the prelude's", None)),
            Kind::Let(_) => {
                outer.and_then(|outer| self.definitions.get(outer)).map(|of| ("the file's", Some(of.name.span)))
            }
        };
        if let Some((whose, place)) = shadowed {
            let place_of =
                home.as_ref().map_or("this file".to_owned(), |name| format!("namespace `{name}` of this file"));
            let message = format!("`{word}` hides {whose} name in all of {place_of}");
            let mut note = Diagnostic::new(Code::Shadows, message, name.span, "means this one here");
            if let Some(place) = place {
                note = note.with_label(place, "hidden");
            }
            diagnostics.push(note);
        }
        let id = self.definitions.len();
        if let Some(namespace) = &home {
            self.in_blocks.insert((file, word));
            if names::namespace(namespace).is_err() {
                self.misnamed.insert((file, word));
            }
        }
        self.definitions.push(Definition { name, file, namespace: home.clone(), kind });
        self.tables.entry((file, home)).or_default().insert(word, id);
    }

    fn table(&self, file: FileId, namespace: Option<&str>) -> Option<&BTreeMap<&'a str, DefinitionId>> {
        self.tables.get(&(file, namespace.map(str::to_owned)))
    }

    /// The definition that a path means where it stands.
    pub(super) fn look_up(&self, path: &Path, file: FileId, namespace: Option<&str>) -> Option<DefinitionId> {
        let word = path.name.value.as_str();
        let found = match &path.namespace {
            Some(of) => self.table(file, Some(&of.value))?.get(word),
            None => {
                let inner = namespace.and_then(|namespace| self.table(file, Some(namespace))?.get(word));
                let outer = || self.table(file, None)?.get(word);
                inner.or_else(outer).or_else(|| self.prelude.get(word))
            }
        };
        found.copied().inspect(|id| {
            self.mentioned.borrow_mut().insert(*id);
        })
    }

    /// The definition that a `use` brings from a file: its own names only, not the prelude's.
    pub(super) fn exported(&self, path: &Path, from: FileId) -> Option<DefinitionId> {
        let table = self.table(from, path.namespace.as_ref().map(|of| of.value.as_str()))?;
        table.get(path.name.value.as_str()).copied().inspect(|id| {
            self.mentioned.borrow_mut().insert(*id);
        })
    }

    /// Whether a path that nothing defines may mean a name in or of a namespace whose name is none, which has been
    /// reported: mended, it may be the one that was meant.
    pub(super) fn is_misnamed(&self, path: &Path, file: FileId, namespace: Option<&str>) -> bool {
        let name = (file, path.name.value.as_str());
        let is_of_one = || path.namespace.is_some() && self.misnamed.contains(&name);
        let is_in_one = || namespace.is_some_and(|namespace| names::namespace(namespace).is_err());
        is_of_one() || is_in_one() && self.in_blocks.contains(&name)
    }

    /// Whether a definition is one of the prelude's.
    pub(super) fn is_of_prelude(&self, definition: &Definition<'_>) -> bool {
        let known = self.prelude.get(definition.name.value.as_str());
        known.and_then(|id| self.definitions.get(*id)).is_some_and(|known| known.name.span == definition.name.span)
    }

    /// Every name that can be written at a place, and with `own` only those of the file itself.
    pub(super) fn visible(&self, file: FileId, namespace: Option<&str>) -> Vec<&'a str> {
        let inner = namespace.and_then(|namespace| self.table(file, Some(namespace)));
        let tables = inner.into_iter().chain(self.table(file, None)).chain([&self.prelude]);
        tables.flat_map(|table| table.keys().copied()).collect()
    }

    /// A name as `use` needs it, if a namespace block of the file defines it.
    pub(super) fn in_any_block(&self, word: &str, file: FileId) -> Option<String> {
        let blocks = self.tables.range((file, Some(String::new()))..).take_while(|((of, _), _)| *of == file);
        let ((_, namespace), _) = blocks.into_iter().find(|(_, table)| table.contains_key(word))?;
        namespace.as_ref().map(|namespace| format!("{namespace}.{word}"))
    }

    /// The names, with their namespace, that a file offers to `use`.
    pub(super) fn offered(&self, file: FileId) -> Vec<String> {
        let of_file = self.tables.iter().filter(|((of, _), _)| *of == file);
        let names = of_file.flat_map(|((_, namespace), table)| {
            table.keys().map(move |name| namespace.as_ref().map_or((*name).to_owned(), |of| format!("{of}.{name}")))
        });
        names.collect()
    }

    /// Names of these files that nothing mentions.
    pub(super) fn unused(&self, files: &BTreeSet<FileId>) -> Vec<Spanned<String>> {
        let mentioned = self.mentioned.borrow();
        // A block for several namespaces defines its names once for each: one use is enough.
        let used: BTreeSet<Span> = mentioned
            .iter()
            .filter_map(|id| self.definitions.get(*id))
            .map(|definition| definition.name.span)
            .collect();
        let unused = self.definitions.iter().filter(|d| files.contains(&d.file) && !used.contains(&d.name.span));
        unused.map(|definition| definition.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::{check, check_files};

    #[test]
    fn a_name_is_defined_once_in_its_block() {
        check("let a = pods\nlet a = any\nisolate a", &["E0205 |a| give one of them another name"]);
        check("namespace x { let a = pods isolate a } namespace y { let a = pods isolate a }", &[]);
        check("namespace x { let a = pods isolate a } namespace x { let a = pods }", &["E0205 |a|"]);
    }

    #[test]
    fn hiding_a_name_is_worth_a_note() {
        check("let dns = pods[a=b]\nisolate dns", &["N0201 |dns|"]);
        check("let apiserver = pods[a=b]\nisolate apiserver", &["N0201 |apiserver|"]);
        check("let a = pods[x=y]\nisolate a\nnamespace n { let a = pods isolate a }", &["N0201 |a|"]);
        let files = [("a.netpol", "use d as dns from \"b.netpol\"\nisolate dns"), ("b.netpol", "let d = pods")];
        check_files(&files, &[]);
    }

    #[test]
    fn use_brings_names_and_nothing_else() {
        let common = ("c.netpol", "let web = pods[a=b]\nnamespace shop { let api = pods isolate api }");
        let with = |text: &'static str, expected: &[&str]| check_files(&[("a.netpol", text), common], expected);
        with("use web, shop.api as api from \"c.netpol\"\nisolate web\nallow api -> web", &[]);
        with("use wbe from \"c.netpol\"\nisolate wbe", &["E0203 |wbe| did you mean `web`?"]);
        with("use api from \"c.netpol\"\nisolate api", &["E0203 |api| did you mean `shop.api`?"]);
        let own = "every program has `dns`: it needs no `use`";
        with("use dns from \"c.netpol\"\nisolate dns", &[&format!("E0203 |dns| {own}")]);
        let own = own.replace("dns", "internet");
        with("use Internet from \"c.netpol\"\nallow Internet -> pods", &[&format!("E0203 |Internet| {own}")]);
        with("use x.dns from \"c.netpol\"\nisolate dns", &["E0203 |x.dns| that file defines `web`, `shop.api`"]);
        with("use office from \"c.netpol\"\nisolate office", &["E0203 |office| that file defines `web`, `shop.api`"]);
        with("isolate web", &["E0204 |web|"]);
    }

    #[test]
    fn a_file_that_offers_nothing_or_much_is_told_in_short() {
        let with = |file: &str, help: &str| {
            let files = [("a.netpol", "use office from \"c.netpol\"\nisolate office"), ("c.netpol", file)];
            check_files(&files, &[&format!("E0203 |office| {help}")]);
        };
        with("isolate pods", "that file defines no names");
        let many: String = (0..12).map(|n| format!("let n{n:02} = pods\n")).collect();
        let eight: Vec<_> = (0..8).map(|n| format!("`n{n:02}`")).collect();
        with(&many, &format!("that file defines {}, and 4 more", eight.join(", ")));
    }

    #[test]
    fn a_missing_file_is_reported_by_who_reads_files() {
        check("use web from \"nowhere.netpol\"\nisolate web\nallow web -> web", &[]);
    }
}
