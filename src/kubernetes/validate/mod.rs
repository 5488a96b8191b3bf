//! The API server's validation of NetworkPolicy objects, done offline (Kubernetes 1.36, on create).
//!
//! Every object that is read or written passes or fails here as it would at the API server, with the same fields
//! (`pkg/apis/networking/validation`, `apimachinery/pkg/api/validation`). The order is that of the object, not that of
//! the API server; of several mistakes in one name it tells one.

mod metadata;
mod rules;
mod same_name;
mod selector;

pub use same_name::same_name;

use std::fmt::Display;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::field::FieldPath;
use super::objects::Located;
use crate::diag::{Code, Diagnostic, Diagnostics};

/// What the API server has against a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field; its text is the API server's own.
    pub field: FieldPath,
    /// The kind of mistake.
    pub reason: Reason,
    /// What is wrong, in words that can follow the field.
    pub message: String,
    /// Whether a cluster may hold such a value from older days, and gives it a meaning.
    pub is_legacy: bool,
}

/// The kinds of mistakes that the API server tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A malformed value.
    Invalid,
    /// A value that is missing.
    Required,
    /// A value that is none of a list.
    NotSupported,
    /// A value that may not stand beside another.
    Forbidden,
    /// A value that is too long.
    TooLong,
}

impl Reason {
    /// The name in the API server's answers.
    #[must_use]
    pub fn kubernetes(self) -> &'static str {
        match self {
            Self::Invalid => "FieldValueInvalid",
            Self::Required => "FieldValueRequired",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Invalid | Self::TooLong => Code::InvalidValue,
            Self::Required => Code::MissingValue,
            Self::NotSupported => Code::UnsupportedValue,
            Self::Forbidden => Code::ForbiddenValue,
        }
    }
}

/// What the API server would refuse in a new object, none where it would take it.
///
/// An object without a namespace gets one from the request.
#[must_use]
pub fn validate(policy: &NetworkPolicy) -> Vec<FieldError> {
    let mut errors = Errors::default();
    metadata::check(&policy.metadata, &FieldPath::root().field("metadata"), &mut errors);
    if let Some(spec) = &policy.spec {
        rules::check(spec, &FieldPath::root().field("spec"), &mut errors);
    }
    errors.0
}

/// The same as findings at their places. An object that a cluster has stored already keeps what older versions took.
#[must_use]
pub fn check(policy: &Located<NetworkPolicy>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let is_stored = policy.object.metadata.resource_version.is_some() || policy.object.metadata.uid.is_some();
    for error in validate(&policy.object) {
        let (code, label) = match error.is_legacy && is_stored {
            true => (Code::StoredSpelling, "the API server would refuse this in a new object"),
            false => (error.reason.code(), "the API server refuses this"),
        };
        let message = format!("`{}` {}", error.field, error.message);
        diagnostics.push(Diagnostic::new(code, message, policy.place(&error.field), label));
    }
    diagnostics
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: FieldPath, reason: Reason, message: impl Into<String>) {
        self.0.push(FieldError { field, reason, message: message.into(), is_legacy: false });
    }

    fn add_legacy(&mut self, field: FieldPath, message: impl Into<String>) {
        let (reason, message) = (Reason::Invalid, message.into());
        self.0.push(FieldError { field, reason, message, is_legacy: true });
    }

    // Adds what a check of a name found; `what` precedes the reason.
    fn name(&mut self, field: FieldPath, what: impl Display, result: Result<(), String>) {
        if let Err(why) = result {
            self.add(field, Reason::Invalid, format!("{what}: {why}"));
        }
    }
}

#[cfg(test)]
mod tests;
