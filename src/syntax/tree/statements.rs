//! Statements that stand alone or hold others.

use super::super::ast::{
    Annotation, AnnotationParts, Facts, Invariant, Isolate, Let, LetValue, Modality, Namespace, Owned, Owners, Port,
    Rule as RuleStatement, StatementKind, Use, UsedName,
};
use super::super::grammar::{Pair, Rule};
use super::Builder;
use crate::model::{Action, Direction};
use crate::span::Spanned;

/// `[ingress|egress] from -> to [on ports]`.
pub(super) struct Flow {
    pub(super) direction: Option<Spanned<Direction>>,
    pub(super) from: super::super::ast::Endpoints,
    pub(super) to: super::super::ast::Endpoints,
    pub(super) on: Option<Vec<Port>>,
}

impl<'t> Builder<'t, '_> {
    pub(super) fn annotation(&self, pair: Pair<'t>) -> Option<Annotation> {
        let span = self.span(&pair);
        let mut name = None;
        let mut values = Vec::new();
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::annotation_name => name = Some(self.text(&piece)),
                Rule::annotation_values => {
                    let words = piece.into_inner().filter(|p| matches!(p.as_rule(), Rule::string | Rule::bare_value));
                    values.extend(words.map(|word| self.value(word)));
                }
                _ => {}
            }
        }
        Some(Spanned::new(AnnotationParts { name: name?, values }, span))
    }

    pub(super) fn statement_kind(&mut self, pair: Pair<'t>) -> Option<StatementKind> {
        Some(match pair.as_rule() {
            Rule::r#use => StatementKind::Use(self.used(pair)?),
            Rule::namespace => StatementKind::Namespace(self.namespace(pair)?),
            Rule::r#let => StatementKind::Let(self.let_statement(pair)?),
            Rule::isolate => StatementKind::Isolate(self.isolate(pair)?),
            Rule::rule => StatementKind::Rule(self.rule(pair)?),
            Rule::invariant => StatementKind::Invariant(self.invariant(pair)?),
            Rule::test => StatementKind::Test(self.test(pair)?),
            Rule::tier => StatementKind::Tier(self.tier(pair)?),
            _ => return None,
        })
    }

    fn used(&self, pair: Pair<'t>) -> Option<Use> {
        let mut names = Vec::new();
        let mut path = None;
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::used => {
                    let mut parts = piece.into_inner();
                    let name = self.path(parts.next()?)?;
                    let alias = parts.find(|part| part.as_rule() == Rule::name).map(|part| self.text(&part));
                    names.push(UsedName { name, alias });
                }
                Rule::string => path = Some(self.value(piece)),
                _ => {}
            }
        }
        Some(Use { names, path: path? })
    }

    fn namespace(&mut self, pair: Pair<'t>) -> Option<Namespace> {
        let mut pieces = pair.into_inner();
        let owners = pieces.next()?.into_inner().find_map(|piece| match piece.as_rule() {
            Rule::owned_list => {
                let owned = piece.into_inner().filter(|piece| piece.as_rule() == Rule::owned);
                owned.map(|owned| self.owned(owned)).collect::<Option<Vec<_>>>().map(Owners::Named)
            }
            Rule::labels_apart => {
                piece.into_inner().next().and_then(|labels| self.labels(labels)).map(Owners::Matching)
            }
            _ => None,
        })?;
        let block = pieces.next().map(|block| self.siblings(block.into_inner()));
        Some(Namespace { owners, block })
    }

    pub(super) fn owned(&self, pair: Pair<'t>) -> Option<Owned> {
        let mut pieces = pair.into_inner();
        let name = self.text(&pieces.next()?);
        let facts = match pieces.next() {
            Some(facts) => Some(self.facts(facts)?),
            None => None,
        };
        Some(Owned { name, facts })
    }

    pub(super) fn facts(&self, pair: Pair<'t>) -> Option<Facts> {
        let span = self.span(&pair);
        let facts = pair.into_inner().filter(|piece| piece.as_rule() == Rule::fact);
        let pairs = facts.map(|fact| {
            let mut pieces = fact.into_inner().filter(|piece| piece.as_rule() != Rule::equals);
            Some((self.text(&pieces.next()?), self.value(pieces.next()?)))
        });
        Some(Spanned::new(pairs.collect::<Option<_>>()?, span))
    }

    fn let_statement(&mut self, pair: Pair<'t>) -> Option<Let> {
        let (mut name, mut value, mut on) = (None, None, None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::name => name = Some(self.text(&piece)),
                Rule::let_value => {
                    let inner = piece.into_inner().next()?;
                    value = Some(match inner.as_rule() {
                        Rule::port_list => LetValue::Ports(self.ports(inner)?),
                        _ => LetValue::Endpoints(self.endpoints(inner)?),
                    });
                }
                Rule::ports => on = Some(self.ports(piece)?),
                _ => {}
            }
        }
        Some(Let { name: name?, value: value?, on })
    }

    fn isolate(&mut self, pair: Pair<'t>) -> Option<Isolate> {
        let (mut direction, mut subjects) = (None, None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::direction => direction = self.direction(piece),
                Rule::endpoints => subjects = Some(self.endpoints(piece)?),
                _ => {}
            }
        }
        Some(Isolate { direction, subjects: subjects? })
    }

    fn direction(&self, pair: Pair<'t>) -> Option<Spanned<Direction>> {
        let word = pair.into_inner().next()?;
        let direction = match word.as_rule() {
            Rule::ingress_kw => Direction::Ingress,
            _ => Direction::Egress,
        };
        Some(Spanned::new(direction, self.span(&word)))
    }

    fn rule(&mut self, pair: Pair<'t>) -> Option<RuleStatement> {
        let mut pieces = pair.into_inner();
        let action = action(&pieces.next()?);
        let Flow { direction, from, to, on } = self.flow(pieces.next()?)?;
        Some(RuleStatement { action, direction, from, to, on })
    }

    fn invariant(&mut self, pair: Pair<'t>) -> Option<Invariant> {
        let modality = match pair.clone().into_inner().next()?.as_rule() {
            Rule::never_kw => Modality::Never,
            _ => Modality::Always,
        };
        let Flow { from, to, on, .. } = self.flow(pair)?;
        Some(Invariant { modality, from, to, on })
    }

    /// The parts of a flow among the pieces of a rule.
    pub(super) fn flow(&mut self, pair: Pair<'t>) -> Option<Flow> {
        let (mut direction, mut ends, mut on) = (None, Vec::new(), None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::direction => direction = self.direction(piece),
                Rule::endpoints => ends.push(self.endpoints(piece)?),
                Rule::ports => on = Some(self.ports(piece)?),
                _ => {}
            }
        }
        let mut ends = ends.into_iter();
        Some(Flow { direction, from: ends.next()?, to: ends.next()?, on })
    }
}

/// `allow` or `deny`.
pub(super) fn action(pair: &Pair<'_>) -> Action {
    match pair.as_rule() {
        Rule::deny_kw => Action::Deny,
        _ => Action::Allow,
    }
}
