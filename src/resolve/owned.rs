//! The namespaces that a program owns, and what is known of their labels.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;

use super::Surroundings;
use super::blocks::Placed;
use super::labels;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Condition, Labels, METADATA_NAME, Selector};
use crate::span::Span;
use crate::syntax::ast::{Owners, Statement, StatementKind};

/// The owned namespaces by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Owned {
    named: BTreeMap<String, Facts>,
    // Whether statements stand outside any `namespace`, with no name for the current one.
    current: bool,
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
    let mut stated: BTreeMap<(String, String), (String, Span)> = BTreeMap::new();
    for statement in statements {
        let StatementKind::Namespace(namespace) = &statement.value.kind else { continue };
        if let Owners::Named(list) = &namespace.owners {
            for one in list {
                let labels = labels::facts(one.facts.as_ref(), diagnostics);
                for (key, value) in &labels {
                    let id = (one.name.value.clone(), key.clone());
                    let before = stated.entry(id).or_insert_with(|| (value.clone(), one.name.span));
                    if before.0 != *value {
                        let message =
                            format!("label `{key}` of namespace `{}` is stated with two values", one.name.value);
                        let diagnostic =
                            Diagnostic::new(Code::LabelTwice, message, one.name.span, format!("`{value}` here"))
                                .with_label(before.1, format!("`{}` here", before.0));
                        diagnostics.push(diagnostic);
                    }
                }
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
        facts.labels.extend(stated);
        if let Some(known) = known {
            facts.labels.extend(known.clone());
            facts.complete = true;
        }
        facts.labels.insert(METADATA_NAME.to_owned(), name.to_owned());
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    pub(super) fn has_current(&self) -> bool {
        self.current
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
            _ => self.named.iter().filter_map(judge).collect(),
        };
        self.judged.insert(selector.clone(), among.clone());
        among
    }

    /// Names and labels, for the program.
    pub(super) fn into_labels(self) -> BTreeMap<String, Labels> {
        self.named.into_iter().map(|(name, facts)| (name, facts.labels)).collect()
    }
}
