//! Graphs to test on: a mutable one, random ones, permuted ones.

use lodemap_rank::{Edge, Graph, OldRow};

/// Rows and teleport masses as plain vectors; a slot with neither is free.
#[derive(Clone, Default)]
pub(crate) struct TestGraph {
    pub(crate) rows: Vec<Vec<Edge>>,
    pub(crate) teleport: Vec<u32>,
    /// Whether a part of each row's flow leads nowhere.
    pub(crate) leaky: bool,
}

impl Graph for TestGraph {
    fn nodes(&self) -> usize {
        self.rows.len()
    }

    fn degree(&self, node: u32) -> usize {
        self.rows[node as usize].len()
    }

    fn out(&self, node: u32, visit: impl FnMut(Edge)) {
        self.rows[node as usize].iter().copied().for_each(visit);
    }

    fn out_weight(&self, node: u32) -> u64 {
        self.weight(&self.rows[node as usize])
    }
}

impl TestGraph {
    pub(crate) fn teleport(&self) -> impl Fn(u32) -> u32 + '_ {
        |node| self.teleport[node as usize]
    }

    fn weight(&self, row: &[Edge]) -> u64 {
        let sum = row.iter().map(|edge| u64::from(edge.weight)).sum::<u64>();
        if self.leaky { sum * 2 + row.len() as u64 } else { sum }
    }

    /// `edges` as the row that a node had.
    pub(crate) fn old<'a>(&self, edges: &'a [Edge]) -> OldRow<'a> {
        OldRow { edges, weight: self.weight(edges) }
    }

    pub(crate) fn edges(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// A graph of up to `most` nodes with hubs, self loops, parallel edges, dangling nodes and free slots.
    pub(crate) fn random(rng: &mut Rng, most: u32) -> Self {
        let nodes = 1 + rng.below(most);
        let mut graph = Self::default();
        for _ in 0..nodes {
            graph.rows.push(random_row(rng, nodes));
            graph.teleport.push(random_teleport(rng));
        }
        for node in 0..nodes {
            if rng.below(8) == 0 {
                graph.remove(node);
            }
        }
        graph
    }

    /// Frees a slot: its row, its mass, and all edges that lead to it.
    pub(crate) fn remove(&mut self, node: u32) {
        self.rows[node as usize].clear();
        self.teleport[node as usize] = 0;
        self.rows.iter_mut().for_each(|row| row.retain(|edge| edge.to != node));
    }

    /// The same graph with every slot moved to `to[slot]`, and rows in another order.
    pub(crate) fn permuted(&self, to: &[u32], rng: &mut Rng) -> Self {
        let mut moved =
            Self { rows: vec![Vec::new(); to.len()], teleport: vec![0; to.len()], leaky: self.leaky };
        for (node, row) in self.rows.iter().enumerate() {
            let mut row: Vec<Edge> =
                row.iter().map(|edge| Edge { to: to[edge.to as usize], weight: edge.weight }).collect();
            rng.shuffle(&mut row);
            moved.rows[to[node] as usize] = row;
            moved.teleport[to[node] as usize] = self.teleport[node];
        }
        moved
    }

    /// Each edge in both directions, with the same weight.
    pub(crate) fn symmetric(&self) -> Self {
        let mut both = self.clone();
        for (node, row) in self.rows.iter().enumerate() {
            for edge in row {
                both.rows[edge.to as usize].push(Edge { to: node as u32, weight: edge.weight });
            }
        }
        both
    }
}

pub(crate) fn random_row(rng: &mut Rng, nodes: u32) -> Vec<Edge> {
    (0..random_degree(rng)).map(|_| random_edge(rng, nodes)).collect()
}

/// Mostly a few, often none, now and then very many.
fn random_degree(rng: &mut Rng) -> u32 {
    match rng.below(16) {
        0..4 => 0,
        4..15 => 1 + rng.below(6),
        _ => 1 + rng.below(100),
    }
}

/// Half of all edges lead to one of the first three slots: hubs.
pub(crate) fn random_edge(rng: &mut Rng, nodes: u32) -> Edge {
    let to = if rng.below(2) == 0 { rng.below(nodes.min(3)) } else { rng.below(nodes) };
    Edge { to, weight: random_weight(rng) }
}

pub(crate) fn random_weight(rng: &mut Rng) -> u32 {
    match rng.below(32) {
        0 => 0,
        1 => u32::MAX - rng.below(3),
        _ => 1 + rng.below(15),
    }
}

/// Ordinary nodes, tests, and masses that drive sums beyond 32 bits.
pub(crate) fn random_teleport(rng: &mut Rng) -> u32 {
    match rng.below(16) {
        0 => u32::MAX - rng.below(3),
        1 => rng.below(u32::MAX),
        2..6 => 1 << 10,
        _ => 1 << 14,
    }
}

/// SplitMix64: one word of state, so that a printed seed is all it takes to replay.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((((z ^ (z >> 31)) >> 32) * u64::from(n)) >> 32) as u32
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }

    pub(crate) fn permutation(&mut self, len: usize) -> Vec<u32> {
        let mut to: Vec<u32> = (0..len as u32).collect();
        self.shuffle(&mut to);
        to
    }
}

/// Runs `story` for seeds `0..n`, or for the one in `LODEMAP_RANK_SEED`.
pub(crate) fn for_seeds(n: u64, mut story: impl FnMut(&mut Rng)) {
    #[expect(clippy::disallowed_methods, reason = "a test may be told its seed")]
    let only = std::env::var("LODEMAP_RANK_SEED").ok();
    let seeds = match only {
        Some(seed) => vec![seed.parse().expect("LODEMAP_RANK_SEED is a number")],
        None => (0..n).collect(),
    };
    for seed in seeds {
        let _told = ToldOnPanic(seed);
        story(&mut Rng(seed));
    }
}

struct ToldOnPanic(u64);

impl Drop for ToldOnPanic {
    #[expect(clippy::print_stderr, reason = "the seed is what replays the failure")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("replay with LODEMAP_RANK_SEED={}", self.0);
        }
    }
}

/// The seed of a fixed graph.
pub(crate) fn fixed() -> Rng {
    Rng(1)
}
