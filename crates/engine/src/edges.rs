//! The edges of the importance graph and their weights.

use lodemap_base::{FileId, NodeId};
use lodemap_facts::NONE;
use lodemap_grammar::RefKind;
use lodemap_graph::{ChainAnswer, FileEntry, Resolved, Target, World};
use lodemap_rank::{Edge, Graph};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::nodes::Nodes;

/// Rows of edges, packed.
#[derive(Clone, Debug, Default)]
pub struct Csr {
    starts: Vec<u32>,
    edges: Vec<Edge>,
    weights: Vec<u64>,
}

impl Csr {
    /// The row of a node.
    pub fn row(&self, node: u32) -> &[Edge] {
        &self.edges[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// How many edges there are.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// The same edges from their ends.
    pub fn transposed(&self) -> Csr {
        let nodes = self.nodes();
        let mut starts = vec![0u32; nodes + 1];
        self.edges.iter().for_each(|e| starts[e.to as usize + 1] += 1);
        for i in 0..nodes {
            starts[i + 1] += starts[i];
        }
        let mut at = starts.clone();
        let mut edges = vec![Edge { to: 0, weight: 0 }; self.edges.len()];
        let mut weights = vec![0u64; nodes];
        for from in 0..nodes as u32 {
            for e in self.row(from) {
                let slot = &mut at[e.to as usize];
                edges[*slot as usize] = Edge { to: from, weight: e.weight };
                weights[e.to as usize] += u64::from(e.weight);
                *slot += 1;
            }
        }
        Csr { starts, edges, weights }
    }
}

impl Graph for Csr {
    fn nodes(&self) -> usize {
        self.weights.len()
    }

    fn degree(&self, node: u32) -> usize {
        self.row(node).len()
    }

    fn out(&self, node: u32, visit: impl FnMut(Edge)) {
        self.row(node).iter().copied().for_each(visit);
    }

    fn out_weight(&self, node: u32) -> u64 {
        self.weights[node as usize]
    }
}

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

/// The rows of all nodes.
pub(crate) fn build(world: &World, resolved: &[Resolved], nodes: &Nodes) -> Csr {
    let files: Vec<FileId> = world.files().map(|f| f.id).collect();
    // The rows of a file's nodes depend on that file alone.
    let rows: Vec<Vec<(u32, Vec<Edge>, u64)>> =
        files.par_iter().map(|f| file_rows(world, &resolved[f.index()], nodes, *f)).collect();
    let mut by_node: Vec<Option<(Vec<Edge>, u64)>> = vec![None; nodes.len()];
    for (node, edges, weight) in rows.into_iter().flatten() {
        by_node[node as usize] = Some((edges, weight));
    }
    let mut csr = Csr { starts: vec![0], edges: Vec::new(), weights: Vec::with_capacity(nodes.len()) };
    for (id, kind) in nodes.iter() {
        let weight = match kind {
            crate::NodeKind::Name(key) => name_row(world, nodes, key, &mut csr.edges),
            _ => match by_node[id.index()].take() {
                Some((edges, weight)) => {
                    csr.edges.extend_from_slice(&edges);
                    weight
                }
                None => 0,
            },
        };
        csr.weights.push(weight);
        csr.starts.push(csr.edges.len() as u32);
    }
    csr
}

/// A name leads to everything so called. Of `n` definitions each gets half of `1 / n²`: the more there are, the
/// less it says that one of them is meant.
fn name_row(world: &World, nodes: &Nodes, key: u64, edges: &mut Vec<Edge>) -> u64 {
    let mut sum = 0;
    for id in world.named(key) {
        if let Some(node) = nodes.symbol(*id) {
            edges.push(Edge { to: node.0, weight: NAME_WEIGHT });
            sum += u64::from(NAME_WEIGHT);
        }
    }
    sum * 2 * world.named(key).len().max(1) as u64
}

/// The rows of the nodes of one file: the file itself and its full symbols.
fn file_rows(world: &World, resolved: &Resolved, nodes: &Nodes, file: FileId) -> Vec<(u32, Vec<Edge>, u64)> {
    let entry = world.file(file);
    // (owner, target node, kind) → how often.
    let mut counts: FxHashMap<(u32, u32, RefKind), u32> = FxHashMap::default();
    let mut leaks: FxHashMap<u32, u64> = FxHashMap::default();
    for r in &entry.facts.refs {
        let from = owner_node(entry, nodes, r.owner);
        match resolved.chains[r.chain as usize] {
            ChainAnswer::Nothing => {}
            ChainAnswer::External => {
                *leaks.entry(from.0).or_default() += u64::from(kind_weight(r.kind) / EXTERNAL_DISCOUNT);
            }
            ChainAnswer::Name(key) => {
                if let Some(to) = nodes.name(key) {
                    *counts.entry((from.0, to.0, r.kind)).or_default() += 1;
                }
            }
            ChainAnswer::Targets { start, len, .. } => {
                for target in &resolved.targets[start as usize..start as usize + len as usize] {
                    let to = target_node(world, nodes, *target);
                    if to != from && world.fits(entry, r.kind, *target) {
                        *counts.entry((from.0, to.0, r.kind)).or_default() += 1;
                    }
                }
            }
        }
    }
    let mut all: Vec<(u32, Edge)> = Vec::with_capacity(counts.len());
    #[expect(clippy::iter_over_hash_type, reason = "sorted below")]
    for ((from, to, kind), count) in counts {
        let is_name = matches!(nodes.kind(NodeId(to)), crate::NodeKind::Name(_));
        let weight = kind_weight(kind) * repeats(count);
        let weight = if is_name { (weight / NAME_DISCOUNT).max(1) } else { weight };
        all.push((from, Edge { to, weight }));
    }
    all.sort_unstable_by_key(|(from, e)| (*from, e.to, e.weight));
    let mut rows = Vec::new();
    for run in all.chunk_by(|a, b| a.0 == b.0) {
        let mut row: Vec<Edge> = Vec::with_capacity(run.len());
        for (_, e) in run {
            match row.last_mut() {
                Some(last) if last.to == e.to => last.weight += e.weight,
                _ => row.push(*e),
            }
        }
        let leak = leaks.get(&run[0].0).copied().unwrap_or(0);
        let sum: u64 = row.iter().map(|e| u64::from(e.weight)).sum();
        rows.push((run[0].0, row, sum + leak));
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
