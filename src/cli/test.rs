//! `netpol test`: does the policy do what is expected of it.

use std::path::PathBuf;

use clap::ValueEnum;

use super::policy_args::PolicyArgs;
use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::analysis::testing;
use crate::driver::Session;
use crate::driver::testing::test;

/// Run the tests of a program, or flows with their expected verdicts
///
/// `test` blocks are judged among the pods that they describe. Flows are judged in the cluster.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: PolicyArgs,

    /// Expected flows, one a line: FROM TO PROTOCOL PORT allow|deny [v4|v6]; `-` is standard input
    #[arg(long, value_name = "FILE|-", requires = "cluster")]
    flows: Option<PathBuf>,

    /// How to print results
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    /// List the rules that no test touched; on standard error where results are for programs
    #[arg(long)]
    coverage: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Tap,
    Junit,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.policies.inputs().chain(&self.flows)
    }
}

pub(super) fn run(args: &Args) -> Status {
    let mut session = Session::new();
    let (policies, flows) = (&args.policies, args.flows.as_deref());
    let tested =
        test(&policies.sources.paths, &policies.settings(), policies.sources.cluster.as_ref(), flows, &mut session);
    let status = ReportArgs::for_people().show(session, Stream::Stderr);
    let Some(tested) = tested.filter(|_| status == Status::Fine) else { return Status::No };
    let results = match args.format {
        Format::Text => Ok(testing::text(&tested.cases)),
        Format::Tap => Ok(testing::tap(&tested.cases)),
        Format::Junit => testing::junit(&tested.cases),
    };
    match results {
        Ok(text) => print::stdout(&text),
        Err(error) => {
            print::failure(&error);
            return Status::No;
        }
    }
    if args.coverage {
        let lines: String = tested.untouched.iter().map(|place| format!("no test touches {place}\n")).collect();
        if args.format == Format::Text { print::stdout(&lines) } else { print::stderr(&lines) }
    }
    if tested.cases.iter().all(|case| case.failures.is_empty()) { Status::Fine } else { Status::No }
}
