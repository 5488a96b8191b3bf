//! `netpol fmt`: one style for all files.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::diag::Diagnostic;
use crate::driver::{Session, format, inputs, output};

/// Rewrite .netpol files in the one style
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files and folders; `-` or nothing reads standard input and writes standard output
    paths: Vec<PathBuf>,

    /// Write nothing; list the files that differ, and exit with 1 if there are any
    #[arg(long)]
    check: bool,

    /// Write nothing; show how the files would change, and exit with 1 if they would
    #[arg(long)]
    diff: bool,

    #[command(flatten)]
    report: ReportArgs,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.paths.iter()
    }
}

pub(super) fn run(args: &Args) -> Status {
    let mut session = Session::new();
    let stdin = [PathBuf::from(inputs::STDIN)];
    let paths = if args.paths.is_empty() { &stdin } else { args.paths.as_slice() };
    let mut differ = false;
    for input in inputs::expand(paths, &[inputs::Kind::Netpol], &mut session) {
        if let Some(formatted) = format::file(&input.path, &mut session) {
            differ |= formatted.differs();
            if let Err(error) = deliver(args, &input.path, &formatted) {
                session.diagnostics.push(Diagnostic::from(error));
            }
        }
    }
    args.report.judge(&mut session);
    let reads_stdin = paths.iter().any(|path| path == Path::new(inputs::STDIN));
    let stream = if reads_stdin { Stream::Stderr } else { Stream::Stdout };
    match args.report.show(session, stream) {
        Status::Fine if differ && (args.check || args.diff) => Status::No,
        status => status,
    }
}

fn deliver(args: &Args, path: &Path, formatted: &format::Formatted) -> Result<(), output::OutputError> {
    let name = path.display().to_string();
    if args.diff {
        let diff = TextDiff::from_lines(&formatted.before, &formatted.after);
        print::stdout(&diff.unified_diff().header(&name, &name).to_string());
    } else if args.check {
        if formatted.differs() {
            print::stdout(&format!("{name}\n"));
        }
    } else if path == Path::new(inputs::STDIN) {
        print::stdout(&formatted.after);
    } else if formatted.differs() {
        output::replace(path, &formatted.after)?;
    }
    Ok(())
}
