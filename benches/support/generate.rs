//! Writes a cluster of any size to a folder: `cluster.json`, `cluster.yaml`, `policies.yaml` and `flows`.
//!
//! `cargo run --release --example generate -- DIR PODS NAMESPACES POLICIES REPLICAS FLOWS`

#![allow(clippy::unwrap_used, clippy::panic, reason = "a program for those who measure")]

#[path = "sample.rs"]
mod sample;

use sample::Size;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, pods, namespaces, policies, replicas, flows] = arguments.as_slice() else {
        panic!("usage: generate DIR PODS NAMESPACES POLICIES REPLICAS FLOWS");
    };
    let number = |text: &String| text.parse::<usize>().unwrap();
    let size = Size {
        pods: number(pods),
        namespaces: number(namespaces),
        policies: number(policies),
        replicas: number(replicas),
    };
    std::fs::create_dir_all(folder).unwrap();
    let write = |name: &str, text: String| std::fs::write(std::path::Path::new(folder).join(name), text).unwrap();
    write("cluster.json", sample::json(size));
    write("cluster.yaml", sample::yaml(size));
    write("policies.yaml", sample::policies(size));
    write("flows", sample::flows(size, number(flows)));
}
