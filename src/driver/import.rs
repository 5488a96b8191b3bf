//! From Kubernetes YAML to a program that means the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::Session;
use super::inputs::{self, Kind};
use super::output::MARK;
use super::policies::{none_found, objects_of, read_objects};
use super::read::read;
use crate::analysis::lint;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Namespace, Policy, from_kubernetes};
use crate::kubernetes::objects::Located;
use crate::kubernetes::validate;
use crate::lift::{self, Options};
use crate::{format, syntax};

/// The file that a namespace without a name gets: no namespace can be called so.
const CURRENT: &str = "_current";

/// What is read, and how it is to be written.
struct Read {
    policy: Policy,
    options: Options,
}

/// The program that the objects of `paths` make, in the one style. Findings go to the session.
pub fn import(paths: &[PathBuf], names: bool, cluster: Option<&Cluster>, session: &mut Session) -> Option<String> {
    let Read { policy, options } = read_all(paths, names, cluster, session)?;
    formatted(lift::lift(&policy, &options), session)
}

/// The same in several files, one for each namespace: their names and texts.
pub fn import_apart(
    paths: &[PathBuf],
    names: bool,
    cluster: Option<&Cluster>,
    session: &mut Session,
) -> Option<Vec<(String, String)>> {
    let Read { policy, options } = read_all(paths, names, cluster, session)?;
    let name = |namespace: &Namespace| match namespace {
        Namespace::Current => format!("{CURRENT}.netpol"),
        Namespace::Named(name) => format!("{name}.netpol"),
    };
    let parts = lift::lift_apart(&policy, &options).into_iter();
    parts.map(|(namespace, text)| Some((name(&namespace), formatted(text, session)?))).collect()
}

fn read_all(paths: &[PathBuf], names: bool, cluster: Option<&Cluster>, session: &mut Session) -> Option<Read> {
    let mut objects = Vec::new();
    for input in inputs::expand(paths, &[Kind::Objects], session) {
        objects.extend(read(&input.path, session).into_iter().flat_map(|file| objects_of(file, session)));
    }
    session.diagnostics.append(validate::same_name(&objects));
    if objects.is_empty() {
        none_found(paths, session);
    }
    if session.diagnostics.has_errors() {
        return None;
    }
    let policy = read_objects(&objects);
    let scope = lint::Scope::whole(&policy);
    session.diagnostics.append(lint::objects(&objects, &scope, None, &session.sources));
    let (header, comments) = comments(&objects);
    let namespaces = cluster.map_or_else(BTreeMap::new, |cluster| cluster.namespaces.clone());
    Some(Read { policy, options: Options { names, namespaces, header, comments } })
}

type Comments = BTreeMap<(Namespace, Option<Arc<str>>), Vec<String>>;

// The comments above the objects, and apart from them what is to stand above everything: licences, each once, and what
// stands above every object.
fn comments(objects: &[Located<NetworkPolicy>]) -> (Vec<String>, Comments) {
    let (mut header, mut seen) = (Vec::new(), BTreeSet::new());
    let mut written = Vec::with_capacity(objects.len());
    for Located { comments, .. } in objects {
        let (apart, near) = comments.lines.split_at_checked(comments.apart).unwrap_or_default();
        let apart = by_hand(apart);
        if is_licence(&apart) {
            written.push(by_hand(near));
            header.extend(seen.insert(apart.clone()).then_some(apart).into_iter().flatten());
        } else {
            written.push(by_hand(&comments.lines));
        }
    }
    let common = common(&written);
    header.extend(Some(&common).filter(|lines| !seen.contains(*lines)).into_iter().flatten());
    let (mut comments, mut known) = (Comments::new(), BTreeSet::new());
    for (Located { object, .. }, above) in objects.iter().zip(&written) {
        let key = (from_kubernetes::home(object), object.metadata.name.as_deref().map(Arc::from));
        let own = above.get(if above.starts_with(&common) { common.len() } else { 0 }..).unwrap_or_default();
        // Of one object in two files, the same comment twice.
        if known.insert((key.clone(), own)) {
            comments.entry(key).or_default().extend(own.iter().map(|line| (*line).clone()));
        }
    }
    (header.into_iter().cloned().collect(), comments)
}

// What `build` writes above its files is not true of a program.
fn by_hand(comments: &[String]) -> Vec<&String> {
    comments.iter().filter(|line| !(line.starts_with(MARK) && line.ends_with("do not edit"))).collect()
}

// What stands above several objects and is about none of them: a licence, or what stands above every object.
fn common<'a>(comments: &[Vec<&'a String>]) -> Vec<&'a String> {
    let mut commented = comments.iter().filter(|lines| !lines.is_empty());
    let Some(first) = commented.next().filter(|_| comments.len() > 1) else { return Vec::new() };
    if comments.iter().all(|lines| lines == first) {
        return first.clone();
    }
    let same = |other: &Vec<&String>| first.iter().zip(other).take_while(|(a, b)| a == b).count();
    let Some(count) = commented.map(same).min() else { return Vec::new() };
    let prefix: Vec<_> = first.iter().take(count).copied().collect();
    if is_licence(&prefix) { prefix } else { Vec::new() }
}

fn is_licence(comment: &[&String]) -> bool {
    let mut lines = comment.iter().map(|line| line.to_ascii_lowercase());
    lines.any(|line| ["copyright", "licen", "spdx"].iter().any(|word| line.contains(word)))
}

// What was lifted has to parse; formatting it proves that it does.
fn formatted(text: String, session: &mut Session) -> Option<String> {
    let id = session.sources.add("<import>", text.clone());
    let (file, diagnostics) = syntax::parse(&session.sources, id);
    if diagnostics.has_errors() {
        session.diagnostics.append(diagnostics);
        return None;
    }
    match format::format(&text, &file) {
        Ok(formatted) => Some(formatted),
        Err(error) => {
            let message = format!("the imported program cannot be formatted: {error}");
            session.diagnostics.push(Diagnostic::without_place(Code::FormatRefused, message));
            None
        }
    }
}
