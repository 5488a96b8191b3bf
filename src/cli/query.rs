//! `netpol query`: does this flow pass, and why.

use std::path::PathBuf;

use clap::ValueEnum;

use super::policy_args::PolicyArgs;
use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::analysis::report::Style;
use crate::driver::Session;
use crate::driver::query::{self, Flows};

/// Tell whether flows pass, and which rules decide
///
/// Without --flows the last three arguments are one flow: FROM TO PROTOCOL/PORT. An end is `namespace/pod`,
/// `namespace/deployment/name` (any kind of workload), `ip:ADDRESS` or `node:NAME`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: PolicyArgs,

    /// Flows, one a line: FROM TO PROTOCOL PORT [v4|v6]; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    flows: Option<PathBuf>,

    /// Name the deciding rules on both sides and, for what is denied, what would have to be allowed
    #[arg(long)]
    why: bool,

    /// How to print answers: text, or one JSON object a line
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &Args) -> Status {
    let mut policies = args.policies.clone();
    let flows = match &args.flows {
        Some(path) => Flows::File(path.clone()),
        None => match policies.sources.paths.len().checked_sub(3).filter(|left| *left > 0) {
            Some(left) => {
                let words = policies.sources.paths.split_off(left);
                Flows::One(words.iter().map(|word| word.display().to_string()).collect::<Vec<_>>().join(" "))
            }
            None => {
                print::stderr("error: give `--flows FILE`, or a flow behind the policies: FROM TO PROTOCOL/PORT\n");
                return Status::Misused;
            }
        },
    };
    let Some(cluster) = &policies.sources.cluster else {
        print::stderr("error: `--cluster FILE|DIR` tells which pods there are\n");
        return Status::Misused;
    };
    let mut session = Session::new();
    let style = Style { json: args.format == Format::Json, why: args.why };
    let report = query::query(&policies.sources.paths, &policies.settings(), cluster, &flows, style, &mut session);
    let status = ReportArgs::for_people().show(session, Stream::Stderr);
    if let Some(report) = report.filter(|_| status == Status::Fine) {
        print::stdout(&report.text);
    }
    status
}
