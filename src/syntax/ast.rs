//! The syntax tree: what was written, with its places, before anything is known of its meaning.
//!
//! Texts stay texts here (labels, addresses and numbers are checked where names are resolved). Comments are kept in one
//! list a file, by place, so that no node has to carry them; doc comments belong to the statement below them.

use crate::model::{Action, Direction, Protocol};
use crate::span::{FileId, Span, Spanned};

/// A word, number or address as written; of a quoted one, what stands between the quotes.
pub type Text = Spanned<String>;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which.
    pub id: FileId,
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Its comments in order, doc comments left out.
    pub comments: Vec<Comment>,
    /// The parts that were not understood, from where their statement begins; a file without errors has none.
    pub unread: Vec<Span>,
}

/// A comment from its `#` to the end of its line, without trailing blanks.
pub type Comment = Text;

/// A statement; its span goes from the keyword to the last token, doc comments and annotations lie outside.
pub type Statement = Spanned<StatementParts>;

/// A statement with what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementParts {
    /// Lines of the doc comment, without `##` and one blank after it.
    pub doc: Vec<Text>,
    /// `@name(…)`.
    pub annotations: Vec<Annotation>,
    /// The statement itself.
    pub kind: StatementKind,
}

/// `@name` or `@name(value, …)`.
pub type Annotation = Spanned<AnnotationParts>;

/// The parts of an [`Annotation`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotationParts {
    /// Without the `@`.
    pub name: Text,
    /// The values, quotes removed.
    pub values: Vec<Text>,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `use a, b as c from "file"`.
    Use(Use),
    /// `namespace …`.
    Namespace(Namespace),
    /// `let name = …`.
    Let(Let),
    /// `isolate …`.
    Isolate(Isolate),
    /// `allow …` and `deny …`.
    Rule(Rule),
    /// `never …` and `always …`.
    Invariant(Invariant),
    /// `test "…" { … }`.
    Test(Test),
    /// `admin 10 { … }` and `baseline { … }`.
    Tier(Tier),
}

/// `use a, shop.b as c from "file"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// What is brought in.
    pub names: Vec<UsedName>,
    /// The file, relative to the one this stands in.
    pub path: Text,
}

/// One name of a `use`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedName {
    /// The name in the other file.
    pub name: Path,
    /// What it is called here.
    pub alias: Option<Text>,
}

/// `name` or `namespace.name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The namespace block that defines it.
    pub namespace: Option<Text>,
    /// The name.
    pub name: Text,
}

impl Path {
    /// From the namespace, where there is one, to the name.
    #[must_use]
    pub fn span(&self) -> Span {
        self.namespace.as_ref().map_or(self.name.span, |namespace| namespace.span.to(self.name.span))
    }
}

/// `namespace shop [team=retail], other { … }`, or without a block for the rest of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Which namespaces.
    pub owners: Owners,
    /// The block; `None` for the rest of the file.
    pub block: Option<Vec<Statement>>,
}

/// Which namespaces a `namespace` statement declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owners {
    /// By name.
    Named(Vec<Owned>),
    /// Those of the given cluster that match.
    Matching(Labels),
    /// Not understood; only a file with errors has such.
    Unread,
}

/// A namespace and its labels, as far as stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Its name.
    pub name: Text,
    /// `[key=value, …]`.
    pub facts: Option<Facts>,
}

/// `[key=value, …]`.
pub type Facts = Spanned<Vec<(Text, Text)>>;

/// `let name = item, … [on ports]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Let {
    /// What is defined.
    pub name: Text,
    /// Its value.
    pub value: LetValue,
    /// The ports that the name carries.
    pub on: Option<Vec<Port>>,
}

/// The right side of a `let`. A list of names alone may be either; resolve tells which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetValue {
    /// Endpoints and names.
    Endpoints(Endpoints),
    /// A list with at least one port; names in it are [`Port::Name`].
    Ports(Vec<Port>),
}

/// `isolate [ingress|egress] endpoints`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolate {
    /// One direction, or both.
    pub direction: Option<Spanned<Direction>>,
    /// Whom.
    pub subjects: Endpoints,
}

/// `allow|deny [ingress|egress] from -> to [on ports]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which of the two.
    pub action: Action,
    /// One half only, or both.
    pub direction: Option<Spanned<Direction>>,
    /// Left of the arrow.
    pub from: Endpoints,
    /// Right of the arrow.
    pub to: Endpoints,
    /// After `on`.
    pub on: Option<Vec<Port>>,
}

/// `never` or `always`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modality {
    /// No such flow passes.
    Never,
    /// Every such flow passes.
    Always,
}

/// `never|always from -> to [on ports]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Which of the two.
    pub modality: Modality,
    /// Left of the arrow.
    pub from: Endpoints,
    /// Right of the arrow.
    pub to: Endpoints,
    /// After `on`.
    pub on: Option<Vec<Port>>,
}

/// A comma list, or one primary less another.
pub type Endpoints = Spanned<EndpointsKind>;

/// The forms of [`Endpoints`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointsKind {
    /// `a, b, c`; at least one.
    List(Vec<Primary>),
    /// `a except b`.
    Except(Box<Primary>, Box<Primary>),
}

impl EndpointsKind {
    /// The primaries that are meant: of an `except`, the one that it takes from.
    pub fn primaries(&self) -> impl Iterator<Item = &Primary> {
        match self {
            Self::List(list) => list.as_slice(),
            Self::Except(base, _) => std::slice::from_ref(base.as_ref()),
        }
        .iter()
    }
}

/// One endpoint.
pub type Primary = Spanned<PrimaryKind>;

/// The forms of [`Primary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrimaryKind {
    /// `pods[labels] in place`.
    Pods(Option<Labels>, Option<Place>),
    /// `nodes[labels]`.
    Nodes(Option<Labels>),
    /// `service name in namespace`.
    Service(Text, Option<Text>),
    /// An address or CIDR, as written.
    Address(Text),
    /// `any`.
    Any,
    /// A name.
    Name(Path),
    /// `( endpoints )`.
    Group(Box<Endpoints>),
}

/// What stands after `pods … in`.
pub type Place = Spanned<PlaceKind>;

/// The forms of [`Place`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// `shop` or `(shop, pay)`.
    Named(Vec<Text>),
    /// `namespaces[labels]`.
    Matching(Labels),
    /// `*`.
    All,
}

/// `[requirement, …]`.
pub type Labels = Spanned<Vec<Requirement>>;

/// One condition on a label, from its first to its last token.
pub type Requirement = Spanned<RequirementParts>;

/// The parts of a [`Requirement`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementParts {
    /// The label's key.
    pub key: Text,
    /// What it asks of the key.
    pub operator: Operator,
}

/// What a [`Requirement`] asks; `==` is [`Operator::Equals`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `key=value`.
    Equals(Text),
    /// `key!=value`.
    NotEquals(Text),
    /// `key in (…)`.
    In(Vec<Text>),
    /// `key notin (…)`.
    NotIn(Vec<Text>),
    /// `key`.
    Exists,
    /// `!key`.
    DoesNotExist,
}

/// One entry of a list of ports.
pub type Port = Spanned<PortKind>;

/// The forms of [`Port`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// `tcp`, `tcp/80`, `tcp/80-90`, `tcp/http`.
    Protocol(Spanned<Protocol>, Option<PortSpec>),
    /// A name of a `let`.
    Name(Path),
}

/// What stands after `tcp/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortSpec {
    /// `80`.
    Number(Text),
    /// `80-90`.
    Range(Text, Text),
    /// `http`.
    Name(Text),
}

/// `test "…" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it is about.
    pub title: Text,
    /// Fixtures and expectations in order.
    pub steps: Vec<TestStep>,
}

/// One line of a test.
pub type TestStep = Spanned<TestStepKind>;

/// The forms of [`TestStep`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestStepKind {
    /// `pod name = [facts] in ns [facts] ports http=tcp/80`.
    Fixture(Fixture),
    /// `expect allow|deny a, b -> c on tcp/80`.
    Expectation(Expectation),
}

/// `pod name = [facts] in ns [facts] ports http=tcp/80`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// What the test calls it.
    pub name: Text,
    /// Its labels.
    pub facts: Facts,
    /// Its namespace and, as far as stated, that namespace's labels.
    pub place: Option<Owned>,
    /// Its named ports.
    pub ports: Vec<NamedPort>,
}

/// `http=tcp/80`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPort {
    /// The name.
    pub name: Text,
    /// Its protocol.
    pub protocol: Spanned<Protocol>,
    /// Its number.
    pub number: Text,
}

/// `expect allow|deny a, b -> c on tcp/80`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What is expected of each flow.
    pub verdict: Spanned<Action>,
    /// Fixtures and addresses, left.
    pub from: Vec<Party>,
    /// Fixtures and addresses, right.
    pub to: Vec<Party>,
    /// After `on`.
    pub on: Option<Vec<Port>>,
}

/// One end of an expected flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party {
    /// A fixture's name.
    Fixture(Text),
    /// An address.
    Address(Text),
}

/// `admin number "title" { … }` or `baseline "title" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The priority of an admin tier; `None` is the baseline.
    pub priority: Option<Text>,
    /// Its title.
    pub title: Option<Text>,
    /// Its rules.
    pub rules: Vec<TierRule>,
}

/// `accept|deny|pass [ingress|egress] from -> to [on ports]`, from the keyword to the last token.
pub type TierRule = Spanned<TierRuleParts>;

/// A tier's rule with what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRuleParts {
    /// Lines of the doc comment.
    pub doc: Vec<Text>,
    /// `@name(…)`.
    pub annotations: Vec<Annotation>,
    /// What a match does.
    pub verdict: TierVerdict,
    /// One half only, or both.
    pub direction: Option<Spanned<Direction>>,
    /// Left of the arrow.
    pub from: Endpoints,
    /// Right of the arrow.
    pub to: Endpoints,
    /// After `on`.
    pub on: Option<Vec<Port>>,
}

/// What a tier's rule does with a flow that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierVerdict {
    /// Final.
    Accept,
    /// Final.
    Deny,
    /// Leaves the tier.
    Pass,
}
