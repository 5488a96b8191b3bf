//! Does this flow pass? Verdicts for flows between pods, nodes and addresses.
//!
//! A flow without a family is judged in each family that both ends have; a workload stands for each of its pods, and a
//! port name for the numbers that the destination gives it. Where all of these agree there is one answer, and otherwise
//! one for each. An end whose address is not known is judged by all that stand for it: it may do what they all may.

use std::collections::BTreeSet;
use std::net::IpAddr;

use smallvec::SmallVec;

use super::flow::{Family, Flow, Port};
use super::{End, Exempt, Who};
use crate::diag::{Code, Diagnostic};
use crate::model::Protocol;
use crate::tables::{Cells, Tables};

/// Judges flows in one cluster under one policy.
pub struct Query<'q> {
    who: &'q Who<'q>,
    tables: &'q Tables,
    cells: Cells<'q>,
}

/// The answer to a flow, or to a part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'q> {
    /// Whether it passes.
    pub allowed: bool,
    /// Its ends; any that stands for all where the answer is for all of a workload's pods.
    pub ends: (End<'q>, End<'q>),
    /// Its port.
    pub port: u16,
    /// Its family, where it matters: asked for, the only one of both ends, or one that decides.
    pub family: Option<Family>,
    /// Whether the answer is for these ends and this port alone, as others of the flow are judged differently.
    pub alone: bool,
    /// Whether it could be another, depending on an address that is not known.
    pub is_in_doubt: bool,
    /// Why it is that whatever the policies are; none where they judge the flow, or a part of it.
    pub exempt: Option<Exempt>,
}

/// Two ends to judge, each as one address or as those that stand for one.
pub type Pair<'e, 'q> = (&'e [End<'q>], &'e [End<'q>]);

impl<'q> Query<'q> {
    /// Prepares to judge.
    #[must_use]
    pub fn new(who: &'q Who<'q>, tables: &'q Tables) -> Self {
        Self { who, tables, cells: Cells::new(tables) }
    }

    /// Who the ends are looked up in.
    #[must_use]
    pub fn who(&self) -> &'q Who<'q> {
        self.who
    }

    /// What the verdicts come from.
    #[must_use]
    pub fn tables(&self) -> &'q Tables {
        self.tables
    }

    /// Judges a flow: one answer, or several where its parts differ.
    ///
    /// # Errors
    ///
    /// An end that the cluster does not have, ends without a family in common, a port name that the destination lacks.
    pub fn answer(&mut self, flow: &Flow<'_>) -> Result<Vec<Answer<'q>>, Box<Diagnostic>> {
        let from = self.ends(flow, true)?;
        let to = self.ends(flow, false)?;
        let several = from.iter().any(|end| from.first().is_some_and(|first| first.pod != end.pod));
        let mut answers = Vec::with_capacity(1);
        for (from, to) in self.pairs(&from, &to, flow.family) {
            let Some((source, target)) = from.first().zip(to.first()) else { continue };
            // Between the pods of a workload, a pod and itself is not what is asked.
            if several && source.pod == target.pod {
                continue;
            }
            for port in self.ports(flow, target) {
                answers.extend(self.judge((from, to), flow.protocol, port));
            }
        }
        if answers.is_empty() {
            return Err(Box::new(self.nothing_to_judge(flow, &from, &to)));
        }
        Ok(summed(answers))
    }

    /// The pairs of ends between which a flow can be: those of one family, the one that is asked for if one is.
    #[must_use]
    pub fn pairs<'e>(&self, from: &'e [End<'q>], to: &'e [End<'q>], asked: Option<Family>) -> Vec<Pair<'e, 'q>> {
        let mut pairs = Vec::with_capacity(1);
        for (from, to) in parts(from).flat_map(|from| parts(to).map(move |to| (from, to))) {
            let Some((source, target)) = from.first().zip(to.first()) else { continue };
            let family = source.family;
            let is_known = source.address.or(target.address).is_some();
            let fits = asked.map_or(is_known || self.who.families().contains(&family), |asked| asked == family);
            if fits && target.family == family {
                pairs.push((from, to));
            }
        }
        pairs
    }

    /// Whether flows between two ends pass whatever the policies are.
    #[must_use]
    pub fn is_exempt(&self, (from, to): Pair<'_, 'q>) -> bool {
        let cluster = self.who.cluster();
        from.iter().all(|from| to.iter().all(|to| from.exempt(to, cluster).is_some()))
    }

    /// Judges a flow between two ends: with one that is denied, if one is. None for a pair without ends.
    pub fn judge(&mut self, (from, to): Pair<'_, 'q>, protocol: Protocol, port: u16) -> Option<Answer<'q>> {
        let (mut found, mut differ): (Option<Answer<'q>>, bool) = (None, false);
        for (from, to) in from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to))) {
            let allowed = self.allows(&from, &to, protocol, port);
            let before = found.as_ref().map(|answer| answer.allowed);
            differ |= before.is_some_and(|before| before != allowed);
            if before.is_none_or(|before| before && !allowed) {
                let family = Some(from.family);
                let exempt = from.exempt(&to, self.who.cluster());
                found =
                    Some(Answer { allowed, ends: (from, to), port, family, alone: false, is_in_doubt: false, exempt });
            }
        }
        let mut answer = found?;
        answer.is_in_doubt = differ || self.depends_on_address(&answer, protocol);
        Some(answer)
    }

    // Whether the answer would be another if ends were in few of the networks that they may be in, or in many.
    fn depends_on_address(&mut self, answer: &Answer<'q>, protocol: Protocol) -> bool {
        let (from, to) = answer.ends;
        let tables = self.tables;
        let placed = |end: End<'q>| {
            let doubts = end.pod.filter(|_| end.address.is_none()).map_or(&[][..], |pod| tables.doubts(pod));
            let doubts = doubts.iter().filter(move |doubt| doubt.is_v4 == (end.family == Family::V4));
            doubts.flat_map(|doubt| doubt.sides).map(move |side| End { side, ..end })
        };
        let [from, to]: [SmallVec<[_; 3]>; 2] = [from, to].map(|end| placed(end).chain([end]).collect());
        let mut pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from, to)));
        pairs.any(|(from, to)| self.allows(from, to, protocol, answer.port) != answer.allowed)
    }

    /// Judges a flow between two ends, each at the address that it has or that stands for it.
    pub fn allows(&mut self, from: &End<'_>, to: &End<'_>, protocol: Protocol, port: u16) -> bool {
        from.exempt(to, self.who.cluster()).is_some() || self.cells.allows(from.side, to.side, protocol, port)
    }

    fn ends(&self, flow: &Flow<'_>, source: bool) -> Result<Vec<End<'q>>, Box<Diagnostic>> {
        let word = if source { flow.from } else { flow.to };
        let (message, help) = match self.who.find(word.text) {
            Ok(party) => {
                let mut ends = self.who.ends(&party, self.tables);
                // `ip:` asks for that address, also when the pod that owns it has another.
                if let Some(asked) = word.text.strip_prefix("ip:").and_then(|text| text.parse::<IpAddr>().ok()) {
                    ends.retain(|end| end.address == Some(asked.to_canonical()));
                }
                match ends.is_empty() {
                    true => (format!("`{}` has no address", word.text), None),
                    false => return Ok(ends),
                }
            }
            Err(error) => error,
        };
        let label = if source { "the source" } else { "the destination" };
        let diagnostic = Diagnostic::new(Code::UnknownEndpoint, message, word.span, label);
        Err(Box::new(diagnostic.with_help_if(help)))
    }

    fn ports(&self, flow: &Flow<'_>, to: &End<'_>) -> Vec<u16> {
        match flow.port {
            Port::Number(number) => vec![number],
            Port::Name(name) => {
                let pod = to.pod.filter(|_| !to.is_node).and_then(|at| self.who.cluster().pods.get(at));
                let mut ports: Vec<_> = pod.into_iter().flat_map(|pod| pod.port(flow.protocol, name.text)).collect();
                ports.sort_unstable();
                ports.dedup();
                ports
            }
        }
    }

    fn nothing_to_judge(&self, flow: &Flow<'_>, from: &[End<'_>], to: &[End<'_>]) -> Diagnostic {
        if let Port::Name(name) = flow.port
            && !self.pairs(from, to, flow.family).is_empty()
        {
            let message = format!("`{}` has no port `{}` for {}", flow.to.text, name.text, flow.protocol);
            if to.iter().all(|end| end.is_node) {
                let help = "ports of the host network have no names, as they are the node's; write the number";
                return Diagnostic::new(Code::NoSuchPortName, message, name.span, "no such port").with_help(help);
            }
            let pods = to.iter().filter_map(|end| self.who.cluster().pods.get(end.pod?));
            let mut names: Vec<_> =
                pods.flat_map(|pod| &pod.ports).map(|port| format!("`{}/{}`", port.protocol, port.name)).collect();
            names.sort_unstable();
            names.dedup();
            let help = (!names.is_empty()).then(|| format!("its ports are {}", names.join(", ")));
            return Diagnostic::new(Code::NoSuchPortName, message, name.span, "no such port").with_help_if(help);
        }
        let message = match flow.family {
            Some(family) => format!("`{}` and `{}` do not both have a {family} address", flow.from.text, flow.to.text),
            None => format!("`{}` and `{}` have no addresses of one family", flow.from.text, flow.to.text),
        };
        let diagnostic = Diagnostic::new(
            Code::NoCommonFamily,
            message,
            flow.from.span.to(flow.to.span),
            "no flow can be between these",
        );
        let ends = from.iter().chain(to).map(|end| end.pod);
        ends.collect::<BTreeSet<_>>().into_iter().flatten().fold(diagnostic, |told, pod| self.with_taken(told, pod))
    }

    // Tells who owns the addresses that a pod says it has.
    fn with_taken(&self, diagnostic: Diagnostic, pod: usize) -> Diagnostic {
        let Some(pod) = self.who.cluster().pods.get(pod) else { return diagnostic };
        pod.taken.iter().fold(diagnostic, |diagnostic, (address, owner)| {
            let (namespace, name) = (&pod.namespace, &pod.name);
            diagnostic.with_help(format!("`{address}` of `{namespace}/{name}` is the newer pod `{owner}`'s by now"))
        })
    }
}

// The ends of a party, those together that stand for one address.
fn parts<'e, 'q>(ends: &'e [End<'q>]) -> impl Iterator<Item = &'e [End<'q>]> {
    let is_one = |a: &End<'_>, b: &End<'_>| a.address.or(b.address).is_none() && (a.pod, a.family) == (b.pod, b.family);
    ends.chunk_by(is_one)
}

// One answer where all agree, by a flow that policies judge if there is one.
fn summed(mut answers: Vec<Answer<'_>>) -> Vec<Answer<'_>> {
    let judged = answers.iter().find(|answer| answer.exempt.is_none());
    let Some(first) = judged.or(answers.first()).cloned() else { return answers };
    if answers.iter().all(|answer| answer.allowed == first.allowed) {
        let family = first.family.filter(|_| answers.iter().all(|answer| answer.family == first.family));
        let is_in_doubt = answers.iter().any(|answer| answer.is_in_doubt);
        return vec![Answer { family, is_in_doubt, ..first }];
    }
    answers.iter_mut().for_each(|answer| answer.alone = true);
    answers
}
