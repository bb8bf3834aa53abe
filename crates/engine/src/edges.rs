//! The edges of the importance graph and their weights.

use std::sync::Arc;

use lodemap_base::{FileId, NodeId, PagedVec};
use lodemap_facts::NONE;
use lodemap_grammar::RefKind;
use lodemap_graph::{ChainAnswer, FileEntry, Resolved, Target, World};
use lodemap_rank::Edge;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::nodes::{NodeKind, Nodes};
use crate::rows::Rows;

/// What one reference is worth, before it is known how often it is made.
fn kind_weight(kind: RefKind) -> u32 {
    match kind {
        RefKind::Call | RefKind::Inherit | RefKind::Macro => 12,
        RefKind::Type | RefKind::Decorator => 8,
        RefKind::Import => 6,
        RefKind::Read | RefKind::Write => 5,
    }
}

/// Saying something ten times is not ten times as much: 1, 2, 3, 4 for 1, 2, 4, 8 times and more.
fn repeats(count: u32) -> u32 {
    (32 - count.leading_zeros()).min(4)
}

/// A guess by name is worth this much less than a resolved reference.
const NAME_DISCOUNT: u32 = 4;
/// The weight that leaves the repository with each reference that leads outside, per reference kind.
const EXTERNAL_DISCOUNT: u32 = 2;
const NAME_WEIGHT: u32 = 6;

/// A name with more definitions than this leads nowhere: of so many, each would get next to nothing.
const MAX_NAMED: usize = 64;

/// The row of one node.
pub(crate) struct Row {
    pub(crate) node: u32,
    pub(crate) edges: Vec<Edge>,
    /// The weight of the edges and of what leads nowhere.
    pub(crate) weight: u64,
}

/// The rows of all nodes.
pub(crate) fn build(world: &World, resolved: &PagedVec<Arc<Resolved>>, nodes: &Nodes) -> Rows {
    let files: Vec<FileId> = world.files().map(|f| f.id).collect();
    // The rows of a file's nodes depend on that file alone.
    let rows: Vec<Vec<Row>> =
        files.par_iter().map(|f| file_rows(world, &resolved[f.index()], nodes, *f)).collect();
    let mut by_node: Vec<Option<Row>> = Vec::new();
    by_node.resize_with(nodes.len(), || None);
    for row in rows.into_iter().flatten() {
        let node = row.node as usize;
        by_node[node] = Some(row);
    }
    for (id, kind) in nodes.iter() {
        if let NodeKind::Name(key) = kind {
            by_node[id.index()] = Some(name_row(world, nodes, key, id));
        }
    }
    let none: &[Edge] = &[];
    Rows::pack(by_node.iter().map(|row| row.as_ref().map_or((none, 0), |r| (&*r.edges, r.weight))))
}

/// A name leads to everything so called. Of `n` definitions each gets half of `1 / n²`: the more there are, the
/// less it says that one of them is meant.
pub(crate) fn name_row(world: &World, nodes: &Nodes, key: u64, node: NodeId) -> Row {
    let named = world.named(key);
    let targets = if named.len() > MAX_NAMED { &[] } else { named };
    let to_edge = |n: NodeId| Edge { to: n.0, weight: NAME_WEIGHT };
    let mut edges: Vec<Edge> = targets.iter().filter_map(|id| nodes.symbol(*id)).map(to_edge).collect();
    edges.sort_unstable_by_key(|e| e.to);
    let sum = edges.len() as u64 * u64::from(NAME_WEIGHT);
    Row { node: node.0, edges, weight: sum * 2 * named.len().max(1) as u64 }
}

/// The rows of the nodes of one file: the file itself and its full symbols.
pub(crate) fn file_rows(world: &World, resolved: &Resolved, nodes: &Nodes, file: FileId) -> Vec<Row> {
    let entry = world.file(file);
    // (owner's node, chain, kind): a file refers to the same thing again and again.
    let mut uses: Vec<(u32, u32, RefKind)> = Vec::with_capacity(entry.facts.refs.len());
    let mut last = (NONE, nodes.file(entry.id));
    for r in &entry.facts.refs {
        if r.owner != last.0 {
            last = (r.owner, owner_node(entry, nodes, r.owner));
        }
        uses.push((last.1.0, r.chain, r.kind));
    }
    uses.sort_unstable();
    // (owner's node, target's node, kind) → how often.
    let mut counts: FxHashMap<(u32, u32, RefKind), u32> = FxHashMap::default();
    let mut leaks: FxHashMap<u32, u64> = FxHashMap::default();
    for run in uses.chunk_by(|a, b| a == b) {
        let ((from, chain, kind), times) = (run[0], run.len() as u32);
        match resolved.answer(chain) {
            ChainAnswer::Nothing => {}
            ChainAnswer::External => {
                let leak = u64::from(kind_weight(kind) / EXTERNAL_DISCOUNT);
                *leaks.entry(from).or_default() += leak * u64::from(times);
            }
            ChainAnswer::Name(key) => {
                if let Some(to) = nodes.name(key) {
                    *counts.entry((from, to.0, kind)).or_default() += times;
                }
            }
            ChainAnswer::Targets { start, len, .. } => {
                for target in resolved.targets(start, len) {
                    let to = target_node(world, nodes, target);
                    if to.0 != from && world.fits(entry, kind, target) {
                        *counts.entry((from, to.0, kind)).or_default() += times;
                    }
                }
            }
        }
    }
    let mut all: Vec<(u32, Edge)> = Vec::with_capacity(counts.len());
    #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
    for ((from, to, kind), count) in counts {
        let is_name = matches!(nodes.kind(NodeId(to)), NodeKind::Name(_));
        let weight = kind_weight(kind) * repeats(count);
        let weight = if is_name { (weight / NAME_DISCOUNT).max(1) } else { weight };
        all.push((from, Edge { to, weight }));
    }
    all.sort_unstable_by_key(|(from, e)| (*from, e.to, e.weight));
    let mut rows = Vec::new();
    for run in all.chunk_by(|a, b| a.0 == b.0) {
        let mut edges: Vec<Edge> = Vec::with_capacity(run.len());
        for (_, e) in run {
            match edges.last_mut() {
                Some(last) if last.to == e.to => last.weight += e.weight,
                _ => edges.push(*e),
            }
        }
        let node = run[0].0;
        let leak = leaks.get(&node).copied().unwrap_or(0);
        let weight = edges.iter().map(|e| u64::from(e.weight)).sum::<u64>() + leak;
        rows.push(Row { node, edges, weight });
    }
    rows
}

/// The node that makes a reference.
pub(crate) fn owner_node(entry: &FileEntry, nodes: &Nodes, owner: u32) -> NodeId {
    let owner = entry.facts.full_symbol(owner);
    let symbol = (owner != NONE).then(|| nodes.symbol(entry.symbols[owner as usize])).flatten();
    symbol.unwrap_or_else(|| nodes.file(entry.id))
}

/// The node that a target stands for: a light symbol's is that of the type or file that holds it.
pub(crate) fn target_node(world: &World, nodes: &Nodes, target: Target) -> NodeId {
    match target {
        Target::File(f) => nodes.file(f),
        Target::Symbol(id) => {
            let slot = world.slot(id);
            owner_node(world.file(slot.file), nodes, slot.symbol)
        }
    }
}
