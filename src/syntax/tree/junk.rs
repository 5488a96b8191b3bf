//! What can be understood, or told, of what was not understood as a whole.

use pest::Parser;

use super::super::foreign::{first_word, statement};
use super::super::grammar::{Grammar, Pair, Rule};
use super::super::words::STATEMENTS;
use super::Builder;

impl<'t> Builder<'t, '_> {
    /// Tells what is wrong with a piece that is no statement, and in its block if it has one.
    ///
    /// `before` is where the sibling before it starts.
    pub(super) fn junk(&mut self, before: Option<usize>, start: usize, end: usize) {
        let block = block(self.text.get(start..end).unwrap_or(""));
        if self.errors.junk(before, start, end, Rule::statement_alone) {
            self.errors.misspelt(start, block.map_or(end, |(open, _)| start + open));
        }
        let Some((open, close)) = block else { return };
        // Without a word of its own it goes on with what the sibling began: `namespace shop` `[team: retail] { … }`.
        let head = [Some(start), before].into_iter().flatten();
        let words = head.map(|at| first_word(self.text.get(at..end).unwrap_or("")));
        let whole = match words.into_iter().find(|word| !word.is_empty()).unwrap_or("") {
            "test" => Rule::steps_alone,
            "admin" | "baseline" => Rule::tier_rules_alone,
            word if word == "namespace" || is_meant(word) => Rule::file,
            // Other braces are no block: `pods{app=web}`.
            _ => return,
        };
        self.at(start + open, start + close, |builder, text| {
            let Ok(pairs) = Grammar::parse(whole, text) else { return };
            let pairs = pairs.flat_map(Pair::into_inner);
            match whole {
                Rule::steps_alone => drop(builder.steps(pairs, false)),
                Rule::tier_rules_alone => drop(builder.tier_rules(pairs, false)),
                _ => drop(builder.siblings(pairs)),
            }
        });
    }

    /// Takes what stands in a block whose brace was forgotten: the statement that begins there, or its error.
    pub(super) fn adopt(&mut self, start: usize, end: usize) {
        let piece = self.text.get(start..end).unwrap_or("");
        let Ok(pairs) = Grammar::parse(Rule::statement_alone, piece) else {
            return self.junk(None, start, end);
        };
        let statements = self.at(start, end, |builder, _| builder.siblings(pairs.flat_map(Pair::into_inner)));
        self.adopted.extend(statements);
    }

    /// Whether a piece of a block begins a statement that has no place there.
    pub(super) fn begins_statement(&self, start: usize) -> bool {
        let rest = self.text.get(start..).unwrap_or("");
        rest.starts_with('@') || STATEMENTS.contains(&first_word(rest))
    }

    // Works on a part of the text, in which pairs count their places.
    fn at<T>(&mut self, start: usize, end: usize, work: impl FnOnce(&mut Self, &'t str) -> T) -> T {
        let base = std::mem::replace(&mut self.base, start);
        let done = work(self, self.text.get(start..end).unwrap_or(""));
        self.base = base;
        done
    }
}

fn is_meant(word: &str) -> bool {
    statement(word).is_some_and(|help| help.contains("`namespace`"))
}

// The inside of the first braces of a text, as far as they reach; those in quotes and comments are none.
fn block(text: &str) -> Option<(usize, usize)> {
    let (mut depth, mut open) = (0_usize, None);
    let (mut quoted, mut comment) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' | b'\r' => (quoted, comment) = (false, false),
            _ if comment => {}
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'#' => comment = true,
            b'{' => {
                depth += 1;
                open = open.or(Some(at + 1));
            }
            b'}' if depth == 1 => return open.map(|open| (open, at)),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    open.map(|open| (open, text.len()))
}
