//! What a document is, by its `apiVersion` and `kind`.

use crate::diag::{Code, Diagnostic, suggest};
use crate::kubernetes::yaml::{Kind, Node};
use crate::span::Span;

/// What is done with a document.
pub(super) enum Class {
    /// It is empty.
    Nothing,
    /// It is a NetworkPolicy of networking.k8s.io/v1.
    Policy,
    /// It holds objects; of this type, where they do not say.
    List(Option<ItemType>),
    /// It is something else, of this `apiVersion/Kind`.
    Other(String),
}

/// What the items of a typed list are: the API server leaves it out in each of them.
pub(super) struct ItemType {
    version: String,
    kind: String,
}

// All that the group has, or had in a version that clusters know; and a list of each.
const KINDS: [&str; 6] = ["NetworkPolicy", "Ingress", "IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"];

const GROUP: &str = "networking.k8s.io/";
const VERSION: &str = "networking.k8s.io/v1";

/// Tells what `node` is; `list` is the type of the list that it is an item of.
pub(super) fn classify(node: &Node, list: Option<&ItemType>) -> Result<Class, Box<Diagnostic>> {
    if node.kind == Kind::Null {
        return Ok(Class::Nothing);
    }
    let Kind::Map(_) = node.kind else {
        let message = format!("a Kubernetes object is a mapping, and here is {}", node.kind.name());
        return Err(Box::new(Diagnostic::new(Code::NotAnObject, message, node.span, "no object")));
    };
    let (version, kind) = match list.filter(|_| node.get("kind").is_none()) {
        Some(list) => (list.version.as_str(), list.kind.as_str()),
        None => (word(node, "apiVersion")?, word(node, "kind")?),
    };
    match kind {
        "NetworkPolicy" if version == VERSION => Ok(Class::Policy),
        "NetworkPolicy" if version == "extensions/v1beta1" || version.starts_with(GROUP) => {
            Err(outdated(node, version))
        }
        "NetworkPolicy" if !version.contains('/') => Err(outdated(node, version)),
        _ if version.starts_with(GROUP) && !is_known(kind) => Err(unknown(node, version, kind)),
        _ => Ok(match kind.strip_suffix("List").filter(|_| node.get("items").is_some()) {
            Some(of) => Class::List(item_type(version, of)),
            None => Class::Other(format!("{version}/{kind}")),
        }),
    }
}

/// Warns where `node`, of that `apiVersion/Kind`, is a policy of another kind, as network plugins have them.
pub(super) fn other_policy(node: &Node, name: &str) -> Option<Diagnostic> {
    let span = node.get("apiVersion").map_or_else(|| first_line(node), |value| value.span);
    name.ends_with("NetworkPolicy").then(|| {
        let message = format!("`{name}` is not read, so what it says does not count");
        let help = format!("only NetworkPolicy of `{VERSION}` is read");
        Diagnostic::new(Code::OtherPolicy, message, span, "another kind of policy").with_help(help)
    })
}

// The items of a plain `List` say themselves what they are.
fn item_type(version: &str, kind: &str) -> Option<ItemType> {
    (!kind.is_empty()).then(|| ItemType { version: version.to_owned(), kind: kind.to_owned() })
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
fn first_line(node: &Node) -> Span {
    match &node.kind {
        Kind::Map(entries) => entries.first().map_or(node.span, |entry| entry.key_span),
        _ => node.span,
    }
}

fn is_known(kind: &str) -> bool {
    KINDS.contains(&kind.strip_suffix("List").unwrap_or(kind))
}

// A policy whose kind is misspelt would be passed by as something else, and what it closes stay open.
fn unknown(node: &Node, version: &str, kind: &str) -> Box<Diagnostic> {
    let span = node.get("kind").map_or_else(|| first_line(node), |value| value.span);
    let message = format!("`{version}` has no kind `{kind}`");
    // In another case, or as the resource is called in a URL: `networkPolicies`.
    let lower = kind.to_ascii_lowercase();
    let is_plural = |known: &str| {
        let stem = known.strip_suffix('y').map(|stem| format!("{stem}ies"));
        lower == stem.unwrap_or_else(|| format!("{known}{}", if known.ends_with('s') { "es" } else { "s" }))
    };
    let is_same = |known: &str| known == lower || is_plural(known);
    let same = KINDS.into_iter().find(|known| is_same(&known.to_ascii_lowercase()));
    let help = match same.or_else(|| suggest::nearest(kind, KINDS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its kinds are {}", KINDS.map(|kind| format!("`{kind}`")).join(", ")),
    };
    Box::new(Diagnostic::new(Code::UnknownKind, message, span, "no such kind").with_help(help))
}

fn outdated(node: &Node, version: &str) -> Box<Diagnostic> {
    let span = node.get("apiVersion").map_or(node.span, |value| value.span);
    let message = format!("clusters have no NetworkPolicy of `{version}`");
    let diagnostic = Diagnostic::new(Code::UnsupportedVersion, message, span, "no version of it");
    Box::new(diagnostic.with_help(format!("write `apiVersion: {VERSION}`")))
}
