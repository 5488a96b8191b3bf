//! `netpol query`: does this flow pass, and why.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::policy_args::PolicyArgs;
use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::analysis::report::Style;
use crate::driver::Session;
use crate::driver::query::{self, Flows};
use crate::model::Protocol;

/// Tell whether flows pass, and which rules decide
///
/// Without --flows the last arguments are one flow: FROM TO PROTOCOL/PORT [v4|v6], or FROM TO PROTOCOL PORT [v4|v6]. An
/// end is `namespace/pod`, `namespace/deployment/name` (any kind of workload), `ip:ADDRESS` or `node:NAME`.
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

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.policies.inputs().chain(&self.flows)
    }
}

pub(super) fn run(args: &Args) -> Status {
    let mut policies = args.policies.clone();
    let paths = &mut policies.sources.paths;
    let flows = match (&args.flows, flow_words(paths)) {
        (Some(path), None) => Flows::File(path.clone()),
        (None, Some(words)) if paths.len() > words => {
            let words = paths.split_off(paths.len() - words);
            Flows::One(words.iter().map(|word| word.display().to_string()).collect::<Vec<_>>().join(" "))
        }
        (Some(_), Some(_)) => {
            print::stderr("error: flows come from `--flows`, or one stands behind the policies, not both\n");
            return Status::Misused;
        }
        (None, _) => {
            print::stderr("error: give `--flows FILE`, or a flow behind the policies: FROM TO PROTOCOL/PORT\n");
            return Status::Misused;
        }
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

// How many of the last arguments are the words of a flow: they end with `TCP 80` or `tcp/80`, and maybe a family.
fn flow_words(arguments: &[PathBuf]) -> Option<usize> {
    let is_protocol = |word: &str| Protocol::ALL.iter().any(|of| of.kubernetes().eq_ignore_ascii_case(word));
    let text = |word: &PathBuf| word.to_str().map(str::to_owned);
    let words: Vec<String> = arguments.iter().rev().take(5).map(text).collect::<Option<_>>()?;
    let family = usize::from(matches!(words.first().map(String::as_str), Some("v4" | "v6")));
    let (last, before) = (words.get(family)?, words.get(family + 1));
    let is_pair = last.split_once('/').is_some_and(|(protocol, _)| is_protocol(protocol)) && !Path::new(last).exists();
    if is_pair {
        return Some(family + 3);
    }
    before.is_some_and(|word| is_protocol(word)).then_some(family + 4)
}
