//! The editors' samples are programs: what the highlighting is tested on is the language that the compiler reads.
#![allow(clippy::unwrap_used, reason = "tests end by failing")]

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

// What is being typed is in no program.
const UNFINISHED: &str = "unfinished.netpol";

// Whether a file has the language's grammar: the formatter reads it, whatever it means.
fn is_read(path: &Path) -> bool {
    let mut netpol = Command::new(env!("CARGO_BIN_EXE_netpol"));
    netpol.args(["fmt", "-"]).stdin(File::open(path).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
    netpol.status().unwrap().success()
}

#[test]
fn samples_are_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/samples");
    let (mut finished, mut unfinished) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with(UNFINISHED) {
            assert!(!is_read(&path), "{} is read", path.display());
            unfinished += 1;
        } else {
            assert!(is_read(&path), "{} is not read", path.display());
            finished += 1;
        }
    }
    assert!(finished > 0 && unfinished == 1);
}
