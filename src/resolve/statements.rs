//! Statements: each with its names, labels and ports resolved, once for every namespace that it holds in.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Unit;
use super::annotations::{self, Kind};
use super::blocks::Placed;
use super::program::{Meta, Program};
use super::values::{Context, Resolver};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Action, Namespace};
use crate::span::{FileId, Span};
use crate::syntax::ast::{Statement, StatementKind, StatementParts};

/// Resolves the statements of the program's own files on top of a resolver.
pub(super) struct Statements<'a> {
    pub(super) resolver: Resolver<'a>,
    pub(super) program: Program,
    // Annotations of the `namespace` statements, by their place.
    blocks: BTreeMap<Span, Meta>,
    // Where the last statement stood: the next one nearly always stands there too.
    last: Option<(FileId, Option<Span>, Rc<[Context]>)>,
}

impl<'a> Statements<'a> {
    pub(super) fn new(resolver: Resolver<'a>) -> Self {
        Self { resolver, program: Program::default(), blocks: BTreeMap::new(), last: None }
    }

    /// Resolves a statement in each namespace that it holds in.
    pub(super) fn statement(&mut self, file: FileId, placed: &Placed<'_>) {
        let around = placed.block.map(|block| self.block(block));
        let meta = self.meta(placed.statement, around.as_ref());
        for context in self.contexts(file, placed).iter() {
            match &placed.statement.value.kind {
                StatementKind::Isolate(isolate) => self.isolate(isolate, &meta, context),
                StatementKind::Rule(rule) => self.rule(rule, &meta, context),
                StatementKind::Test(test) => {
                    let test = self.resolver.test(test, context);
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
        self.program.dns = self.resolver.named_dns();
        self.program.unused = self.resolver.scopes.unused(&lending(unit));
        self.program.selectors = self.resolver.selectors;
        self.program.port_ranges = self.resolver.port_ranges;
        self.program.owned = self.resolver.owned.into_labels();
        (self.program, self.resolver.diagnostics)
    }

    fn contexts(&mut self, file: FileId, placed: &Placed<'_>) -> Rc<[Context]> {
        let block = placed.block.map(|block| block.span);
        match &self.last {
            Some((of, place, contexts)) if (*of, *place) == (file, block) => return contexts.clone(),
            _ => {}
        }
        let inside = |name: &String| Context::new(file, Some(name.clone()), Namespace::named(name.as_str()));
        let contexts: Rc<[Context]> = match block {
            None => Rc::new([Context::new(file, None, self.resolver.current())]),
            Some(_) => placed.namespaces.iter().map(inside).collect(),
        };
        self.last = Some((file, block, contexts.clone()));
        contexts
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
