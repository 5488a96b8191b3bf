//! Policies of both kinds, `.netpol` and Kubernetes YAML, as one policy.

use std::path::{Path, PathBuf};

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::Session;
use super::compile::{Compiled, Settings, compile_files};
use super::inputs::{self, Input, Kind, STDIN};
use super::read::read;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Policy, from_kubernetes};
use crate::kubernetes::field::FieldPath;
use crate::kubernetes::objects::{self, Located};
use crate::kubernetes::validate;
use crate::opt;
use crate::span::{FileId, Span};

/// What the paths of a command line hold.
#[derive(Debug, Default)]
pub struct Policies {
    /// The program, where there are `.netpol` files.
    pub program: Option<Compiled>,
    /// The objects of the YAML files.
    pub objects: Vec<Located<NetworkPolicy>>,
}

/// Reads and checks everything that `paths` name. There is a result only where nothing was an error.
pub fn policies(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: Option<&Cluster>,
    session: &mut Session,
) -> Option<Policies> {
    let inputs = inputs::expand(paths, &[Kind::Netpol, Kind::Objects], session);
    let mut own = Vec::new();
    let mut found = Vec::new();
    for Input { path, kind } in inputs {
        if kind == Some(Kind::Netpol) {
            own.push((path, None));
        } else if let Some(file) = read(&path, session) {
            match kind.unwrap_or_else(|| Kind::of_text(session.text(file))) {
                Kind::Objects => found.extend(objects_of(file, session)),
                Kind::Netpol => own.push((path, Some(file))),
            }
        }
    }
    session.diagnostics.append(validate::same_name(&found));
    if found.is_empty() && own.is_empty() {
        none_found(paths, session);
    }
    let program = match own.is_empty() {
        true => None,
        false => compile_files(own, &read_objects(&found), settings, cluster, session),
    };
    (!session.diagnostics.has_errors()).then_some(Policies { program, objects: found })
}

/// The objects of a file that is in the session, each checked as the API server would.
pub fn objects_of(file: FileId, session: &mut Session) -> Vec<Located<NetworkPolicy>> {
    let text = session.sources.get(file).map_or("", |source| source.text.as_str());
    let read = objects::read(file, text, &mut session.diagnostics);
    for object in &read.policies {
        session.diagnostics.append(validate::check(object));
    }
    read.policies
}

/// Reports that no input held a policy, unless something worse was found.
pub fn none_found(paths: &[PathBuf], session: &mut Session) {
    if !session.diagnostics.has_errors() {
        let help = "objects of `networking.k8s.io/v1` and kind `NetworkPolicy` are read";
        let place = match paths {
            [path] if path != Path::new(STDIN) => format!("`{}`", path.display()),
            _ => "the input".to_owned(),
        };
        let message = format!("there is no NetworkPolicy in {place}");
        session.diagnostics.push(Diagnostic::without_place(Code::NoPolicies, message).with_help(help));
    }
}

impl Policies {
    /// All of it as one policy, as written. What others apply beside a program can only widen it, and here does.
    ///
    /// Only here does an entry say which statement matches a flow: passes unite and drop entries.
    #[must_use]
    pub fn into_written(self) -> Policy {
        let objects = read_objects(&self.objects);
        match self.program {
            Some(program) => program.policy.with(objects),
            None => objects,
        }
    }

    /// The same, optimized: for verdicts.
    #[must_use]
    pub fn into_optimized(self) -> Policy {
        opt::optimize(self.into_written())
    }
}

/// Located objects as a policy, before any pass.
#[must_use]
pub fn read_objects(objects: &[Located<NetworkPolicy>]) -> Policy {
    let nowhere = Span::new(FileId(0), 0, 0);
    let place = |at: usize, path: &FieldPath| objects.get(at).map_or(nowhere, |object| object.place(path));
    from_kubernetes::read(objects.iter().map(|located| &located.object), place)
}
