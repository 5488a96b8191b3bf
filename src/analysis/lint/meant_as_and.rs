//! Two entries in a list of peers where one was probably meant.

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kubernetes::field::FieldPath;
use crate::kubernetes::objects::Located;

/// Reports a namespace's selector and a pod's beside each other: either is enough, where both were probably asked.
pub(super) fn check(located: &Located<NetworkPolicy>, diagnostics: &mut Diagnostics) {
    let Some(spec) = &located.object.spec else { return };
    let root = FieldPath::root().field("spec");
    let ingress = spec.ingress.iter().flatten().enumerate();
    let ingress = ingress.map(|(at, rule)| (root.field("ingress").index(at).field("from"), rule.from.as_deref()));
    let egress = spec.egress.iter().flatten().enumerate();
    let egress = egress.map(|(at, rule)| (root.field("egress").index(at).field("to"), rule.to.as_deref()));
    for (path, peers) in ingress.chain(egress) {
        let Some([first, second]) = peers else { continue };
        let apart = is_namespaces(first) && is_pods(second) || is_pods(first) && is_namespaces(second);
        if apart {
            let message = "either of these two is enough; both together would be one entry of the list";
            let place = located.place(&path.index(1));
            let diagnostic = Diagnostic::new(Code::MeantAsAnd, message, place, "a second entry")
                .with_label(located.place(&path.index(0)), "the first entry")
                .with_help("for pods with these labels in these namespaces, put both selectors behind one `-`");
            diagnostics.push(diagnostic);
        }
    }
}

fn is_namespaces(peer: &NetworkPolicyPeer) -> bool {
    peer.namespace_selector.is_some() && peer.pod_selector.is_none()
}

// Pods of some labels: all pods of the namespace beside others are a usual pair.
fn is_pods(peer: &NetworkPolicyPeer) -> bool {
    let asks = |selector: &LabelSelector| {
        selector.match_labels.as_ref().is_some_and(|labels| !labels.is_empty())
            || selector.match_expressions.as_ref().is_some_and(|expressions| !expressions.is_empty())
    };
    peer.pod_selector.as_ref().is_some_and(asks) && peer.namespace_selector.is_none()
}
