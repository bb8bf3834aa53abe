//! Importance: the definition, the bound, slots without order, and update equal to scratch.

use crate::graphs::{
    Rng, TestGraph, fixed, for_seeds, random_edge, random_row, random_teleport, random_weight,
};
use lodemap_rank::{Edge, Layers, Params, Work};

fn compute(graph: &TestGraph, params: Params) -> Layers {
    Layers::compute(graph, graph.teleport(), params)
}

fn scores(layers: &Layers) -> Vec<u64> {
    (0..layers.nodes() as u32).map(|node| layers.score(node)).collect()
}

/// The formula at the head of `layers.rs`, word by word and in 128 bits.
fn defined(graph: &TestGraph, params: Params) -> Vec<u64> {
    let base: Vec<u128> = graph.teleport.iter().map(|&mass| u128::from(mass)).collect();
    let mut x = base.clone();
    for _ in 0..params.layers {
        let mut next = base.clone();
        for (u, row) in graph.rows.iter().enumerate() {
            let row_weight: u128 = row.iter().map(|edge| u128::from(edge.weight)).sum();
            let mut seen = x[u];
            let unit = (0..128).find(|shift| seen >> shift < 1 << params.precision_bits).expect("128 bits");
            seen -= seen % (1 << unit);
            for edge in row.iter().filter(|edge| edge.weight > 0) {
                next[edge.to as usize] +=
                    seen * u128::from(params.damping_per_1024) * u128::from(edge.weight)
                        / (row_weight * 1024);
            }
        }
        x = next;
    }
    x.into_iter().map(|mass| u64::try_from(mass).expect("64 bits suffice")).collect()
}

fn random_params(rng: &mut Rng) -> Params {
    match rng.below(4) {
        0 => Params {
            damping_per_1024: rng.below(1025),
            layers: rng.below(13) as usize,
            precision_bits: 1 + rng.below(64),
        },
        _ => Params::STANDARD,
    }
}

#[test]
fn scratch_is_the_definition() {
    for_seeds(300, |rng| {
        let graph = TestGraph::random(rng, 60);
        let params = random_params(rng);
        assert_eq!(scores(&compute(&graph, params)), defined(&graph, params));
    });
}

#[test]
fn a_score_is_a_lower_bound_within_the_printed_bound() {
    let d = 717.0 / 1024.0;
    for_seeds(200, |rng| {
        let mut graph = TestGraph::random(rng, 120);
        // Ordinary masses, as a few giant ones would drown all others in the sum.
        graph.teleport.iter_mut().for_each(|mass| *mass = (*mass).min(1 << 14));
        let total: f64 = graph.teleport.iter().map(|&mass| f64::from(mass)).sum();
        if total == 0.0 {
            return;
        }
        // Jacobi to convergence: 717/1024 to the 300th is 1e-47.
        let mut exact: Vec<f64> = graph.teleport.iter().map(|&mass| f64::from(mass)).collect();
        for _ in 0..300 {
            let mut next: Vec<f64> = graph.teleport.iter().map(|&mass| f64::from(mass)).collect();
            for (u, row) in graph.rows.iter().enumerate() {
                let row_weight: f64 = row.iter().map(|edge| f64::from(edge.weight)).sum();
                for edge in row.iter().filter(|edge| edge.weight > 0) {
                    next[edge.to as usize] += exact[u] * d * f64::from(edge.weight) / row_weight;
                }
            }
            exact = next;
        }
        let norm: f64 = exact.iter().sum();
        for params in [
            Params::STANDARD,
            Params { layers: 4, ..Params::STANDARD },
            Params { precision_bits: 3, ..Params::STANDARD },
            Params { layers: 40, precision_bits: 40, ..Params::STANDARD },
        ] {
            let mut missing = 0.0;
            for (exact, score) in exact.iter().zip(scores(&compute(&graph, params))) {
                assert!(score as f64 <= exact * (1.0 + 1e-12), "{score} is more than {exact}");
                missing += exact - score as f64;
            }
            let bound = d.powi(params.layers as i32 + 1)
                + 2f64.powi(1 - params.precision_bits as i32) * d / (1.0 - d)
                + graph.edges() as f64 / ((1.0 - d) * total);
            assert!(missing / norm <= bound + 1e-12, "{} of {bound}", missing / norm);
        }
    });
}

#[test]
fn permuted_slots_have_permuted_scores() {
    for_seeds(100, |rng| {
        let graph = TestGraph::random(rng, 60);
        let params = random_params(rng);
        let to = rng.permutation(graph.rows.len());
        let (here, there) = (compute(&graph, params), compute(&graph.permuted(&to, rng), params));
        for (node, &moved) in to.iter().enumerate() {
            assert_eq!(here.score(node as u32), there.score(moved));
        }
    });
}

/// A graph under edit, with the layers of the state before.
struct Edited {
    graph: TestGraph,
    layers: Layers,
    params: Params,
    /// The rows as they were at the last update, by the first edit that changed them.
    changes: Vec<(u32, Vec<Edge>)>,
}

impl Edited {
    fn new(graph: TestGraph, params: Params) -> Self {
        let layers = compute(&graph, params);
        Self { graph, layers, params, changes: Vec::new() }
    }

    fn touch(&mut self, node: u32) -> &mut Vec<Edge> {
        let row = &mut self.graph.rows[node as usize];
        self.changes.push((node, row.clone()));
        row
    }

    fn remove(&mut self, node: u32) {
        for source in 0..self.graph.rows.len() as u32 {
            if source == node || self.graph.rows[source as usize].iter().any(|edge| edge.to == node) {
                self.touch(source);
            }
        }
        self.graph.remove(node);
    }

    /// One edit of any kind.
    fn edit(&mut self, rng: &mut Rng) {
        let nodes = self.graph.rows.len() as u32;
        let node = rng.below(nodes);
        let degree = self.graph.rows[node as usize].len() as u32;
        match rng.below(12) {
            // Retarget, reweigh, drop or double one edge.
            0..3 if degree > 0 => {
                self.touch(node)[rng.below(degree) as usize].to = random_edge(rng, nodes).to;
            }
            3 if degree > 0 => {
                self.touch(node)[rng.below(degree) as usize].weight = random_weight(rng);
            }
            4 if degree > 0 => {
                self.touch(node).swap_remove(rng.below(degree) as usize);
            }
            5 if degree > 0 => {
                let edge = self.graph.rows[node as usize][rng.below(degree) as usize];
                self.touch(node).push(edge);
            }
            // A self loop, an edge to a hub, a new row.
            6 => self.touch(node).push(Edge { to: node, weight: 1 }),
            7 => self.touch(node).push(random_edge(rng, nodes)),
            8 => *self.touch(node) = random_row(rng, nodes),
            9 => {
                self.touch(node);
                self.graph.teleport[node as usize] = random_teleport(rng);
            }
            10 => self.remove(node),
            // Add a node, in a free slot if there is one, and someone who refers to it.
            _ => {
                let mut free = (0..nodes).filter(|&slot| {
                    self.graph.teleport[slot as usize] == 0 && self.graph.rows[slot as usize].is_empty()
                });
                let slot = free.next().unwrap_or(nodes);
                if slot == nodes {
                    self.graph.rows.push(Vec::new());
                    self.graph.teleport.push(0);
                }
                *self.touch(slot) = random_row(rng, nodes);
                self.graph.teleport[slot as usize] = random_teleport(rng);
                self.touch(node).push(Edge { to: slot, weight: random_weight(rng) });
            }
        }
    }

    /// Updates the layers, compares them with scratch, and with what the work says.
    fn check(&mut self) -> Work {
        let before = self.layers.clone();
        let changes = self.changes.iter().map(|(node, old)| (*node, self.graph.old(old)));
        let mut work = self.layers.update(&self.graph, self.graph.teleport(), changes);
        self.changes.clear();
        assert!(self.layers == compute(&self.graph, self.params), "update is not scratch");
        let old = |node: &u32| if (*node as usize) < before.nodes() { before.score(*node) } else { 0 };
        let changed: Vec<u32> =
            (0..self.graph.rows.len() as u32).filter(|node| self.layers.score(*node) != old(node)).collect();
        work.nodes_changed.sort_unstable();
        assert_eq!(work.nodes_changed, changed);
        work
    }
}

#[test]
fn update_is_scratch_over_random_edits() {
    for_seeds(60, |rng| {
        let mut graph = TestGraph::random(rng, 80);
        graph.leaky = rng.below(2) == 0;
        let mut edited = Edited::new(graph, random_params(rng));
        for _ in 0..60 {
            for _ in 0..1 + rng.below(3) {
                edited.edit(rng);
            }
            edited.check();
        }
    });
}

#[test]
fn an_update_of_most_of_a_large_graph_is_scratch_too() {
    let rng = &mut fixed();
    let rows = (0..5_000).map(|_| random_row(rng, 5_000)).collect();
    let graph = TestGraph { rows, teleport: vec![1 << 14; 5_000], leaky: true };
    for edits in [900, 1_100] {
        let mut edited = Edited::new(graph.clone(), Params::STANDARD);
        for node in 0..edits {
            *edited.touch(4 * node) = random_row(rng, 5_000);
        }
        // A slot that the old layers do not have.
        edited.graph.rows.push(random_row(rng, 5_000));
        edited.graph.teleport.push(1 << 14);
        edited.changes.push((5_000, Vec::new()));
        edited.check();
    }
}

#[test]
fn an_edit_undone_meets_the_original() {
    for_seeds(40, |rng| {
        let graph = TestGraph::random(rng, 60);
        let mut edited = Edited::new(graph.clone(), Params::STANDARD);
        let original = edited.layers.clone();
        let node = rng.below(graph.rows.len() as u32);
        edited.remove(node);
        edited.check();
        for node in 0..graph.rows.len() as u32 {
            if edited.graph.rows[node as usize] != graph.rows[node as usize] {
                *edited.touch(node) = graph.rows[node as usize].clone();
            }
        }
        edited.touch(node);
        edited.graph.teleport = graph.teleport.clone();
        edited.check();
        assert!(edited.layers == original);
    });
}

#[test]
fn naming_what_did_not_change_costs_nothing() {
    let graph = TestGraph::random(&mut fixed(), 60);
    let mut layers = compute(&graph, Params::STANDARD);
    let all = graph.rows.iter().enumerate().map(|(node, row)| (node as u32, graph.old(row)));
    assert_eq!(layers.update(&graph, graph.teleport(), all), Work::default());
}

#[test]
fn the_top_bits_alone_are_passed_on() {
    // 0 -> 1 -> 2: a thousandth more at 0 does not show in eight bits, so 1 never hears of it.
    let edge = |to| vec![Edge { to, weight: 1 }];
    let graph = TestGraph { rows: vec![edge(1), edge(2), vec![]], teleport: vec![1 << 14; 3], leaky: false };
    let mut edited = Edited::new(graph, Params::STANDARD);
    edited.touch(0);
    edited.graph.teleport[0] += 16;
    let work = edited.check();
    assert_eq!((work.edges_touched, &*work.nodes_changed), (0, &[0][..]));

    edited.touch(0);
    edited.graph.teleport[0] += 1 << 13;
    let work = edited.check();
    // One edge in each of ten layers, and the second in all but the first.
    assert_eq!((work.edges_touched, &*work.nodes_changed), (19, &[0, 1, 2][..]));
}
