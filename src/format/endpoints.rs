//! Endpoints, labels and ports as documents.

use super::Printer;
use super::doc::Doc;
use crate::syntax::ast::{
    Endpoints, EndpointsKind, Facts, Labels, Operator, Owned, Path, Place, PlaceKind, Port, PortKind, PortSpec,
    Primary, PrimaryKind, Requirement, Text,
};

impl Printer<'_> {
    /// A comma list that ends lines all or not at all; `first` stands before it.
    ///
    /// `at` tells the place of an entry: the comments before it stand before the entry.
    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        first: Doc,
        at: fn(&T) -> u32,
        print: fn(&mut Self, &T) -> Doc,
    ) -> Vec<Doc> {
        let mut docs = Vec::new();
        let mut usually = Some(first);
        for item in items {
            match usually.take() {
                Some(first) => docs.extend(self.comments.between(first, at(item))),
                None => {
                    docs.push(Doc::text(","));
                    docs.extend(self.comments.between(Doc::Line, at(item)));
                }
            }
            docs.push(print(self, item));
        }
        docs
    }

    // A list between brackets, the closing one of which ends at `end`.
    fn bracketed(&mut self, open: &str, inside: Vec<Doc>, close: &str, end: u32) -> Doc {
        let mut inside = inside;
        let mut last = self.comments.between(Doc::Break, end.saturating_sub(1));
        let line_end = last.pop().unwrap_or(Doc::Break);
        inside.extend(last);
        Doc::Group(vec![Doc::text(open), Doc::Nest(inside), line_end, Doc::text(close)])
    }

    /// Endpoints behind a keyword or an arrow.
    pub(super) fn endpoints(&mut self, endpoints: &Endpoints) -> Doc {
        Doc::Group(vec![Doc::Nest(self.endpoints_behind(endpoints, Doc::Line))])
    }

    fn endpoints_behind(&mut self, endpoints: &Endpoints, first: Doc) -> Vec<Doc> {
        match &endpoints.value {
            EndpointsKind::List(items) => self.list(items, first, |item| item.span.start, Self::primary),
            EndpointsKind::Except(base, minus) => {
                let mut docs = self.comments.between(first, base.span.start);
                docs.push(self.primary(base));
                let mut except = self.comments.between(Doc::Line, minus.span.start);
                except.extend([Doc::text("except "), self.primary(minus)]);
                docs.push(Doc::Nest(except));
                docs
            }
        }
    }

    fn primary(&mut self, primary: &Primary) -> Doc {
        match &primary.value {
            PrimaryKind::Pods(labels, place) => {
                let mut docs = vec![Doc::text("pods")];
                docs.extend(labels.as_ref().map(|labels| self.labels(labels)));
                if let Some(place) = place {
                    docs.push(self.place(place));
                }
                Doc::Group(docs)
            }
            PrimaryKind::Nodes(labels) => {
                let mut docs = vec![Doc::text("nodes")];
                docs.extend(labels.as_ref().map(|labels| self.labels(labels)));
                Doc::Group(docs)
            }
            PrimaryKind::Service(name, namespace) => {
                let mut docs = vec![Doc::text(format!("service {}", name.value))];
                if let Some(namespace) = namespace {
                    let mut place = self.comments.between(Doc::text(" "), namespace.span.start);
                    place.push(Doc::text(format!("in {}", namespace.value)));
                    docs.push(Doc::Nest(place));
                }
                Doc::Group(docs)
            }
            PrimaryKind::Address(address) => Doc::text(address.value.as_str()),
            PrimaryKind::Any => Doc::text("any"),
            PrimaryKind::Name(path) => Doc::Text(path_text(path)),
            PrimaryKind::Group(inside) => {
                let inside = self.endpoints_behind(inside, Doc::Break);
                self.bracketed("(", inside, ")", primary.span.end)
            }
        }
    }

    fn place(&mut self, place: &Place) -> Doc {
        let mut docs = self.comments.between(Doc::text(" "), place.span.start);
        docs.push(Doc::text("in "));
        docs.push(match &place.value {
            PlaceKind::All => Doc::text("*"),
            PlaceKind::Matching(labels) => Doc::Group(vec![Doc::text("namespaces"), self.labels(labels)]),
            PlaceKind::Named(names) => match names.as_slice() {
                [name] => Doc::text(name.value.as_str()),
                names => {
                    let names = self.list(names, Doc::Break, |name| name.span.end, |_, name| word(name));
                    self.bracketed("(", names, ")", place.span.end)
                }
            },
        });
        Doc::Nest(docs)
    }

    /// `[requirement, …]`.
    pub(super) fn labels(&mut self, labels: &Labels) -> Doc {
        let at = |requirement: &Requirement| match requirement.value.operator {
            Operator::In(_) | Operator::NotIn(_) => requirement.span.start,
            _ => requirement.span.end,
        };
        let requirements = self.list(&labels.value, Doc::Break, at, Self::requirement);
        self.bracketed("[", requirements, "]", labels.span.end)
    }

    fn requirement(&mut self, requirement: &Requirement) -> Doc {
        let key = &requirement.value.key.value;
        match &requirement.value.operator {
            Operator::Equals(value) => Doc::text(format!("{key}={}", self.value(value))),
            Operator::NotEquals(value) => Doc::text(format!("{key}!={}", self.value(value))),
            Operator::In(values) => self.values(&format!("{key} in ("), values, requirement.span.end),
            Operator::NotIn(values) => self.values(&format!("{key} notin ("), values, requirement.span.end),
            Operator::Exists => Doc::text(key),
            Operator::DoesNotExist => Doc::text(format!("!{key}")),
        }
    }

    /// Values between round brackets; `open` ends in the opening one.
    pub(super) fn values(&mut self, open: &str, values: &[Text], end: u32) -> Doc {
        let values = self.list(values, Doc::Break, |value| value.span.end, |this, value| Doc::Text(this.value(value)));
        self.bracketed(open, values, ")", end)
    }

    // With quotes where the source has them or, without a source, where they are needed.
    fn value(&self, value: &Text) -> String {
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte);
        let quoted = match self.source {
            Some(source) => source.as_bytes().get(value.span.start as usize) == Some(&b'"'),
            None => value.value.is_empty() || !value.value.bytes().all(is_bare),
        };
        if quoted { format!("\"{}\"", value.value) } else { value.value.clone() }
    }

    /// `[key=value, …]`.
    pub(super) fn facts(&mut self, facts: &Facts) -> Doc {
        let print =
            |this: &mut Self, (key, value): &(Text, Text)| Doc::text(format!("{}={}", key.value, this.value(value)));
        let pairs = self.list(&facts.value, Doc::Break, |(_, value)| value.span.end, print);
        self.bracketed("[", pairs, "]", facts.span.end)
    }

    /// `name [key=value, …]`.
    pub(super) fn owned(&mut self, owned: &Owned) -> Doc {
        let mut docs = vec![word(&owned.name)];
        if let Some(facts) = &owned.facts {
            docs.extend([Doc::text(" "), self.facts(facts)]);
        }
        Doc::Group(docs)
    }

    /// A list of ports behind a word.
    pub(super) fn ports(&mut self, ports: &[Port]) -> Doc {
        let print = |_: &mut Self, port: &Port| Doc::Text(port_text(&port.value));
        Doc::Group(vec![Doc::Nest(self.list(ports, Doc::Line, |port| port.span.end, print))])
    }

    /// `on` with its ports, if there are some, on the line or on one of its own.
    pub(super) fn on(&mut self, ports: Option<&Vec<Port>>) -> Vec<Doc> {
        let Some(ports) = ports else { return Vec::new() };
        let first = ports.first().map_or(0, |port| port.span.start);
        let mut docs = self.comments.between(Doc::Line, first);
        docs.extend([Doc::text("on"), self.ports(ports)]);
        docs
    }
}

/// A word as it stands.
pub(super) fn word(text: &Text) -> Doc {
    Doc::text(text.value.as_str())
}

/// `name` or `namespace.name`.
pub(super) fn path_text(path: &Path) -> String {
    match &path.namespace {
        Some(namespace) => format!("{}.{}", namespace.value, path.name.value),
        None => path.name.value.clone(),
    }
}

fn port_text(port: &PortKind) -> String {
    match port {
        PortKind::Protocol(protocol, None) => protocol.value.to_string(),
        PortKind::Protocol(protocol, Some(PortSpec::Number(spec) | PortSpec::Name(spec))) => {
            format!("{}/{}", protocol.value, spec.value)
        }
        PortKind::Protocol(protocol, Some(PortSpec::Range(first, last))) => {
            format!("{}/{}-{}", protocol.value, first.value, last.value)
        }
        PortKind::Name(path) => path_text(path),
    }
}
