//! `@name(…)`: what each annotation means, and where it may stand.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::program::{Expiry, Meta};
use super::suggest;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::names;
use crate::span::Span;
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
            [value] => with_value(annotation, value, kind, meta, diagnostics),
            _ => diagnostics.push(values(annotation, annotation.span, "takes one value, as in `@owner(\"payments\")`")),
        },
    }
}

fn with_value(annotation: &Annotation, value: &Text, kind: Kind, meta: &mut Meta, diagnostics: &mut Diagnostics) {
    let text = value.value.clone();
    match annotation.value.name.value.as_str() {
        "name" => match names::dns_subdomain(&text).and_then(|()| short(&text)) {
            Ok(()) => meta.object = Some(text.into()),
            Err(why) => {
                let message = format!("`{text}` cannot be an object's name: {why}");
                diagnostics.push(Diagnostic::new(Code::ObjectName, message, value.span, "not an object name"));
            }
        },
        "owner" => meta.owner = Some(text),
        "ticket" => meta.ticket = Some(text),
        _ => match text.parse::<Date>() {
            Ok(date) if text.len() == 10 => {
                let is_of_namespace = kind == Kind::Namespace;
                meta.expires = Some(Expiry { date, span: annotation.span, is_of_namespace });
            }
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
    let Some(Expiry { date, span, is_of_namespace }) = meta.expires else { return false };
    let is_past = date <= today;
    let is_soon = !is_past && today.checked_add(30.days()).is_ok_and(|soon| date <= soon);
    let (message, help) = match (is_past, is_of_namespace) {
        (true, false) => (format!("this rule expired on {date} and is not written"), "remove the rule"),
        (true, true) => {
            (format!("the `allow` rules of this namespace expired on {date} and are not written"), "remove them")
        }
        (false, false) => (format!("this rule expires on {date}"), "plan what comes after it"),
        (false, true) => {
            (format!("the `allow` rules of this namespace expire on {date}"), "plan what comes after them")
        }
    };
    let help = format!("{help}, or set a later date");
    if is_past {
        diagnostics.push(Diagnostic::new(Code::Expired, message, span, "past").with_help(help));
    } else if is_soon {
        diagnostics.push(Diagnostic::new(Code::ExpiresSoon, message, span, "in 30 days or less").with_help(help));
    }
    is_past
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::{check, run};

    #[test]
    fn annotations_are_known_and_in_their_place() {
        check("isolate pods\n@name(\"web\") @owner(\"a\") @ticket(\"T-1\") @log @audit allow any -> pods", &[]);
        check(
            "isolate pods\n@expire(2099-01-01) allow any -> pods",
            &["E0405 |@expire(2099-01-01)| did you mean `@expires`?"],
        );
        check("isolate pods\n@colour(red) allow any -> pods", &["E0405 |@colour(red)| there are `@name`"]);
        check("@expires(2099-01-01) isolate pods", &["E0406 |@expires(2099-01-01)|"]);
        check("@owner(a) let web = pods\nisolate web", &["E0406 |@owner(a)|"]);
        check("@name(a) namespace shop isolate pods", &["E0406 |@name(a)|"]);
        check("@owner(a) @owner(b) isolate pods", &["E0407 |@owner(b)|"]);
    }

    #[test]
    fn values_are_what_the_annotation_takes() {
        check("@owner isolate pods", &["E0408 |@owner|"]);
        check("@owner(a, b) isolate pods", &["E0408 |@owner(a, b)|"]);
        check("@log(yes) isolate pods", &["E0408 |yes|"]);
        check("@name(\"Web API\") isolate pods", &["E0309 |\"Web API\"|"]);
        check("isolate pods\n@expires(2099-02-30) allow any -> pods", &["E0408 |2099-02-30| write the year"]);
        check("isolate pods\n@expires(20990101) allow any -> pods", &["E0408 |20990101|"]);
    }

    // Today is 2027-01-01.
    #[test]
    fn dates_are_judged_by_the_day() {
        let expires = |date: &str, expected: &[&str]| {
            check(&format!("isolate pods\n@expires({date}) allow any -> pods"), expected);
        };
        expires("2027-01-01", &["W0402 |@expires(2027-01-01)|"]);
        expires("2027-01-02", &["W0403 |@expires(2027-01-02)|"]);
        expires("2027-01-31", &["W0403"]);
        expires("2027-02-01", &[]);
    }

    #[test]
    fn a_comment_above_a_namespace_is_not_one_of_its_statements() {
        let text = "## all of it\nnamespace shop\nisolate pods\n## the front\nallow any -> pods\ndeny 1.1.1.1 -> pods";
        let program = run(&[("test.netpol", text)], None, None).program.unwrap();
        let docs = program.isolates.iter().map(|isolate| &isolate.meta);
        let docs: Vec<_> =
            docs.chain(program.rules.iter().map(|rule| &rule.meta)).map(|meta| meta.doc.as_deref()).collect();
        assert_eq!(docs, [None, Some("the front"), None]);
    }

    #[test]
    fn a_date_of_a_namespace_is_that_of_all_its_allows() {
        let found = |date: &str| {
            let text =
                format!("@expires({date}) namespace shop isolate pods allow any -> pods[a=b] allow any -> pods[a=c]");
            let found = run(&[("test.netpol", &text)], None, None).found.into_sorted();
            found.into_iter().map(|of| (of.code.id(), of.message, of.help.join("; "))).collect::<Vec<_>>()
        };
        let once = |date: &str, code: &'static str, message: &str, help: &str| {
            assert_eq!(found(date), [(code, message.to_owned(), help.to_owned())]);
        };
        let past = "the `allow` rules of this namespace expired on 2026-12-31 and are not written";
        once("2026-12-31", "W0402", past, "remove them, or set a later date");
        let soon = "the `allow` rules of this namespace expire on 2027-01-02";
        once("2027-01-02", "W0403", soon, "plan what comes after them, or set a later date");
        let own = "@expires(2099-01-01) namespace shop isolate pods @expires(2026-12-31) allow any -> pods";
        check(own, &["W0402 |@expires(2026-12-31)| remove the rule"]);
    }

    #[test]
    fn what_a_namespace_has_its_statements_have() {
        let text = "@owner(retail) @expires(2099-01-01) namespace shop { isolate pods @owner(web) allow any -> pods }";
        let program = run(&[("test.netpol", text)], None, None).program.unwrap();
        assert_eq!(program.isolates[0].meta.owner.as_deref(), Some("retail"));
        assert!(program.isolates[0].meta.expires.is_none());
        assert_eq!(program.rules[0].meta.owner.as_deref(), Some("web"));
        assert!(program.rules[0].meta.expires.is_some());
    }
}
