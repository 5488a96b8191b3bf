//! Gives names to what recurs.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::statement::{Line, Term};
use crate::resolve::PRELUDE_NAMES;

// A name longer than this says no more than what it stands for.
const LONGEST: usize = 40;

/// Names given so far, each with the number that the next name like it gets: thousands may be alike.
pub(super) type Taken = BTreeMap<String, usize>;

/// Replaces endpoints and lists of ports that several statements share by names; returns the `let`s of those, and the
/// names. None of them hides one of those `around`.
pub(super) fn name<'a>(lines: impl Iterator<Item = &'a mut Line>, around: &Taken) -> (String, Taken) {
    let mut lines: Vec<&mut Line> = lines.collect();
    let mut uses: BTreeMap<String, (usize, Term)> = BTreeMap::new();
    let mut order = Vec::new();
    for line in &lines {
        for term in line.left.iter().chain(&line.right).chain(&line.ports).filter(|term| is_long(term)) {
            let entry = uses.entry(term.text.clone()).or_insert_with(|| {
                order.push(term.text.clone());
                (0, term.clone())
            });
            entry.0 += 1;
        }
    }
    let mut taken = Taken::new();
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    let mut lets = String::new();
    for text in order {
        if let Some((2.., term)) = uses.get(&text) {
            let name = unique(&term.hint, &mut taken, around);
            // Writing to a string does not fail.
            let _ = writeln!(lets, "let {name} = {text}");
            given.insert(text, name);
        }
    }
    for line in &mut lines {
        for term in line.left.iter_mut().chain(&mut line.right).chain(&mut line.ports) {
            if let Some(name) = given.get(&term.text) {
                term.text.clone_from(name);
            }
        }
    }
    if !lets.is_empty() {
        lets.push('\n');
    }
    (lets, taken)
}

// A name for `any`, `pods` or `tcp/80` would hide more than it tells.
fn is_long(term: &Term) -> bool {
    term.text.contains(['[', ',', ' ']) || term.text.contains(['.', ':'])
}

/// A name made of the values that an endpoint's text holds: `pods[app=web] in shop` is `shop-web`.
///
/// What is all of a family but some is `outside`: nobody would spell out what is left out.
pub(super) fn of_text(text: &str) -> String {
    match text.split_once(" except ") {
        Some(("0.0.0.0/0" | "::/0", _)) => return "outside".to_owned(),
        Some((within, _)) if !text.contains('[') => return of_text(within),
        _ if text == "0.0.0.0/0" => return "ipv4".to_owned(),
        _ if text == "::/0" => return "ipv6".to_owned(),
        _ if text == "pods in *" => return "all-pods".to_owned(),
        _ => {}
    }
    // The labels may hold an `in` too, so the place is looked for behind them.
    let behind = text.rfind(']').or_else(|| text.find(" in ")).unwrap_or(text.len());
    let (what, place) = text.split_at_checked(behind).unwrap_or((text, ""));
    let (what, place) = (format!("{what}]"), place.trim_start_matches(']').trim_start_matches(" in "));
    let kind = if text.starts_with("pods") { "pods" } else { "net" };
    let values = format!("{} {}", values(place), values(what.trim_start_matches("pods")));
    let name = words(&values);
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && kind == "pods" => name,
        Some(_) => format!("{kind}-{name}"),
        None => kind.to_owned(),
    }
}

/// A name for a list of ports: `tcp/80, tcp/443` is `ports-80-443`.
pub(super) fn of_ports(list: &[String]) -> String {
    let numbers: Vec<_> =
        list.iter().map(|port| port.split_once('/').map_or(port.as_str(), |(_, rest)| rest)).collect();
    format!("ports-{}", words(&numbers.join(" ")))
}

// The values of a selector's text, without its keys; of another text, all of it.
fn values(text: &str) -> String {
    let inside = text.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']')).map(|(inside, _)| inside);
    let Some(inside) = inside else { return text.to_owned() };
    let parts = inside.split(", ").map(|part| match part.split_once('=') {
        Some((key, value)) if !key.ends_with('!') => value.to_owned(),
        _ => part.rsplit_once('/').map_or(part, |(_, rest)| rest).replace("!=", " not "),
    });
    parts.collect::<Vec<_>>().join(" ")
}

// Lowercase words joined by single hyphens.
fn words(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        if !name.is_empty() && name.len() + word.len() > LONGEST {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(word);
    }
    name
}

fn unique(hint: &str, taken: &mut Taken, around: &Taken) -> String {
    // A name of the prelude would be hidden by one that stands for something else.
    let is_taken = crate::syntax::is_reserved(hint) || PRELUDE_NAMES.contains(&hint);
    let hint = match hint {
        // Those labelled so.
        "pods" => "called-pods".to_owned(),
        _ if is_taken => format!("{hint}-pods"),
        _ => hint.to_owned(),
    };
    let mut number = taken.get(&hint).or_else(|| around.get(&hint)).copied().unwrap_or(1);
    let name = loop {
        let name = if number == 1 { hint.clone() } else { format!("{hint}-{number}") };
        number += 1;
        if !taken.contains_key(&name) && !around.contains_key(&name) {
            break name;
        }
    };
    taken.insert(hint, number);
    taken.entry(name.clone()).or_insert(2);
    name
}
