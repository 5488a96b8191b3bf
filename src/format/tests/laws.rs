//! What holds of every program.

use proptest::prelude::*;

use super::trees;
use super::{formatted, parsed, print};

// What may stand wherever a blank does.
const GAPS: &[&str] = &["\n", "  # behind\n", "\n# above\n", "\n\n\n## double\n", "\t \r\n# a\n\n# b\n", "\n## d\n"];

// Puts line ends and comments at some of the places where blanks may stand; `choices` says what at which.
fn loosened(text: &str, choices: &[usize]) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut gap = |usually: &str| {
        let choice = choices.next().unwrap_or(0);
        GAPS.get(choice).map_or_else(|| usually.to_owned(), |gap| (*gap).to_owned())
    };
    let (mut out, mut word, mut quoted, mut comment) = (String::new(), String::new(), false, false);
    for char in text.chars() {
        comment = (comment || (char == '#' && !quoted)) && char != '\n';
        quoted ^= char == '"' && !comment;
        // What follows these words stands on their line.
        let is_held = quoted || comment || matches!(word.as_str(), "in" | "service" | "namespace");
        match char {
            ' ' | '\n' if !is_held => out.push_str(&gap(&char.to_string())),
            '(' | '[' if !is_held => {
                out.push(char);
                out.push_str(&gap(""));
            }
            ')' | ']' if !is_held => {
                out.push_str(&gap(""));
                out.push(char);
            }
            _ => out.push(char),
        }
        match char.is_alphanumeric() {
            true => word.push(char),
            false => word.clear(),
        }
    }
    out
}

proptest! {
    #[test]
    fn a_printed_tree_is_read_as_itself(file in trees::file()) {
        let text = print(&file);
        prop_assert_eq!(&parsed(&text).statements, &file.statements, "{}", text);
    }

    #[test]
    fn the_format_is_its_own_format(file in trees::file()) {
        let once = formatted(&print(&file));
        prop_assert_eq!(formatted(&once), once);
    }

    // `format` itself refuses where a comment is lost or out of order.
    #[test]
    fn comments_survive_wherever_they_stand(file in trees::file(), choices in prop::collection::vec(0..24_usize, 40)) {
        let loose = loosened(&print(&file), &choices);
        let once = formatted(&loose);
        prop_assert_eq!(formatted(&once), once, "{}", loose);
    }
}
