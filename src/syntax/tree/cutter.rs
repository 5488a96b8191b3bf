//! Cuts broken text where another statement may begin.
//!
//! Keywords tell where: any in the middle of a line, and where a line begins those with a slip too. What stands between
//! brackets is left together, and braces that hold a block end a part.

use super::super::MOST_ERRORS;
use super::super::foreign::{first_word, keyword, meant};
use super::super::marks::{Mark, Marked, marks};
use super::super::words::{STATEMENTS, Sort};
use super::Builder;

/// A part of some junk, in places of the whole text.
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether its first word stands where a line begins: then it can be nothing but a beginning.
    pub(super) is_line: bool,
    pub(super) block: Option<Block>,
}

/// The braces of a part that hold pieces of a sort.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) sort: Sort,
    /// Of what stands between the braces.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Builder<'_, '_> {
    /// The parts of a piece, of which none but the first begins before `floor`.
    pub(super) fn parts(&self, (begin, floor, end): (usize, usize, usize), sort: Sort) -> Vec<Part> {
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

    /// Whether a word at the beginning of a line, in or after a piece that begins at `begin`, is meant to begin another:
    /// a keyword with a slip or of another language, no deeper than the piece.
    pub(super) fn may_begin_line(&self, begin: usize, at: usize, sort: Sort) -> bool {
        let rest = self.text.get(at..).unwrap_or("");
        let word = first_word(rest);
        let is_apart = rest.get(word.len()..).is_some_and(|after| after.starts_with([' ', '\t']));
        let is_list = self.text.get(..self.errors.understood(at)).is_some_and(|before| before.ends_with(','));
        let is_direction = sort == Sort::Statement && matches!(word, "ingress" | "egress");
        let is_meant = meant(word, sort).is_some() || is_direction;
        is_apart && is_meant && !is_list && self.errors.indent(at) <= self.errors.indent(begin)
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
