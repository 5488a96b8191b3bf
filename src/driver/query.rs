//! Answers to flows, from paths.

use std::path::{Path, PathBuf};

use super::compile::Settings;
use super::policies::policies;
use super::read::read;
use super::{Session, cluster};
use crate::analysis::Who;
use crate::analysis::query::Query;
use crate::analysis::report::{Report, Style, report};
use crate::tables::Tables;

/// Where flows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flows {
    /// A file, or standard input.
    File(PathBuf),
    /// One, in words.
    One(String),
}

/// Judges flows. There is a report only where nothing was an error.
pub fn query(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: &Path,
    flows: &Flows,
    style: Style,
    session: &mut Session,
) -> Option<Report> {
    let mut cluster = cluster::cluster(Some(&cluster.to_owned()), session)?;
    let policies = policies(paths, settings, Some(&mut cluster), session)?;
    let policy = if style.why { policies.into_written() } else { policies.into_optimized() };
    let file = match flows {
        Flows::File(path) => read(path, session)?,
        Flows::One(words) => session.sources.add("<arguments>", words.clone()),
    };
    let tables = Tables::new(&policy, &cluster, settings.current());
    let who = Who::new(&cluster);
    match report(&mut Query::new(&who, &tables), style, file, &policy, &session.sources) {
        Ok(report) => {
            session.diagnostics.append(report.notes.clone());
            Some(report)
        }
        Err(errors) => {
            session.diagnostics.append(errors);
            None
        }
    }
}
