//! Where the Kubernetes programs are that `make test` has built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder that holds `etcd`, `kube-apiserver` and `kubectl`.
///
/// # Panics
///
/// When they have not been built: a test that needs them fails, it never skips.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/build.sh");
        let output = Command::new(&script).arg("--where").output().expect("tests/kubernetes/build.sh starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end())
    })
}
