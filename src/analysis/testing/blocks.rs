//! The `test` blocks of a program, each judged in a small cluster of its own pods.

use super::{Case, Failure, Touched, because, ports, touch};
use crate::analysis::notes::Notes;
use crate::analysis::query::Query;
use crate::analysis::why::verdict;
use crate::analysis::{End, Who};
use crate::cluster::{Cluster, NamedPort, Pod};
use crate::diag::Diagnostics;
use crate::ir::Policy;
use crate::model::{Action, Namespace, Ports};
use crate::resolve::program::{Expectation, Fixture, Party, Test, Tests};
use crate::source::Sources;
use crate::tables::Tables;

/// Judges every expectation of a program, with what has to be known beside. `current` is what the namespace without a
/// name is called.
#[must_use]
pub fn blocks(
    tests: &Tests,
    policy: &Policy,
    current: &str,
    sources: &Sources,
    touched: &mut Touched,
) -> (Vec<Case>, Diagnostics) {
    let (mut cases, mut notes) = (Vec::new(), Notes::default());
    for test in &tests.blocks {
        let cluster = cluster(tests, test, current);
        let tables = Tables::new(policy, &cluster, current);
        let who = Who::new(&cluster);
        let mut query = Query::new(&who, &tables);
        for expectation in &test.expectations {
            let failures = failures(&mut query, expectation, policy, sources, touched, &mut notes);
            let words: Vec<_> = sources.snippet(expectation.span).split_whitespace().collect();
            let place = sources.file_line(expectation.span);
            cases.push(Case { suite: test.title.value.clone(), name: words.join(" "), place, failures });
        }
    }
    (cases, notes.told("expectations"))
}

fn cluster(tests: &Tests, test: &Test, current: &str) -> Cluster {
    let mut cluster = Cluster::default();
    tests.owned.iter().for_each(|(name, labels)| cluster.add_namespace(name, labels.clone()));
    for fixture in &test.fixtures {
        let pod = pod(fixture, current);
        // What is said of a namespace once holds in the whole test.
        let mut labels = cluster.namespaces.remove(&pod.namespace).unwrap_or_default();
        labels.extend(fixture.namespace_labels.clone());
        cluster.add_namespace(&pod.namespace, labels);
        cluster.pods.push(pod);
    }
    cluster
}

fn pod(fixture: &Fixture, current: &str) -> Pod {
    let namespace = match &fixture.namespace {
        Namespace::Current => current.to_owned(),
        Namespace::Named(name) => name.to_string(),
    };
    let port = |(name, protocol, number): &(String, _, u16)| NamedPort {
        name: name.clone(),
        protocol: *protocol,
        number: *number,
    };
    let ports = fixture.ports.iter().map(port).collect();
    Pod { namespace, name: fixture.name.clone(), labels: fixture.labels.clone(), ports, ..Pod::default() }
}

fn failures(
    query: &mut Query<'_>,
    expectation: &Expectation,
    policy: &Policy,
    sources: &Sources,
    touched: &mut Touched,
    notes: &mut Notes,
) -> Vec<Failure> {
    let pairs = expectation.from.iter().flat_map(|from| expectation.to.iter().map(move |to| (from, to)));
    let (mut failures, mut is_in_doubt) = (Vec::new(), false);
    for (left, right) in pairs {
        let (sources_of, targets) = (ends(query, left), ends(query, right));
        for (from, to) in query.pairs(&sources_of, &targets, None) {
            // What passes whatever the policies are is not asked; other pairs are, or resolving refuses the expectation.
            if query.is_exempt((from, to)) {
                continue;
            }
            let pod = to.first().and_then(|to| to.pod).and_then(|at| query.who().cluster().pods.get(at));
            failures.extend(missing(&expectation.ports, pod));
            for (protocol, port) in ports::deciding(&expectation.ports, policy, pod) {
                let Some(answer) = query.judge((from, to), protocol, port) else { continue };
                let (from, to, allowed) = (answer.ends.0, answer.ends.1, answer.allowed);
                is_in_doubt |= answer.is_in_doubt;
                touch(query, &answer, protocol, policy, touched);
                if allowed != (expectation.verdict == Action::Allow) {
                    let (a, b) = (name(query, &from), name(query, &to));
                    let because = because(query, &answer, protocol, policy, sources);
                    let flow = format!("{a} -> {b} on {protocol}/{port}: {}", verdict(allowed));
                    failures.push(Failure { flow, because });
                }
            }
        }
    }
    if is_in_doubt {
        notes.add_expectation(expectation.span);
    }
    failures
}

// A port name that the destination does not have: nothing is judged there, which no expectation means.
fn missing(asked: &Ports, to: Option<&Pod>) -> Vec<Failure> {
    let lacks = |protocol, name: &str| to.is_none_or(|pod| pod.port(protocol, name).next().is_none());
    let names = asked.names().filter(|(protocol, name)| lacks(*protocol, name));
    let called = to.map_or("an address", |pod| pod.name.as_str());
    let failure = |(protocol, name): &(_, String)| Failure {
        flow: format!("{called} has no port `{protocol}/{name}`"),
        because: Vec::new(),
    };
    names.map(failure).collect()
}

fn ends<'q>(query: &Query<'q>, party: &Party) -> Vec<End<'q>> {
    match party {
        Party::Fixture(at) => query.who().pod_ends(*at, query.tables()),
        Party::Address(address) => {
            query.who().ends(&crate::analysis::Party::Address(address.to_canonical()), query.tables())
        }
    }
}

fn name(query: &Query<'_>, end: &End<'_>) -> String {
    match (end.pod.and_then(|at| query.who().cluster().pods.get(at)), end.address) {
        (Some(pod), _) => pod.name.clone(),
        (None, address) => address.map(|address| address.to_string()).unwrap_or_default(),
    }
}
