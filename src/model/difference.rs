//! `except`: exact set difference of endpoints.

use super::{AddressSet, Base, Namespaces, Peer, PodSet, Selector, SelectorIndex};

/// More alternatives than this mean that a selector has got out of hand.
pub const MOST_TERMS: usize = 4096;
// And this many are held against each other on the way.
const MOST_WORK: usize = MOST_TERMS * MOST_TERMS / 4;

/// `peers` less every one of `minus`; `None` where it would take more than [`MOST_TERMS`] alternatives beside them.
#[must_use]
pub fn subtract(peers: Vec<Peer>, minus: &[Peer]) -> Option<Vec<Peer>> {
    let most = peers.len() + MOST_TERMS;
    let minus = Minus::new(minus);
    let (mut all, mut work) = (Vec::new(), 0);
    for peer in peers {
        // Each by itself: what a long list holds is not split, and has nothing to do with the rest of it.
        all.extend(minus.near(&peer).into_iter().try_fold(vec![peer], |left, minus| {
            let mut parts = Vec::new();
            for peer in left {
                // a - (b - c) = (a - b) + (a & c)
                parts.extend(less(&peer, &minus.within).into_iter().filter_map(settled));
                parts.extend(minus.except.iter().flat_map(|back| both(&peer, back)).filter_map(settled));
            }
            widest(parts, &mut work)
        })?);
        if all.len() > most {
            return None;
        }
    }
    Some(all)
}

// What is taken away; of long lists of pods only those that meet others are looked at.
struct Minus<'a> {
    all: &'a [Peer],
    pods: SelectorIndex<'a, usize>,
    others: Vec<usize>,
}

impl<'a> Minus<'a> {
    fn new(all: &'a [Peer]) -> Self {
        let mut minus = Self { all, pods: SelectorIndex::default(), others: Vec::new() };
        for (at, peer) in all.iter().enumerate() {
            match &peer.within {
                Base::Pods(set) => minus.pods.insert(&set.pods, at),
                Base::Any | Base::Addresses(_) => minus.others.push(at),
            }
        }
        minus
    }

    // Those that may take something from a peer, in order.
    fn near(&self, peer: &Peer) -> Vec<&'a Peer> {
        let Base::Pods(set) = &peer.within else { return self.all.iter().collect() };
        let mut near = self.pods.meeting(&set.pods);
        near.extend(&self.others);
        near.sort_unstable();
        near.into_iter().filter_map(|at| self.all.get(at)).collect()
    }
}

/// `selectors` less another; `None` where it would take more than [`MOST_TERMS`] alternatives, or have taken `work` too
/// far, which counts over many calls.
#[must_use]
pub fn subtract_selector(selectors: &[Selector], minus: &Selector, work: &mut usize) -> Option<Vec<Selector>> {
    widest(selectors.iter().flat_map(|selector| cut(selector, minus)).collect(), work)
}

// One less another, as parts that overlap. What is apart from the other stays whole.
fn cut(from: &Selector, minus: &Selector) -> impl Iterator<Item = Selector> {
    let parts = if from.is_disjoint(minus) { vec![Selector::all()] } else { minus.outside() };
    let some = parts.into_iter().filter(|part| !from.is_disjoint(part));
    some.map(|part| from.and(&part))
}

/// Parts that overlap, less those that lie within another, in their order; `None` where more than [`MOST_TERMS`] are
/// left, or `work` has gone too far, which counts over many calls.
///
/// Without this, exceptions behind exceptions double with each step.
#[must_use]
pub fn widest<T: Part>(parts: Vec<T>, work: &mut usize) -> Option<Vec<T>> {
    if parts.len() < 2 {
        return Some(parts);
    }
    // What covers another asks no more than that one, so it comes first.
    let mut by_size: Vec<(usize, &T)> = parts.iter().enumerate().collect();
    by_size.sort_by_key(|(_, part)| part.size());
    let mut kept: Vec<(usize, &T)> = Vec::new();
    for (at, part) in by_size {
        *work += kept.len();
        if !kept.iter().any(|(_, wide)| part.is_within(wide)) {
            kept.push((at, part));
        }
        if *work > MOST_WORK || kept.len() > MOST_TERMS {
            return None;
        }
    }
    kept.sort_by_key(|(at, _)| *at);
    Some(kept.into_iter().map(|(_, part)| part.clone()).collect())
}

/// What a set of far ends is as a peer alone: `any` less addresses is the addresses that are left.
#[must_use]
pub fn as_far_end(peer: Peer) -> Peer {
    let Peer { within: Base::Any, except } = peer else { return peer };
    let (addresses, except): (Vec<Base>, Vec<Base>) =
        except.into_iter().partition(|base| matches!(base, Base::Addresses(_)));
    let left = addresses.iter().fold(None, |left: Option<AddressSet>, base| match base {
        Base::Addresses(set) => Some(left.map_or_else(|| set.complement(), |left| left.difference(set))),
        Base::Any | Base::Pods(_) => left,
    });
    Peer { within: left.map_or(Base::Any, Base::Addresses), except }
}

/// Of which one can lie within another.
pub trait Part: Clone {
    /// How much it asks: never less than what holds it.
    fn size(&self) -> usize;
    /// Whether `other` holds all of it. May say no where it is hard to tell.
    fn is_within(&self, other: &Self) -> bool;
}

impl Part for Selector {
    fn size(&self) -> usize {
        self.conditions().len()
    }

    fn is_within(&self, other: &Self) -> bool {
        self.implies(other)
    }
}

impl Part for Peer {
    fn size(&self) -> usize {
        match &self.within {
            Base::Pods(PodSet { namespaces: Namespaces::Matching(namespaces), pods }) => {
                namespaces.size() + pods.size()
            }
            Base::Pods(PodSet { namespaces: Namespaces::Current, pods }) => pods.size(),
            Base::Any | Base::Addresses(_) => 0,
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        self.is_within(other)
    }
}

fn less(peer: &Peer, minus: &Base) -> Vec<Peer> {
    let kept = |within: Base| Peer { within, except: peer.except.clone() };
    match (&peer.within, minus) {
        (_, Base::Any) => Vec::new(),
        (Base::Addresses(all), Base::Addresses(set)) => some(all.difference(set)).map(kept).collect(),
        (Base::Pods(all), Base::Pods(set)) => match pods_less(all, set) {
            Some(parts) => parts.into_iter().map(|part| kept(Base::Pods(part))).collect(),
            None => vec![with_exception(peer, minus)],
        },
        _ => vec![with_exception(peer, minus)],
    }
}

// Addresses less addresses are addresses. `any` less addresses stays what it is: as a subject it still stands for pods.
// Whatever it is, nothing is left of it without any address.
fn settled(mut peer: Peer) -> Option<Peer> {
    if peer.except.iter().any(|base| matches!(base, Base::Addresses(set) if set.is_all())) {
        return None;
    }
    let Base::Addresses(all) = &mut peer.within else { return Some(peer) };
    peer.except.retain(|base| match base {
        Base::Addresses(set) => {
            *all = all.difference(set);
            false
        }
        Base::Any | Base::Pods(_) => true,
    });
    (!all.is_empty()).then_some(peer)
}

fn some(set: AddressSet) -> impl Iterator<Item = Base> {
    (!set.is_empty()).then_some(Base::Addresses(set)).into_iter()
}

// Exceptions of one kind are kept as one set.
fn with_exception(peer: &Peer, minus: &Base) -> Peer {
    let mut except = peer.except.clone();
    let addresses = except.iter_mut().find_map(|base| if let Base::Addresses(set) = base { Some(set) } else { None });
    if let (Some(there), Base::Addresses(more)) = (addresses, minus) {
        *there = there.union(more);
    } else if !except.contains(minus) {
        except.push(minus.clone());
    }
    Peer { within: peer.within.clone(), except }
}

fn both(peer: &Peer, other: &Base) -> Vec<Peer> {
    let kept = |within: Base| Peer { within, except: peer.except.clone() };
    match (&peer.within, other) {
        (_, Base::Any) => vec![peer.clone()],
        // What has an address inside, so less those outside; not the addresses alone, as a subject has pods in it.
        (Base::Any | Base::Pods(_), Base::Addresses(set)) => {
            vec![with_exception(peer, &Base::Addresses(set.complement()))]
        }
        (Base::Any, Base::Pods(_)) => vec![kept(other.clone())],
        (Base::Addresses(a), Base::Addresses(b)) => some(a.intersection(b)).map(kept).collect(),
        (Base::Pods(a), Base::Pods(b)) => {
            let (within, outside) = pods_and(a, b);
            let except = peer.except.iter().cloned().chain(outside.into_iter().map(Base::Pods)).collect();
            vec![Peer { within: Base::Pods(within), except }]
        }
        (Base::Addresses(set), Base::Pods(pods)) => {
            let within = Peer { within: Base::Pods(pods.clone()), except: peer.except.clone() };
            vec![with_exception(&within, &Base::Addresses(set.complement()))]
        }
    }
}

// By De Morgan: outside by namespace or by label. `None` where a namespace without a name is held against labels, which
// nothing here can judge.
fn pods_less(all: &PodSet, minus: &PodSet) -> Option<Vec<PodSet>> {
    if all.is_disjoint(minus) {
        return Some(vec![all.clone()]);
    }
    let by_namespace = match (&all.namespaces, &minus.namespaces) {
        (Namespaces::Matching(a), Namespaces::Matching(b)) => cut(a, b).map(Namespaces::Matching).collect(),
        (Namespaces::Current, Namespaces::Current) => Vec::new(),
        (Namespaces::Current, Namespaces::Matching(b)) if b.is_all() => Vec::new(),
        _ => return None,
    };
    let by_namespace = by_namespace.into_iter().map(|namespaces| PodSet { namespaces, pods: all.pods.clone() });
    let by_label = cut(&all.pods, &minus.pods).map(|pods| PodSet { namespaces: all.namespaces.clone(), pods });
    Some(by_namespace.chain(by_label).collect())
}

// What is in both: a set, less others where a namespace without a name is held against labels.
fn pods_and(a: &PodSet, b: &PodSet) -> (PodSet, Vec<PodSet>) {
    let pods = a.pods.and(&b.pods);
    match (&a.namespaces, &b.namespaces) {
        (Namespaces::Matching(a), Namespaces::Matching(b)) => {
            (PodSet { namespaces: Namespaces::Matching(a.and(b)), pods }, Vec::new())
        }
        (Namespaces::Current, Namespaces::Current) => (PodSet { namespaces: Namespaces::Current, pods }, Vec::new()),
        (Namespaces::Current, Namespaces::Matching(of)) | (Namespaces::Matching(of), Namespaces::Current) => {
            let outside = of.complement().into_iter();
            let outside = outside.map(|part| PodSet { namespaces: Namespaces::Matching(part), pods: Selector::all() });
            (PodSet { namespaces: Namespaces::Current, pods }, outside.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::selector::tests::{labels, selector};
    use crate::model::{Condition, Values};
    use proptest::prelude::*;

    fn pods(of: &Selector) -> Peer {
        Base::Pods(PodSet { namespaces: Namespaces::Matching(Selector::all()), pods: of.clone() }).into()
    }

    fn is_in(peers: &[Peer], labels: &crate::model::Labels) -> bool {
        peers.iter().any(|peer| matches!(&peer.within, Base::Pods(pods) if pods.pods.matches(labels)))
    }

    proptest! {
        #[test]
        fn subtraction_is_exact(
            from in proptest::collection::vec(selector(), 1..4),
            minus in proptest::collection::vec(selector(), 0..4),
            labels in labels(),
        ) {
            let within = |list: &[Selector]| list.iter().any(|selector| selector.matches(&labels));
            let left = subtract(from.iter().map(pods).collect(), &minus.iter().map(pods).collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(is_in(&left, &labels), within(&from) && !within(&minus));
            let selectors = minus.iter().try_fold(from.clone(), |left, minus| subtract_selector(&left, minus, &mut 0));
            prop_assert_eq!(within(&selectors.unwrap()), within(&from) && !within(&minus));
        }
    }

    #[test]
    fn what_is_not_split_is_not_held_against_each_other() {
        let all: Vec<Peer> = (0..4000).map(|at| pods(&Selector::label("app", format!("a{at}")))).collect();
        let minus: Vec<Peer> = (0..4).map(|at| pods(&Selector::label("tier", format!("t{at}")))).collect();
        assert_eq!(subtract(all, &minus).map(|left| left.len()), Some(4000));
    }

    // Each level takes out what the level within it left: as a formula, a line of two keys a level.
    #[test]
    fn exceptions_behind_exceptions_stay_small() {
        let level = |depth: usize| {
            let asked = [format!("a{depth}"), format!("b{depth}")];
            asked.into_iter().map(|key| (key, Condition::In(Values::one("x")))).collect::<Selector>()
        };
        let mut set = vec![pods(&level(0))];
        for depth in 1..30 {
            set = subtract(vec![pods(&level(depth))], &set).unwrap();
        }
        assert!(set.len() <= 30, "{} alternatives", set.len());
    }

    #[test]
    fn what_has_no_short_form_is_given_up() {
        let pair = |at: usize| {
            pods(&Selector::label(format!("a{at}"), "x").with(format!("b{at}"), Condition::In(Values::one("x"))))
        };
        let minus: Vec<Peer> = (0..40).map(pair).collect();
        assert_eq!(subtract(vec![pods(&Selector::all())], &minus), None);
    }
}
