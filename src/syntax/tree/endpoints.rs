//! Endpoints, labels and paths.

use super::super::ast::{
    Endpoints, EndpointsKind, Labels, Operator, Path, Place, PlaceKind, Primary, PrimaryKind, Requirement,
    RequirementParts, Text,
};
use super::super::grammar::{Pair, Rule};
use super::Builder;
use crate::diag::{Code, Diagnostic};
use crate::span::{Span, Spanned};

impl<'t> Builder<'t, '_> {
    pub(super) fn endpoints(&mut self, pair: Pair<'t>) -> Option<Endpoints> {
        let span = self.span(&pair);
        let (mut primaries, mut excepts, mut commas) = (Vec::new(), Vec::new(), 0);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::primary => primaries.push(self.primary(piece)?),
                Rule::except_kw => excepts.push((self.span(&piece), primaries.len())),
                _ => commas += 1,
            }
        }
        let Some((except, _)) = excepts.first().copied() else {
            return Some(Spanned::new(EndpointsKind::List(primaries), span));
        };
        if commas > 0 || excepts.len() > 1 {
            let message = if commas > 0 { BESIDE_COMMA } else { TWICE };
            let diagnostic = Diagnostic::new(Code::ExceptBesideComma, message, except, "what does it belong to?");
            self.errors
                .push(self.readings(&primaries, &excepts, commas).into_iter().fold(diagnostic, Diagnostic::with_help));
            return None;
        }
        let mut primaries = primaries.into_iter();
        let (base, minus) = (primaries.next()?, primaries.next()?);
        Some(Spanned::new(EndpointsKind::Except(Box::new(base), Box::new(minus)), span))
    }

    // What a mixture of `except` and commas may mean, each written without doubt.
    fn readings(&self, all: &[Primary], excepts: &[(Span, usize)], commas: usize) -> Vec<String> {
        let text = |list: &[Primary]| {
            let words = list.iter().map(|p| self.text.get(p.span.start as usize..p.span.end as usize).unwrap_or(""));
            words.collect::<Vec<_>>().join(", ")
        };
        let grouped = |list: &[Primary]| if list.len() > 1 { format!("({})", text(list)) } else { text(list) };
        let Some(at) = excepts.first().map(|(_, at)| *at) else { return Vec::new() };
        let (left, right) = all.split_at_checked(at).unwrap_or((all, &[]));
        let one_of_all = format!("all on the right are taken out: `{} except {}`", grouped(left), grouped(right));
        if commas == 0 {
            return vec![one_of_all];
        }
        let (before, base) = left.split_at_checked(at.saturating_sub(1)).unwrap_or((left, &[]));
        let (minus, after) = right.split_at_checked(1).unwrap_or((right, &[]));
        let inner = format!("({} except {})", text(base), text(minus));
        let parts = [text(before), inner, text(after)];
        let joined = parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        vec![one_of_all, format!("only its neighbours belong together: `{joined}`")]
    }

    fn primary(&mut self, pair: Pair<'t>) -> Option<Primary> {
        let span = self.span(&pair);
        let piece = pair.into_inner().next()?;
        let kind = match piece.as_rule() {
            Rule::group => {
                let inner = piece.into_inner().find(|piece| piece.as_rule() == Rule::endpoints)?;
                PrimaryKind::Group(Box::new(self.endpoints(inner)?))
            }
            Rule::pods => self.pods(piece)?,
            Rule::nodes => PrimaryKind::Nodes(self.labels_within(piece)?),
            Rule::service => self.service(piece)?,
            Rule::any_kw => PrimaryKind::Any,
            Rule::address => PrimaryKind::Address(self.text(&piece)),
            _ => PrimaryKind::Name(self.path(piece)?),
        };
        Some(Spanned::new(kind, span))
    }

    fn pods(&self, pair: Pair<'t>) -> Option<PrimaryKind> {
        let mut pieces = pair.into_inner();
        let labels = self.labels_within(pieces.next()?)?;
        let place = match pieces.next() {
            Some(place) => Some(self.place(place)?),
            None => None,
        };
        Some(PrimaryKind::Pods(labels, place))
    }

    // The labels among the pieces of a head; the outer `None` is a broken piece.
    fn labels_within(&self, pair: Pair<'t>) -> Option<Option<Labels>> {
        match pair.into_inner().find(|piece| piece.as_rule() == Rule::labels) {
            Some(labels) => self.labels(labels).map(Some),
            None => Some(None),
        }
    }

    fn service(&self, pair: Pair<'t>) -> Option<PrimaryKind> {
        let mut names = pair.into_inner().filter_map(|piece| self.kubernetes_name(piece));
        let name = names.next()?;
        Some(PrimaryKind::Service(name, names.next()))
    }

    fn kubernetes_name(&self, pair: Pair<'t>) -> Option<Text> {
        pair.into_inner().find(|piece| piece.as_rule() == Rule::kubernetes_name).map(|name| self.text(&name))
    }

    fn place(&self, pair: Pair<'t>) -> Option<Place> {
        let piece = pair.into_inner().find(|piece| piece.as_rule() != Rule::in_kw)?;
        let span = self.span(&piece);
        let kind = match piece.as_rule() {
            Rule::everywhere => PlaceKind::All,
            Rule::place_list => {
                let names = piece.into_inner().filter(|piece| piece.as_rule() == Rule::kubernetes_name);
                PlaceKind::Named(names.map(|name| self.text(&name)).collect())
            }
            Rule::place_labels => PlaceKind::Matching(self.labels_within(piece)??),
            _ => PlaceKind::Named(vec![self.text(&piece)]),
        };
        Some(Spanned::new(kind, span))
    }

    pub(super) fn labels(&self, pair: Pair<'t>) -> Option<Labels> {
        let span = self.span(&pair);
        let requirements = pair.into_inner().filter(|piece| piece.as_rule() == Rule::requirement);
        let requirements = requirements.map(|requirement| self.requirement(requirement));
        Some(Spanned::new(requirements.collect::<Option<_>>()?, span))
    }

    fn requirement(&self, pair: Pair<'t>) -> Option<Requirement> {
        let span = self.span(&pair);
        let (mut key, mut operator) = (None, Operator::Exists);
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::absent => operator = Operator::DoesNotExist,
                Rule::label_key => key = Some(self.text(&piece)),
                Rule::comparison => operator = self.comparison(piece)?,
                Rule::set_test => operator = self.set_test(piece),
                _ => {}
            }
        }
        Some(Spanned::new(RequirementParts { key: key?, operator }, span))
    }

    fn comparison(&self, pair: Pair<'t>) -> Option<Operator> {
        let mut pieces = pair.into_inner();
        let mark = pieces.next()?.as_rule();
        let value = self.value(pieces.next()?);
        Some(if mark == Rule::not_equals { Operator::NotEquals(value) } else { Operator::Equals(value) })
    }

    fn set_test(&self, pair: Pair<'t>) -> Operator {
        let outside = pair.clone().into_inner().any(|piece| piece.as_rule() == Rule::notin_kw);
        let values = pair.into_inner().filter(|piece| matches!(piece.as_rule(), Rule::string | Rule::bare_value));
        let values = values.map(|value| self.value(value)).collect();
        if outside { Operator::NotIn(values) } else { Operator::In(values) }
    }

    pub(super) fn path(&self, pair: Pair<'t>) -> Option<Path> {
        let word = self.text(&pair.into_inner().next()?);
        let Some((namespace, name)) = word.value.split_once('.') else {
            return Some(Path { namespace: None, name: word });
        };
        let Span { file, start, end } = word.span;
        let dot = start + u32::try_from(namespace.len()).unwrap_or(0);
        let namespace = Spanned::new(namespace.to_owned(), Span::new(file, start, dot));
        let name = Spanned::new(name.to_owned(), Span::new(file, dot + 1, end));
        Some(Path { namespace: Some(namespace), name })
    }
}

const BESIDE_COMMA: &str = "`except` beside a comma can be read in two ways";
const TWICE: &str = "`except` stands twice in a row";
