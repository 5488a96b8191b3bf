//! The README and the pages under docs/ stay true: their programs compile, or fail with the code that they say; the
//! YAML beside a program is what it becomes; their commands run and print what is shown; their links lead somewhere.
//!
//! A fenced block says in its first line what it is: `netpol` is a program without findings, `netpol E0107` one with
//! just that finding, `netpol common.netpol` (or any mark with a dot) a file that other blocks of the page name, `yaml`
//! behind a program its objects, `sh run` commands that succeed, `console` commands behind `$` with what they print.

#![allow(clippy::expect_used, clippy::panic, reason = "tests end by failing")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::Deserialize as _;
use tempfile::TempDir;

struct Block {
    place: String,
    language: String,
    mark: String,
    text: String,
}

impl Block {
    // Whether the block is a file that other blocks name.
    fn is_file(&self) -> bool {
        self.mark.contains('.')
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(root().join("docs")).expect("docs/").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).expect("a page");
    let name = page.strip_prefix(root()).expect("a page of the project").display();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => {
                let (language, mark) = info.split_once(' ').unwrap_or((info, ""));
                let (language, mark) = (language.to_owned(), mark.to_owned());
                open = Some(Block { place: format!("{name}:{number}"), language, mark, text: String::new() });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: a block is not closed");
    blocks
}

fn of_language(page: &Path, language: &str) -> Vec<Block> {
    blocks(page).into_iter().filter(|block| block.language == language).collect()
}

// A folder as the reader of a page has it: the project's examples are in it, and the files that the page names.
fn folder(page: &Path) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink(root().join("examples"), folder.path().join("examples")).expect("a link");
    for block in blocks(page).into_iter().filter(Block::is_file) {
        std::fs::write(folder.path().join(block.mark), block.text).expect("a file");
    }
    folder
}

fn shell(command: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_netpol"));
    let bin = program.parent().expect("a folder").display();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let command = command.replace("cargo run --release --", "netpol");
    let mut shell = Command::new("sh");
    shell.args(["-euc", &command]).current_dir(folder).env("PATH", path).env_remove("CLICOLOR_FORCE");
    shell.stdin(Stdio::null()).output().expect("sh runs")
}

fn codes(folder: &Path, file: &str) -> String {
    let output = shell(&format!("netpol check --format json {file}"), folder);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&output.stderr)));
    let found = report.get("diagnostics").and_then(|list| list.as_array()).expect("a list");
    found
        .iter()
        .map(|diagnostic| diagnostic.get("code").and_then(|code| code.as_str()).expect("a code"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn programs_compile_or_fail_as_they_say() {
    let mut count = 0;
    for page in pages() {
        let folder = folder(&page);
        for block in of_language(&page, "netpol") {
            let (file, expected) =
                if block.is_file() { (block.mark.as_str(), "") } else { ("block.netpol", block.mark.as_str()) };
            std::fs::write(folder.path().join(file), &block.text).expect("a file");
            assert_eq!(codes(folder.path(), file), expected, "{}\n{}", block.place, block.text);
            count += 1;
        }
    }
    assert!(count > 15, "only {count} programs");
}

#[test]
fn programs_are_formatted() {
    for page in pages() {
        for block in of_language(&page, "netpol") {
            let formatted = support::formatted(&block.text);
            assert!(formatted.is_none_or(|formatted| formatted == block.text), "{}\n{}", block.place, block.text);
        }
    }
}

#[test]
fn yaml_behind_a_program_is_what_it_becomes() {
    let mut count = 0;
    for page in pages() {
        let blocks = blocks(&page);
        for (program, yaml) in blocks.iter().zip(blocks.iter().skip(1)) {
            if program.language != "netpol" || yaml.language != "yaml" || yaml.is_file() {
                continue;
            }
            let folder = folder(&page);
            std::fs::write(folder.path().join("block.netpol"), &program.text).expect("a file");
            let output = shell("netpol build block.netpol", folder.path());
            let built = objects(&String::from_utf8_lossy(&output.stdout));
            assert_eq!(built, objects(&yaml.text), "{}", yaml.place);
            count += 1;
        }
    }
    assert!(count > 2, "only {count} pairs");
}

// The objects of a stream, without what says where they come from.
fn objects(yaml: &str) -> Vec<NetworkPolicy> {
    let documents = serde_yaml::Deserializer::from_str(yaml).map(Option::<NetworkPolicy>::deserialize);
    let objects = documents.map(|object| object.unwrap_or_else(|error| panic!("{error}\n{yaml}")));
    let bare = objects.flatten().map(|mut object| {
        object.metadata.labels = None;
        object.metadata.annotations = None;
        object
    });
    bare.collect()
}

#[test]
fn commands_succeed() {
    let mut count = 0;
    for page in pages() {
        let folder = folder(&page);
        for block in of_language(&page, "sh").into_iter().filter(|block| block.mark == "run") {
            for command in block.text.lines().filter(|line| !line.is_empty()) {
                let output = shell(command, folder.path());
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{}: {command}\n{said}", block.place);
                count += 1;
            }
        }
    }
    assert!(count > 3, "only {count} commands");
}

// Both ways to read an `except` beside a comma, as the message writes them out, are programs.
#[test]
fn what_the_shown_helps_write_out_compiles() {
    let mut count = 0;
    for page in pages() {
        let folder = folder(&page);
        for block in of_language(&page, "console").into_iter().filter(|block| block.text.contains("error[E0107]")) {
            let source = block.text.lines().filter_map(|line| Some(line.split_once(" | ")?.1));
            let source = source.map(str::trim).find(|line| line.starts_with("allow")).expect("the line that is shown");
            let (head, written) = source.split_once("-> ").expect("an arrow");
            let closing =
                block.text.split_once("printf '").and_then(|(_, text)| text.split_once("\\n")).expect("a first line");
            for help in block.text.lines().filter(|line| line.contains("= help")) {
                let meant = help.split('`').nth(1).expect("what to write");
                assert_ne!(meant, written);
                std::fs::write(folder.path().join("help.netpol"), format!("{}\n{head}-> {meant}\n", closing.0))
                    .expect("a file");
                assert_eq!(codes(folder.path(), "help.netpol"), "", "{}: {meant}", block.place);
                count += 1;
            }
        }
    }
    assert_eq!(count, 2);
}

#[test]
fn commands_print_what_is_shown() {
    let mut count = 0;
    for page in pages() {
        let folder = folder(&page);
        for block in of_language(&page, "console") {
            assert!(block.text.starts_with("$ "), "{}: no command", block.place);
            for entry in block.text.split("$ ").skip(1) {
                let (command, expected) = entry.split_once('\n').expect("a line");
                let output = shell(&format!("{{ {command}; }} 2>&1"), folder.path());
                let printed = String::from_utf8_lossy(&output.stdout);
                let printed: String = printed.lines().map(|line| format!("{}\n", line.trim_end())).collect();
                assert_eq!(printed.trim_end(), expected.trim_end(), "{}: {command}", block.place);
                count += 1;
            }
        }
    }
    assert!(count > 1, "only {count} commands");
}

#[test]
fn commands_of_the_readme_exist() {
    let help = shell("netpol --help", root());
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let text = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let rows: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("| `netpol ")).collect();
    assert!(rows.len() > 3, "{rows:?}");
    for row in rows {
        let command = row.split([' ', '`']).next().expect("a word");
        let listed = help.lines().any(|line| line.split_whitespace().next() == Some(command));
        assert!(listed, "`netpol {command}` is in the README and not in the help:\n{help}");
    }
}

#[test]
fn links_lead_somewhere() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.with_file_name("").join(file) };
            assert!(path.exists(), "{}: {target}", page.display());
            assert!(anchor.is_empty() || anchors(&path).contains(&anchor.to_owned()), "{}: {target}", page.display());
        }
    }
}

// What GitHub makes of a page's headings.
fn anchors(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).expect("a page");
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let heading = heading.to_lowercase();
        let kept = heading.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
        kept.map(|char| if char == ' ' { '-' } else { char }).collect()
    };
    headings.map(slug).collect()
}
