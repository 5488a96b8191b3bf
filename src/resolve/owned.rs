//! The namespaces that a program owns, and what is known of their labels.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;

use super::Surroundings;
use super::blocks::Placed;
use super::labels;
use crate::cluster::Cluster;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Condition, Labels, METADATA_NAME, Selector, names};
use crate::span::Span;
use crate::syntax::ast::{self, Owners, Statement, StatementKind};

/// The owned namespaces by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned {
    named: BTreeMap<String, Facts>,
    // Whether statements stand outside any `namespace`, with no name for the current one.
    current: bool,
    stated: Stated,
    // What selectors select: the same few stand in many rules.
    judged: HashMap<Selector, Among>,
}

#[derive(Clone, Debug, Default)]
struct Facts {
    labels: Labels,
    // Whether the cluster said all there is.
    complete: bool,
}

/// The namespaces that a selector selects, or may select, by name.
pub(super) type Among = Rc<[(Arc<str>, Judgement)]>;

/// Whether a namespace is selected that is not known to be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    Selected,
    /// It depends on a label of this key, of which nothing is known.
    Unknown(String),
}

/// Collects the `namespace` statements of the program's own files, and the current namespace where it is spoken for.
pub(super) fn collect(
    statements: &[&Statement],
    placed: &[&Placed<'_>],
    around: Surroundings<'_>,
    diagnostics: &mut Diagnostics,
) -> Owned {
    let mut owned = Owned::default();
    for statement in statements {
        let StatementKind::Namespace(namespace) = &statement.value.kind else { continue };
        if let Owners::Named(list) = &namespace.owners {
            for one in list {
                let labels = labels::facts(one.facts.as_ref(), diagnostics);
                owned.stated.state(one, &labels, diagnostics);
                unlike_the_cluster(one, &labels, around, "the cluster's labels are used", diagnostics);
                owned.add(&one.name.value, labels, around);
            }
        }
    }
    for placed in placed {
        placed.namespaces.iter().for_each(|name| owned.add(name, Labels::new(), around));
        let acts = matches!(placed.statement.value.kind, StatementKind::Rule(_) | StatementKind::Isolate(_));
        match around.namespace {
            _ if placed.block.is_some() || !acts => {}
            Some(name) => owned.add(name, Labels::new(), around),
            None => owned.current = true,
        }
    }
    owned
}

/// Adds to a cluster what a program states of the labels of namespaces that no object tells of.
///
/// So every stage that is given the cluster afterwards knows of the same labels, for subjects and for peers alike.
pub(super) fn state(statements: &[&Statement], cluster: &mut Cluster) {
    for statement in statements {
        let StatementKind::Namespace(namespace) = &statement.value.kind else { continue };
        let Owners::Named(list) = &namespace.owners else { continue };
        for one in list {
            // What is wrong with them is reported where they are collected.
            cluster.state(&one.name.value, labels::facts(one.facts.as_ref(), &mut Diagnostics::new()));
        }
    }
}

/// What the places of a program, or of a test, state of namespaces: one value for each key of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated(BTreeMap<(String, String), (String, Span)>);

impl Stated {
    /// Takes what one place states, and reports where that contradicts an earlier one, or the namespace's name.
    pub(super) fn state(&mut self, place: &ast::Owned, labels: &Labels, diagnostics: &mut Diagnostics) {
        let name = &place.name.value;
        for (key, value) in labels {
            let span = fact_span(place, key);
            if key == METADATA_NAME && value != name {
                diagnostics.push(two_values(name, key, span, value).with_help("this label is always the name"));
                continue;
            }
            let id = (name.clone(), key.clone());
            let (before, at) = self.0.entry(id).or_insert_with(|| (value.clone(), span));
            if before != value {
                diagnostics.push(two_values(name, key, span, value).with_label(*at, format!("`{before}` here")));
            }
        }
    }
}

fn two_values(namespace: &str, key: &str, span: Span, value: &str) -> Diagnostic {
    let message = format!("label `{key}` of namespace `{namespace}` is stated with two values");
    Diagnostic::new(Code::LabelTwice, message, span, format!("`{value}` here"))
}

// Where a place states a label; what it states twice, it states last.
fn fact_span(place: &ast::Owned, key: &str) -> Span {
    let facts = place.facts.iter().flat_map(|facts| &facts.value);
    facts.rev().find(|(name, _)| name.value == key).map_or(place.name.span, |(name, text)| name.span.to(text.span))
}

// Reports labels that the cluster's namespace has otherwise, or not at all. `used` says what counts then.
fn unlike_the_cluster(
    place: &ast::Owned,
    labels: &Labels,
    around: Surroundings<'_>,
    used: &str,
    diagnostics: &mut Diagnostics,
) {
    let name = &place.name.value;
    let Some(known) = around.cluster.and_then(|cluster| cluster.labels_of(name)) else { return };
    for (key, value) in labels.iter().filter(|(key, _)| *key != METADATA_NAME) {
        let (has, mend) = match known.get(key) {
            Some(there) if there == value => continue,
            Some(there) => (format!("has `{key}={there}`"), "or the namespace's label".to_owned()),
            None => (format!("has no label `{key}`"), format!("or run `kubectl label namespace {name} {key}={value}`")),
        };
        let message = format!("in the cluster, namespace `{name}` {has}");
        let diagnostic =
            Diagnostic::new(Code::UnlikeTheCluster, message, fact_span(place, key), format!("`{value}` here"))
                .with_help(format!("{used}: mend what is stated here, {mend}"));
        diagnostics.push(diagnostic);
    }
}

impl Facts {
    // `None` where the selector does not select it.
    fn judge(&self, selector: &Selector) -> Option<Judgement> {
        let mut unknown = None;
        for (key, condition) in selector.conditions() {
            match self.labels.get(key) {
                None if !self.complete => unknown = Some(key.to_owned()),
                value if !condition.matches(value.map(String::as_str)) => return None,
                _ => {}
            }
        }
        Some(unknown.map_or(Judgement::Selected, Judgement::Unknown))
    }
}

impl Owned {
    fn add(&mut self, name: &str, stated: Labels, around: Surroundings<'_>) {
        let known = around.cluster.and_then(|cluster| cluster.namespaces.get(name));
        let facts = self.named.entry(name.to_owned()).or_default();
        match known {
            // With what the program states where no object tells: see `state`.
            Some(known) => (facts.labels, facts.complete) = (known.clone(), true),
            None => facts.labels.extend(stated),
        }
        facts.labels.insert(METADATA_NAME.to_owned(), name.to_owned());
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    pub(super) fn has_current(&self) -> bool {
        self.current
    }

    /// Reports where what a test states of a namespace is not what the program or the cluster knows of it.
    pub(super) fn contradicted(
        &self,
        place: &ast::Owned,
        labels: &Labels,
        around: Surroundings<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let name = &place.name.value;
        let known = |key: &String| self.named.get(name).and_then(|facts| facts.labels.get(key));
        let stated = |key: &String| self.stated.0.get(&(name.clone(), key.clone()));
        let mut others = Labels::new();
        for (key, value) in labels.iter().filter(|(key, _)| *key != METADATA_NAME) {
            let (before, at) = match (known(key), stated(key)) {
                (None, None) => {
                    others.insert(key.clone(), value.clone());
                    continue;
                }
                (Some(known), stated) => (known, stated.filter(|(stated, _)| stated == known).map(|(_, at)| *at)),
                // The cluster has no such label, which the program was told of.
                (None, Some((stated, at))) => (stated, Some(*at)),
            };
            if before == value {
                continue;
            }
            let diagnostic = two_values(name, key, fact_span(place, key), value);
            diagnostics.push(match at {
                Some(at) => diagnostic.with_label(at, format!("`{before}` here")),
                None => diagnostic.with_help(format!("the cluster says `{key}={before}`")),
            });
        }
        unlike_the_cluster(place, &others, around, "the test is judged by what it states", diagnostics);
    }

    /// The owned namespaces with a name that a selector selects, or may select, in order of their names.
    pub(super) fn among(&mut self, selector: &Selector) -> Among {
        if let Some(known) = self.judged.get(selector) {
            return known.clone();
        }
        let judge =
            |(name, facts): (&String, &Facts)| facts.judge(selector).map(|judgement| (name.as_str().into(), judgement));
        let among: Among = match selector.condition(METADATA_NAME) {
            Some(Condition::In(names)) => {
                names.iter().filter_map(|name| self.named.get_key_value(name)).filter_map(judge).collect()
            }
            // What is no name has been reported, and no label selects it.
            _ => self.named.iter().filter(|(name, _)| names::namespace(name).is_ok()).filter_map(judge).collect(),
        };
        self.judged.insert(selector.clone(), among.clone());
        among
    }

    /// Names and labels, for the program.
    pub(super) fn into_labels(self) -> BTreeMap<String, Labels> {
        self.named.into_iter().map(|(name, facts)| (name, facts.labels)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::Cluster;
    use crate::model::Labels;
    use crate::resolve::testing::{check_in, compare, run};

    #[test]
    fn what_the_cluster_says_otherwise_is_told() {
        let mut cluster = Cluster::default();
        cluster.add_namespace("shop", [("env".to_owned(), "prod".to_owned())].into());
        let check = |text: &str, expected: &[&str]| check_in(&cluster, text, expected);
        check("namespace shop [env=dev] isolate pods", &["W0420 |env=dev| the cluster's labels are used"]);
        check(
            "namespace shop [env=prod, team=a] isolate pods",
            &[
                "W0420 |team=a| the cluster's labels are used: mend what is stated here, or run `kubectl label namespace shop team=a`",
            ],
        );
        // The cluster's labels are used, all of them.
        let peers = "isolate pods allow pods in namespaces[team=a] -> pods[a=b] on tcp/80";
        check(&format!("namespace shop [team=a] {peers}"), &["W0420 |team=a|"]);
        let test = "isolate pods test \"a\" { pod a = [b=c] in shop [env=dev] expect deny a -> ::1 }";
        check(&format!("namespace shop {test}"), &["E0303 |env=dev| the cluster says `env=prod`"]);
        let test = |facts: &str| {
            format!("namespace web isolate pods test \"a\" {{ pod a = [b=c] in shop {facts} expect deny a -> ::1 }}")
        };
        check(&test("[env=dev]"), &["W0420 |env=dev| the test is judged by what it states"]);
        check(&test("[env=prod]"), &[]);
        check(&test("[env=prod, team=a]"), &["W0420 |team=a|"]);
        let test = "isolate pods test \"a\" { pod a = [b=c] in shop [team=a] expect deny a -> ::1 }";
        check(&format!("namespace shop {test}"), &["W0420 |team=a|"]);
        check(&format!("namespace shop [team=a] {test}"), &["W0420 |team=a|"]);
        check(&format!("namespace shop [team=b] {test}"), &["W0420 |team=b|", "E0303 |team=a|"]);
    }

    #[test]
    fn a_namespace_that_only_pods_tell_of_contradicts_nothing() {
        let mut cluster = Cluster::default();
        cluster.add_namespace("shop", Labels::new());
        cluster.untold.insert("shop".to_owned());
        check_in(&cluster, "namespace shop [env=dev] isolate pods", &[]);
    }

    #[test]
    fn what_is_stated_of_it_is_all_that_is_known() {
        let mut cluster = Cluster::default();
        cluster.add_namespace("shop", Labels::new());
        cluster.untold.insert("shop".to_owned());
        let check = |text: &str, expected: &[&str]| check_in(&cluster, text, expected);
        check("namespace shop [env=dev] isolate pods in namespaces[env=dev]", &[]);
        check("namespace shop [env=dev, kubernetes.io/metadata.name=x] isolate pods in shop", &["E0303 |kubern"]);
        // A block for the namespaces with a label is for those of which it is stated, too.
        check("namespace shop [env=dev] { } namespace [env=dev] { isolate pods }", &[]);
        let files = [("a.netpol", "namespace shop use b from \"b.netpol\" isolate pods in namespaces[env=dev], b")];
        let lent = [("b.netpol", "let b = pods[a=b] namespace shop [env=dev] { }")];
        // Another's file says nothing of the namespaces of this program.
        compare(
            &run(&[files, lent].concat(), Some(&cluster), None),
            &["W0401 |pods in namespaces[env=dev]|"],
            files[0].1,
        );
    }
}
