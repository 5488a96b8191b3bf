//! Who reaches whom, from paths.

use std::path::{Path, PathBuf};

use super::compile::Settings;
use super::policies::policies;
use super::{Session, cluster};
use crate::analysis::reach::{self, End, Exposure, Filter, PortFilter, Reach, exposure};
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic};
use crate::tables::Tables;

/// What is asked for, in the words of the command line.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The source.
    pub from: Option<String>,
    /// The destination.
    pub to: Option<String>,
    /// The port.
    pub port: Option<PortFilter>,
    /// The namespace that one of the ends is in.
    pub namespace: Option<String>,
    /// Whether the exposure is wanted, and not the connections alone.
    pub exposure: bool,
}

/// Everything that the views show.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The cluster.
    pub cluster: Cluster,
    /// What is open in it.
    pub reach: Reach,
    /// What its workloads are open to, where that is asked for.
    pub exposures: Vec<Exposure>,
}

/// Finds what is open. There is an answer only where nothing was an error.
pub fn reach(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: &Path,
    asked: &Asked,
    session: &mut Session,
) -> Option<Answer> {
    let mut cluster = cluster::cluster(Some(&cluster.to_owned()), session)?;
    let policy = policies(paths, settings, Some(&mut cluster), session)?.into_optimized();
    let filter = filter(asked, &cluster, session)?;
    let tables = Tables::new(&policy, &cluster, settings.current());
    let reach = reach::reach(&cluster, &tables, &filter);
    session.diagnostics.append(reach.notes.clone());
    let exposures = if asked.exposure { exposure(&reach, &cluster, &tables, &policy, &filter) } else { Vec::new() };
    Some(Answer { cluster, reach, exposures })
}

fn filter(asked: &Asked, cluster: &Cluster, session: &mut Session) -> Option<Filter> {
    let mut found = |read: Result<End, (String, Option<String>)>| {
        read.map_err(|(message, help)| {
            let diagnostic = Diagnostic::without_place(Code::UnknownEndpoint, message);
            session.diagnostics.push(match help {
                Some(help) => diagnostic.with_help(help),
                None => diagnostic,
            });
        })
    };
    let mut end = |text: &Option<String>| text.as_ref().map(|text| found(End::parse(text, cluster))).transpose();
    let (from, to) = (end(&asked.from), end(&asked.to));
    let namespace = asked.namespace.as_ref().map(|name| found(End::namespace(name, cluster))).transpose();
    match (from, to, namespace) {
        (Ok(from), Ok(to), Ok(_)) => {
            let ends = [(&asked.from, &from), (&asked.to, &to)];
            for (name, end) in ends.into_iter().filter_map(|(name, end)| Some((name.as_ref()?, end.as_ref()?))) {
                if let Some((why, help)) = end.left_out(cluster) {
                    let message = format!("not all of `{name}` is shown: {why}");
                    let note = Diagnostic::without_place(Code::NotShown, message).with_help(help);
                    session.diagnostics.push(note);
                }
            }
            Some(Filter { from, to, port: asked.port, namespace: asked.namespace.clone() })
        }
        _ => None,
    }
}
