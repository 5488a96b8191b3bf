//! `netpol reach`: who reaches whom.

use std::path::PathBuf;

use clap::ValueEnum;

use super::policy_args::{SourceArgs, namespace};
use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::analysis::reach::{PortFilter, output};
use crate::driver::Session;
use crate::driver::reach::{self, Answer, Asked};

/// Show who reaches whom, and what is open to whom
///
/// An END is `namespace`, `namespace/pod`, `namespace/deployment/name` (any kind of workload), `ip:ADDRESS`,
/// `node:NAME` or `outside`, which is every address that no pod has.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sources: SourceArgs,

    /// The namespace of policies that carry none; `default` where not given
    #[arg(short = 'n', value_name = "NAME", value_parser = namespace)]
    current: Option<String>,

    /// Only what begins here
    #[arg(long, value_name = "END")]
    from: Option<String>,

    /// Only what ends here
    #[arg(long, value_name = "END")]
    to: Option<String>,

    /// Only this port: `tcp/5432`, `5432` of any protocol, or `tcp`
    #[arg(long, value_name = "PORT", value_parser = port)]
    port: Option<PortFilter>,

    /// Only what has an end in this namespace
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,

    /// For each workload, what is open to it: from outside, from other namespaces, and to pods that may yet be made
    #[arg(long)]
    exposure: bool,

    /// How to print it; the exposure has no graphs
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Dot,
    Mermaid,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.sources.inputs()
    }
}

pub(super) fn run(args: &Args) -> Status {
    let Some(cluster) = &args.sources.cluster else {
        print::stderr("error: `--cluster FILE|DIR` tells which pods there are\n");
        return Status::Misused;
    };
    if args.exposure && matches!(args.format, Format::Dot | Format::Mermaid) {
        print::stderr("error: `--exposure` is printed as a table, JSON or CSV\n");
        return Status::Misused;
    }
    let asked = Asked {
        from: args.from.clone(),
        to: args.to.clone(),
        port: args.port,
        namespace: args.namespace.clone(),
        exposure: args.exposure,
    };
    let mut session = Session::new();
    let settings = args.sources.settings(args.current.clone());
    let answer = reach::reach(&args.sources.paths, &settings, cluster, &asked, &mut session);
    let status = ReportArgs::for_people().show(session, Stream::Stderr);
    match answer.filter(|_| status == Status::Fine).map(|answer| text(args, &answer)) {
        None => status,
        Some(Ok(text)) => {
            print::stdout(&text);
            status
        }
        Some(Err(error)) => {
            print::failure(&error);
            Status::No
        }
    }
}

fn text(args: &Args, Answer { cluster, reach, exposures }: &Answer) -> Result<String, output::CsvError> {
    Ok(match args.format {
        Format::Table if args.exposure => output::exposure_table(exposures, reach),
        Format::Table => output::table(reach),
        Format::Json if args.exposure => output::exposure_json(exposures, reach),
        Format::Json => output::json(reach, cluster),
        Format::Csv if args.exposure => output::exposure_csv(exposures, reach)?,
        Format::Csv => output::csv(reach)?,
        Format::Dot => output::dot(reach),
        Format::Mermaid => output::mermaid(reach),
    })
}

fn port(text: &str) -> Result<PortFilter, String> {
    PortFilter::parse(text).ok_or_else(|| "a port is written `tcp/5432`, `5432` or `tcp`".to_owned())
}
