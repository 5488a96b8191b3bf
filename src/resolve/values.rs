//! Works out what names stand for, each once for every namespace in which it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::owned::Owned;
use super::scopes::{DefinitionId, Kind, Scopes};
use super::{Surroundings, prelude, suggest};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Direction, Namespace, Peer, Ports, Selector};
use crate::span::{FileId, Span, Spanned};
use crate::syntax::ast::{EndpointsKind, Let, LetValue, Path, PrimaryKind};

/// How many names may stand for each other in a row. People need three.
const MOST_NAMES: usize = 128;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Endpoints(Rc<Vec<Term>>),
    Ports(Ports),
    // Has been reported.
    Broken,
}

/// One alternative of a list of endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) peer: Peer,
    /// The ports that the name it came by carries.
    pub(super) ports: Option<Ports>,
}

/// Where an expression stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Context {
    /// The file whose names are seen.
    pub(super) file: FileId,
    /// The namespace block whose names are seen.
    pub(super) scope: Option<String>,
    /// The namespace that `pods` means.
    pub(super) home: Namespace,
}

/// Resolves expressions and statements, and collects what is wrong with them.
pub(super) struct Resolver<'a> {
    pub(super) scopes: &'a Scopes<'a>,
    pub(super) owned: Owned,
    pub(super) around: Surroundings<'a>,
    pub(super) diagnostics: Diagnostics,
    /// Every selector, for later checks.
    pub(super) selectors: Vec<Spanned<Selector>>,
    /// Where the program isolates pods, once its `isolate` statements are resolved.
    pub(super) isolated: BTreeSet<(Direction, Namespace)>,
    known: BTreeMap<(DefinitionId, Namespace), Value>,
    // Names being worked out, outermost first.
    open: Vec<DefinitionId>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(scopes: &'a Scopes<'a>, owned: Owned, around: Surroundings<'a>) -> Self {
        Self {
            scopes,
            owned,
            around,
            diagnostics: Diagnostics::new(),
            selectors: Vec::new(),
            isolated: BTreeSet::new(),
            known: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    /// What a path stands for.
    pub(super) fn name(&mut self, path: &Path, context: &Context) -> Value {
        match self.scopes.look_up(path, context.file, context.scope.as_deref()) {
            Some(id) => self.definition(id, path.span(), &context.home),
            None => {
                self.unknown(path, context);
                Value::Broken
            }
        }
    }

    fn definition(&mut self, id: DefinitionId, mention: Span, home: &Namespace) -> Value {
        let Some(definition) = self.scopes.definitions.get(id) else { return Value::Broken };
        // What stands in a namespace block means that namespace, wherever it is used.
        let home = definition.namespace.clone().map_or_else(|| home.clone(), Namespace::Named);
        let key = (id, home.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        if self.is_endless(id, mention) {
            return Value::Broken;
        }
        self.open.push(id);
        let value = match &definition.kind {
            Kind::Let(of) => {
                let context = Context { file: definition.file, scope: definition.namespace.clone(), home };
                self.value(of, &context)
            }
            Kind::Use { path, from } => match self.scopes.exported(path, *from) {
                Some(target) => self.definition(target, path.span(), &home),
                None => {
                    self.not_offered(path, *from);
                    Value::Broken
                }
            },
        };
        self.open.pop();
        self.known.insert(key, value.clone());
        value
    }

    /// Works a name out where it is defined, so that what is wrong with it shows though nothing uses it.
    pub(super) fn define(&mut self, id: DefinitionId) {
        let Some(definition) = self.scopes.definitions.get(id) else { return };
        self.definition(id, definition.name.span, &self.current());
    }

    /// The namespace of what stands outside any block.
    pub(super) fn current(&self) -> Namespace {
        self.around.namespace.map_or(Namespace::Current, |name| Namespace::Named(name.to_owned()))
    }

    fn is_endless(&mut self, id: DefinitionId, mention: Span) -> bool {
        if let Some(at) = self.open.iter().position(|open| *open == id) {
            let names = self.open.iter().skip(at).chain([&id]).filter_map(|id| self.scopes.definitions.get(*id));
            let chain = names.map(|definition| format!("`{}`", definition.name.value)).collect::<Vec<_>>().join(" -> ");
            let diagnostic = Diagnostic::new(
                Code::NameCircle,
                format!("names stand for each other in a circle: {chain}"),
                mention,
                "closes the circle",
            );
            self.diagnostics.push(diagnostic);
            return true;
        }
        if self.open.len() >= MOST_NAMES {
            let message = format!("more than {MOST_NAMES} names stand for each other in a row");
            self.diagnostics.push(Diagnostic::new(Code::NameChain, message, mention, "one too many"));
            return true;
        }
        false
    }

    fn value(&mut self, of: &Let, context: &Context) -> Value {
        match &of.value {
            LetValue::Ports(list) => {
                if let Some(on) = of.on.as_ref().and_then(|on| on.first()) {
                    let diagnostic =
                        Diagnostic::new(Code::WrongKind, "ports cannot have ports", on.span, "after a list of ports");
                    self.diagnostics.push(diagnostic);
                }
                Value::Ports(self.ports(list, context))
            }
            LetValue::Endpoints(endpoints) => {
                if let Some(ports) = self.names_of_ports(&endpoints.value, context) {
                    return ports;
                }
                let mut terms = self.endpoints(endpoints, context);
                if let Some(on) = &of.on {
                    let ports = self.ports(on, context);
                    terms.iter_mut().for_each(|term| term.ports = Some(ports.clone()));
                }
                Value::Endpoints(Rc::new(terms))
            }
        }
    }

    // A list of names alone may be one of ports: the first of them tells.
    fn names_of_ports(&mut self, kind: &EndpointsKind, context: &Context) -> Option<Value> {
        let EndpointsKind::List(list) = kind else { return None };
        let paths = list.iter().map(|primary| match &primary.value {
            PrimaryKind::Name(path) => Some(path),
            _ => None,
        });
        let paths: Vec<&Path> = paths.collect::<Option<_>>()?;
        let mut all = match self.name(paths.first()?, context) {
            Value::Ports(first) => first,
            Value::Broken => return Some(Value::Broken),
            Value::Endpoints(_) => return None,
        };
        for path in paths.into_iter().skip(1) {
            match self.name(path, context) {
                Value::Ports(more) => all = all.union(&more),
                Value::Broken => {}
                Value::Endpoints(_) => {
                    let message = format!("`{}` stands for endpoints in a list of ports", path.name.value);
                    self.diagnostics.push(Diagnostic::new(
                        Code::WrongKind,
                        message,
                        path.span(),
                        "ports are needed here",
                    ));
                }
            }
        }
        Some(Value::Ports(all))
    }

    fn unknown(&mut self, path: &Path, context: &Context) {
        let word = path.name.value.as_str();
        if word == prelude::APISERVER && path.namespace.is_none() {
            let message = "`apiserver` needs `--cluster`, whose EndpointSlices say where it is";
            self.diagnostics.push(Diagnostic::new(
                Code::NeedsCluster,
                message,
                path.span(),
                "not known without a cluster",
            ));
            return;
        }
        let message = format!("nothing is called `{word}` here");
        let diagnostic = Diagnostic::new(Code::UnknownName, message, path.span(), "not defined");
        let known = self.around.cluster.is_some_and(|cluster| cluster.namespaces.contains_key(word));
        let help = match &path.namespace {
            Some(of) => Some(format!(
                "names of namespace `{}` are those that a `let` in its block of this file defines",
                of.value
            )),
            None if self.owned.has(word) || known => Some(format!("a namespace's pods are written `pods in {word}`")),
            None => suggest::help(word, self.scopes.visible(context.file, context.scope.as_deref()))
                .or_else(|| Some(format!("define it with `let {word} = …`, or bring it with `use {word} from \"…\"`"))),
        };
        self.diagnostics.push(diagnostic.with_help_if(help));
    }

    fn not_offered(&mut self, path: &Path, from: FileId) {
        let offered = self.scopes.offered(from);
        let written = match &path.namespace {
            Some(of) => format!("{}.{}", of.value, path.name.value),
            None => path.name.value.clone(),
        };
        let inner = offered.iter().find(|name| name.rsplit('.').next() == Some(&path.name.value));
        let near = inner.map(|name| format!("did you mean `{name}`?"));
        let help = near.or_else(|| suggest::help(&written, offered.iter().map(String::as_str)));
        let message = format!("that file defines no `{written}`");
        let diagnostic = Diagnostic::new(Code::NotOffered, message, path.span(), "not there");
        self.diagnostics.push(diagnostic.with_help_if(help));
    }
}
