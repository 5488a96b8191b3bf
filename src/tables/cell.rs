//! The cells where rulesets and peer classes meet, each made when it is first asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::intern::Interner;
use super::ports::PortSet;
use super::rules::Entry;
use super::{ClassId, RulesetId, Side, Tables};
use crate::model::{Direction, Protocol};

/// The ports of a cell, each set of them once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellId(u32);

/// Decides flows, and remembers what it needed for that.
#[derive(Clone, Debug)]
pub struct Cells<'t> {
    tables: &'t Tables,
    // Which ports pass, by ruleset, class and direction.
    cells: HashMap<(RulesetId, ClassId, Direction), u32>,
    sets: Interner<PortSet>,
    by_peer: HashMap<RulesetId, BTreeMap<u32, Entry>>,
    // Ports of rules at destinations that name theirs so.
    resolved: HashMap<(u32, u32), PortSet>,
}

impl<'t> Cells<'t> {
    /// Starts without any cell.
    #[must_use]
    pub fn new(tables: &'t Tables) -> Self {
        let (cells, sets) = (HashMap::new(), Interner::default());
        Self { tables, cells, sets, by_peer: HashMap::new(), resolved: HashMap::new() }
    }

    /// Whether the rules let a flow pass at both ends.
    pub fn allows(&mut self, from: Side, to: Side, protocol: Protocol, port: u16) -> bool {
        let class = self.tables.ports.class(protocol, port);
        self.at(from.egress, to.class, Direction::Egress).is_some_and(|set| set.contains(class))
            && self.at(to.ingress, from.class, Direction::Ingress).is_some_and(|set| set.contains(class))
    }

    /// The ports on which flows pass at `near` in a direction, with `far` at the other end.
    pub fn passing(&mut self, near: Side, far: Side, direction: Direction) -> PortSet {
        match self.at(near.towards(direction), far.class, direction) {
            Some(set) => set.clone(),
            None => self.tables.ports.none(),
        }
    }

    /// A ruleset's cells for every class, by class; read them with [`Cells::set`].
    ///
    /// Costs as much as the ruleset's peers have classes, not as many as there are.
    pub fn row(&mut self, ruleset: RulesetId, direction: Direction) -> Vec<CellId> {
        let tables = self.tables;
        let Some(rules) = tables.rulesets.get(ruleset.0) else { return Vec::new() };
        let usual = if rules.isolations.is_empty() { tables.ports.all() } else { tables.ports.none() };
        let usual = CellId(self.sets.add(usual));
        let mut row = vec![usual; tables.classes.values().len()];
        let met: BTreeSet<u32> = {
            let by_peer = self.by_peer.entry(ruleset).or_insert_with(|| tables.rules.by_peer(&tables.tier, rules));
            by_peer.keys().filter_map(|set| tables.classes_of.get(set)).flatten().copied().collect()
        };
        for class in met {
            if let (Some(cell), Some(slot)) =
                (self.cell(ruleset, ClassId(class), direction), row.get_mut(class as usize))
            {
                *slot = cell;
            }
        }
        row
    }

    /// The ports of a cell.
    #[must_use]
    pub fn set(&self, cell: CellId) -> Option<&PortSet> {
        self.sets.get(cell.0)
    }

    /// The cell of these ports.
    pub fn id(&mut self, set: PortSet) -> CellId {
        CellId(self.sets.add(set))
    }

    fn at(&mut self, ruleset: RulesetId, class: ClassId, direction: Direction) -> Option<&PortSet> {
        let cell = self.cell(ruleset, class, direction)?;
        self.sets.get(cell.0)
    }

    fn cell(&mut self, ruleset: RulesetId, class: ClassId, direction: Direction) -> Option<CellId> {
        let key = (ruleset, class, direction);
        let cell = match self.cells.get(&key) {
            Some(cell) => *cell,
            None => {
                let set = self.make(ruleset, class, direction)?;
                let cell = self.sets.add(set);
                self.cells.insert(key, cell);
                cell
            }
        };
        Some(CellId(cell))
    }

    fn make(&mut self, id: RulesetId, class: ClassId, direction: Direction) -> Option<PortSet> {
        let tables = self.tables;
        let (ruleset, class) = (tables.rulesets.get(id.0)?, tables.classes.get(class.0)?);
        let naming = tables.naming(ruleset, class, direction);
        let by_peer = self.by_peer.entry(id).or_insert_with(|| tables.rules.by_peer(&tables.tier, ruleset));
        let met: Vec<&Entry> = if by_peer.len() < class.sets.len() {
            by_peer.iter().filter(|(set, _)| class.sets.binary_search(set).is_ok()).map(|(_, entry)| entry).collect()
        } else {
            class.sets.iter().filter_map(|set| by_peer.get(set)).collect()
        };
        let resolved = &mut self.resolved;
        let mut ports = |list: &dyn Fn(&Entry) -> &Vec<u32>| {
            let mut all = tables.ports.none();
            for ports in met.iter().flat_map(|entry| list(entry)) {
                all.unite(resolved.entry((*ports, naming)).or_insert_with(|| tables.resolve(*ports, naming)));
            }
            all
        };
        let denied = ports(&|entry| &entry.deny);
        let mut passing = if ruleset.isolations.is_empty() { tables.ports.all() } else { ports(&|entry| &entry.allow) };
        passing.remove(&denied);
        Some(passing)
    }
}

impl Tables {
    fn resolve(&self, ports: u32, naming: u32) -> PortSet {
        match (self.rules.ports.get(ports), self.namings.get(naming)) {
            (Some(ports), Some(naming)) => self.ports.resolve(ports, naming),
            _ => self.ports.none(),
        }
    }
}
