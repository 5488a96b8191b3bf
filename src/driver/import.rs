//! From Kubernetes YAML to a program that means the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Session;
use super::inputs::{self, Kind};
use super::policies::{none_found, objects_of, read_objects};
use super::read::read;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic};
use crate::ir::from_kubernetes;
use crate::kubernetes::objects::Located;
use crate::kubernetes::validate;
use crate::lift::{self, Options};
use crate::{format, syntax};

/// The program that the objects of `paths` make, in the one style. Findings go to the session.
pub fn import(paths: &[PathBuf], names: bool, cluster: Option<&Cluster>, session: &mut Session) -> Option<String> {
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
    let mut comments: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for Located { object, comments: above, .. } in &objects {
        let key = (from_kubernetes::home(object), object.metadata.name.as_deref().map(Into::into));
        comments.entry(key).or_default().extend_from_slice(above);
    }
    let namespaces = cluster.map_or_else(BTreeMap::new, |cluster| cluster.namespaces.clone());
    let options = Options { names, namespaces, comments };
    formatted(lift::lift(&read_objects(&objects), &options), session)
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
