//! What can be understood, or told, of what was not understood as a whole.
//!
//! A piece of junk goes from where the grammar is lost to the next line that begins a statement. Each of its parts is
//! told or understood by itself, and the block behind a broken head is read as if the head were none.

use pest::Parser;

use super::super::ast::{Namespace, Owners, Statement, StatementKind, StatementParts};
use super::super::errors::Failure;
use super::super::foreign::first_word;
use super::super::grammar::{Grammar, Pair, Rule};
use super::super::words::{STATEMENTS, Sort};
use super::Builder;
use super::cutter::{Block, Part};
use crate::span::Spanned;

// How deep blocks of broken heads are read in each other: no statement's block holds another's, and each is walked anew.
const MOST_BLOCKS: usize = 4;

impl<'t> Builder<'t, '_> {
    /// Tells what is wrong with the junk from `start` to `end`, and returns what was understood of it.
    ///
    /// `before` is where the sibling before it begins, which is taken out of `siblings` if the junk takes part of it.
    pub(super) fn junk(&mut self, before: Option<usize>, (start, end): (usize, usize), siblings: &mut Vec<Statement>) {
        let begin = self.beginning(before, start, Sort::Statement);
        let floor = self.swallowed(begin, start).unwrap_or(start);
        let parts = self.parts((begin, floor, end), Sort::Statement);
        // `namespace shop` stands for the rest of the file, `namespace shop x { … }` does not.
        let is_block = parts.first().is_some_and(|part| part.block.is_some());
        let is_head = |kind: &StatementKind| matches!(kind, StatementKind::Namespace(Namespace { block: None, .. }));
        if begin < start && (floor < start || is_block && siblings.last().is_some_and(|last| is_head(&last.value.kind)))
        {
            siblings.pop();
        }
        self.tell(begin, &parts, Sort::Statement, siblings);
    }

    /// Tells what is wrong with junk in a block of a sort that only such blocks have.
    pub(super) fn junk_within(&mut self, before: Option<usize>, (start, end): (usize, usize), sort: Sort) {
        let begin = self.beginning(before, start, sort);
        let parts = self.parts((begin, start, end), sort);
        self.tell(begin, &parts, sort, &mut Vec::new());
    }

    // Where the piece begins that some junk belongs to: junk without a word of its own is the rest of what is before.
    fn beginning(&self, before: Option<usize>, start: usize, sort: Sort) -> usize {
        before.filter(|before| !self.errors.starts_anew(*before, start, sort)).unwrap_or(start)
    }

    // Where a line begins whose first word was taken for the end of the statement before, though it is a keyword with a
    // slip: `isolate` on one line and `alow a -> b` on the next.
    fn swallowed(&self, begin: usize, start: usize) -> Option<usize> {
        let before = self.text.get(begin..start)?;
        let line = before.rfind(['\n', '\r'])? + 1;
        let word = line + before.get(line..).map_or(0, |line| line.len() - line.trim_start().len());
        (begin + word < start && self.may_begin_line(begin, begin + word, Sort::Statement)).then_some(begin + word)
    }

    fn tell(&mut self, begin: usize, parts: &[Part], sort: Sort, siblings: &mut Vec<Statement>) {
        let (mut next, mut is_told) = (0, false);
        while let Some(part) = parts.get(next) {
            if self.errors.is_full() {
                let end = parts.last().map_or(part.end, |last| last.end);
                return self.unread(part.start, end);
            }
            next += 1;
            let head = part.block.map_or(part.end, |block| block.start);
            if self.errors.is_broken(part.start, head) {
                is_told = true;
                self.unread(part.start, head);
            } else if let Some(failure) = self.errors.failure(part.start, part.end, sort) {
                is_told = true;
                let after = parts.get(next).filter(|after| self.is_name(&failure, part, after, sort));
                let end = after.map_or(part.end, |after| after.end);
                let failure = match after {
                    Some(after) => Failure { at: after.start, ..failure },
                    None => failure,
                };
                next += usize::from(after.is_some());
                self.errors.tell(part.start, end, &failure, sort);
                self.unread(part.start, if after.is_some() { end } else { head });
            } else {
                self.understood(part, sort, siblings);
                continue;
            }
            if let Some(block) = part.block {
                self.block(part.start, block, siblings);
            }
        }
        if !is_told && let Some(part) = parts.first() {
            // Each part is well by itself: then they stand where they may not.
            self.errors.tell(begin, part.end, &Failure::misplaced(begin), sort);
        }
    }

    // Whether a keyword in the middle of a line was meant for a name, not to begin what follows: `let allow = pods`.
    fn is_name(&self, failure: &Failure, part: &Part, next: &Part, sort: Sort) -> bool {
        let ends = self.text.get(failure.at..part.end).is_none_or(|rest| rest.trim().is_empty());
        ends && !next.is_line && self.errors.failure(next.start, next.end, sort).is_some()
    }

    fn understood(&mut self, part: &Part, sort: Sort, siblings: &mut Vec<Statement>) {
        if sort != Sort::Statement {
            return;
        }
        let found = self.at(part.start, part.end, |builder, text| {
            let pairs = Grammar::parse(Rule::statement_alone, text).ok()?;
            Some(builder.siblings(pairs.flat_map(Pair::into_inner)))
        });
        siblings.extend(found.unwrap_or_default());
    }

    // Reads the block of a broken head. Names defined in it hold where the block stands.
    fn block(&mut self, head: usize, block: Block, siblings: &mut Vec<Statement>) {
        if self.blocks == MOST_BLOCKS {
            return self.unread(block.start, block.end);
        }
        self.blocks += 1;
        self.open(head, block, siblings);
        self.blocks -= 1;
    }

    fn open(&mut self, head: usize, block: Block, siblings: &mut Vec<Statement>) {
        let whole = match block.sort {
            Sort::Step => Rule::steps_alone,
            Sort::TierRule => Rule::tier_rules_alone,
            Sort::Statement => Rule::file,
        };
        let is_unclosed = self.errors.is_broken(block.start.saturating_sub(1), block.start);
        let statements = self.at(block.start, block.end, |builder, text| {
            let Ok(pairs) = Grammar::parse(whole, text) else { return None };
            let pairs = pairs.flat_map(Pair::into_inner);
            match block.sort {
                Sort::Step => drop(builder.steps(pairs, is_unclosed)),
                Sort::TierRule => drop(builder.tier_rules(pairs, is_unclosed)),
                Sort::Statement => return Some(builder.siblings(pairs)),
            }
            None
        });
        siblings.append(&mut self.adopted);
        let Some(statements) = statements else { return };
        let kind = StatementKind::Namespace(Namespace { owners: Owners::Unread, block: Some(statements) });
        let parts = StatementParts { doc: Vec::new(), annotations: Vec::new(), kind };
        siblings.push(Spanned::new(parts, self.between(head, block.end)));
    }

    /// Takes what stands in a block whose brace was forgotten: the statement that begins there, or its error.
    pub(super) fn adopt(&mut self, start: usize, end: usize) {
        let piece = self.text.get(start..end).unwrap_or("");
        let mut statements = Vec::new();
        match Grammar::parse(Rule::statement_alone, piece) {
            Ok(pairs) => {
                statements = self.at(start, end, |builder, _| builder.siblings(pairs.flat_map(Pair::into_inner)))
            }
            Err(_) => self.junk(None, (start, end), &mut statements),
        }
        self.adopted.extend(statements);
    }

    /// Whether a piece of a block begins a statement that has no place there.
    pub(super) fn begins_statement(&self, start: usize) -> bool {
        let rest = self.text.get(start..).unwrap_or("");
        rest.starts_with('@') || STATEMENTS.contains(&first_word(rest))
    }

    /// Notes a part that was not understood.
    pub(super) fn unread(&mut self, start: usize, end: usize) {
        let span = self.between(start, end);
        self.unread.push(span);
    }

    // Works on a part of the text, in which pairs count their places.
    fn at<T>(&mut self, start: usize, end: usize, work: impl FnOnce(&mut Self, &'t str) -> T) -> T {
        let base = std::mem::replace(&mut self.base, start);
        let done = work(self, self.text.get(start..end).unwrap_or(""));
        self.base = base;
        done
    }
}
