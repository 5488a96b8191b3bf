//! The lines in which flows are written: `FROM TO PROTO PORT [allow|deny] [v4|v6]`, or `FROM TO proto/port …`.
//!
//! The ends are `namespace/pod`, `namespace/deployment/name` (any kind of workload), `node:NAME` or `ip:ADDRESS`. The
//! protocol is TCP, UDP or SCTP in either case; the port is a number, or a name of the destination's. The verdict is what
//! a test expects; it may stand behind the family too. Blank lines and what follows a `#` do not count.

use std::fmt;
use std::net::IpAddr;

use crate::diag::{Code, Diagnostic};
use crate::model::Protocol;
use crate::span::{FileId, Span};

/// One line, in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow<'t> {
    /// Where it comes from.
    pub from: Word<'t>,
    /// Where it goes.
    pub to: Word<'t>,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its port at the destination.
    pub port: Port<'t>,
    /// The family that is asked for; without one, all that both ends have.
    pub family: Option<Family>,
    /// The verdict that the line expects, in tests.
    pub expected: Option<bool>,
    /// The whole line.
    pub span: Span,
}

/// A word and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word.
    pub text: &'t str,
    /// Where it stands.
    pub span: Span,
}

/// A port of the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port<'t> {
    /// By number.
    Number(u16),
    /// By the name that the destination gives it.
    Name(Word<'t>),
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4 => "v4",
            Self::V6 => "v6",
        })
    }
}

/// The flows of a text, line by line; a line that cannot be read gives a diagnostic in its place.
pub fn parse(text: &str, file: FileId) -> impl Iterator<Item = Result<Flow<'_>, Box<Diagnostic>>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut start = offset(text.len() - body.len());
    body.split_inclusive('\n').filter_map(move |line| {
        let words = words(line, file, start);
        start += offset(line.len());
        (!words.is_empty()).then(|| flow(&words, file).map_err(Box::new))
    })
}

fn words(line: &str, file: FileId, start: u32) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(6);
    let counts = line.split('#').next().unwrap_or(line);
    for text in counts.split_ascii_whitespace() {
        // `text` is a part of `line`.
        let at = start + offset(text.as_ptr().addr() - line.as_ptr().addr());
        words.push(Word { text, span: Span::new(file, at, at + offset(text.len())) });
    }
    words
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn flow<'t>(words: &[Word<'t>], file: FileId) -> Result<Flow<'t>, Diagnostic> {
    let ([from, to, what, rest @ ..], Some(last)) = (words, words.last()) else {
        let end = words.last().map_or(Span::new(file, 0, 0), |last| last.span.after());
        return Err(wrong("a flow needs two ends, a protocol and a port", end, "it ends here"));
    };
    let (from, to, what, span) = (*from, *to, *what, from.span.to(last.span));
    let (protocol, port, mut rest) = match (what.text.split_once('/'), rest) {
        (Some((name, port)), rest) => {
            let at = what.span.start + offset(name.len()) + 1;
            let span = Span { start: at, ..what.span };
            (Word { text: name, span: Span { end: at - 1, ..what.span } }, Word { text: port, span }, rest)
        }
        (None, [port, rest @ ..]) => (what, *port, rest),
        (None, []) => {
            return Err(wrong("the port is missing", what.span.after(), "a port number or name belongs here"));
        }
    };
    let mut flow = Flow {
        from,
        to,
        protocol: self::protocol(protocol)?,
        port: self::port(port)?,
        family: None,
        expected: None,
        span,
    };
    while let [word, more @ ..] = rest {
        match (word.text, flow.family, flow.expected) {
            ("v4", None, _) => flow.family = Some(Family::V4),
            ("v6", None, _) => flow.family = Some(Family::V6),
            ("allow", _, None) => flow.expected = Some(true),
            ("deny", _, None) => flow.expected = Some(false),
            _ => {
                let label = "not `v4`, `v6`, `allow` or `deny`";
                let error = wrong("a flow has nothing more to say", word.span, label);
                let meant = ["v4", "v6", "allow", "deny"].into_iter().find(|of| of.eq_ignore_ascii_case(word.text));
                let meant = meant.filter(|of| *of != word.text);
                return Err(error.with_help_if(meant.map(|of| format!("did you mean `{of}`? case counts here"))));
            }
        }
        rest = more;
    }
    Ok(flow)
}

fn protocol(word: Word<'_>) -> Result<Protocol, Diagnostic> {
    let found = Protocol::ALL.into_iter().find(|protocol| protocol.kubernetes().eq_ignore_ascii_case(word.text));
    found.ok_or_else(|| wrong("not a protocol", word.span, "TCP, UDP or SCTP belongs here"))
}

fn port(word: Word<'_>) -> Result<Port<'_>, Diagnostic> {
    let wrong_number = || wrong("not a port", word.span, "a number from 1 to 65535, or a port's name, belongs here");
    match word.text.parse() {
        Ok(0) => Err(wrong_number()),
        Ok(number) => Ok(Port::Number(number)),
        Err(_) if word.text.bytes().any(|byte| byte.is_ascii_lowercase()) => Ok(Port::Name(word)),
        Err(_) => Err(wrong_number()),
    }
}

fn wrong(message: &str, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(Code::FlowSyntax, message, span, label)
        .with_help("write `FROM TO PROTO PORT [allow|deny] [v4|v6]`, such as `shop/web-1 shop/db-1 TCP 5432 allow`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn check(text: &str, expected: &str) {
        let mut sources = Sources::new();
        let file = sources.add("flows", text);
        let shown = parse(text, file).map(|flow| match flow {
            Ok(flow) => {
                let port = match flow.port {
                    Port::Number(number) => number.to_string(),
                    Port::Name(name) => format!("{}@{}", name.text, sources.line_column(name.span).column),
                };
                let family = flow.family.map(|family| format!(" {family}")).unwrap_or_default();
                let expected = flow.expected.map(|allow| format!(" {allow}")).unwrap_or_default();
                format!("{} {} {} {port}{family}{expected}", flow.from.text, flow.to.text, flow.protocol)
            }
            Err(error) => {
                let at = sources.line_column(error.primary.as_ref().unwrap().span);
                // What is said of one error alone.
                let more = error.help.get(1).map(|help| format!("; {help}")).unwrap_or_default();
                format!("{}:{} {}{more}", at.line, at.column, error.message)
            }
        });
        assert_eq!(shown.collect::<Vec<_>>().join("; "), expected);
    }

    #[test]
    fn both_forms_are_read() {
        check(
            "a/b c/d TCP 80\n\n# nothing\nip:::1 node:n udp 53 v6 # dns\n",
            "a/b c/d tcp 80; ip:::1 node:n udp 53 v6",
        );
        check("a/b c/d tcp/http", "a/b c/d tcp http@13");
        check("a/b c/deployment/d sctp/9 deny v4", "a/b c/deployment/d sctp 9 v4 false");
        check("a/b c/deployment/d sctp/9 v6 allow", "a/b c/deployment/d sctp 9 v6 true");
        check("\u{feff}a/b c/d tcp 80", "a/b c/d tcp 80");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        check("a/b c/d", "1:8 a flow needs two ends, a protocol and a port");
        check("\na/b c/d tcp", "2:12 the port is missing");
        check("a b icmp 1", "1:5 not a protocol");
        check("a b tcp/0", "1:9 not a port");
        check("a b tcp 65536", "1:9 not a port");
        check("a b tcp 1 v5", "1:11 a flow has nothing more to say");
        check("a b tcp 1 ALLOW", "1:11 a flow has nothing more to say; did you mean `allow`? case counts here");
        check("a b tcp 1 allow v4 deny", "1:20 a flow has nothing more to say");
        check("a b tcp 1 v4 allow v6", "1:20 a flow has nothing more to say");
    }
}
