//! What a question is about: seeds of the personalised ranks.

use lodemap_base::{FileId, NodeId, Patience, RelPath, name_key};
use lodemap_engine::graph::Target;
use lodemap_engine::{Rows, Snapshot};
use lodemap_rank::{PushParams, PushSpace};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::AnswerError;
use crate::find::{self, Subject};

/// All seeds together, in units that leave rounding without weight.
const SEED_MASS: u64 = 1 << 40;
/// Of the symbols with the name of a focus, so many of the most important.
const MAX_FOCUSED: usize = 20;
/// Words of a mention that more symbols than this share say nothing.
const MAX_SHARED: usize = 50;

/// Nearness of nodes to what was asked about: parts of [`SEED_MASS`], seeds included.
pub(crate) struct Nearness {
    by_node: FxHashMap<u32, u64>,
}

impl Nearness {
    pub(crate) fn of(&self, node: NodeId) -> u64 {
        self.by_node.get(&node.0).copied().unwrap_or(0)
    }
}

/// Spreads from `focus` (paths, folders or symbols, which must exist) and `mention` (any text); `None` if there
/// is neither.
pub(crate) fn nearness(
    snapshot: &Snapshot,
    focus: &[String],
    mention: &[String],
    patience: &Patience,
) -> Result<Option<Nearness>, AnswerError> {
    let mut weights: FxHashMap<u32, u64> = FxHashMap::default();
    for f in focus {
        let nodes = focused(snapshot, f)?;
        // A focus weighs the same however many nodes it has.
        let each = (1 << 20) / nodes.len().max(1) as u64;
        nodes.iter().for_each(|n| *weights.entry(n.0).or_default() += each.max(1));
    }
    for text in mention {
        mentioned(snapshot, text, patience, &mut weights);
    }
    patience.check()?;
    if weights.is_empty() {
        return Ok(None);
    }
    let mut seeds: Vec<(u32, u64)> = weights.into_iter().collect();
    let all: u64 = seeds.iter().map(|s| s.1).sum();
    seeds.iter_mut().for_each(|s| s.1 = (u128::from(s.1) * u128::from(SEED_MASS) / u128::from(all)) as u64);

    let graph = snapshot.graph();
    let backwards = graph.transposed();
    let mut space = PushSpace::default();
    let mut by_node: FxHashMap<u32, u64> = FxHashMap::default();
    // What the focus uses, and what uses the focus; hubs are held back.
    let runs: [(&Rows, &Rows); 2] = [(graph, &backwards), (&backwards, graph)];
    for (forward, back) in runs {
        patience.check()?;
        let in_degree = |n: u32| (back.row(n).edges.len() as u32 / 16).max(1);
        let pushed = space.push(forward, &seeds, PushParams::STANDARD, in_degree);
        pushed.kept.iter().for_each(|(n, mass)| *by_node.entry(*n).or_default() += mass / 2);
    }
    Ok(Some(Nearness { by_node }))
}

/// The nodes that a focus names: a file and its symbols, a folder's files, or symbols.
fn focused(snapshot: &Snapshot, focus: &str) -> Result<Vec<NodeId>, AnswerError> {
    let (world, nodes) = (snapshot.world(), snapshot.nodes());
    let path = focus.trim_end_matches('/').trim_start_matches("./");
    if let Some(id) = world.file_at(path) {
        return Ok(file_nodes(snapshot, id));
    }
    if let Some(dir) = RelPath::parse(path).filter(|p| world.dir_at(p.as_str()).is_some()) {
        let files = world.files().filter(|f| f.path.is_below(&dir));
        return Ok(files.map(|f| nodes.file(f.id)).collect());
    }
    let found = find::targets(snapshot, &Subject::Name(focus.into()))?;
    let node = |target: &Target| match *target {
        Target::Symbol(id) => {
            nodes.symbol(id).unwrap_or_else(|| nodes.file(find::file_of(snapshot, *target)))
        }
        Target::File(file) => nodes.file(file),
    };
    Ok(found.iter().take(MAX_FOCUSED).map(node).collect())
}

fn file_nodes(snapshot: &Snapshot, id: FileId) -> Vec<NodeId> {
    let file = snapshot.world().file(id);
    let symbols = file.symbols.iter().filter_map(|s| snapshot.nodes().symbol(*s));
    std::iter::once(snapshot.nodes().file(id)).chain(symbols).collect()
}

/// Adds the symbols and files whose names stand in a text, the rarer the heavier.
fn mentioned(snapshot: &Snapshot, text: &str, patience: &Patience, weights: &mut FxHashMap<u32, u64>) {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: FxHashSet<&str> = text.split(|c| !is_word(c)).filter(|w| w.len() > 2).collect();
    let keys: FxHashSet<u64> = words.iter().map(|w| name_key(w).0).collect();
    let mut by_word: FxHashMap<u64, Vec<NodeId>> = FxHashMap::default();
    for file in snapshot.world().files().take_while(|_| !patience.is_over()) {
        let node = snapshot.nodes().file(file.id);
        if file.path.as_str().len() > 4 && text.contains(file.path.as_str()) {
            *weights.entry(node.0).or_default() += 1 << 20;
        }
        let stem = file.path.name().split('.').next().unwrap_or("");
        if words.contains(stem) {
            by_word.entry(name_key(stem).0).or_default().push(node);
        }
        for (s, id) in file.facts.symbols.iter().zip(file.symbols.iter()) {
            let key = file.facts.names.key(s.name).0;
            if keys.contains(&key) {
                by_word.entry(key).or_default().push(snapshot.nodes().symbol(*id).unwrap_or(node));
            }
        }
    }
    // Sums of integers: the order does not show.
    for nodes in by_word.values().filter(|n| n.len() <= MAX_SHARED) {
        let each = (1 << 18) / (nodes.len() * nodes.len()) as u64;
        nodes.iter().for_each(|n| *weights.entry(n.0).or_default() += each.max(1));
    }
}
