use std::io::Write;
use std::net::IpAddr;

use super::*;
use crate::cluster::TargetPort;
use crate::model::Protocol;

// One line for each pod, or the errors.
fn load_text(text: &str) -> (String, String) {
    let mut diagnostics = Diagnostics::new();
    let cluster = parse("in", text.as_bytes(), &mut diagnostics);
    let said = diagnostics.iter().map(|d| format!("{} {}\n", d.code.id(), d.message)).collect();
    let pods = cluster.iter().flat_map(|cluster| &cluster.pods).map(|pod| {
        let addresses: Vec<_> = pod.addresses.iter().map(ToString::to_string).collect();
        let ports: Vec<_> = pod.ports.iter().map(|p| format!("{}={}/{}", p.name, p.protocol, p.number)).collect();
        let host = if pod.host_network { " host" } else { "" };
        let workload = pod.workload.as_deref().unwrap_or("-");
        format!("{}/{} {workload} [{}] [{}]{host}\n", pod.namespace, pod.name, addresses.join(" "), ports.join(" "))
    });
    (pods.collect(), said)
}

fn check(text: &str, pods: &str) {
    let (found, said) = load_text(text);
    let trim = |text: &str| text.lines().map(|line| format!("{}\n", line.trim())).collect::<String>();
    assert_eq!(found, trim(pods.trim_start()), "{said}");
}

fn check_error(text: &str, expected: &str) {
    let (found, said) = load_text(text);
    assert_eq!((found.as_str(), said.trim_end()), ("", expected));
}

fn pod(name: &str, rest: &str) -> String {
    format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a{rest}\n")
}

#[test]
fn a_list_of_kubectl_has_its_kind_last() {
    let text = r#"{"apiVersion": "v1", "items": [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a", "labels": {"app": "web"}},
         "spec": {"containers": [{"ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 1}]}]},
         "status": {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]}}
      ], "kind": "List", "metadata": {"resourceVersion": ""}}"#;
    check(text, "a/p - [10.0.0.1 fd00::1] [http=tcp/8080]\n");
    // The same as YAML: JSON is a part of it.
    check(&format!("# a comment first\n{text}"), "a/p - [10.0.0.1 fd00::1] [http=tcp/8080]\n");
}

#[test]
fn typed_lists_and_other_orders_are_read() {
    let typed = r#"{"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [{"metadata": {"name": "p"}}]}"#;
    check(typed, "default/p - [] []\n");
    check("status: {podIP: 10.0.0.1}\nmetadata: {name: p}\nkind: Pod\napiVersion: v1", "default/p - [10.0.0.1] []\n");
    check(
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"}} {"kind":"Pod","apiVersion":"v1","metadata":{"name":"q"}}"#,
        "default/p - [] []\ndefault/q - [] []\n",
    );
}

#[test]
fn pods_that_are_done_or_of_the_host_own_no_address() {
    let text = pod("done", "}\nstatus: {phase: Succeeded, podIP: 10.0.0.1}")
        + &pod("failed", "}\nstatus: {phase: Failed, podIP: 10.0.0.1}")
        + &pod("host", "}\nspec: {hostNetwork: true}\nstatus: {phase: Running, podIP: 10.0.0.1}")
        + &pod("live", "}\nstatus: {phase: Running, podIP: 10.0.0.1}")
        + &pod("pending", "}\nstatus: {phase: Pending, podIP: ''}");
    check(
        &text,
        "a/done - [] []\na/failed - [] []\na/host - [10.0.0.1] [] host\na/live - [10.0.0.1] []\na/pending - [] []\n",
    );
}

#[test]
fn the_newest_live_pod_owns_an_address() {
    let at = |name, created, started: &str, phase| {
        pod(
            name,
            &format!(
                ", creationTimestamp: '{created}'}}\nstatus: {{phase: {phase}, podIP: 10.0.0.1, startTime: '{started}'}}"
            ),
        )
    };
    let (old, new) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z");
    let text = at("z-old", old, new, "Running") + &at("new", new, old, "Running") + &at("newest", new, new, "Running");
    let text = text + &at("done", "2026-02-01T00:00:00Z", new, "Succeeded");
    check(&text, "a/done - [] []\na/new - [] []\na/newest - [10.0.0.1] []\na/z-old - [] []\n");
}

#[test]
fn restartable_init_containers_name_ports() {
    let text = pod(
        "p",
        "}\nspec: {containers: [{}], initContainers: [{ports: [{name: once, containerPort: 1}]},
      {restartPolicy: Always, ports: [{name: side, containerPort: 2, protocol: UDP}]}]}",
    );
    check(&text, "a/p - [] [side=udp/2]\n");
}

#[test]
fn a_template_stands_for_pods_until_one_is_alive() {
    let deployment = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{ports: [{name: http, containerPort: 80}]}]}}}\n";
    let set = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: web-5d, namespace: a, ownerReferences: [{kind: Deployment, name: web, controller: true}]}
spec: {template: {metadata: {labels: {app: web}}}}\n";
    let of = |owner| {
        pod(
            "web-5d-1",
            &format!(
                ", labels: {{pod-template-hash: 5d}}, ownerReferences: [{{kind: ReplicaSet, name: {owner}, controller: true}}]}}"
            ),
        )
    };
    let template = "a/deployment/web deployment/web [] [http=tcp/80]\n";
    check(&format!("{deployment}{set}"), template);
    let live = "a/web-5d-1 deployment/web [] []\n";
    check(&format!("{}{deployment}{set}", of("web-5d")), live);
    // Without the ReplicaSet, its name tells the Deployment.
    check(&format!("{}{deployment}", of("web-5d")), live);
    check(&of("web-other"), "a/web-5d-1 replicaset/web-other [] []\n");
    let done = of("web-5d") + "status: {phase: Failed}\n";
    check(&format!("{done}{deployment}"), &format!("{template}{live}"));
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c, namespace: a}\nspec: {jobTemplate: {spec: {template: {spec: {}}}}}\n";
    check(cron, "a/cronjob/c cronjob/c [] []\n");
}

#[test]
fn namespaces_have_their_name_and_missing_ones_are_noted() {
    let text =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {kubernetes.io/metadata.name: wrong, team: x}}\n"
            .to_owned()
            + &pod("p", "}");
    let mut diagnostics = Diagnostics::new();
    let cluster = parse("in", text.as_bytes(), &mut diagnostics).unwrap();
    let labels: Vec<_> = cluster.namespaces.iter().map(|(name, labels)| format!("{name}: {labels:?}")).collect();
    assert_eq!(
        labels,
        [r#"a: {"kubernetes.io/metadata.name": "a"}"#, r#"b: {"kubernetes.io/metadata.name": "b", "team": "x"}"#,]
    );
    assert_eq!(load_text(&text).1, "N0702 the namespace of pods `a` is not in the input\n");
}

#[test]
fn kinds_of_other_groups_are_others() {
    let text = "apiVersion: example.com/v1\nkind: Pod\nspec: text\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\nkind: WhiteList\napiVersion: example.com/v1\n";
    let (pods, said) = load_text(text);
    assert_eq!(pods, "default/p - [] []\n");
    assert!(
        said.contains(
            "N0701 objects that play no part were ignored: 1 ConfigMap, 1 Pod.example.com, 1 WhiteList.example.com"
        ),
        "{said}"
    );
    // Those of Kubernetes itself are known by their kind.
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\n---\napiVersion: networking.istio.io/v1\nkind: Gateway\n---\napiVersion: apps/v1\nkind: ControllerRevision\n---\napiVersion: batch.volcano.sh/v1alpha1\nkind: Job\n---\napiVersion: serving.knative.dev/v1\nkind: ServiceList\nitems: [{metadata: {name: s}}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
    let (_, said) = load_text(text);
    let ignored = "1 ControllerRevision.apps, 1 Gateway.networking.istio.io, 1 Ingress.networking.k8s.io, 1 Job.batch.volcano.sh, 1 Service.serving.knative.dev";
    assert!(said.contains(ignored), "{said}");
}

#[test]
fn services_nodes_and_slices_are_read() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http, name: web}, {port: 53, protocol: UDP}, {port: 1, targetPort: 2}]}
---\napiVersion: v1\nkind: Node\nmetadata: {name: node-1}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: Hostname, address: node-1}]}
---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: s-1, namespace: a, labels: {kubernetes.io/service-name: s}}
addressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}]\nports: [{name: web, port: 8080}]\n";
    let cluster = parse("in", text.as_bytes(), &mut Diagnostics::new()).unwrap();
    let ports: Vec<_> = cluster.services[0].ports.iter().map(|p| (p.protocol, p.port, p.target.clone())).collect();
    let expected = [
        (Protocol::Tcp, 80, TargetPort::Name("http".to_owned())),
        (Protocol::Udp, 53, TargetPort::Number(53)),
        (Protocol::Tcp, 1, TargetPort::Number(2)),
    ];
    assert_eq!(ports, expected);
    assert_eq!(cluster.services[0].selector["app"], "web");
    assert_eq!(cluster.nodes[0].addresses, ["192.168.0.1".parse::<IpAddr>().unwrap()]);
    let slice = &cluster.endpoint_slices[0];
    assert_eq!((slice.service.as_deref(), slice.addresses.len(), slice.ports[0].number), (Some("s"), 1, 8080));
}

#[test]
fn gzip_is_told_by_its_first_bytes() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(pod("p", "}").as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    let cluster = parse("in", &bytes, &mut Diagnostics::new()).unwrap();
    assert_eq!(cluster.pods.len(), 1);
    let mut diagnostics = Diagnostics::new();
    assert!(parse("in", bytes.get(..bytes.len() - 9).unwrap(), &mut diagnostics).is_none());
    assert!(diagnostics.has_errors());
}

#[test]
fn broken_input_gives_a_place_and_no_cluster() {
    let whole = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}"#;
    for end in 1..whole.len() {
        assert!(load_text(whole.get(..end).unwrap()).0.is_empty(), "{end}");
    }
    check_error(
        whole.get(..40).unwrap(),
        "E0701 in:1:40: the text ends in the middle of an object; was the file cut off?",
    );
    for (text, place) in
        [("{\n", "1:1"), ("{\"apiVersion\": \"v1\",\n \"kind\": \n\n", "2:8"), ("{\"items\": [ \n", "1:11")]
    {
        check_error(
            text,
            &format!("E0701 in:{place}: the text ends in the middle of an object; was the file cut off?"),
        );
    }
    check_error(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {a: 1}\n",
        "E0701 in:5:15: invalid type: integer `1`, expected a string",
    );
    check_error(
        r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b", "a": "c"}}}"#,
        "E0701 in:1:92: label `a` stands twice",
    );
    check_error("apiVersion: v1\nkind: Pod\nkind: Pod\nmetadata: {name: p}", "E0701 in:3:1: key `kind` stands twice");
    check_error("apiVersion: v1\nkind: Pod\nmetadata: {}", "E0701 in:1:1: Pod: `metadata.name` is missing");
    check_error(&pod("p", "}\nstatus: {podIP: 10.0.0.256}"), "E0701 in:2:1: Pod: `10.0.0.256` is no address");
    check_error("a: b", "E0701 in:1:1: an object without `apiVersion` and `kind`");
    check_error("- a", "E0701 in:1:1: invalid type: sequence, expected a Kubernetes object");
    check_error(
        "apiVersion: v1\nkind: List\nitems: []",
        "E0703 the cluster's input holds no namespace, pod, workload, service or node",
    );
    check_error("\u{0}", "E0701 in:1:1: found unprintable character");
}

#[test]
fn a_second_object_of_one_name_is_an_error() {
    let mut diagnostics = Diagnostics::new();
    let text = pod("p", "}") + &pod("q", "}") + &pod("p", "}");
    assert!(parse("in", text.as_bytes(), &mut diagnostics).is_none());
    let said: Vec<_> = diagnostics.iter().map(|d| format!("{}; {}", d.message, d.help.join(" "))).collect();
    assert_eq!(said, ["in: pod `a/p` is there twice; it is object 1 of `in`, and object 3 of `in`"]);
}

#[test]
fn what_stands_twice_is_an_error_in_json_too() {
    let list = |first: &str, rest: &str| {
        format!(
            r#"{{"apiVersion":"v1",{first}"items":[{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p"}}}}]{rest}}}"#
        )
    };
    let twice = |key: &str, at: usize| format!("E0701 in:1:{at}: key `{key}` stands twice");
    check_error(&list("", r#","kind":"List","items":[]"#), &twice("items", 101));
    check_error(&list(r#""kind":"List","#, r#","kind":"List""#), &twice("kind", 101));
    let pod = |rest: &str, expected: &str| {
        let (found, said) = load_text(&format!(r#"{{"apiVersion":"v1",{rest}}}"#));
        assert!(found.is_empty() && said.contains(expected), "{rest}: {said}");
    };
    pod(r#""kind":"Pod","metadata":{"name":"p"},"kind":"Node""#, "key `kind` stands twice");
    pod(r#""metadata":{"name":"p","name":"q"},"kind":"Pod""#, "key `name` stands twice");
    pod(r#""kind":"Pod","metadata":{"name":"p","name":"q"}"#, "duplicate field `name`");
}

#[test]
fn what_is_passed_by_is_whole() {
    let pod = |annotations: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"p","annotations":{annotations}}}}}"#)
    };
    let refused = |text: &str, expected: &str| {
        let (found, said) = load_text(text);
        assert!(found.is_empty() && said.contains(expected), "{text}: {said}");
    };
    refused(&pod(r#"{"a":"b","a":"b"}"#), "key `a` stands twice");
    refused(&pod("[]"), "invalid type: sequence, expected an object");
    let list = "kind: List\napiVersion: v1\nmetadata: []\nitems: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]";
    refused(list, "invalid type: sequence, expected an object");
    let item = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}"#;
    for order in [
        format!(r#"{{"metadata":[],"apiVersion":"v1","kind":"List","items":[{item}]}}"#),
        format!(r#"{{"apiVersion":"v1","items":[{item}],"kind":"List","metadata":[]}}"#),
        format!(r#"{{"items":[{item}],"metadata":{{"a":"b","a":"c"}},"apiVersion":"v1","kind":"PodList"}}"#),
    ] {
        let (found, said) = load_text(&order);
        assert!(found.is_empty() && !said.is_empty(), "{order}: {said}");
    }
    for whole in [
        pod("null"),
        pod(r#"{"a":"b"}"#),
        format!(r#"{{"kind":"List","apiVersion":"v1","metadata":null,"items":[{item}]}}"#),
    ] {
        assert!(!load_text(&whole).0.is_empty(), "{whole}");
    }
}

#[test]
fn a_list_is_no_object() {
    let check_path = |rest: &str| {
        let text = format!(r#"{{"apiVersion":"v1","kind":"Pod",{rest}}}"#);
        let (found, said) = load_text(&text);
        assert!(found.is_empty() && said.contains("invalid type: sequence, expected an object"), "{rest}: {said}");
    };
    check_path(r#""metadata":["p"]"#);
    check_path(r#""metadata":{"name":"p"},"spec":["n"]"#);
    check_path(r#""metadata":{"name":"p"},"spec":{"containers":[[[]]]}"#);
    check_path(r#""metadata":{"name":"p"},"status":{"podIPs":[["10.0.0.1"]]}"#);
}

#[test]
fn a_list_in_json_is_read_whatever_stands_around_its_items() {
    let item = r#"{"metadata":{"name":"p"}}"#;
    for text in [
        format!(r#"{{"kind":"PodList","apiVersion":"v1","items":[{item}],"metadata":{{"a":[1,2.5e3]}}}}"#),
        format!(r#" {{ "metadata" : {{ }} , "apiVersion" : "v1" , "kind" : "PodList" , "items" : [ {item} ] }} "#),
        format!(
            "{{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{item}]}}\n{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":null}}"
        ),
    ] {
        check(&text, "default/p - [] []\n");
    }
    let broken = |text: &str, expected: &str| check_error(text, &format!("E0701 in:{expected}"));
    let start = r#"{"apiVersion":"v1","kind":"PodList","items":"#;
    broken(&format!("{start}[{item} {item}]}}"), "1:72: expected `,` or `]`");
    broken(&format!("{start}[{item}] 5}}"), "1:73: expected `,` or `}`");
    broken(&format!("{start}[\n{item},\n]}}"), "3:1: expected value");
    broken(&format!("{start}[{item}"), "1:70: the text ends in the middle of an object; was the file cut off?");
    broken(&format!("{{\"items\":[{item}]}}"), "1:35: an object without `apiVersion` and `kind`");
    broken(r#"{"items":[]}"#, "1:13: a list without `apiVersion` and `kind`");
}

// A reader that gives one byte at a time, as no window may depend on where it ends.
struct Dripping<'t>(&'t [u8]);

impl std::io::Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.0.len()).min(1);
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

#[test]
fn a_long_list_is_read_through_a_window() {
    let pods = 30_000;
    let pod = |at: usize| {
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"p{at}\",\"labels\":{{\"app\":\"é\"}}}},\n\"x\":{at}}}"
        )
    };
    let all: Vec<_> = (0..pods).map(pod).collect();
    let text = format!("{{\"apiVersion\":\"v1\",\"items\":[\n{}],\"kind\":\"List\"}}", all.join(",\n"));
    assert!(text.len() > 2 << 20);
    let mut loader = Loader::default();
    let mut diagnostics = Diagnostics::new();
    loader.file("in".to_owned(), Box::new(Dripping(text.as_bytes())), &mut diagnostics);
    assert_eq!(loader.finish(&mut diagnostics).unwrap().pods.len(), pods);
    let broken = text.replace("\"x\":29999", "\"x\":29999x");
    check_error(&broken, "E0701 in:60001:10: expected `,` or `}`");
}

#[test]
fn pods_tell_of_nodes_that_are_not_there() {
    let text = pod(
        "p",
        "}\nspec: {nodeName: n1}\nstatus: {podIP: 10.0.0.1, hostIP: 192.168.0.1, hostIPs: [{ip: 192.168.0.1}, {ip: 'fd00::1'}]}",
    );
    let node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {addresses: [{type: InternalIP, address: 192.168.0.9}]}\n";
    let nodes = |text: &str| {
        let cluster = parse("in", text.as_bytes(), &mut Diagnostics::new()).unwrap();
        cluster.all_nodes().map(|node| format!("{} {:?}", node.name, node.addresses)).collect::<Vec<_>>()
    };
    assert_eq!(nodes(&text), ["n1 [192.168.0.1, fd00::1]"]);
    assert_eq!(nodes(&(text + node)), ["n1 [192.168.0.9]"]);
    // A pod of the host network has its node's addresses.
    let host = pod("p", "}\nspec: {nodeName: n1, hostNetwork: true}\nstatus: {podIP: 192.168.0.1}");
    assert_eq!(nodes(&host), ["n1 [192.168.0.1]"]);
    assert_eq!(nodes(&host.replace("podIP", "phase: Failed, podIP")), ["n1 []"]);
    assert_eq!(nodes(&(host + node)), ["n1 [192.168.0.9]"]);
}

#[test]
fn ports_that_are_none_are_told_as_such() {
    let container =
        |port: &str| pod("p", &format!("}}\nspec: {{containers: [{{ports: [{{containerPort: {port}}}]}}]}}"));
    let service = |port: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{selector: {{a: b}}, ports: [{port}]}}\n")
    };
    let slice = |port: &str| {
        format!(
            "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: s}}\naddressType: IPv4\nports: \
             [{{port: {port}}}]\n"
        )
    };
    let refused = |text: &str, expected: &str| {
        let (_, said) = load_text(text);
        assert!(said.starts_with("E0701") && said.contains(expected), "{text}: {said}");
        assert!(!said.contains("u16") && !said.contains("i64"), "{said}");
    };
    for port in ["70000", "-1"] {
        let wrong = format!("{port} is no port number; a port is a number from 1 to 65535");
        refused(&container(port), &wrong);
        refused(&service(&format!("{{port: {port}}}")), &wrong);
        refused(&slice(port), &wrong);
    }
    refused(&service("{port: 80, targetPort: 70000}"), "70000 is no port number");
    refused(&service("{port: 80, targetPort: -1}"), "-1 is no port number");
    let text = "invalid type: string \"80\", expected a port number from 1 to 65535";
    refused(&container("'80'"), text);
    refused(&service("{port: '80'}"), text);
    refused(&slice("'80'"), text);
    refused(&slice("80.5"), "expected a port number from 1 to 65535");
    let replicas = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {replicas: two, template: {}}\n";
    refused(replicas, "invalid type: string \"two\", expected a number of pods");
    // What the API prints where a slice is about every port, and a Service leads to the port of its own.
    let (_, said) = load_text(&(slice("null") + "---\n" + &service("{port: 80, targetPort: 0}")));
    assert_eq!(said, "");
}
