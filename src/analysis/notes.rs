//! What has to be known of answers beside allow and deny, each said once however many it is about.

use super::flow::Flow;
use super::query::{Answer, Query};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::Span;

const IN_DOUBT: &str = "the address of an end is not known, and a network in the rules decides";
const JUDGED: &str = "judged as if in every usual range of pods";

/// What something is to be said of: the first, and how many.
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

    /// Notes that the address of a fixture decides about an expectation of a `test` block.
    pub(super) fn add_expectation(&mut self, span: Span) {
        count(&mut self.in_doubt, || expectation_in_doubt(span));
    }

    /// Notes that the address of an end decides what is open from one to another.
    pub(super) fn add_way(&mut self, from: &str, to: &str) {
        count(&mut self.in_doubt, || way_in_doubt(from, to));
    }

    /// All of them; `what` is what they are about, in the plural.
    pub(super) fn told(self, what: &str) -> Diagnostics {
        let mut told = Diagnostics::new();
        for (mut note, count) in [self.in_doubt, self.done].into_iter().flatten() {
            if count > 1 {
                note.message.push_str(&format!("; so it is in {} more {what}", count - 1));
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
    Diagnostic::new(Code::UnknownAddress, IN_DOUBT, flow.span, JUDGED)
        .with_help("give the cluster with running pods, or ask for `ip:ADDRESS`")
}

fn expectation_in_doubt(span: Span) -> Diagnostic {
    let help = "the pods of a test have no addresses: expect it of an address in that network, too, written instead of \
                the pod";
    Diagnostic::new(Code::UnknownAddress, IN_DOUBT, span, JUDGED).with_help(help)
}

fn way_in_doubt(from: &str, to: &str) -> Diagnostic {
    let message = format!("{IN_DOUBT} what is open from `{from}` to `{to}`");
    Diagnostic::without_place(Code::UnknownAddress, message)
        .with_help("give the cluster with running pods, or ask `netpol query` for `ip:ADDRESS`")
}

fn done(flow: &Flow<'_>, pod: &str) -> Diagnostic {
    let message = format!("`{pod}` is done: it has no address any more, and no traffic");
    Diagnostic::new(Code::DonePod, message, flow.span, "judged as a pod that is yet to run")
}
