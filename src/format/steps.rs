//! Steps of a test.

use super::Printer;
use super::doc::Doc;
use super::entries::Entry;
use super::statements::action_word;
use crate::syntax::ast::{Expectation, Fixture, NamedPort, Party, TestStep, TestStepKind};

impl Entry for TestStep {
    fn start(&self) -> u32 {
        self.span.start
    }

    fn end(&self) -> u32 {
        self.span.end
    }

    fn is_parted(&self, _: &Self) -> bool {
        false
    }

    fn print(&self, printer: &mut Printer<'_>) {
        match &self.value {
            TestStepKind::Fixture(fixture) => printer.fixture(fixture),
            TestStepKind::Expectation(expectation) => printer.expectation(expectation),
        }
    }
}

impl Printer<'_> {
    fn fixture(&mut self, fixture: &Fixture) {
        let mut docs = vec![Doc::text(format!("pod {} = ", fixture.name.value)), self.facts(&fixture.facts)];
        let mut rest = Vec::new();
        if let Some(place) = &fixture.place {
            rest.extend(self.comments.between(Doc::Line, place.name.span.start));
            rest.extend([Doc::text("in "), self.owned(place)]);
        }
        if let Some(first) = fixture.ports.first() {
            // Comments inside the first port, too: behind `ports` they would go before it the next time.
            rest.extend(self.comments.between(Doc::Line, first.number.span.end));
            let print = |_: &mut Self, port: &NamedPort| {
                Doc::text(format!("{}={}/{}", port.name.value, port.protocol.value, port.number.value))
            };
            let ports = self.list(&fixture.ports, Doc::Line, |port| port.number.span.end, print);
            rest.extend([Doc::text("ports"), Doc::Group(vec![Doc::Nest(ports)])]);
        }
        docs.push(Doc::Nest(rest));
        self.show(&Doc::Group(docs));
    }

    fn expectation(&mut self, expectation: &Expectation) {
        let head = format!("expect {}", action_word(expectation.verdict.value));
        let from = self.parties(&expectation.from);
        let first = expectation.to.first().map_or(0, start);
        let mut rest = self.comments.between(Doc::Line, first);
        let mut right = vec![Doc::text("->"), self.parties(&expectation.to)];
        right.extend(self.on(expectation.on.as_ref()));
        rest.push(Doc::Group(right));
        self.show(&Doc::Group(vec![Doc::Text(head), from, Doc::Nest(rest)]));
    }

    fn parties(&mut self, parties: &[Party]) -> Doc {
        let print = |_: &mut Self, party: &Party| match party {
            Party::Fixture(text) | Party::Address(text) => Doc::text(text.value.as_str()),
        };
        Doc::Group(vec![Doc::Nest(self.list(parties, Doc::Line, start, print))])
    }
}

fn start(party: &Party) -> u32 {
    match party {
        Party::Fixture(text) | Party::Address(text) => text.span.start,
    }
}
