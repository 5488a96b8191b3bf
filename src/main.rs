//! The `netpol` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    netpol::cli::run()
}
