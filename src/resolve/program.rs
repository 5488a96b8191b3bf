//! What [`super::resolve`] makes: statements without a name left in them.
//!
//! A statement in a block for several namespaces is here once for each. Only this module's parent makes a [`Program`].

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Action, Direction, Labels, NamedDns, Namespace, Peer, Ports, Protocol, Subject, WrittenRanges};
use crate::span::{Span, Spanned};

/// A whole program, every name resolved.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The namespaces that the program declares, with the labels that are known of them.
    pub(crate) owned: BTreeMap<String, Labels>,
    /// `isolate` statements.
    pub(crate) isolates: Vec<Isolate>,
    /// `allow` and `deny` statements.
    pub(crate) rules: Vec<Rule>,
    /// Rules that are left out because their day has come.
    pub(crate) expired: Vec<Span>,
    /// `test` blocks.
    pub(crate) tests: Vec<Test>,
    /// Names that a file of the program defines and nothing uses.
    pub(crate) unused: Vec<Spanned<String>>,
    /// Selectors as written, for the checks that look at each.
    pub(crate) selectors: Vec<Spanned<crate::model::Selector>>,
    /// The ranges of ports as written.
    pub(crate) port_ranges: WrittenRanges,
    /// What its files call `dns`.
    pub(crate) dns: Vec<NamedDns>,
}

/// What is needed to judge a program's tests, whatever its rules were.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// The namespaces that the program declares, with the labels that are known of them.
    pub(crate) owned: BTreeMap<String, Labels>,
    /// The `test` blocks.
    pub(crate) blocks: Vec<Test>,
}

/// What stands before a statement, and around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The statement.
    pub(crate) span: Span,
    /// Its doc comment.
    pub(crate) doc: Option<String>,
    /// `@name`.
    pub(crate) object: Option<Arc<str>>,
    /// `@owner`.
    pub(crate) owner: Option<String>,
    /// `@ticket`.
    pub(crate) ticket: Option<String>,
    /// `@expires`.
    pub(crate) expires: Option<Expiry>,
    /// `@log`, and where.
    pub(crate) log: Option<Span>,
    /// `@audit`, and where.
    pub(crate) audit: Option<Span>,
}

/// `@expires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// From which day.
    pub(crate) date: Date,
    /// The annotation.
    pub(crate) span: Span,
    /// Whether it stands before a `namespace`, and so is about each `allow` there.
    pub(crate) is_of_namespace: bool,
}

/// `isolate`.
#[derive(Clone, Debug)]
pub struct Isolate {
    pub(crate) meta: Meta,
    /// One direction, or both.
    pub(crate) direction: Option<Direction>,
    /// The pods of owned namespaces that it closes.
    pub(crate) subjects: Vec<Subject>,
    /// Whether a subject is of every namespace (`in *`), and where that was said.
    pub(crate) everywhere: Option<Span>,
}

/// `allow` or `deny`.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(crate) meta: Meta,
    pub(crate) action: Action,
    /// One half only, or both.
    pub(crate) direction: Option<Direction>,
    /// The sources.
    pub(crate) from: Side,
    /// The destinations with their ports.
    pub(crate) to: Vec<(Side, Ports)>,
    /// Whether it lets everything through: `any -> any` without ports.
    pub(crate) everything: bool,
}

/// One side of a rule: as peers of the other side, and as subjects.
#[derive(Clone, Debug, Default)]
pub struct Side {
    pub(crate) peers: Vec<Peer>,
    pub(crate) subjects: Vec<Subject>,
    /// Whether the subjects are all that the peers are: pods of owned namespaces alone.
    pub(crate) complete: bool,
}

/// `test`.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it is about.
    pub title: Spanned<String>,
    /// Its pods.
    pub fixtures: Vec<Fixture>,
    /// What it expects.
    pub expectations: Vec<Expectation>,
}

/// A pod of a test.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// What the test calls it.
    pub name: String,
    /// Where it is.
    pub namespace: Namespace,
    /// The labels stated of its namespace.
    pub namespace_labels: Labels,
    /// Its labels.
    pub labels: Labels,
    /// Its named ports.
    pub ports: Vec<(String, Protocol, u16)>,
}

/// An expectation: every flow from one of the left to one of the right.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The statement.
    pub span: Span,
    /// What is expected.
    pub verdict: Action,
    /// Left.
    pub from: Vec<Party>,
    /// Right.
    pub to: Vec<Party>,
    /// The ports.
    pub ports: Ports,
}

/// One end of an expected flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// An index into [`Test::fixtures`].
    Fixture(usize),
    /// An address.
    Address(std::net::IpAddr),
}
