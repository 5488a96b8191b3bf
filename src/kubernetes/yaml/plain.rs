//! Which strings can stand in YAML without quotes.
//!
//! A plain scalar is guessed at by whoever reads it, and the guesses differ: to kubectl `on` and `y` are booleans and
//! `0o7` is a number, to a YAML 1.2 reader they are strings. What stays plain here is a string to all of them.

/// Whether every YAML 1.1 and 1.2 reader takes `text`, written plain in block style, for this very string.
pub(crate) fn is_safe(text: &str) -> bool {
    // Longer than any word that means something, and no number: nearly all that is written.
    if text.len() > LONGEST_WORD && text.starts_with(|char: char| char.is_ascii_alphabetic()) && is_simple(text) {
        return true;
    }
    let Some(first) = text.chars().next() else { return false };
    let starts_well = first.is_alphabetic() || first.is_ascii_digit() || matches!(first, '_' | '/' | '(' | '$');
    starts_well && (is_simple(text) || marks_are_harmless(text)) && !is_word(text) && !may_be_number(text)
}

// Letters, digits and `-`, `.`, `/`, which stand before them in ASCII, and `_`. Without a way out at the first other
// byte, so that many bytes are looked at at once.
fn is_simple(text: &str) -> bool {
    let simple = |byte: u8| {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit_or_mark = byte.wrapping_sub(b'-') <= b'9' - b'-';
        is_letter | is_digit_or_mark | (byte == b'_')
    };
    text.bytes().fold(true, |all, byte| all & simple(byte))
}

const LONGEST_WORD: usize = 5;

// Only characters that mean nothing inside a plain scalar; a colon, a blank and a hash where they end none.
fn marks_are_harmless(text: &str) -> bool {
    let mut before = '\0';
    for char in text.chars() {
        let harmless = match char {
            ' ' => before != ':',
            '#' => before != ' ',
            '-' | '_' | '.' | '/' | ':' | '@' | '+' | '=' | ',' | ';' | '(' | ')' | '<' | '>' | '|' | '*' | '&'
            | '!' | '?' | '%' | '$' | '~' | '^' | '\'' | '"' | '\\' | '`' => true,
            _ if char.is_ascii() => char.is_ascii_alphanumeric(),
            _ => char.is_alphanumeric(),
        };
        if !harmless {
            return false;
        }
        before = char;
    }
    !matches!(before, ' ' | ':')
}

fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.len() <= LONGEST_WORD && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

// Numbers of any base, with underscores, exponents or minutes, dates and times: all start with a digit here, as signs
// and points do not start a plain scalar. Rather some strings too many than one too few.
fn may_be_number(text: &str) -> bool {
    let of_number = |byte: u8| {
        byte.is_ascii_hexdigit()
            || matches!(byte, b'x' | b'X' | b'o' | b'O' | b'_' | b'.' | b',' | b':' | b'+' | b'-' | b' ')
            || matches!(byte, b'T' | b't' | b'Z' | b'z')
    };
    text.starts_with(|char: char| char.is_ascii_digit()) && text.bytes().all(of_number)
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn what_any_reader_may_take_for_something_else_is_not_safe() {
        let nasty = "on yes n Y NO off True null ~ Null 1 1_000 1e3 0x1f 0o7 012 08 1:30 190:20:30 2027-01-01 \
                     2027-01-01T00:00:00Z .inf -.INF .nan +1 -1 .5 1. 1.5.2 0b11 = << - ? : --- ... & * ! | > ' \" % @ ` \
                     { } [ ] , # - a: [a] {a} a] a{b 1,000 12e03 a\u{85}b \u{feff}a a\tb a\u{7f}";
        for text in nasty.split(' ').chain(["", " ", " a", "a ", "a: b", "a #b", "- a", "? a", "a\nb", "a: "]) {
            assert!(!is_safe(text), "{text:?}");
        }
    }

    #[test]
    fn simple_is_what_it_says() {
        for byte in 0..=127 {
            let text = char::from(byte).to_string();
            let simple = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
            assert_eq!(super::is_simple(&text), simple, "{text:?}");
        }
        assert!(!super::is_simple("größe"));
    }

    #[test]
    fn what_people_write_plain_is_safe() {
        let usual = "web app.kubernetes.io/name networking.k8s.io/v1 10.0.0.0/8 2001:db8::/32 fd00::/8 1password 8080tcp \
                     https://example.com/a?b=c#d 12h shop/web.netpol:12 yesterday nope _a größe";
        for text in usual.split(' ').chain(["a -> b", "web, api", "don't (ever)"]) {
            assert!(is_safe(text), "{text:?}");
        }
    }
}
