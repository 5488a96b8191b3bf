//! What stands on lines of its own: statements, rules of a tier and steps of a test, with the comments between them.

use super::Printer;
use super::doc::{Doc, INDENT, render};
use crate::span::Span;
use crate::syntax::ast::{Annotation, Comment, Text};

/// A piece that begins a line.
pub(super) trait Entry {
    /// Where it begins, with what stands before it.
    fn start(&self) -> u32;

    /// Where it ends.
    fn end(&self) -> u32;

    /// Whether a blank line parts it from the next where no source tells.
    fn is_parted(&self, next: &Self) -> bool;

    /// Prints it.
    fn print(&self, printer: &mut Printer<'_>);
}

impl Printer<'_> {
    /// Prints entries, and the comments up to a place of the source.
    pub(super) fn entries<E: Entry>(&mut self, entries: &[E], to: u32) {
        let mut end = None;
        let mut before: Option<&E> = None;
        for entry in entries {
            end = self.comments_until(entry.start(), end);
            let blank = match self.source {
                Some(_) => end.is_some_and(|end| self.has_blank_line(end, entry.start())),
                None => before.is_some_and(|before| before.is_parted(entry)),
            };
            self.new_line(blank);
            entry.print(self);
            end = Some(self.comments_on_line(entry.end()));
            before = Some(entry);
        }
        self.comments_until(to, end);
    }

    /// `{`, entries on lines of their own, `}`, which ends `span`.
    pub(super) fn block<E: Entry>(&mut self, entries: &[E], span: Span) {
        self.out.push_str(" {");
        let written = self.out.len();
        self.depth += 1;
        self.entries(entries, span.end.saturating_sub(1));
        self.depth -= 1;
        if self.out.len() > written {
            self.new_line(false);
        }
        self.out.push('}');
    }

    /// Prints a document from where the line stands.
    pub(super) fn show(&mut self, doc: &Doc) {
        render(doc, self.depth * INDENT, &mut self.out);
    }

    /// Prints doc comments and annotations, and begins the line of the statement that starts at `start`.
    pub(super) fn lead(&mut self, doc: &[Text], annotations: &[Annotation], start: u32) {
        for line in doc {
            let text = format!("## {}", line.value);
            self.out.push_str(text.trim_end());
            self.new_line(false);
        }
        let mut docs = Vec::new();
        for annotation in annotations {
            if !docs.is_empty() {
                docs.extend(self.comments.between(Doc::Line, annotation.span.start));
            }
            docs.push(self.annotation(annotation));
        }
        if !docs.is_empty() {
            let line_end = self.comments.between(Doc::Hard, start);
            self.show(&Doc::Group(docs));
            line_end.iter().for_each(|doc| self.show(doc));
        }
    }

    fn annotation(&mut self, annotation: &Annotation) -> Doc {
        let name = &annotation.value.name.value;
        match annotation.value.values.as_slice() {
            [] => Doc::text(format!("@{name}")),
            values => self.values(&format!("@{name}("), values, annotation.span.end),
        }
    }

    fn new_line(&mut self, blank: bool) {
        if !self.out.is_empty() {
            self.out.push_str(if blank { "\n\n" } else { "\n" });
        }
        self.out.extend(std::iter::repeat_n(' ', self.depth * INDENT));
    }

    // Prints the comments before a place. `end` is where what was printed last ends, `None` at the start of a block;
    // returns it anew.
    fn comments_until(&mut self, at: u32, end: Option<u32>) -> Option<u32> {
        let mut end = end;
        while let Some(comment) = self.comments.next_before(at) {
            if end.is_none() && !self.out.is_empty() && self.comments.is_trailing(comment) {
                self.trailing(comment);
            } else {
                let blank = end.is_some_and(|end| self.has_blank_line(end, comment.span.start));
                self.new_line(blank);
                self.out.push_str(&comment.value);
            }
            end = Some(comment.span.end);
        }
        end
    }

    // Prints the comment behind an entry; returns where the line's last word ends.
    fn comments_on_line(&mut self, end: u32) -> u32 {
        let Some(comment) = self.comments.next_on_line(end) else { return end };
        self.trailing(comment);
        comment.span.end
    }

    fn trailing(&mut self, comment: &Comment) {
        self.out.push_str("  ");
        self.out.push_str(&comment.value);
    }

    fn has_blank_line(&self, from: u32, to: u32) -> bool {
        let between = self.source.and_then(|source| source.get(from as usize..to as usize)).unwrap_or("");
        let count = |mark: char| between.matches(mark).count();
        count('\n').max(count('\r')) > 1
    }
}
