//! Bad Kubernetes YAML and JSON through the program: a message with its code and place, exit status 1, and nothing on
//! standard output, as an answer about a part of the input would be wrong.
//!
//! What each mistake is told as is tested beside the readers; here it is that no command goes on.
#![allow(clippy::expect_used, clippy::panic, reason = "tests end by failing")]

mod support;

use std::io::Write as _;

use support::folder::{Folder, Run};

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}}
";

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

// Nine references to what has nine references, ten times over.
fn alias_bomb() -> String {
    let level = |level: usize| {
        let before = level.checked_sub(1).map_or("lol".to_owned(), |before| format!("*a{before}"));
        format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(", "))
    };
    (0..10).map(level).collect()
}

fn query(folder: &Folder, cluster: &str, policies: &str) -> Run {
    folder.run(&format!("query --cluster {cluster} {policies} ip:192.0.2.1 shop/web tcp/80"))
}

// Asserts that a file of policies is refused, also beside one that is well, by every command that reads such.
fn refused_policies(file: &str, bytes: &[u8], said: &[&str]) {
    let folder = Folder::new(&[("good.yaml", POLICY), ("cluster.yaml", POD)]);
    folder.write(file, bytes);
    for inputs in [file.to_owned(), format!("good.yaml {file}")] {
        folder.run(&format!("check {inputs}")).refused(1, said);
        folder.run(&format!("import {inputs}")).refused(1, said);
        folder.run(&format!("import {inputs} -o new.netpol")).refused(1, said);
        query(&folder, "cluster.yaml", &inputs).refused(1, said);
    }
    assert!(!folder.path("new.netpol").exists());
    query(&folder, "cluster.yaml", "good.yaml").fine();
}

fn refused_cluster(file: &str, bytes: &[u8], said: &[&str]) {
    let folder = Folder::new(&[("good.yaml", POLICY)]);
    folder.write(file, bytes);
    query(&folder, file, "good.yaml").refused(1, said);
    folder.run(&format!("check good.yaml --cluster {file}")).refused(1, said);
    folder.run(&format!("import good.yaml --cluster {file}")).refused(1, said);
}

// Asserts both, where `bytes` stand behind an object that is well.
fn refused(file: &str, bytes: &[u8], policies: &[&str], cluster: &[&str]) {
    refused_policies(file, &[POLICY.as_bytes(), b"---\n", bytes].concat(), policies);
    refused_cluster(file, &[POD.as_bytes(), b"---\n", bytes].concat(), cluster);
}

#[test]
fn bombs() {
    let bomb = alias_bomb();
    refused("a.yaml", bomb.as_bytes(), &["E0603", "a.yaml:11:15"], &["E0701", "a.yaml:6:5", "anchors and aliases"]);
    let tower = "[".repeat(100_000);
    refused("a.yaml", tower.as_bytes(), &["E0104", "a.yaml:6:"], &["E0701", "a.yaml:6:"]);
}

#[test]
fn repeated_keys_and_wrong_types() {
    let twice = POLICY.replace("kind:", "kind: NetworkPolicy\nkind:");
    refused(
        "a.yaml",
        twice.as_bytes(),
        &["E0602", "a.yaml:8:1", "`kind` stands twice"],
        &["E0701", "a.yaml:8:1", "`kind`"],
    );
    let ports = POLICY.replace("{podSelector: {}}", "{podSelector: {}, ingress: {}}");
    refused_policies("a.yaml", ports.as_bytes(), &["E0608", "a.yaml:4:", "`spec.ingress` is a mapping, not a list"]);
    refused_cluster("a.yaml", POD.replace("10.0.0.2", "10").as_bytes(), &["E0701", "a.yaml:4:"]);
    refused("a.yaml", b"- 1\n", &["E0605", "a.yaml:6:1"], &["E0701", "a.yaml:6:1"]);
}

#[test]
fn half_written_json() {
    let policy =
        r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}, "spec": {}}"#;
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": {}}"#;
    let cut = |text: &str, items: &str| {
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\",\n \"items\": [{text},\n{items}")
    };
    for end in ["", "{\"api", "{\"apiVersion\": \"v1\""] {
        refused_policies("a.json", cut(policy, end).as_bytes(), &["E0601", "a.json:", "cut off"]);
        refused_cluster("a.json", cut(pod, end).as_bytes(), &["E0701", "a.json:", "cut off"]);
    }
}

#[test]
fn text_that_is_none() {
    refused("a.yaml", b"a: \xff\n", &["E0103", "a.yaml:6:4"], &["E0701", "a.yaml:6:4", "not UTF-8"]);
    refused("a.yaml", b"a: \0\n", &["E0601", "a.yaml:6:4"], &["E0701", "a.yaml:6:4"]);
}

#[test]
fn compressed_files() {
    let packed = gzip(POLICY.as_bytes());
    refused_policies("a.yaml", &packed, &["E0102", "`a.yaml` is compressed with gzip", "unpack it first"]);
    let packed = gzip(&[POD.as_bytes(), b"# the end\n"].concat());
    let folder = Folder::new(&[("good.yaml", POLICY)]);
    folder.write("c.gz", &packed);
    query(&folder, "c.gz", "good.yaml").fine();
    for cut in [1, 8, 9, packed.len() - 20] {
        let part = packed.get(..packed.len() - cut).expect("a part");
        refused_cluster("c.gz", part, &["E0102", "cannot read `c.gz`"]);
    }
    let mut bomb = format!("{POD}---\n").into_bytes();
    bomb.resize(64 << 20, b' ');
    refused_cluster("c.gz", &gzip(&bomb), &["E0102", "cannot read `c.gz`: it unpacks to more than 500 times its size"]);
}

#[test]
fn nothing_to_read() {
    let list = "apiVersion: v1\nkind: List\nitems: []\n";
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    for text in [
        "",
        "\n# nothing\n",
        "---\n---\n",
        list,
        "{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": null}",
        other,
    ] {
        let folder = Folder::new(&[("a.yaml", text), ("good.yaml", POLICY), ("cluster.yaml", POD)]);
        let said = ["E0111", "there is no NetworkPolicy in `a.yaml`"];
        folder.run("check a.yaml").refused(1, &said);
        folder.run("import a.yaml").refused(1, &said);
        query(&folder, "cluster.yaml", "a.yaml").refused(1, &said);
        query(&folder, "a.yaml", "good.yaml").refused(1, &["E0703", "kubectl get"]);
        // Beside others such a file is no mistake.
        folder.run("check a.yaml good.yaml").fine();
    }
}

#[test]
fn policies_of_other_kinds_are_told() {
    let calico = POLICY.replace("networking.k8s.io/v1", "crd.projectcalico.org/v1");
    let said = ["W0603", "a.yaml:1:13", "`crd.projectcalico.org/v1/NetworkPolicy` is not read"];
    let folder = Folder::new(&[("a.yaml", &calico), ("good.yaml", POLICY), ("cluster.yaml", POD)]);
    folder.run("check a.yaml").refused(1, &[&said[..], &["E0111"]].concat());
    folder.run("import a.yaml").refused(1, &[&said[..], &["E0111"]].concat());
    for run in [
        folder.run("check a.yaml good.yaml"),
        folder.run("import a.yaml good.yaml"),
        query(&folder, "cluster.yaml", "a.yaml good.yaml"),
    ] {
        assert!(run.status == 0 && said.iter().all(|text| run.err.contains(text)), "{}", run.err);
    }
    folder.run("import a.yaml good.yaml --deny warnings").refused(1, &said);
    for version in ["extensions/v1beta1", "networking.k8s.io/v1beta1"] {
        let old = POLICY.replace("networking.k8s.io/v1", version);
        refused_policies("a.yaml", old.as_bytes(), &["E0606", "a.yaml:1:13", version]);
    }
}

#[test]
fn two_policies_of_one_name_are_told() {
    let folder = Folder::new(&[("a.yaml", POLICY), ("b.yaml", POLICY), ("cluster.yaml", POD)]);
    let run = folder.run("check a.yaml b.yaml");
    assert!(
        run.err.contains("W0604") && run.err.contains("b.yaml:3:18") && run.err.contains("a.yaml:3:18"),
        "{}",
        run.err
    );
    run.fine();
    assert!(query(&folder, "cluster.yaml", "a.yaml b.yaml").err.contains("W0604"));
    folder.run("import a.yaml b.yaml --deny warnings").refused(1, &["W0604"]);
    folder.write("b.yaml", POLICY.replace("shop", "ops"));
    folder.run("check a.yaml b.yaml --deny warnings").fine();
}

#[test]
fn a_file_of_100_megabytes() {
    let mut text = POLICY.as_bytes().to_vec();
    while text.len() < 100 << 20 {
        text.extend_from_slice(
            b"# one line of a hundred bytes, which says nothing at all and does so for a million times; thank you\n",
        );
    }
    let folder = Folder::new(&[("cluster.yaml", POD)]);
    folder.write("a.yaml", &text);
    let said = ["E0102", "a.yaml:1:1", "longer than 64 MiB", "split it"];
    folder.run("check a.yaml").refused(1, &said);
    folder.run("import a.yaml").refused(1, &said);
    query(&folder, "cluster.yaml", "a.yaml").refused(1, &said);
    text.splice(..POLICY.len(), POD.bytes());
    folder.write("cluster.yaml", &text);
    folder.write("a.yaml", POLICY);
    query(&folder, "cluster.yaml", "a.yaml").fine();
}
