//! The shared heart of the query engine and both node backends: a policy and a cluster as small numbers.
//!
//! Remote endpoints that no set of the policy tells apart form one *peer class*; pods with the same rules in a direction
//! share one *ruleset*; ports that no rule tells apart form one *port class*. A decision is then endpoint to class and
//! ruleset, port to port class, and one bit of the cell where ruleset and class meet, however many rules there are.
//!
//! Allow, deny and isolation are folded into the cells when those are made. Rules keep their place in the policy, so
//! that an answer can still say why.

mod cell;
mod intern;
mod labels;
mod members;
mod ports;
mod rules;
mod sets;
mod sweep;

#[cfg(test)]
pub(crate) mod tests;

pub use cell::{CellId, Cells};
pub use ports::{PortClasses, PortSet};
pub use rules::Ruleset;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use self::intern::Interner;
use self::labels::{Group, Index};
use self::members::Members;
use self::ports::Naming;
use self::rules::Rules;
use self::sets::Sets;
use self::sweep::{Covers, Pieces};
use crate::cluster::{Cluster, Pod, STAND_INS};
use crate::ir::{NetworkTier, Policy, Rule};
use crate::model::{AddressSet, Direction, Protocol};

/// Endpoints that no set tells apart, seen as the far end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub(crate) u32);

/// What holds at pods in one direction, see [`Ruleset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RulesetId(pub(crate) u32);

/// All that the rules see of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Side {
    /// As the far end.
    pub class: ClassId,
    /// What holds for flows into it.
    pub ingress: RulesetId,
    /// What holds for flows out of it.
    pub egress: RulesetId,
}

/// Where an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spot {
    /// The address.
    pub address: IpAddr,
    /// Whether it is the end's own, or stands for those that it may get.
    pub is_known: bool,
}

/// What the rules would see of a pod whose address is not known, if it were in none of their networks but those that it
/// must be in, and if it were in all that it could be in: where verdicts differ, its address decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The family of its address.
    pub is_v4: bool,
    /// In few networks, and in many.
    pub sides: [Side; 2],
}

/// A policy and a cluster, flattened.
#[derive(Clone, Debug)]
pub struct Tables {
    tier: NetworkTier,
    sets: Sets,
    members: Members,
    rules: Rules,
    ports: PortClasses,
    namings: Interner<Naming>,
    classes: Interner<Class>,
    rulesets: Interner<Ruleset>,
    address_covers: Covers,
    v4: Pieces,
    v6: Pieces,
    // By pod of the cluster: by address, or by those that stand for one.
    pods: Vec<Vec<(Spot, Side)>>,
    // By pod without an address, by its index.
    doubts: HashMap<usize, [Doubt; 2]>,
    // The classes in each set that is a peer.
    classes_of: HashMap<u32, Vec<u32>>,
    // By class of address: what an address is that no pod owns.
    outside: Vec<Side>,
}

// The sets that endpoints are in, of those that are peers, and what they call their ports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Class {
    sets: Vec<u32>,
    naming: u32,
}

impl Tables {
    /// Flattens a policy, with `current` as the namespace of what carries none.
    #[must_use]
    pub fn new(policy: &Policy, cluster: &Cluster, current: &str) -> Self {
        let tier = policy.network().clone();
        let mut sets = Sets::new(current);
        let rules = Rules::new(&tier, &mut sets);
        let members = Members::new(&sets);
        let mut address_covers = Covers::default();
        let (v4, v6) = address_pieces(&sets, &mut address_covers);
        let mut namings = Interner::default();
        namings.add(Naming::new());
        let pod_namings = PodNamings::new(&tier, cluster, &mut namings);
        let ports = PortClasses::new(rules.ports.values().iter(), namings.values());
        let mut tables = Self {
            tier,
            sets,
            members,
            rules,
            ports,
            namings,
            classes: Interner::default(),
            rulesets: Interner::default(),
            address_covers,
            v4,
            v6,
            pods: Vec::new(),
            doubts: HashMap::new(),
            classes_of: HashMap::new(),
            outside: Vec::new(),
        };
        tables.place(cluster, &pod_namings);
        for (class, id) in tables.classes.values().iter().zip(0u32..) {
            class.sets.iter().for_each(|set| tables.classes_of.entry(*set).or_default().push(id));
        }
        tables
    }

    // Gives each pod and each class of address its side.
    fn place(&mut self, cluster: &Cluster, namings: &PodNamings) {
        let peers: HashSet<u32> = self.rules.peer_sets().collect();
        let all = self.sets.pods.clone();
        let index = Index::new(&all);
        let mut groups: HashMap<Group, Vec<u32>> = HashMap::new();
        let mut known: HashMap<(Vec<u32>, u32, [u32; 2]), Side> = HashMap::new();
        let [of_pods, of_hosts] = [cluster.pod_addresses(), cluster.host_addresses()].map(|set| self.reaches(&set));
        for (at, (pod, naming)) in cluster.pods.iter().zip(&namings.of).enumerate() {
            let in_pods = if pod.host_network {
                Vec::new()
            } else {
                let group = index.group(&pod.namespace, &pod.labels);
                groups.entry(group).or_insert_with_key(|group| index.sets(group, cluster)).clone()
            };
            let mut side = |tables: &mut Self, covered: u32| {
                let key = (in_pods.clone(), covered, *naming);
                *known.entry(key).or_insert_with(|| tables.side(&in_pods, covered, *naming, &peers))
            };
            let mut sides = Vec::with_capacity(1);
            for spot in spots(pod, cluster) {
                let covered = self.address_class(spot.address);
                let placed = (spot, side(self, covered));
                let is_same = |(other, of): &(Spot, Side)| {
                    !other.is_known && *of == placed.1 && other.address.is_ipv4() == spot.address.is_ipv4()
                };
                if !sides.iter().any(is_same) {
                    sides.push(placed);
                }
            }
            if sides.iter().any(|(spot, _)| !spot.is_known) {
                let reaches = if pod.host_network { of_hosts } else { of_pods };
                let doubts = reaches.map(|(is_v4, covers)| Doubt { is_v4, sides: covers.map(|of| side(self, of)) });
                self.doubts.insert(at, doubts);
            }
            self.pods.push(sides);
        }
        let classes = u32::try_from(self.address_covers.values().len()).unwrap_or(u32::MAX);
        self.outside = (0..classes).map(|class| self.side(&[], class, [0, 0], &peers)).collect();
    }

    fn side(&mut self, in_pods: &[u32], covered: u32, naming: [u32; 2], peers: &HashSet<u32>) -> Side {
        const NONE: &Vec<u32> = &Vec::new();
        let in_addresses = self.address_covers.get(covered).unwrap_or(NONE);
        let sets = self.members.of(&self.sets, in_pods, in_addresses);
        let [at_ingress, at_egress] = naming;
        let ingress = self.rules.ruleset(Direction::Ingress, &sets, at_ingress);
        let egress = self.rules.ruleset(Direction::Egress, &sets, 0);
        let class = Class { sets: sets.into_iter().filter(|set| peers.contains(set)).collect(), naming: at_egress };
        Side {
            class: ClassId(self.classes.add(class)),
            ingress: RulesetId(self.rulesets.add(ingress)),
            egress: RulesetId(self.rulesets.add(egress)),
        }
    }

    // By family, whether it is IPv4: the covers of the sets that hold all of these addresses, and that hold some.
    fn reaches(&mut self, addresses: &AddressSet) -> [(bool, [u32; 2]); 2] {
        let [v4, v6] = addresses.by_family();
        [(true, v4), (false, v6)].map(|(is_v4, of)| {
            let sets = || self.sets.addresses.values().iter().zip(0u32..);
            let all = sets().filter(|(set, _)| of.is_subset(set)).map(|(_, id)| id).collect();
            let some = sets().filter(|(set, _)| !set.intersection(&of).is_empty()).map(|(_, id)| id).collect();
            (is_v4, [all, some].map(|sets| self.address_covers.add(sets)))
        })
    }

    fn address_class(&self, address: IpAddr) -> u32 {
        match address.to_canonical() {
            IpAddr::V4(address) => self.v4.class(u128::from(address.to_bits())),
            IpAddr::V6(address) => self.v6.class(address.to_bits()),
        }
    }

    /// The sides of a pod of the cluster, by its index there: one for each address, or for those that stand for one.
    ///
    /// Of those that stand for one, only such as the rules tell apart, IPv4 first.
    #[must_use]
    pub fn pod(&self, pod: usize) -> &[(Spot, Side)] {
        self.pods.get(pod).map_or(&[], Vec::as_slice)
    }

    /// How far the verdicts about a pod depend on an address that is not known, by family; none where it is known.
    #[must_use]
    pub fn doubts(&self, pod: usize) -> &[Doubt] {
        self.doubts.get(&pod).map_or(&[], |doubts| doubts)
    }

    /// The side of an address that no pod owns: of a node, or outside.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> Side {
        let none = Side { class: ClassId(u32::MAX), ingress: RulesetId(u32::MAX), egress: RulesetId(u32::MAX) };
        self.outside.get(self.address_class(address) as usize).copied().unwrap_or(none)
    }

    /// All addresses, parted by what the rules see of those that no pod owns.
    #[must_use]
    pub fn outside(&self) -> Vec<(AddressSet, Side)> {
        let last_v4 = u128::from(u32::MAX);
        let v4 = |first: u128, last: u128| {
            let bits = |bits: u128| IpAddr::V4(u32::try_from(bits).unwrap_or(u32::MAX).into());
            (bits(first), bits(last))
        };
        let v6 = |first: u128, last: u128| (IpAddr::V6(first.into()), IpAddr::V6(last.into()));
        let low = self.v4.ranges(last_v4).map(|(first, last, class)| (v4(first, last), class));
        let high = self.v6.ranges(u128::MAX).map(|(first, last, class)| (v6(first, last), class));
        let mut parts: BTreeMap<Side, Vec<_>> = BTreeMap::new();
        for (range, class) in low.chain(high) {
            if let Some(side) = self.outside.get(class as usize) {
                parts.entry(*side).or_default().push(range);
            }
        }
        parts.into_iter().map(|(side, ranges)| (AddressSet::from_ranges(ranges), side)).collect()
    }

    /// The classes of ports.
    #[must_use]
    pub fn ports(&self) -> &PortClasses {
        &self.ports
    }

    /// The rules of a ruleset.
    #[must_use]
    pub fn ruleset(&self, id: RulesetId) -> Option<&Ruleset> {
        self.rulesets.get(id.0)
    }

    /// The rules, by index in the tier, of `near`'s ruleset in a direction that match a flow with `far`, by number.
    #[must_use]
    pub fn matching(&self, near: Side, far: Side, direction: Direction, port: (Protocol, u16)) -> Vec<(u32, &Rule)> {
        let Some(ruleset) = self.rulesets.get(near.towards(direction).0) else { return Vec::new() };
        let Some(class) = self.classes.get(far.class.0) else { return Vec::new() };
        let Some(naming) = self.namings.get(self.naming(ruleset, class, direction)) else { return Vec::new() };
        let number = self.ports.class(port.0, port.1);
        let met = ruleset.rules.iter().filter(|rule| {
            let ports = self.rules.meets(**rule, &class.sets).and_then(|ports| self.rules.ports.get(ports));
            ports.is_some_and(|ports| self.ports.resolve(ports, naming).contains(number))
        });
        met.filter_map(|at| Some((*at, self.tier.rules.get(*at as usize)?))).collect()
    }

    // The destination's: the ruleset's own pods at ingress, the far end at egress.
    fn naming(&self, ruleset: &Ruleset, class: &Class, direction: Direction) -> u32 {
        match direction {
            Direction::Ingress => ruleset.naming,
            Direction::Egress => class.naming,
        }
    }
}

impl Side {
    /// The ruleset of a direction.
    #[must_use]
    pub fn towards(self, direction: Direction) -> RulesetId {
        match direction {
            Direction::Ingress => self.ingress,
            Direction::Egress => self.egress,
        }
    }
}

// A pod of the host network has the addresses of its node, which may be known from the node alone.
fn spots(pod: &Pod, cluster: &Cluster) -> Vec<Spot> {
    let node = || cluster.all_nodes().find(|node| Some(&node.name) == pod.node.as_ref());
    let listed = match pod.host_network && pod.addresses.is_empty() {
        true => node().map_or(&[][..], |node| &node.addresses),
        false => &pod.addresses,
    };
    match listed {
        [] => STAND_INS.into_iter().map(|address| Spot { address, is_known: false }).collect(),
        _ => listed.iter().map(|address| Spot { address: *address, is_known: true }).collect(),
    }
}

fn address_pieces(sets: &Sets, covers: &mut Covers) -> (Pieces, Pieces) {
    let all = || sets.addresses.values().iter().zip(0u32..).flat_map(|(set, id)| set.ranges().map(move |r| (r, id)));
    let low = all().filter_map(|(range, id)| match range {
        (IpAddr::V4(first), IpAddr::V4(last)) => Some((first.to_bits().into(), last.to_bits().into(), id)),
        _ => None,
    });
    let v4 = Pieces::cut(low, covers);
    let high = all().filter_map(|(range, id)| match range {
        (IpAddr::V6(first), IpAddr::V6(last)) => Some((first.to_bits(), last.to_bits(), id)),
        _ => None,
    });
    (v4, Pieces::cut(high, covers))
}

// What each pod calls the ports that rules name, by number: for rules of ingress, and of egress.
struct PodNamings {
    of: Vec<[u32; 2]>,
}

impl PodNamings {
    fn new(tier: &NetworkTier, cluster: &Cluster, namings: &mut Interner<Naming>) -> Self {
        let [ingress, egress] = Direction::BOTH.map(|direction| names(tier, direction));
        let of = |pod: &Pod, namings: &mut Interner<Naming>| {
            [&ingress, &egress].map(|names| namings.add(ports::naming(pod, names)))
        };
        Self { of: cluster.pods.iter().map(|pod| of(pod, namings)).collect() }
    }
}

fn names(tier: &NetworkTier, direction: Direction) -> BTreeMap<&str, BTreeSet<Protocol>> {
    let mut names: BTreeMap<&str, BTreeSet<Protocol>> = BTreeMap::new();
    for (protocol, name) in tier.rules.iter().filter(|r| r.direction == direction).flat_map(|rule| rule.ports.names()) {
        names.entry(name).or_default().insert(*protocol);
    }
    names
}
