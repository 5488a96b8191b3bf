//! The `netpol` program, run as people run it: in a folder of its own, with files, arguments and standard input.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A temporary folder in which `netpol` runs.
pub(crate) struct Folder {
    folder: TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// A folder with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self { folder: TempDir::new().expect("a folder") };
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file below a folder, with its text.
    pub(crate) fn files(&self, below: &str) -> BTreeMap<String, String> {
        fn walk(folder: &Path, name: &str, found: &mut BTreeMap<String, String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let entry = entry.expect("an entry");
                let name = format!("{name}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), found);
                } else {
                    found.insert(name, std::fs::read_to_string(entry.path()).expect("a text"));
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(&self.path(below), "", &mut found);
        found
    }

    /// A command of this folder that sees nothing of the environment's wishes about colours.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_remove("NO_COLOR").stdin(Stdio::null());
        command
    }

    /// Runs `netpol` with arguments that are separated by blanks.
    pub(crate) fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, "")
    }

    /// The same with a standard input.
    pub(crate) fn run_with(&self, arguments: &str, input: impl AsRef<[u8]>) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_netpol"));
        command.args(arguments.split_whitespace());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("netpol starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let input = input.as_ref().to_owned();
        // A program that reads none of it closes the pipe, which is no failure of the test.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("netpol ends");
        writer.join().expect("the writer ends");
        Run::from(output)
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("netpol prints UTF-8");
        Self { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Run {
    /// Asserts that all is well: exit status 0. Returns standard output.
    pub(crate) fn fine(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Asserts an exit status, these texts on standard error, and nothing on standard output.
    pub(crate) fn refused(&self, status: i32, said: &[&str]) {
        assert_eq!((self.status, self.out.as_str()), (status, ""), "{}", self.err);
        let missing: Vec<_> = said.iter().filter(|text| !self.err.contains(**text)).collect();
        assert!(missing.is_empty(), "not said: {missing:?}\n{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }
}
