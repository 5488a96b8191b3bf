//! `netpol explain`: the codes, and the long form of one.

use super::{Status, print};
use crate::diag::{Code, suggest};

/// Tell what a diagnostic's code means, with examples
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A code such as E0107; without one, all are listed
    code: Option<String>,
}

pub(super) fn run(args: &Args) -> Status {
    let Some(id) = &args.code else {
        print::stdout(&list());
        return Status::Fine;
    };
    let Some(code) = Code::from_id(id) else {
        let help = suggest::help(&id.to_uppercase(), Code::ALL.iter().map(|code| code.id()));
        let help = help.unwrap_or_else(|| "`netpol explain` lists all codes".to_owned());
        print::stderr(&format!("error: there is no code `{id}`; {help}\n"));
        return Status::Misused;
    };
    print::stdout(&format!("{}\n\n{}", code.id(), code.explanation()));
    Status::Fine
}

fn list() -> String {
    let mut codes = Code::ALL.to_vec();
    codes.sort_by_key(|code| code.id());
    codes.iter().map(|code| format!("{}  {}\n", code.id(), code.title())).collect()
}
