//! Works names out in the order in which they need each other, so that a long row of them needs no deep stack.

use std::collections::BTreeSet;

use super::scopes::{DefinitionId, Kind};
use super::values::{Context, Resolver, Value};
use crate::diag::{Code, Diagnostic};
use crate::model::Namespace;
use crate::span::Span;
use crate::syntax::ast::{Endpoints, EndpointsKind, Let, LetValue, Path, Port, PortKind, PrimaryKind};

/// A name as it is used in one namespace.
pub(super) type Key = (DefinitionId, Namespace);

// A circle longer than this is shown by its two ends.
const MOST_SHOWN: usize = 8;

// A name being worked out, and what it needs that has not been looked at.
struct Open {
    key: Key,
    needs: Vec<(Key, Span)>,
}

impl Resolver<'_> {
    /// A name as it means something where `home` is the namespace around.
    pub(super) fn key(&self, id: DefinitionId, home: &Namespace) -> Key {
        let own = self.scopes.definitions.get(id).and_then(|definition| definition.namespace.clone());
        // What stands in a namespace block means that namespace, wherever it is used.
        (id, own.map_or_else(|| home.clone(), Namespace::named))
    }

    /// Works out a name, and before it every name that it needs.
    pub(super) fn work_out(&mut self, key: Key) {
        let mut inside = BTreeSet::from([key.clone()]);
        let mut open = vec![self.open(key)];
        while let Some(top) = open.last_mut() {
            match top.needs.pop() {
                Some((need, _)) if self.known.contains_key(&need) => {}
                Some((need, mention)) if inside.contains(&need) => {
                    self.circle(&open, &need, mention);
                    self.known.insert(need, Value::Broken);
                }
                Some((need, _)) => {
                    inside.insert(need.clone());
                    let next = self.open(need);
                    open.push(next);
                }
                None => {
                    let key = top.key.clone();
                    open.pop();
                    inside.remove(&key);
                    let value = self.value_of(&key);
                    self.known.entry(key).or_insert(value);
                }
            }
        }
    }

    fn open(&self, key: Key) -> Open {
        let Some(definition) = self.scopes.definitions.get(key.0) else { return Open { key, needs: Vec::new() } };
        let found: Vec<(DefinitionId, Span)> = match &definition.kind {
            Kind::Missing => Vec::new(),
            Kind::Use { path, from } => {
                self.scopes.exported(path, *from).map(|id| (id, path.span())).into_iter().collect()
            }
            Kind::Let(of) => {
                let look_up = |path: &Path| {
                    let id = self.scopes.look_up(path, definition.file, definition.namespace.as_deref())?;
                    Some((id, path.span()))
                };
                paths(of).into_iter().filter_map(look_up).collect()
            }
        };
        let needs = found.into_iter().map(|(id, span)| (self.key(id, &key.1), span)).collect();
        Open { key, needs }
    }

    // What a name stands for, once everything that it needs is known.
    fn value_of(&mut self, (id, home): &Key) -> Value {
        let Some(definition) = self.scopes.definitions.get(*id) else { return Value::Broken };
        match &definition.kind {
            Kind::Missing => Value::Broken,
            Kind::Let(of) => {
                let (file, scope) = (definition.file, definition.namespace.clone());
                self.value(of, &Context::new(file, scope, home.clone()))
            }
            Kind::Use { path, from } => match self.scopes.exported(path, *from) {
                Some(target) => self.definition(target, home),
                None => {
                    self.not_offered(path, *from);
                    Value::Broken
                }
            },
        }
    }

    fn circle(&mut self, open: &[Open], need: &Key, mention: Span) {
        let around = open.iter().skip_while(|open| open.key != *need).map(|open| open.key.0).chain([need.0]);
        let around: Vec<_> = around.filter_map(|id| self.scopes.definitions.get(id)).collect();
        // Names that go around through files do so because the files do, which has been reported.
        if around.iter().any(|definition| matches!(definition.kind, Kind::Use { .. })) {
            return;
        }
        let mut names: Vec<String> = around.iter().map(|of| format!("`{}`", of.name.value)).collect();
        if names.len() > MOST_SHOWN {
            let half = MOST_SHOWN / 2;
            let last = names.split_off(names.len() - half);
            names.truncate(half);
            names.push("…".to_owned());
            names.extend(last);
        }
        let message = format!("names stand for each other in a circle: {}", names.join(" -> "));
        let diagnostic = Diagnostic::new(Code::NameCircle, message, mention, "closes the circle")
            .with_help("a name can stand only for what is defined without it");
        self.diagnostics.push(diagnostic);
    }
}

// Every name that a `let` mentions.
fn paths(of: &Let) -> Vec<&Path> {
    fn named(ports: &[Port]) -> impl Iterator<Item = &Path> {
        ports.iter().filter_map(|port| match &port.value {
            PortKind::Name(path) => Some(path),
            PortKind::Protocol(..) => None,
        })
    }
    let mut paths: Vec<&Path> = of.on.iter().flat_map(|on| named(on)).collect();
    match &of.value {
        LetValue::Ports(list) => paths.extend(named(list)),
        LetValue::Endpoints(endpoints) => in_endpoints(endpoints, &mut paths),
    }
    paths
}

fn in_endpoints<'a>(endpoints: &'a Endpoints, paths: &mut Vec<&'a Path>) {
    let mut open = vec![endpoints];
    while let Some(endpoints) = open.pop() {
        let primaries: Vec<_> = match &endpoints.value {
            EndpointsKind::List(list) => list.iter().collect(),
            EndpointsKind::Except(base, minus) => vec![base.as_ref(), minus.as_ref()],
        };
        for primary in primaries {
            match &primary.value {
                PrimaryKind::Name(path) => paths.push(path),
                PrimaryKind::Group(inner) => open.push(inner),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::{check, run};

    #[test]
    fn a_circle_is_shown_with_its_names() {
        check(
            "let a = b let b = c let c = a\nallow a -> any",
            &["E0206 |a| a name can stand only for what is defined without it"],
        );
        check("let a = a\nallow a -> any", &["E0206 |a|"]);
        let long: String = (0..20).map(|n| format!("let a{n} = a{}\n", (n + 1) % 20)).collect();
        let found = run(&[("test.netpol", &long)], None, None).found;
        let message = &found.iter().next().unwrap().message;
        assert!(message.ends_with("`a0` -> `a1` -> `a2` -> `a3` -> … -> `a17` -> `a18` -> `a19` -> `a0`"), "{message}");
    }

    #[test]
    fn long_rows_need_no_stack_and_double_nothing() {
        let mut text = "let a0 = pods[app=x]\n".to_owned();
        text.extend((1..10_000).map(|n| format!("let a{n} = a{m}, a{m}\n", m = n - 1)));
        check(&format!("isolate a9999\n{text}"), &[]);
    }
}
