//! What Kubernetes lets things be called (`k8s.io/apimachinery/pkg/util/validation`).
//!
//! Each function says yes, or what is wrong in words that can follow a colon.

/// Checks a label's key: a name of at most 63 characters, after a DNS subdomain and `/` if it has a prefix.
///
/// # Errors
///
/// What is wrong with it.
pub fn label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return Err("the prefix before `/` is empty".to_owned());
        }
        dns_subdomain(prefix).map_err(|why| format!("the prefix before `/` is not a DNS name: {why}"))?;
    }
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    at_most(name, 63)?;
    qualified(name)
}

/// Checks a label's value: empty, or at most 63 letters, digits, `-`, `_` and `.`, the first and last alphanumeric.
///
/// # Errors
///
/// What is wrong with it.
pub fn label_value(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Ok(());
    }
    at_most(value, 63)?;
    qualified(value)
}

/// Checks a DNS label (RFC 1123), such as a namespace's name.
///
/// # Errors
///
/// What is wrong with it.
pub fn dns_label(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("it is empty".to_owned());
    }
    at_most(name, 63)?;
    lowercase(name, "-")
}

/// Checks a DNS subdomain (RFC 1123), such as the name of most objects.
///
/// # Errors
///
/// What is wrong with it.
pub fn dns_subdomain(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("it is empty".to_owned());
    }
    at_most(name, 253)?;
    name.split('.').try_for_each(|part| match part {
        "" => Err("a `.` stands at an end or beside another".to_owned()),
        _ => lowercase(part, "-"),
    })
}

/// Checks a namespace's name.
///
/// # Errors
///
/// What is wrong with it.
pub fn namespace(name: &str) -> Result<(), String> {
    dns_label(name)
}

/// Checks a port's name (`IANA_SVC_NAME`): at most 15 lowercase letters, digits and single hyphens, with a letter.
///
/// # Errors
///
/// What is wrong with it.
pub fn port_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("it is empty".to_owned());
    }
    at_most(name, 15)?;
    lowercase(name, "-")?;
    if name.contains("--") {
        return Err("two hyphens stand beside each other".to_owned());
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err("it has no letter".to_owned());
    }
    Ok(())
}

fn at_most(text: &str, most: usize) -> Result<(), String> {
    match text.len() {
        length if length > most => Err(format!("it has {length} characters, {most} are allowed")),
        _ => Ok(()),
    }
}

fn qualified(text: &str) -> Result<(), String> {
    edges(text, |char| char.is_ascii_alphanumeric(), "a letter or digit")?;
    inside(text, |char| char.is_ascii_alphanumeric() || "-_.".contains(char))
}

fn lowercase(text: &str, marks: &str) -> Result<(), String> {
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    inside(text, |char| plain(char) || marks.contains(char))?;
    edges(text, plain, "a lowercase letter or digit")
}

fn inside(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    match text.chars().find(|char| !allowed(*char)) {
        Some(char) if char.is_ascii_uppercase() => Err(format!("`{char}` is uppercase")),
        Some(char) => Err(format!("`{char}` is not allowed")),
        None => Ok(()),
    }
}

fn edges(text: &str, allowed: impl Fn(char) -> bool, what: &str) -> Result<(), String> {
    let ends = [text.chars().next(), text.chars().next_back()];
    match ends.into_iter().flatten().all(allowed) {
        true => Ok(()),
        false => Err(format!("it must begin and end with {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_keys() {
        for good in ["app", "app.kubernetes.io/name", "A_b.c-d", "x/y"] {
            assert_eq!(label_key(good), Ok(()), "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "-a", "a-", "Ü", "UP/a", &"x".repeat(64)] {
            assert!(label_key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn label_values() {
        for good in ["", "a", "A.b_c-d", "0"] {
            assert_eq!(label_value(good), Ok(()), "{good}");
        }
        for bad in ["a b", ".a", "a/", &"x".repeat(64)] {
            assert!(label_value(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn port_names() {
        for good in ["http", "a", "p-8", "8p"] {
            assert_eq!(port_name(good), Ok(()), "{good}");
        }
        for bad in ["", "80", "a--b", "-a", "Http", "sixteen-letters-x"] {
            assert!(port_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dns_names() {
        assert!(dns_label("a.b").is_err() && dns_subdomain("a.b").is_ok() && dns_subdomain("a..b").is_err());
    }
}
