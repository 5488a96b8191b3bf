//! Files that `use` each other in a circle.

use std::collections::BTreeMap;

use super::Unit;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::Sources;
use crate::span::{FileId, Span};

/// Reports the `use` that closes each circle, with the files of the circle in order.
pub(super) fn check(unit: &Unit, sources: &Sources, diagnostics: &mut Diagnostics) {
    let mut uses: BTreeMap<FileId, Vec<(Span, FileId)>> = BTreeMap::new();
    for (span, to) in &unit.uses {
        uses.entry(span.file).or_default().push((*span, *to));
    }
    // Whether everything that a file leads to has been seen.
    let mut done: BTreeMap<FileId, bool> = BTreeMap::new();
    for start in unit.files.iter().map(|file| file.id) {
        let mut row = Vec::new();
        if done.insert(start, done.get(&start).copied().unwrap_or(false)).is_none() {
            row.push((start, uses.get(&start).into_iter().flatten()));
        }
        while let Some((file, next)) = row.last_mut() {
            let Some((span, to)) = next.next().copied() else {
                done.insert(*file, true);
                row.pop();
                continue;
            };
            match done.get(&to) {
                Some(true) => {}
                Some(false) => {
                    let files = row.iter().map(|(file, _)| *file).skip_while(|file| *file != to).chain([to]);
                    diagnostics.push(circle(span, files, sources));
                }
                None => {
                    done.insert(to, false);
                    row.push((to, uses.get(&to).into_iter().flatten()));
                }
            }
        }
    }
}

fn circle(span: Span, files: impl Iterator<Item = FileId>, sources: &Sources) -> Diagnostic {
    let names: Vec<String> = files.map(|file| format!("`{}`", sources.name(file))).collect();
    let message = format!("files `use` each other in a circle: {}", names.join(" -> "));
    Diagnostic::new(Code::UseCircle, message, span, "closes the circle")
        .with_help("move the names that they share into a file that uses none of them")
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::{check_files, run};

    #[test]
    fn a_circle_of_files_is_an_error() {
        let files = [
            ("a.netpol", "use b from \"b.netpol\"\nlet a = pods\nallow a -> b"),
            ("b.netpol", "use c from \"c.netpol\"\nlet b = c"),
            ("c.netpol", "use a from \"a.netpol\"\nlet c = pods"),
        ];
        let message = run(&files, None, None).found.iter().next().unwrap().message.clone();
        assert!(message.ends_with("`a.netpol` -> `b.netpol` -> `c.netpol` -> `a.netpol`"), "{message}");
        check_files(&files, &["E0202 |\"a.netpol\"| move the names"]);
    }

    #[test]
    fn names_that_go_around_with_files_are_one_circle() {
        let files = [
            ("d.netpol", "use y from \"e.netpol\"\nisolate y"),
            ("e.netpol", "use q from \"f.netpol\"\nlet y = q"),
            ("f.netpol", "use y from \"e.netpol\"\nlet q = y"),
        ];
        check_files(&files, &["E0202 |\"e.netpol\"| move the names"]);
        let own = ("d.netpol", "use y from \"d.netpol\"\nisolate y");
        check_files(&[own], &["E0202 |\"d.netpol\"|"]);
    }

    #[test]
    fn a_file_used_twice_is_no_circle() {
        let files = [
            ("a.netpol", "use b from \"b.netpol\"\nuse c from \"c.netpol\"\nisolate b, c"),
            ("b.netpol", "use c from \"c.netpol\"\nlet b = c"),
            ("c.netpol", "let c = pods"),
        ];
        check_files(&files, &[]);
    }
}
