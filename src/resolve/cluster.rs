//! What only a cluster's objects tell: nodes, Services and the API server.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Context, Resolver, ServiceTerm, Term, Value};
use crate::cluster::{Cluster, EndpointSlice, Service, TargetPort};
use crate::diag::{Code, Diagnostic};
use crate::model::{AddressSet, Base, Namespace, Namespaces, PodSet, Ports, Protocol, RangeSet, Selector};
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
        let set = AddressSet::from_addresses(matching.flat_map(|node| &node.addresses));
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
            let (why, help) = nowhere(cluster, service);
            self.service_nowhere(service, why, span, help);
        }
        terms
    }

    fn service_nowhere(&mut self, service: &Service, why: &str, span: Span, help: String) {
        let message = format!("Service `{}/{}` {why}", service.namespace, service.name);
        let diagnostic = Diagnostic::new(Code::ServiceNowhere, message, span, "leads nowhere").with_help(help);
        self.diagnostics.push(diagnostic);
    }

    /// Reports each Service among these destinations that has no ports: `span` finds where it is written.
    pub(super) fn services_without_ports<'t>(
        &mut self,
        to: impl IntoIterator<Item = &'t Term>,
        span: impl Fn(&mut Self, usize) -> Span,
    ) {
        let mut has_ports: BTreeMap<usize, bool> = BTreeMap::new();
        for term in to {
            let ports = term.ports.as_ref().is_none_or(|ports| !ports.is_none());
            let Some(ServiceTerm { at, .. }) = term.service else { continue };
            *has_ports.entry(at).or_default() |= ports;
        }
        for (at, _) in has_ports.into_iter().filter(|(_, has_ports)| !has_ports) {
            let Some(service) = self.around.cluster.and_then(|cluster| cluster.services.get(at)) else { continue };
            let span = span(self, at);
            self.service_nowhere(service, "has no ports", span, portless(service));
        }
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
            let is_its =
                slice.namespace == "default" && slice.service.as_deref().unwrap_or(&slice.name) == "kubernetes";
            // A slice without addresses or ports would make the rule vanish.
            is_its && !slice.addresses.is_empty() && !slice.ports.is_empty()
        };
        let terms: Vec<Term> =
            cluster.endpoint_slices.iter().filter(own).map(|slice| slice_term(slice, None)).collect();
        if terms.is_empty() {
            let help = "or write its address: `10.0.0.1 on tcp/6443`";
            let message = "no EndpointSlice of the cluster says where Service `default/kubernetes` leads".to_owned();
            self.needs_cluster(message, span, help);
            return Value::Broken;
        }
        Value::Endpoints(terms.into())
    }

    /// Destinations with the ports of theirs that `on` means, said of Services; where a term is of none, `on` as it
    /// stands. EndpointSlices without such a port are left out.
    pub(super) fn translate(&mut self, on: &[Port], terms: Vec<Term>, context: &Context) -> Vec<(Term, Ports)> {
        let of: BTreeSet<usize> = terms.iter().filter_map(|term| Some(term.service?.at)).collect();
        let (asked, as_it_stands) = match of.is_empty() {
            true => (Vec::new(), self.ports(on, context)),
            false => {
                let each = on.iter().map(|port| self.ports(std::slice::from_ref(port), context));
                let asked: Vec<Ports> = each.collect();
                let all = Ports::union_of(&asked);
                (asked, all)
            }
        };
        of.into_iter().for_each(|at| self.ports_of_a_service(at, on, &asked));
        let translated = |term: Term| {
            let service = self.around.cluster.zip(term.service);
            let found = service.and_then(|(cluster, of)| Some((cluster, cluster.services.get(of.at)?, of.slice)));
            let Some((cluster, service, slice)) = found else { return Some((term, as_it_stands.clone())) };
            let each: Vec<Ports> = asked.iter().map(|asked| targets(cluster, service, slice, asked)).collect();
            let ports = Ports::union_of(&each);
            (slice.is_none() || !ports.is_none()).then_some((term, ports))
        };
        terms.into_iter().filter_map(translated).collect()
    }

    // Reports the ports among these that a Service does not have.
    fn ports_of_a_service(&mut self, at: usize, on: &[Port], asked: &[Ports]) {
        let Some((cluster, service)) = self.around.cluster.and_then(|all| Some((all, all.services.get(at)?))) else {
            return;
        };
        for (port, asked) in on.iter().zip(asked) {
            if targets(cluster, service, None, asked).is_none() && !asked.is_none() {
                let message = format!("Service `{}/{}` has no such port", service.namespace, service.name);
                let diagnostic = Diagnostic::new(Code::ServicePort, message, port.span, "not a port of the Service")
                    .with_help(ports_help(service, asked));
                self.diagnostics.push(diagnostic);
            }
        }
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

// Why a Service leads nowhere, and what to write instead.
fn nowhere(cluster: &Cluster, service: &Service) -> (&'static str, String) {
    let addresses = "write the addresses that it leads to: `192.0.2.1 on tcp/…`".to_owned();
    if service.is_external_name {
        ("is of type ExternalName: a name outside, which has no addresses here", addresses)
    } else if slices(cluster, service).next().is_some() {
        ("has EndpointSlices without an IP address", addresses)
    } else {
        let slices =
            "or give its EndpointSlices with the cluster's objects, as `kubectl get endpointslices` prints them";
        ("has no selector, and no EndpointSlice says where it leads", format!("{addresses}, {slices}"))
    }
}

// What to write instead of a Service without ports.
fn portless(service: &Service) -> String {
    if service.selector.is_empty() {
        return "write the addresses that it leads to: `192.0.2.1 on tcp/…`".to_owned();
    }
    let labels: Vec<_> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("name its pods: `pods[{}] in {} on tcp/…`", labels.join(", "), service.namespace)
}

fn ports_help(service: &Service, asked: &Ports) -> String {
    if service.ports.is_empty() {
        return format!("it has no ports; {}", portless(service));
    }
    if service.ports.iter().any(|port| is_asked(asked, port.protocol, port.port, port.name.as_deref())) {
        return "the Service has it, but none of its EndpointSlices has a port of that name".to_owned();
    }
    let has: Vec<String> = service.ports.iter().map(|port| written(port.protocol, port.port)).collect();
    format!("its ports are {}", has.join(", "))
}

fn selected(service: &Service, at: usize) -> Term {
    let pods = Selector::labels(&service.selector);
    let namespaces = Namespaces::Matching(Selector::namespace(&service.namespace));
    let each = service.ports.iter().map(|port| target(port.protocol, &port.target));
    let ports = each.fold(Ports::none(), |all, port| all.union(&port));
    let service = Some(ServiceTerm { at, slice: None, is_named: false });
    Term { peer: Base::Pods(PodSet { namespaces, pods }).into(), ports: Some(ports), service }
}

fn target(protocol: Protocol, target: &TargetPort) -> Ports {
    match target {
        TargetPort::Number(number) => Ports::numbers(protocol, RangeSet::range(*number, *number)),
        TargetPort::Name(name) => Ports::name(protocol, name),
    }
}

// Where a Service without a selector leads: what somebody wrote into its EndpointSlices.
fn behind(cluster: &Cluster, service: &Service, at: usize) -> Vec<Term> {
    let slices = slices(cluster, service).filter(|(_, slice)| !slice.addresses.is_empty());
    slices.map(|(of, slice)| slice_term(slice, Some(ServiceTerm { at, slice: Some(of), is_named: false }))).collect()
}

// With their places in the cluster.
fn slices<'a>(cluster: &'a Cluster, service: &'a Service) -> impl Iterator<Item = (usize, &'a EndpointSlice)> {
    let own = |(_, slice): &(usize, &EndpointSlice)| {
        slice.namespace == service.namespace && slice.service.as_deref() == Some(service.name.as_str())
    };
    cluster.endpoint_slices.iter().enumerate().filter(own)
}

fn slice_term(slice: &EndpointSlice, service: Option<ServiceTerm>) -> Term {
    let set = AddressSet::from_addresses(&slice.addresses);
    let numbers = |number: u16| RangeSet::range(number, number);
    let each = slice.ports.iter().map(|port| Ports::numbers(port.protocol, numbers(port.number)));
    let ports = each.fold(Ports::none(), |all, port| all.union(&port));
    Term { peer: Base::Addresses(set).into(), ports: Some(ports), service }
}

// The ports behind those of a Service that are asked for by number or by name: in one of its EndpointSlices, or in all
// that lead anywhere.
fn targets(cluster: &Cluster, service: &Service, slice: Option<usize>, asked: &Ports) -> Ports {
    let mut all = Ports::none();
    for port in service.ports.iter().filter(|port| is_asked(asked, port.protocol, port.port, port.name.as_deref())) {
        if !service.selector.is_empty() {
            all = all.union(&target(port.protocol, &port.target));
            continue;
        }
        // Without a selector the slices alone say the number, by the name of the Service's port.
        let is_meant = |(at, of): &(usize, &EndpointSlice)| match slice {
            Some(one) => *at == one,
            None => !of.addresses.is_empty(),
        };
        let behind = slices(cluster, service).filter(is_meant).flat_map(|(_, slice)| &slice.ports);
        let same = behind.filter(|to| to.protocol == port.protocol && to.name == port.name);
        for to in same {
            all = all.union(&Ports::numbers(to.protocol, RangeSet::range(to.number, to.number)));
        }
    }
    all
}

// Whether a port of a Service is among those that are asked for by number or by name.
fn is_asked(asked: &Ports, protocol: Protocol, number: u16, name: Option<&str>) -> bool {
    let named = |(of, known): &(Protocol, String)| *of == protocol && Some(known.as_str()) == name;
    asked.of(protocol).contains(number) || asked.names().any(named)
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
            ..Service::default()
        };
        let named = |name: &str| Service { namespace: "shop".to_owned(), name: name.to_owned(), ..Service::default() };
        let headless = Service { selector: api.selector.clone(), ..named("headless") };
        let external = Service { is_external_name: true, ports: api.ports.clone(), ..named("external") };
        let by_name = Service { ports: api.ports.clone(), ..named("by-name") };
        let fqdn = EndpointSlice {
            namespace: "shop".to_owned(),
            name: "by-name-1".to_owned(),
            service: Some("by-name".to_owned()),
            ..EndpointSlice::default()
        };
        let services = vec![api, headless, external, by_name, named("bare")];
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
            Cluster { services, endpoint_slices: vec![server, fqdn], nodes: vec![node], ..Cluster::default() };
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
    fn in_a_deny_a_name_of_a_service_is_its_pods() {
        let deny = |rule: &str| targets(&format!("namespace shop isolate pods {rule}"));
        let both = Ports::name(Tcp, "http").union(&tcp(9090));
        assert_eq!(deny("deny pods -> service api"), [(pods(), both.clone())]);
        assert_eq!(deny("deny pods -> (service api)"), [(pods(), both.clone())]);
        assert_eq!(deny("deny pods -> service api on tcp/90"), [(pods(), tcp(9090))]);
        for value in ["service api", "service api on tcp/90", "(service api)"] {
            assert_eq!(deny(&format!("let s = {value} deny pods -> s")), [(pods(), Ports::All)]);
            assert_eq!(deny(&format!("let s = {value} let t = s deny pods -> t")), [(pods(), Ports::All)]);
        }
        assert_eq!(deny("let s = service api deny pods -> s on tcp/90"), [(pods(), tcp(9090))]);
        assert_eq!(deny("let s = service api allow pods -> s"), [(pods(), both.clone())]);
        assert_eq!(deny("let s = service api deny pods -> s, service api"), [(pods(), Ports::All), (pods(), both)]);
        // Pods have no need of ports.
        check_in(&cluster(), "namespace shop isolate pods let h = service headless deny pods -> h", &[]);
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
    fn a_service_that_leads_nowhere_is_an_error() {
        let cluster = cluster();
        let check_rule =
            |rule: &str, expected: &[&str]| check_in(&cluster, &format!("namespace shop {rule}"), expected);
        let pods = "name its pods: `pods[app=api] in shop on tcp/…`";
        check_rule("allow pods -> service headless", &[&format!("E0220 |service headless| {pods}")]);
        check_rule("deny pods -> service headless", &["E0220 |service headless|"]);
        check_rule("let h = service headless allow pods -> pods, h", &["E0220 |h|"]);
        check_rule("allow pods -> service headless on tcp/80", &[&format!("E0214 |tcp/80| it has no ports; {pods}")]);
        check_rule("allow pods -> service external", &["E0220 |service external| write the addresses"]);
        check_rule("allow pods -> service external on tcp/80", &["E0220 |service external|"]);
        check_rule("allow pods -> service by-name on tcp/80", &["E0220 |service by-name| write the addresses"]);
        check_rule("allow service bare -> pods", &["E0220 |service bare| write the addresses"]);
        // As a source it is its pods, whose ports play no part.
        check_rule("isolate pods allow service headless -> pods", &[]);
    }

    #[test]
    fn each_endpoint_slice_has_its_own_ports() {
        let mut cluster = cluster();
        let slice = |name: &str, address: &str, port: &str, number| EndpointSlice {
            namespace: "shop".to_owned(),
            name: format!("by-name-{name}"),
            service: Some("by-name".to_owned()),
            addresses: vec![address.parse().unwrap()],
            ports: vec![EndpointPort { name: Some(port.to_owned()), protocol: Tcp, number }],
        };
        cluster.endpoint_slices.push(slice("2", "192.0.2.21", "web", 8080));
        cluster.endpoint_slices.push(slice("3", "192.0.2.22", "metrics", 9090));
        cluster.endpoint_slices.push(slice("4", "192.0.2.23", "web", 8443));
        cluster.endpoint_slices.push(slice("5", "192.0.2.24", "metrics", 8080));
        let one = |address: &str| Base::Addresses(AddressSet::from_net(address.parse().unwrap()));
        let web = [(one("192.0.2.21/32"), tcp(8080)), (one("192.0.2.23/32"), tcp(8443))];
        for to in ["service by-name on tcp/80", "service by-name on tcp/web", "s", "service by-name in shop on tcp/80"]
        {
            let text = format!("namespace shop isolate pods let s = service by-name on tcp/80 allow pods -> {to}");
            let program = run(&[("test.netpol", &text)], Some(&cluster), None).program.unwrap();
            let mut found: Vec<(Base, Ports)> = Vec::new();
            for (side, ports) in &program.rules[0].to {
                found.extend(side.peers.iter().map(|peer| (peer.within.clone(), ports.clone())));
            }
            found.sort_unstable();
            assert_eq!(found, web, "{to}");
        }
        check_in(
            &cluster,
            "namespace shop isolate pods allow pods -> service by-name on tcp/81",
            &["E0214 |tcp/81| its ports are `tcp/80`, `tcp/90`"],
        );
        // One without addresses leads nowhere, whatever its ports.
        cluster.endpoint_slices.retain(|slice| slice.addresses.is_empty() || slice.ports[0].number != 9090);
        cluster.endpoint_slices[1].ports =
            vec![EndpointPort { name: Some("metrics".to_owned()), protocol: Tcp, number: 1 }];
        cluster.endpoint_slices.retain(|slice| slice.name != "by-name-5");
        check_in(&cluster, "namespace shop isolate pods allow pods -> service by-name on tcp/90", &["E0214 |tcp/90|"]);
    }

    #[test]
    fn nodes_and_the_api_server_are_addresses() {
        let one = |address: &str| Base::Addresses(AddressSet::from_net(address.parse().unwrap()));
        assert_eq!(targets("allow pods -> nodes[zone=a]"), [(one("192.0.2.7/32"), Ports::All)]);
        assert_eq!(targets("allow pods -> apiserver"), [(one("192.0.2.1/32"), tcp(6443))]);
        check_in(&cluster(), "allow pods -> nodes[zone=b]", &["W0302 |nodes[zone=b]|"]);
        let mut empty = cluster();
        empty.endpoint_slices[0].addresses.clear();
        check_in(&empty, "allow pods -> apiserver", &["E0211 |apiserver|"]);
    }

    #[test]
    fn without_a_cluster_they_are_errors() {
        check("allow pods -> nodes", &["E0211 |nodes|"]);
        check("allow pods -> service api on tcp/80", &["E0211 |service api|"]);
        check("allow pods -> apiserver", &["E0211 |apiserver|"]);
        check("namespace [team=a] allow pods -> any", &["E0211 |[team=a]|"]);
    }
}
