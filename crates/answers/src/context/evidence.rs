//! What speaks for each file, put together to one score.
//!
//! Words come first: BM25F over whole files, over their best functions and types, and both again with the words of the
//! title alone. What a task names outright is added, and can only raise a file. What each part is worth was measured;
//! see docs/decisions.

use std::collections::BTreeMap;

use lodemap_base::FileId;
use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use lodemap_engine::graph::FileClass;
use lodemap_search::{FileScore, Ranking, SearchError, Term, View, Weights, rank};
use rustc_hash::FxHashMap;

use super::anchors::{Anchor, AnchorKind, anchors};
use super::task::Task;
use super::words::{Group, terms};

/// How fields count for whole files.
const OF_FILES: Weights = Weights { fields: [256, 512, 256, 256, 64], b: 192, k1: 307 };
/// How they count for functions and types.
const OF_SYMBOLS: Weights = Weights { fields: [768, 256, 384, 256, 64], b: 192, k1: 307 };

/// What the best file of a kind of evidence gets, in thousandths.
mod worth {
    /// All words, over the whole file.
    pub(super) const FILE: u64 = 700;
    /// The title's words, over the whole file.
    pub(super) const FILE_TITLE: u64 = 800;
    /// All words, in the three best functions and types together.
    pub(super) const SYMBOLS: u64 = 500;
    /// All words, in the best function or type.
    pub(super) const SYMBOL: u64 = 200;
    /// The title's words, in the best function or type.
    pub(super) const SYMBOL_TITLE: u64 = 250;
    /// If each word were in it at all.
    pub(super) const MATCHED: u64 = 400;
    /// If each word were in the name of some symbol.
    pub(super) const NAMED: u64 = 1200;
    /// If each word were in the path.
    pub(super) const PATH: u64 = 700;
    /// A certain anchor of each kind.
    pub(super) const ANCHORS: [u64; super::AnchorKind::COUNT] = [500, 700, 300, 300, 150, 200];
    /// Each further certain name, up to `MOST_NAMES`.
    pub(super) const NAME: u64 = 50;
    /// Rare names may be several; so many certain ones count.
    pub(super) const MOST_NAMES: u64 = 2;
    /// A file that only stands for its folder holds little but the names of others.
    pub(super) const STANDS_FOR_FOLDER: u64 = 150;
}

/// So many functions and types of a file count together.
const BEST_SYMBOLS: usize = 3;

/// A file with what speaks for it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) file: FileId,
    /// In thousandths of what the best file gets for its words alone.
    pub(crate) score: u64,
    /// Its symbols for which something speaks, by index, in thousandths of the best of all files.
    pub(crate) symbols: Vec<(u32, u64)>,
    /// What the task names of it.
    pub(crate) anchors: Vec<Anchor>,
    /// The words that speak for it most: indices into [`Evidence::terms`].
    pub(crate) words: Vec<usize>,
}

/// All that is known before anything is chosen.
pub(crate) struct Evidence {
    /// Best first; ties by path.
    pub(crate) files: Vec<Candidate>,
    pub(crate) terms: Vec<Term>,
    /// How each is spelled in the task.
    pub(crate) spelled: Vec<String>,
    /// How rare each term is, in 65536ths; 0 where it does not occur.
    pub(crate) rarities: Vec<u64>,
    /// How much of what was asked occurs in the best file, and in the repository at all, in thousandths.
    pub(crate) matched: (u64, u64),
}

/// Thousandths of the largest.
fn part(score: u64, largest: u64) -> u64 {
    score * 1000 / largest.max(1)
}

/// Ranks the files of a state for a task.
pub(crate) fn evidence(
    snapshot: &Snapshot,
    view: &View,
    task: &Task<'_>,
    with_tests: bool,
) -> Result<Evidence, SearchError> {
    let (terms, spelled) = terms(task);
    let ranking = rank(view, &terms, &OF_FILES, &OF_SYMBOLS)?;
    let world = snapshot.world();
    let mut by_file: FxHashMap<FileId, Candidate> = FxHashMap::default();
    let scores = file_scores(snapshot, view, &ranking, with_tests);
    let largest = |group: Group| scores.iter().map(|(_, s)| s.scores[group as usize]).max().unwrap_or(0);
    let (most, most_title) = (largest(Group::All), largest(Group::Title));
    for (file, score) in &scores {
        let mut sum = part(score.scores[Group::All as usize], most) * worth::FILE;
        sum += part(score.scores[Group::Title as usize], most_title) * worth::FILE_TITLE;
        sum += part(score.matched, ranking.possible) * worth::MATCHED;
        sum += part(score.named, ranking.possible) * worth::NAMED;
        sum += part(score.path, ranking.possible) * worth::PATH;
        let words = score.best.iter().filter(|(_, gain)| *gain > 0).map(|(term, _)| *term as usize).collect();
        let candidate = Candidate { file: *file, score: sum, symbols: vec![], anchors: vec![], words };
        by_file.insert(*file, candidate);
    }
    add_symbols(snapshot, view, &ranking, &mut by_file);
    for anchor in anchors(snapshot, view, task)? {
        if let Some(candidate) = by_file.get_mut(&anchor.file) {
            candidate.anchors.push(anchor);
        }
    }
    let mut files: Vec<Candidate> = by_file.into_values().collect();
    for candidate in &mut files {
        candidate.score += named_outright(candidate);
        let entry = world.file(candidate.file);
        if stands_for_folder(entry.path.name()) {
            candidate.score = candidate.score.saturating_sub(worth::STANDS_FOR_FOLDER * 1000);
        }
        if !entry.class.is_core() {
            candidate.score /= 2;
        }
        candidate.score /= 1000;
    }
    files.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| world.file(a.file).path.cmp(&world.file(b.file).path))
    });
    let best = files.first().and_then(|best| scores.iter().find(|(file, _)| *file == best.file));
    let occurring: u64 =
        ranking.found.iter().zip(&terms).filter(|((files, ..), _)| *files > 0).map(weight).sum();
    let asked: u64 = ranking.found.iter().zip(&terms).map(weight).sum();
    let in_best = best.map_or(0, |(_, score)| part(score.matched, ranking.possible));
    let rarities =
        ranking.found.iter().map(|(files, _, rarity)| if *files == 0 { 0 } else { *rarity }).collect();
    Ok(Evidence { files, terms, spelled, rarities, matched: (in_best, part(occurring, asked)) })
}

/// How much a term counts among those that are asked for.
fn weight(((_, _, rarity), term): (&(u32, u32, u64), &Term)) -> u64 {
    let weight = term.weights[Group::All as usize].max(term.weights[Group::Title as usize]);
    (rarity * u64::from(weight)) >> 8
}

fn stands_for_folder(name: &str) -> bool {
    matches!(name, "__init__.py" | "mod.rs" | "lib.rs" | "index.js" | "index.ts")
}

/// The scores of the files that may be named at all.
fn file_scores(
    snapshot: &Snapshot,
    view: &View,
    ranking: &Ranking,
    with_tests: bool,
) -> Vec<(FileId, FileScore)> {
    let world = snapshot.world();
    let file = |slot: u32| world.file_with_key(view.file_key(slot));
    let all = ranking.files.iter().filter_map(|(slot, score)| Some((file(*slot)?, *score)));
    all.filter(|(file, _)| with_tests || !world.file(*file).class.has(FileClass::TEST)).collect()
}

/// The best functions and types of a file.
#[derive(Default)]
struct Best {
    /// Scores for all words, the largest first.
    all: [u64; BEST_SYMBOLS],
    /// The largest score for the title's words.
    title: u64,
}

impl Best {
    fn note(&mut self, all: u64, title: u64) {
        self.title = self.title.max(title);
        if let Some(at) = self.all.iter().position(|known| all > *known) {
            self.all[at..].rotate_right(1);
            self.all[at] = all;
        }
    }

    fn together(&self) -> u64 {
        self.all.iter().sum()
    }
}

/// Adds what functions and types have of the words.
fn add_symbols(
    snapshot: &Snapshot,
    view: &View,
    ranking: &Ranking,
    by_file: &mut FxHashMap<FileId, Candidate>,
) {
    let world = snapshot.world();
    let mut best: BTreeMap<u32, Best> = BTreeMap::new();
    let groups = [Group::All as usize, Group::Title as usize];
    let files: Vec<Option<FileId>> = (0..view.file_slots() as u32)
        .map(|slot| world.file_with_key(view.file_key(slot)).filter(|file| by_file.contains_key(file)))
        .collect();
    for symbol in &ranking.symbols {
        if files[symbol.file as usize].is_some() {
            let [all, title] = groups.map(|group| symbol.scores[group]);
            best.entry(symbol.file).or_default().note(all, title);
        }
    }
    let largest = |of: fn(&Best) -> u64| best.values().map(of).max().unwrap_or(0);
    let most = [largest(|best| best.all[0]), largest(|best| best.title)];
    let most_together = largest(Best::together);
    for (slot, best) in &best {
        if let Some(candidate) = files[*slot as usize].and_then(|file| by_file.get_mut(&file)) {
            candidate.score += part(best.all[0], most[0]) * worth::SYMBOL;
            candidate.score += part(best.title, most[1]) * worth::SYMBOL_TITLE;
            candidate.score += part(best.together(), most_together) * worth::SYMBOLS;
        }
    }
    for symbol in ranking.symbols.iter().filter(|symbol| symbol.symbol != NONE) {
        let Some(candidate) = files[symbol.file as usize].and_then(|file| by_file.get_mut(&file)) else {
            continue;
        };
        let [all, title] = groups.map(|group| symbol.scores[group]);
        let score = (2 * part(all, most[0]) + part(title, most[1])) / 3;
        candidate.symbols.push((symbol.symbol, score));
    }
}

/// What a file gets for what the task names of it.
fn named_outright(candidate: &Candidate) -> u64 {
    let mut strongest = [0; AnchorKind::COUNT];
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for anchor in &candidate.anchors {
        let strength = u64::from(anchor.strength);
        let best = &mut strongest[anchor.kind as usize];
        *best = strength.max(*best);
        if anchor.kind == AnchorKind::Name {
            let known = names.entry(&anchor.text).or_default();
            *known = strength.max(*known);
        }
    }
    let names = names.values().sum::<u64>().min(worth::MOST_NAMES * 256);
    let worths = strongest.iter().zip(worth::ANCHORS).map(|(strength, worth)| strength * worth);
    (worths.sum::<u64>() + names * worth::NAME) * 1000 / 256
}
