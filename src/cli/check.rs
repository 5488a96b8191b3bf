//! `netpol check`: diagnostics, and nothing written.

use std::path::PathBuf;

use super::Status;
use super::policy_args::PolicyArgs;
use super::report::{ReportArgs, Stream};
use crate::driver::{Session, check, cluster};

/// Check policies, .netpol and Kubernetes YAML alike, and write nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: PolicyArgs,

    #[command(flatten)]
    report: ReportArgs,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.policies.inputs()
    }
}

pub(super) fn run(args: &Args) -> Status {
    let mut session = Session::new();
    let mut cluster = cluster::cluster(args.policies.sources.cluster.as_ref(), &mut session);
    check::check(&args.policies.sources.paths, &args.policies.settings(), cluster.as_mut(), &mut session);
    args.report.judge(&mut session);
    args.report.show(session, Stream::Stdout)
}
