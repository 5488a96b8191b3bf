//! Tests of policies, from paths.

use std::path::{Path, PathBuf};

use super::compile::Settings;
use super::policies::policies;
use super::read::read;
use super::{Session, cluster};
use crate::analysis::Who;
use crate::analysis::query::Query;
use crate::analysis::testing::{self, Case, Touched};
use crate::diag::{Code, Diagnostic};
use crate::tables::Tables;

/// What came of the tests.
#[derive(Clone, Debug, Default)]
pub struct Tested {
    /// Every expectation, in order.
    pub cases: Vec<Case>,
    /// Rules that no test touched, as `file:line`.
    pub untouched: Vec<String>,
}

/// Runs the `test` blocks of the program and the flows of a file. There is a result only where nothing was an error.
pub fn test(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: Option<&PathBuf>,
    flows: Option<&Path>,
    session: &mut Session,
) -> Option<Tested> {
    let mut loaded = match cluster {
        Some(path) => Some(cluster::cluster(Some(path), session)?),
        None => None,
    };
    let policies = policies(paths, settings, loaded.as_mut(), session)?;
    let tests = policies.program.as_ref().map(|compiled| compiled.tests.clone());
    let policy = policies.into_written();
    let (mut cases, mut touched) = (Vec::new(), Touched::new());
    if let Some(tests) = &tests {
        let (judged, notes) = testing::blocks(tests, &policy, settings.current(), &session.sources, &mut touched);
        cases = judged;
        session.diagnostics.append(notes);
    }
    if let (Some(path), Some(cluster)) = (flows, &loaded) {
        let file = read(path, session)?;
        let tables = Tables::new(&policy, cluster, settings.current());
        let who = Who::new(cluster);
        match testing::flows(&mut Query::new(&who, &tables), file, &policy, &session.sources, &mut touched) {
            Ok((more, notes)) => {
                cases.extend(more);
                session.diagnostics.append(notes);
            }
            Err(errors) => session.diagnostics.append(errors),
        }
    }
    if cases.is_empty() && !session.diagnostics.has_errors() {
        let diagnostic = Diagnostic::without_place(Code::EmptyTest, "there is nothing to test")
            .with_help("write a `test` block, or give flows with `--flows FILE --cluster FILE`");
        session.diagnostics.push(diagnostic);
    }
    let untouched = testing::untouched(&policy, &touched, &session.sources);
    (!session.diagnostics.has_errors()).then_some(Tested { cases, untouched })
}
