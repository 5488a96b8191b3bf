//! The `netpol` command.

use std::process::ExitCode;

// A compiler allocates much and frees little: a third of the time of a large build is the system's allocator's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    netpol::cli::run()
}
