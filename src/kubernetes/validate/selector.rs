//! Label selectors.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

use super::{Errors, Reason, metadata};
use crate::kubernetes::field::FieldPath;
use crate::model::names;

pub(super) fn check(selector: &LabelSelector, path: &FieldPath, errors: &mut Errors) {
    metadata::check_labels(selector.match_labels.as_ref(), &path.field("matchLabels"), errors);
    let expressions = path.field("matchExpressions");
    for (index, requirement) in selector.match_expressions.iter().flatten().enumerate() {
        check_requirement(requirement, &expressions.index(index), errors);
    }
}

fn check_requirement(requirement: &LabelSelectorRequirement, path: &FieldPath, errors: &mut Errors) {
    let values = requirement.values.as_deref().unwrap_or_default();
    errors.name(
        path.field("key"),
        format_args!("is `{}`, which is no label's key", requirement.key),
        names::label_key(&requirement.key),
    );
    let operator = requirement.operator.as_str();
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            errors.add(path.field("values"), Reason::Required, format!("is missing, and `{operator}` needs one"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            errors.add(path.field("values"), Reason::Forbidden, format!("may not stand beside `{operator}`"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        _ => {
            let message = format!("is `{operator}`, and must be In, NotIn, Exists or DoesNotExist");
            errors.add(path.field("operator"), Reason::Invalid, message);
        }
    }
    for (index, value) in values.iter().enumerate() {
        errors.name(
            path.field("values").index(index),
            format_args!("is `{value}`, which is no label's value"),
            names::label_value(value),
        );
    }
}
