//! Every pair of ends, and the ports that both let through.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use smallvec::SmallVec;

use super::{Connection, Filter, Place, Reach, Seen, Workload};
use crate::analysis::flow::Family;
use crate::analysis::notes::Notes;
use crate::model::{AddressSet, Direction, Ports};
use crate::tables::{CellId, Cells, PortSet, RulesetId, Side, Tables};

type Row = Rc<Vec<CellId>>;
// The ports that are open, if any is.
type Open = Option<Rc<Ports>>;

struct Finder<'f, 't> {
    tables: &'t Tables,
    cells: &'f mut Cells<'t>,
    filter: &'f Filter,
    rows: HashMap<(RulesetId, Direction), Row>,
    // What passes both of two cells.
    both: HashMap<(CellId, CellId), Open>,
    // The addresses outside by family, and how the rules see them.
    parts: Rc<Vec<(Family, AddressSet, Side)>>,
    // Unions of parts, by index, that connections end at.
    unions: HashMap<Vec<usize>, usize>,
    // What pods without an address are taken to have.
    families: &'f [Family],
    notes: Notes,
    found: Reach,
}

// A workload's ends, and those that it may have too where its address is not known.
struct Ends {
    judged: Vec<Ready>,
    doubts: Vec<Ready>,
}

// A side with its rows, made ready before the pairs are.
struct Ready {
    family: Family,
    is_known: bool,
    side: Side,
    ingress: Row,
    egress: Row,
}

/// Finds the connections between workloads, and between them and what is outside.
pub(super) fn find<'t>(
    workloads: Vec<Workload>,
    families: &[Family],
    tables: &'t Tables,
    cells: &mut Cells<'t>,
    filter: &Filter,
) -> Reach {
    let (rows, both, unions) = (HashMap::new(), HashMap::new(), HashMap::new());
    let parts =
        tables.outside().into_iter().flat_map(|(set, side)| by_family(&set).map(move |(f, set)| (f, set, side)));
    let parts = Rc::new(parts.filter(|(_, set, _)| !set.is_empty()).collect());
    let is_dual_stack = families.len() > 1;
    let asked = workloads.iter().enumerate().filter(|(_, workload)| filter.asks_for(workload)).map(|(at, _)| at);
    let asked = asked.collect();
    let found = Reach { workloads, asked, is_dual_stack, ..Reach::default() };
    let mut finder =
        Finder { tables, cells, filter, rows, both, parts, unions, families, notes: Notes::default(), found };
    finder.all();
    finder.found.connections.sort_by_key(|connection| (connection.from, connection.to));
    finder.found.notes = finder.notes.told("pairs");
    finder.found
}

fn by_family(set: &AddressSet) -> [(Family, AddressSet); 2] {
    let [v4, v6] = set.by_family();
    [(Family::V4, v4), (Family::V6, v6)]
}

impl Ends {
    // All that ends may be that stand for one address.
    fn possible<'e>(&'e self, judged: &'e [Ready]) -> SmallVec<[&'e Ready; 4]> {
        let is_one = |end: &&Ready| judged.first().is_some_and(|one| !one.is_known && one.family == end.family);
        judged.iter().chain(self.doubts.iter().filter(is_one)).collect()
    }
}

// The cells that a flow between two ends has to pass.
fn way(from: &Ready, to: &Ready) -> (Option<CellId>, Option<CellId>) {
    let leaves = from.egress.get(to.side.class.0 as usize).copied();
    (leaves, to.ingress.get(from.side.class.0 as usize).copied())
}

// The ends of a workload, those together that stand for one address.
fn parts(ends: &[Ready]) -> impl Iterator<Item = &[Ready]> {
    ends.chunk_by(|a, b| !a.is_known && !b.is_known && a.family == b.family)
}

impl Finder<'_, '_> {
    fn all(&mut self) {
        let sides = |workload: &Workload| (workload.sides.clone(), workload.doubts.clone());
        let sides: Vec<_> = self.found.workloads.iter().map(sides).collect();
        let mut ready = |sides: Vec<Seen>| sides.into_iter().map(|seen| self.ready(seen)).collect();
        let ready: Vec<Ends> =
            sides.into_iter().map(|(judged, doubts)| Ends { judged: ready(judged), doubts: ready(doubts) }).collect();
        let (from, to) = (self.filter.from.as_ref(), self.filter.to.as_ref());
        let chosen =
            |end: Option<&super::filter::End>, workload: &Workload| end.is_none_or(|end| end.is_workload(workload));
        let sources: Vec<bool> = self.found.workloads.iter().map(|workload| chosen(from, workload)).collect();
        let destinations: Vec<bool> = self.found.workloads.iter().map(|workload| chosen(to, workload)).collect();
        let here: Vec<bool> = self.found.workloads.iter().map(|workload| self.is_here(workload)).collect();
        let flags = sources.iter().zip(&destinations).zip(&here);
        for (at, (ends, ((source, destination), is_here))) in ready.iter().zip(flags).enumerate() {
            if *source {
                for (other, (far, (wanted, far_here))) in ready.iter().zip(destinations.iter().zip(&here)).enumerate() {
                    if *wanted && (*is_here || *far_here) && (at != other || self.is_several(at)) {
                        self.pair(at, ends, other, far);
                    }
                }
            }
            if *is_here {
                self.outside(at, ends, *source, *destination);
            }
        }
    }

    fn is_here(&self, workload: &Workload) -> bool {
        self.filter.namespace.as_ref().is_none_or(|namespace| workload.namespace == *namespace)
    }

    // Whether a workload's pods can reach each other: a template stands for any number.
    fn is_several(&self, at: usize) -> bool {
        self.found
            .workloads
            .get(at)
            .is_some_and(|workload| workload.pods.len() > 1 || workload.sides.iter().any(|seen| !seen.is_known))
    }

    fn ready(&mut self, Seen { family, is_known, side }: Seen) -> Ready {
        let ingress = self.row(side.ingress, Direction::Ingress);
        Ready { family, is_known, side, ingress, egress: self.row(side.egress, Direction::Egress) }
    }

    fn row(&mut self, ruleset: RulesetId, direction: Direction) -> Row {
        let cells = &mut self.cells;
        self.rows.entry((ruleset, direction)).or_insert_with(|| Rc::new(cells.row(ruleset, direction))).clone()
    }

    fn pair(&mut self, at: usize, near: &Ends, other: usize, far: &Ends) {
        let mut open: SmallVec<[(Family, Open); 2]> = SmallVec::new();
        let mut is_in_doubt = false;
        for (from, to) in parts(&near.judged).flat_map(|from| parts(&far.judged).map(move |to| (from, to))) {
            let Some((one, another)) = from.first().zip(to.first()) else { continue };
            let is_likely = one.is_known || another.is_known || self.families.contains(&one.family);
            if one.family == another.family && is_likely {
                let ports = self.open(from.iter().flat_map(|from| to.iter().map(move |to| way(from, to))));
                let (from, to) = (near.possible(from), far.possible(to));
                let mut ways = from.iter().flat_map(|from| to.iter().map(move |to| way(from, to)));
                // One end at one address each is what is judged already.
                is_in_doubt |=
                    (from.len() > 1 || to.len() > 1) && ways.any(|(leaves, enters)| self.both(leaves, enters) != ports);
                open.push((one.family, ports));
            }
        }
        if is_in_doubt {
            let [from, to] = [at, other].map(|at| self.found.name(Place::Workload(at)));
            self.notes.add_way(&from, &to);
        }
        let agree = open.iter().all(|(_, ports)| open.first().is_some_and(|(_, first)| first == ports));
        if agree {
            open.truncate(1);
        }
        for (family, ports) in open {
            if let Some(ports) = ports {
                self.add(Place::Workload(at), Place::Workload(other), (!agree).then_some(family), ports);
            }
        }
    }

    // What passes both cells of every pair: there are several where an address is not known.
    fn open(&mut self, cells: impl Iterator<Item = (Option<CellId>, Option<CellId>)>) -> Open {
        let all: SmallVec<[_; 1]> = cells.collect();
        if let [(leaves, enters)] = all.as_slice() {
            return self.both(*leaves, *enters);
        }
        let mut common = None;
        for cell in all.into_iter().flat_map(|(leaves, enters)| [leaves, enters]) {
            let set = self.cells.set(cell?)?;
            common = Some(common.map_or_else(|| set.clone(), |common: PortSet| common.intersection(set)));
        }
        let id = self.cells.id(common?);
        self.both(Some(id), Some(id))
    }

    fn both(&mut self, leaves: Option<CellId>, enters: Option<CellId>) -> Open {
        let key = (leaves?, enters?);
        if let Some(known) = self.both.get(&key) {
            return known.clone();
        }
        let set = self.cells.set(key.0)?.intersection(self.cells.set(key.1)?);
        let ports = self.tables.ports().ports(&set);
        let ports = self.filter.port.map_or_else(|| ports.clone(), |filter| filter.of(&ports));
        let open = (!ports.is_none()).then(|| Rc::new(ports));
        self.both.insert(key, open.clone());
        open
    }

    // Nothing closes what is outside, so the workload's own side decides.
    fn outside(&mut self, at: usize, ends: &Ends, source: bool, destination: bool) {
        let mut ways: BTreeMap<(bool, Rc<Ports>), Vec<usize>> = BTreeMap::new();
        let mut in_doubt = BTreeSet::new();
        for (part, (family, set, side)) in Rc::clone(&self.parts).iter().enumerate() {
            let leaves = source && self.filter.to.as_ref().is_none_or(|end| end.is_outside(set));
            let enters = destination && self.filter.from.as_ref().is_none_or(|end| end.is_outside(set));
            for judged in parts(&ends.judged).filter(|ends| ends.first().is_some_and(|end| end.family == *family)) {
                for out in
                    [(leaves, true), (enters, false)].into_iter().filter_map(|(wanted, out)| wanted.then_some(out))
                {
                    let cell = |end: &Ready| {
                        let row = if out { &end.egress } else { &end.ingress };
                        row.get(side.class.0 as usize).copied()
                    };
                    let open = self.open(judged.iter().map(|end| (cell(end), cell(end))));
                    let possible = ends.possible(judged);
                    if possible.len() > 1 && possible.iter().any(|end| self.both(cell(end), cell(end)) != open) {
                        in_doubt.insert(out);
                    }
                    if let Some(ports) = open {
                        ways.entry((out, ports)).or_default().push(part);
                    }
                }
            }
        }
        let here = self.found.name(Place::Workload(at));
        for leaves in in_doubt {
            let (from, to) = if leaves { (here.as_str(), "outside") } else { ("outside", here.as_str()) };
            self.notes.add_way(from, to);
        }
        for ((leaves, ports), parts) in ways {
            let outside = Place::Outside(self.union(parts));
            let (from, to) = if leaves { (Place::Workload(at), outside) } else { (outside, Place::Workload(at)) };
            self.add(from, to, None, ports);
        }
    }

    fn union(&mut self, parts: Vec<usize>) -> usize {
        if let Some(known) = self.unions.get(&parts) {
            return *known;
        }
        let ranges = parts.iter().filter_map(|part| self.parts.get(*part)).flat_map(|(_, set, _)| set.ranges());
        self.found.outside.push(AddressSet::from_ranges(ranges));
        let at = self.found.outside.len() - 1;
        self.unions.insert(parts, at);
        at
    }

    fn add(&mut self, from: Place, to: Place, family: Option<Family>, ports: Rc<Ports>) {
        self.found.connections.push(Connection { from, to, family, ports });
    }
}
