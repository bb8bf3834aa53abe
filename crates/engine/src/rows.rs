//! The rows of the importance graph: packed as a whole, with what changed since beside them.

use std::sync::Arc;

use lodemap_base::LayeredMap;
use lodemap_rank::{Edge, Graph, OldRow};

/// Rows of edges by node. A clone shares them; a change costs the rows that it touches.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    packed: Arc<Packed>,
    /// Rows that differ from the packed ones.
    over: LayeredMap<u32, Arc<(Vec<Edge>, u64)>>,
    nodes: usize,
    edges: usize,
}

/// All rows one after the other.
#[derive(Debug, Default)]
struct Packed {
    /// Where each row ends.
    ends: Vec<u32>,
    edges: Vec<Edge>,
    weights: Vec<u64>,
}

impl Packed {
    fn row(&self, node: u32) -> OldRow<'_> {
        let node = node as usize;
        let Some(end) = self.ends.get(node) else { return OldRow::default() };
        let start = if node == 0 { 0 } else { self.ends[node - 1] };
        OldRow { edges: &self.edges[start as usize..*end as usize], weight: self.weights[node] }
    }

    fn push(&mut self, edges: &[Edge], weight: u64) {
        self.edges.extend_from_slice(edges);
        self.ends.push(self.edges.len() as u32);
        self.weights.push(weight);
    }
}

impl Rows {
    /// Rows of the nodes `0..`, with their weights.
    pub(crate) fn pack<'e>(rows: impl Iterator<Item = (&'e [Edge], u64)>) -> Self {
        let mut packed = Packed::default();
        rows.for_each(|(edges, weight)| packed.push(edges, weight));
        packed.ends.shrink_to_fit();
        packed.edges.shrink_to_fit();
        packed.weights.shrink_to_fit();
        let (nodes, edges) = (packed.ends.len(), packed.edges.len());
        Self { packed: Arc::new(packed), over: LayeredMap::default(), nodes, edges }
    }

    /// The row of a node and its weight; empty for nodes that have none.
    pub fn row(&self, node: u32) -> OldRow<'_> {
        match self.over.get(&node) {
            Some(row) => OldRow { edges: &row.0, weight: row.1 },
            None => self.packed.row(node),
        }
    }

    /// How many edges there are.
    pub fn len(&self) -> usize {
        self.edges
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.edges == 0
    }

    /// Bytes held.
    pub(crate) fn heap_bytes(&self) -> usize {
        let p = &self.packed;
        let mut over = self.over.heap_bytes();
        self.over.each_value(|row| over += size_of_val(&**row) + 16 + row.0.capacity() * size_of::<Edge>());
        p.ends.capacity() * 4 + p.edges.capacity() * size_of::<Edge>() + p.weights.capacity() * 8 + over
    }

    /// Makes room for so many nodes.
    pub(crate) fn grow(&mut self, nodes: usize) {
        self.nodes = self.nodes.max(nodes);
    }

    /// Sets the row of a node.
    pub(crate) fn set(&mut self, node: u32, edges: Vec<Edge>, weight: u64) {
        self.edges = self.edges + edges.len() - self.row(node).edges.len();
        self.over.insert(node, Arc::new((edges, weight)));
    }

    /// Packs all rows anew where much lies beside them; nobody can tell but by the time it takes.
    pub(crate) fn tidy(&mut self) {
        if self.over.len() > (self.nodes / 8).max(1 << 14) {
            let rows = (0..self.nodes as u32).map(|node| self.row(node));
            let packed = Self::pack(rows.map(|row| (row.edges, row.weight)));
            *self = packed;
        }
    }

    /// The same edges from their ends.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0u32; self.nodes + 1];
        let rows = || (0..self.nodes as u32).map(|node| (node, self.row(node)));
        rows().for_each(|(_, row)| row.edges.iter().for_each(|e| starts[e.to as usize + 1] += 1));
        for node in 0..self.nodes {
            starts[node + 1] += starts[node];
        }
        let ends = starts[1..].to_vec();
        let mut edges = vec![Edge { to: 0, weight: 0 }; self.edges];
        let mut weights = vec![0u64; self.nodes];
        for (from, row) in rows() {
            for e in row.edges {
                let at = &mut starts[e.to as usize];
                edges[*at as usize] = Edge { to: from, weight: e.weight };
                weights[e.to as usize] += u64::from(e.weight);
                *at += 1;
            }
        }
        let packed = Arc::new(Packed { ends, edges, weights });
        Self { packed, over: LayeredMap::default(), nodes: self.nodes, edges: self.edges }
    }
}

impl Graph for Rows {
    fn nodes(&self) -> usize {
        self.nodes
    }

    fn degree(&self, node: u32) -> usize {
        self.row(node).edges.len()
    }

    fn out(&self, node: u32, visit: impl FnMut(Edge)) {
        self.row(node).edges.iter().copied().for_each(visit);
    }

    fn out_weight(&self, node: u32) -> u64 {
        self.row(node).weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_lie_beside_the_packed_rows() {
        let edge = |to| Edge { to, weight: to + 1 };
        let packed = [(vec![edge(1), edge(2)], 9), (vec![], 0), (vec![edge(0)], 1)];
        let mut rows = Rows::pack(packed.iter().map(|(e, w)| (e.as_slice(), *w)));
        let old = rows.clone();
        rows.grow(4);
        rows.set(0, vec![edge(3)], 4);
        rows.set(3, vec![edge(0), edge(2)], 5);
        assert_eq!((old.len(), rows.len(), old.row(0).edges.len(), rows.row(0).weight), (3, 4, 2, 4));
        let back = rows.transposed();
        let from: Vec<u32> = back.row(0).edges.iter().map(|e| e.to).collect();
        assert_eq!((from, back.row(3).weight, back.row(1).edges.len()), (vec![2, 3], 4, 0));
    }
}
