//! Writes input of any size, for those who measure whole processes.
//!
//! `cargo run --release --example generate -- cluster DIR PODS NAMESPACES POLICIES REPLICAS FLOWS` writes a cluster to
//! a folder: `cluster.json`, `cluster.yaml`, `policies.yaml` and `flows`. `… -- program RULES` prints a program.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a program for those who measure")]

#[path = "programs.rs"]
mod programs;
#[path = "sample.rs"]
mod sample;

use sample::Size;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().unwrap();
    match arguments.as_slice() {
        ["program", rules] => print!("{}", programs::program(number(rules))),
        ["cluster", folder, pods, namespaces, policies, replicas, flows] => {
            let (pods, namespaces) = (number(pods), number(namespaces));
            let size = Size { pods, namespaces, policies: number(policies), replicas: number(replicas) };
            cluster(folder, size, number(flows));
        }
        _ => panic!("usage: generate program RULES | cluster DIR PODS NAMESPACES POLICIES REPLICAS FLOWS"),
    }
}

fn cluster(folder: &str, size: Size, flows: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let write = |name: &str, text: String| std::fs::write(std::path::Path::new(folder).join(name), text).unwrap();
    write("cluster.json", sample::json(size));
    write("cluster.yaml", sample::yaml(size));
    write("policies.yaml", sample::policies(size));
    write("flows", sample::flows(size, flows));
}
