//! From the objects of all files to one cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::convert::LivePod;
use super::object::Object;
use super::{address, workload};
use crate::cluster::{Cluster, Node};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::Labels;

/// The objects read so far.
#[derive(Default)]
pub(super) struct Objects {
    cluster: Cluster,
    pods: Vec<LivePod>,
    workloads: Vec<super::convert::Workload>,
    // Where each object stands, by kind, namespace and name.
    seen: HashMap<(&'static str, String), Place>,
    ignored: BTreeMap<String, usize>,
}

/// The place of an object: its file, and which object of the file it is, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) number: usize,
}

impl Objects {
    /// Adds an object, and those in it; a second one of the same name is an error, which tells where the first is.
    pub(super) fn add(&mut self, object: Object, place: &mut Place) -> Result<(), (String, Place)> {
        match object {
            Object::List(items) => return items.into_iter().try_for_each(|item| self.add(item, place)),
            Object::Namespace(name, labels) => {
                self.unique("namespace", name.clone(), *place)?;
                self.cluster.add_namespace(&name, labels);
            }
            Object::Pod(pod) => {
                self.unique("pod", format!("{}/{}", pod.pod.namespace, pod.pod.name), *place)?;
                self.pods.push(*pod);
            }
            Object::Node(node) => {
                self.unique("node", node.name.clone(), *place)?;
                self.cluster.nodes.push(node);
            }
            Object::Service(service) => {
                self.unique("service", format!("{}/{}", service.namespace, service.name), *place)?;
                self.cluster.services.push(service);
            }
            Object::EndpointSlice(slice) => {
                self.unique("EndpointSlice", format!("{}/{}", slice.namespace, slice.name), *place)?;
                self.cluster.endpoint_slices.push(slice);
            }
            Object::Workload(workload) => {
                let handle = workload::handle(&workload.kind, &workload.template.name);
                self.unique("workload", format!("{}/{handle}", workload.template.namespace), *place)?;
                self.workloads.push(*workload);
            }
            Object::Other(kind) => *self.ignored.entry(kind).or_default() += 1,
        }
        place.number += 1;
        Ok(())
    }

    fn unique(&mut self, kind: &'static str, name: String, place: Place) -> Result<(), (String, Place)> {
        let key = (kind, name);
        if let Some(first) = self.seen.get(&key) {
            return Err((format!("{kind} `{}`", key.1), *first));
        }
        self.seen.insert(key, place);
        Ok(())
    }

    /// Settles what needs all objects: owners, addresses, namespaces.
    pub(super) fn finish(mut self, diagnostics: &mut Diagnostics) -> Option<Cluster> {
        if self.seen.is_empty() {
            let found = self.ignored.keys().cloned().collect::<Vec<_>>().join(", ");
            let help = (!found.is_empty()).then(|| format!("the kinds found are {found}"));
            let message = "the cluster's input holds no namespace, pod, workload, service or node";
            let how = "give what `kubectl get ns,pods,svc,nodes,endpointslices -A -o json` prints";
            diagnostics.push(Diagnostic::without_place(Code::EmptyCluster, message).with_help(how).with_help_if(help));
            return None;
        }
        workload::resolve(&mut self.pods, self.workloads, &mut self.cluster.pods);
        address::settle(&mut self.pods);
        self.cluster.hosts = nodes_of_pods(&self.pods, &self.cluster.nodes);
        self.cluster.pods.extend(self.pods.into_iter().map(|live| live.pod));
        self.cluster.pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        self.cluster.nodes.sort_by(|a, b| a.name.cmp(&b.name));
        self.cluster.services.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        self.cluster.endpoint_slices.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        diagnostics.append(notes(&mut self.cluster, &self.ignored));
        Some(self.cluster)
    }
}

// The nodes that pods tell of where the input has none of that name.
fn nodes_of_pods(pods: &[LivePod], known: &[Node]) -> Vec<Node> {
    let known: BTreeSet<&str> = known.iter().map(|node| node.name.as_str()).collect();
    let mut found: BTreeMap<&str, BTreeSet<IpAddr>> = BTreeMap::new();
    for live in pods {
        if let Some(name) = live.pod.node.as_deref().filter(|name| !known.contains(name)) {
            found.entry(name).or_default().extend(&live.host);
        }
    }
    let node = |(name, addresses): (&str, BTreeSet<IpAddr>)| Node {
        name: name.to_owned(),
        addresses: addresses.into_iter().collect(),
        ..Node::default()
    };
    found.into_iter().map(node).collect()
}

fn notes(cluster: &mut Cluster, ignored: &BTreeMap<String, usize>) -> Diagnostics {
    let mut notes = Diagnostics::new();
    if !ignored.is_empty() {
        let kinds: Vec<_> = ignored.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let message = format!("objects that play no part were ignored: {}", kinds.join(", "));
        notes.push(Diagnostic::without_place(Code::IgnoredKinds, message));
    }
    let named: BTreeSet<&str> = cluster.pods.iter().map(|pod| pod.namespace.as_str()).collect();
    let missing: Vec<_> =
        named.into_iter().filter(|name| !cluster.namespaces.contains_key(*name)).map(str::to_owned).collect();
    if !missing.is_empty() {
        let some = missing.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let more = if missing.len() > 3 { ", …" } else { "" };
        let message = match missing.len() {
            1 => format!("the namespace of pods {some} is not in the input"),
            count => format!("{count} namespaces of pods are not in the input: {some}{more}"),
        };
        let note = Diagnostic::without_place(Code::MissingNamespaces, message).with_help(
            "they are taken to have no label but their name and what a program states; `kubectl get ns` prints the \
                        others",
        );
        notes.push(note);
    }
    for name in missing {
        cluster.add_namespace(&name, Labels::new());
        cluster.untold.insert(name);
    }
    notes
}
