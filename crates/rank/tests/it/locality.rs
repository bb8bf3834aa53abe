//! The cost of an edit follows the edit, not the graph: counted in edges, not in time.

use crate::graphs::{Rng, TestGraph, fixed};
use lodemap_rank::{Edge, Layers, Params};

/// Code-like: each node refers to five others, half of them near by, half by preference for what is referred to.
fn power_law(rng: &mut Rng, nodes: u32) -> TestGraph {
    let mut graph = TestGraph { leaky: false, rows: Vec::new(), teleport: vec![1 << 14; nodes as usize] };
    let mut referred: Vec<u32> = vec![0];
    for node in 0..nodes {
        let mut row = Vec::new();
        for _ in 0..5 {
            let to = match rng.below(2) {
                0 => node.saturating_sub(1 + rng.below(50)),
                _ => referred[rng.below(referred.len() as u32) as usize],
            };
            referred.push(to);
            row.push(Edge { to, weight: 1 + rng.below(15) });
        }
        graph.rows.push(row);
    }
    graph
}

/// The edges that retargeting one reference touches, in ascending order over `edits` edits.
fn touched(nodes: u32, edits: u32) -> Vec<usize> {
    let mut rng = fixed();
    let mut graph = power_law(&mut rng, nodes);
    let mut layers = Layers::compute(&graph, graph.teleport(), Params::STANDARD);
    let mut touched = Vec::new();
    for _ in 0..edits {
        let node = rng.below(nodes);
        let old = graph.rows[node as usize].clone();
        graph.rows[node as usize][rng.below(5) as usize].to = rng.below(nodes);
        let work = layers.update(&graph, graph.teleport(), [(node, graph.old(&old))]);
        touched.push(work.edges_touched);
    }
    assert!(layers == Layers::compute(&graph, graph.teleport(), Params::STANDARD));
    touched.sort_unstable();
    touched
}

#[test]
fn an_edit_touches_a_small_share_of_a_large_graph() {
    let (small, large) = (touched(10_000, 100), touched(100_000, 100));
    eprintln!("median and most of 10,000 nodes: {} {}", small[50], small[99]);
    eprintln!("median and most of 100,000 nodes: {} {}", large[50], large[99]);
    let edges_and_layers = 5 * 100_000 * Params::STANDARD.layers;
    assert!(large[50] < edges_and_layers / 1000, "median {}", large[50]);
    assert!(large[99] < edges_and_layers / 100, "most {}", large[99]);
    assert!(large[50] < 2 * small[50], "ten times the nodes: {} after {}", large[50], small[50]);
}
