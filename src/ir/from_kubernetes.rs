//! From NetworkPolicy objects to a policy, as the API documents them (`networking.k8s.io/v1`, `types.go`).
//!
//! Objects are taken to be valid. Missing, null and empty fields mean what they mean to the API server.

use std::sync::Arc;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{
    Base, Isolation, Namespace, Namespaces, NetworkTier, Origin, Peer, PodSet, Policy, Rule, Statement, StatementId,
    Subject, Tier,
};
use crate::kubernetes::cidr::Cidr;
use crate::kubernetes::field::FieldPath;
use crate::model::{
    Action, AddressSet, Condition, Direction, Ports, Protocol, RangeSet, Selector, Values, WrittenRanges,
};
use crate::span::Span;

/// Reads objects into a policy. `place` tells where a field of the object at an index stands.
pub fn read<'a>(
    objects: impl IntoIterator<Item = &'a NetworkPolicy>,
    place: impl Fn(usize, &FieldPath) -> Span,
) -> Policy {
    let mut reader = Reader::default();
    for (at, object) in objects.into_iter().enumerate() {
        reader.object(object, |path| place(at, path));
    }
    let Reader { tier, statements, port_ranges } = reader;
    Policy { tiers: vec![Tier::NetworkPolicy(tier)], statements, port_ranges, ..Policy::default() }
}

#[derive(Default)]
struct Reader {
    tier: NetworkTier,
    statements: Vec<Statement>,
    port_ranges: WrittenRanges,
}

impl Reader {
    fn object(&mut self, object: &NetworkPolicy, place: impl Fn(&FieldPath) -> Span) {
        let none = NetworkPolicySpec::default();
        let spec = object.spec.as_ref().unwrap_or(&none);
        let subject = Subject {
            namespace: home(object),
            pods: spec.pod_selector.as_ref().map_or_else(Selector::all, selector),
            outside: AddressSet::empty(),
        };
        let name = object.metadata.name.as_deref().map(Arc::from);
        let whole = self.origin(place(&FieldPath::root()), &name);
        for direction in directions(spec) {
            let isolation = Isolation { direction, subject: subject.clone(), origin: whole.clone() };
            self.tier.isolations.push(isolation);
            for (at, (peers, ports)) in rules(spec, direction).into_iter().enumerate() {
                let path = FieldPath::root().field("spec").field(direction.name()).index(at);
                let origin = self.origin(place(&path), &name);
                let peers = self::peers(peers, &subject.namespace);
                if direction == Direction::Egress && !peers.iter().all(|peer| matches!(peer.within, Base::Pods(_))) {
                    self.statements.iter_mut().last().into_iter().for_each(|last| last.leads_elsewhere = true);
                }
                ports.iter().for_each(|one| self.port_ranges.add(&port(one)));
                let (ports, subject, action) = (self::ports(ports), subject.clone(), Action::Allow);
                self.tier.rules.push(Rule { action, direction, subject, peers, ports, origin });
            }
        }
    }

    fn origin(&mut self, span: Span, object: &Option<Arc<str>>) -> Origin {
        let id = StatementId(u32::try_from(self.statements.len()).unwrap_or(u32::MAX));
        self.statements.push(Statement { is_object: true, ..Statement::at(span) });
        Origin { statements: smallvec::smallvec![id], object: object.clone() }
    }
}

/// The namespace that an object is of: an empty name is none.
#[must_use]
pub fn home(object: &NetworkPolicy) -> Namespace {
    let name = object.metadata.namespace.clone().filter(|name| !name.is_empty());
    name.map_or(Namespace::Current, Namespace::named)
}

/// The directions in which a policy isolates: what `policyTypes` says; without it ingress, and egress where it has
/// rules.
fn directions(spec: &NetworkPolicySpec) -> Vec<Direction> {
    let types = spec.policy_types.as_deref().unwrap_or_default();
    let listed = |direction: &Direction| match direction {
        Direction::Ingress => types.is_empty() || types.iter().any(|name| name == "Ingress"),
        Direction::Egress if types.is_empty() => spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()),
        Direction::Egress => types.iter().any(|name| name == "Egress"),
    };
    Direction::BOTH.into_iter().filter(listed).collect()
}

type Parts<'a> = (&'a [NetworkPolicyPeer], &'a [NetworkPolicyPort]);

// The peers and ports of each rule; null is the same as empty.
fn rules(spec: &NetworkPolicySpec, direction: Direction) -> Vec<Parts<'_>> {
    match direction {
        Direction::Ingress => {
            let rules = spec.ingress.as_deref().unwrap_or_default().iter();
            rules.map(|r| (r.from.as_deref().unwrap_or_default(), r.ports.as_deref().unwrap_or_default())).collect()
        }
        Direction::Egress => {
            let rules = spec.egress.as_deref().unwrap_or_default().iter();
            rules.map(|r| (r.to.as_deref().unwrap_or_default(), r.ports.as_deref().unwrap_or_default())).collect()
        }
    }
}

fn peers(peers: &[NetworkPolicyPeer], home: &Namespace) -> Vec<Peer> {
    match peers {
        [] => vec![Base::Any.into()],
        _ => peers.iter().filter_map(|peer| base(peer, home)).map(Peer::from).collect(),
    }
}

fn base(peer: &NetworkPolicyPeer, home: &Namespace) -> Option<Base> {
    if let Some(block) = &peer.ip_block {
        return Some(Base::Addresses(addresses(block)));
    }
    let namespaces = match &peer.namespace_selector {
        Some(of) => Namespaces::Matching(selector(of)),
        None if peer.pod_selector.is_none() => return None,
        None => Namespaces::from(home),
    };
    let pods = peer.pod_selector.as_ref().map_or_else(Selector::all, selector);
    Some(Base::Pods(PodSet { namespaces, pods }))
}

// A CIDR that cannot be read is nothing; what it is taken out of is nothing then, too, as it might be all of it.
fn addresses(block: &IPBlock) -> AddressSet {
    let network = |text: &str| Cidr::parse(text).and_then(Cidr::net);
    match block.except.iter().flatten().map(|text| network(text)).collect::<Option<Vec<IpNet>>>() {
        Some(except) => AddressSet::from_nets(network(&block.cidr)).difference(&AddressSet::from_nets(except)),
        None => AddressSet::empty(),
    }
}

fn ports(ports: &[NetworkPolicyPort]) -> Ports {
    match ports {
        [] => Ports::All,
        _ => ports.iter().map(port).fold(Ports::none(), |all, port| all.union(&port)),
    }
}

fn port(port: &NetworkPolicyPort) -> Ports {
    let protocol = port.protocol.as_deref().map_or(Some(Protocol::Tcp), Protocol::from_kubernetes);
    let Some(protocol) = protocol else { return Ports::none() };
    match &port.port {
        None => Ports::numbers(protocol, RangeSet::all()),
        Some(IntOrString::String(name)) => Ports::name(protocol, name.clone()),
        Some(IntOrString::Int(first)) => {
            let last = port.end_port.unwrap_or(*first);
            match (u16::try_from(*first), u16::try_from(last)) {
                (Ok(first), Ok(last)) => Ports::numbers(protocol, RangeSet::range(first, last)),
                _ => Ports::none(),
            }
        }
    }
}

fn selector(of: &LabelSelector) -> Selector {
    let labels = of.match_labels.iter().flatten();
    let labels = labels.map(|(key, value)| (key.as_str(), Condition::In(Values::one(value.as_str()))));
    let expressions = of.match_expressions.iter().flatten().map(|expression| {
        let values = || expression.values.iter().flatten().map(String::as_str).collect();
        let condition = match expression.operator.as_str() {
            "In" => Condition::In(values()),
            "NotIn" => Condition::NotIn(values()),
            "Exists" => Condition::Exists { except: Values::none() },
            "DoesNotExist" => Condition::DoesNotExist,
            _ => Condition::Never,
        };
        (expression.key.as_str(), condition)
    });
    labels.chain(expressions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::FileId;

    fn policy(spec: &str) -> Policy {
        let spec = serde_json::from_str(spec).unwrap();
        let object = NetworkPolicy { spec: Some(spec), ..NetworkPolicy::default() };
        read([&object], |_, _| Span::new(FileId(0), 0, 0))
    }

    fn isolates(spec: &str, expected: &[Direction]) {
        let found: Vec<_> = policy(spec).network().isolations.iter().map(|isolation| isolation.direction).collect();
        assert_eq!(found, expected, "{spec}");
    }

    #[test]
    fn policy_types_decide() {
        use Direction::{Egress, Ingress};
        isolates("{}", &[Ingress]);
        isolates(r#"{"policyTypes": []}"#, &[Ingress]);
        isolates(r#"{"egress": []}"#, &[Ingress]);
        isolates(r#"{"egress": [{}]}"#, &[Ingress, Egress]);
        isolates(r#"{"policyTypes": ["Egress"], "ingress": [{}]}"#, &[Egress]);
        assert!(policy(r#"{"policyTypes": ["Egress"], "ingress": [{}]}"#).network().rules.is_empty());
    }

    #[test]
    fn null_and_empty_lists_mean_everything() {
        for rule in ["{}", r#"{"from": []}"#, r#"{"from": null, "ports": null}"#, r#"{"ports": []}"#] {
            let policy = policy(&format!(r#"{{"ingress": [{rule}]}}"#));
            let [only] = policy.network().rules.as_slice() else { panic!("{rule}") };
            assert_eq!((only.peers.as_slice(), &only.ports), ([Base::Any.into()].as_slice(), &Ports::All), "{rule}");
        }
    }

    #[test]
    fn an_empty_port_is_every_tcp_port() {
        let policy = policy(r#"{"ingress": [{"ports": [{}]}]}"#);
        assert_eq!(policy.network().rules[0].ports, Ports::numbers(Protocol::Tcp, RangeSet::all()));
    }

    #[test]
    fn old_spellings_of_networks() {
        let check = |cidr: &str, except: &str, expected: &str| {
            let except = except.split_whitespace().map(str::to_owned).collect();
            let block = IPBlock { cidr: cidr.to_owned(), except: Some(except) };
            let nets: Vec<_> = addresses(&block).nets().iter().map(ToString::to_string).collect();
            assert_eq!(nets.join(" "), expected, "{cidr}");
        };
        check("10.1.2.3/8", "", "10.0.0.0/8");
        check("010.0.0.0/8", "", "10.0.0.0/8");
        check("::ffff:10.0.0.0/104", "", "10.0.0.0/8");
        check("fd00::1/8", "", "fd00::/8");
        check("2001:db8::/31", "2001:00db8::/32", "2001:db9::/32");
        check("10.0.0.0/31", "::ffff:010.0.0.1/128", "10.0.0.0/32");
        // Unreadable, and never wider for it.
        check("10.0.0/8", "", "");
        check("10.0.0.0/8", "10.1.0/16", "");
    }
}
