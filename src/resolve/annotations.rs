//! `@name(…)`: what each annotation means, and where it may stand.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::program::Meta;
use super::suggest;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::names;
use crate::span::{Span, Spanned};
use crate::syntax::ast::{Annotation, Text};

/// The annotations that there are.
const NAMES: &[&str] = &["name", "owner", "ticket", "expires", "log", "audit"];

/// What a statement is, as far as annotations care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Namespace,
    Isolate,
    Allow,
    Deny,
    // `use`, `let`, `test` and others.
    Other(&'static str),
}

/// Reads a statement's annotations on top of those of the namespace around it.
pub(super) fn read(
    annotations: &[Annotation],
    around: Option<&Meta>,
    kind: Kind,
    (span, doc): (Span, &[Text]),
    diagnostics: &mut Diagnostics,
) -> Meta {
    let text = doc.iter().map(|line| line.value.as_str()).collect::<Vec<_>>().join("\n");
    let doc = (!doc.is_empty()).then_some(text);
    let none = Meta { span, doc: None, object: None, owner: None, ticket: None, expires: None, log: None, audit: None };
    let mut meta = Meta { span, doc, ..around.cloned().unwrap_or(none) };
    // What holds for a namespace holds for the statements in it that can have it.
    if !matches!(kind, Kind::Allow | Kind::Namespace) {
        meta.expires = None;
    }
    let mut seen = BTreeSet::new();
    for annotation in annotations {
        let name = annotation.value.name.value.as_str();
        if !seen.insert(name) {
            let message = format!("`@{name}` stands twice before one statement");
            diagnostics.push(Diagnostic::new(Code::AnnotationTwice, message, annotation.span, "said before"));
        }
        one(annotation, kind, &mut meta, diagnostics);
    }
    meta
}

fn one(annotation: &Annotation, kind: Kind, meta: &mut Meta, diagnostics: &mut Diagnostics) {
    let name = &annotation.value.name;
    if !NAMES.contains(&name.value.as_str()) {
        let message = format!("there is no annotation `@{}`", name.value);
        let help = suggest::nearest(&name.value, NAMES.iter().copied()).map(|near| format!("did you mean `@{near}`?"));
        let all = NAMES.iter().map(|name| format!("`@{name}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = Diagnostic::new(Code::UnknownAnnotation, message, annotation.span, "not known");
        diagnostics.push(diagnostic.with_help(help.unwrap_or_else(|| format!("there are {all}"))));
        return;
    }
    if let Some(why) = misplaced(&name.value, kind) {
        let message = format!("`@{}` cannot stand before {why}", name.value);
        diagnostics.push(Diagnostic::new(Code::MisplacedAnnotation, message, annotation.span, "not here"));
        return;
    }
    match name.value.as_str() {
        "log" | "audit" => {
            if let Some(value) = annotation.value.values.first() {
                diagnostics.push(values(annotation, value.span, "takes no value"));
            }
            let slot = if name.value == "log" { &mut meta.log } else { &mut meta.audit };
            *slot = Some(annotation.span);
        }
        _ => match annotation.value.values.as_slice() {
            [value] => with_value(annotation, value, meta, diagnostics),
            _ => diagnostics.push(values(annotation, annotation.span, "takes one value, as in `@owner(\"payments\")`")),
        },
    }
}

fn with_value(annotation: &Annotation, value: &Text, meta: &mut Meta, diagnostics: &mut Diagnostics) {
    let text = value.value.clone();
    match annotation.value.name.value.as_str() {
        "name" => match names::dns_subdomain(&text).and_then(|()| short(&text)) {
            Ok(()) => meta.object = Some(text),
            Err(why) => {
                let message = format!("`{text}` cannot be an object's name: {why}");
                diagnostics.push(Diagnostic::new(Code::ObjectName, message, value.span, "not an object name"));
            }
        },
        "owner" => meta.owner = Some(text),
        "ticket" => meta.ticket = Some(text),
        _ => match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => meta.expires = Some(Spanned::new(date, annotation.span)),
            _ => {
                let message = format!("`{text}` is not a date");
                let diagnostic = Diagnostic::new(Code::AnnotationValue, message, value.span, "not a date");
                diagnostics.push(diagnostic.with_help("write the year, month and day: `@expires(2027-03-31)`"));
            }
        },
    }
}

fn short(name: &str) -> Result<(), String> {
    if name.len() <= 63 { Ok(()) } else { Err("it is longer than 63 characters".to_owned()) }
}

fn values(annotation: &Annotation, span: Span, what: &str) -> Diagnostic {
    let message = format!("`@{}` {what}", annotation.value.name.value);
    Diagnostic::new(Code::AnnotationValue, message, span, "not as it should be")
}

// Why an annotation cannot stand before a statement of a kind.
fn misplaced(name: &str, kind: Kind) -> Option<&'static str> {
    match (name, kind) {
        (_, Kind::Other(what)) => Some(what),
        ("expires", Kind::Isolate) => Some("`isolate`: only what an `allow` opens can expire"),
        ("expires", Kind::Deny) => Some("`deny`: only what an `allow` opens can expire"),
        ("name", Kind::Namespace) => Some("`namespace`: its statements would all go into one object"),
        _ => None,
    }
}

/// Whether a rule is past its date, with what there is to say of dates that are near.
pub(super) fn expired(meta: &Meta, today: Date, diagnostics: &mut Diagnostics) -> bool {
    let Some(expires) = &meta.expires else { return false };
    let date = expires.value;
    if date <= today {
        let message = format!("this rule expired on {date} and is not written");
        let diagnostic = Diagnostic::new(Code::Expired, message, expires.span, "past");
        diagnostics.push(diagnostic.with_help("remove the rule, or set a later date"));
        return true;
    }
    if today.checked_add(30.days()).is_ok_and(|soon| date <= soon) {
        let message = format!("this rule expires on {date}");
        let diagnostic = Diagnostic::new(Code::ExpiresSoon, message, expires.span, "in 30 days or less");
        diagnostics.push(diagnostic.with_help("plan what comes after it, or set a later date"));
    }
    false
}
