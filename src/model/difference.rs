//! `except`: exact set difference of endpoints.

use super::{AddressSet, Base, Namespaces, Peer, PodSet, Selector};

/// More alternatives than this mean that a selector has got out of hand.
pub const MOST_TERMS: usize = 4096;
// And this many looked at on the way.
const MOST_WORK: usize = 4 * MOST_TERMS;

/// `peers` less every one of `minus`; `None` where it would take more than [`MOST_TERMS`] alternatives.
#[must_use]
pub fn subtract(peers: Vec<Peer>, minus: &[Peer]) -> Option<Vec<Peer>> {
    // What is taken out of many parts again and again stays under the limit and takes for ever.
    let mut work = 0;
    minus.iter().try_fold(peers, |left, minus| {
        let mut parts = Vec::new();
        for peer in left {
            // a - (b - c) = (a - b) + (a & c)
            parts.extend(less(&peer, &minus.within).into_iter().filter_map(settled));
            parts.extend(minus.except.iter().flat_map(|back| both(&peer, back)).filter_map(settled));
            if parts.len() > MOST_TERMS {
                return None;
            }
        }
        work += parts.len();
        if work > MOST_WORK {
            return None;
        }
        Some(parts)
    })
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
fn settled(mut peer: Peer) -> Option<Peer> {
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
        (Base::Any, other) => vec![kept(other.clone())],
        (Base::Addresses(a), Base::Addresses(b)) => some(a.intersection(b)).map(kept).collect(),
        (Base::Pods(a), Base::Pods(b)) => {
            let (within, outside) = pods_and(a, b);
            let except = peer.except.iter().cloned().chain(outside.into_iter().map(Base::Pods)).collect();
            vec![Peer { within: Base::Pods(within), except }]
        }
        // What is both is what has an address inside: less those outside.
        (Base::Pods(_), Base::Addresses(set)) => vec![with_exception(peer, &Base::Addresses(set.complement()))],
        (Base::Addresses(set), Base::Pods(pods)) => {
            let within = Peer { within: Base::Pods(pods.clone()), except: peer.except.clone() };
            vec![with_exception(&within, &Base::Addresses(set.complement()))]
        }
    }
}

// By De Morgan: outside by namespace, or inside by namespace and outside by label. `None` where a namespace without a
// name is held against labels, which nothing here can judge.
fn pods_less(all: &PodSet, minus: &PodSet) -> Option<Vec<PodSet>> {
    let (inside, outside) = match (&all.namespaces, &minus.namespaces) {
        (Namespaces::Matching(a), Namespaces::Matching(b)) => {
            let outside = b.complement().into_iter().map(|part| Namespaces::Matching(a.and(&part))).collect();
            (Namespaces::Matching(a.and(b)), outside)
        }
        (Namespaces::Current, Namespaces::Current) => (Namespaces::Current, Vec::new()),
        (Namespaces::Current, Namespaces::Matching(b)) if b.is_all() => (Namespaces::Current, Vec::new()),
        _ => return None,
    };
    let by_namespace = outside.into_iter().map(|namespaces| PodSet { namespaces, pods: all.pods.clone() });
    let by_label = minus.pods.complement().into_iter().map(|part| {
        let pods = all.pods.and(&part);
        PodSet { namespaces: inside.clone(), pods }
    });
    Some(by_namespace.chain(by_label).filter(|set| !set.is_never()).collect())
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
