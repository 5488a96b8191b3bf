//! Every code has a page with an example that causes it and one that is right, and both do what the page says.
//!
//! A fenced block says what it is: `netpol wrong` and `netpol right` are programs, `netpol NAME.netpol` is a file that
//! they use, `yaml cluster` the cluster's objects, `yaml wrong` and `yaml right` are manifests, `yaml wrong cluster` and
//! `yaml right cluster` dumps of a cluster, `flows wrong` and `flows right` lines of flows, `sh` blocks commands.

#![allow(clippy::expect_used, clippy::panic, reason = "tests end by failing")]

use std::path::{Path, PathBuf};
use std::process::Command;

use netpol::analysis::query::Query;
use netpol::analysis::{Who, flow, lint};
use netpol::cluster::{Cluster, load};
use netpol::diag::{Code, Diagnostics, Severity};
use netpol::driver::compile::Settings;
use netpol::driver::policies::read_objects;
use netpol::driver::{Session, check};
use netpol::ir::Policy;
use netpol::kubernetes::{objects, validate};
use netpol::source::Sources;
use netpol::tables::Tables;
use tempfile::TempDir;

// What a text block cannot show: bytes that are no text, and files.
const ABOUT_FILES: &[Code] =
    &[Code::UnreadableInput, Code::NotUtf8, Code::FormatRefused, Code::CannotWrite, Code::NoPolicies, Code::WrongInput];

// What only an answer to a question shows, and never fails.
const ABOUT_ANSWERS: &[Code] = &[Code::TakenForDefault, Code::UnknownAddress, Code::DonePod, Code::NotShown];

struct Block {
    // `netpol`, `yaml`, `flows` or `sh`.
    language: String,
    mark: String,
    text: String,
}

fn blocks(code: Code) -> Vec<Block> {
    let page = code.explanation();
    let mut blocks = Vec::new();
    for (number, part) in page.split("```").enumerate() {
        if number % 2 == 1 {
            let (info, text) = part.split_once('\n').expect("a block has lines");
            let (language, mark) = info.split_once(' ').expect("a block says what it is");
            let (language, mark) = (language.to_owned(), mark.to_owned());
            blocks.push(Block { language, mark, text: text.to_owned() });
        }
    }
    blocks
}

fn cluster(code: Code) -> Option<Cluster> {
    let block = blocks(code).into_iter().find(|block| block.language == "yaml" && block.mark == "cluster")?;
    let mut diagnostics = Diagnostics::new();
    let cluster = load::parse("cluster.yaml", block.text.as_bytes(), &mut diagnostics);
    Some(cluster.unwrap_or_else(|| panic!("{}: {diagnostics:?}", code.id())))
}

// The codes of what is found in a program that stands with the page's other files in one folder.
fn program(code: Code, block: &Block) -> Vec<Code> {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    for file in blocks(code).iter().filter(|block| block.mark.ends_with(".netpol")) {
        write(file.mark.rsplit(' ').next().expect("a name"), &file.text);
    }
    let name = block.mark.split_once(' ').map_or("policy.netpol", |(_, name)| name);
    write(name, &block.text);
    let settings = Settings { namespace: None, include: Vec::new(), today: jiff::civil::date(2027, 1, 1) };
    let mut session = Session::new();
    let paths: [PathBuf; 1] = [folder.path().join(name)];
    check::check(&paths, &settings, cluster(code).as_mut(), &mut session);
    session.diagnostics.into_sorted().iter().map(|diagnostic| diagnostic.code).collect()
}

fn manifest(text: &str) -> Vec<Code> {
    let mut sources = Sources::new();
    let file = sources.add("manifest.yaml", text);
    let mut found = Diagnostics::new();
    let objects = objects::read(file, text, &mut found);
    objects.policies.iter().for_each(|policy| found.append(validate::check(policy)));
    found.append(validate::same_name(&objects.policies));
    let policy = read_objects(&objects.policies);
    found.append(lint::objects(&objects.policies, &lint::Scope::whole(&policy), None, &sources));
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

fn dump(text: &str) -> Vec<Code> {
    let mut found = Diagnostics::new();
    let _ = load::parse("cluster.yaml", text.as_bytes(), &mut found);
    found.iter().map(|diagnostic| diagnostic.code).collect()
}

fn flows(code: Code, text: &str) -> Vec<Code> {
    let cluster = cluster(code).expect("flows need a cluster");
    let tables = Tables::new(&Policy::default(), &cluster, "default");
    let who = Who::new(&cluster);
    let mut query = Query::new(&who, &tables);
    let mut sources = Sources::new();
    let file = sources.add("flows.txt", text);
    let answer = |flow: Result<_, _>| flow.and_then(|flow| query.answer(&flow).map(|_| ()));
    flow::parse(text, file).map(answer).filter_map(Result::err).map(|diagnostic| diagnostic.code).collect()
}

fn codes(code: Code, block: &Block) -> Vec<Code> {
    match (block.language.as_str(), block.mark.as_str()) {
        ("netpol", _) => program(code, block),
        ("yaml", mark) if mark.ends_with("cluster") => dump(&block.text),
        ("yaml", _) => manifest(&block.text),
        ("flows", _) => flows(code, &block.text),
        (language, _) => panic!("{}: what is `{language}`?", code.id()),
    }
}

#[test]
fn every_page_has_a_wrong_and_a_right_example_and_short_lines() {
    for code in Code::ALL {
        let marks: Vec<String> = blocks(*code).into_iter().map(|block| block.mark).collect();
        for mark in ["wrong", "right"] {
            let count = marks.iter().filter(|of| of.split(' ').next() == Some(mark)).count();
            assert_eq!(count, 1, "{}: `{mark}`", code.id());
        }
        assert!(code.explanation().lines().all(|line| line.chars().count() <= 120), "{}: long lines", code.id());
        assert!(code.explanation().starts_with("# "), "{}: begins with a title", code.id());
    }
}

#[test]
fn every_page_has_a_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diag/explain");
    for entry in std::fs::read_dir(folder).expect("the pages") {
        let path = entry.expect("a page").path();
        let id = path.file_stem().and_then(|id| id.to_str()).expect("a name");
        assert!(Code::from_id(id).is_some(), "{id} is no code");
    }
}

#[test]
fn examples_do_what_their_page_says() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().filter(|code| !ABOUT_FILES.contains(code) && !ABOUT_ANSWERS.contains(code)) {
        for block in blocks(*code).iter().filter(|block| block.mark.starts_with("wrong") || block.mark == "right") {
            let found = codes(*code, block);
            let ids: Vec<&str> = found.iter().map(|code| code.id()).collect();
            let well = match block.mark.starts_with("wrong") {
                true => found.contains(code) && found.iter().all(|of| of == code || of.severity() != Severity::Error),
                false => found.is_empty(),
            };
            if !well {
                wrong.push(format!("{} {}: {}", code.id(), block.mark, ids.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn commands_say_their_code_and_fail_if_it_is_an_error() {
    for code in ABOUT_FILES.iter().chain(ABOUT_ANSWERS).copied().filter(|code| *code != Code::FormatRefused) {
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("policy.netpol"), "isolate ingress pods\n").expect("a file");
        for block in blocks(code) {
            let program = Path::new(env!("CARGO_BIN_EXE_netpol")).parent().expect("a folder");
            let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
            let mut shell = Command::new("sh");
            let output = shell.args(["-c", &block.text]).current_dir(&folder).env("PATH", path).output().expect("sh");
            let shown = String::from_utf8_lossy(&output.stderr);
            assert_eq!(shown.contains(code.id()), block.mark == "wrong", "{}: {shown}", block.text);
            let is_fine = block.mark == "right" || code.severity() != Severity::Error;
            assert_eq!(output.status.success(), is_fine, "{}: {shown}", block.text);
        }
    }
}

#[test]
fn the_command_lists_codes_and_prints_one() {
    let netpol = |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_netpol")).args(args).output().expect("netpol runs");
    let list = String::from_utf8(netpol(&["explain"]).stdout).expect("text");
    assert_eq!(list.lines().count(), Code::ALL.len());
    assert!(list.contains("E0107  `except` beside a comma\n"), "{list}");
    let page = String::from_utf8(netpol(&["explain", "e0107"]).stdout).expect("text");
    assert!(page.starts_with("E0107\n\n# `except` beside a comma\n\n"), "{page}");
    let unknown = netpol(&["explain", "E0170"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&unknown.stderr), "error: there is no code `E0170`; did you mean `E0107`?\n");
}
