//! Who the ends of flows are: pods, workloads, nodes and addresses by their names.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::flow::Family;
use crate::cluster::{Cluster, Node};
use crate::diag::suggest;
use crate::tables::{Side, Spot, Tables};

/// Looks names up in a cluster.
#[derive(Clone, Debug)]
pub struct Who<'c> {
    cluster: &'c Cluster,
    // By `namespace/name`: a pod, or the pods of a workload.
    pods: HashMap<String, Vec<usize>>,
    // The pod that owns each address.
    owners: HashMap<IpAddr, usize>,
    nodes: HashMap<&'c str, &'c Node>,
    node_addresses: HashMap<IpAddr, &'c Node>,
    families: Vec<Family>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Party<'c> {
    /// Pods of the cluster, by index: several for a workload.
    Pods(&'c [usize]),
    /// A node.
    Node(&'c Node),
    /// An address that neither a pod nor a node has.
    Address(IpAddr),
}

/// One end of one flow: a pod or none, at an address or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End<'c> {
    /// The pod, by its index in the cluster.
    pub pod: Option<usize>,
    /// The node that it runs on, or is.
    pub node: Option<&'c str>,
    /// Whether it is the node itself, as pods of the host network are.
    pub is_node: bool,
    /// The address; a workload's template has none.
    pub address: Option<IpAddr>,
    /// The family that it is judged in.
    pub family: Family,
    /// What the rules see of it.
    pub side: Side,
}

impl<'c> Who<'c> {
    /// Indexes a cluster.
    #[must_use]
    pub fn new(cluster: &'c Cluster) -> Self {
        let mut pods: HashMap<String, Vec<usize>> = HashMap::with_capacity(cluster.pods.len() * 2);
        let mut owners = HashMap::with_capacity(cluster.pods.len());
        for (at, pod) in cluster.pods.iter().enumerate() {
            pods.entry(format!("{}/{}", pod.namespace, pod.name)).or_default().push(at);
            if let Some(workload) = pod.workload.as_ref().filter(|workload| **workload != pod.name) {
                pods.entry(format!("{}/{workload}", pod.namespace)).or_default().push(at);
            }
            if !pod.host_network {
                owners.extend(pod.addresses.iter().map(|address| (*address, at)));
            }
        }
        let nodes = cluster.all_nodes().map(|node| (node.name.as_str(), node)).collect();
        let addresses = cluster.all_nodes().flat_map(|node| node.addresses.iter().map(move |a| (*a, node)));
        let families = families(cluster);
        Self { cluster, pods, owners, nodes, node_addresses: addresses.collect(), families }
    }

    /// The families that pods without an address are taken to have.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &'c Cluster {
        self.cluster
    }

    /// What a name stands for: `namespace/pod`, `namespace/deployment/name`, `node:NAME` or `ip:ADDRESS`.
    ///
    /// # Errors
    ///
    /// What is wrong with the name, and what could have been meant.
    pub fn find(&self, name: &str) -> Result<Party<'_>, (String, Option<String>)> {
        if let Some(pods) = self.pods.get(name) {
            return Ok(Party::Pods(pods));
        }
        if let Some(address) = name.strip_prefix("ip:") {
            return self.address(address).ok_or_else(|| (format!("`{address}` is no address"), None));
        }
        if let Some(node) = name.strip_prefix("node:") {
            let near = || suggest::help(node, self.nodes.keys().copied());
            let missing = || (format!("the cluster has no node `{node}`"), near());
            return self.nodes.get(node).map(|node| Party::Node(node)).ok_or_else(missing);
        }
        Err((format!("the cluster has no pod `{name}`"), self.help(name)))
    }

    fn address(&self, text: &str) -> Option<Party<'_>> {
        let address = text.parse::<IpAddr>().ok()?.to_canonical();
        Some(match (self.owners.get(&address), self.node_addresses.get(&address)) {
            (Some(pod), _) => Party::Pods(std::slice::from_ref(pod)),
            (None, Some(node)) => Party::Node(node),
            (None, None) => Party::Address(address),
        })
    }

    fn help(&self, name: &str) -> Option<String> {
        if name.parse::<IpAddr>().is_ok() {
            return Some(format!("write `ip:{name}` for an address"));
        }
        if !name.contains('/') {
            let named = |key: &&String| key.split_once('/').is_some_and(|(_, pod)| pod == name);
            let mut found: Vec<_> = self.pods.keys().filter(named).collect();
            found.sort_unstable();
            return Some(match found.first() {
                Some(full) => format!("did you mean `{full}`?"),
                None => "write `namespace/pod`, `namespace/deployment/name`, `node:NAME` or `ip:ADDRESS`".to_owned(),
            });
        }
        // The nearest name; or at least the nearest workload, as nobody knows the random part of a pod's name.
        self.near(name).map(|near| format!("did you mean `{near}`?")).or_else(|| self.of_namespace(name))
    }

    // The pod or workload that was most likely meant by a name with a namespace: one of that namespace if there is such
    // a namespace. A workload's own name, without its kind or with another, is no slip of a pod's.
    fn near(&self, name: &str) -> Option<&str> {
        let keys = || self.pods.keys().map(String::as_str);
        let (namespace, rest) = name.split_once('/')?;
        let own = || keys().filter_map(|key| key.strip_prefix(namespace)?.strip_prefix('/').map(|own| (own, key)));
        if own().next().is_none() {
            return suggest::nearest(name, keys());
        }
        let called = rest.rsplit('/').next().unwrap_or(rest);
        let workload = own().filter(|(own, _)| own.rsplit_once('/').is_some_and(|(_, name)| name == called)).min();
        let near = || {
            let near = suggest::nearest(rest, own().map(|(own, _)| own))?;
            own().find(|(own, _)| *own == near)
        };
        workload.or_else(near).map(|(_, key)| key)
    }

    fn of_namespace(&self, name: &str) -> Option<String> {
        let (namespace, _) = name.split_once('/')?;
        if self.cluster.namespaces.contains_key(namespace) {
            let of = self.cluster.pods.iter().filter(|pod| pod.namespace == namespace);
            let names: BTreeSet<_> = of.map(|pod| pod.workload.as_deref().unwrap_or(&pod.name)).collect();
            let some: Vec<_> = names.iter().take(5).map(|name| format!("`{namespace}/{name}`")).collect();
            return (!some.is_empty()).then(|| format!("`{namespace}` has {}", some.join(", ")));
        }
        let near = suggest::nearest(namespace, self.cluster.namespaces.keys().map(String::as_str))?;
        Some(format!("there is no namespace `{namespace}`; did you mean `{near}`?"))
    }

    /// The ends that a party has: one for each address.
    #[must_use]
    pub fn ends(&self, party: &Party<'c>, tables: &Tables) -> Vec<End<'c>> {
        match party {
            Party::Pods(pods) => pods.iter().flat_map(|pod| self.pod_ends(*pod, tables)).collect(),
            Party::Node(node) => {
                let end = |address: &IpAddr| End { node: Some(&node.name), is_node: true, ..outside(*address, tables) };
                node.addresses.iter().map(end).collect()
            }
            Party::Address(address) => vec![outside(*address, tables)],
        }
    }

    /// The ends of a pod, by its index.
    pub fn pod_ends(&self, at: usize, tables: &Tables) -> Vec<End<'c>> {
        let Some(pod) = self.cluster.pods.get(at) else { return Vec::new() };
        let end = |(spot, side): &(Spot, Side)| End {
            pod: Some(at),
            node: pod.node.as_deref(),
            is_node: pod.host_network,
            address: spot.is_known.then_some(spot.address),
            family: Family::of(spot.address),
            side: *side,
        };
        tables.pod(at).iter().map(end).collect()
    }
}

/// The families of a cluster's pods: those that some have an address of, and IPv4 where none has any.
pub(super) fn families(cluster: &Cluster) -> Vec<Family> {
    let pods = cluster.pods.iter().filter(|pod| !pod.host_network);
    let found: BTreeSet<_> = pods.flat_map(|pod| &pod.addresses).map(|address| Family::of(*address)).collect();
    if found.is_empty() { vec![Family::V4] } else { found.into_iter().collect() }
}

fn outside<'c>(address: IpAddr, tables: &Tables) -> End<'c> {
    let (family, side) = (Family::of(address), tables.address(address));
    End { pod: None, node: None, is_node: false, address: Some(address), family, side }
}

/// Why a flow passes whatever the policies are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exempt {
    /// A pod always reaches itself.
    Itself,
    /// A pod and its own node always reach each other.
    OwnNode,
    /// Policies judge flows at pods, and neither end is one that they see: those of the host network are their node.
    NoPod,
}

impl Exempt {
    /// The reason, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Itself => "a pod always reaches itself",
            Self::OwnNode => "a pod and its own node always reach each other",
            Self::NoPod => "no pod is at either end of this flow",
        }
    }
}

impl End<'_> {
    /// Why a flow between the two passes whatever the policies are; none where they judge it.
    ///
    /// A template stands for several pods, so it is not the same as itself.
    #[must_use]
    pub fn exempt(&self, other: &Self, cluster: &Cluster) -> Option<Exempt> {
        let is_template = |at: usize| cluster.pods.get(at).is_some_and(crate::cluster::Pod::is_template);
        if self.pod.is_some() && self.pod == other.pod && !self.pod.is_some_and(is_template) {
            return Some(Exempt::Itself);
        }
        let is_judged = |end: &Self| end.pod.is_some() && !end.is_node;
        if !is_judged(self) && !is_judged(other) {
            return Some(Exempt::NoPod);
        }
        let is_own = (self.is_node || other.is_node) && self.node.is_some() && self.node == other.node;
        is_own.then_some(Exempt::OwnNode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Pod;

    #[test]
    fn what_was_meant_is_of_the_namespace_that_was_written() {
        let mut cluster = Cluster::default();
        for (namespace, name, workload) in [
            ("shop", "a1", None),
            ("shop", "d-5f6b", Some("deployment/d")),
            ("shop", "web-1", None),
            ("ops", "d2", None),
        ] {
            let workload = workload.map(str::to_owned);
            let (namespace, name) = (namespace.to_owned(), name.to_owned());
            cluster.add_namespace(&namespace, crate::model::Labels::new());
            cluster.pods.push(Pod { namespace, name, workload, ..Pod::default() });
        }
        let who = Who::new(&cluster);
        let check = |name: &str, near: Option<&str>| assert_eq!(who.near(name), near, "{name}");
        check("shop/d", Some("shop/deployment/d"));
        check("shop/deploy/d", Some("shop/deployment/d"));
        check("shop/deploymnt/d", Some("shop/deployment/d"));
        check("shop/wbe-1", Some("shop/web-1"));
        check("shop/d2", None);
        check("shpo/web-1", Some("shop/web-1"));
    }
}
