//! What of all connections is asked for.

use std::net::IpAddr;

use super::Workload;
use crate::cluster::{Cluster, Node, Pod};
use crate::diag::suggest;
use crate::model::{AddressSet, Ports, Protocol, RangeSet};

/// The connections that are asked for; those without a condition are all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The source.
    pub from: Option<End>,
    /// The destination.
    pub to: Option<End>,
    /// The port.
    pub port: Option<PortFilter>,
    /// The namespace that one of the ends is in.
    pub namespace: Option<String>,
}

/// An end that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A whole namespace.
    Namespace(String),
    /// Pods of the cluster, by index.
    Pods(Vec<usize>),
    /// Any address that no pod has.
    Outside,
    /// Any of these addresses, which no pod has: one, or those of a node.
    Addresses(Vec<IpAddr>),
}

/// A port that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortFilter {
    /// Its protocol; none for any.
    pub protocol: Option<Protocol>,
    /// Its number; none for any.
    pub number: Option<u16>,
}

impl Filter {
    /// Whether a workload is asked for: it is one of the ends that are named, or none is.
    pub(super) fn asks_for(&self, workload: &Workload) -> bool {
        let is_end = |end: &Option<End>| end.as_ref().map(|end| end.is_workload(workload));
        let is_here = self.namespace.as_ref().map(|namespace| workload.namespace == *namespace);
        let named = [is_end(&self.from), is_end(&self.to), is_here];
        named.contains(&Some(true)) || named == [None; 3]
    }
}

impl End {
    /// Reads `namespace`, `namespace/pod`, `namespace/deployment/name`, `outside`, `ip:ADDRESS` or `node:NAME`.
    ///
    /// # Errors
    ///
    /// What is wrong, in words, and what could have been meant.
    pub fn parse(text: &str, cluster: &Cluster) -> Result<Self, (String, Option<String>)> {
        if text == "outside" {
            return Ok(Self::Outside);
        }
        if let Some(address) = text.strip_prefix("ip:") {
            let address: IpAddr = address.parse().map_err(|_| (format!("`{address}` is no address"), None))?;
            let address = address.to_canonical();
            let owner = cluster.pods.iter().position(|pod| !pod.host_network && pod.addresses.contains(&address));
            return Ok(owner.map_or_else(|| Self::Addresses(vec![address]), |pod| Self::Pods(vec![pod])));
        }
        if let Some(name) = text.strip_prefix("node:") {
            return Self::node(name, cluster);
        }
        let Some((namespace, name)) = text.split_once('/') else { return Self::namespace(text, cluster) };
        let named = |(_, pod): &(usize, &Pod)| {
            pod.namespace == namespace && (pod.name == name || pod.workload.as_deref() == Some(name))
        };
        let pods: Vec<_> = cluster.pods.iter().enumerate().filter(named).map(|(at, _)| at).collect();
        if pods.is_empty() {
            let names = cluster.pods.iter().filter(|pod| pod.namespace == namespace);
            let names: Vec<_> = names.map(|pod| pod.workload.as_deref().unwrap_or(&pod.name)).collect();
            let near = suggest::nearest(name, names).map(|near| format!("did you mean `{namespace}/{near}`?"));
            return Err((format!("the cluster has no pod and no workload `{text}`"), near));
        }
        Ok(Self::Pods(pods))
    }

    fn node(name: &str, cluster: &Cluster) -> Result<Self, (String, Option<String>)> {
        match cluster.all_nodes().find(|node| node.name == name) {
            Some(node) => Ok(Self::Addresses(node.addresses.clone())),
            None => {
                let near = suggest::help(name, cluster.all_nodes().map(|node| node.name.as_str()));
                Err((format!("the cluster has no node `{name}`"), near))
            }
        }
    }

    /// What of this end no view shows, in words, and where it can be seen.
    #[must_use]
    pub fn left_out(&self, cluster: &Cluster) -> Option<(String, String)> {
        match self {
            Self::Pods(pods) => {
                let pods: Vec<_> = pods.iter().filter_map(|at| cluster.pods.get(*at)).collect();
                if pods.iter().all(|pod| pod.host_network) {
                    let help = "ask for the node as `node:NAME`, or `netpol query` for one flow";
                    return Some(("traffic of pods of the host network is their node's".to_owned(), help.to_owned()));
                }
                let has_none = |pod: &&Pod| !pod.host_network && !pod.is_template() && pod.addresses.is_empty();
                pods.iter().all(has_none).then(|| {
                    let help = "`netpol query` tells what such a pod could do";
                    ("a pod that is done, or has no address yet, has no traffic".to_owned(), help.to_owned())
                })
            }
            Self::Addresses(addresses) => {
                let has = |node: &&Node| node.addresses.iter().any(|address| addresses.contains(address));
                let node = cluster.all_nodes().find(has)?;
                let message = format!("node `{}` and its own pods always reach each other", node.name);
                Some((message, "`netpol query` tells that of one flow".to_owned()))
            }
            Self::Namespace(_) | Self::Outside => None,
        }
    }

    /// Reads a namespace's name.
    ///
    /// # Errors
    ///
    /// As [`End::parse`].
    pub fn namespace(name: &str, cluster: &Cluster) -> Result<Self, (String, Option<String>)> {
        if cluster.namespaces.contains_key(name) {
            return Ok(Self::Namespace(name.to_owned()));
        }
        let near = suggest::help(name, cluster.namespaces.keys().map(String::as_str));
        Err((format!("the cluster has no namespace `{name}`"), near))
    }

    pub(super) fn is_workload(&self, workload: &Workload) -> bool {
        match self {
            Self::Namespace(name) => workload.namespace == *name,
            Self::Pods(pods) => workload.pods.iter().any(|pod| pods.contains(pod)),
            Self::Outside | Self::Addresses(_) => false,
        }
    }

    pub(super) fn is_outside(&self, part: &AddressSet) -> bool {
        match self {
            Self::Outside => true,
            Self::Addresses(addresses) => addresses.iter().any(|address| part.contains(*address)),
            Self::Namespace(_) | Self::Pods(_) => false,
        }
    }
}

impl PortFilter {
    /// Reads `5432`, `tcp/5432` or `tcp`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let protocol = |name: &str| {
            let same = |of: &Protocol| of.kubernetes().eq_ignore_ascii_case(name);
            Protocol::ALL.into_iter().find(same)
        };
        let number = |text: &str| text.parse().ok().filter(|number| *number != 0);
        match text.split_once('/') {
            Some((name, port)) => Some(Self { protocol: Some(protocol(name)?), number: Some(number(port)?) }),
            None => match protocol(text) {
                Some(of) => Some(Self { protocol: Some(of), number: None }),
                None => Some(Self { protocol: None, number: Some(number(text)?) }),
            },
        }
    }

    /// What of some ports is asked for.
    #[must_use]
    pub fn of(self, ports: &Ports) -> Ports {
        let wanted = Protocol::ALL.into_iter().filter(|of| self.protocol.is_none_or(|wanted| wanted == *of));
        let numbers = self.number.map_or_else(RangeSet::all, |number| RangeSet::range(number, number));
        wanted.fold(Ports::none(), |all, of| all.union(&Ports::numbers(of, ports.of(of).intersection(&numbers))))
    }
}
