//! Text in, findings out: what the tests of this module share.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::{Program, Surroundings, Unit, resolve, state};
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Diagnostics};
use crate::source::Sources;
use crate::syntax::ast::StatementKind;

/// The day of the tests.
pub(crate) const TODAY: Date = date(2027, 1, 1);

/// What came of a program.
pub(crate) struct Outcome {
    pub(crate) sources: Sources,
    pub(crate) program: Option<Program>,
    pub(crate) found: Diagnostics,
}

impl Outcome {
    /// Each finding as `CODE |text under the span|` and its help, by place.
    fn lines(&self) -> Vec<String> {
        let under =
            |of: &Diagnostic| of.primary.as_ref().map_or("", |label| self.sources.snippet(label.span)).to_owned();
        let line = |of: Diagnostic| match of.help.as_slice() {
            [] => format!("{} |{}|", of.code.id(), under(&of)),
            help => format!("{} |{}| {}", of.code.id(), under(&of), help.join("; ")),
        };
        self.found.clone().into_sorted().into_iter().map(line).collect()
    }
}

/// Resolves files, each a name and a text; the first one is the program, the others lend names.
pub(crate) fn run(files: &[(&str, &str)], cluster: Option<&Cluster>, namespace: Option<&str>) -> Outcome {
    let mut sources = Sources::new();
    let ids: Vec<_> = files.iter().map(|(name, text)| sources.add(*name, *text)).collect();
    let mut unit = Unit { files: Vec::new(), roots: BTreeSet::from([ids[0]]), uses: BTreeMap::new() };
    let mut found = Diagnostics::new();
    for id in &ids {
        let (file, errors) = crate::syntax::parse(&sources, *id);
        found.append(errors);
        let mut open: Vec<_> = file.statements.iter().collect();
        while let Some(statement) = open.pop() {
            match &statement.value.kind {
                StatementKind::Use(of) => {
                    let at = files.iter().position(|(name, _)| *name == of.path.value);
                    unit.uses.extend(at.map(|at| (of.path.span, ids[at])));
                }
                StatementKind::Namespace(of) => open.extend(of.block.iter().flatten()),
                _ => {}
            }
        }
        unit.files.push(file);
    }
    let mut cluster = cluster.cloned();
    cluster.iter_mut().for_each(|cluster| state(&unit, cluster));
    let around = Surroundings { namespace, cluster: cluster.as_ref(), today: TODAY };
    let (program, more) = resolve(&unit, &mut sources, around);
    found.append(more);
    Outcome { sources, program, found }
}

/// Checks what is found in a program: `CODE |text under the span|`, and after it the beginning of the help, if any.
#[track_caller]
pub(crate) fn check(text: &str, expected: &[&str]) {
    check_files(&[("test.netpol", text)], expected);
}

/// Checks what is found in a program of several files.
#[track_caller]
pub(crate) fn check_files(files: &[(&str, &str)], expected: &[&str]) {
    compare(&run(files, None, None), expected, files[0].1);
}

/// Checks what is found in a program for a cluster.
#[track_caller]
pub(crate) fn check_in(cluster: &Cluster, text: &str, expected: &[&str]) {
    compare(&run(&[("test.netpol", text)], Some(cluster), None), expected, text);
}

/// Compares findings with what was expected of `text`.
#[track_caller]
pub(crate) fn compare(outcome: &Outcome, expected: &[&str], text: &str) {
    let lines = outcome.lines();
    let same = lines.len() == expected.len() && lines.iter().zip(expected).all(|(line, start)| line.starts_with(start));
    assert!(same, "found {lines:#?}\nexpected {expected:#?}\nin {text}");
}
