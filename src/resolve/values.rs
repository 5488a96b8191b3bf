//! Works out what names stand for, each once for every namespace in which it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::cluster::{self, ServiceIndex};
use super::order::Key;
use super::owned::Owned;
use super::scopes::{Definition, DefinitionId, Scopes};
use super::{Surroundings, prelude, suggest};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Direction, NamedDns, Namespace, Namespaces, Peer, Ports, Selector, WrittenRanges};
use crate::span::{FileId, Spanned};
use crate::syntax::ast::{EndpointsKind, Let, LetValue, Path, PrimaryKind};

// Each is held against every name, which a text of nothing but unknown names must not make slow.
const MOST_SUGGESTIONS: usize = 200;

// Of the names that a file defines so many are shown.
const MOST_OFFERED: usize = 8;

// The keywords that stand for endpoints by themselves.
const KEYWORDS: [&str; 3] = ["pods", "nodes", "any"];

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Endpoints(Rc<Vec<Term>>),
    Ports(Ports),
    // Has been reported.
    Broken,
}

/// One alternative of a list of endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Term {
    pub(super) peer: Peer,
    /// The ports that the name it came by carries.
    pub(super) ports: Option<Ports>,
    /// The Service that it stands for.
    pub(super) service: Option<ServiceTerm>,
}

/// A Service of the cluster, as a program says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ServiceTerm {
    /// An index into [`Cluster::services`](crate::cluster::Cluster::services).
    pub(super) at: usize,
    /// Of a Service without a selector, which of its EndpointSlices: each has ports of its own.
    pub(super) slice: Option<usize>,
    /// Whether a name stands for it.
    pub(super) is_named: bool,
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
    /// The same, as peers select it.
    pub(super) peers_at_home: Namespaces,
}

impl Context {
    pub(super) fn new(file: FileId, scope: Option<String>, home: Namespace) -> Self {
        Self { file, scope, peers_at_home: Namespaces::from(&home), home }
    }
}

/// Resolves expressions and statements, and collects what is wrong with them.
pub(super) struct Resolver<'a> {
    pub(super) scopes: &'a Scopes<'a>,
    pub(super) owned: Owned,
    pub(super) around: Surroundings<'a>,
    pub(super) diagnostics: Diagnostics,
    /// Every selector, for later checks.
    pub(super) selectors: Vec<Spanned<Selector>>,
    /// Every range of ports.
    pub(super) port_ranges: WrittenRanges,
    /// Where the program isolates pods, once its `isolate` statements are resolved.
    pub(super) isolated: BTreeSet<(Direction, Namespace)>,
    /// Names that have been worked out.
    pub(super) known: BTreeMap<Key, Value>,
    pub(super) services: ServiceIndex<'a>,
    // How many more unknown names are held against all others.
    suggestions: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(scopes: &'a Scopes<'a>, owned: Owned, around: Surroundings<'a>) -> Self {
        Self {
            scopes,
            owned,
            around,
            diagnostics: Diagnostics::new(),
            selectors: Vec::new(),
            port_ranges: WrittenRanges::default(),
            isolated: BTreeSet::new(),
            known: BTreeMap::new(),
            services: cluster::services(around.cluster),
            suggestions: MOST_SUGGESTIONS,
        }
    }

    /// What a path stands for.
    pub(super) fn name(&mut self, path: &Path, context: &Context) -> Value {
        match self.scopes.look_up(path, context.file, context.scope.as_deref()) {
            Some(id) => self.definition(id, &context.home),
            None if path.namespace.is_none() && path.name.value == prelude::APISERVER => self.apiserver(path.span()),
            None if self.scopes.is_misnamed(path, context.file, context.scope.as_deref()) => Value::Broken,
            None => {
                self.unknown(path, context);
                Value::Broken
            }
        }
    }

    /// What a definition stands for where `home` is the namespace around.
    pub(super) fn definition(&mut self, id: DefinitionId, home: &Namespace) -> Value {
        let key = self.key(id, home);
        if !self.known.contains_key(&key) {
            self.work_out(key.clone());
        }
        self.known.get(&key).cloned().unwrap_or(Value::Broken)
    }

    /// Works out a name that nothing uses, so that what is wrong with it shows all the same.
    pub(super) fn define(&mut self, id: DefinitionId) {
        let used = self.known.range((id, Namespace::Current)..).next().is_some_and(|((known, _), _)| *known == id);
        if !used {
            self.definition(id, &self.current());
        }
    }

    /// What the files of the program call `dns`, once names have been worked out.
    pub(super) fn named_dns(&self) -> Vec<NamedDns> {
        let is_own = |definition: &Definition<'_>| {
            definition.name.value == prelude::DNS && !self.scopes.is_of_prelude(definition)
        };
        let definitions = self.scopes.definitions.iter().enumerate();
        let own = definitions.filter(|(_, definition)| is_own(definition));
        own.map(|(id, definition)| {
            let values = self.known.range((id, Namespace::Current)..).take_while(|((known, _), _)| *known == id);
            let terms = values.flat_map(|(_, value)| match value {
                Value::Endpoints(terms) => terms.as_slice(),
                Value::Ports(_) | Value::Broken => &[],
            });
            let to = terms.map(|term| (term.peer.clone(), term.ports.clone().unwrap_or(Ports::All)));
            NamedDns { file: definition.file, namespace: definition.namespace.clone(), to: to.collect() }
        })
        .collect()
    }

    /// The namespace of what stands outside any block.
    pub(super) fn current(&self) -> Namespace {
        self.around.namespace.map_or(Namespace::Current, Namespace::named)
    }

    /// What the right side of a `let` stands for.
    pub(super) fn value(&mut self, of: &Let, context: &Context) -> Value {
        match &of.value {
            LetValue::Ports(list) => {
                self.ports_with_ports(of);
                Value::Ports(self.ports(list, context))
            }
            LetValue::Endpoints(endpoints) => {
                if let Some(ports) = self.names_of_ports(&endpoints.value, context) {
                    self.ports_with_ports(of);
                    return ports;
                }
                let mut terms = self.endpoints(endpoints, context);
                if let Some(on) = &of.on {
                    if terms.iter().any(|term| term.ports.is_some()) {
                        self.one_set_of_ports(endpoints, on, context);
                    }
                    let translated = self.translate(on, terms, context).into_iter();
                    terms =
                        translated.map(|(term, ports)| Term { ports: Some(ports), service: None, ..term }).collect();
                }
                Value::Endpoints(Rc::new(terms))
            }
        }
    }

    fn ports_with_ports(&mut self, of: &Let) {
        if let Some(on) = of.on.as_ref().and_then(|on| on.first()) {
            let message = "ports cannot have ports";
            self.diagnostics.push(Diagnostic::new(Code::WrongKind, message, on.span, "after a list of ports"));
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
        let message = format!("nothing is called `{word}` here");
        let mut diagnostic = Diagnostic::new(Code::UnknownName, message, path.span(), "not defined");
        let in_cluster = self.around.cluster.is_some_and(|cluster| cluster.namespaces.contains_key(word));
        if let Some(of) = &path.namespace {
            let help = format!("`{}.` has the names that its block in this file defines with `let`", of.value);
            diagnostic = diagnostic.with_help(help);
        } else if self.owned.has(word) || in_cluster {
            diagnostic = diagnostic.with_help(format!("a namespace's pods are written `pods in {word}`"));
        } else if let Some(help) = self.near(word, |of| of.visible(context.file, context.scope.as_deref())) {
            diagnostic = diagnostic.with_help(help);
        } else if let Some(help) = suggest::help(word, KEYWORDS) {
            diagnostic = diagnostic.with_help(help);
        } else {
            diagnostic = diagnostic
                .with_help(format!("define it with `let {word} = …`, or bring it with `use {word} from \"…\"`"))
                .with_help(format!("if a namespace is meant, write `pods in {word}`"));
        }
        self.diagnostics.push(diagnostic);
    }

    /// ``did you mean `x`?``, for the first few hundred names that nothing is called.
    pub(super) fn near<'n, N: AsRef<str> + 'n>(
        &mut self,
        word: &str,
        names: impl FnOnce(&Scopes<'a>) -> Vec<N>,
    ) -> Option<String> {
        self.suggestions = self.suggestions.checked_sub(1)?;
        suggest::help(word, names(self.scopes).iter().map(AsRef::as_ref))
    }

    // What to write instead of a name that a file does not define.
    fn offered(&mut self, written: &str, from: FileId) -> Option<String> {
        self.suggestions = self.suggestions.checked_sub(1)?;
        let offered = self.scopes.offered(from);
        let near = suggest::help(written, offered.iter().map(String::as_str));
        let prelude = || {
            suggest::nearest(written, prelude::NAMES)
                .map(|name| format!("every program has `{name}`: it needs no `use`"))
        };
        Some(near.or_else(prelude).unwrap_or_else(|| defined(&offered)))
    }

    /// Reports a name that a file was asked for and does not define.
    pub(super) fn not_offered(&mut self, path: &Path, from: FileId) {
        if self.scopes.is_misnamed(path, from, None) {
            return;
        }
        let written = match &path.namespace {
            Some(of) => format!("{}.{}", of.value, path.name.value),
            None => path.name.value.clone(),
        };
        let elsewhere = self.scopes.in_any_block(&path.name.value, from);
        let help = match elsewhere {
            Some(name) => Some(format!("did you mean `{name}`?")),
            None => self.offered(&written, from),
        };
        let message = format!("that file defines no `{written}`");
        let diagnostic = Diagnostic::new(Code::NotOffered, message, path.span(), "not there");
        self.diagnostics.push(diagnostic.with_help_if(help));
    }
}

// The names that a file defines, or the first of them.
fn defined(names: &[String]) -> String {
    if names.is_empty() {
        return "that file defines no names".to_owned();
    }
    let mut shown: Vec<_> = names.iter().take(MOST_OFFERED).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST_OFFERED {
        shown.push(format!("and {} more", names.len() - MOST_OFFERED));
    }
    format!("that file defines {}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        check("let frontend = pods[a=b]\nisolate fronted, frontend", &["E0204 |fronted| did you mean `frontend`?"]);
        check("isolate pods\nallow intrenet -> pods", &["E0204 |intrenet| did you mean `internet`?"]);
        check("isolate pods\nallow office -> pods", &["E0204 |office| define it with `let office = …`"]);
        check(
            "namespace x { let w = pods isolate w } namespace y { isolate x.v }",
            &["E0204 |x.v| `x.` has the names"],
        );
    }

    #[test]
    fn a_namespace_in_a_names_place_gets_its_pods() {
        check(
            "namespace shop isolate pods in * except shop",
            &["E0204 |shop| a namespace's pods are written `pods in shop`"],
        );
        check(
            "namespace core isolate pods\nallow pods in core, edge -> pods",
            &["E0204 |edge| define it with `let edge = …`, or bring it with `use edge from \"…\"`; \
               if a namespace is meant, write `pods in edge`"],
        );
    }

    #[test]
    fn a_misspelt_keyword_is_taken_for_one() {
        check("isolate podz", &["E0204 |podz| did you mean `pods`?"]);
    }

    #[test]
    fn ports_have_no_ports() {
        check("isolate pods let r = tcp/80 on tcp/443\nallow pods -> pods on r", &["E0208 |tcp/443|"]);
        check("isolate pods let p = tcp/80 let r = p on tcp/443\nallow pods -> pods on r", &["E0208 |tcp/443|"]);
    }

    #[test]
    fn a_broken_name_is_reported_where_it_is_defined() {
        check("let a = pods[-x]\nlet b = a\nisolate a, b", &["E0301 |-x|"]);
        check("let unused = 10.0.0.1/8", &["E0305 |10.0.0.1/8|"]);
    }
}
