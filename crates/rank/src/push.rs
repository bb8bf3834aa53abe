//! Nearness: personalised PageRank by forward push.
//!
//! The mass of a node is the chance that a walk from the seeds ends there, if it ends at every step with the chance
//! alpha, and for certain where no edge leads on. The algorithm is the push of Andersen, Chung and Lang (2006): a node
//! with enough mass under way keeps a part of it for good and hands the rest to its neighbours, until no node has
//! enough. Enough is epsilon times its degree, which bounds the work by `1 / (alpha * epsilon)` edges, whatever the
//! size of the graph: handing on over `deg` edges needs at least `epsilon * deg`, of which alpha stays for good.
//!
//! Nodes push in rounds: all that have enough when the round begins, each all it has at that moment. What a node
//! receives in a round is a sum of integers, so the result depends neither on the order of seeds, nodes or edges nor
//! on the numbering of slots, as a queue's would.

use crate::fixed::mul_div;
use crate::graph::Graph;

/// How far a push goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PushParams {
    /// The chance that a walk ends at a step, in 1024ths; 1 to 1024.
    pub alpha_per_1024: u32,
    /// 1 / epsilon: a node pushes when it has at least epsilon of all mass per out-edge; at least 1.
    pub inverse_epsilon: u32,
}

impl PushParams {
    /// alpha = .2, epsilon = 1e-5: about a millisecond on a graph of a million nodes and five million edges.
    pub const STANDARD: Self = Self { alpha_per_1024: 205, inverse_epsilon: 100_000 };

    /// The most edges that a push can visit, by the argument at the head of this module.
    pub fn max_edges(&self) -> u64 {
        u64::from(self.inverse_epsilon) * 1024 / u64::from(self.alpha_per_1024)
    }
}

/// What a push found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pushed {
    /// The nodes that kept mass, with that mass, in units of the seeds'; a lower bound of the exact value.
    /// As a set it depends on nothing but graph and seeds. Its order follows rows and seeds: sort before showing.
    pub kept: Vec<(u32, u64)>,
    /// The mass that was still under way. It and what was kept make up the seeds', to the unit.
    pub residue: u64,
    /// The edges visited.
    pub edges: u64,
}

/// The memory of a push, to be reused: 16 bytes a node, and starting over costs only what was touched.
#[derive(Debug, Default)]
pub struct PushSpace {
    /// What stays for good, by slot.
    kept: Vec<u64>,
    /// What is under way, by slot.
    moving: Vec<u64>,
    /// The slots at which either is not zero, each once.
    touched: Vec<u32>,
}

impl PushSpace {
    /// Spreads the seeds' masses over `graph` from the `seeds`, which may name a node more than once.
    ///
    /// Fixed point is the caller's choice of units: 2^40 in all leaves the flooring of shares without weight.
    ///
    /// `in_degree` holds back hubs: an edge to a node carries its share divided by the square root of the number given
    /// for that node, and the rest stays where it was. `|_| 1` holds nothing back.
    ///
    /// # Panics
    /// If a parameter is out of its range, or a seed or an edge leads beyond the last slot.
    /// The masses must sum to less than 2^64.
    pub fn push(
        &mut self,
        graph: &impl Graph,
        seeds: &[(u32, u64)],
        params: PushParams,
        in_degree: impl Fn(u32) -> u32,
    ) -> Pushed {
        assert!((1..=1024).contains(&params.alpha_per_1024), "alpha is more than 0 and at most 1");
        assert!(params.inverse_epsilon >= 1, "epsilon is at most 1");
        self.clear();
        let slots = graph.nodes().max(self.kept.len());
        self.kept.resize(slots, 0);
        self.moving.resize(slots, 0);

        let all: u64 = seeds.iter().map(|&(_, mass)| mass).sum();
        // Rounded up, so that the bound on the work holds to the edge.
        let per_edge = all.div_ceil(u64::from(params.inverse_epsilon)).max(1);
        let enough = |node| per_edge.saturating_mul(graph.degree(node).max(1) as u64);
        let mut ready = Vec::new();
        for &(node, mass) in seeds {
            self.receive(node, mass, enough(node), &mut ready);
        }
        let mut edges = 0;
        let mut round = Vec::new();
        while !ready.is_empty() {
            // First all take what they have, then all hand on: nobody hands on what it receives in this round.
            round.clear();
            for node in ready.drain(..) {
                let mass = std::mem::take(&mut self.moving[node as usize]);
                self.kept[node as usize] += mass;
                round.push((node, mass));
            }
            for &(node, mass) in &round {
                let onward = mul_div(mass, u64::from(1024 - params.alpha_per_1024), 1024);
                let row_weight = graph.out_weight(node);
                graph.out(node, |edge| {
                    let share = hold_back(onward, edge.weight, row_weight, in_degree(edge.to));
                    self.kept[node as usize] -= share;
                    self.receive(edge.to, share, enough(edge.to), &mut ready);
                });
                edges += graph.degree(node) as u64;
            }
        }
        debug_assert!(edges <= params.max_edges());
        self.result(edges)
    }

    /// Adds to the mass under way at `node`, and makes the node ready when that becomes enough.
    #[inline]
    fn receive(&mut self, node: u32, mass: u64, enough: u64, ready: &mut Vec<u32>) {
        if mass == 0 {
            return;
        }
        let before = self.moving[node as usize];
        // Whoever pushed has kept something, as alpha of a unit is rounded up: so this is the first touch.
        if before == 0 && self.kept[node as usize] == 0 {
            self.touched.push(node);
        }
        let after = before + mass;
        self.moving[node as usize] = after;
        if before < enough && after >= enough {
            ready.push(node);
        }
    }

    fn result(&self, edges: u64) -> Pushed {
        let kept = self.touched.iter().map(|&node| (node, self.kept[node as usize]));
        let kept = kept.filter(|&(_, mass)| mass > 0).collect();
        let residue = self.touched.iter().map(|&node| self.moving[node as usize]).sum();
        Pushed { kept, residue, edges }
    }

    /// At the start of a push rather than at its end: so a push that panicked leaves nothing behind.
    fn clear(&mut self) {
        for node in self.touched.drain(..) {
            self.kept[node as usize] = 0;
            self.moving[node as usize] = 0;
        }
    }
}

/// The share of an edge, divided by the square root of the target's in-degree.
#[inline]
fn hold_back(onward: u64, weight: u32, row_weight: u64, in_degree: u32) -> u64 {
    if weight == 0 {
        return 0;
    }
    let share = mul_div(onward, u64::from(weight), row_weight);
    match in_degree {
        0 | 1 => share,
        // The root with sixteen bits after the point.
        _ => mul_div(share, 1 << 16, (u64::from(in_degree) << 32).isqrt()),
    }
}
