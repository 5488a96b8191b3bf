//! What NetworkPolicy cannot say, found before anything is written.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use ipnet::{IpNet, Ipv6Net};

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Base, Namespace, Namespaces, NetworkTier, Origin, Peer, PodSet, Policy, Tier};
use crate::model::{AddressSet, Direction};
use crate::span::Span;

/// The targets that can say what this one cannot.
const OTHERS: &str = "the node targets `nftables` and `ebpf` judge each flow and can say it";

/// What tells the namespace that objects are applied to from others.
pub(super) const NAME_IT: &str = "name the current namespace with `-n NAME`, or write these pods with `in NAME`";

const ISOLATE_BY_LABELS: &str = "choose the pods by labels";
const SOURCE_BY_LABELS: &str = "choose the source by labels; `ingress` after the verb writes the half at the \
                                destination alone; `0.0.0.0/0, ::/0` less addresses never stands for pods of the program";
const DESTINATION_BY_LABELS: &str = "choose the destination by labels; `egress` after the verb writes the half at the \
                                     source alone; `0.0.0.0/0, ::/0` less addresses never stands for pods of the program";

/// Takes away exceptions that say nothing, and reports those that NetworkPolicy cannot say.
pub(super) fn simplify(policy: Policy, diagnostics: &mut Diagnostics) -> Policy {
    annotations(&policy, diagnostics);
    let mut tiers = Vec::new();
    for Tier::NetworkPolicy(mut tier) in policy.tiers {
        for rule in &mut tier.rules {
            let place = place(&rule.origin, &policy.statements);
            for peer in &mut rule.peers {
                forget_impossible(peer);
                report_peer(peer, place, diagnostics);
                report_mapped(peer, place, diagnostics);
                report_nameless(peer, &rule.subject.namespace, place, diagnostics);
            }
        }
        report_subjects(&tier, &policy.statements, diagnostics);
        tiers.push(Tier::NetworkPolicy(tier));
    }
    Policy { tiers, statements: policy.statements, ..Policy::default() }
}

/// Where the first statement of an origin stands.
pub(super) fn place(origin: &Origin, statements: &[crate::ir::Statement]) -> Option<Span> {
    origin.statements.first().and_then(|id| statements.get(id.0 as usize)).map(|statement| statement.span)
}

/// Addresses that no pod ever has: unspecified, loopback, link-local and multicast of both families, and broadcast.
///
/// Taking them out of a set of pods takes out nothing.
pub(super) static NEVER_OF_PODS: LazyLock<AddressSet> = LazyLock::new(|| {
    const NETS: [&str; 9] = [
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "::1/128",
        "fe80::/10",
        "ff00::/8",
    ];
    AddressSet::from_nets(NETS.iter().filter_map(|net| net.parse().ok()))
});

static MAPPED: LazyLock<Ipv6Net> = LazyLock::new(|| Ipv6Net::new_assert(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(), 96));

/// Drops exceptions that can hold nothing of their peer.
pub(super) fn forget_impossible(peer: &mut Peer) {
    match &peer.within {
        Base::Pods(_) => {
            peer.except.retain(|base| !matches!(base, Base::Addresses(set) if set.is_subset(&NEVER_OF_PODS)))
        }
        Base::Addresses(all) if all.is_subset(&NEVER_OF_PODS) => {
            peer.except.retain(|base| !matches!(base, Base::Pods(_)))
        }
        Base::Addresses(_) | Base::Any => {}
    }
}

/// Forgets of subjects the addresses that no pod has: they are one subject, and so one object, with those that have
/// no exceptions.
pub(super) fn forget_outside(policy: &mut Policy) {
    for Tier::NetworkPolicy(tier) in &mut policy.tiers {
        let isolations = tier.isolations.iter_mut().map(|isolation| &mut isolation.subject);
        for subject in isolations.chain(tier.rules.iter_mut().map(|rule| &mut rule.subject)) {
            if !subject.outside.is_empty() && subject.outside.is_subset(&NEVER_OF_PODS) {
                subject.outside = AddressSet::empty();
            }
        }
    }
}

fn report_peer(peer: &Peer, place: Option<Span>, diagnostics: &mut Diagnostics) {
    let Some(except) = peer.except.first() else { return };
    let (what, why, help) = match (&peer.within, except) {
        (Base::Any, _) => ("everything except some pods", "it cannot take pods out of all addresses", OTHERS),
        (Base::Addresses(_), _) => ("addresses except some pods", "it cannot take pods out of addresses", OTHERS),
        (Base::Pods(_), Base::Addresses(_)) => {
            ("pods except some addresses", "it cannot take addresses out of pods", OTHERS)
        }
        (Base::Pods(_), _) => {
            ("these pods", "it cannot tell the namespace that the objects are applied to from others", NAME_IT)
        }
    };
    let message = format!("NetworkPolicy cannot say {what}: {why}");
    report(Code::ExceptNotExpressible, message, place, help, diagnostics);
}

// The API refuses IPv4-mapped IPv6 networks, which are left where IPv6 networks around them are cut.
fn report_mapped(peer: &Peer, place: Option<Span>, diagnostics: &mut Diagnostics) {
    let Base::Addresses(set) = &peer.within else { return };
    if !set.is_cut_at(*MAPPED) {
        return;
    }
    let is_mapped = |net: &IpNet| matches!(net, IpNet::V6(net) if MAPPED.contains(net));
    let blocks = set.blocks();
    if let Some(net) =
        blocks.iter().flat_map(|block| std::iter::once(&block.cidr).chain(&block.except)).find(|n| is_mapped(n))
    {
        let message = format!("NetworkPolicy has no words for `{net}`: these are IPv4 addresses in IPv6 clothes");
        report(
            Code::ExceptNotExpressible,
            message,
            place,
            "write IPv4 addresses as such, and leave these out",
            diagnostics,
        );
    }
}

// An object of a namespace with a name has no words for the one that other objects are applied to.
fn report_nameless(peer: &Peer, home: &Namespace, place: Option<Span>, diagnostics: &mut Diagnostics) {
    let nameless = |base: &Base| matches!(base, Base::Pods(PodSet { namespaces: Namespaces::Current, .. }));
    if matches!(home, Namespace::Named(_)) && std::iter::once(&peer.within).chain(&peer.except).any(nameless) {
        let message = "an object of a named namespace cannot choose pods of the current one, which has no name here";
        report(Code::NamelessPeer, message, place, NAME_IT, diagnostics);
    }
}

fn report_subjects(tier: &NetworkTier, statements: &[crate::ir::Statement], diagnostics: &mut Diagnostics) {
    let isolations = tier.isolations.iter().map(|isolation| (&isolation.subject, &isolation.origin, ISOLATE_BY_LABELS));
    let rules = tier.rules.iter().map(|rule| match rule.direction {
        Direction::Egress => (&rule.subject, &rule.origin, SOURCE_BY_LABELS),
        Direction::Ingress => (&rule.subject, &rule.origin, DESTINATION_BY_LABELS),
    });
    for (subject, origin, help) in isolations.chain(rules) {
        if !subject.outside.is_empty() {
            let message = "NetworkPolicy cannot choose the pods that it holds for by their addresses";
            report(Code::SubjectByAddress, message, place(origin, statements), help, diagnostics);
        }
    }
}

fn annotations(policy: &Policy, diagnostics: &mut Diagnostics) {
    for statement in &policy.statements {
        if statement.audit.is_some() {
            let message = "NetworkPolicy would enforce this statement, which `@audit` says is only to be reported";
            report(Code::AuditNotExpressible, message, statement.audit, OTHERS, diagnostics);
        }
        if statement.log.is_some() {
            let message = "NetworkPolicy logs nothing, so `@log` has no effect here";
            report(Code::LogNotExpressible, message, statement.log, OTHERS, diagnostics);
        }
    }
}

/// Reports at a place, where there is one.
pub(super) fn report(
    code: Code,
    message: impl Into<String>,
    place: Option<Span>,
    help: &str,
    diagnostics: &mut Diagnostics,
) {
    let diagnostic = match place {
        Some(place) => Diagnostic::new(code, message, place, "not in NetworkPolicy"),
        None => Diagnostic::without_place(code, message),
    };
    diagnostics.push(diagnostic.with_help(help));
}
