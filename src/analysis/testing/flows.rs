//! Lines of flows with the verdict that each expects.

use super::{Case, Failure, Touched, because, touch};
use crate::analysis::notes::Notes;
use crate::analysis::query::Query;
use crate::analysis::why::verdict;
use crate::analysis::{Exempt, flow};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Policy;
use crate::source::Sources;
use crate::span::FileId;

/// Judges the flows of a file, with what has to be known beside.
///
/// # Errors
///
/// Lines that cannot be read, do not say what they expect or could not fail; ends that the cluster does not have; a file
/// without flows.
pub fn flows(
    query: &mut Query<'_>,
    file: FileId,
    policy: &Policy,
    sources: &Sources,
    touched: &mut Touched,
) -> Result<(Vec<Case>, Diagnostics), Diagnostics> {
    let (mut cases, mut errors, mut notes) = (Vec::new(), Diagnostics::new(), Notes::default());
    let text = sources.get(file).map_or("", |source| &source.text);
    for flow in flow::parse(text, file) {
        match flow.and_then(|flow| case(query, &flow, policy, sources, touched, &mut notes)) {
            Ok(case) => cases.push(case),
            Err(error) => errors.push(*error),
        }
    }
    if cases.is_empty() && errors.is_empty() {
        let message = format!("there is no flow in `{}`", sources.name(file));
        errors.push(Diagnostic::without_place(Code::EmptyTest, message).with_help(
            "write one a line: `FROM TO PROTO PORT allow|deny`, such as `shop/web-1 shop/db-1 TCP 5432 allow`",
        ));
    }
    if errors.is_empty() { Ok((cases, notes.told("flows"))) } else { Err(errors) }
}

fn case(
    query: &mut Query<'_>,
    flow: &flow::Flow<'_>,
    policy: &Policy,
    sources: &Sources,
    touched: &mut Touched,
    notes: &mut Notes,
) -> Result<Case, Box<Diagnostic>> {
    let Some(expected) = flow.expected else {
        let message = "this flow expects nothing, so it could not fail";
        let diagnostic = Diagnostic::new(Code::EmptyTest, message, flow.span.after(), "no verdict");
        return Err(Box::new(diagnostic.with_help("end the line with `allow` or `deny`")));
    };
    let answers = query.answer(flow)?;
    if let Some(why) = answers.iter().all(|answer| answer.exempt.is_some()).then(|| answers.first()?.exempt).flatten() {
        return Err(Box::new(never_judged(flow, why)));
    }
    notes.add(query, flow, &answers);
    let mut failures = Vec::new();
    // What passes whatever the policies are is not asked where other pods of a workload are judged.
    for answer in answers.into_iter().filter(|answer| answer.exempt.is_none()) {
        touch(query, &answer, flow.protocol, policy, touched);
        if answer.allowed != expected {
            let family = answer.family.map(|family| format!(" {family}")).unwrap_or_default();
            let ends = format!("{} {} {}/{}", flow.from.text, flow.to.text, flow.protocol, answer.port);
            let because = because(query, &answer, flow.protocol, policy, sources);
            failures.push(Failure { flow: format!("{ends}{family}: {}", verdict(answer.allowed)), because });
        }
    }
    let words: Vec<_> = sources.snippet(flow.span).split_whitespace().collect();
    let name = words.join(" ");
    Ok(Case { suite: sources.name(flow.span.file).to_owned(), name, place: sources.file_line(flow.span), failures })
}

// A flow that passes whatever the policies are.
fn never_judged(flow: &flow::Flow<'_>, why: Exempt) -> Diagnostic {
    let message = format!("{}, so this flow could not fail", why.words());
    let (to, from, help) = match why {
        Exempt::Itself => ("the same pod", "as this", "put another pod or an address at one end"),
        Exempt::OwnNode => ("always reached", "from here", "put another node, a pod or an address at one end"),
        Exempt::NoPod => (
            "not a pod with an address of its own",
            "nor this",
            "only pods are judged: put one at an end, such as `shop/web-1` or the address of one; a pod of the host \
             network is its node",
        ),
    };
    let diagnostic = Diagnostic::new(Code::NothingJudged, message, flow.to.span, to);
    diagnostic.with_label(flow.from.span, from).with_help(help)
}
