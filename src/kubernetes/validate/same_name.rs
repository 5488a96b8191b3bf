//! Objects of one name, of which a cluster has only one.

use std::collections::HashMap;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kubernetes::field::FieldPath;
use crate::kubernetes::objects::Located;

/// Warns of every object that has the namespace and name of an earlier one.
#[must_use]
pub fn same_name(objects: &[Located<NetworkPolicy>]) -> Diagnostics {
    let path = FieldPath::root().field("metadata").field("name");
    let mut first = HashMap::new();
    let mut diagnostics = Diagnostics::new();
    for object in objects {
        let metadata = &object.object.metadata;
        let Some(name) = &metadata.name else { continue };
        let namespace = metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        let place = object.place(&path);
        let earlier = *first.entry((namespace, name)).or_insert(place);
        if earlier != place {
            let message = format!("there is another NetworkPolicy `{name}` in the same namespace");
            let diagnostic = Diagnostic::new(Code::SameName, message, place, "the second one")
                .with_label(earlier, "the first one")
                .with_help("a cluster has the one that is applied last, and here both count");
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}
