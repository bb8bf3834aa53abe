//! Bringing the layers up to date after an edit, by the wave that the edit sends through them.

use super::{Layers, Params};
use crate::column::Column;
use crate::fixed::quantise;
use crate::graph::{Edge, Graph};
use rustc_hash::FxHashSet;

/// The row that a node had before an edit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OldRow<'a> {
    /// Its edges.
    pub edges: &'a [Edge],
    /// Its weight, as [`Graph::out_weight`] gave it: that of the edges, and of what led nowhere.
    pub weight: u64,
}

/// What an update did. The counts are for the work log; none of them is part of the observable state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Work {
    /// Edges visited, over all layers.
    pub edges_touched: usize,
    /// Layers that had anything to do.
    pub layers_run: usize,
    /// The slots whose score is another now, each once, in no meaningful order.
    pub nodes_changed: Vec<u32>,
}

impl Layers {
    /// Turns the layers of the old graph into those of the new one; the result equals [`Layers::compute`] on it.
    ///
    /// `graph` and `teleport` are the new ones. `changes` names each node whose row or teleport mass changed,
    /// with the row that it *had*: empty for a node that is new. It may name nodes that did not change, and where it
    /// names a node twice, the first row counts: that is the older one if edits are queued.
    /// A node that went away has an empty row and no teleport mass in the new graph, and its slot may be reused.
    /// Slots never go away.
    ///
    /// Per layer, the old shares of a changed row are taken back and the new ones added; for all other nodes,
    /// only a mass that changed in its top bits is passed on. So the cost follows the edit, and the out-degrees of
    /// what it reaches: in-edges are never looked at.
    ///
    /// # Panics
    /// If an edge leads beyond the last slot, or if it shows that an old row is not the one that the layers were
    /// computed with. The layers are then worth nothing.
    pub fn update<'a>(
        &mut self,
        graph: &impl Graph,
        teleport: impl Fn(u32) -> u32,
        changes: impl IntoIterator<Item = (u32, OldRow<'a>)>,
    ) -> Work {
        for column in &mut self.columns {
            column.grow(graph.nodes());
        }
        let changes: Vec<_> = changes.into_iter().collect();
        if is_wide(changes.len(), graph.nodes()) {
            return self.recompute(graph, teleport);
        }
        let Self { params, columns, deltas } = self;
        deltas.grow(graph.nodes());

        let mut named = FxHashSet::default();
        let mut rows = Vec::new();
        for (node, old) in changes {
            if !named.insert(node) {
                continue;
            }
            deltas.add(node, i64::from(teleport(node)) - columns[0].get(node) as i64);
            if !is_row(graph, node, old) {
                rows.push(ChangedRow::new(graph, node, old));
            }
        }
        let changed_rows: FxHashSet<u32> = rows.iter().map(|row| row.node).collect();
        let own = deltas.drain(&mut rows);
        columns[0].apply(&own);

        let mut work = Work::default();
        // What differs in the layer below.
        let mut changed = own.clone();
        for layer in 0..params.layers {
            if rows.is_empty() && own.is_empty() && changed.is_empty() {
                return work;
            }
            work.layers_run += 1;
            let masses = &columns[layer];
            own.iter().for_each(|&(node, delta)| deltas.add(node, delta));
            for row in &rows {
                work.edges_touched += row.share_anew(graph, params, masses, deltas);
            }
            for &(node, delta) in changed.iter().filter(|(node, _)| !changed_rows.contains(node)) {
                work.edges_touched += pass_on(graph, params, node, masses.get(node), delta, deltas);
            }
            changed = deltas.drain(&mut rows);
            columns[layer + 1].apply(&changed);
        }
        work.nodes_changed = changed.into_iter().map(|(node, _)| node).collect();
        work
    }

    /// The same by way of scratch.
    fn recompute(&mut self, graph: &impl Graph, teleport: impl Fn(u32) -> u32) -> Work {
        let scratch = Self::compute(graph, teleport, self.params);
        let before = std::mem::replace(self, scratch);
        let slots = 0..self.nodes() as u32;
        let edges: usize = slots.clone().map(|node| graph.degree(node)).sum();
        Work {
            edges_touched: edges * self.params.layers,
            layers_run: self.params.layers,
            nodes_changed: slots.filter(|&node| self.score(node) != before.score(node)).collect(),
        }
    }
}

/// Whether scratch is cheaper than a wave from so many nodes.
///
/// Measured on a graph of a million nodes: they meet where about one row in a hundred changed, as after a branch switch;
/// at one in twenty scratch takes a quarter to two thirds of the time. Below a thousand changes it does not matter.
fn is_wide(changes: usize, nodes: usize) -> bool {
    changes >= 1_000 && changes >= nodes / 64
}

/// A row that the edit changed.
struct ChangedRow<'a> {
    node: u32,
    /// By how much the node's own mass differs in the layer at hand.
    delta: i64,
    old: OldRow<'a>,
    new_weight: u64,
}

impl<'a> ChangedRow<'a> {
    fn new(graph: &impl Graph, node: u32, old: OldRow<'a>) -> Self {
        Self { node, delta: 0, old, new_weight: graph.out_weight(node) }
    }

    /// Takes the old shares back and adds the new ones. Returns the number of edges visited.
    fn share_anew(&self, graph: &impl Graph, params: &Params, masses: &Column, deltas: &mut Deltas) -> usize {
        let mass = masses.get(self.node);
        let mut was = params.split(before(mass, self.delta), self.old.weight);
        self.old.edges.iter().for_each(|edge| deltas.add(edge.to, -(was.share(edge.weight) as i64)));
        let mut is = params.split(mass, self.new_weight);
        graph.out(self.node, |edge| deltas.add(edge.to, is.share(edge.weight) as i64));
        self.old.edges.len() + graph.degree(self.node)
    }
}

/// Whether `row` is the row of `node`, in the same order. A row that is only in another order counts as changed,
/// which costs a few visits and changes nothing.
fn is_row(graph: &impl Graph, node: u32, row: OldRow<'_>) -> bool {
    let mut rest = row.edges.iter();
    let mut equal = graph.out_weight(node) == row.weight;
    graph.out(node, |edge| equal &= rest.next() == Some(&edge));
    equal && rest.next().is_none()
}

/// Passes a change of `delta` to `mass` on to the node's neighbours. Returns the number of edges visited:
/// none if the neighbours cannot see the change.
fn pass_on(
    graph: &impl Graph,
    params: &Params,
    node: u32,
    mass: u64,
    delta: i64,
    next: &mut Deltas,
) -> usize {
    let old_mass = before(mass, delta);
    if quantise(old_mass, params.precision_bits) == quantise(mass, params.precision_bits) {
        return 0;
    }
    let row_weight = graph.out_weight(node);
    let mut was = params.split(old_mass, row_weight);
    let mut is = params.split(mass, row_weight);
    graph.out(node, |edge| {
        next.add(edge.to, is.share(edge.weight) as i64 - was.share(edge.weight) as i64);
    });
    graph.degree(node)
}

/// The mass that became `mass` by `delta`.
fn before(mass: u64, delta: i64) -> u64 {
    (mass as i64 - delta) as u64
}

/// Changes of mass by node, summed as they come.
///
/// Kept between updates because of `index`: a hash map in its place took up to twice as long for small edits and more
/// for large ones, and clearing the array costs only what was touched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Deltas {
    /// By slot, the place in `list` plus one, or 0. All zero between updates.
    index: Vec<u32>,
    list: Vec<(u32, i64)>,
}

impl Deltas {
    pub(super) fn heap_bytes(&self) -> usize {
        self.index.capacity() * 4 + self.list.capacity() * size_of::<(u32, i64)>()
    }

    pub(super) fn grow(&mut self, nodes: usize) {
        self.index.resize(nodes.max(self.index.len()), 0);
    }

    #[inline]
    fn add(&mut self, node: u32, delta: i64) {
        if delta == 0 {
            return;
        }
        let place = &mut self.index[node as usize];
        if *place == 0 {
            self.list.push((node, delta));
            *place = self.list.len() as u32;
        } else {
            self.list[*place as usize - 1].1 += delta;
        }
    }

    /// Takes out the changes that did not cancel out, and tells each row that of its node.
    fn drain(&mut self, rows: &mut [ChangedRow]) -> Vec<(u32, i64)> {
        for row in rows {
            let place = self.index[row.node as usize] as usize;
            row.delta = place.checked_sub(1).map_or(0, |at| self.list[at].1);
        }
        self.list.iter().for_each(|&(node, _)| self.index[node as usize] = 0);
        self.list.drain(..).filter(|&(_, delta)| delta != 0).collect()
    }
}

impl Column {
    fn apply(&mut self, changes: &[(u32, i64)]) {
        for &(node, delta) in changes {
            let mass = self.get(node).checked_add_signed(delta);
            self.set(node, mass.expect("old rows are those that the layers were computed with"));
        }
    }
}
