//! What has to be known of answers beside allow and deny, each said once however many flows it is about.

use super::flow::Flow;
use super::query::{Answer, Query};
use crate::diag::{Code, Diagnostic, Diagnostics};

/// The flows that something is to be said of: the first, and how many.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    in_doubt: Option<(Diagnostic, usize)>,
    done: Option<(Diagnostic, usize)>,
}

impl Notes {
    pub(super) fn add(&mut self, query: &Query<'_>, flow: &Flow<'_>, answers: &[Answer<'_>]) {
        if answers.iter().any(|answer| answer.is_in_doubt) {
            count(&mut self.in_doubt, || in_doubt(flow));
        }
        let pods = answers.iter().flat_map(|answer| [answer.ends.0.pod, answer.ends.1.pod]).flatten();
        let mut pods = pods.filter_map(|at| query.who().cluster().pods.get(at));
        if let Some(pod) = pods.find(|pod| pod.is_done) {
            count(&mut self.done, || done(flow, &format!("{}/{}", pod.namespace, pod.name)));
        }
    }

    pub(super) fn told(self) -> Diagnostics {
        let mut told = Diagnostics::new();
        for (mut note, flows) in [self.in_doubt, self.done].into_iter().flatten() {
            if flows > 1 {
                note.message.push_str(&format!("; so it is in {} more flows", flows - 1));
            }
            told.push(note);
        }
        told
    }
}

fn count(slot: &mut Option<(Diagnostic, usize)>, make: impl FnOnce() -> Diagnostic) {
    slot.get_or_insert_with(|| (make(), 0)).1 += 1;
}

fn in_doubt(flow: &Flow<'_>) -> Diagnostic {
    let message = "the address of an end is not known, and a network in the rules decides";
    Diagnostic::new(Code::UnknownAddress, message, flow.span, "judged as if in every usual range of pods")
        .with_help("give the cluster with running pods, or ask for `ip:ADDRESS`")
}

fn done(flow: &Flow<'_>, pod: &str) -> Diagnostic {
    let message = format!("`{pod}` is done: it has no address any more, and no traffic");
    Diagnostic::new(Code::DonePod, message, flow.span, "judged as a pod that is yet to run")
}
