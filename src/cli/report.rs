//! Shows the diagnostics of a run, in the format asked for.

use std::cmp::Reverse;
use std::io::IsTerminal;

use clap::{Args, ValueEnum};

use super::{Status, print};
use crate::diag::{self, Diagnostic, Severity};
use crate::driver::Session;
use crate::source::Sources;

// More than these are not shown to people.
const MOST_SHOWN: usize = 1000;

/// How diagnostics are shown.
#[derive(Clone, Debug, Args)]
pub(super) struct ReportArgs {
    /// How to show diagnostics: for people on standard error; as JSON or SARIF on standard output
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Make findings of this weight errors
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    /// Whether to colour diagnostics; by default on a terminal, unless NO_COLOR is set or TERM is dumb
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

/// Which stream a report in a format for programs goes to; one for people is always on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    // Where nothing else is written there.
    Stdout,
    // Where standard output carries artifacts.
    Stderr,
}

impl ReportArgs {
    /// For people, and nothing denied: for commands whose own output may be for programs.
    pub(super) fn for_people() -> Self {
        Self { format: Format::Human, deny: None, color: Colour::Auto }
    }

    /// Turns warnings into errors where that was asked for. Comes before any decision to write.
    pub(super) fn judge(&self, session: &mut Session) {
        if self.deny == Some(Deny::Warnings) {
            session.diagnostics.deny_warnings();
        }
    }

    /// Shows the session's diagnostics; errors make the answer no.
    pub(super) fn show(&self, session: Session, stream: Stream) -> Status {
        let diagnostics = session.diagnostics.into_sorted();
        let sources = &session.sources;
        let document = match self.format {
            Format::Human => None,
            Format::Json => Some(diag::json::json(&diagnostics, sources)),
            Format::Sarif => Some(diag::sarif::sarif(&diagnostics, sources)),
        };
        match (document, stream) {
            (None, _) => print::stderr(&self.human(&diagnostics, sources)),
            (Some(document), Stream::Stdout) => print::stdout(&format!("{document:#}\n")),
            (Some(document), Stream::Stderr) => print::stderr(&format!("{document:#}\n")),
        }
        match diagnostics.iter().any(|d| d.severity == Severity::Error) {
            true => Status::No,
            false => Status::Fine,
        }
    }

    fn human(&self, diagnostics: &[Diagnostic], sources: &Sources) -> String {
        let colour = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => std::io::stderr().is_terminal() && is_colourful(),
        };
        // Nobody reads more, and one slip can make a million; errors go before what stops nothing.
        let mut shown: Vec<&Diagnostic> = diagnostics.iter().collect();
        if shown.len() > MOST_SHOWN {
            shown.sort_by_key(|d| Reverse(d.severity));
            shown.truncate(MOST_SHOWN);
        }
        let mut text: String = shown.iter().map(|d| diag::render::human(d, sources, colour)).collect();
        let more = diagnostics.len().saturating_sub(shown.len());
        if more > 0 {
            text.push_str(&format!("{more} more are not shown; `--format json` lists all\n\n"));
        }
        text.push_str(&summary(diagnostics));
        text
    }
}

// Whether the surroundings bear colours: https://no-color.org (present and not empty), and no dumb terminal.
fn is_colourful() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_colour && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

// `2 errors, 1 warning`, and nothing where there is neither.
fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity, word: &str| match diagnostics.iter().filter(|d| d.severity == severity).count() {
        0 => None,
        1 => Some(format!("1 {word}")),
        n => Some(format!("{n} {word}s")),
    };
    let parts: Vec<_> =
        [count(Severity::Error, "error"), count(Severity::Warning, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}
