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

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    let status = match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Query(args) => query::run(&args),
        Command::Reach(args) => reach::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    match status {
        Status::Fine => ExitCode::SUCCESS,
        Status::No => ExitCode::from(1),
        Status::Misused => ExitCode::from(2),
    }
}
