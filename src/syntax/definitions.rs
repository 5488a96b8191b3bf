//! What a text that was not understood may define.

use super::foreign::keyword;
use super::marks::{Mark, marks};
use super::words::{Sort, is_reserved};

/// The words of a text that stand where a definition has its name: after what is, or was meant for, `let` or `use`, and
/// before a `=` outside brackets. Others are told to be unknown even where the text cannot be understood.
pub fn defined_words(text: &str) -> impl Iterator<Item = &str> {
    let mut reader = Reader { text, state: State::Between, last: "", words: Vec::new() };
    let (mut depth, mut plain) = (0_usize, 0);
    for marked in marks(text) {
        if depth == 0 {
            reader.plain(plain, marked.start);
        }
        plain = marked.end;
        match marked.mark {
            Mark::Open(_) => depth += 1,
            Mark::Close(_) => depth = depth.saturating_sub(1),
            // The file of a `use` is the end of its names.
            Mark::Quoted { .. } => reader.state = State::Between,
            // Brackets that do not close hold no more than their line.
            Mark::LineEnd => depth = 0,
            _ => {}
        }
    }
    if depth == 0 {
        reader.plain(plain, text.len());
    }
    reader.words.into_iter()
}

#[derive(Clone, Copy)]
enum State {
    Between,
    // The next word is a name.
    Let,
    // All words are, up to the file.
    Use,
}

struct Reader<'t> {
    text: &'t str,
    state: State,
    // The word before, until something else than blanks stands between.
    last: &'t str,
    words: Vec<&'t str>,
}

impl<'t> Reader<'t> {
    fn plain(&mut self, start: usize, end: usize) {
        let is_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        let mut at = start;
        for piece in self.text.get(start..end).unwrap_or("").split_inclusive(|char| !is_word(char)) {
            let word = piece.trim_end_matches(|char| !is_word(char));
            let begin = at;
            at += piece.len();
            if !word.is_empty() {
                self.word(self.text.get(begin..begin + word.len()).unwrap_or(""));
            }
            let is_arrow = || self.text.get(at..).is_some_and(|rest| rest.starts_with('>'));
            if piece.ends_with('=') && !self.last.is_empty() && !is_arrow() {
                self.words.push(self.last);
            }
            if piece.len() > word.len() && !piece.ends_with(char::is_whitespace) {
                self.last = "";
            }
        }
    }

    fn word(&mut self, word: &'t str) {
        let keyword = keyword(word, Sort::Statement);
        let is_exact = is_reserved(word);
        self.state = match (self.state, keyword) {
            // A name may look like a keyword with a slip.
            (State::Let, _) if !is_exact => {
                self.words.push(word);
                State::Between
            }
            (State::Use, _) if !is_exact => {
                self.words.push(word);
                State::Use
            }
            (_, Some("let")) => State::Let,
            (_, Some("use")) => State::Use,
            (_, Some(_)) => State::Between,
            (state, None) => state,
        };
        self.last = word;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(defined_words(text).collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn names_stand_after_their_keyword() {
        check("let web pods[app=a, b = c] -> x", "web");
        check("lett web-1 pods", "web-1");
        check("use a, shop.b as c form \"x\" d", "a shop b as c form");
        check("allow web => db", "");
    }

    #[test]
    fn names_stand_before_an_equals_sign() {
        check("web = pods[a=b]", "web");
        check("let a b = c # d = e\nx= y", "a b x");
        check("allow a == b => c", "a");
    }
}
