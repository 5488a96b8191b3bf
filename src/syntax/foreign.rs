//! Spellings from other languages and slips of the finger, and what to write instead.
//!
//! Only what is certain is said: a wrong guess costs more than none.

use super::habits;
use super::words::{Sort, is_reserved};

/// The surroundings of an error.
pub(super) struct Place<'t> {
    /// What was understood of its line.
    pub(super) line: &'t str,
    /// The text from the error on.
    pub(super) rest: &'t str,
    /// What was expected, in people's words.
    pub(super) expected: &'t str,
    /// The keywords among that.
    pub(super) keywords: &'t [&'static str],
    /// What should begin here, where nothing of it was understood.
    pub(super) start: Option<Sort>,
}

/// Help for an error.
pub(super) fn help(place: &Place<'_>) -> Option<String> {
    habits::help(place)
        .map(str::to_owned)
        .or_else(|| place.in_labels())
        .or_else(|| place.mark())
        .or_else(|| place.port())
        .or_else(|| place.word())
        .or_else(|| place.begin())
}

impl Place<'_> {
    pub(super) fn finds(&self, marks: &[&str]) -> bool {
        marks.iter().any(|mark| self.rest.starts_with(mark))
    }

    pub(super) fn expects(&self, label: &str) -> bool {
        self.expected.contains(label)
    }

    // Whether what was understood of the line ends in one of these.
    fn ends(&self, marks: &[char]) -> bool {
        self.line.trim_end().ends_with(marks)
    }

    /// Whether a word begins statements or steps.
    pub(super) fn is_verb(&self, word: &str) -> bool {
        [Sort::Statement, Sort::Step, Sort::TierRule].into_iter().any(|sort| sort.keywords().contains(&word))
    }

    // The word of letters and digits that was found.
    pub(super) fn found(&self) -> &str {
        first_word(self.rest)
    }

    // The last word before the error.
    pub(super) fn previous(&self) -> &str {
        self.line.trim_end().rsplit([' ', '\t', ',', '(', '[', '{']).next().unwrap_or("")
    }

    fn in_labels(&self) -> Option<String> {
        let inside = self.line.rsplit_once('[').is_some_and(|(_, inside)| !inside.contains(']'));
        let help = match self.found() {
            _ if !inside => return None,
            _ if self.finds(&["&&", "&"]) => "all requirements in one `[…]` must hold: write `[app=web, tier=front]`",
            _ if self.finds(&["||", "|"]) => "values of one label are listed with `in`: `[app in (web, api)]`",
            _ if self.finds(&[":"]) => "a label is written `key=value`",
            _ if self.line.ends_with('=') && self.finds(&["~"]) || self.finds(&["=~", "!~"]) => {
                "labels match no patterns; list the values: `[app in (web, api)]`"
            }
            _ if self.finds(&["~"]) => "labels match no patterns; list the values: `[app in (web, api)]`",
            _ if self.finds(&["<>", "=!"]) => "`not equal` is written `!=`",
            _ if self.finds(&["<", ">"]) => "values are text, of which none is greater; list them: `[a in (5, 6)]`",
            _ if self.line.trim_end().ends_with('=') && self.finds(&["]", ","]) => EMPTY,
            _ if self.expects("a value") && self.ends(&['(']) && self.finds(&[")"]) => {
                "a list has at least one value: `[app in (web, api)]`"
            }
            _ if self.expects("a value") && self.ends(&['(', ',']) && self.finds(&[",", ")"]) => {
                "remove the `,`, or write a value beside it; an empty one is written `\"\"`"
            }
            _ if self.ends(&['[', ',']) && self.finds(&[","]) => "remove the `,`, or write a label beside it",
            _ if self.finds(&["'"]) => "text is quoted with `\"`",
            _ if matches!(self.previous(), "in" | "notin") => "the values stand in brackets: `app in (web, api)`",
            "and" => "all requirements in one `[…]` must hold: write `[app=web, tier=front]`",
            "or" => "values of one label are listed with `in`: `[app in (web, api)]`",
            _ => return None,
        };
        Some(help.to_owned())
    }

    fn mark(&self) -> Option<String> {
        let is_apart = self.line.is_empty() || self.line.ends_with([' ', '\t']);
        let help = match self.previous() {
            _ if self.finds(&["//", "/*", "*/"]) || is_apart && self.finds(&["-- "]) => "a comment begins with `#`",
            _ if self.finds(&["=>", "→", ">", "-->", "- ", "<-"]) => "the arrow is written `->`",
            _ if self.finds(&["--"]) => "between the words of a name stands one hyphen",
            _ if self.finds(&[";"]) => "a statement needs no `;`; the next one begins with its keyword",
            _ if self.finds(&["&&", "&", "||", "|"]) => "endpoints are listed with `,`",
            _ if self.finds(&["'"]) => "text is quoted with `\"`",
            "pods" | "nodes" if self.finds(&["["]) => "a bracket touches its word: `pods[app=web]`",
            "pods" | "nodes" if self.finds(&["{", "("]) => "labels stand in square brackets: `pods[app=web]`",
            _ if self.ends(&[',']) && !(self.is_number() && self.expects("`tcp`")) => {
                "remove the `,`, or write another entry after it"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }

    fn is_number(&self) -> bool {
        let found = self.found();
        !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn port(&self) -> Option<String> {
        let (found, previous) = (self.found(), self.previous());
        let is_number = self.is_number();
        let protocol = previous.to_ascii_lowercase();
        let is_protocol = |word: &str| matches!(word, "tcp" | "udp" | "sctp");
        Some(match found {
            _ if self.finds(&["/"]) && self.misspelt().is_some() => return None,
            _ if self.finds(&["/"]) && protocol != previous && is_protocol(&protocol) => {
                format!("the protocol is written `{protocol}`")
            }
            _ if is_protocol(previous) && (is_number || self.finds(&["/", ":"])) => {
                "a port stands in one piece: `tcp/80`".to_owned()
            }
            _ if self.finds(&["/"]) && self.line.contains(" on ") => {
                "the protocols are `tcp`, `udp` and `sctp`".to_owned()
            }
            _ if self.finds(&["-"]) && previous.contains('/') => "a range has two ends: `tcp/8000-8100`".to_owned(),
            _ if self.finds(&[":"]) => "ports stand after `on`, with their protocol: `on tcp/80`".to_owned(),
            _ if is_number && (self.expects("a port") || self.expects("`tcp`")) => {
                format!("a port is written with its protocol first: `tcp/{found}`")
            }
            "port" | "ports" | "tcp" | "udp" | "sctp" if self.expects("`on`") => {
                "ports stand after `on`: `on tcp/80, tcp/443`".to_owned()
            }
            _ => return None,
        })
    }

    fn word(&self) -> Option<String> {
        if let Some(meant) = self.misspelt() {
            return Some(format!("did you mean `{meant}`?"));
        }
        let help = match self.found() {
            "to" | "into" if self.expects("`->`") => "the arrow is written `->`",
            "from" if self.line.contains("->") || self.expects("endpoints") => SOURCE_FIRST,
            _ if self.previous() == "from" && self.expects("`->`") => SOURCE_FIRST,
            "and" | "or" if self.expects("`,`") => "endpoints are listed with `,`",
            "ingress" | "egress" if self.expects("`on`") => {
                "a direction stands right after the verb: `allow ingress …`"
            }
            "allow" | "deny" if self.expects("`expect`") => "a test says what it expects: `expect allow …`",
            word if word.starts_with(|char: char| char.is_ascii_digit()) && self.expects("a name") => {
                "a name begins with a letter"
            }
            word if !word.is_empty() && self.expected == "text in quotes" => "the text stands between `\"`",
            _ => return None,
        };
        Some(help.to_owned())
    }

    // A keyword inside a statement with a slip of the finger: the word found, or the one before it, which was then
    // taken for a name.
    fn misspelt(&self) -> Option<&'static str> {
        let (found, previous) = (self.found(), self.previous());
        let before = |keywords: &[&'static str]| slip(previous, keywords).filter(|_| !is_reserved(previous));
        match found {
            "" if self.finds(&["["]) => before(&["pods", "nodes", "namespaces"]),
            "" if self.finds(&["/"]) => before(&["tcp", "udp", "sctp"]),
            "" => None,
            "in" => before(&["pods"]),
            _ if is_reserved(found) || self.start.is_some() => {
                before(&["ingress", "egress"]).filter(|_| self.expects("`,`"))
            }
            _ => self
                .slip_of(found)
                .or_else(|| before(&["ingress", "egress", "service"]).filter(|_| self.expects("`,`"))),
        }
    }

    // Of `in` and `on`, which are as near to some words, a protocol tells.
    fn slip_of(&self, found: &str) -> Option<&'static str> {
        let after = self.rest.get(found.len()..).unwrap_or("").trim_start();
        let is_port = ["tcp", "udp", "sctp"].iter().any(|protocol| after.starts_with(protocol));
        let on = slip(found, &["on"]).filter(|on| is_port && self.keywords.contains(on));
        on.or_else(|| slip(found, self.keywords))
    }

    fn begin(&self) -> Option<String> {
        let sort = self.start?;
        match self.found() {
            word @ ("ingress" | "egress") if sort == Sort::Statement => {
                Some(format!("a direction stands after its verb: `allow {word} …`"))
            }
            word => meant(word, sort).map(|keyword| format!("did you mean `{keyword}`?")),
        }
    }
}

const EMPTY: &str = "an empty value is written `\"\"`: `[key=\"\"]`";
const SOURCE_FIRST: &str = "the source stands first: `allow SOURCE -> DESTINATION`";

/// The word of ASCII letters and digits at the start of a text.
pub(super) fn first_word(text: &str) -> &str {
    text.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// The keyword that a word where a piece begins is, or is meant for.
pub(super) fn keyword(word: &str, sort: Sort) -> Option<&'static str> {
    let exact = sort.keywords().iter().copied().find(|keyword| *keyword == word);
    exact.or_else(|| meant(word, sort))
}

/// The keyword that is meant by a word where a piece begins, if it is none of those that begin one.
pub(super) fn meant(word: &str, sort: Sort) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let keywords = sort.keywords();
    if keywords.contains(&word) {
        return None;
    }
    let other = match (sort, lower.as_str()) {
        (Sort::Statement, "permit" | "accept" | "pass" | "grant") => Some("allow"),
        (Sort::Statement | Sort::TierRule, "block" | "drop" | "reject" | "forbid") => Some("deny"),
        (Sort::Statement, "import" | "include" | "require") => Some("use"),
        (Sort::Statement, "ns") => Some("namespace"),
        (Sort::Statement, "var" | "const" | "define" | "def" | "set") => Some("let"),
        (Sort::Statement, "close" | "protect") => Some("isolate"),
        (Sort::TierRule, "allow" | "permit" | "grant") => Some("accept"),
        (Sort::Step, "assert" | "should" | "check") => Some("expect"),
        (Sort::Step, "pods") => Some("pod"),
        _ => None,
    };
    other.or_else(|| keywords.iter().copied().find(|keyword| *keyword == lower)).or_else(|| slip(word, keywords))
}

// The keyword that a word is by a slip of the finger, or by two in a long one.
fn slip(word: &str, keywords: &[&'static str]) -> Option<&'static str> {
    let limit = |keyword: &str| match (word.len(), keyword.len()) {
        // Of two letters only those that changed places: any other word is as near.
        (2, 2) => usize::from(word.chars().rev().eq(keyword.chars())),
        (0..=2, _) => 0,
        (_, length) => (length / 4).max(1),
    };
    let distance = |keyword: &&str| strsim::osa_distance(word, keyword);
    let near = |keyword: &&str| keyword.len().abs_diff(word.len()) <= 2 && distance(keyword) <= limit(keyword);
    let mut close: Vec<_> = keywords.iter().copied().filter(near).collect();
    close.sort_by_key(distance);
    close.first().copied().filter(|keyword| *keyword != word)
}
