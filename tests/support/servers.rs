//! Starts and ends etcd and the API server, in a folder of their own and on loopback.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::binaries;

/// The bearer token of the one user, who may do everything.
pub(crate) const TOKEN: &str = "netpol-tests";

/// etcd and the API server, which live as long as this value and never longer than the test binary.
pub(crate) struct Servers {
    // Both servers end when this process's standard input closes.
    guard: Child,
    port: u16,
}

impl Servers {
    /// Starts both; they take requests some seconds later.
    pub(crate) fn start() -> Self {
        let binaries = binaries::folder();
        let folder = tempfile::Builder::new().prefix("netpol-api-").tempdir().expect("a temporary folder").keep();
        let tokens = format!("{TOKEN},admin,admin,system:masters\n");
        fs::write(folder.join("tokens.csv"), tokens).expect("the temporary folder can be written");
        let port = free_port();
        let guard = Command::new("sh")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/servers.sh"))
            .args([binaries, &folder])
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // A group of its own: Ctrl-C ends the test binary, and that ends the servers in order.
            .process_group(0)
            .spawn()
            .expect("sh starts");
        Self { guard, port }
    }

    /// The API server's port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether the API server has ended by itself; it has then written its reason to standard error.
    pub(crate) fn ended(&mut self) -> bool {
        self.guard.try_wait().expect("the child can be waited for").is_some()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // It is gone in any case; a drop during a panic must not panic again.
        let _ = self.guard.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    listener.local_addr().expect("a bound socket has an address").port()
}
