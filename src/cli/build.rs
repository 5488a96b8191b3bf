//! `netpol build`: manifests from policies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::policy_args::PolicyArgs;
use super::report::{ReportArgs, Stream};
use super::{Status, print};
use crate::diag::Diagnostic;
use crate::driver::output::{self, Artifact, OutputError};
use crate::driver::{Session, build, cluster, compile, halves, inputs};
use crate::emit::kubernetes::MANAGED_BY;

/// Compile policies to Kubernetes manifests
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    policies: PolicyArgs,

    /// What to write
    #[arg(short, long, value_enum, value_delimiter = ',', default_value = "kubernetes")]
    target: Vec<Target>,

    /// The folder to write to; `-` writes one stream to standard output
    #[arg(short, long, value_name = "DIR|-", default_value = "-")]
    output: PathBuf,

    /// Write nothing; exit with 1 and show a diff if the files in the output folder differ
    #[arg(long, requires = "output")]
    check: bool,

    /// A label for every object written; may be repeated
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,

    /// What to explain on standard error about what was written
    #[arg(long, value_enum, value_name = "WHAT")]
    explain: Option<Explain>,

    #[command(flatten)]
    report: ReportArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    Kubernetes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Explain {
    /// Each half of a rule that is written, and each that is not, with the reason
    Halves,
}

impl Args {
    /// What is read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.policies.inputs()
    }
}

pub(super) fn run(args: &Args) -> Status {
    let to_stdout = args.output == Path::new(inputs::STDIN);
    if args.check && to_stdout {
        print::stderr("error: --check compares with files, so it needs `-o DIR`\n");
        return Status::Misused;
    }
    if let Some((key, _)) = repeated(&args.labels) {
        print::stderr(&format!("error: `--label` gives `{key}` two values\n"));
        return Status::Misused;
    }
    let mut session = Session::new();
    let artifacts = compile_all(args, &mut session);
    args.report.judge(&mut session);
    let artifacts = artifacts.filter(|_| !session.diagnostics.has_errors());
    let delivered = artifacts.map_or(Ok(Delivered::default()), |artifacts| deliver(args, &artifacts));
    let delivered = delivered.unwrap_or_else(|error| {
        session.diagnostics.push(Diagnostic::from(error));
        Delivered::default()
    });
    let stream = if to_stdout || args.check { Stream::Stderr } else { Stream::Stdout };
    let status = args.report.show(session, stream);
    print::stdout(&delivered.text);
    if delivered.differs { Status::No } else { status }
}

// What went to where it was asked for, or is still to be printed.
#[derive(Debug, Default)]
struct Delivered {
    text: String,
    differs: bool,
}

fn compile_all(args: &Args, session: &mut Session) -> Option<Vec<Artifact>> {
    let mut cluster = cluster::cluster(args.policies.sources.cluster.as_ref(), session);
    // Only the policy lives on: objects need the room that the rest takes.
    let policy = {
        let compiled =
            compile::compile(&args.policies.sources.paths, &args.policies.settings(), cluster.as_mut(), session)?;
        if args.explain == Some(Explain::Halves) {
            print::stderr(&halves::explain(&compiled, &session.sources));
        }
        compiled.policy
    };
    build::kubernetes(policy, args.labels.iter().cloned().collect(), session)
}

fn deliver(args: &Args, artifacts: &[Artifact]) -> Result<Delivered, OutputError> {
    if args.output == Path::new(inputs::STDIN) {
        let text = artifacts.iter().map(|artifact| artifact.text.as_str()).collect();
        return Ok(Delivered { text, differs: false });
    }
    let plan = output::plan(&args.output, artifacts)?;
    if args.check {
        return Ok(Delivered { text: plan.diff(), differs: !plan.is_empty() });
    }
    plan.apply()?;
    Ok(Delivered::default())
}

fn label(text: &str) -> Result<(String, String), String> {
    use crate::model::names;
    let (key, value) = text.split_once('=').ok_or("a label is written KEY=VALUE")?;
    names::label_key(key)?;
    names::label_value(value)?;
    if key == MANAGED_BY {
        return Err(format!("`{MANAGED_BY}` is netpol's own label"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

// A label with another value than the one before.
fn repeated(labels: &[(String, String)]) -> Option<&(String, String)> {
    let mut values = BTreeMap::new();
    labels.iter().find(|(key, value)| values.insert(key, value).is_some_and(|before| before != value))
}
