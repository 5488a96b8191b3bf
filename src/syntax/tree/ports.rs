//! Ports.

use super::super::ast::{Port, PortKind, PortSpec, Text};
use super::super::grammar::{Pair, Rule};
use super::Builder;
use crate::model::Protocol;
use crate::span::{Span, Spanned};

impl<'t> Builder<'t, '_> {
    pub(super) fn ports(&self, pair: Pair<'t>) -> Option<Vec<Port>> {
        let items = pair.into_inner().filter(|piece| matches!(piece.as_rule(), Rule::port | Rule::path));
        items.map(|item| self.port(item)).collect()
    }

    fn port(&self, pair: Pair<'t>) -> Option<Port> {
        let span = self.span(&pair);
        if pair.as_rule() == Rule::path {
            return Some(Spanned::new(PortKind::Name(self.path(pair)?), span));
        }
        let (mut protocol, mut spec) = (None, None);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::protocol => protocol = Some(self.protocol(&piece)?),
                Rule::port_spec => spec = Some(port_spec(self.text(&piece))),
                _ => {}
            }
        }
        Some(Spanned::new(PortKind::Protocol(protocol?, spec), span))
    }

    pub(super) fn protocol(&self, pair: &Pair<'t>) -> Option<Spanned<Protocol>> {
        let protocol = Protocol::ALL.into_iter().find(|protocol| protocol.to_string() == pair.as_str())?;
        Some(Spanned::new(protocol, self.span(pair)))
    }
}

// Digits are a number, two of them a range, all else a name.
fn port_spec(text: Text) -> PortSpec {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let range = text.value.split_once('-').filter(|(first, last)| digits(first) && digits(last));
    match range {
        Some((first, last)) => {
            let Span { file, start, end } = text.span;
            let middle = start + u32::try_from(first.len()).unwrap_or(0);
            PortSpec::Range(
                Spanned::new(first.to_owned(), Span::new(file, start, middle)),
                Spanned::new(last.to_owned(), Span::new(file, middle + 1, end)),
            )
        }
        None if digits(&text.value) => PortSpec::Number(text),
        None => PortSpec::Name(text),
    }
}
