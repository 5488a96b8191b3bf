//! Answers to flows as text and as JSON, one a line.

use std::fmt::Write;

use serde::Serialize;

use super::flow::{self, Flow, Port};
use super::notes::Notes;
use super::query::{Answer, Query};
use super::why::{Reason, verdict, why};
use super::words;
use crate::diag::Diagnostics;
use crate::ir::Policy;
use crate::source::Sources;
use crate::span::FileId;

/// After this many flows that cannot be judged, no more are read.
const MAX_ERRORS: usize = 20;

/// How answers are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// As JSON, one object a line, instead of text.
    pub json: bool,
    /// With the deciding rules.
    pub why: bool,
}

/// The answers to the flows of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The answers, line by line; none at all when a flow cannot be judged.
    pub text: String,
    /// How many are allowed.
    pub allowed: usize,
    /// How many are denied.
    pub denied: usize,
    /// What is to be known of the answers.
    pub notes: Diagnostics,
}

#[derive(Serialize)]
struct Line<'l> {
    from: &'l str,
    to: &'l str,
    protocol: &'static str,
    port: u16,
    family: Option<String>,
    verdict: &'static str,
    because: Vec<Reason>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    help: Vec<String>,
}

/// Judges every flow of a file. `policy` and `sources` are what the query's tables came from.
pub fn report(
    query: &mut Query<'_>,
    style: Style,
    file: FileId,
    policy: &Policy,
    sources: &Sources,
) -> Result<Report, Diagnostics> {
    let mut report = Report::default();
    let (mut errors, mut failed) = (Diagnostics::new(), 0);
    let mut notes = Notes::default();
    let text = sources.get(file).map_or("", |source| &source.text);
    for flow in flow::parse(text, file) {
        match flow.and_then(|flow| Ok((flow, query.answer(&flow)?))) {
            Ok((flow, answers)) if failed == 0 => {
                answers.iter().for_each(|answer| report.add(query, style, &flow, answer, (policy, sources)));
                notes.add(query, &flow, &answers);
            }
            Ok(_) => {}
            Err(error) => {
                errors.push(*error);
                failed += 1;
            }
        }
        if failed == MAX_ERRORS {
            break;
        }
    }
    report.notes = notes.told("flows");
    if failed == 0 { Ok(report) } else { Err(errors) }
}

impl Report {
    fn add(
        &mut self,
        query: &Query<'_>,
        style: Style,
        flow: &Flow<'_>,
        answer: &Answer<'_>,
        (policy, sources): (&Policy, &Sources),
    ) {
        *(if answer.allowed { &mut self.allowed } else { &mut self.denied }) += 1;
        let cluster = query.who().cluster();
        let (from, to) = match answer.alone {
            true => (words::end(&answer.ends.0, cluster), words::end(&answer.ends.1, cluster)),
            false => (flow.from.text.to_owned(), flow.to.text.to_owned()),
        };
        let reasons =
            if style.why { why(query, answer, flow.protocol, policy, sources) } else { super::why::Why::default() };
        if style.json {
            let line = Line {
                from: &from,
                to: &to,
                protocol: flow.protocol.kubernetes(),
                port: answer.port,
                family: answer.family.map(|family| family.to_string()),
                verdict: verdict(answer.allowed),
                because: reasons.because,
                help: reasons.help,
            };
            self.text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            self.text.push('\n');
            return;
        }
        self.line(&from, &to, flow, answer);
        for Reason { direction, at, reason, rules, .. } in reasons.because {
            let place = if rules.is_empty() { String::new() } else { format!(": {}", rules.join(", ")) };
            let direction = direction.map(|direction| format!("{direction} at {at}: ")).unwrap_or_default();
            self.text.extend(["  ", &direction, reason, &place, "\n"]);
        }
        reasons.help.iter().for_each(|help| self.text.extend(["  to let it through: ", help, "\n"]));
    }

    fn line(&mut self, from: &str, to: &str, flow: &Flow<'_>, answer: &Answer<'_>) {
        self.text.extend([from, " ", to, " ", flow.protocol.kubernetes(), " "]);
        // Writing to a string cannot fail.
        let _ = match flow.port {
            Port::Name(name) if !answer.alone => write!(self.text, "{}", name.text),
            _ => write!(self.text, "{}", answer.port),
        };
        if let Some(family) = answer.family.filter(|_| answer.alone || flow.family.is_some()) {
            let _ = write!(self.text, " {family}");
        }
        self.text.extend([" ", verdict(answer.allowed), "\n"]);
    }
}
