//! What can be understood, or told, of what was not understood as a whole.
//!
//! A piece of junk goes from where the grammar is lost to the next line that begins a statement. It is cut here where
//! another statement may begin, each part is told or understood by itself, and the block behind a broken head is read as
//! if the head were none.

use pest::Parser;

use super::super::MOST_ERRORS;
use super::super::ast::{Namespace, Owners, Statement, StatementKind, StatementParts};
use super::super::errors::Failure;
use super::super::foreign::{first_word, keyword, meant};
use super::super::grammar::{Grammar, Pair, Rule};
use super::super::marks::{Mark, Marked, marks};
use super::super::words::{STATEMENTS, Sort};
use super::Builder;
use crate::span::Spanned;

// How deep blocks of broken heads are read in each other: no statement's block holds another's, and each is walked anew.
const MOST_BLOCKS: usize = 4;

/// A part of some junk, in places of the whole text.
struct Part {
    start: usize,
    end: usize,
    // Whether its first word stands where a line begins: then it can be nothing but a beginning.
    is_line: bool,
    block: Option<Block>,
}

/// The braces of a part that hold pieces of a sort.
#[derive(Clone, Copy)]
struct Block {
    sort: Sort,
    // Of what stands between the braces.
    start: usize,
    end: usize,
}

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

    // The parts of a piece, of which none but the first begins before `floor`.
    fn parts(&self, (begin, floor, end): (usize, usize, usize), sort: Sort) -> Vec<Part> {
        let mut cutter =
            Cutter { builder: self, sort, begin, from: begin, is_line: true, annotated: false, parts: Vec::new() };
        let text = self.text.get(floor..end).unwrap_or("");
        let (mut braces, mut brackets, mut open, mut plain) = (0_usize, 0_usize, floor, floor);
        for Marked { mark, start, end } in marks(text) {
            let (start, end) = (floor + start, floor + end);
            if braces == 0 && brackets == 0 {
                cutter.words(plain, start, floor);
                if mark == Mark::At {
                    cutter.word(start, "@", floor);
                }
            }
            plain = end;
            match mark {
                Mark::Open(b'{') => {
                    if braces == 0 {
                        open = end;
                    }
                    braces += 1;
                    brackets = 0;
                }
                Mark::Close(b'{') => {
                    if braces == 1 {
                        cutter.braces(open, start, end);
                    }
                    braces = braces.saturating_sub(1);
                    brackets = 0;
                }
                Mark::Open(_) => brackets += 1,
                Mark::Close(_) => brackets = brackets.saturating_sub(1),
                _ => {}
            }
        }
        if braces > 0 {
            cutter.braces(open, end, end);
        } else if brackets == 0 {
            cutter.words(plain, end, floor);
        }
        cutter.cut(end, None);
        cutter.parts
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

    // Whether a word at the beginning of a line, in or after a piece that begins at `begin`, is meant to begin another:
    // a keyword with a slip or of another language, no deeper than the piece.
    fn may_begin_line(&self, begin: usize, at: usize, sort: Sort) -> bool {
        let rest = self.text.get(at..).unwrap_or("");
        let word = first_word(rest);
        let is_apart = rest.get(word.len()..).is_some_and(|after| after.starts_with([' ', '\t']));
        let is_list = self.text.get(..self.errors.understood(at)).is_some_and(|before| before.ends_with(','));
        let is_direction = sort == Sort::Statement && matches!(word, "ingress" | "egress");
        let is_meant = meant(word, sort).is_some() || is_direction;
        is_apart && is_meant && !is_list && self.errors.indent(at) <= self.errors.indent(begin)
    }

    // Works on a part of the text, in which pairs count their places.
    fn at<T>(&mut self, start: usize, end: usize, work: impl FnOnce(&mut Self, &'t str) -> T) -> T {
        let base = std::mem::replace(&mut self.base, start);
        let done = work(self, self.text.get(start..end).unwrap_or(""));
        self.base = base;
        done
    }
}

/// Cuts a piece into parts.
struct Cutter<'b, 't, 'e> {
    builder: &'b Builder<'t, 'e>,
    sort: Sort,
    // Where the whole piece begins, and where the part that is not complete.
    begin: usize,
    from: usize,
    is_line: bool,
    // Whether it has annotations and nothing else so far.
    annotated: bool,
    parts: Vec<Part>,
}

impl Cutter<'_, '_, '_> {
    fn text(&self, start: usize, end: usize) -> &str {
        self.builder.text.get(start..end).unwrap_or("")
    }

    // Ends the part at a place, unless nothing stands in it.
    fn cut(&mut self, end: usize, block: Option<Block>) {
        if !self.text(self.from, end).trim().is_empty() {
            self.parts.push(Part { start: self.from, end, is_line: self.is_line, block });
        }
        self.from = end;
    }

    // Looks at the words between two marks.
    fn words(&mut self, start: usize, end: usize, floor: usize) {
        let mut at = start;
        let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/');
        for word in self.builder.text.get(start..end).unwrap_or("").split_inclusive(|char| !is_word(char)) {
            let length = word.trim_end_matches(|char| !is_word(char)).len();
            if length > 0 {
                self.word(at, word.get(..length).unwrap_or(""), floor);
            }
            at += word.len();
        }
    }

    // Begins a part at a word that may begin one.
    fn word(&mut self, at: usize, word: &str, floor: usize) {
        let before = self.text(floor.max(self.from), at).trim_end_matches([' ', '\t']);
        let is_line = before.ends_with(['\n', '\r']) || before.is_empty() && at == floor && self.begin < floor;
        // More would not be told.
        let is_full = self.parts.len() >= MOST_ERRORS;
        let begins = match is_line {
            _ if is_full => false,
            true => self.builder.may_begin_line(self.begin, at, self.sort),
            false => self.begins_in_line(at, word, before),
        };
        // What stands behind a block begins anew, whatever it is.
        if self.text(self.from, at).trim().is_empty() {
            self.from = at;
            (self.is_line, self.annotated) = (is_line, word == "@");
        } else if begins && self.annotated {
            self.annotated = word == "@";
        } else if begins {
            self.cut(at, None);
            (self.is_line, self.annotated) = (is_line, word == "@");
        }
    }

    fn begins_in_line(&self, at: usize, word: &str, before: &str) -> bool {
        let rest = self.text(at + word.len(), self.builder.text.len());
        let next = || first_word(rest.trim_start());
        let is_meant = match (self.sort, word) {
            (Sort::Statement, "@") => return self.text(0, at).ends_with(char::is_whitespace) && !takes_any(before),
            (Sort::Statement, _) => STATEMENTS.contains(&word),
            (Sort::Step, "expect") => matches!(next(), "allow" | "deny"),
            (Sort::Step, "pod") => !next().is_empty(),
            (Sort::TierRule, _) => self.sort.keywords().contains(&word) && !rest.trim_start().starts_with([',', '-']),
            _ => false,
        };
        let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
        is_meant && is_apart && !takes_any(before)
    }

    // Ends the part at the end of its braces, if they hold a block.
    fn braces(&mut self, start: usize, end: usize, after: usize) {
        let head = first_word(self.text(self.from, start));
        let within = marks(self.text(start, end)).find(|marked| !matches!(marked.mark, Mark::Comment | Mark::LineEnd));
        let first = first_word(self.text(start, within.map_or(end, |within| start + within.start)).trim_start());
        let sort = match keyword(head, Sort::Statement) {
            Some("test") => Sort::Step,
            Some("admin" | "baseline") => Sort::TierRule,
            Some("namespace") => Sort::Statement,
            // Other braces are no block: `pods{app=web}`.
            _ => match [Sort::Statement, Sort::Step, Sort::TierRule]
                .into_iter()
                .find(|sort| sort.keywords().contains(&first))
            {
                Some(sort) => sort,
                None => return,
            },
        };
        self.cut(after, Some(Block { sort, start, end }));
    }
}

// Whether what stands before a word takes any word behind it, keywords too.
fn takes_any(before: &str) -> bool {
    let previous = || before.rsplit(char::is_whitespace).next().unwrap_or("");
    before.ends_with([',', '.', '/', '=']) || matches!(previous(), "in" | "service" | "namespace")
}
