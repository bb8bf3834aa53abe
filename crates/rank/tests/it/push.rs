//! Nearness: the exact answer, conservation of mass, the bound on work, and slots without order.

use crate::graphs::{Rng, TestGraph, for_seeds};
use lodemap_rank::{Edge, Graph, PushParams, PushSpace, Pushed};
use std::collections::BTreeMap;

/// Where walks from `seeds` end, by power iteration in floating point.
fn exact(graph: &TestGraph, seeds: &[f64], params: PushParams, in_degree: impl Fn(u32) -> u32) -> Vec<f64> {
    let alpha = f64::from(params.alpha_per_1024) / 1024.0;
    let mut ended = vec![0.0; seeds.len()];
    let mut moving = seeds.to_vec();
    while moving.iter().sum::<f64>() > 1e-3 {
        let mut next = vec![0.0; seeds.len()];
        for (node, row) in graph.rows.iter().enumerate() {
            let row_weight = graph.out_weight(node as u32) as f64;
            ended[node] += moving[node];
            for edge in row.iter().filter(|edge| edge.weight > 0) {
                let share = moving[node] * (1.0 - alpha) * f64::from(edge.weight) / row_weight;
                let share = share / f64::from(in_degree(edge.to).max(1)).sqrt();
                ended[node] -= share;
                next[edge.to as usize] += share;
            }
        }
        moving = next;
    }
    ended
}

fn in_degrees(graph: &TestGraph) -> Vec<u32> {
    let mut counts = vec![0; graph.rows.len()];
    graph.rows.iter().flatten().for_each(|edge| counts[edge.to as usize] += 1);
    counts
}

fn random_params(rng: &mut Rng) -> PushParams {
    PushParams { alpha_per_1024: 50 + rng.below(900), inverse_epsilon: 1 << rng.below(17) }
}

fn random_seeds(rng: &mut Rng, nodes: usize) -> Vec<(u32, u64)> {
    (0..1 + rng.below(4)).map(|_| (rng.below(nodes as u32), u64::from(rng.below(1 << 31)) << 9)).collect()
}

fn dense(seeds: &[(u32, u64)], nodes: usize) -> Vec<f64> {
    let mut dense = vec![0.0; nodes];
    seeds.iter().for_each(|&(node, mass)| dense[node as usize] += mass as f64);
    dense
}

fn by_node(pushed: &Pushed) -> BTreeMap<u32, u64> {
    let map: BTreeMap<_, _> = pushed.kept.iter().copied().collect();
    assert_eq!(map.len(), pushed.kept.len(), "each node once");
    map
}

/// What a push may fall short of the exact answer at each node: what may be under way, spread to the end.
/// On a symmetric graph that is epsilon times the degree; on any other, the walks from all thresholds.
fn slack(graph: &TestGraph, all: u64, params: PushParams, in_degree: impl Fn(u32) -> u32) -> Vec<f64> {
    let per_edge = (all as f64 / f64::from(params.inverse_epsilon)).ceil().max(1.0);
    let thresholds: Vec<f64> = graph.rows.iter().map(|row| per_edge * row.len().max(1) as f64).collect();
    exact(graph, &thresholds, params, in_degree)
}

/// What integers may cost: some units per edge, and the bits of a root that were cut off.
fn rounding(pushed: &Pushed, all: u64) -> f64 {
    4.0 * pushed.edges as f64 + all as f64 / f64::from(1 << 16) + 1.0
}

fn check(graph: &TestGraph, seeds: &[(u32, u64)], params: PushParams, in_degree: impl Fn(u32) -> u32 + Copy) {
    let all: u64 = seeds.iter().map(|&(_, mass)| mass).sum();
    let pushed = PushSpace::default().push(graph, seeds, params, in_degree);
    let kept = by_node(&pushed);
    assert_eq!(kept.values().sum::<u64>() + pushed.residue, all);
    assert!(pushed.edges <= params.max_edges(), "{} edges of {}", pushed.edges, params.max_edges());

    let rounding = rounding(&pushed, all);
    let exact = exact(graph, &dense(seeds, graph.rows.len()), params, in_degree);
    let slack = slack(graph, all, params, in_degree);
    for node in 0..graph.rows.len() {
        let kept = kept.get(&(node as u32)).copied().unwrap_or(0) as f64;
        assert!(kept <= exact[node] + rounding, "{kept} for {} at {node}", exact[node]);
        assert!(kept >= exact[node] - slack[node] - rounding, "{kept} for {} at {node}", exact[node]);
    }
}

#[test]
fn a_push_is_near_the_exact_answer() {
    for_seeds(300, |rng| {
        let graph = TestGraph::random(rng, 60);
        let seeds = random_seeds(rng, graph.rows.len());
        let params = random_params(rng);
        check(&graph, &seeds, params, |_| 1);
        let in_degrees = in_degrees(&graph);
        check(&graph, &seeds, params, |node| in_degrees[node as usize]);
    });
}

#[test]
fn on_a_symmetric_graph_the_error_is_epsilon_times_the_degree() {
    for_seeds(100, |rng| {
        let mut graph = TestGraph::random(rng, 60).symmetric();
        graph.rows.iter_mut().flatten().for_each(|edge| edge.weight = 1);
        let seeds = random_seeds(rng, graph.rows.len());
        let params = random_params(rng);
        let all: u64 = seeds.iter().map(|&(_, mass)| mass).sum();
        let pushed = PushSpace::default().push(&graph, &seeds, params, |_| 1);
        let rounding = rounding(&pushed, all);
        let pushed = by_node(&pushed);
        let exact = exact(&graph, &dense(&seeds, graph.rows.len()), params, |_| 1);
        for (node, row) in graph.rows.iter().enumerate() {
            let kept = pushed.get(&(node as u32)).copied().unwrap_or(0) as f64;
            let bound = row.len().max(1) as f64 * all as f64 / f64::from(params.inverse_epsilon);
            assert!((exact[node] - kept) <= bound + rounding, "{kept} for {}", exact[node]);
        }
    });
}

#[test]
fn permuted_slots_and_seeds_keep_the_same_masses() {
    for_seeds(100, |rng| {
        let graph = TestGraph::random(rng, 60);
        let in_degrees = in_degrees(&graph);
        let params = random_params(rng);
        let seeds = random_seeds(rng, graph.rows.len());
        let to = rng.permutation(graph.rows.len());
        let moved = graph.permuted(&to, rng);
        let mut moved_in_degrees = vec![0; to.len()];
        let mut moved_seeds: Vec<_> = seeds.iter().map(|&(node, mass)| (to[node as usize], mass)).collect();
        rng.shuffle(&mut moved_seeds);
        for (node, &moved) in to.iter().enumerate() {
            moved_in_degrees[moved as usize] = in_degrees[node];
        }

        let mut space = PushSpace::default();
        let here = space.push(&graph, &seeds, params, |node| in_degrees[node as usize]);
        let there = space.push(&moved, &moved_seeds, params, |node| moved_in_degrees[node as usize]);
        let renamed = by_node(&here).into_iter().map(|(node, mass)| (to[node as usize], mass)).collect();
        assert_eq!(by_node(&there), renamed);
        assert_eq!((there.residue, there.edges), (here.residue, here.edges));
    });
}

#[test]
fn a_used_space_is_as_good_as_a_new_one() {
    let mut used = PushSpace::default();
    for_seeds(100, |rng| {
        let graph = TestGraph::random(rng, 60);
        let seeds = random_seeds(rng, graph.rows.len());
        let params = random_params(rng);
        let fresh = PushSpace::default().push(&graph, &seeds, params, |_| 1);
        assert_eq!(used.push(&graph, &seeds, params, |_| 1), fresh);
    });
}

#[test]
fn a_hub_is_held_back() {
    // 0 refers to a hub of 16 references and to a node of its own.
    let rows = vec![vec![Edge { to: 1, weight: 1 }, Edge { to: 2, weight: 1 }], vec![], vec![]];
    let graph = TestGraph { leaky: false, rows, teleport: vec![0; 3] };
    let params = PushParams { alpha_per_1024: 512, inverse_epsilon: 1000 };
    let hub = |node| if node == 1 { 16 } else { 1 };
    let pushed = PushSpace::default().push(&graph, &[(0, 1024)], params, hub);
    assert_eq!(pushed.kept, [(0, 704), (1, 64), (2, 256)]);
    assert_eq!((pushed.residue, pushed.edges), (0, 2));
}

#[test]
fn no_seed_no_answer() {
    let graph = TestGraph { leaky: false, rows: vec![vec![]], teleport: vec![0] };
    let push = |seeds: &[(u32, u64)]| PushSpace::default().push(&graph, seeds, PushParams::STANDARD, |_| 1);
    assert_eq!(push(&[]), Pushed::default());
    assert_eq!(push(&[(0, 0)]), Pushed::default());
}
