//! From `.netpol` files to a policy: load, resolve, check, lower.

use std::path::PathBuf;

use jiff::civil::Date;

use super::inputs::{Input, Kind};
use super::read::read;
use super::{Session, inputs, load, partial};
use crate::analysis::lint;
use crate::check;
use crate::cluster::Cluster;
use crate::ir::lower::{Half, Lowered};
use crate::ir::{Policy, lower};
use crate::resolve::program::Tests;
use crate::resolve::{self, Surroundings};
use crate::span::{FileId, Span};

/// The surroundings in which a program is compiled.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The namespace of what stands outside any `namespace`; objects carry none where it is `None`.
    pub namespace: Option<String>,
    /// Folders in which `use` looks after the file's own.
    pub include: Vec<PathBuf>,
    /// The day by which `@expires` is judged.
    pub today: Date,
}

impl Settings {
    /// What the current namespace is taken for where flows are judged: what kubectl takes it for.
    #[must_use]
    pub fn current(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }
}

/// A program, compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its tests.
    pub tests: Tests,
    /// What it means, as written: every entry comes from one statement.
    pub policy: Policy,
    /// What became of each half of each rule.
    pub halves: Vec<Half>,
    /// The rules that are not written because their day has come.
    pub expired: Vec<Span>,
}

/// Compiles the program of `paths`. Findings go to the session; there is a result only where nothing was an error. The
/// cluster takes what the program states of its namespaces.
pub fn compile(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: Option<&mut Cluster>,
    session: &mut Session,
) -> Option<Compiled> {
    let mut files = Vec::new();
    for Input { path, kind } in inputs::expand(paths, &[Kind::Netpol], session) {
        if kind.is_some() {
            files.push((path, None));
        } else if let Some(file) = read(&path, session) {
            match Kind::of_text(session.text(file)) {
                Kind::Netpol => files.push((path, Some(file))),
                Kind::Objects => session.diagnostics.push(inputs::wrong_kind(&path, Kind::Objects)),
            }
        }
    }
    compile_files(files, &Policy::default(), settings, cluster, session)
}

/// The same for files, some of which the session has read already. Lints count what holds `beside` the program.
pub fn compile_files(
    files: Vec<(PathBuf, Option<FileId>)>,
    beside: &Policy,
    settings: &Settings,
    mut cluster: Option<&mut Cluster>,
    session: &mut Session,
) -> Option<Compiled> {
    let unit = load::load(&files, &settings.include, session);
    cluster.iter_mut().for_each(|cluster| resolve::state(&unit, cluster));
    let cluster = cluster.as_deref();
    if session.diagnostics.has_errors() {
        partial::report(&unit, settings, cluster, session);
        return None;
    }
    let namespace = settings.namespace.as_deref();
    let around = Surroundings { namespace, cluster, today: settings.today };
    let (program, found) = resolve::resolve(&unit, &mut session.sources, around);
    session.diagnostics.append(found);
    // What is not needed any more is let go on the way: in a large program each form takes as much as the next.
    drop(unit);
    let (checked, found) = check::check(program?);
    session.diagnostics.append(found);
    let Lowered { policy, halves } = lower(&checked);
    let expired = checked.program().expired.clone();
    let tests = checked.into_tests();
    let place = cluster.map(|cluster| lint::Place::new(cluster, settings.current()));
    let scope = lint::Scope::first(&policy, beside);
    session.diagnostics.append(lint::program(&scope, &halves, place.as_ref(), &session.sources));
    (!session.diagnostics.has_errors()).then_some(Compiled { tests, policy, halves, expired })
}
