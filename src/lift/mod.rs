//! From the intermediate representation back to the language, for people who only have YAML.
//!
//! One `namespace` block for each namespace, in it the statements of each object in the order given, under the comments
//! that stood above the object. What recurs gets a name. The text parses, and compiled it means what the policy means;
//! its layout is the formatter's business.

mod names;
mod prelude;
mod statement;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use crate::ir::{Namespace, Policy};
use crate::model::Labels;
use names::Taken;
use statement::Line;

/// What the text is to keep beside the meaning.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether every statement carries `@name` with its object's name.
    pub names: bool,
    /// Labels of namespaces, where they are known.
    pub namespaces: BTreeMap<String, Labels>,
    /// Lines above everything, without their `#`.
    pub header: Vec<String>,
    /// Lines above an object, without their `#`, by its namespace and name; objects without a name are as one.
    pub comments: BTreeMap<(Namespace, Option<Arc<str>>), Vec<String>>,
}

/// The text of a `.netpol` program that means what the NetworkPolicy tier of `policy` means.
///
/// Entries are grouped by [`crate::ir::Origin::object`], in order of appearance; every subject is of one namespace.
/// Peers have no exceptions and subjects no address exceptions, as in policies read from objects.
#[must_use]
pub fn lift(policy: &Policy, options: &Options) -> String {
    let mut blocks = blocks(policy);
    let alone = blocks.len() == 1;
    // Names outside any block hold in all of them, and none of theirs should hide one.
    let current = blocks.iter_mut().find(|(namespace, _)| *namespace == Namespace::Current);
    let (lets, taken) = current.map(|(_, groups)| named(groups, &Taken::new())).unwrap_or_default();
    let texts = blocks.into_iter().map(|(namespace, mut groups)| {
        let lets = match namespace {
            Namespace::Current => lets.clone(),
            Namespace::Named(_) => named(&mut groups, &taken).0,
        };
        block(&namespace, &groups, &lets, alone, options)
    });
    format!("{}{}", header(options), texts.collect::<Vec<_>>().join("\n"))
}

/// The same program in several texts, one for each namespace.
#[must_use]
pub fn lift_apart(policy: &Policy, options: &Options) -> Vec<(Namespace, String)> {
    let text = |(namespace, mut groups): (Namespace, Vec<Group>)| {
        let (lets, _) = named(&mut groups, &Taken::new());
        let text = format!("{}{}", header(options), block(&namespace, &groups, &lets, true, options));
        (namespace, text)
    };
    blocks(policy).into_iter().map(text).collect()
}

fn blocks(policy: &Policy) -> Vec<(Namespace, Vec<Group>)> {
    let mut blocks: Vec<(Namespace, Vec<Group>)> = Vec::new();
    let mut places: HashMap<Namespace, usize> = HashMap::new();
    let mut groups: HashMap<(usize, Option<Arc<str>>), usize> = HashMap::new();
    for (namespace, object, line) in statement::lines(policy) {
        let at = *places.entry(namespace.clone()).or_insert(blocks.len());
        if at == blocks.len() {
            blocks.push((namespace, Vec::new()));
        }
        let Some((_, block)) = blocks.get_mut(at) else { continue };
        let group = *groups.entry((at, object.clone())).or_insert(block.len());
        if group == block.len() {
            block.push(Group { object, lines: Vec::new() });
        }
        if let Some(group) = block.get_mut(group) {
            group.lines.push(line);
        }
    }
    blocks
}

struct Group {
    object: Option<Arc<str>>,
    lines: Vec<Line>,
}

fn named(groups: &mut [Group], around: &Taken) -> (String, Taken) {
    names::name(groups.iter_mut().flat_map(|group| group.lines.iter_mut()), around)
}

fn block(namespace: &Namespace, groups: &[Group], lets: &str, alone: bool, options: &Options) -> String {
    let mut text = String::new();
    let mut written = BTreeSet::new();
    for group in groups {
        text.push_str(&comments(namespace, group, options));
        for line in &group.lines {
            let statement = line.to_string();
            // Many objects close the same pods; once is enough, unless each keeps its name.
            if options.names || written.insert(statement.clone()) {
                text.push_str(&annotation(group, options));
                text.push_str(&statement);
                text.push('\n');
            }
        }
        text.push('\n');
    }
    let body = format!("{lets}{text}");
    match namespace {
        Namespace::Current => body,
        Namespace::Named(name) => {
            let facts = options.namespaces.get(&**name).map(words::facts).unwrap_or_default();
            match alone {
                true => format!("namespace {name}{facts}\n\n{body}"),
                false => format!("namespace {name}{facts} {{\n{body}}}\n"),
            }
        }
    }
}

fn comments(namespace: &Namespace, group: &Group, options: &Options) -> String {
    options.comments.get(&(namespace.clone(), group.object.clone())).map_or_else(String::new, |lines| commented(lines))
}

fn header(options: &Options) -> String {
    let text = commented(&options.header);
    if text.is_empty() { text } else { text + "\n" }
}

fn commented(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "# {line}");
        text
    })
}

fn annotation(group: &Group, options: &Options) -> String {
    match &group.object {
        Some(object) if options.names => format!("@name(\"{object}\")\n"),
        _ => String::new(),
    }
}
