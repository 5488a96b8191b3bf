//! `test` blocks: fixtures and expectations.

use std::collections::BTreeMap;

use super::owned::Stated;
use super::program::{Expectation, Fixture, Party, Test};
use super::values::{Context, Resolver};
use super::{addresses, labels, ports};
use crate::diag::{Code, Diagnostic};
use crate::model::{Labels, METADATA_NAME, Namespace, Ports, Protocol, names};
use crate::span::Span;
use crate::syntax::ast;

impl Resolver<'_> {
    /// Resolves a test, which stands in the namespace of `context`.
    pub(super) fn test(&mut self, test: &ast::Test, context: &Context) -> Test {
        let mut resolved = Test { title: test.title.clone(), fixtures: Vec::new(), expectations: Vec::new() };
        let mut pods: BTreeMap<&str, usize> = BTreeMap::new();
        let mut stated = Stated::default();
        for step in &test.steps {
            match &step.value {
                ast::TestStepKind::Fixture(fixture) => {
                    if pods.insert(&fixture.name.value, resolved.fixtures.len()).is_some() {
                        let message = format!("pod `{}` is there twice in this test", fixture.name.value);
                        self.diagnostics.push(Diagnostic::new(Code::DefinedTwice, message, fixture.name.span, "again"));
                    }
                    let fixture = self.fixture(fixture, context, &mut stated);
                    resolved.fixtures.push(fixture);
                }
                ast::TestStepKind::Expectation(expectation) => {
                    let from = self.parties(&expectation.from, &pods);
                    let to = self.parties(&expectation.to, &pods);
                    let ports = expectation.on.as_ref().map_or(Ports::All, |on| self.ports(on, context));
                    let verdict = expectation.verdict.value;
                    self.never_judged(expectation);
                    resolved.expectations.push(Expectation { span: step.span, verdict, from, to, ports });
                }
            }
        }
        if resolved.expectations.is_empty() {
            let message = "this test expects nothing, so it could not fail";
            let diagnostic = Diagnostic::new(Code::EmptyTest, message, test.title.span, "no `expect`")
                .with_help("add what should hold: `expect allow a -> b on tcp/80`");
            self.diagnostics.push(diagnostic);
        }
        resolved
    }

    fn fixture(&mut self, fixture: &ast::Fixture, context: &Context, stated: &mut Stated) -> Fixture {
        let own = labels::facts(Some(&fixture.facts), &mut self.diagnostics);
        let (namespace, namespace_labels) = match &fixture.place {
            Some(place) => {
                if let Err(why) = names::namespace(&place.name.value) {
                    let message = format!("`{}` cannot be a namespace's name: {why}", place.name.value);
                    let diagnostic =
                        Diagnostic::new(Code::NamespaceName, message, place.name.span, "not a namespace name");
                    self.diagnostics.push(diagnostic);
                }
                let labels = labels::facts(place.facts.as_ref(), &mut self.diagnostics);
                // A namespace is one thing in the whole test, and the program's own is what the program says.
                stated.state(place, &labels, &mut self.diagnostics);
                self.owned.contradicted(place, &labels, self.around, &mut self.diagnostics);
                (Namespace::named(place.name.value.as_str()), labels)
            }
            None => (context.home.clone(), Labels::new()),
        };
        let mut namespace_labels = namespace_labels;
        if let Namespace::Named(name) = &namespace {
            namespace_labels.insert(METADATA_NAME.to_owned(), name.to_string());
        }
        let ports = self.named_ports(&fixture.ports);
        Fixture { name: fixture.name.value.clone(), namespace, namespace_labels, labels: own, ports }
    }

    // Each name once for a protocol.
    fn named_ports(&mut self, written: &[ast::NamedPort]) -> Vec<(String, Protocol, u16)> {
        let (mut seen, mut named) = (BTreeMap::new(), Vec::with_capacity(written.len()));
        for port in written {
            let (name, protocol) = (&port.name, port.protocol.value);
            ports::name(name, protocol, &mut self.diagnostics);
            let number = ports::number(&port.number, &mut self.diagnostics);
            named.extend(number.map(|number| (name.value.clone(), protocol, number)));
            if let Some(first) = seen.insert((protocol, name.value.as_str()), name.span) {
                let message = format!("this pod has port `{protocol}/{}` twice", name.value);
                let diagnostic = Diagnostic::new(Code::DefinedTwice, message, name.span, "again");
                self.diagnostics.push(diagnostic.with_label(first, "before"));
            }
        }
        named
    }

    // Policies judge flows at pods: of one between two addresses they say nothing, so that it always passes, as one from
    // a pod to itself does. Such flows may stand among others, so that `a, b -> a, b` can be said.
    fn never_judged(&mut self, expectation: &ast::Expectation) {
        if let (Some(from), Some(to)) = (only_addresses(&expectation.from), only_addresses(&expectation.to)) {
            let diagnostic =
                Diagnostic::new(Code::NothingJudged, "no pod is at either end of this flow", to, "not a pod")
                    .with_label(from, "nor this")
                    .with_help("only pods are judged: put one at an end, defined with `pod web = [app=web]`");
            self.diagnostics.push(diagnostic);
        }
        if let (Some(from), Some(to)) = (only_pod(&expectation.from), only_pod(&expectation.to))
            && from.value == to.value
        {
            let message = "a pod always reaches itself, so this could not fail";
            let diagnostic = Diagnostic::new(Code::NothingJudged, message, to.span, "the same pod")
                .with_label(from.span, "as this")
                .with_help("put another pod at one end, such as `pod other = [app=other]`, or an address");
            self.diagnostics.push(diagnostic);
        }
    }

    fn parties(&mut self, parties: &[ast::Party], fixtures: &BTreeMap<&str, usize>) -> Vec<Party> {
        let each = parties.iter().filter_map(|party| match party {
            ast::Party::Address(text) => addresses::address(text, &mut self.diagnostics).map(Party::Address),
            ast::Party::Fixture(name) => {
                let found = fixtures.get(name.value.as_str()).copied();
                if found.is_none() {
                    let message = format!("no pod of this test is called `{}`", name.value);
                    let help = self
                        .near(&name.value, |_| fixtures.keys().copied().collect())
                        .unwrap_or_else(|| format!("define it first: `pod {} = [app=…]`", name.value));
                    let diagnostic = Diagnostic::new(Code::UnknownFixture, message, name.span, "not defined above");
                    self.diagnostics.push(diagnostic.with_help(help));
                }
                found.map(Party::Fixture)
            }
        });
        each.collect()
    }
}

// Where the first address of a side stands that has no pod.
fn only_addresses(parties: &[ast::Party]) -> Option<Span> {
    let address = |party: &ast::Party| match party {
        ast::Party::Address(text) => Some(text.span),
        ast::Party::Fixture(_) => None,
    };
    let spans: Option<Vec<_>> = parties.iter().map(address).collect();
    spans?.first().copied()
}

// The pod that stands on a side alone.
fn only_pod(parties: &[ast::Party]) -> Option<&ast::Text> {
    let Some(ast::Party::Fixture(first)) = parties.first() else { return None };
    let is_first = |party: &ast::Party| matches!(party, ast::Party::Fixture(name) if name.value == first.value);
    parties.iter().all(is_first).then_some(first)
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    #[test]
    fn a_test_has_pods_and_expects_something() {
        check("test \"a\" { pod a = [app=a] expect allow a -> 10.0.0.1 on tcp/80 }", &[]);
        check("test \"a\" { pod a = [app=a] }", &["E0403 |\"a\"| add what should hold"]);
        check("test \"a\" { }", &["E0403 |\"a\"|"]);
    }

    #[test]
    fn a_flow_between_addresses_judges_nothing() {
        check("test \"a\" { expect allow 10.0.0.1 -> 10.0.0.2 }", &["E0730 |10.0.0.2| only pods are judged"]);
        check(
            "test \"a\" { pod a = [b=c] expect deny 10.0.0.1, ::1 -> 10.0.0.2, ::1 on tcp/1 }",
            &["E0730 |10.0.0.2|"],
        );
        // Others of the same expectation are judged.
        check("test \"a\" { pod a = [b=c] expect allow a, 10.0.0.1 -> a, ::1 on tcp/1 }", &[]);
        check("test \"a\" { pod a = [b=c] pod b = [b=c] expect allow 10.0.0.1, a -> 10.0.0.2, b }", &[]);
        check("test \"a\" { pod a = [b=c] expect allow a, 10.0.0.1 -> a expect deny a -> a, ::1 }", &[]);
    }

    #[test]
    fn a_flow_of_a_pod_to_itself_judges_nothing() {
        let pods = "pod a = [b=c] pod b = [b=c]";
        let test = |flow: &str| format!("test \"a\" {{ {pods} expect {flow} }}");
        check(&test("allow a -> a"), &["E0730 |a| put another pod"]);
        check(&test("deny a, a -> a on tcp/1"), &["E0730 |a|"]);
        check(&test("allow a, b -> a, b"), &[]);
        check(&test("allow a -> b, a"), &[]);
        check(&test("deny a -> x"), &["E0404 |x|"]);
    }

    #[test]
    fn what_is_said_of_a_namespace_holds_in_the_whole_test() {
        let test =
            |pods: &str| format!("namespace shop [env=prod] isolate pods test \"a\" {{ {pods} expect deny a -> ::1 }}");
        let one = "pod a = [b=c] in ops [env=prod, x=y]";
        check(
            &test(&format!(
                "{one} pod b = [b=c] in ops [env=prod] pod c = [b=c] in ops pod d = [b=c] in web [env=dev]"
            )),
            &[],
        );
        check(&test(&format!("{one} pod b = [b=c] in ops [env=dev]")), &["E0303 |env=dev|"]);
        check(&test("pod a = [b=c] in shop [env=dev]"), &["E0303 |env=dev|"]);
        check(&test("pod a = [b=c] in shop [env=prod, x=y]"), &[]);
        let name = "pod a = [b=c] in ops [kubernetes.io/metadata.name=web]";
        check(&test(name), &["E0303 |kubernetes.io/metadata.name=web| this label is always the name"]);
    }

    #[test]
    fn a_pod_gives_a_port_name_one_number() {
        let test = |ports: &str| format!("test \"a\" {{ pod a = [b=c] ports {ports} expect deny a -> ::1 }}");
        check(&test("http=tcp/80, http=tcp/81"), &["E0205 |http|"]);
        check(&test("http=tcp/80, http=tcp/80"), &["E0205 |http|"]);
        check(&test("dns=tcp/53, dns=udp/53, other=tcp/53"), &[]);
    }

    #[test]
    fn a_test_speaks_of_its_own_pods() {
        check("test \"a\" { pod web = [a=b] expect deny wbe -> web }", &["E0404 |wbe| did you mean `web`?"]);
        check("test \"a\" { expect deny x -> 10.0.0.1 }", &["E0404 |x| define it first: `pod x = [app=…]`"]);
        check("test \"a\" { pod a = [b=c] pod a = [b=c] expect deny a -> ::1 }", &["E0205 |a|"]);
        check("test \"a\" { pod a = [b=c] expect deny a -> 10.0.0.0/8 }", &["E0304 |10.0.0.0/8|"]);
        check(
            "test \"a\" { pod a = [b=c] in Shop ports http=tcp/0 expect deny a -> ::1 }",
            &["E0210 |Shop|", "E0306 |0|"],
        );
    }
}
