//! What a plain word of YAML stands for, as kubectl's reader (YAML 1.1) sees it.

/// The value of a plain word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// None of the others.
    Text,
}

pub(super) fn plain(word: &str) -> Plain {
    match word.as_bytes().first() {
        None => Plain::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(word).unwrap_or(Plain::Text),
        Some(_) => match word {
            "~" | "null" | "Null" | "NULL" => Plain::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
            _ => Plain::Text,
        },
    }
}

fn number(word: &str) -> Option<Plain> {
    let digits = word.replace('_', "");
    let unsigned = digits.strip_prefix('+').unwrap_or(&digits);
    let radix = match unsigned.as_bytes() {
        [b'0', b'x', ..] => Some((16, unsigned.get(2..)?)),
        [b'0', b'b', ..] => Some((2, unsigned.get(2..)?)),
        [b'0', b'o', ..] => Some((8, unsigned.get(2..)?)),
        [b'0', b'0'..=b'7', ..] => Some((8, unsigned.get(1..)?)),
        _ => None,
    };
    if let Some((radix, digits)) = radix {
        return u64::from_str_radix(digits, radix).ok().map(Plain::Unsigned);
    }
    if let Ok(value) = unsigned.parse() {
        return Some(Plain::Unsigned(value));
    }
    match digits.parse() {
        Ok(value) => Some(Plain::Signed(value)),
        Err(_) => float(&digits),
    }
}

fn float(digits: &str) -> Option<Plain> {
    let special = match digits.trim_start_matches(['+', '-']) {
        ".inf" | ".Inf" | ".INF" => Some(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        _ => None,
    };
    let plain = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    special.or_else(|| digits.parse().ok().filter(|_| plain)).map(Plain::Float)
}
