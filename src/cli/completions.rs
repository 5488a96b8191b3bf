//! `netpol completions`: the script that makes a shell complete arguments.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Status, print};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "netpol", &mut script);
    print::stdout(&String::from_utf8_lossy(&script));
    Status::Fine
}
