//! Printing that a closed pipe ends in peace.

use std::io::{self, Write};

/// Writes to standard output.
///
/// A reader that went away (`netpol … | head`) ends the process as it ends other tools; nothing is left to do for it. Any
/// other failure, such as a full disk, ends it with a word.
pub(super) fn stdout(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            stderr(&format!("error: cannot write to standard output: {error}\n"));
        }
        std::process::exit(1);
    }
}

/// Writes to standard error, as far as there is one.
pub(super) fn stderr(text: &str) {
    // With nobody to tell, there is nothing else to do.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Says why a command stopped, where no place in a text is to blame.
pub(super) fn failure(error: &dyn std::error::Error) {
    stderr(&format!("error: {error}\n"));
}
