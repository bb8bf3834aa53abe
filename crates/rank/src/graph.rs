//! The graph as ranks see it: rows of weighted out-edges over slots.

/// One edge of a row. Parallel edges and self loops are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The slot the edge leads to; less than [`Graph::nodes`].
    pub to: u32,
    /// Its share of the row's flow, relative to the other edges of the row. 0 carries nothing.
    pub weight: u32,
}

/// A directed graph over the slots `0..nodes`.
///
/// A free slot has an empty row and is nobody's target.
/// Rows are visited rather than borrowed, so that the owner may lay its edges out as it likes.
/// The direction is the caller's: for "who refers to this" hand over the transposed rows.
pub trait Graph {
    /// How many slots there are, free ones included.
    fn nodes(&self) -> usize;

    /// How many edges [`Graph::out`] visits for `node`. Asked once per edge that leads to `node`: must be O(1).
    fn degree(&self, node: u32) -> usize;

    /// Visits the row of `node`, in any order. A row's weights sum to less than 2^53.
    fn out(&self, node: u32, visit: impl FnMut(Edge));

    /// The sum of the row's weights.
    fn out_weight(&self, node: u32) -> u64 {
        let mut sum = 0;
        self.out(node, |edge| sum += u64::from(edge.weight));
        sum
    }
}
