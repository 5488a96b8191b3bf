//! NetworkPolicy objects out of manifests, as strictly as `kubectl apply` with strict validation reads them.
//!
//! Reading with serde alone would let unknown and repeated fields pass, and either can open a policy: `ingres: []` is no
//! rule at all. Objects keep the tree they were read from, so that any field can be shown where it was written.

mod deserialize;
mod kind;

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use self::kind::{Class, ItemType};
use super::field::FieldPath;
use super::yaml::read::Manifest;
use super::yaml::{Above, Kind, Node, read};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::{FileId, Span};

/// An object with its places.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// The object.
    pub object: T,
    /// The comments directly above it.
    pub comments: Above,
    node: Node,
}

impl<T> Located<T> {
    /// The whole object's place.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// The place of a field, or of the nearest thing around it where it is not written.
    #[must_use]
    pub fn place(&self, path: &FieldPath) -> Span {
        path.place(&self.node)
    }
}

/// What a text holds of policies.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The NetworkPolicies, in order.
    pub policies: Vec<Located<NetworkPolicy>>,
    /// How many objects of other kinds were passed by, by `apiVersion/Kind`.
    pub skipped: BTreeMap<String, usize>,
}

/// Reads the policies of a text of the file `file`. Objects with an error are not among them.
pub fn read(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Objects {
    let mut objects = Objects::default();
    match read::read(file, text) {
        Ok(mut manifest) => {
            for document in std::mem::take(&mut manifest.documents) {
                objects.take(document, &manifest, None, diagnostics);
            }
        }
        Err(refused) => diagnostics.push(*refused),
    }
    objects
}

impl Objects {
    // Trees are taken apart rather than copied: a manifest may be large.
    fn take(&mut self, node: Node, manifest: &Manifest<'_>, list: Option<&ItemType>, diagnostics: &mut Diagnostics) {
        match kind::classify(&node, list) {
            Ok(Class::Nothing) => {}
            Ok(Class::Policy) => {
                if let Some(object) = deserialize::object(&node, diagnostics) {
                    let comments = manifest.comments_above(&node);
                    self.policies.push(Located { object, comments, node });
                }
            }
            Ok(Class::List(item_type)) => {
                let (above, first) = (manifest.comments_above(&node), self.policies.len());
                for item in items(node, diagnostics) {
                    self.take(item, manifest, item_type.as_ref(), diagnostics);
                }
                // What stands above a list stands above its first policy.
                if let Some(policy) = self.policies.get_mut(first) {
                    policy.comments = above.and_then(std::mem::take(&mut policy.comments));
                }
            }
            Ok(Class::Other(name)) => {
                kind::other_policy(&node, &name).into_iter().for_each(|found| diagnostics.push(found));
                *self.skipped.entry(name).or_default() += 1;
            }
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
}

fn items(list: Node, diagnostics: &mut Diagnostics) -> Vec<Node> {
    let Kind::Map(entries) = list.kind else { return Vec::new() };
    let items = entries.into_iter().find(|entry| entry.key == "items").map(|entry| entry.value);
    match items.map(|items| (items.kind, items.span)) {
        None | Some((Kind::Null, _)) => Vec::new(),
        Some((Kind::Seq(items), _)) => items,
        Some((other, span)) => {
            let message = format!("`items` is {}, not a list", other.name());
            diagnostics.push(Diagnostic::new(Code::WrongType, message, span, "must be a list"));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;
