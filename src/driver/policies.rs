//! Policies of both kinds, `.netpol` and Kubernetes YAML, as one policy.

use std::path::{Path, PathBuf};

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::Session;
use super::compile::{Compiled, Settings, compile_files};
use super::inputs::{self, Input, Kind, STDIN};
use super::read::read;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Namespace, Policy, Subject, from_kubernetes};
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

/// Reads and checks everything that `paths` name. There is a result only where nothing was an error. The cluster takes
/// what the program states of its namespaces.
pub fn policies(
    paths: &[PathBuf],
    settings: &Settings,
    cluster: Option<&mut Cluster>,
    session: &mut Session,
) -> Option<Policies> {
    let is_for_cluster = cluster.is_some();
    let inputs = inputs::expand(paths, &[Kind::Netpol, Kind::Objects], session);
    let mut own = Vec::new();
    let mut found = Vec::new();
    for Input { path, kind } in inputs {
        if kind == Some(Kind::Netpol) {
            own.push((path, None));
        } else if let Some(file) = read(&path, session) {
            if path == Path::new(STDIN) && is_blank(session.text(file)) {
                session.diagnostics.push(empty_input());
                continue;
            }
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
    let policies = Policies { program, objects: found };
    if is_for_cluster {
        note_default(&policies, settings, session);
    }
    (!session.diagnostics.has_errors()).then_some(policies)
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

// Whether nothing is said: in either language a `#` begins a comment.
fn is_blank(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    text.lines().map(str::trim).all(|line| line.is_empty() || line == "---" || line.starts_with('#'))
}

// A pipe that failed prints nothing, and without policies everything would be allowed.
fn empty_input() -> Diagnostic {
    Diagnostic::without_place(Code::NoPolicies, "standard input holds no policy: it is empty")
        .with_help("see whether the command before the pipe failed")
}

// Tells where policies go that do not say their namespace, unless that was asked for.
fn note_default(policies: &Policies, settings: &Settings, session: &mut Session) {
    let is_current = |subject: &Subject| subject.namespace == Namespace::Current;
    let program = policies.program.iter().map(|program| program.policy.network());
    let own = program.flat_map(|tier| {
        let isolations = tier.isolations.iter().map(|isolation| &isolation.subject);
        isolations.chain(tier.rules.iter().map(|rule| &rule.subject))
    });
    let home = |located: &Located<NetworkPolicy>| from_kubernetes::home(&located.object) == Namespace::Current;
    let objects = policies.objects.iter().filter(|located| home(located)).count();
    let is_noted = settings.namespace.is_none() && (objects > 0 || own.into_iter().any(is_current));
    if is_noted {
        let what = if objects > 0 { "policies" } else { "statements" };
        let message = format!("{what} without a namespace are taken for those of `{}`", settings.current());
        let note = Diagnostic::without_place(Code::TakenForDefault, message)
            .with_help("give `-n NAMESPACE`, or write the namespace down");
        session.diagnostics.push(note);
    }
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
