//! What only a cluster's objects tell: nodes, Services and the API server.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::values::{Context, Resolver, Term, Value};
use crate::cluster::{Cluster, EndpointSlice, Service, TargetPort};
use crate::diag::{Code, Diagnostic};
use crate::model::{
    AddressSet, Base, Condition, Namespace, Namespaces, PodSet, Ports, Protocol, RangeSet, Selector, Values,
};
use crate::span::Span;
use crate::syntax::ast::{Labels, Port, Text};

/// The Services of a cluster by namespace and name.
pub(super) type ServiceIndex<'a> = BTreeMap<(&'a str, &'a str), usize>;

/// Indexes the Services of a cluster.
pub(super) fn services(cluster: Option<&Cluster>) -> ServiceIndex<'_> {
    let services = cluster.into_iter().flat_map(|cluster| cluster.services.iter().enumerate());
    services.map(|(at, service)| ((service.namespace.as_str(), service.name.as_str()), at)).collect()
}

impl Resolver<'_> {
    /// The addresses of the nodes with some labels.
    pub(super) fn nodes(&mut self, labels: Option<&Labels>, span: Span) -> Vec<Term> {
        let selector = self.selector(labels);
        let Some(cluster) = self.around.cluster else {
            let help = "or write the nodes' addresses as CIDRs";
            self.needs_cluster(
                "`nodes` needs `--cluster`, whose Node objects have the addresses".to_owned(),
                span,
                help,
            );
            return Vec::new();
        };
        let matching = cluster.nodes.iter().filter(|node| selector.matches(&node.labels));
        let set = AddressSet::from_nets(matching.flat_map(|node| &node.addresses).map(|address| IpNet::from(*address)));
        if set.is_empty() {
            self.selects_nothing("no node of the cluster has these labels and an address".to_owned(), span);
        }
        vec![Term { peer: Base::Addresses(set).into(), ports: None, service: None }]
    }

    /// The pods of a Service, or its addresses where it selects none; with the ports that it leads to.
    pub(super) fn service(&mut self, name: &Text, place: Option<&Text>, span: Span, context: &Context) -> Vec<Term> {
        let Some(cluster) = self.around.cluster else {
            let message = format!("`service {}` needs `--cluster`, whose Services say what it stands for", name.value);
            self.needs_cluster(message, span, "or name its pods: `pods[app=…] on tcp/…`");
            return Vec::new();
        };
        let namespace = match (place, &context.home) {
            (Some(place), _) => place.value.as_str(),
            (None, Namespace::Named(home)) => home,
            (None, Namespace::Current) => {
                let message = format!("`service {}` stands outside any namespace", name.value);
                let diagnostic = Diagnostic::new(Code::UnknownService, message, span, "in which namespace?")
                    .with_help(format!("write `service {} in NAMESPACE`, or give the namespace with `-n`", name.value));
                self.diagnostics.push(diagnostic);
                return Vec::new();
            }
        };
        let at = self.services.get(&(namespace, name.value.as_str())).copied();
        let Some((at, service)) = at.and_then(|at| Some((at, cluster.services.get(at)?))) else {
            self.unknown_service(namespace, name, span);
            return Vec::new();
        };
        let terms =
            if service.selector.is_empty() { behind(cluster, service, at) } else { vec![selected(service, at)] };
        if terms.is_empty() {
            self.selects_nothing(format!("Service `{namespace}/{}` leads nowhere", name.value), span);
        }
        terms
    }

    fn unknown_service(&mut self, namespace: &str, name: &Text, span: Span) {
        let message = format!("the cluster has no Service `{}` in namespace `{namespace}`", name.value);
        let there = self.services.keys().filter(|(of, _)| *of == namespace).map(|(_, known)| *known);
        let there: Vec<&str> = there.collect();
        let help = self.near(&name.value, |_| there);
        let elsewhere = self.services.keys().find(|(_, known)| *known == name.value);
        let help = help.or_else(|| elsewhere.map(|(of, known)| format!("there is `service {known} in {of}`")));
        let diagnostic = Diagnostic::new(Code::UnknownService, message, span, "not there");
        self.diagnostics.push(diagnostic.with_help_if(help));
    }

    /// The API server, by the EndpointSlices of its Service.
    pub(super) fn apiserver(&mut self, span: Span) -> Value {
        let Some(cluster) = self.around.cluster else {
            let message = "`apiserver` needs `--cluster`, whose EndpointSlices say where it is".to_owned();
            self.needs_cluster(message, span, "or write its address: `10.0.0.1 on tcp/6443`");
            return Value::Broken;
        };
        let own = |slice: &&EndpointSlice| {
            slice.namespace == "default" && slice.service.as_deref().unwrap_or(&slice.name) == "kubernetes"
        };
        let terms: Vec<Term> =
            cluster.endpoint_slices.iter().filter(own).map(|slice| slice_term(slice, None)).collect();
        if terms.is_empty() {
            let help = "or write its address: `10.0.0.1 on tcp/6443`";
            let message = "the cluster's objects have no EndpointSlice of Service `default/kubernetes`".to_owned();
            self.needs_cluster(message, span, help);
            return Value::Broken;
        }
        Value::Endpoints(terms.into())
    }

    /// The ports of the pods that `on` means, said of the Service of `term`; where it has none, `on` as it stands.
    pub(super) fn translate(&mut self, on: &[Port], term: &Term, context: &Context) -> Ports {
        let cluster = self.around.cluster;
        let service = cluster.and_then(|cluster| Some((cluster, cluster.services.get(term.service?)?)));
        let Some((cluster, service)) = service else { return self.ports(on, context) };
        let mut all = Ports::none();
        for port in on {
            let asked = self.ports(std::slice::from_ref(port), context);
            let targets = targets(cluster, service, &asked);
            if targets.is_none() && !asked.is_none() {
                let message = format!("Service `{}/{}` has no such port", service.namespace, service.name);
                let has: Vec<String> = service.ports.iter().map(|port| written(port.protocol, port.port)).collect();
                let diagnostic = Diagnostic::new(Code::ServicePort, message, port.span, "not a port of the Service")
                    .with_help(format!("its ports are {}", has.join(", ")));
                self.diagnostics.push(diagnostic);
            }
            all = all.union(&targets);
        }
        all
    }

    fn needs_cluster(&mut self, message: String, span: Span, help: &str) {
        let diagnostic = Diagnostic::new(Code::NeedsCluster, message, span, "only a cluster tells");
        self.diagnostics.push(diagnostic.with_help(help));
    }

    fn selects_nothing(&mut self, message: String, span: Span) {
        self.diagnostics.push(Diagnostic::new(Code::SelectsNothing, message, span, "matches nothing"));
    }
}

fn written(protocol: Protocol, port: u16) -> String {
    format!("`{protocol}/{port}`")
}

fn selected(service: &Service, at: usize) -> Term {
    let labels = service.selector.iter().map(|(key, value)| (key.as_str(), Condition::In(Values::one(value.as_str()))));
    let pods = labels.collect();
    let namespaces = Namespaces::Matching(Selector::namespace(&service.namespace));
    let each = service.ports.iter().map(|port| target(port.protocol, &port.target));
    let ports = each.fold(Ports::none(), |all, port| all.union(&port));
    Term { peer: Base::Pods(PodSet { namespaces, pods }).into(), ports: Some(ports), service: Some(at) }
}

fn target(protocol: Protocol, target: &TargetPort) -> Ports {
    match target {
        TargetPort::Number(number) => Ports::numbers(protocol, RangeSet::range(*number, *number)),
        TargetPort::Name(name) => Ports::name(protocol, name),
    }
}

// Where a Service without a selector leads: what somebody wrote into its EndpointSlices.
fn behind(cluster: &Cluster, service: &Service, at: usize) -> Vec<Term> {
    slices(cluster, service).map(|slice| slice_term(slice, Some(at))).collect()
}

fn slices<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = &'a EndpointSlice> {
    let own = |slice: &&EndpointSlice| {
        slice.namespace == service.namespace && slice.service.as_deref() == Some(service.name.as_str())
    };
    cluster.endpoint_slices.iter().filter(own)
}

fn slice_term(slice: &EndpointSlice, service: Option<usize>) -> Term {
    let set = AddressSet::from_nets(slice.addresses.iter().map(|address| IpNet::from(*address)));
    let numbers = |number: u16| RangeSet::range(number, number);
    let each = slice.ports.iter().map(|port| Ports::numbers(port.protocol, numbers(port.number)));
    let ports = each.fold(Ports::none(), |all, port| all.union(&port));
    Term { peer: Base::Addresses(set).into(), ports: Some(ports), service }
}

// The ports behind those of a Service that are asked for by number or by name.
fn targets(cluster: &Cluster, service: &Service, asked: &Ports) -> Ports {
    let is_asked = |protocol: Protocol, number: u16, name: Option<&str>| {
        let named = |(of, known): &(Protocol, String)| *of == protocol && Some(known.as_str()) == name;
        asked.of(protocol).contains(number) || asked.names().any(named)
    };
    let mut all = Ports::none();
    for port in service.ports.iter().filter(|port| is_asked(port.protocol, port.port, port.name.as_deref())) {
        if !service.selector.is_empty() {
            all = all.union(&target(port.protocol, &port.target));
            continue;
        }
        // Without a selector the slices alone say the number, by the name of the Service's port.
        let behind = slices(cluster, service).flat_map(|slice| &slice.ports);
        let same = behind.filter(|to| to.protocol == port.protocol && to.name == port.name);
        for to in same {
            all = all.union(&Ports::numbers(to.protocol, RangeSet::range(to.number, to.number)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{EndpointPort, Node, ServicePort};
    use crate::model::Protocol::Tcp;
    use crate::resolve::testing::{check, check_in, run};

    fn cluster() -> Cluster {
        let port = |name: &str, port, target| ServicePort { name: Some(name.to_owned()), protocol: Tcp, port, target };
        let api = Service {
            namespace: "shop".to_owned(),
            name: "api".to_owned(),
            selector: [("app".to_owned(), "api".to_owned())].into(),
            ports: vec![
                port("web", 80, TargetPort::Name("http".to_owned())),
                port("metrics", 90, TargetPort::Number(9090)),
            ],
        };
        let server = EndpointSlice {
            namespace: "default".to_owned(),
            name: "kubernetes".to_owned(),
            service: Some("kubernetes".to_owned()),
            addresses: vec!["192.0.2.1".parse().unwrap()],
            ports: vec![EndpointPort { name: None, protocol: Tcp, number: 6443 }],
        };
        let node = Node {
            name: "one".to_owned(),
            labels: [("zone".to_owned(), "a".to_owned())].into(),
            addresses: vec!["192.0.2.7".parse().unwrap()],
        };
        let mut cluster =
            Cluster { services: vec![api], endpoint_slices: vec![server], nodes: vec![node], ..Cluster::default() };
        cluster.add_namespace("shop", BTreeMap::new());
        cluster
    }

    // What the first rule's destinations are.
    fn targets(text: &str) -> Vec<(Base, Ports)> {
        let cluster = cluster();
        let program = run(&[("test.netpol", text)], Some(&cluster), None).program.unwrap();
        let each = program.rules[0].to.iter();
        each.flat_map(|(side, ports)| side.peers.iter().map(|peer| (peer.within.clone(), ports.clone()))).collect()
    }

    fn pods() -> Base {
        let namespaces = Namespaces::Matching(Selector::namespace("shop"));
        Base::Pods(PodSet { namespaces, pods: Selector::label("app", "api") })
    }

    fn tcp(number: u16) -> Ports {
        Ports::numbers(Tcp, RangeSet::range(number, number))
    }

    #[test]
    fn a_service_is_its_pods_at_their_own_ports() {
        let http = Ports::name(Tcp, "http");
        assert_eq!(targets("namespace shop allow pods -> service api on tcp/80"), [(pods(), http.clone())]);
        assert_eq!(targets("namespace shop allow pods -> service api on tcp/metrics"), [(pods(), tcp(9090))]);
        assert_eq!(targets("allow pods -> service api in shop"), [(pods(), http.union(&tcp(9090)))]);
        assert_eq!(targets("let a = service api in shop on tcp/90\nallow pods -> a"), [(pods(), tcp(9090))]);
        assert_eq!(targets("let a = service api in shop\nallow pods -> a on tcp/90"), [(pods(), tcp(9090))]);
    }

    #[test]
    fn services_and_their_ports_must_be_there() {
        let cluster = cluster();
        check_in(&cluster, "namespace shop allow pods -> service apo", &["E0213 |service apo| did you mean `api`?"]);
        check_in(
            &cluster,
            "namespace a allow pods -> service api",
            &["E0213 |service api| there is `service api in shop`"],
        );
        check_in(&cluster, "allow pods -> service api", &["E0213 |service api| write `service api in NAMESPACE`"]);
        let text = "namespace shop allow pods -> service api on tcp/9090";
        check_in(&cluster, text, &["E0214 |tcp/9090| its ports are `tcp/80`, `tcp/90`"]);
        let text = "namespace shop allow pods -> pods, service api on tcp/80";
        check_in(&cluster, text, &["E0409 |service api| write two lines"]);
    }

    #[test]
    fn nodes_and_the_api_server_are_addresses() {
        let one = |address: &str| Base::Addresses(AddressSet::from_net(address.parse().unwrap()));
        assert_eq!(targets("allow pods -> nodes[zone=a]"), [(one("192.0.2.7/32"), Ports::All)]);
        assert_eq!(targets("allow pods -> apiserver"), [(one("192.0.2.1/32"), tcp(6443))]);
        check_in(&cluster(), "allow pods -> nodes[zone=b]", &["W0302 |nodes[zone=b]|"]);
    }

    #[test]
    fn without_a_cluster_they_are_errors() {
        check("allow pods -> nodes", &["E0211 |nodes|"]);
        check("allow pods -> service api on tcp/80", &["E0211 |service api|"]);
        check("allow pods -> apiserver", &["E0211 |apiserver|"]);
        check("namespace [team=a] allow pods -> any", &["E0211 |[team=a]|"]);
    }
}
