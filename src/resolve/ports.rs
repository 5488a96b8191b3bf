//! Lists of ports, checked where they stand.

use super::values::{Context, Resolver, Value};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::{Ports, Protocol, RangeSet, names};
use crate::span::Spanned;
use crate::syntax::ast::{Endpoints, Port, PortKind, PortSpec, Primary, PrimaryKind, Text};

impl Resolver<'_> {
    /// Reports names that carry ports in a list with `on`, which could be meant for the others alone.
    pub(super) fn one_set_of_ports(&mut self, list: &Endpoints, on: &[Port], context: &Context) {
        let leaves = leaves(list);
        if leaves.len() < 2 {
            return;
        }
        for primary in leaves {
            if self.primary(primary, context).iter().any(|term| term.ports.is_some()) {
                let place = on.first().map_or(list.span, |first| first.span);
                let message = "a name that carries ports stands in a list with an `on`";
                let diagnostic = Diagnostic::new(Code::PortsTwice, message, primary.span, "carries its own ports")
                    .with_label(place, "these would replace them")
                    .with_help("write two lines: one without `on` for this name, one with it for the others");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// The union of a list of ports. What is broken has been reported, and matches nothing.
    pub(super) fn ports(&mut self, list: &[Port], context: &Context) -> Ports {
        let each = list.iter().map(|port| match &port.value {
            PortKind::Protocol(protocol, spec) => {
                let ports = one(protocol, spec.as_ref(), &mut self.diagnostics);
                self.port_ranges.add(&ports);
                ports
            }
            PortKind::Name(path) => match self.name(path, context) {
                Value::Ports(ports) => ports,
                Value::Endpoints(_) => {
                    let message = format!("`{}` stands for endpoints, not ports", path.name.value);
                    let diagnostic = Diagnostic::new(Code::WrongKind, message, path.span(), "ports are needed here");
                    self.diagnostics.push(diagnostic.with_help("write ports such as `tcp/80`, or a name of such"));
                    Ports::none()
                }
                Value::Broken => Ports::none(),
            },
        });
        union(each.collect())
    }
}

// In pairs, so that a long list is not copied for each of its ports.
fn union(mut all: Vec<Ports>) -> Ports {
    while all.len() > 1 {
        all = all.chunks(2).map(|pair| pair.iter().fold(Ports::none(), |both, ports| both.union(ports))).collect();
    }
    all.pop().unwrap_or_else(Ports::none)
}

// The primaries of a list, those in groups too.
fn leaves(list: &Endpoints) -> Vec<&Primary> {
    let (mut open, mut leaves) = (vec![list], Vec::new());
    while let Some(list) = open.pop() {
        for primary in list.value.primaries() {
            match &primary.value {
                PrimaryKind::Group(inner) => open.push(inner),
                _ => leaves.push(primary),
            }
        }
    }
    leaves
}

fn one(protocol: &Spanned<Protocol>, spec: Option<&PortSpec>, diagnostics: &mut Diagnostics) -> Ports {
    let protocol = protocol.value;
    match spec {
        None => Ports::numbers(protocol, RangeSet::all()),
        Some(PortSpec::Number(text)) => number(text, diagnostics)
            .map_or(Ports::none(), |port| Ports::numbers(protocol, RangeSet::range(port, port))),
        Some(PortSpec::Range(first, last)) => match (number(first, diagnostics), number(last, diagnostics)) {
            (Some(from), Some(to)) if from > to => {
                let message = format!("the range {from}-{to} ends before it begins");
                let diagnostic = Diagnostic::new(Code::PortRange, message, first.span.to(last.span), "backwards");
                diagnostics.push(diagnostic.with_help(format!("write `{protocol}/{to}-{from}`")));
                Ports::none()
            }
            (Some(from), Some(to)) => Ports::numbers(protocol, RangeSet::range(from, to)),
            _ => Ports::none(),
        },
        Some(PortSpec::Name(text)) => {
            name(text, protocol, diagnostics);
            Ports::name(protocol, text.value.clone())
        }
    }
}

/// A port number.
pub(super) fn number(text: &Text, diagnostics: &mut Diagnostics) -> Option<u16> {
    let port = text.value.parse::<u16>().ok().filter(|port| *port > 0);
    if port.is_none() {
        let message = format!("`{}` is not a port", text.value);
        diagnostics.push(Diagnostic::new(Code::PortNumber, message, text.span, "ports go from 1 to 65535"));
    }
    port
}

/// Checks a port's name.
pub(super) fn name(text: &Text, protocol: Protocol, diagnostics: &mut Diagnostics) {
    if let Err(why) = names::port_name(&text.value) {
        let message = format!("`{}` cannot be a port's name: {why}", text.value);
        diagnostics.push(Diagnostic::new(Code::PortName, message, text.span, "not a port name"));
    } else if text.value.split_once('-').is_some_and(|(first, _)| first.bytes().all(|byte| byte.is_ascii_digit())) {
        let message = format!("`{}` is a port's name, though it looks like a range", text.value);
        let diagnostic = Diagnostic::new(Code::PortLooksLikeRange, message, text.span, "looked up on each pod");
        diagnostics.push(diagnostic.with_help(format!("a range has two numbers: `{protocol}/80-90`")));
    }
}

#[cfg(test)]
mod tests {
    use crate::resolve::testing::check;

    fn on(ports: &str, expected: &[&str]) {
        check(&format!("isolate pods\nallow any -> pods on {ports}"), expected);
    }

    #[test]
    fn numbers_ranges_names_and_whole_protocols() {
        on("tcp, udp/53, sctp/1-65535, tcp/http, tcp/8-p", &["W0301 |8-p|"]);
        on("tcp/65536", &["E0306 |65536|"]);
        on("tcp/0", &["E0306 |0|"]);
        on("tcp/90-80", &["E0307 |90-80| write `tcp/80-90`"]);
        on("tcp/Http", &["E0308 |Http|"]);
        on("tcp/a--b", &["E0308 |a--b|"]);
        on("tcp/80-http", &["W0301 |80-http| a range has two numbers: `tcp/80-90`"]);
    }

    #[test]
    fn names_of_ports_stand_after_on() {
        check("let p = tcp/80, udp/53\nlet q = p, sctp\nisolate pods\nallow any -> pods on q, tcp/1", &[]);
        check("let p = tcp/80\nlet q = p\nisolate pods\nallow any -> pods on q", &[]);
        check("let p = tcp/80\nisolate pods\nallow any -> p", &["E0208 |p| ports stand after `on`"]);
        check("let p = pods\nisolate pods\nallow any -> pods on p", &["E0208 |p| write ports such as `tcp/80`"]);
        check("let p = tcp/80\nlet w = pods\nlet m = p, w\nisolate w\nallow any -> w on m", &["E0208 |w|"]);
    }
}
