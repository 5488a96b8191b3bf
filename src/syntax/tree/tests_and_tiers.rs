//! `test` blocks and tiers, which have statements of their own kind.

use super::super::ast::{
    Expectation, Fixture, NamedPort, Party, Test, TestStep, TestStepKind, Tier, TierRule, TierRuleParts, TierVerdict,
};
use super::super::grammar::{Pair, Rule};
use super::super::words::Sort;
use super::Builder;
use super::statements::{Flow, action};
use crate::span::Spanned;

impl<'t> Builder<'t, '_> {
    pub(super) fn test(&mut self, pair: Pair<'t>) -> Option<Test> {
        let unclosed = self.is_unclosed(&pair);
        let title = pair.clone().into_inner().find(|piece| piece.as_rule() == Rule::string);
        let title = title.map(|title| self.value(title));
        let steps = self.steps(pair.into_inner(), unclosed);
        Some(Test { title: title?, steps })
    }

    /// The steps among pieces. In a block whose brace was forgotten statements may follow.
    pub(super) fn steps(&mut self, pieces: impl Iterator<Item = Pair<'t>>, unclosed: bool) -> Vec<TestStep> {
        let (mut steps, mut before) = (Vec::new(), None);
        for piece in pieces {
            let (start, end) = self.range(&piece);
            match piece.as_rule() {
                Rule::step => {
                    before = Some(start);
                    steps.extend(self.step(piece));
                }
                Rule::step_junk if unclosed && self.begins_statement(start) => self.adopt(start, end),
                Rule::step_junk => {
                    self.junk_within(before.take(), (start, end), Sort::Step);
                }
                _ => {}
            }
        }
        steps
    }

    // Whether the block of a test or tier runs to the end of the file because its brace was forgotten.
    fn is_unclosed(&self, pair: &Pair<'t>) -> bool {
        let brace = pair.clone().into_inner().find(|piece| piece.as_rule() == Rule::open_brace);
        brace.map(|brace| self.range(&brace)).is_some_and(|(start, end)| self.errors.is_broken(start, end))
    }

    fn step(&self, pair: Pair<'t>) -> Option<TestStep> {
        let piece = pair.into_inner().next()?;
        let span = self.span(&piece);
        let kind = match piece.as_rule() {
            Rule::fixture => TestStepKind::Fixture(self.fixture(piece)?),
            _ => TestStepKind::Expectation(self.expectation(piece)?),
        };
        Some(Spanned::new(kind, span))
    }

    fn fixture(&self, pair: Pair<'t>) -> Option<Fixture> {
        let (mut name, mut facts, mut place, mut ports) = (None, None, None, Vec::new());
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::name => name = Some(self.text(&piece)),
                Rule::facts => facts = Some(self.facts(piece)?),
                Rule::fixture_place => {
                    let owned = piece.into_inner().find(|piece| piece.as_rule() == Rule::owned)?;
                    place = Some(self.owned(owned)?);
                }
                Rule::named_port => ports.push(self.named_port(piece)?),
                _ => {}
            }
        }
        Some(Fixture { name: name?, facts: facts?, place, ports })
    }

    fn named_port(&self, pair: Pair<'t>) -> Option<NamedPort> {
        let (mut name, mut protocol, mut number) = (None, None, None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::port_name => name = Some(self.text(&piece)),
                Rule::protocol => protocol = self.protocol(&piece),
                Rule::number => number = Some(self.text(&piece)),
                _ => {}
            }
        }
        Some(NamedPort { name: name?, protocol: protocol?, number: number? })
    }

    fn expectation(&self, pair: Pair<'t>) -> Option<Expectation> {
        let (mut verdict, mut sides, mut on) = (None, Vec::new(), None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::allow_kw | Rule::deny_kw => verdict = Some(Spanned::new(action(&piece), self.span(&piece))),
                Rule::parties => sides.push(self.parties(piece)),
                Rule::ports => on = Some(self.ports(piece)?),
                _ => {}
            }
        }
        let mut sides = sides.into_iter();
        Some(Expectation { verdict: verdict?, from: sides.next()?, to: sides.next()?, on })
    }

    fn parties(&self, pair: Pair<'t>) -> Vec<Party> {
        let parties = pair.into_inner().filter(|piece| piece.as_rule() == Rule::party);
        let words = parties.filter_map(|party| party.into_inner().next());
        let party = |word: Pair<'t>| match word.as_rule() {
            Rule::address => Party::Address(self.text(&word)),
            _ => Party::Fixture(self.text(&word)),
        };
        words.map(party).collect()
    }

    pub(super) fn tier(&mut self, pair: Pair<'t>) -> Option<Tier> {
        let (mut priority, mut title) = (None, None);
        let unclosed = self.is_unclosed(&pair);
        for piece in pair.clone().into_inner() {
            match piece.as_rule() {
                Rule::number => priority = Some(self.text(&piece)),
                Rule::string => title = Some(self.value(piece)),
                _ => {}
            }
        }
        let rules = self.tier_rules(pair.into_inner(), unclosed);
        Some(Tier { priority, title, rules })
    }

    /// The rules among pieces. In a block whose brace was forgotten statements may follow.
    pub(super) fn tier_rules(&mut self, pieces: impl Iterator<Item = Pair<'t>>, unclosed: bool) -> Vec<TierRule> {
        let (mut rules, mut before) = (Vec::new(), None);
        for piece in pieces {
            let (start, end) = self.range(&piece);
            match piece.as_rule() {
                Rule::tier_rule => {
                    before = Some(start);
                    rules.extend(self.tier_rule(piece));
                }
                Rule::tier_junk if unclosed && self.begins_statement(start) => self.adopt(start, end),
                Rule::tier_junk => {
                    self.junk_within(before.take(), (start, end), Sort::TierRule);
                }
                _ => {}
            }
        }
        rules
    }

    fn tier_rule(&mut self, pair: Pair<'t>) -> Option<TierRule> {
        let start = self.range(&pair).0;
        let mut doc = self.doc(start, start);
        let (mut annotations, mut verdict, mut flow) = (Vec::new(), None, None);
        let whole = self.span(&pair);
        let mut pieces = pair.into_inner().peekable();
        while let Some(piece) = pieces.next() {
            match piece.as_rule() {
                Rule::annotation => {
                    annotations.push(self.annotation(piece)?);
                    doc.extend(self.doc_behind(start, pieces.peek()));
                }
                Rule::flow => flow = Some(self.flow(piece)?),
                word => {
                    let of = match word {
                        Rule::accept_kw => TierVerdict::Accept,
                        Rule::deny_kw => TierVerdict::Deny,
                        _ => TierVerdict::Pass,
                    };
                    verdict = Some((of, self.span(&piece)));
                }
            }
        }
        let ((verdict, start), Flow { direction, from, to, on }) = (verdict?, flow?);
        let parts = TierRuleParts { doc, annotations, verdict, direction, from, to, on };
        Some(Spanned::new(parts, start.to(whole)))
    }
}
