//! What a word without quotes stands for, to kubectl and the API server.
//!
//! Both read YAML with Go's yaml.v2, whose words are those of YAML 1.1 less the minutes (`1:30`) and the dates.

use super::node::Kind;

/// The value of a plain word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number from the least `i64` to the greatest `u64`.
    Int(i128),
    /// Any other finite number.
    Float(f64),
    /// An infinity, or what is no number: JSON has neither.
    NotFinite,
    /// None of the others.
    Text,
}

/// What `word`, without quotes, stands for.
pub(super) fn plain(word: &str) -> Plain {
    match word.as_bytes().first() {
        None => Plain::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') if is_not_finite(word) => Plain::NotFinite,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(word).unwrap_or(Plain::Text),
        Some(_) => match word {
            "~" | "null" | "Null" | "NULL" => Plain::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
            _ => Plain::Text,
        },
    }
}

/// The same as a part of a tree; none where it is not finite.
pub(super) fn resolve(word: &str) -> Option<Kind> {
    match plain(word) {
        Plain::Null => Some(Kind::Null),
        Plain::Bool(value) => Some(Kind::Bool(value)),
        Plain::Int(number) => Some(Kind::Int(number)),
        Plain::Float(number) => Some(Kind::Float(number)),
        Plain::NotFinite => None,
        Plain::Text => Some(Kind::String(word.to_owned())),
    }
}

fn is_not_finite(word: &str) -> bool {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(word, ".nan" | ".NaN" | ".NAN")
}

fn number(word: &str) -> Option<Plain> {
    if word.starts_with('.') {
        return float(word);
    }
    let word = word.replace('_', "");
    whole(&word).or_else(|| float(&word))
}

fn whole(word: &str) -> Option<Plain> {
    let (negative, unsigned) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, unsigned.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, unsigned.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, unsigned.get(2..)?),
        [b'0', _, ..] => (8, unsigned.get(1..)?),
        _ => (10, unsigned),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let size = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -size } else { size };
    // A sign makes it signed, also a plus.
    let max = if word.starts_with('+') { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    (i128::from(i64::MIN)..=max).contains(&number).then_some(Plain::Int(number))
}

// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(word: &str) -> Option<Plain> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (before, after) = mantissa.split_once('.').map_or((mantissa, None), |(b, a)| (b, Some(a)));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_well = are_digits(before)
        && are_digits(after.unwrap_or(""))
        && (!before.is_empty() || after.is_some_and(|after| !after.is_empty()));
    let exponent_is_well = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    if !mantissa_is_well || !exponent_is_well {
        return None;
    }
    // Whatever is too large for a float stays a string.
    word.parse().ok().filter(|number: &f64| number.is_finite()).map(Plain::Float)
}

/// A key as JSON has it; none for null, a list or a mapping, and for numbers that Go would write with an exponent.
pub(super) fn key(kind: Kind) -> Option<String> {
    match kind {
        Kind::String(text) => Some(text),
        Kind::Bool(value) => Some(value.to_string()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Float(number) => {
            let usual = number == 0.0 || (1e-4..1e6).contains(&number.abs());
            #[allow(clippy::cast_possible_truncation, reason = "Go writes keys with the digits of a 32-bit float")]
            usual.then(|| (number as f32).to_string())
        }
        Kind::Null | Kind::Seq(_) | Kind::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, key, resolve};

    #[test]
    fn words_are_what_kubectl_reads() {
        for (kind, words) in [
            (Kind::Bool(true), "y Y yes on On TRUE true"),
            (Kind::Bool(false), "n N no off OFF False"),
            (Kind::Null, "~ null NULL Null"),
            (Kind::Int(8), "8 +8 010 0o10 0O10 0x8 0X8 0b1000 0B1000 0_10 8_ 0x_8"),
            (Kind::Int(-3), "-3 -0b11 -0x3 -03"),
            (Kind::Int(u64::MAX.into()), "18446744073709551615"),
            (Kind::Float(8.0), "08 8.0 8. 8e0 .8e1 80E-1"),
            (Kind::Float(-0.5), "-.5 -0.5 -5e-1"),
        ] {
            for word in words.split(' ') {
                assert_eq!(resolve(word), Some(kind.clone()), "{word}");
            }
        }
        for word in
            "1:30 2027-01-01 = _1 _ 1e .e3 1.5.2 1e400 .inf5 0b2 10.0.0.0/8 0x +-1 yEs - -- + . nan inf 0x-1".split(' ')
        {
            assert_eq!(resolve(word), Some(Kind::String(word.to_owned())), "{word}");
        }
        for word in ".inf -.Inf +.INF .nan".split(' ') {
            assert_eq!(resolve(word), None, "{word}");
        }
    }

    #[test]
    fn keys_are_strings() {
        for (word, expected) in [("on", "true"), ("0x10", "16"), ("1.5", "1.5"), ("app", "app")] {
            assert_eq!(resolve(word).and_then(key).as_deref(), Some(expected));
        }
        assert_eq!(key(Kind::Null), None);
        assert_eq!(key(Kind::Float(1e7)), None);
    }
}
