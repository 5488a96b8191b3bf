//! Spellings from other languages, and what to write instead.

/// Help for an error where `before` was understood and `rest` was not.
pub(super) fn help(before: &str, rest: &str) -> Option<String> {
    let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
    let found = |marks: &[&str]| marks.iter().any(|mark| rest.starts_with(mark));
    let word: &str = rest.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or("");
    if found(&["=>", "→", ">", "-->", "- "]) || matches!(word, "to" | "into") && !line.contains("->") {
        return Some("the arrow is written `->`".to_owned());
    }
    if word == "from" && line.trim_start().starts_with(['a', 'd']) {
        return Some("the source stands first: `allow SOURCE -> DESTINATION`".to_owned());
    }
    if found(&["//", "/*", "--"]) {
        return Some("a comment begins with `#`".to_owned());
    }
    if found(&[";"]) {
        return Some("a statement needs no `;`; the next one begins with its keyword".to_owned());
    }
    if found(&["&&", "&"]) || word == "and" {
        return Some("all requirements in one `[…]` must hold: write `[app=web, tier=front]`".to_owned());
    }
    if found(&["||", "|"]) || word == "or" {
        return Some("alternatives are listed with `,`; values of one label with `in (a, b)`".to_owned());
    }
    if found(&[":"]) {
        return Some("ports stand after `on`, with their protocol: `on tcp/80`".to_owned());
    }
    if matches!(word, "namespace" | "service") {
        return Some(format!("`{word}` is followed by a name on its line: `{word} shop`"));
    }
    if word == "port" || word == "ports" {
        return Some("ports stand after `on`: `on tcp/80, tcp/443`".to_owned());
    }
    if found(&["{"]) && line.ends_with("pods ") || found(&["["]) && line.ends_with(' ') {
        return Some("a bracket touches its word: `pods[app=web]`".to_owned());
    }
    if found(&["'"]) {
        return Some("text is quoted with `\"`".to_owned());
    }
    after_on(line, word).or_else(|| statement(line, word))
}

// `on 80`, `on 80/tcp`, `on http`.
fn after_on(line: &str, word: &str) -> Option<String> {
    let list = line.rsplit_once(" on ").map(|(_, ports)| ports)?;
    let open = list.trim().is_empty() || list.trim_end().ends_with(',');
    let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    (open && number).then(|| format!("a port is written with its protocol first: `tcp/{word}`"))
}

// What other languages begin a rule with.
fn statement(line: &str, word: &str) -> Option<String> {
    if !line.trim().is_empty() {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let meant = match lower.as_str() {
        _ if lower != word && super::words::STATEMENTS.contains(&lower.as_str()) => &lower,
        "permit" | "accept" | "pass" | "grant" => "allow",
        "block" | "drop" | "reject" | "forbid" => "deny",
        "import" | "include" | "require" => "use",
        "ns" => "namespace",
        "var" | "const" | "define" | "def" | "set" => "let",
        "close" | "protect" => "isolate",
        _ => return near(word),
    };
    Some(format!("did you mean `{meant}`?"))
}

// One slip of the finger from a keyword, or two in a long one.
fn near(word: &str) -> Option<String> {
    let close = |keyword: &&&str| strsim::osa_distance(word, keyword) <= keyword.len() / 4;
    let nearest =
        super::words::STATEMENTS.iter().filter(close).min_by_key(|keyword| strsim::osa_distance(word, keyword));
    nearest.map(|keyword| format!("did you mean `{keyword}`?"))
}
