//! The command line: reads arguments, calls the driver, prints.
//!
//! The only place that writes to standard output and standard error. Exit status: 0 fine, 1 the answer is no (errors,
//! failed tests, a difference), 2 wrong use.

mod build;
mod check;
mod completions;
mod explain;
mod fmt;
mod import;
mod man;
mod policy_args;
mod print;
mod query;
mod reach;
mod report;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::driver::inputs::STDIN;

/// Concise allow rules, compiled to Kubernetes NetworkPolicy.
#[derive(Debug, Parser)]
#[command(name = "netpol", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Build(build::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Query(query::Args),
    Reach(reach::Args),
    Test(test::Args),
    Import(import::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    // All is well.
    Fine,
    // The answer is no.
    No,
    // The command was not used as it is meant.
    Misused,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    let status = if one_stdin(&command.inputs()) { command.run() } else { Status::Misused };
    match status {
        Status::Fine => ExitCode::SUCCESS,
        Status::No => ExitCode::from(1),
        Status::Misused => ExitCode::from(2),
    }
}

impl Command {
    // The paths that it reads, each as often as it is given.
    fn inputs(&self) -> Vec<&PathBuf> {
        match self {
            Self::Check(args) => args.inputs().collect(),
            Self::Build(args) => args.inputs().collect(),
            Self::Fmt(args) => args.inputs().collect(),
            Self::Query(args) => args.inputs().collect(),
            Self::Reach(args) => args.inputs().collect(),
            Self::Test(args) => args.inputs().collect(),
            Self::Import(args) => args.inputs().collect(),
            Self::Explain(_) | Self::Completions(_) | Self::Man(_) => Vec::new(),
        }
    }

    fn run(&self) -> Status {
        match self {
            Self::Check(args) => check::run(args),
            Self::Build(args) => build::run(args),
            Self::Explain(args) => explain::run(args),
            Self::Fmt(args) => fmt::run(args),
            Self::Query(args) => query::run(args),
            Self::Reach(args) => reach::run(args),
            Self::Test(args) => test::run(args),
            Self::Import(args) => import::run(args),
            Self::Completions(args) => completions::run(args),
            Self::Man(args) => man::run(args),
        }
    }
}

// Whether standard input is read once at most, and says so where it is not: it would be empty to all but the first.
fn one_stdin(inputs: &[&PathBuf]) -> bool {
    let times = inputs.iter().filter(|path| path.as_os_str() == STDIN).count();
    if times > 1 {
        print::stderr(&format!(
            "error: standard input can be read once, and `{STDIN}` is given {}\n",
            match times {
                2 => "twice".to_owned(),
                more => format!("{more} times"),
            }
        ));
    }
    times <= 1
}
