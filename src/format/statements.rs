//! Statements.

use super::Printer;
use super::doc::Doc;
use super::endpoints::{path_text, word};
use super::entries::Entry;
use crate::model::{Action, Direction};
use crate::span::{Span, Spanned};
use crate::syntax::ast::{
    Annotation, Endpoints, Invariant, Isolate, Let, LetValue, Modality, Namespace, Owners, Port, Rule, Statement,
    StatementKind, Text, Tier, TierRule, TierVerdict, Use, UsedName,
};

// Where the first of what stands before a statement begins, or the statement itself.
fn start_of_lead(doc: &[Text], annotations: &[Annotation], own: Span) -> u32 {
    let doc = doc.first().map(|line| line.span.start);
    let annotation = annotations.first().map(|annotation| annotation.span.start);
    // A doc comment may stand behind annotations too.
    doc.into_iter().chain(annotation).min().unwrap_or(own.start)
}

impl Entry for Statement {
    fn start(&self) -> u32 {
        start_of_lead(&self.value.doc, &self.value.annotations, self.span)
    }

    fn end(&self) -> u32 {
        self.span.end
    }

    fn is_parted(&self, next: &Self) -> bool {
        let kind = |statement: &Self| std::mem::discriminant(&statement.value.kind);
        let is_block =
            matches!(self.value.kind, StatementKind::Namespace(_) | StatementKind::Test(_) | StatementKind::Tier(_));
        is_block || kind(self) != kind(next) || !next.value.doc.is_empty() || !next.value.annotations.is_empty()
    }

    fn print(&self, printer: &mut Printer<'_>) {
        printer.lead(&self.value.doc, &self.value.annotations, self.span.start);
        match &self.value.kind {
            StatementKind::Use(used) => printer.used(used),
            StatementKind::Namespace(namespace) => printer.namespace(namespace, self),
            StatementKind::Let(binding) => printer.binding(binding),
            StatementKind::Isolate(isolate) => printer.isolate(isolate),
            StatementKind::Rule(rule) => printer.rule(rule),
            StatementKind::Invariant(invariant) => printer.invariant(invariant),
            StatementKind::Test(test) => {
                printer.out.push_str(&format!("test \"{}\"", test.title.value));
                printer.block(&test.steps, self.span);
            }
            StatementKind::Tier(tier) => printer.tier(tier, self),
        }
    }
}

impl Entry for TierRule {
    fn start(&self) -> u32 {
        start_of_lead(&self.value.doc, &self.value.annotations, self.span)
    }

    fn end(&self) -> u32 {
        self.span.end
    }

    fn is_parted(&self, next: &Self) -> bool {
        !next.value.doc.is_empty() || !next.value.annotations.is_empty()
    }

    fn print(&self, printer: &mut Printer<'_>) {
        let rule = &self.value;
        printer.lead(&rule.doc, &rule.annotations, self.span.start);
        let verb = match rule.verdict {
            TierVerdict::Accept => "accept",
            TierVerdict::Deny => "deny",
            TierVerdict::Pass => "pass",
        };
        printer.flow(&directed(verb, rule.direction.as_ref()), &rule.from, &rule.to, rule.on.as_ref());
    }
}

impl Printer<'_> {
    fn used(&mut self, used: &Use) {
        let at = |name: &UsedName| name.alias.as_ref().map_or(name.name.span(), |alias| alias.span).end;
        let print = |_: &mut Self, name: &UsedName| {
            let alias = name.alias.as_ref().map(|alias| format!(" as {}", alias.value));
            Doc::text(path_text(&name.name) + &alias.unwrap_or_default())
        };
        let names = self.list(&used.names, Doc::Line, at, print);
        let mut from = self.comments.between(Doc::Line, used.path.span.start);
        from.push(Doc::text(format!("from \"{}\"", used.path.value)));
        self.show(&Doc::Group(vec![Doc::text("use"), Doc::Group(vec![Doc::Nest(names)]), Doc::Nest(from)]));
    }

    fn namespace(&mut self, namespace: &Namespace, statement: &Statement) {
        let owners = match &namespace.owners {
            // The first stands on the line of its keyword.
            Owners::Named(owned) => self.list(owned, Doc::text(" "), |owned| owned.name.span.end, Self::owned),
            Owners::Matching(labels) => vec![Doc::text(" "), self.labels(labels)],
            // A file with errors is never printed.
            Owners::Unread => Vec::new(),
        };
        self.show(&Doc::Group(vec![Doc::text("namespace"), Doc::Nest(owners)]));
        if let Some(statements) = &namespace.block {
            self.block(statements, statement.span);
        }
    }

    fn binding(&mut self, binding: &Let) {
        let value = match &binding.value {
            LetValue::Endpoints(endpoints) => self.endpoints(endpoints),
            LetValue::Ports(ports) => self.ports(ports),
        };
        let on = self.on(binding.on.as_ref());
        self.show(&Doc::Group(vec![Doc::text(format!("let {} =", binding.name.value)), value, Doc::Nest(on)]));
    }

    fn isolate(&mut self, isolate: &Isolate) {
        let subjects = self.endpoints(&isolate.subjects);
        self.show(&Doc::Group(vec![Doc::Text(directed("isolate", isolate.direction.as_ref())), subjects]));
    }

    fn rule(&mut self, rule: &Rule) {
        let head = directed(action_word(rule.action), rule.direction.as_ref());
        self.flow(&head, &rule.from, &rule.to, rule.on.as_ref());
    }

    fn invariant(&mut self, invariant: &Invariant) {
        let head = match invariant.modality {
            Modality::Never => "never",
            Modality::Always => "always",
        };
        self.flow(head, &invariant.from, &invariant.to, invariant.on.as_ref());
    }

    // The arrow goes to a line of its own first, then `on`, then the lists.
    fn flow(&mut self, head: &str, from: &Endpoints, to: &Endpoints, on: Option<&Vec<Port>>) {
        let from = self.endpoints(from);
        let mut rest = self.comments.between(Doc::Line, to.span.start);
        let mut right = vec![Doc::text("->"), self.endpoints(to)];
        right.extend(self.on(on));
        rest.push(Doc::Group(right));
        self.show(&Doc::Group(vec![Doc::text(head), from, Doc::Nest(rest)]));
    }

    fn tier(&mut self, tier: &Tier, statement: &Statement) {
        self.out.push_str(&match &tier.priority {
            Some(priority) => format!("admin {}", priority.value),
            None => "baseline".to_owned(),
        });
        if let Some(title) = &tier.title {
            self.show(&Doc::Group(vec![Doc::text(" \""), word(title), Doc::text("\"")]));
        }
        self.block(&tier.rules, statement.span);
    }
}

/// `allow` or `deny`.
pub(super) fn action_word(action: Action) -> &'static str {
    match action {
        Action::Allow => "allow",
        Action::Deny => "deny",
    }
}

fn directed(verb: &str, direction: Option<&Spanned<Direction>>) -> String {
    match direction.map(|direction| direction.value) {
        Some(Direction::Ingress) => format!("{verb} ingress"),
        Some(Direction::Egress) => format!("{verb} egress"),
        None => verb.to_owned(),
    }
}
