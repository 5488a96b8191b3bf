//! The arguments of every command that reads policies.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::driver::compile::Settings;

/// Which policies, and in which surroundings.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PolicyArgs {
    #[command(flatten)]
    pub(super) sources: SourceArgs,

    /// The namespace of what carries none; without it objects carry none, and flows are judged as if in `default`
    #[arg(short, long, value_name = "NAME", value_parser = namespace)]
    namespace: Option<String>,
}

/// The same without the namespace.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SourceArgs {
    /// Policy files and folders; `-` is standard input
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,

    /// A folder in which `use` looks after the file's own; may be repeated
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    include: Vec<PathBuf>,

    /// The cluster's objects, as `kubectl get ns,pods,svc,nodes,endpointslices -A -o yaml` prints them
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) cluster: Option<PathBuf>,

    /// The date by which `@expires` is judged; today (UTC) by default
    #[arg(long, value_name = "YYYY-MM-DD")]
    now: Option<Date>,
}

impl PolicyArgs {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.sources.inputs()
    }

    /// The same for the driver.
    pub(super) fn settings(&self) -> Settings {
        self.sources.settings(self.namespace.clone())
    }
}

impl SourceArgs {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.paths.iter().chain(&self.cluster)
    }

    /// The same for the driver, with what the current namespace is.
    pub(super) fn settings(&self, namespace: Option<String>) -> Settings {
        let today = || Timestamp::now().to_zoned(TimeZone::UTC).date();
        Settings { namespace, include: self.include.clone(), today: self.now.unwrap_or_else(today) }
    }
}

/// Reads a namespace's name.
pub(super) fn namespace(name: &str) -> Result<String, String> {
    crate::model::names::namespace(name).map(|()| name.to_owned())
}
