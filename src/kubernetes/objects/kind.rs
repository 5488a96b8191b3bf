//! What a document is, by its `apiVersion` and `kind`.

use crate::diag::{Code, Diagnostic};
use crate::kubernetes::yaml::{Kind, Node};

/// What is done with a document.
pub(super) enum Class {
    /// It is empty.
    Nothing,
    /// It is a NetworkPolicy of networking.k8s.io/v1.
    Policy,
    /// It holds objects.
    List,
    /// It is something else, of this `apiVersion/Kind`.
    Other(String),
}

const GROUP: &str = "networking.k8s.io/";
const VERSION: &str = "networking.k8s.io/v1";

/// Tells what `node` is; `list` is the list that it is an item of.
pub(super) fn classify(node: &Node, list: Option<&Node>) -> Result<Class, Box<Diagnostic>> {
    if node.kind == Kind::Null {
        return Ok(Class::Nothing);
    }
    let Kind::Map(_) = node.kind else {
        let message = format!("a Kubernetes object is a mapping, and here is {}", node.kind.name());
        return Err(Box::new(Diagnostic::new(Code::NotAnObject, message, node.span, "no object")));
    };
    // The API server itself leaves both out in the items of a typed list, as of NetworkPolicyList.
    let typed = list.and_then(|list| Some((list.get("apiVersion")?.text()?, list.get("kind")?.text()?)));
    let of_list = typed.and_then(|(version, kind)| Some((version, kind.strip_suffix("List")?)));
    let of_list = of_list.filter(|(_, kind)| !kind.is_empty() && node.get("kind").is_none());
    let (version, kind) = match of_list {
        Some(of_list) => of_list,
        None => (word(node, "apiVersion")?, word(node, "kind")?),
    };
    match kind {
        "NetworkPolicy" if version == VERSION => Ok(Class::Policy),
        "NetworkPolicy" if version == "extensions/v1beta1" || version.starts_with(GROUP) => {
            Err(outdated(node, version))
        }
        "NetworkPolicy" if !version.contains('/') => Err(outdated(node, version)),
        _ if kind.ends_with("List") && node.get("items").is_some() => Ok(Class::List),
        _ => Ok(Class::Other(format!("{version}/{kind}"))),
    }
}

fn word<'n>(node: &'n Node, field: &'static str) -> Result<&'n str, Box<Diagnostic>> {
    let (message, span) = match node.entry(field) {
        Some(entry) => match &entry.value.kind {
            Kind::String(text) if !text.is_empty() => return Ok(text),
            Kind::String(_) | Kind::Null => (format!("`{field}` is empty"), entry.key_span),
            other => (format!("`{field}` is {}, not a string", other.name()), entry.value.span),
        },
        None => (format!("a Kubernetes object has no `{field}`"), first_line(node)),
    };
    let help = match field {
        "kind" => "write `kind: NetworkPolicy`".to_owned(),
        _ => format!("write `{field}: {VERSION}` for a NetworkPolicy"),
    };
    Err(Box::new(Diagnostic::new(Code::NotAnObject, message, span, "what this is stays open").with_help(help)))
}

// The first key of the object, which is enough to point at.
fn first_line(node: &Node) -> crate::span::Span {
    match &node.kind {
        Kind::Map(entries) => entries.first().map_or(node.span, |entry| entry.key_span),
        _ => node.span,
    }
}

fn outdated(node: &Node, version: &str) -> Box<Diagnostic> {
    let span = node.get("apiVersion").map_or(node.span, |value| value.span);
    let message = format!("clusters have no NetworkPolicy of `{version}`");
    let diagnostic = Diagnostic::new(Code::UnsupportedVersion, message, span, "no version of it");
    Box::new(diagnostic.with_help(format!("write `apiVersion: {VERSION}`")))
}
