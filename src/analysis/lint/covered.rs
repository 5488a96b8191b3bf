//! A rule that other rules make pointless, one of them or several together.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::Scope;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Base, Origin, Peer, Rule, StatementId};
use crate::model::{AddressSet, Ports};
use crate::opt::{RuleIndex, covers};
use crate::source::Sources;

// Others are named up to this many.
const MOST_SHOWN: usize = 3;
// So many networks may make up one.
const MOST_PARTS: usize = 64;

/// Reports each statement whose every half others cover.
///
/// Later ones are judged first, and what is found is no cover any more: all that is reported can be removed at once,
/// from the program and from the manifests beside it.
pub(super) fn check(scope: &Scope<'_>, sources: &Sources, diagnostics: &mut Diagnostics) {
    let rules = &scope.policy().network().rules;
    let mut halves: BTreeMap<StatementId, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        if let Some(own) = rule.origin.statements.first() {
            halves.entry(*own).or_default().push(rule);
        }
    }
    let mut search = Search { scope, rules, index: RuleIndex::new(rules), gone: BTreeSet::new() };
    let mut found = Vec::new();
    for (own, halves) in halves.into_iter().rev() {
        let by: Option<Vec<By>> = halves.into_iter().map(|rule| search.cover(own, rule)).collect();
        if let Some(by) = by {
            search.gone.insert(own);
            found.push((own, by.into_iter().flatten().collect::<By>()));
        }
    }
    for (own, by) in found.into_iter().rev() {
        diagnostics.extend(report(scope, own, &by, sources));
    }
}

// The statements that cover something together.
type By = BTreeSet<StatementId>;

fn report(scope: &Scope<'_>, own: StatementId, by: &By, sources: &Sources) -> Option<Diagnostic> {
    let statement = scope.statement(own)?;
    let others: Vec<_> = by.iter().filter_map(|id| scope.policy().statement(*id)).collect();
    let places: Vec<String> = others.iter().take(MOST_SHOWN).map(|other| sources.file_line(other.span)).collect();
    let (places, label, help) = match others.len() {
        1 => (places.join(""), "says this and more", "remove it, or narrow the other"),
        2..=MOST_SHOWN => (places.join(" and "), "says a part of this", "remove it, or narrow one of the others"),
        _ => (
            format!("{} and others", places.join(", ")),
            "says a part of this",
            "remove it, or narrow one of the others",
        ),
    };
    let message = format!("this rule adds nothing to {places}");
    let diagnostic = Diagnostic::new(Code::Covered, message, statement.span, "covered").with_help(help);
    let shown = others.iter().take(MOST_SHOWN);
    Some(shown.fold(diagnostic, |diagnostic, other| diagnostic.with_label(other.span, label)))
}

struct Search<'a> {
    scope: &'a Scope<'a>,
    rules: &'a [Rule],
    index: RuleIndex<'a>,
    gone: BTreeSet<StatementId>,
}

impl Search<'_> {
    fn cover(&self, own: StatementId, rule: &Rule) -> Option<By> {
        // Whatever covers the first of its peers, or a part of that, is near: nearly all rules are done here.
        let near: Vec<&Rule> = self.near(own, rule).collect();
        if near.is_empty() {
            return None;
        }
        if let Some(wide) = near.into_iter().find(|wide| covers(wide, rule)) {
            return Some(statements(&wide.origin));
        }
        let parts = rule.peers.iter().map(|peer| Rule { peers: vec![peer.clone()], ..rule.clone() });
        let mut all = By::new();
        for part in parts {
            all.extend(self.cover_part(own, &part)?);
        }
        Some(all)
    }

    // The same for a rule with one peer.
    fn cover_part(&self, own: StatementId, part: &Rule) -> Option<By> {
        let one = self.one(own, part);
        one.or_else(|| self.by_ports(own, part)).or_else(|| self.by_networks(own, part))
    }

    // One rule that covers all.
    fn one(&self, own: StatementId, rule: &Rule) -> Option<By> {
        self.near(own, rule).find(|wide| covers(wide, rule)).map(|wide| statements(&wide.origin))
    }

    // Rules whose ports make up those of `part`.
    fn by_ports(&self, own: StatementId, part: &Rule) -> Option<By> {
        if part.ports == Ports::All {
            return None;
        }
        let any = Rule { ports: Ports::none(), ..part.clone() };
        let wide: Vec<&Rule> = self.near(own, part).filter(|wide| covers(wide, &any)).collect();
        // Those that say nothing of these ports are no part of it.
        let wide: Vec<&Rule> = wide.into_iter().filter(|wide| !wide.ports.is_disjoint(&part.ports)).collect();
        let all = Ports::union_of(wide.iter().map(|wide| &wide.ports));
        (!wide.is_empty() && part.ports.is_subset(&all))
            .then(|| wide.iter().flat_map(|wide| statements(&wide.origin)).collect())
    }

    // Rules whose networks make up those of `part`, found from address to address.
    fn by_networks(&self, own: StatementId, part: &Rule) -> Option<By> {
        let [Peer { within: Base::Addresses(set), except }] = part.peers.as_slice() else { return None };
        let (mut left, mut all) = (Some(set.clone()).filter(|_| except.is_empty())?, By::new());
        for _ in 0..MOST_PARTS {
            let Some(first) = left.first() else { return Some(all) };
            let first = Base::Addresses(AddressSet::from_net(IpNet::from(first)));
            let next = Rule { peers: vec![first.into()], ..part.clone() };
            let wide = self.near(own, &next).find(|wide| covers(wide, &next))?;
            let sets = wide.peers.iter().filter(|peer| peer.except.is_empty()).filter_map(|peer| match &peer.within {
                Base::Addresses(set) => Some(set),
                _ => None,
            });
            left = left.difference(&AddressSet::union_of(sets));
            all.extend(statements(&wide.origin));
            if left.first().is_some_and(|address| self.is_still(&next, address)) {
                return None;
            }
        }
        left.is_empty().then_some(all)
    }

    // Whether a step took nothing away: the address is held with an exception, or as one of `any`.
    fn is_still(&self, step: &Rule, address: std::net::IpAddr) -> bool {
        matches!(step.peers.as_slice(), [Peer { within: Base::Addresses(set), .. }] if set.contains(address))
    }

    // The rules that may cover one, of other statements that stay and last as long.
    fn near<'s>(&'s self, own: StatementId, rule: &Rule) -> impl Iterator<Item = &'s Rule> {
        let near = self.index.near(rule).into_iter().filter_map(|at| self.rules.get(at));
        near.filter(move |wide| {
            let stays = |id: &StatementId| *id != own && !self.gone.contains(id) && self.outlasts(*id, own);
            wide.origin.statements.iter().all(stays)
        })
    }

    // Whether a statement holds as long as another: what expires covers nothing from that day.
    fn outlasts(&self, wide: StatementId, narrow: StatementId) -> bool {
        let expires = |id| self.scope.policy().statement(id).and_then(|statement| statement.expires.as_deref());
        match (expires(wide), expires(narrow)) {
            (None, _) => true,
            // Dates are written year first.
            (Some(wide), Some(narrow)) => wide >= narrow,
            (Some(_), None) => false,
        }
    }
}

fn statements(origin: &Origin) -> By {
    origin.statements.iter().copied().collect()
}
