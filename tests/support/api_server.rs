//! A real Kubernetes API server: the judge of what a cluster accepts.

use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::TlsConfig;

use super::refusal::Refusal;
use super::servers::{Servers, TOKEN};

/// How long the API server may take to start on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);
/// Requests in flight at once when many objects are judged.
const IN_FLIGHT: usize = 4;

/// A running API server, and a client of it that may do everything.
pub(crate) struct ApiServer {
    servers: Servers,
    agent: Agent,
}

impl ApiServer {
    /// The one API server of this test binary, started by the first test that asks for it. If it does not start,
    /// that test says why, and the others fail at once.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<ApiServer> = LazyLock::new(ApiServer::start);
        &SHARED
    }

    /// Starts an API server of the test's own, which ends when it is dropped.
    pub(crate) fn start() -> Self {
        // The certificate is one that the server made for itself a moment ago, on loopback.
        let tls = TlsConfig::builder().disable_verification(true).build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .http_status_as_error(false)
            .max_idle_connections_per_host(IN_FLIGHT)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        let mut server = Self { servers: Servers::start(), agent };
        server.wait_until_ready();
        server
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.servers.port()
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + START_LIMIT;
        // The server makes the namespace `default` itself, shortly after it calls itself ready.
        while !self.answers("readyz") || !self.answers("api/v1/namespaces/default") {
            assert!(!self.servers.ended(), "the API server ended while it started");
            assert!(Instant::now() < deadline, "the API server was not ready after {START_LIMIT:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self, path: &str) -> bool {
        let request = self.agent.get(self.url(path)).header("Authorization", format!("Bearer {TOKEN}"));
        request.call().is_ok_and(|response| response.status().is_success())
    }

    /// Asks whether the API server would create the NetworkPolicy, with strict field validation.
    pub(crate) fn dry_run(&self, namespace: &str, object: &Value) -> Result<(), Refusal> {
        self.dry_run_bytes(namespace, "application/json", object.to_string().as_bytes())
    }

    /// The same for an object written as YAML, byte for byte as `kubectl apply` would read it.
    pub(crate) fn dry_run_yaml(&self, namespace: &str, yaml: &[u8]) -> Result<(), Refusal> {
        self.dry_run_bytes(namespace, "application/yaml", yaml)
    }

    /// Judges many NetworkPolicies, several at once, each in the namespace of its metadata or else `default`;
    /// the namespaces must exist. The answers stand in the order of the objects.
    pub(crate) fn dry_run_all(&self, objects: &[Value]) -> Vec<Result<(), Refusal>> {
        let judge = |object: &Value| {
            let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
            self.dry_run(namespace.unwrap_or("default"), object)
        };
        thread::scope(|scope| {
            let part_length = objects.len().div_ceil(IN_FLIGHT).max(1);
            let parts: Vec<_> = objects
                .chunks(part_length)
                .map(|part| scope.spawn(move || part.iter().map(judge).collect::<Vec<_>>()))
                .collect();
            parts.into_iter().flat_map(|part| part.join().expect("no request panics")).collect()
        })
    }

    fn dry_run_bytes(&self, namespace: &str, content_type: &str, body: &[u8]) -> Result<(), Refusal> {
        let path = format!("{}?dryRun=All&fieldValidation=Strict", network_policies(namespace));
        self.send("POST", &path, content_type, body).map(drop)
    }

    /// Creates a namespace, unless it is there already; its labels are then as they were.
    pub(crate) fn ensure_namespace(&self, name: &str, labels: &[(&str, &str)]) {
        let labels: serde_json::Map<_, _> = labels.iter().map(|(key, value)| ((*key).into(), json!(value))).collect();
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        let result = self.create("api/v1/namespaces", &object);
        assert!(!matches!(&result, Err(refusal) if refusal.code != 409), "namespace {name}: {result:?}");
    }

    /// Creates an object in a collection, as `api/v1/namespaces/shop/pods`.
    pub(crate) fn create(&self, collection: &str, object: &Value) -> Result<Value, Refusal> {
        let path = format!("{collection}?fieldValidation=Strict");
        self.send("POST", &path, "application/json", object.to_string().as_bytes())
    }

    /// Reads an object or a whole collection.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.send("GET", path, "application/json", b"")
    }

    /// Sets the given parts of an object's status, which no kubelet or controller does here.
    pub(crate) fn patch_status(&self, path: &str, status: &Value) -> Result<Value, Refusal> {
        let body = json!({"status": status}).to_string();
        self.send("PATCH", &format!("{path}/status"), "application/merge-patch+json", body.as_bytes())
    }

    /// Deletes an object at once, as `kubectl delete --force --grace-period=0`. A namespace stays in its phase
    /// `Terminating`, as no controller empties it.
    pub(crate) fn delete(&self, path: &str) -> Result<Value, Refusal> {
        self.send("DELETE", &format!("{path}?gracePeriodSeconds=0"), "application/json", b"")
    }

    fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Result<Value, Refusal> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path))
            .header("Authorization", format!("Bearer {TOKEN}"))
            .header("Content-Type", content_type)
            .header("Accept", "application/json")
            .body(body)
            .expect("a well-formed request");
        let response = self.agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        read(response).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}/{path}", self.port())
    }
}

/// The collection of a namespace's NetworkPolicies.
pub(crate) fn network_policies(namespace: &str) -> String {
    format!("apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")
}

fn read(mut response: Response<ureq::Body>) -> Result<Result<Value, Refusal>, Box<dyn std::error::Error>> {
    let accepted = response.status().is_success();
    let body = response.body_mut().read_to_vec()?;
    if accepted { Ok(Ok(serde_json::from_slice(&body)?)) } else { Ok(Err(serde_json::from_slice(&body)?)) }
}
