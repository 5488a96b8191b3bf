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

    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE|-", default_value = "-")]
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

pub(super) fn run(args: &Args) -> Status {
    let mut session = Session::new();
    let cluster = cluster::cluster(args.cluster.as_ref(), &mut session);
    let program = import::import(&args.paths, args.names, cluster.as_ref(), &mut session);
    args.report.judge(&mut session);
    let program = program.filter(|_| !session.diagnostics.has_errors());
    let to_stdout = args.output == Path::new(inputs::STDIN);
    if let Some(Err(error)) = program.as_ref().filter(|_| !to_stdout).map(|text| output::replace(&args.output, text)) {
        session.diagnostics.push(Diagnostic::from(error));
    }
    let stream = if to_stdout { Stream::Stderr } else { Stream::Stdout };
    let status = args.report.show(session, stream);
    if let Some(program) = program.filter(|_| to_stdout) {
        print::stdout(&program);
    }
    status
}
