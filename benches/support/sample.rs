//! Clusters of any size, the same for the same numbers: pods as kubectl prints them, and policies for them.

#![allow(dead_code, reason = "each of its users takes a part")]
#![allow(clippy::unwrap_used, reason = "writing to a string cannot fail")]
#![allow(unreachable_pub, reason = "a module of several programs")]

use std::fmt::Write;

use netpol::ir::{Base, Isolation, Namespace, Namespaces, NetworkTier, Origin, PodSet, Policy, Rule, Subject, Tier};
use netpol::model::{Action, AddressSet, Direction, Ports, Protocol, RangeSet, Selector};

/// How large a cluster is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub pods: usize,
    pub namespaces: usize,
    pub policies: usize,
    /// Pods of one workload.
    pub replicas: usize,
}

impl Size {
    pub fn workloads(self) -> usize {
        self.pods.div_ceil(self.replicas)
    }

    fn namespace(self, workload: usize) -> String {
        format!("team-{}", workload % self.namespaces)
    }

    fn app(self, workload: usize) -> String {
        format!("app-{}", workload / self.namespaces)
    }

    /// `namespace/name` of a pod.
    pub fn pod_name(self, pod: usize) -> String {
        let workload = pod / self.replicas;
        format!("{}/{}-5d{:08x}-{:05}", self.namespace(workload), self.app(workload), workload, pod % self.replicas)
    }

    pub fn address(pod: usize) -> String {
        format!("10.{}.{}.{}", 64 + pod / 65536, pod / 256 % 256, pod % 256)
    }
}

/// What `kubectl get ns,pods -A -o json` prints.
pub fn json(size: Size) -> String {
    let mut text = String::with_capacity(size.pods * 4096);
    text.push_str("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    for namespace in 0..size.namespaces {
        writeln!(text, "        {},", namespace_json(namespace)).unwrap();
    }
    for pod in 0..size.pods {
        let comma = if pod + 1 == size.pods { "" } else { "," };
        writeln!(text, "        {}{comma}", indented(&pod_value(size, pod), 2)).unwrap();
    }
    text.push_str(
        "    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
    );
    text
}

fn namespace_json(at: usize) -> String {
    let labels = format!("{{\"kubernetes.io/metadata.name\": \"team-{at}\", \"tier\": \"t{}\"}}", at % 4);
    format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {{\"name\": \"team-{at}\", \"labels\": {labels}}}}}"
    )
}

fn indented(value: &serde_json::Value, depth: usize) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, formatter)).unwrap();
    String::from_utf8(out).unwrap().replace('\n', &format!("\n{}", "    ".repeat(depth)))
}

fn pod_value(size: Size, pod: usize) -> serde_json::Value {
    let workload = pod / size.replicas;
    let (namespace, app) = (size.namespace(workload), size.app(workload));
    let full = size.pod_name(pod);
    let name = full.split('/').nth(1).unwrap();
    let hash = format!("5d{workload:08x}");
    let ip = Size::address(pod);
    serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9090", "kubernetes.io/psp": "restricted"},
            "creationTimestamp": "2026-11-01T08:00:00Z",
            "generateName": format!("{app}-{hash}-"),
            "labels": {"app": app, "tier": format!("t{}", workload % 5), "pod-template-hash": hash, "version": "v1"},
            "name": name,
            "namespace": namespace,
            "ownerReferences": [{"apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true, "kind": "ReplicaSet",
                "name": format!("{app}-{hash}"), "uid": format!("00000000-0000-0000-0000-{workload:012}")}],
            "resourceVersion": "123456",
            "uid": format!("00000000-0000-0000-0001-{pod:012}")
        },
        "spec": {
            "containers": [{
                "env": [{"name": "PORT", "value": "8080"}, {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
                "image": format!("registry.example.com/{app}:1.0"),
                "imagePullPolicy": "IfNotPresent",
                "livenessProbe": {"failureThreshold": 3, "httpGet": {"path": "/health", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10},
                "name": "main",
                "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}, {"containerPort": 9090, "name": "metrics", "protocol": "TCP"}],
                "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access", "readOnly": true}]
            }],
            "dnsPolicy": "ClusterFirst",
            "nodeName": format!("node-{}", pod % 100),
            "restartPolicy": "Always",
            "serviceAccountName": "default",
            "tolerations": [
                {"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300},
                {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300}],
            "volumes": [{"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}, {"configMap": {"name": "kube-root-ca.crt"}}]}}]
        },
        "status": {
            "conditions": [
                {"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:00Z", "status": "True", "type": "Initialized"},
                {"lastProbeTime": null, "lastTransitionTime": "2026-11-01T08:00:05Z", "status": "True", "type": "Ready"}],
            "containerStatuses": [{"containerID": format!("containerd://{pod:064}"), "image": "i", "name": "main", "ready": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-11-01T08:00:04Z"}}}],
            "hostIP": "192.168.0.1",
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "qosClass": "Burstable",
            "startTime": "2026-11-01T08:00:00Z"
        }
    })
}

/// What `kubectl get ns,pods -A -o yaml` prints.
pub fn yaml(size: Size) -> String {
    let mut text = String::from("apiVersion: v1\nitems:\n");
    for at in 0..size.namespaces {
        writeln!(text, "- {}", namespace_json(at)).unwrap();
    }
    for pod in 0..size.pods {
        let object = serde_yaml::to_string(&pod_value(size, pod)).unwrap();
        writeln!(text, "- {}", object.trim_end().replace('\n', "\n  ")).unwrap();
    }
    text.push_str("kind: List\nmetadata:\n  resourceVersion: \"\"\n");
    text
}

/// The peers of one policy, the same for all forms of it.
struct Peers {
    // Namespace and app of each.
    apps: Vec<(String, String)>,
    // All pods of namespaces of this tier.
    tier: Option<String>,
}

fn peers(size: Size, seed: usize) -> Peers {
    let other = |next: usize| (seed + next * 13) % size.workloads();
    let apps = (1..4).map(other).map(|other| (size.namespace(other), size.app(other))).collect();
    Peers { apps, tier: seed.is_multiple_of(5).then(|| format!("t{}", seed % 4)) }
}

/// NetworkPolicies, several documents: each lets three apps reach one app on two ports, and it three others.
pub fn policies(size: Size) -> String {
    let mut text = String::new();
    for policy in 0..size.policies {
        let workload = policy % size.workloads();
        let (namespace, app) = (size.namespace(workload), size.app(workload));
        let port = 8000 + policy % 50;
        write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: policy-{policy}\n  \
             namespace: {namespace}\nspec:\n  podSelector:\n    matchLabels:\n      app: {app}\n  \
             policyTypes: [Ingress, Egress]\n  ingress:\n  - from:\n"
        )
        .unwrap();
        peers_yaml(&mut text, &peers(size, policy));
        write!(text, "    ports:\n    - port: http\n    - port: {port}\n  egress:\n  - to:\n").unwrap();
        peers_yaml(&mut text, &peers(size, policy * 7));
        let net = policy % 256;
        write!(
            text,
            "    ports:\n    - port: {port}\n    - port: 8080\n  - to:\n    - ipBlock:\n        \
             cidr: 203.0.{net}.0/24\n        except: [203.0.{net}.64/28]\n"
        )
        .unwrap();
    }
    text
}

fn peers_yaml(text: &mut String, peers: &Peers) {
    for (namespace, app) in &peers.apps {
        write!(
            text,
            "    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: {namespace}\n      \
             podSelector:\n        matchLabels:\n          app: {app}\n"
        )
        .unwrap();
    }
    if let Some(tier) = &peers.tier {
        writeln!(text, "    - namespaceSelector:\n        matchLabels:\n          tier: {tier}").unwrap();
    }
}

/// The same policies as they are read.
pub fn policy(size: Size) -> Policy {
    let mut tier = NetworkTier::default();
    for policy in 0..size.policies {
        let workload = policy % size.workloads();
        let subject = Subject {
            namespace: Namespace::named(size.namespace(workload)),
            pods: Selector::label("app", size.app(workload)),
            outside: AddressSet::empty(),
        };
        let tcp = |port: u16| Ports::numbers(Protocol::Tcp, RangeSet::range(port, port));
        let port = tcp(8000 + u16::try_from(policy % 50).unwrap());
        let net = |cidr: String| AddressSet::from_net(cidr.parse().unwrap());
        let block =
            net(format!("203.0.{}.0/24", policy % 256)).difference(&net(format!("203.0.{}.64/28", policy % 256)));
        tier.isolations.extend(Direction::BOTH.map(|direction| Isolation {
            direction,
            subject: subject.clone(),
            origin: Origin::default(),
        }));
        let mut rule = |direction, peers: Vec<Base>, ports: Ports| {
            let peers = peers.into_iter().map(Into::into).collect();
            let subject = subject.clone();
            tier.rules.push(Rule {
                action: Action::Allow,
                direction,
                subject,
                peers,
                ports,
                origin: Origin::default(),
            });
        };
        rule(Direction::Ingress, bases(&peers(size, policy)), port.union(&Ports::name(Protocol::Tcp, "http")));
        rule(Direction::Egress, bases(&peers(size, policy * 7)), port.union(&tcp(8080)));
        rule(Direction::Egress, vec![Base::Addresses(block)], Ports::All);
    }
    Policy { tiers: vec![Tier::NetworkPolicy(tier)], ..Policy::default() }
}

fn bases(peers: &Peers) -> Vec<Base> {
    let pods = |namespaces: Selector, pods| Base::Pods(PodSet { namespaces: Namespaces::Matching(namespaces), pods });
    let apps = peers
        .apps
        .iter()
        .map(|(namespace, app)| pods(Selector::namespace(namespace), Selector::label("app", app.as_str())));
    apps.chain(peers.tier.iter().map(|tier| pods(Selector::label("tier", tier.as_str()), Selector::all()))).collect()
}

/// Flows between pods, and from addresses outside, one a line.
pub fn flows(size: Size, count: usize) -> String {
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut text = String::with_capacity(count * 60);
    for _ in 0..count {
        let (from, to) = (next(size.pods), next(size.pods));
        let port = 8000 + next(100);
        match next(10) {
            0 => writeln!(text, "ip:203.0.{}.{} {} TCP {port}", next(256), next(256), size.pod_name(to)),
            1 => writeln!(text, "{} ip:203.0.{}.{} TCP {port}", size.pod_name(from), next(256), next(256)),
            _ => writeln!(text, "{} {} TCP {port}", size.pod_name(from), size.pod_name(to)),
        }
        .unwrap();
    }
    text
}
