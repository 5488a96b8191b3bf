//! Diagnostics for people: the source line, carets, labels and help.

use std::ops::Range;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{self, Config, Styles, StylesWriter, termcolor::Ansi};

use super::excerpt::Excerpt;
use super::{Diagnostic, Severity};
use crate::source::Sources;

/// One diagnostic as text, with terminal colours where asked for, and a blank line after it.
#[must_use]
pub fn human(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let files = Excerpts::of(diagnostic, sources);
    let shown = files.show(diagnostic);
    let config = Config { chars: term::Chars::ascii(), ..Config::default() };
    let mut bytes = Vec::new();
    // Writing to memory fails only where a span does not fit its file; the message alone is then still worth having.
    let written = if colour {
        let styles = Styles::default();
        let mut writer = StylesWriter::new(Ansi::new(&mut bytes), &styles);
        term::emit_to_write_style(&mut writer, &config, &files, &shown)
    } else {
        term::emit_to_io_write(&mut bytes, &config, &files, &shown)
    };
    match written {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => format!("{}[{}]: {}\n\n", word(diagnostic.severity), diagnostic.code.id(), diagnostic.message),
    }
}

/// `error`, `warning` or `note`, as every format says it.
#[must_use]
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

// The excerpts that one diagnostic shows, one for each label, the primary one first.
struct Excerpts<'a> {
    list: Vec<Excerpt<'a>>,
}

impl<'a> Excerpts<'a> {
    fn of(diagnostic: &Diagnostic, sources: &'a Sources) -> Self {
        let mut list: Vec<Excerpt<'a>> = Vec::new();
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let shown = list.iter().any(|excerpt| excerpt.range(label.span).is_some());
            if let (false, Some(source)) = (shown, sources.get(label.span.file)) {
                list.push(Excerpt::around(source, label.span));
            }
        }
        Self { list }
    }

    fn show(&self, diagnostic: &Diagnostic) -> codespan::Diagnostic<usize> {
        let severity = match diagnostic.severity {
            Severity::Error => codespan::Severity::Error,
            Severity::Warning => codespan::Severity::Warning,
            Severity::Note => codespan::Severity::Note,
        };
        let place = |label: &super::Label| {
            let mut excerpts = self.list.iter().enumerate();
            excerpts.find_map(|(at, excerpt)| excerpt.range(label.span).map(|range| (at, range)))
        };
        let primary = diagnostic.primary.iter().map(|label| (label, codespan::LabelStyle::Primary));
        let secondary = diagnostic.secondary.iter().map(|label| (label, codespan::LabelStyle::Secondary));
        let labels = primary.chain(secondary).filter_map(|(label, style)| {
            let (file, range) = place(label)?;
            Some(codespan::Label::new(style, file, range).with_message(clean(&label.text)))
        });
        codespan::Diagnostic::new(severity)
            .with_code(diagnostic.code.id())
            .with_message(clean(&diagnostic.message))
            .with_labels(labels.collect())
            .with_notes(diagnostic.help.iter().map(|help| format!("help: {}", indent(&clean(help)))).collect())
    }

    fn excerpt(&self, id: usize) -> Result<&Excerpt<'a>, Error> {
        self.list.get(id).ok_or(Error::FileMissing)
    }
}

// Text of the user's, which a message may cite, never moves the cursor of a terminal.
fn clean(text: &str) -> String {
    text.chars().map(super::excerpt::printable).collect()
}

// Further lines of a help stand below its first word.
fn indent(help: &str) -> String {
    help.replace('\n', "\n      ")
}

impl<'f, 'a: 'f> Files<'f> for Excerpts<'a> {
    type FileId = usize;
    type Name = &'f str;
    type Source = &'f str;

    fn name(&'f self, id: usize) -> Result<&'f str, Error> {
        Ok(self.excerpt(id)?.name())
    }

    fn source(&'f self, id: usize) -> Result<&'f str, Error> {
        Ok(self.excerpt(id)?.text())
    }

    fn line_index(&'f self, id: usize, byte_index: usize) -> Result<usize, Error> {
        Ok(self.excerpt(id)?.line_index(byte_index))
    }

    fn line_range(&'f self, id: usize, line_index: usize) -> Result<Range<usize>, Error> {
        let excerpt = self.excerpt(id)?;
        excerpt.line_range(line_index).ok_or(Error::LineTooLarge { given: line_index, max: excerpt.lines() })
    }

    fn line_number(&'f self, id: usize, line_index: usize) -> Result<usize, Error> {
        Ok(self.excerpt(id)?.line_number(line_index))
    }

    fn column_number(&'f self, id: usize, line_index: usize, byte_index: usize) -> Result<usize, Error> {
        Ok(self.excerpt(id)?.column_number(line_index, byte_index))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Code;
    use super::*;
    use crate::span::Span;

    fn check(text: &str, at: Range<u32>, expected: &str) {
        let mut sources = Sources::new();
        let file = sources.add("shop.netpol", text);
        let diagnostic = Diagnostic::new(Code::Syntax, "no such word", Span::new(file, at.start, at.end), "here")
            .with_help("write `allow`\nor `deny`");
        assert_eq!(human(&diagnostic, &sources, false), expected);
    }

    #[test]
    fn place_label_and_help() {
        let expected = "error[E0101]: no such word
  --> shop.netpol:2:7
  |
2 | allow webb -> db
  |       ^^^^ here
  |
  = help: write `allow`
          or `deny`

";
        check("# a shop\nallow webb -> db\n", 15..19, expected);
    }

    #[test]
    fn escape_codes_and_direction_marks_are_shown_as_marks() {
        let expected = "error[E0101]: no such word
  --> shop.netpol:1:3
  |
1 | ?\u{fffd}web
  |   ^^^ here
  |
  = help: write `allow`
          or `deny`

";
        check("\u{1b}\u{202e}web", 4..7, expected);
    }

    #[test]
    fn the_end_of_a_text_without_line_end_has_a_place() {
        let mut sources = Sources::new();
        let file = sources.add("a.netpol", "allow");
        let diagnostic = Diagnostic::new(Code::Syntax, "too short", Span::new(file, 5, 5), "expected more");
        let shown = human(&diagnostic, &sources, false);
        assert!(shown.contains("a.netpol:1:6") && shown.contains("expected more"), "{shown}");
    }

    #[test]
    fn a_long_line_is_shown_in_part_at_its_true_column() {
        let text = format!("{}web{}", "x".repeat(1_000_000), "y".repeat(1_000_000));
        let mut sources = Sources::new();
        let file = sources.add("a.netpol", text);
        let diagnostic = Diagnostic::new(Code::Syntax, "no", Span::new(file, 1_000_000, 1_000_003), "here");
        let shown = human(&diagnostic, &sources, false);
        assert!(shown.contains("a.netpol:1:1000001") && shown.len() < 1_000, "{shown}");
    }

    #[test]
    fn labels_in_two_files_are_both_shown() {
        let mut sources = Sources::new();
        let (a, b) = (sources.add("a.netpol", "let x = any\n"), sources.add("b.netpol", "let x = any\n"));
        let diagnostic =
            Diagnostic::new(Code::Syntax, "twice", Span::new(b, 4, 5), "again").with_label(Span::new(a, 4, 5), "first");
        let shown = human(&diagnostic, &sources, true);
        assert!(
            shown.contains("\u{1b}[") && shown.contains("a.netpol:1:5") && shown.contains("b.netpol:1:5"),
            "{shown}"
        );
    }
}
