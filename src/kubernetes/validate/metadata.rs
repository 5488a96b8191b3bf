//! Names, labels, annotations and owners: what every object has.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::{Errors, Reason};
use crate::kubernetes::field::FieldPath;
use crate::model::names;

/// The most that all keys and values of the annotations may take, in bytes.
const MAX_ANNOTATIONS: usize = 256 << 10;
/// How much of `generateName` is kept before five characters are added.
const MAX_GENERATED_BASE: usize = 58;

pub(super) fn check(metadata: &ObjectMeta, path: &FieldPath, errors: &mut Errors) {
    check_name(metadata, path, errors);
    if let Some(namespace) = metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
        errors.name(path.field("namespace"), "is not a namespace's name", names::namespace(namespace));
    }
    check_labels(metadata.labels.as_ref(), &path.field("labels"), errors);
    if let Some(annotations) = &metadata.annotations {
        check_annotations(annotations, &path.field("annotations"), errors);
    }
    let owners = metadata.owner_references.as_deref().unwrap_or_default();
    check_owners(owners, &path.field("ownerReferences"), errors);
    let finalizers = metadata.finalizers.as_deref().unwrap_or_default();
    check_finalizers(finalizers, &path.field("finalizers"), errors);
}

fn check_name(metadata: &ObjectMeta, path: &FieldPath, errors: &mut Errors) {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let generate = given(&metadata.generate_name);
    if let Some(base) = &generate {
        errors.name(
            path.field("generateName"),
            "is not the beginning of a name",
            names::dns_subdomain(&without_last_hyphen(base)),
        );
    }
    match (given(&metadata.name), generate) {
        (Some(name), _) => errors.name(path.field("name"), "is not an object's name", names::dns_subdomain(&name)),
        (None, Some(base)) => {
            // Text that cannot be cut there is shorter, or no name in any case.
            let generated = format!("{}xxxxx", base.get(..MAX_GENERATED_BASE).unwrap_or(&base));
            errors.name(
                path.field("name"),
                "is not an object's name once it is generated",
                names::dns_subdomain(&generated),
            );
        }
        (None, None) => errors.add(path.field("name"), Reason::Required, "is missing, and so is `generateName`"),
    }
}

// As the API server does it: what precedes a hyphen at the end is dropped with it, and an `a` stands for what follows.
fn without_last_hyphen(base: &str) -> String {
    match base.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut chars = rest.chars();
            chars.next_back();
            format!("{}a", chars.as_str())
        }
        _ => base.to_owned(),
    }
}

/// Checks labels, of an object or of a selector's `matchLabels`.
pub(super) fn check_labels(labels: Option<&BTreeMap<String, String>>, path: &FieldPath, errors: &mut Errors) {
    for (key, value) in labels.into_iter().flatten() {
        errors.name(path.key(key), format_args!("has `{key}`, which is no label's key"), names::label_key(key));
        errors.name(path.key(key), format_args!("has `{value}`, which is no label's value"), names::label_value(value));
    }
}

fn check_annotations(annotations: &BTreeMap<String, String>, path: &FieldPath, errors: &mut Errors) {
    for key in annotations.keys() {
        let result = names::label_key(&key.to_lowercase());
        errors.name(path.key(key), format_args!("has `{key}`, which is no annotation's key"), result);
    }
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > MAX_ANNOTATIONS {
        let message = format!("take {size} bytes together, and {MAX_ANNOTATIONS} are allowed");
        errors.add(path.clone(), Reason::TooLong, message);
    }
}

// The API server's paths have no index here.
fn check_owners(owners: &[OwnerReference], path: &FieldPath, errors: &mut Errors) {
    for owner in owners {
        let version = match owner.api_version.matches('/').count() {
            0 => owner.api_version.as_str(),
            1 => owner.api_version.split_once('/').map_or("", |(_, version)| version),
            _ => "",
        };
        let fields = [("apiVersion", version), ("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)];
        for (field, _) in fields.into_iter().filter(|(_, text)| text.is_empty()) {
            errors.add(path.field(field), Reason::Invalid, "must not be empty");
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            errors.add(path.clone(), Reason::Invalid, "must not name an Event");
        }
    }
    // The API server drops repeats before it looks.
    let mut controllers: Vec<_> = owners.iter().filter(|owner| owner.controller == Some(true)).collect();
    controllers.dedup();
    if controllers.len() > 1 {
        errors.add(path.clone(), Reason::Invalid, "must not name more than one controller");
    }
}

fn check_finalizers(finalizers: &[String], path: &FieldPath, errors: &mut Errors) {
    const STANDARD: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];
    for (index, finalizer) in finalizers.iter().enumerate() {
        errors.name(
            path.clone(),
            format_args!("has `{finalizer}`, which is no finalizer's name"),
            names::label_key(finalizer),
        );
        if !finalizer.contains('/') && !STANDARD.contains(&finalizer.as_str()) {
            let message = "is neither a finalizer of Kubernetes nor one with a domain and `/` before it";
            errors.add(path.index(index), Reason::Invalid, message);
        }
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        errors.add(path.clone(), Reason::Invalid, "must not have both `orphan` and `foregroundDeletion`");
    }
}
