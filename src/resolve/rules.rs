//! `allow` and `deny` statements.

use std::collections::BTreeMap;

use super::annotations;
use super::program::{Meta, Rule, Side};
use super::statements::Statements;
use super::subjects::Written;
use super::values::{Context, Resolver, Term};
use crate::diag::{Code, Diagnostic};
use crate::model::{Action, Base, Direction, Peer, Ports, as_far_end};
use crate::span::Span;
use crate::syntax::ast::{self, Port};

impl Statements<'_> {
    /// Resolves a rule. One that has expired is checked and left out.
    pub(super) fn rule(&mut self, rule: &ast::Rule, meta: &Meta, context: &Context) {
        let from = self.resolver.endpoints(&rule.from, context);
        let to = self.resolver.endpoints(&rule.to, context);
        let from_any = from.iter().any(|term| is_any(&term.peer));
        let to = self.ports_of_targets(rule, to, context);
        let all_to_any = |(ports, peers): (&Ports, &Vec<Peer>)| ports.has_every_number() && peers.iter().any(is_any);
        let everything = from_any && to.iter().any(all_to_any);
        if annotations::expired(meta, self.resolver.around.today, &mut self.resolver.diagnostics) {
            // A block for several namespaces has the rule in each.
            if self.program.expired.last() != Some(&meta.span) {
                self.program.expired.push(meta.span);
            }
            return;
        }
        let from = self.side(rule, Direction::Egress, from.into_iter().map(|term| term.peer).collect());
        let to = to.into_iter().map(|(ports, peers)| (self.side(rule, Direction::Ingress, peers), ports)).collect();
        let direction = rule.direction.as_ref().map(|direction| direction.value);
        self.program.rules.push(Rule { meta: meta.clone(), action: rule.action, direction, from, to, everything });
    }

    // The side of a rule at which it acts in a direction.
    fn side(&mut self, rule: &ast::Rule, direction: Direction, peers: Vec<Peer>) -> Side {
        let span = match direction {
            Direction::Egress => rule.from.span,
            Direction::Ingress => rule.to.span,
        };
        let written = Written { span, allowed: (rule.action == Action::Allow).then_some(direction) };
        let acts = rule.direction.as_ref().is_none_or(|only| only.value == direction);
        let subjects = if acts { self.resolver.subjects(&peers, written) } else { Vec::new() };
        let complete = peers.iter().all(|peer| self.resolver.is_owned(peer));
        let peers = peers.into_iter().map(as_far_end).collect();
        Side { peers, subjects, complete }
    }

    // The destinations, those with the same ports together.
    fn ports_of_targets(&mut self, rule: &ast::Rule, to: Vec<Term>, context: &Context) -> BTreeMap<Ports, Vec<Peer>> {
        let Some(on) = &rule.on else { return self.carried_ports(rule, to, context) };
        let mut by_ports: BTreeMap<Ports, Vec<Peer>> = BTreeMap::new();
        if to.iter().any(|term| term.service.is_some()) {
            if to.iter().any(|term| term.service.is_none()) {
                self.service_beside_others(rule, on, context);
            }
            for (term, ports) in self.resolver.translate(on, to, context) {
                by_ports.entry(ports).or_default().push(term.peer);
            }
            return by_ports;
        }
        if rule.action == Action::Allow && to.iter().any(|term| term.ports.is_some()) {
            self.resolver.one_set_of_ports(&rule.to, on, context);
        }
        let ports = self.resolver.ports(on, context);
        BTreeMap::from([(ports, to.into_iter().map(|term| term.peer).collect())])
    }

    // The same where the rule itself gives no ports. In a deny a name means its pods: closing one port of them was not
    // said. A Service that stands there itself was said, and has ports of its own.
    fn carried_ports(&mut self, rule: &ast::Rule, to: Vec<Term>, context: &Context) -> BTreeMap<Ports, Vec<Peer>> {
        let is_in_place = |term: &Term| term.service.is_some_and(|service| !service.is_named);
        let carries = |term: &Term| rule.action == Action::Allow || is_in_place(term);
        let span = |resolver: &mut Resolver<'_>, at| service_span(rule, resolver, context, Some(at));
        self.resolver.services_without_ports(to.iter().filter(|term| carries(term)), span);
        let mut by_ports: BTreeMap<Ports, Vec<Peer>> = BTreeMap::new();
        for term in to {
            let ports = if carries(&term) { term.ports } else { None };
            by_ports.entry(ports.unwrap_or(Ports::All)).or_default().push(term.peer);
        }
        by_ports
    }

    // A Service's ports are translated, those of pods are not: one `on` cannot be both.
    fn service_beside_others(&mut self, rule: &ast::Rule, on: &[Port], context: &Context) {
        let span = service_span(rule, &mut self.resolver, context, None);
        let message = "a Service stands beside others in a list with an `on`";
        let diagnostic = Diagnostic::new(Code::ServiceInList, message, span, "its ports are not those of its pods")
            .with_label(on.first().map_or(rule.to.span, |first| first.span), "the Service's port, or a pod's?")
            .with_help("write two lines: one for the Service, one for the others");
        self.resolver.diagnostics.push(diagnostic);
    }
}

// Where a rule's destinations name a Service: one, or any.
fn service_span(rule: &ast::Rule, resolver: &mut Resolver<'_>, context: &Context, asked: Option<usize>) -> Span {
    let is_it = |term: &Term| term.service.is_some_and(|service| asked.is_none_or(|asked| asked == service.at));
    let service = rule.to.value.primaries().find(|primary| resolver.primary(primary, context).iter().any(is_it));
    service.map_or(rule.to.span, |primary| primary.span)
}

fn is_any(peer: &Peer) -> bool {
    peer.within == Base::Any && peer.except.is_empty()
}

#[cfg(test)]
mod tests {
    use crate::model::{Ports, Protocol, RangeSet};
    use crate::resolve::testing::{check, run};

    // The ports of the first rule's destinations.
    fn ports(text: &str) -> Vec<Ports> {
        let program = run(&[("test.netpol", text)], None, None).program.unwrap();
        program.rules[0].to.iter().map(|(_, ports)| ports.clone()).collect()
    }

    fn tcp(number: u16) -> Ports {
        Ports::numbers(Protocol::Tcp, RangeSet::range(number, number))
    }

    const NAMES: &str = "let pg = pods[app=pg] on tcp/5432\nlet web = pods[app=web]\n";

    #[test]
    fn a_name_carries_its_ports_right_of_the_arrow() {
        assert_eq!(ports(&format!("{NAMES}allow web -> pg")), [tcp(5432)]);
        assert_eq!(ports(&format!("{NAMES}allow web -> pg on tcp/22")), [tcp(22)]);
        assert_eq!(ports(&format!("{NAMES}allow web -> (pg except web)")), [tcp(5432)]);
        assert_eq!(ports(&format!("{NAMES}allow web -> (pods except pg)")), [Ports::All]);
        assert_eq!(ports(&format!("{NAMES}allow pg -> web")), [Ports::All]);
        assert_eq!(ports(&format!("{NAMES}deny web -> pg")), [Ports::All]);
        assert_eq!(ports(&format!("{NAMES}allow web -> pg, web")), [Ports::All, tcp(5432)]);
        assert_eq!(ports(&format!("{NAMES}let db = pg on tcp/1\nallow web -> db")), [tcp(1)]);
    }

    #[test]
    fn a_list_with_on_has_one_set_of_ports() {
        check(&format!("{NAMES}allow web -> pg, web on tcp/80"), &["E0402 |pg| write two lines"]);
        check(&format!("{NAMES}allow web -> (pg, web) on tcp/80"), &["E0402 |pg|"]);
        check(&format!("{NAMES}let x = pg, web on tcp/80\nallow web -> x"), &["E0402 |pg|"]);
        check(&format!("{NAMES}deny web -> pg, web on tcp/80"), &[]);
        check(&format!("{NAMES}allow pg, web -> web on tcp/80"), &[]);
    }

    #[test]
    fn an_expired_rule_is_checked_and_left_out() {
        let text = "let web = pods[app=web]\n@expires(2026-12-31) allow web -> any\nisolate pods";
        check(text, &["W0402 |@expires(2026-12-31)| remove the rule"]);
        let program = run(&[("test.netpol", text)], None, None).program.unwrap();
        assert!(program.rules.is_empty() && program.unused.is_empty());
        check("@expires(2026-12-31) allow pods -> nobody", &["W0402", "E0204 |nobody|"]);
    }
}
