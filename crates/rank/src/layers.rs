//! Importance: layered, integer, quantised PageRank.
//!
//! The definition, with `B` the teleport mass of a node, `d` the damping, `w` the weight of an edge, `W` the sum
//! of its row, and `q` the function that keeps the top p bits of a mass:
//!
//! ```text
//! x_0[v]   = B[v]
//! x_k+1[v] = B[v] + sum over edges u -> v of floor(q(x_k[u]) * d * w / (W[u] * 1024))
//! score    = x_K
//! ```
//!
//! It is a truncated power iteration of the un-normalised PageRank `x = B + d Mᵀ x`, of which it is a lower bound:
//! at most `d^(K+1) + 2^(1-p) d / (1-d) + m / ((1-d) ΣB)` of all mass is missing, for m edges.
//!
//! Why not PageRank itself: no algorithm maintains that at a cost that follows the edit (Jayaram, Łącki, Mitrović,
//! Onak, Sankowski 2024 prove it), and every approximation by residuals depends on the history of edits.
//! This definition is a pure function of the graph, sums of integers have no order, and the quantisation swallows
//! small differences, so that the wave of an edit dies out a few nodes away: see [`Layers::update`].
//! Mass is not normalised, so that a new node rescales nobody; mass that reaches a node without out-edges ends there.
//!
//! Use it to order nodes, not as a probability: single values may be off by far more than the sum.

mod wave;

pub use wave::{OldRow, Work};

use crate::column::Column;
use crate::fixed::{mul_div, quantise};
use crate::graph::Graph;

/// What defines a score besides the graph. Scores of different parameters do not compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Params {
    /// The share of a node's mass that flows on along its edges, in 1024ths; at most 1024.
    pub damping_per_1024: u32,
    /// How many edges far mass flows; at most 64. A layer costs four bytes a node, and all together eight more.
    pub layers: usize,
    /// How many leading bits of a mass its neighbours see, 1 to 64: fewer make an edit cheaper and the order coarser.
    pub precision_bits: u32,
}

impl Params {
    /// d = .70, ten layers, eight bits: an edit touches a few thousand edges, whether in 64,000 nodes or in a million,
    /// and on the graph of rust-analyzer 999 of the first thousand symbols are those of exact PageRank.
    pub const STANDARD: Self = Self { damping_per_1024: 717, layers: 10, precision_bits: 8 };

    /// How the mass of a node divides among the edges of its row.
    fn split(&self, mass: u64, row_weight: u64) -> Split {
        Split {
            mass: quantise(mass, self.precision_bits),
            damping: u64::from(self.damping_per_1024),
            scale: row_weight * 1024,
            weight: 0,
            share: 0,
        }
    }
}

/// The importance of every node, with all the layers that an update needs.
///
/// Two are equal if and only if all their layers are, bit for bit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layers {
    params: Params,
    /// `x_0` to `x_K`, unquantised.
    columns: Vec<Column>,
    /// Room for updates; empty between them.
    deltas: wave::Deltas,
}

impl Layers {
    /// The layers of `graph`, from scratch. `teleport` is the mass that a node has of its own, 0 for free slots;
    /// 2^14 for an ordinary node leaves the flooring of shares without weight.
    ///
    /// Costs one visit of every row per layer, and one more.
    ///
    /// # Panics
    /// If a parameter is out of its range, or an edge leads beyond the last slot.
    /// All teleport mass times `layers + 1` must stay below 2^63, which 2^24 nodes of the greatest mass do.
    pub fn compute(graph: &impl Graph, teleport: impl Fn(u32) -> u32, params: Params) -> Self {
        assert!(params.damping_per_1024 <= 1024, "damping above 1 makes mass grow without bound");
        assert!(params.layers <= 64, "the sums of more layers may not fit 64 bits");
        assert!((1..=64).contains(&params.precision_bits), "a mass has 1 to 64 bits");

        let slots = 0..graph.nodes() as u32;
        let row_weights: Vec<u64> = slots.clone().map(|node| graph.out_weight(node)).collect();
        let own: Vec<u64> = slots.map(|node| u64::from(teleport(node))).collect();

        let mut columns = Vec::with_capacity(params.layers + 1);
        columns.push(Column::new(&own));
        let mut masses = own.clone();
        let mut next = own.clone();
        for _ in 0..params.layers {
            next.copy_from_slice(&own);
            for (node, (&mass, &row_weight)) in masses.iter().zip(&row_weights).enumerate() {
                let mut split = params.split(mass, row_weight);
                graph.out(node as u32, |edge| next[edge.to as usize] += split.share(edge.weight));
            }
            columns.push(Column::new(&next));
            std::mem::swap(&mut masses, &mut next);
        }
        let mut deltas = wave::Deltas::default();
        deltas.grow(graph.nodes());
        Self { params, columns, deltas }
    }

    /// The importance of `node`, in units of teleport mass. Free slots have none.
    pub fn score(&self, node: u32) -> u64 {
        self.columns[self.params.layers].get(node)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.columns.iter().map(Column::heap_bytes).sum::<usize>() + self.deltas.heap_bytes()
    }

    /// How many slots there are, free ones included.
    pub fn nodes(&self) -> usize {
        self.columns[0].len()
    }
}

/// Divides one node's mass among the edges of its row.
struct Split {
    mass: u64,
    damping: u64,
    scale: u64,
    /// The weight last asked for and its share: rows are mostly of one weight, and a division is the dearest step.
    weight: u32,
    share: u64,
}

impl Split {
    /// What flows along an edge of `weight`.
    #[inline]
    fn share(&mut self, weight: u32) -> u64 {
        if weight != self.weight {
            self.weight = weight;
            self.share = mul_div(self.mass, self.damping * u64::from(weight), self.scale);
        }
        self.share
    }
}
