//! `--explain halves`: each half of each rule, written or not, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Compiled;
use crate::emit::kubernetes;
use crate::ir::lower::{Half, Outcome};
use crate::ir::{Base, Isolated, Namespaces, PodSet, StatementId, Subject};
use crate::lift::words;
use crate::model::{Action, Direction, Selector};
use crate::opt;
use crate::source::Sources;

// More subjects than this are counted.
const MOST_SHOWN: usize = 6;

/// What became of the halves of each rule: its place and first line, and under it a line for each half.
#[must_use]
pub fn explain(compiled: &Compiled, sources: &Sources) -> String {
    let mut statements: BTreeMap<StatementId, Vec<&Half>> = BTreeMap::new();
    for half in &compiled.halves {
        statements.entry(half.statement).or_default().push(half);
    }
    let isolated = Isolated::new(&compiled.policy.network().isolations);
    let emptied = kubernetes::emptied(&compiled.policy);
    let mut text = String::new();
    for (id, halves) in statements {
        let Some(statement) = compiled.policy.statement(id) else { continue };
        let line = sources.snippet(statement.span).lines().next().unwrap_or("");
        text.push_str(&format!("{}: {line}\n", sources.file_line(statement.span)));
        for direction in [Direction::Egress, Direction::Ingress] {
            let of: Vec<&Half> = halves.iter().copied().filter(|half| half.direction == direction).collect();
            let is_left = !emptied.contains(&(id, direction));
            text.push_str(&format!("  {}\n", half(direction, &of, &isolated, is_left)));
        }
    }
    for span in &compiled.expired {
        let line = sources.snippet(*span).lines().next().unwrap_or("");
        text.push_str(&format!(
            "{}: {line}\n  neither half is written: the rule has expired\n",
            sources.file_line(*span)
        ));
    }
    text
}

// A statement in a block for several namespaces has a half in each; where one is written, it is told where.
fn half(direction: Direction, halves: &[&Half], isolated: &Isolated<'_>, is_left: bool) -> String {
    let (name, side) = match direction {
        Direction::Egress => ("egress at the source", "source"),
        Direction::Ingress => ("ingress at the destination", "destination"),
    };
    let subjects: BTreeSet<Subject> = halves.iter().flat_map(|half| acting(half, isolated)).collect();
    if !is_left {
        return format!("{name}: not written: a `deny` takes all of it away");
    }
    if !subjects.is_empty() {
        return format!("{name}: written for {}", list(&subjects));
    }
    let reasons: BTreeSet<String> = halves.iter().map(|half| reason(half.outcome, direction, side)).collect();
    format!("{name}: not written: {}", reasons.into_iter().collect::<Vec<_>>().join("; "))
}

// The pods at which a half is written: an allow only where something isolates.
fn acting(half: &Half, isolated: &Isolated<'_>) -> Vec<Subject> {
    let parts = |subject: &Subject| match half.action {
        Action::Allow => opt::where_isolated(half.direction, subject, isolated),
        Action::Deny => None,
    };
    let whole = |subject: &Subject| BTreeSet::from([subject.clone()]);
    half.subjects.iter().flat_map(|subject| parts(subject).unwrap_or_else(|| whole(subject))).collect()
}

fn reason(outcome: Outcome, direction: Direction, side: &str) -> String {
    match outcome {
        Outcome::Written => "it would match nothing".to_owned(),
        Outcome::OtherDirection => "the rule is about the other direction only".to_owned(),
        Outcome::NotOwned => format!("no pod of a namespace that the program declares is a {side}"),
        Outcome::NotIsolated => format!("no `isolate` closes {} there, so it changes nothing", direction.name()),
        Outcome::Empty => "one side of the rule is an empty set".to_owned(),
        Outcome::Redundant => "the other half stops the same flows".to_owned(),
    }
}

fn list(subjects: &BTreeSet<Subject>) -> String {
    let mut words: Vec<String> = subjects.iter().take(MOST_SHOWN).map(written).collect();
    if subjects.len() > MOST_SHOWN {
        words.push(format!("{} more", subjects.len() - MOST_SHOWN));
    }
    words.join(", ")
}

fn written(subject: &Subject) -> String {
    let namespaces = Namespaces::from(&subject.namespace);
    let home = match &namespaces {
        Namespaces::Current => Namespaces::Current,
        Namespaces::Matching(_) => Namespaces::Matching(Selector::all()),
    };
    words::peer(&Base::Pods(PodSet { namespaces, pods: subject.pods.clone() }).into(), &home).join(", ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::Session;
    use super::super::compile::{Settings, compile};
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut file = tempfile::NamedTempFile::with_suffix(".netpol").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let settings = Settings { namespace: None, include: Vec::new(), today: jiff::civil::date(2027, 1, 1) };
        let mut session = Session::new();
        let compiled = compile(&[file.path().to_owned()], &settings, None, &mut session).unwrap();
        let found = explain(&compiled, &session.sources);
        assert_eq!(found.replace(&file.path().display().to_string(), "FILE"), expected);
    }

    #[test]
    fn each_half_has_its_reason() {
        check(
            "namespace shop\nisolate ingress pods[app=api]\nallow pods -> pods[app=api]\nallow ingress pods -> dns\n",
            "FILE:3: allow pods -> pods[app=api]\n  \
             egress at the source: not written: no `isolate` closes egress there, so it changes nothing\n  \
             ingress at the destination: written for pods[app=api] in shop\n\
             FILE:4: allow ingress pods -> dns\n  \
             egress at the source: not written: the rule is about the other direction only\n  \
             ingress at the destination: not written: no pod of a namespace that the program declares is a \
             destination\n",
        );
    }

    #[test]
    fn an_expired_rule_and_the_isolated_part_are_told() {
        check(
            "namespace shop\nisolate egress pods[app=api]\nallow pods -> dns\n@expires(2026-01-01) allow pods -> 10.0.0.1\n",
            "FILE:3: allow pods -> dns\n  \
             egress at the source: written for pods[app=api] in shop\n  \
             ingress at the destination: not written: no pod of a namespace that the program declares is a \
             destination\n\
             FILE:4: allow pods -> 10.0.0.1\n  \
             neither half is written: the rule has expired\n",
        );
    }

    #[test]
    fn what_a_deny_takes_away_is_told() {
        check(
            "namespace shop\nisolate ingress pods\nallow pods -> pods[app=b] on tcp/80\ndeny any -> pods[app=b]\n",
            "FILE:3: allow pods -> pods[app=b] on tcp/80\n  \
             egress at the source: not written: no `isolate` closes egress there, so it changes nothing\n  \
             ingress at the destination: not written: a `deny` takes all of it away\n\
             FILE:4: deny any -> pods[app=b]\n  \
             egress at the source: not written: the other half stops the same flows\n  \
             ingress at the destination: written for pods[app=b] in shop\n",
        );
    }

    #[test]
    fn a_statement_of_several_namespaces_is_told_once() {
        check(
            "namespace a, b { isolate pods allow pods -> pods }\nnamespace c { deny any -> any isolate egress pods }\n",
            "FILE:1: allow pods -> pods\n  \
             egress at the source: written for pods in a, pods in b\n  \
             ingress at the destination: written for pods in a, pods in b\n\
             FILE:2: deny any -> any\n  \
             egress at the source: written for pods in a, pods in b, pods in c\n  \
             ingress at the destination: written for pods in a, pods in b, pods in c\n",
        );
    }
}
