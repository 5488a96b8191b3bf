//! What a text that was not understood may define.
//!
//! Told line by line, and with doubt: a line that surely begins a statement of another kind defines nothing, one that
//! can be read as a `let` or a `use` defines the names in their places, and every word of any other may be a name. Where
//! a name should stand and none can be read, it may be any.

use super::foreign::keyword;
use super::words::{STATEMENTS, Sort, is_reserved};

/// The names that a text may define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definitions<'t> {
    /// Each name that it may define.
    pub names: Vec<&'t str>,
    /// Whether it may define any other too.
    pub others: bool,
}

/// What a text may define that was not understood.
#[must_use]
pub fn definitions(text: &str) -> Definitions<'_> {
    let mut found = Definitions::default();
    for line in text.split(['\n', '\r']) {
        Line::of(line).defines(&mut found);
    }
    found
}

/// The words of a text: letters and digits with hyphens and underscores.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !is_word(char)).filter(|word| !word.is_empty())
}

/// Whether a word begins a line of a test or of a tier, which is taken for a name where the line above breaks off.
pub fn begins_a_line(word: &str) -> bool {
    [Sort::Step, Sort::TierRule].iter().any(|sort| sort.keywords().contains(&word))
}

/// The files that a text names where it begins lines with `use`: the place of each one's quotes, and the path in them.
pub fn used_files(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive(['\n', '\r']).filter_map(move |line| {
        let at = start;
        start += line.len();
        let (list, rest) = line.split_once('"')?;
        let (path, _) = rest.split_once('"')?;
        let mut words = words(list);
        let is_use = words.next() == Some("use") && words.last() == Some("from") && !list.contains('#');
        is_use.then_some((at + list.len(), path))
    })
}

/// Whether a word is the keyword `namespace`, or may be meant for it.
pub fn may_be_namespace(word: &str) -> bool {
    keyword(word, Sort::Statement) == Some("namespace")
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_')
}

// What stands outside brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Quoted,
    Equals,
    Comma,
    // Brackets with what is in them, and other marks.
    Mark,
}

struct Line<'t> {
    // Without its comment.
    text: &'t str,
    tokens: Vec<Token<'t>>,
}

impl<'t> Line<'t> {
    fn of(line: &'t str) -> Self {
        let (mut depth, mut at) = (0_usize, 0);
        let mut tokens = Vec::new();
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty() && !rest.starts_with('#')) {
            let (token, length) = token(rest);
            if rest.starts_with([')', ']', '}']) {
                depth = depth.saturating_sub(1);
            }
            tokens.extend(token.filter(|_| depth == 0));
            if rest.starts_with(['(', '[', '{']) {
                depth += 1;
            }
            at += length;
        }
        Self { text: line.get(..at).unwrap_or(line), tokens }
    }

    fn defines(&self, found: &mut Definitions<'t>) {
        let tokens = without_annotations(&self.tokens);
        let first = match tokens.first() {
            Some(Token::Word(word)) => *word,
            _ => "",
        };
        let begins = keyword(first, Sort::Statement);
        let is_definition = matches!(begins, Some("let" | "use"));
        let is_other = begins.is_some() && !is_definition;
        let has = |token: Token<'_>| tokens.contains(&token);
        if is_other && !self.may_hold_another(tokens, matches!(begins, Some("test" | "admin" | "baseline"))) {
            return;
        }
        if is_other && STATEMENTS.contains(&first) {
            found.names.extend(words(self.text));
        } else if has(Token::Equals) {
            found.name_before_equals(tokens);
        } else if has(Token::Quoted) || has(Token::Word("from")) {
            found.used(tokens);
        } else {
            // A `let` goes on behind its name; of a `use` without its file nobody knows where the names end.
            let is_let =
                matches!(tokens, [_, Token::Word(name), Token::Word(_), ..] if begins == Some("let") && is_name(name));
            found.others |= is_definition && !is_let;
            found.names.extend(words(self.text));
        }
    }

    // Whether a definition may stand in a line that begins another statement.
    fn may_hold_another(&self, tokens: &[Token<'_>], may_quote: bool) -> bool {
        let is_sign = |token: &Token<'_>| match token {
            Token::Equals => true,
            Token::Quoted => !may_quote,
            Token::Word(word) => *word == "from" || matches!(keyword(word, Sort::Statement), Some("let" | "use")),
            Token::Comma | Token::Mark => false,
        };
        tokens.iter().any(is_sign) || words(self.text).any(|word| matches!(word, "let" | "use"))
    }
}

impl<'t> Definitions<'t> {
    // `let NAME = …`, with or without a word that was meant for `let`.
    fn name_before_equals(&mut self, tokens: &[Token<'t>]) {
        let mut parts = tokens.split(|token| *token == Token::Equals);
        match parts.next() {
            Some([Token::Word(name)]) if is_name(name) && !is_fused(name) => self.names.push(name),
            Some([_, Token::Word(name)]) if is_name(name) => self.names.push(name),
            _ => self.others = true,
        }
        self.others |= parts.count() > 1;
    }

    // `use NAMES from "…"`, with or without a word that was meant for `use`, or for `from`.
    fn used(&mut self, tokens: &[Token<'t>]) {
        let from = tokens.iter().position(|token| *token == Token::Word("from"));
        let file = tokens.iter().position(|token| *token == Token::Quoted);
        let end = from.or_else(|| file?.checked_sub(1)).unwrap_or(0);
        let list = tokens.get(..end).unwrap_or_default();
        for (at, entry) in list.split(|token| *token == Token::Comma).enumerate() {
            let name = match entry {
                [path] if at > 0 || !matches!(path, Token::Word(word) if is_fused(word)) => path_name(path),
                [_, path] if at == 0 => path_name(path),
                [path, Token::Word("as"), name] => path_name(path).and_then(|_| path_name(name)),
                [_, path, Token::Word("as"), name] if at == 0 => path_name(path).and_then(|_| path_name(name)),
                _ => None,
            };
            match name {
                Some(name) => self.names.push(name),
                None => self.others = true,
            }
        }
    }
}

// What a text begins with, and its length; nothing for blanks.
fn token(text: &str) -> (Option<Token<'_>>, usize) {
    let is_part = |char: char| is_word(char) || matches!(char, '.' | '@');
    let length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    let first = text.chars().next().unwrap_or(' ');
    match first {
        _ if length > 0 => (text.get(..length).map(Token::Word), length),
        '"' => match text.get(1..).and_then(|rest| rest.find('"')) {
            Some(end) => (Some(Token::Quoted), end + 2),
            None => (Some(Token::Mark), 1),
        },
        '=' if text.starts_with("=>") => (Some(Token::Mark), 2),
        '=' => (Some(Token::Equals), 1),
        ',' => (Some(Token::Comma), 1),
        _ => ((!first.is_whitespace()).then_some(Token::Mark), first.len_utf8()),
    }
}

fn without_annotations<'a, 't>(mut tokens: &'a [Token<'t>]) -> &'a [Token<'t>] {
    while let [Token::Word(word), rest @ ..] = tokens
        && word.starts_with('@')
        && word.len() > 1
    {
        tokens = rest;
        while let [Token::Mark, rest @ ..] = tokens {
            tokens = rest;
        }
    }
    tokens
}

fn path_name<'t>(token: &Token<'t>) -> Option<&'t str> {
    let Token::Word(path) = token else { return None };
    let name = path.rsplit_once('.').map_or(*path, |(_, name)| name);
    is_name(name).then_some(name)
}

// As in the grammar's `name`.
fn is_name(word: &str) -> bool {
    let is_start = word.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_');
    is_start && !is_reserved(word) && word.split('-').all(|part| !part.is_empty()) && word.chars().all(is_word)
}

// Whether the blank behind a keyword may have been lost.
fn is_fused(word: &str) -> bool {
    word.starts_with("let") || word.starts_with("use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = definitions(text);
        let others = found.others.then_some("…");
        assert_eq!(found.names.into_iter().chain(others).collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn names_stand_before_an_equals_sign() {
        check("let web = pods[app=a] except b", "web");
        check("  @owner(\"a\") lett web-1=pods", "web-1");
        check("web = pods # api = pods", "web");
        check("\" web = pods", "web");
        for text in ["let = pods", "let \"web\" = pods", "let w eb = pods", "letweb = pods", "let 1web = pods"] {
            check(text, "…");
        }
        check("let web = pods lett api = pods", "web …");
    }

    #[test]
    fn used_names_are_listed() {
        check("use a, shop.b as c form \"x\"", "a c");
        check("us a, b as c from \"x\"", "a c");
        check(" a, b as c from x", "a c");
        check("@ a from \"x\"", "a");
        for list in ["{a}", "(a)", "a as !", ",", "a b", "1a", "\"x\" a"] {
            let found = definitions(&format!("use {list}, b from \"x\"")).others;
            assert!(found, "{list}");
        }
        check("use \"x\" a", "…");
        check("use a[, b as c from \"x\"", "use a b as c from x …");
    }

    #[test]
    fn words_of_what_cannot_be_read_may_be_names() {
        check("let web pods[app]", "let web pods app");
        check("web: pods", "web pods");
        check("let", "let …");
        check("let a", "let a …");
        check("let a(b = c", "let a b c …");
    }

    #[test]
    fn other_statements_define_nothing() {
        check("allow a => b", "");
        check("alow pods[a=b] -> c", "");
        check("test \"a\" x {\nallow a -> b on", "");
        check("allow a = b", "allow a b");
        check("namespace a { let b = c }", "namespace a let b c");
        check("alow a -> b from c", "…");
    }
}
