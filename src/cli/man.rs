//! `netpol man`: the manual page, or one for each command.

use std::path::PathBuf;

use clap::CommandFactory;

use super::{Cli, Status, print};

/// Print the manual page, or write one for each command to a folder
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write `netpol.1` and a page for each command to this folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Status {
    let done = match &args.output {
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::command(), folder)),
        None => page().map(|text| print::stdout(&text)),
    };
    match done {
        Ok(()) => Status::Fine,
        Err(error) => {
            print::failure(&error);
            Status::No
        }
    }
}

fn page() -> std::io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
