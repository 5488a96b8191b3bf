//! Statements: each with its names, labels and ports resolved, once for every namespace that it holds in.

use std::collections::{BTreeMap, BTreeSet};

use super::Unit;
use super::annotations::{self, Kind};
use super::blocks::Placed;
use super::program::{Isolate, Meta, Program, Rule, Side};
use super::subjects::Written;
use super::values::{Context, Resolver, Term};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Action, Base, Direction, Namespace, Namespaces, Peer, Ports};
use crate::span::{FileId, Span};
use crate::syntax::ast::{
    self, Endpoints, EndpointsKind, Port, Primary, PrimaryKind, Statement, StatementKind, StatementParts,
};

/// Resolves the statements of the program's own files on top of a resolver.
pub(super) struct Statements<'a> {
    pub(super) resolver: Resolver<'a>,
    program: Program,
    // Annotations of the `namespace` statements, by their place.
    blocks: BTreeMap<Span, Meta>,
}

impl<'a> Statements<'a> {
    pub(super) fn new(resolver: Resolver<'a>) -> Self {
        Self { resolver, program: Program::default(), blocks: BTreeMap::new() }
    }

    /// Resolves a statement in each namespace that it holds in.
    pub(super) fn statement(&mut self, file: FileId, placed: &Placed<'_>) {
        let around = placed.block.map(|block| self.block(block));
        let meta = self.meta(placed.statement, around.as_ref());
        for context in self.contexts(file, placed) {
            match &placed.statement.value.kind {
                StatementKind::Isolate(isolate) => self.isolate(isolate, &meta, &context),
                StatementKind::Rule(rule) => self.rule(rule, &meta, &context),
                StatementKind::Test(test) => {
                    let test = self.resolver.test(test, &context);
                    self.program.tests.push(test);
                }
                StatementKind::Invariant(_) => self.reserved(placed.statement, "`never` and `always`"),
                StatementKind::Tier(_) => self.reserved(placed.statement, "`admin` and `baseline` tiers"),
                StatementKind::Let(_) | StatementKind::Use(_) | StatementKind::Namespace(_) => {}
            }
        }
    }

    /// The program, when every statement has been resolved.
    pub(super) fn finish(mut self, unit: &Unit) -> (Program, Diagnostics) {
        for id in 0..self.resolver.scopes.definitions.len() {
            self.resolver.define(id);
        }
        self.program.unused = self.resolver.scopes.unused(&lending(unit));
        self.program.selectors = self.resolver.selectors;
        self.program.owned = self.resolver.owned.into_labels();
        (self.program, self.resolver.diagnostics)
    }

    fn contexts(&self, file: FileId, placed: &Placed<'_>) -> Vec<Context> {
        if placed.block.is_none() {
            return vec![Context { file, scope: None, home: self.resolver.current() }];
        }
        let inside = |name: &String| Context { file, scope: Some(name.clone()), home: Namespace::Named(name.clone()) };
        placed.namespaces.iter().map(inside).collect()
    }

    fn block(&mut self, block: &Statement) -> Meta {
        if let Some(known) = self.blocks.get(&block.span) {
            return known.clone();
        }
        let StatementParts { doc, annotations, .. } = &block.value;
        let diagnostics = &mut self.resolver.diagnostics;
        let mut meta = annotations::read(annotations, None, Kind::Namespace, (block.span, doc), diagnostics);
        // The comment above a namespace tells of the namespace, not of each of its rules.
        meta.doc = None;
        self.blocks.insert(block.span, meta.clone());
        meta
    }

    fn meta(&mut self, statement: &Statement, around: Option<&Meta>) -> Meta {
        let kind = match &statement.value.kind {
            StatementKind::Isolate(_) => Kind::Isolate,
            StatementKind::Rule(rule) if rule.action == Action::Allow => Kind::Allow,
            StatementKind::Rule(_) => Kind::Deny,
            StatementKind::Use(_) => Kind::Other("`use`"),
            StatementKind::Let(_) => Kind::Other("`let`"),
            StatementKind::Test(_) => Kind::Other("`test`"),
            StatementKind::Namespace(_) | StatementKind::Invariant(_) | StatementKind::Tier(_) => Kind::Other("this"),
        };
        let StatementParts { doc, annotations, .. } = &statement.value;
        annotations::read(annotations, around, kind, (statement.span, doc), &mut self.resolver.diagnostics)
    }

    fn reserved(&mut self, statement: &Statement, what: &str) {
        let message = format!("{what} are part of the language, but not of this version");
        let diagnostic = Diagnostic::new(Code::ReservedStatement, message, statement.span.head(), "not available yet");
        self.resolver
            .diagnostics
            .push(diagnostic.with_help("remove the statement; nothing is checked or written for it"));
    }

    fn isolate(&mut self, isolate: &ast::Isolate, meta: &Meta, context: &Context) {
        let terms = self.resolver.endpoints(&isolate.subjects, context);
        for primary in primaries(&isolate.subjects) {
            self.only_pods(primary, context);
        }
        let peers: Vec<Peer> = terms.into_iter().map(|term| term.peer).collect();
        let subjects = self.resolver.subjects(&peers, Written { span: isolate.subjects.span, allowed: None });
        let all = |peer: &Peer| match &peer.within {
            Base::Pods(pods) => matches!(&pods.namespaces, Namespaces::Matching(all) if all.is_all()),
            _ => false,
        };
        let everywhere = peers.iter().any(all).then_some(isolate.subjects.span);
        if subjects.is_empty() && everywhere.is_none() && !self.resolver.diagnostics.has_errors() {
            let message = "these pods are in no namespace that the program owns, so nothing is closed";
            let diagnostic = Diagnostic::new(Code::NotOwned, message, isolate.subjects.span, "not owned")
                .with_help("a program closes pods of the namespaces that it declares: `namespace NAME`");
            self.resolver.diagnostics.push(diagnostic);
        }
        let direction = isolate.direction.as_ref().map(|direction| direction.value);
        for closed in Direction::BOTH.into_iter().filter(|closed| direction.is_none_or(|only| only == *closed)) {
            let namespaces = subjects.iter().map(|subject| (closed, subject.namespace.clone()));
            self.resolver.isolated.extend(namespaces);
        }
        self.program.isolates.push(Isolate { meta: meta.clone(), direction, subjects, everywhere });
    }

    // Subjects are pods: `isolate any` and `isolate 10.0.0.0/8` close nothing that a policy could close.
    fn only_pods(&mut self, primary: &Primary, context: &Context) {
        let what = match &primary.value {
            PrimaryKind::Any => "`any`",
            PrimaryKind::Address(_) => "an address",
            PrimaryKind::Nodes(_) => "`nodes`",
            PrimaryKind::Service(..) => "a Service",
            PrimaryKind::Name(_) => {
                let single = Endpoints::new(EndpointsKind::List(vec![primary.clone()]), primary.span);
                let terms = self.resolver.endpoints(&single, context);
                match terms.iter().all(|term| matches!(term.peer.within, Base::Pods(_))) {
                    true => return,
                    false => "a name that stands for more than pods",
                }
            }
            PrimaryKind::Group(inner) => {
                primaries(inner).for_each(|primary| self.only_pods(primary, context));
                return;
            }
            PrimaryKind::Pods(..) => return,
        };
        let message = format!("{what} cannot be isolated: policy closes pods");
        let diagnostic = Diagnostic::new(Code::SubjectNotPods, message, primary.span, "not pods")
            .with_help("write `pods`, `pods[app=web]` or `pods in *`");
        self.resolver.diagnostics.push(diagnostic);
    }

    fn rule(&mut self, rule: &ast::Rule, meta: &Meta, context: &Context) {
        if annotations::expired(meta, self.resolver.around.today, &mut self.resolver.diagnostics) {
            return;
        }
        let from = self.resolver.endpoints(&rule.from, context);
        let to = self.resolver.endpoints(&rule.to, context);
        let everything = is_any(&from) && is_any(&to) && rule.on.is_none();
        let from = self.side(rule, Direction::Egress, from.into_iter().map(|term| term.peer).collect());
        let to = self.targets(rule, to, context);
        let direction = rule.direction.as_ref().map(|direction| direction.value);
        self.program.rules.push(Rule { meta: meta.clone(), action: rule.action, direction, from, to, everything });
    }

    // The side of a rule at which it acts in a direction.
    fn side(&mut self, rule: &ast::Rule, direction: Direction, peers: Vec<Peer>) -> Side {
        let span = match direction {
            Direction::Egress => rule.from.span,
            Direction::Ingress => rule.to.span,
        };
        let written = Written { span, allowed: (rule.action == Action::Allow).then_some(direction) };
        let acts = rule.direction.as_ref().is_none_or(|only| only.value == direction);
        let subjects = if acts { self.resolver.subjects(&peers, written) } else { Vec::new() };
        let complete = peers.iter().all(|peer| self.resolver.is_owned(peer));
        Side { peers, subjects, complete }
    }

    // The destinations, those with the same ports together.
    fn targets(&mut self, rule: &ast::Rule, to: Vec<Term>, context: &Context) -> Vec<(Side, Ports)> {
        let side = Direction::Ingress;
        if let Some(on) = &rule.on {
            self.one_set_of_ports(rule, on, &to, context);
            let ports = self.resolver.ports(on, context);
            return vec![(self.side(rule, side, to.into_iter().map(|term| term.peer).collect()), ports)];
        }
        let mut by_ports: BTreeMap<Ports, Vec<Peer>> = BTreeMap::new();
        for Term { peer, ports } in to {
            // In a deny a name means its pods: closing one port of them was not said.
            let carried = ports.filter(|_| rule.action == Action::Allow);
            by_ports.entry(carried.unwrap_or(Ports::All)).or_default().push(peer);
        }
        by_ports.into_iter().map(|(ports, peers)| (self.side(rule, side, peers), ports)).collect()
    }

    // `on` replaces the ports that a name carries; in a list it could be meant for the others alone.
    fn one_set_of_ports(&mut self, rule: &ast::Rule, on: &[Port], to: &[Term], context: &Context) {
        let several = match &rule.to.value {
            EndpointsKind::List(list) => list.len() > 1,
            EndpointsKind::Except(..) => false,
        };
        if !several || rule.action == Action::Deny || to.iter().all(|term| term.ports.is_none()) {
            return;
        }
        for primary in primaries(&rule.to) {
            let single = Endpoints::new(EndpointsKind::List(vec![primary.clone()]), primary.span);
            if self.resolver.endpoints(&single, context).iter().any(|term| term.ports.is_some()) {
                let place = on.first().map_or(rule.to.span, |first| first.span);
                let message = "a name that carries ports stands in a list with an `on`";
                let diagnostic = Diagnostic::new(Code::PortsTwice, message, primary.span, "carries its own ports")
                    .with_label(place, "these would replace them")
                    .with_help("write two lines: one without `on` for this name, one with it for the others");
                self.resolver.diagnostics.push(diagnostic);
            }
        }
    }
}

fn is_any(terms: &[Term]) -> bool {
    terms.iter().any(|term| term.peer.within == Base::Any && term.peer.except.is_empty())
}

fn primaries(endpoints: &Endpoints) -> impl Iterator<Item = &Primary> {
    let list: Vec<&Primary> = match &endpoints.value {
        EndpointsKind::List(list) => list.iter().collect(),
        EndpointsKind::Except(base, _) => vec![base],
    };
    list.into_iter()
}

// Files that hold nothing but names lend them to others, so that each of them need not be used here.
fn lending(unit: &Unit) -> BTreeSet<FileId> {
    fn acts(statement: &Statement) -> bool {
        match &statement.value.kind {
            StatementKind::Rule(_) | StatementKind::Isolate(_) | StatementKind::Test(_) => true,
            StatementKind::Namespace(of) => of.block.iter().flatten().any(acts),
            _ => false,
        }
    }
    let acting = unit.files.iter().filter(|file| unit.roots.contains(&file.id) && file.statements.iter().any(acts));
    acting.map(|file| file.id).collect()
}
