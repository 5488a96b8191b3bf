//! From trees to a program: every name becomes what it stands for, every label, address and port is checked where it
//! stands.
//!
//! Names are looked up in the namespace block of their file, then at the file's level, then in the prelude. A value is
//! worked out anew for each namespace in which a name is used, because `pods` means the pods of that place.

mod addresses;
mod annotations;
mod blocks;
mod circles;
mod cluster;
mod endpoints;
mod isolates;
mod labels;
mod order;
mod owned;
mod ports;
mod prelude;
pub mod program;
mod rules;
mod scopes;
mod statements;
mod subjects;
#[cfg(test)]
pub(crate) mod testing;
mod tests_in_programs;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::cluster::Cluster;
use crate::diag::{Diagnostics, suggest};
use crate::model::{Peer, Ports};
use crate::source::Sources;
use crate::span::{FileId, Span};
use crate::syntax::{self, ast};
use blocks::Placed;
pub use prelude::NAMES as PRELUDE_NAMES;
pub use program::Program;

/// The files of a program and those that lend it names.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// All files, parsed.
    pub files: Vec<ast::File>,
    /// The files of the program; the others only lend names.
    pub roots: BTreeSet<FileId>,
    /// The file that each `use` means, by the place of its path. One that is missing has been reported.
    pub uses: BTreeMap<Span, FileId>,
}

/// The surroundings in which a program is resolved.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// What the current namespace is called, if that is known.
    pub namespace: Option<&'a str>,
    /// The cluster's objects, with what [`state`] adds to them.
    pub cluster: Option<&'a Cluster>,
    /// The day by which `@expires` is judged.
    pub today: Date,
}

/// Resolves a program. There is one only where no error was found.
#[must_use]
pub fn resolve(unit: &Unit, sources: &mut Sources, around: Surroundings<'_>) -> (Option<Program>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let prelude = prelude::parse(sources);
    circles::check(unit, sources, &mut diagnostics);
    let mut files = Vec::new();
    for file in &unit.files {
        files.push((file.id, blocks::flatten(file, around, &mut diagnostics)));
    }
    let scopes = scopes::collect(unit, &files, &prelude, &mut diagnostics);
    let own: Vec<_> = files.iter().filter(|(id, _)| unit.roots.contains(id)).collect();
    let declared = declared(unit);
    let placed: Vec<_> = own.iter().flat_map(|(_, placed)| placed).collect();
    let owned = owned::collect(&declared, &placed, around, &mut diagnostics);
    let mut statements = statements::Statements::new(values::Resolver::new(&scopes, owned, around));
    // What is isolated tells which of the other statements' halves matter.
    for isolating in [true, false] {
        for (id, placed) in &own {
            let now = |placed: &&Placed<'_>| placed.isolates() == isolating;
            placed.iter().filter(now).for_each(|placed| statements.statement(*id, placed));
        }
    }
    let (program, found) = statements.finish(unit);
    diagnostics.append(found);
    let program = (!diagnostics.has_errors()).then_some(program);
    (program, diagnostics)
}

/// Adds to a cluster what a program states of the labels of namespaces that no object tells of: they count for peers as
/// for subjects, and for whatever is asked of the cluster afterwards.
pub fn state(unit: &Unit, cluster: &mut Cluster) {
    owned::state(&declared(unit), cluster);
}

// The statements of the program's own files, blocks as one.
fn declared(unit: &Unit) -> Vec<&ast::Statement> {
    unit.files.iter().filter(|file| unit.roots.contains(&file.id)).flat_map(|file| &file.statements).collect()
}

/// What a name of the prelude stands for as a destination: peers, those with the same ports together.
#[must_use]
pub fn of_prelude(name: &str) -> Vec<(Vec<Peer>, Ports)> {
    let mut sources = Sources::new();
    let id = sources.add("<prelude's>", format!("allow egress any -> {name}"));
    let (file, _) = syntax::parse(&sources, id);
    let unit = Unit { files: vec![file], roots: BTreeSet::from([id]), uses: BTreeMap::new() };
    let around = Surroundings { namespace: None, cluster: None, today: Date::default() };
    let (program, _) = resolve(&unit, &mut sources, around);
    let rules = program.into_iter().flat_map(|program| program.rules);
    rules.flat_map(|rule| rule.to).map(|(side, ports)| (side.peers, ports)).collect()
}
