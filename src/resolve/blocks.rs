//! Which statement stands in which namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Surroundings;
use super::labels;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::names;
use crate::syntax::ast::{File, Namespace, Owned, Owners, Statement, StatementKind};

/// A statement, and the namespaces that it holds in.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    /// The statement; never a `namespace`.
    pub(super) statement: &'a Statement,
    /// The `namespace` around it.
    pub(super) block: Option<&'a Statement>,
    /// The names of that one's namespaces; empty outside any, and where none matches.
    pub(super) namespaces: Rc<Vec<String>>,
}

impl Placed<'_> {
    /// Whether it is an `isolate`.
    pub(super) fn isolates(&self) -> bool {
        matches!(self.statement.value.kind, StatementKind::Isolate(_))
    }
}

/// A file's statements in order, blocks opened.
pub(super) fn flatten<'a>(file: &'a File, around: Surroundings<'_>, diagnostics: &mut Diagnostics) -> Vec<Placed<'a>> {
    let outside: Rc<Vec<String>> = Rc::default();
    let mut rest: Option<(&'a Statement, Rc<Vec<String>>)> = None;
    let mut placed = Vec::new();
    for statement in &file.statements {
        let StatementKind::Namespace(namespace) = &statement.value.kind else {
            let (block, namespaces) = match &rest {
                Some((block, names)) => (Some(*block), names.clone()),
                None => (None, outside.clone()),
            };
            placed.push(Placed { statement, block, namespaces });
            continue;
        };
        if let Some((before, names)) = &rest {
            within(statement, Some(*before), names, &mut placed, diagnostics);
            continue;
        }
        if namespace.owners == Owners::Unread {
            within(statement, None, &outside, &mut placed, diagnostics);
            continue;
        }
        let names = Rc::new(declared(namespace, around, diagnostics));
        match &namespace.block {
            None => rest = Some((statement, names)),
            Some(inner) => {
                inner.iter().for_each(|inner| within(inner, Some(statement), &names, &mut placed, diagnostics));
            }
        }
    }
    placed
}

// Places a statement that stands in the block of another, or in one without a head of its own.
fn within<'a>(
    statement: &'a Statement,
    outer: Option<&'a Statement>,
    names: &Rc<Vec<String>>,
    placed: &mut Vec<Placed<'a>>,
    diagnostics: &mut Diagnostics,
) {
    match (&statement.value.kind, outer) {
        // What has no head is read as a part of what is around it.
        (StatementKind::Namespace(Namespace { owners: Owners::Unread, block: Some(inner) }), _) => {
            inner.iter().for_each(|inner| within(inner, outer, names, placed, diagnostics));
        }
        (StatementKind::Namespace(_), Some(outer)) => nested(statement, outer, diagnostics),
        _ => placed.push(Placed { statement, block: outer, namespaces: names.clone() }),
    }
}

fn nested(inner: &Statement, outer: &Statement, diagnostics: &mut Diagnostics) {
    let diagnostic =
        Diagnostic::new(Code::NestedNamespace, "`namespace` blocks do not nest", inner.span, "inside another")
            .with_label(outer.span.head(), "this one holds up to its `}`, or to the end of the file")
            .with_help("give each namespace a block of its own: `namespace shop { … }`");
    diagnostics.push(diagnostic);
}

// Reports namespaces that one list names again: another was meant, or the two labels of one contradict each other.
fn twice(list: &[Owned], diagnostics: &mut Diagnostics) {
    let mut seen = BTreeMap::new();
    for owned in list {
        let name = &owned.name;
        if let Some(first) = seen.get(name.value.as_str()) {
            let message = format!("namespace `{}` stands twice in this list", name.value);
            let diagnostic = Diagnostic::new(Code::NamespaceTwice, message, name.span, "again")
                .with_label(*first, "first")
                .with_help("remove one of them, or name the namespace that was meant");
            diagnostics.push(diagnostic);
        } else {
            seen.insert(name.value.as_str(), name.span);
        }
    }
}

/// The namespaces that a `namespace` statement declares.
pub(super) fn declared(namespace: &Namespace, around: Surroundings<'_>, diagnostics: &mut Diagnostics) -> Vec<String> {
    match &namespace.owners {
        Owners::Unread => Vec::new(),
        Owners::Named(owned) => {
            twice(owned, diagnostics);
            for owned in owned {
                if let Err(why) = names::namespace(&owned.name.value) {
                    let message = format!("`{}` cannot be a namespace's name: {why}", owned.name.value);
                    let diagnostic =
                        Diagnostic::new(Code::NamespaceName, message, owned.name.span, "not a namespace name");
                    diagnostics.push(diagnostic);
                }
            }
            let mut seen = BTreeSet::new();
            owned.iter().map(|owned| owned.name.value.clone()).filter(|name| seen.insert(name.clone())).collect()
        }
        Owners::Matching(written) => {
            let selector = labels::selector(Some(written), diagnostics);
            let Some(cluster) = around.cluster else {
                let message = "namespaces by label need `--cluster`, which says which there are";
                diagnostics.push(Diagnostic::new(
                    Code::NeedsCluster,
                    message,
                    written.span,
                    "not known without a cluster",
                ));
                return Vec::new();
            };
            let matching: Vec<String> = cluster
                .namespaces
                .iter()
                .filter(|(_, of)| selector.matches(of))
                .map(|(name, _)| name.clone())
                .collect();
            if matching.is_empty() {
                let message = "no namespace of the cluster has these labels";
                diagnostics.push(Diagnostic::new(Code::SelectsNothing, message, written.span, "matches nothing"));
            }
            matching
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Namespace;
    use crate::resolve::testing::{check, check_files, run};

    // Where the pods that a program isolates are.
    fn isolated(text: &str, current: Option<&str>) -> Vec<String> {
        let program = run(&[("test.netpol", text)], None, current).program.unwrap();
        let subjects = program.isolates.iter().flat_map(|isolate| &isolate.subjects);
        let name = |namespace: &Namespace| match namespace {
            Namespace::Current => "(current)".to_owned(),
            Namespace::Named(name) => name.to_string(),
        };
        subjects.map(|subject| name(&subject.namespace)).collect()
    }

    #[test]
    fn a_statement_holds_in_the_namespaces_around_it() {
        assert_eq!(isolated("isolate pods", None), ["(current)"]);
        assert_eq!(isolated("isolate pods", Some("shop")), ["shop"]);
        assert_eq!(isolated("namespace shop isolate pods", None), ["shop"]);
        assert_eq!(isolated("namespace a, b { isolate pods } namespace c { isolate pods }", None), ["a", "b", "c"]);
        assert_eq!(isolated("namespace a { isolate pods in * } namespace b { }", None), ["a", "b"]);
    }

    #[test]
    fn a_name_means_the_namespace_of_its_use_or_of_its_block() {
        assert_eq!(
            isolated("let w = pods[a=b]\nnamespace x { isolate w } namespace y { isolate w }", None),
            ["x", "y"]
        );
        assert_eq!(isolated("namespace x { let w = pods[a=b] } namespace y { isolate x.w }", None), ["x"]);
    }

    #[test]
    fn blocks_do_not_nest() {
        check("namespace a { namespace b { isolate pods } }", &["E0209 |namespace b { isolate pods }| give each"]);
        check("namespace a isolate pods\nnamespace b isolate pods", &["E0209 |namespace b|"]);
        check("namespace a isolate pods\nnamespace b { isolate pods }", &["E0209 |namespace b { isolate pods }|"]);
    }

    #[test]
    fn namespaces_have_names_of_kubernetes() {
        check("namespace Shop isolate pods", &["E0210 |Shop|"]);
        check("namespace shop isolate pods in (shop, Bank)", &["E0210 |Bank|"]);
    }

    #[test]
    fn a_wrong_name_of_a_namespace_is_told_once() {
        check("namespace core.x { isolate pods allow pods in namespaces[team=a] -> pods }", &["E0210 |core.x|"]);
        let names = "namespace sho_p { let web = pods isolate web } namespace shop { isolate pods }";
        let with = |text: &str, expected: &[&str]| check(&format!("{names} {text}"), expected);
        with("namespace bank { isolate pods allow shop.web, sho_p.web -> pods }", &["E0210 |sho_p|"]);
        with("namespace bank { isolate pods allow shop.db -> pods }", &["E0210 |sho_p|", "E0204 |shop.db|"]);
        let bank = "namespace bank { let db = pods isolate db } namespace Bank { allow db, nobody -> 10.0.0.1 }";
        check(bank, &["E0210 |Bank|", "E0204 |nobody|"]);
        let files = [("a.netpol", "use shop.web from \"b.netpol\"\nisolate web"), ("b.netpol", names)];
        check_files(&files, &["E0210 |sho_p|"]);
    }
}
