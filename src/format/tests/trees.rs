//! Generated syntax trees: every form that the language has, small, with names that collide with its words.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use crate::model::{Action, Direction, Protocol};
use crate::span::{FileId, Span, Spanned};
use crate::syntax::ast::*;

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(FileId(0), 0, 0))
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = Text> {
    select(words).prop_map(|word| at(word.to_owned()))
}

fn name() -> impl Strategy<Value = Text> {
    word(&["a", "web", "web-api", "from", "as", "port", "allow-dns", "x_1", "pod"])
}

fn place_name() -> impl Strategy<Value = Text> {
    word(&["shop", "kube-system", "in", "test", "on", "1st"])
}

fn value() -> impl Strategy<Value = Text> {
    word(&["a", "retail", "v1.2", "", "on", "needs quotes", "a=b", "2027-03-31"])
}

fn key() -> impl Strategy<Value = Text> {
    word(&["app", "app.kubernetes.io/name", "in", "x_y", "9"])
}

fn path() -> impl Strategy<Value = Path> {
    (of(word(&["shop", "on", "b-2"])), name()).prop_map(|(namespace, name)| Path { namespace, name })
}

fn labels() -> impl Strategy<Value = Labels> {
    let operator = prop_oneof![
        value().prop_map(Operator::Equals),
        value().prop_map(Operator::NotEquals),
        vec(value(), 1..3).prop_map(Operator::In),
        vec(value(), 1..3).prop_map(Operator::NotIn),
        Just(Operator::Exists),
        Just(Operator::DoesNotExist),
    ];
    let requirement = (key(), operator).prop_map(|(key, operator)| at(RequirementParts { key, operator }));
    vec(requirement, 1..4).prop_map(at)
}

fn facts() -> impl Strategy<Value = Facts> {
    vec((key(), value()), 1..4).prop_map(at)
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        vec(place_name(), 1..3).prop_map(PlaceKind::Named),
        labels().prop_map(PlaceKind::Matching),
        Just(PlaceKind::All),
    ]
    .prop_map(at)
}

fn primary() -> impl Strategy<Value = Primary> {
    let leaf = prop_oneof![
        (of(labels()), of(place())).prop_map(|(labels, place)| PrimaryKind::Pods(labels, place)),
        of(labels()).prop_map(PrimaryKind::Nodes),
        (place_name(), of(place_name())).prop_map(|(name, place)| PrimaryKind::Service(name, place)),
        word(&["10.0.0.0/8", "::/0", "192.0.2.7"]).prop_map(PrimaryKind::Address),
        Just(PrimaryKind::Any),
        path().prop_map(PrimaryKind::Name),
    ];
    leaf.prop_map(at).prop_recursive(2, 8, 3, |inner| {
        endpoints_of(inner).prop_map(|endpoints| at(PrimaryKind::Group(Box::new(endpoints))))
    })
}

fn endpoints_of(primary: impl Strategy<Value = Primary> + Clone) -> impl Strategy<Value = Endpoints> {
    prop_oneof![
        3 => vec(primary.clone(), 1..4).prop_map(EndpointsKind::List),
        1 => (primary.clone(), primary).prop_map(|(base, minus)| EndpointsKind::Except(Box::new(base), Box::new(minus))),
    ]
    .prop_map(at)
}

fn endpoints() -> impl Strategy<Value = Endpoints> {
    endpoints_of(primary().boxed())
}

fn protocol() -> impl Strategy<Value = Spanned<Protocol>> {
    select(&Protocol::ALL[..]).prop_map(at)
}

fn numbered() -> impl Strategy<Value = Port> {
    let spec = prop_oneof![
        word(&["80", "65535"]).prop_map(PortSpec::Number),
        (word(&["80"]), word(&["90"])).prop_map(|(first, last)| PortSpec::Range(first, last)),
        word(&["http", "in", "80-http"]).prop_map(PortSpec::Name),
    ];
    (protocol(), of(spec)).prop_map(|(protocol, spec)| at(PortKind::Protocol(protocol, spec)))
}

fn ports() -> impl Strategy<Value = Vec<Port>> {
    vec(prop_oneof![numbered(), path().prop_map(|path| at(PortKind::Name(path)))], 1..4)
}

fn direction() -> impl Strategy<Value = Option<Spanned<Direction>>> {
    of(select(&Direction::BOTH[..]).prop_map(at))
}

fn action() -> impl Strategy<Value = Action> {
    select(&[Action::Allow, Action::Deny][..])
}

fn doc() -> impl Strategy<Value = Vec<Text>> {
    vec(word(&["Why.", "", " indented", "a # b"]), 0..2)
}

fn annotations() -> impl Strategy<Value = Vec<Annotation>> {
    let annotation = (word(&["owner", "log", "as-is"]), vec(value(), 0..3));
    vec(annotation.prop_map(|(name, values)| at(AnnotationParts { name, values })), 0..3)
}

fn binding() -> impl Strategy<Value = Let> {
    let value = prop_oneof![
        endpoints().prop_map(LetValue::Endpoints),
        // A list of names alone is read as endpoints.
        (numbered(), ports()).prop_map(|(first, rest)| LetValue::Ports(std::iter::once(first).chain(rest).collect())),
    ];
    (name(), value, of(ports())).prop_map(|(name, value, on)| Let { name, value, on })
}

fn fixture() -> impl Strategy<Value = Fixture> {
    let port = (word(&["http", "in", "on"]), protocol(), word(&["80", "53"]));
    let ports = vec(port.prop_map(|(name, protocol, number)| NamedPort { name, protocol, number }), 0..3);
    (name(), facts(), of(owned()), ports).prop_map(|(name, facts, place, ports)| Fixture { name, facts, place, ports })
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let party =
        || vec(prop_oneof![name().prop_map(Party::Fixture), word(&["::1", "10.0.0.1"]).prop_map(Party::Address)], 1..3);
    (action(), party(), party(), of(ports())).prop_map(|(verdict, from, to, on)| Expectation {
        verdict: at(verdict),
        from,
        to,
        on,
    })
}

fn test() -> impl Strategy<Value = Test> {
    let step =
        prop_oneof![fixture().prop_map(TestStepKind::Fixture), expectation().prop_map(TestStepKind::Expectation),];
    (word(&["a title", ""]), vec(step.prop_map(at), 0..4)).prop_map(|(title, steps)| Test { title, steps })
}

fn tier() -> impl Strategy<Value = Tier> {
    let verdict = select(&[TierVerdict::Accept, TierVerdict::Deny, TierVerdict::Pass][..]);
    let rule = (doc(), annotations(), verdict, direction(), endpoints(), endpoints(), of(ports()));
    let rule = rule.prop_map(|(doc, annotations, verdict, direction, from, to, on)| {
        at(TierRuleParts { doc, annotations, verdict, direction, from, to, on })
    });
    (of(word(&["10", "999"])), of(word(&["guard rails"])), vec(rule, 0..3)).prop_map(|(priority, title, rules)| Tier {
        priority,
        title,
        rules,
    })
}

fn owned() -> impl Strategy<Value = Owned> {
    (place_name(), of(facts())).prop_map(|(name, facts)| Owned { name, facts })
}

fn flow_statement() -> impl Strategy<Value = StatementKind> {
    let modality = select(&[Modality::Never, Modality::Always][..]);
    prop_oneof![
        (action(), direction(), endpoints(), endpoints(), of(ports())).prop_map(|(action, direction, from, to, on)| {
            StatementKind::Rule(Rule { action, direction, from, to, on })
        }),
        (modality, endpoints(), endpoints(), of(ports()))
            .prop_map(|(modality, from, to, on)| { StatementKind::Invariant(Invariant { modality, from, to, on }) }),
        (direction(), endpoints())
            .prop_map(|(direction, subjects)| StatementKind::Isolate(Isolate { direction, subjects })),
    ]
}

fn kind() -> impl Strategy<Value = StatementKind> {
    let used = (path(), of(name())).prop_map(|(name, alias)| UsedName { name, alias });
    prop_oneof![
        (vec(used, 1..3), word(&["common.netpol", "../a b"]))
            .prop_map(|(names, path)| StatementKind::Use(Use { names, path })),
        binding().prop_map(StatementKind::Let),
        flow_statement(),
        flow_statement(),
        test().prop_map(StatementKind::Test),
        tier().prop_map(StatementKind::Tier),
    ]
}

fn statement(kind: impl Strategy<Value = StatementKind>) -> impl Strategy<Value = Statement> {
    (doc(), annotations(), kind).prop_map(|(doc, annotations, kind)| at(StatementParts { doc, annotations, kind }))
}

/// Whole files.
pub(super) fn file() -> impl Strategy<Value = File> {
    let owners = prop_oneof![vec(owned(), 1..3).prop_map(Owners::Named), labels().prop_map(Owners::Matching)];
    let namespace = (owners, of(vec(statement(kind()), 0..3)))
        .prop_map(|(owners, block)| StatementKind::Namespace(Namespace { owners, block }));
    let kind = prop_oneof![4 => kind().boxed(), 1 => namespace.boxed()];
    vec(statement(kind), 0..5).prop_map(|statements| File {
        id: FileId(0),
        statements,
        comments: Vec::new(),
        unread: Vec::new(),
    })
}
