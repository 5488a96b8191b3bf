//! Habits from YAML, the shell, other policy languages and plain English, each with what is written here instead.

use super::foreign::Place;
use super::words::Sort;

/// Help for an error that a habit explains.
pub(super) fn help(place: &Place<'_>) -> Option<&'static str> {
    match place.start {
        Some(sort) => beginning(place, sort),
        None => definition(place).or_else(|| labels(place)).or_else(|| endpoints(place)).or_else(|| flow(place)),
    }
}

// Where a statement should begin.
fn beginning(place: &Place<'_>, sort: Sort) -> Option<&'static str> {
    let word = place.found();
    let after = place.rest.get(word.len()..).unwrap_or("").trim_start_matches([' ', '\t']);
    Some(match word {
        _ if place.finds(&["$ "]) => SHELL,
        "kubectl" | "netpol" | "helm" => SHELL,
        _ if place.finds(&["- "]) && !place.rest.starts_with("- -") => {
            "a statement begins with its keyword, not with `-`"
        }
        "metadata" | "spec" | "ingress" | "egress" if after.starts_with(':') => YAML,
        "apiVersion" | "kind" => YAML,
        "from" => "names are brought with `use web from \"common.netpol\"`",
        "default" => "pods are closed with `isolate pods`; nothing else is needed",
        _ if !word.is_empty() && sort == Sort::Statement && after.starts_with('=') && !after.starts_with("=>") => {
            "a name is given with `let`: `let web = …`"
        }
        _ => return None,
    })
}

// Behind `let`, `use`, `namespace`, `pod` and `@`.
fn definition(place: &Place<'_>) -> Option<&'static str> {
    let previous = place.previous();
    Some(match place.line.trim_start().split([' ', '\t']).next().unwrap_or("") {
        "let" if place.finds(&[":"]) && place.expects("`=`") => "a name is given with `=`: `let web = …`",
        "use" if place.finds(&["*", "\""]) && place.expects("a name") => {
            "a `use` says which names it brings: `use web, api from \"common.netpol\"`"
        }
        "use" if place.finds(&["\""]) && place.line.trim_end().trim_end_matches("from").trim_end().ends_with(',') => {
            "remove the `,`, or write another name after it"
        }
        "namespace" if is_equality(place.rest) => {
            "a namespace's labels stand in square brackets: `namespace shop [team=retail]`"
        }
        "namespace" if place.finds(&["\""]) => "a namespace's name stands without quotes",
        _ if place.finds(&[":"]) && place.is_verb(previous) => "no `:` stands behind a keyword",
        "pod" if place.found() == "pods" => "a test's pod has labels alone: `pod web-1 = [app=web]`",
        _ if previous.starts_with('@') && !place.found().is_empty() && place.expects("statement") => {
            "values stand in round brackets: `@owner(\"payments\")`"
        }
        _ => return None,
    })
}

// In and for labels.
fn labels(place: &Place<'_>) -> Option<&'static str> {
    let inside = place.line.rsplit_once('[').filter(|(_, inside)| !inside.contains(']'));
    Some(match inside {
        Some(_) if place.found() == "not" => "did you mean `notin`?",
        Some((_, inside)) if place.finds(&["="]) && last_requirement(inside).starts_with('!') => {
            "`!app` says that there is no such label; `not equal` is written `app!=web`"
        }
        Some(_) => return None,
        None if place.finds(&["["]) && place.expects("endpoints") => {
            match place
                .rest
                .get(1..)
                .is_some_and(|rest| rest.trim_start().starts_with(|char: char| char.is_ascii_digit()))
            {
                true => "several of them stand in round brackets: `(10.1.0.0/16, 10.2.0.0/16)`",
                false => LABELS,
            }
        }
        None if place.finds(&["=", "!="]) && !place.finds(&["=>"]) && place.expects("`except`") => LABELS,
        None if place.previous() == "pods" && (is_equality(place.rest) || is_with(place.found())) => LABELS,
        None => return None,
    })
}

fn last_requirement(inside: &str) -> &str {
    inside.rsplit(',').next().unwrap_or("").trim_start()
}

fn is_with(word: &str) -> bool {
    matches!(word, "where" | "with" | "matching" | "labelled" | "labeled")
}

// `app=web`, without brackets around it.
fn is_equality(rest: &str) -> bool {
    let is_key = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '/');
    let after = rest.trim_start_matches(is_key);
    after.len() < rest.len() && after.starts_with('=') && !after.starts_with("=>")
}

// Where pods or addresses stand.
fn endpoints(place: &Place<'_>) -> Option<&'static str> {
    let previous = place.previous();
    Some(match place.found() {
        _ if place.finds(&["://"]) => "a destination is an address, a network or pods, not a URL",
        _ if place.finds(&["*"]) && place.expects("endpoints") => {
            "everything is written `any`, the pods of all namespaces `pods in *`"
        }
        _ if place.finds(&["["]) && previous == "namespaces" && place.expects("`->`") => {
            "pods of namespaces with labels are written `pods in namespaces[team=ops]`"
        }
        "" => return None,
        _ if previous == "namespace" && place.expects("`except`") => "a namespace's pods are written `pods in shop`",
        "from" | "of" if previous == "pods" => "a namespace's pods are written `pods in shop`",
        "but" | "without" | "minus" if place.expects("`except`") => "what is left out stands after `except`",
        _ => return None,
    })
}

// Between and behind the ends of a flow.
fn flow(place: &Place<'_>) -> Option<&'static str> {
    let is_isolate = place.line.trim_start().starts_with("isolate");
    Some(match place.found() {
        _ if place.finds(&["<->"]) => "a flow has one direction: write a line for each",
        _ if place.finds(&["<-"]) => "the source stands first: `SOURCE -> DESTINATION`",
        _ if place.finds(&["->"]) && place.line.contains("->") => "a line is one flow: write a line for each",
        "on" | "onn" | "port" | "ports" | "tcp" | "udp" | "sctp" if is_isolate => {
            "`isolate` closes pods on every port; ports stand in the `allow`"
        }
        "ingress" | "egress" if is_isolate => "a direction stands right after the verb: `isolate egress …`",
        "tcp" | "udp" | "sctp" if place.previous().contains('/') && place.expects("`,`") => "ports are listed with `,`",
        _ => return None,
    })
}

const SHELL: &str = "this is a command for the shell; a policy holds statements alone, such as `isolate pods`";
const YAML: &str = "this is Kubernetes YAML; `netpol import` makes .netpol of it";
const LABELS: &str = "pods are chosen by labels in square brackets: `pods[app=web]`";
