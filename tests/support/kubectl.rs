//! The real kubectl, without a cluster: how a user's own tool reads a manifest.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::binaries;

/// The objects that kubectl reads in a manifest, each with the annotation `netpol.test/read: "yes"` added.
///
/// # Panics
///
/// With kubectl's own message, when it refuses the manifest.
pub(crate) fn annotate_local(yaml_text: &str) -> Vec<Value> {
    let mut kubectl = Command::new(binaries::folder().join("kubectl"))
        .args(["annotate", "--local", "--filename=-", "--output=json", "netpol.test/read=yes"])
        // No configuration of the user's, no cluster.
        .env("KUBECONFIG", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut stdin = kubectl.stdin.take().expect("standard input is a pipe");
    stdin.write_all(yaml_text.as_bytes()).expect("kubectl reads its input");
    drop(stdin);
    let output = kubectl.wait_with_output().expect("kubectl ends");
    assert!(output.status.success(), "kubectl: {}", String::from_utf8_lossy(&output.stderr));
    let objects = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    objects.collect::<Result<_, _>>().expect("kubectl prints JSON")
}
