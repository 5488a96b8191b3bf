//! `netpol import`: Kubernetes YAML as a program.

use std::path::{Path, PathBuf};

use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::diag::Diagnostic;
use crate::driver::{Session, cluster, import, inputs, output};

/// Turn Kubernetes NetworkPolicy YAML into a .netpol program of the same meaning
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// YAML and JSON files and folders; `-` is standard input
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// The folder to write, a file for each namespace, or the .netpol file; `-` is standard output
    #[arg(short, long, value_name = "DIR|FILE|-", default_value = "-")]
    output: PathBuf,

    /// Keep the objects' names with `@name`
    #[arg(long)]
    names: bool,

    /// The cluster's objects, whose namespaces' labels are then stated
    #[arg(long, value_name = "FILE|DIR")]
    cluster: Option<PathBuf>,

    #[command(flatten)]
    report: ReportArgs,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.paths.iter().chain(&self.cluster)
    }
}

pub(super) fn run(args: &Args) -> Status {
    let mut session = Session::new();
    let cluster = cluster::cluster(args.cluster.as_ref(), &mut session);
    let (paths, cluster, session) = (&args.paths, cluster.as_ref(), &mut session);
    // Each file, where it goes to, and its text.
    let files = match is_folder(&args.output) {
        true => import::import_apart(paths, args.names, cluster, session),
        false => import::import(paths, args.names, cluster, session).map(|text| vec![(String::new(), text)]),
    };
    args.report.judge(session);
    let files = files.filter(|_| !session.diagnostics.has_errors());
    let to_stdout = args.output == Path::new(inputs::STDIN);
    for (name, text) in files.iter().flatten().filter(|_| !to_stdout) {
        let path = if name.is_empty() { args.output.clone() } else { args.output.join(name) };
        if let Err(error) = output::replace(&path, text) {
            session.diagnostics.push(Diagnostic::from(error));
        }
    }
    let stream = if to_stdout { Stream::Stderr } else { Stream::Stdout };
    let status = args.report.show(std::mem::take(session), stream);
    files.iter().flatten().filter(|_| to_stdout).for_each(|(_, text)| print::stdout(text));
    status
}

// A file has an ending, or is there already.
fn is_folder(output: &Path) -> bool {
    let is_name = output != Path::new(inputs::STDIN) && output.extension().is_none();
    output.is_dir() || (is_name && !output.exists())
}
