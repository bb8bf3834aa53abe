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
use lodemap_search::{Common, FileScore, Ranking, SearchError, Term, View, Weights, rank_with};
use rustc_hash::FxHashMap;

use super::anchors::{Anchor, AnchorKind, anchors};
use super::answer::ContextOptions;
use super::company::{Together, add_company};
use super::past::Past;
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
    /// The title's words, in what was said of changes before.
    pub(super) const CHANGED: u64 = 500;
    /// A file that only stands for its folder holds little but the names of others.
    pub(super) const STANDS_FOR_FOLDER: u64 = 150;
}

/// So many functions and types of a file count together.
const BEST_SYMBOLS: usize = 3;

/// A file with what speaks for it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) file: FileId,
    /// Its slot in the view.
    slot: u32,
    /// The sum of what speaks for it, in the units of `worth`.
    pub(crate) score: u64,
    /// Its symbols for which something speaks, by index, in thousandths of the best of all files.
    pub(crate) symbols: Vec<(u32, u64)>,
    /// What the task names of it.
    pub(crate) anchors: Vec<Anchor>,
    /// The words that speak for it most: indices into [`Evidence::terms`].
    pub(crate) words: Vec<usize>,
    /// Whether the words of the title were said of changes of it, in thousandths of the file for which they were most.
    pub(crate) changed: u64,
    /// Which of the first files it changed together with.
    pub(crate) together: Option<Together>,
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
    past: Option<&Past>,
    task: &Task<'_>,
    focused: Vec<Anchor>,
    options: &ContextOptions,
) -> Result<Evidence, SearchError> {
    let (terms, spelled) = terms(task);
    let (with_tests, patience) = (options.tests, &options.patience);
    let weights: Vec<_> = terms.iter().map(|term| term.weights).collect();
    let ranking = rank_with(view, &weights, &OF_FILES, &OF_SYMBOLS, Common::Skipped, |at, out| {
        patience.check()?;
        view.postings(&terms[at].word, out)
    })?;
    let world = snapshot.world();
    let files_at = files_at(snapshot, view, with_tests);
    let scores: Vec<(u32, FileId, FileScore)> = ranking
        .files
        .iter()
        .filter_map(|(slot, score)| Some((*slot, files_at[*slot as usize]?, *score)))
        .collect();
    let best = best_symbols(&ranking, &files_at);
    let largest = |group: Group| scores.iter().map(|(.., s)| s.scores[group as usize]).max().unwrap_or(0);
    let (most, most_title) = (largest(Group::All), largest(Group::Title));
    let of_symbols = |of: fn(&Best) -> u64| best.iter().map(of).max().unwrap_or(0);
    let most_symbol = [of_symbols(|best| best.all[0]), of_symbols(|best| best.title)];
    let most_together = of_symbols(Best::together);
    let mut named: BTreeMap<u32, Vec<Anchor>> = BTreeMap::new();
    for anchor in anchors(snapshot, view, task)?.into_iter().chain(focused) {
        named.entry(anchor.file.0).or_default().push(anchor);
    }
    patience.check()?;
    let past = past.map(|past| past.seen_from(snapshot, &|file| is_wanted(snapshot, file, with_tests)));
    let changed = past.as_ref().map(|past| past.spoken_for(&terms)).unwrap_or_default();
    let most_changed = changed.values().copied().max().unwrap_or(0);
    let mut files: Vec<Candidate> = vec![];
    for (slot, file, score) in scores.iter().take_while(|_| !patience.is_over()) {
        let mut sum = part(score.scores[Group::All as usize], most) * worth::FILE;
        sum += part(score.scores[Group::Title as usize], most_title) * worth::FILE_TITLE;
        sum += part(score.matched, ranking.possible) * worth::MATCHED;
        sum += part(score.named, ranking.possible) * worth::NAMED;
        sum += part(score.path, ranking.possible) * worth::PATH;
        let best = &best[*slot as usize];
        sum += part(best.all[0], most_symbol[0]) * worth::SYMBOL;
        sum += part(best.title, most_symbol[1]) * worth::SYMBOL_TITLE;
        sum += part(best.together(), most_together) * worth::SYMBOLS;
        let changed = part(changed.get(file).copied().unwrap_or(0), most_changed);
        sum += changed * worth::CHANGED;
        let anchors = named.remove(&file.0).unwrap_or_default();
        sum += named_outright(&anchors);
        let entry = world.file(*file);
        if stands_for_folder(entry.path.name()) {
            sum = sum.saturating_sub(worth::STANDS_FOR_FOLDER * 1000);
        }
        if !entry.class.is_core() {
            sum /= 2;
        }
        let words = score.best.iter().filter(|(_, gain)| *gain > 0).map(|(term, _)| *term as usize).collect();
        files.push(Candidate {
            file: *file,
            slot: *slot,
            score: sum / 1000,
            symbols: vec![],
            anchors,
            words,
            changed,
            together: None,
        });
    }
    files.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| world.file(a.file).path.cmp(&world.file(b.file).path))
    });
    patience.check()?;
    add_company(world, past.as_ref(), &mut files);
    patience.check()?;
    add_symbols(&ranking, most_symbol, &mut files);
    let best = files.first().and_then(|best| scores.iter().find(|(_, file, _)| *file == best.file));
    let occurring: u64 =
        ranking.found.iter().zip(&terms).filter(|((files, ..), _)| *files > 0).map(weight).sum();
    let asked: u64 = ranking.found.iter().zip(&terms).map(weight).sum();
    let in_best = best.map_or(0, |(.., score)| part(score.matched, ranking.possible));
    let rarities =
        ranking.found.iter().map(|(files, _, rarity)| if *files == 0 { 0 } else { *rarity }).collect();
    Ok(Evidence { files, terms, spelled, rarities, matched: (in_best, part(occurring, asked)) })
}

/// How much a term counts among those that are asked for.
fn weight(((_, _, rarity), term): (&(u32, u32, u64), &Term)) -> u64 {
    let weight = term.weights[Group::All as usize].max(term.weights[Group::Title as usize]);
    (rarity * u64::from(weight)) >> 8
}

pub(super) fn stands_for_folder(name: &str) -> bool {
    matches!(name, "__init__.py" | "mod.rs" | "lib.rs" | "index.js" | "index.ts")
}

/// Whether a file may be named.
fn is_wanted(snapshot: &Snapshot, file: FileId, with_tests: bool) -> bool {
    with_tests || !snapshot.world().file(file).class.has(FileClass::TEST)
}

/// The file in each slot of the view, if it may be named at all.
fn files_at(snapshot: &Snapshot, view: &View, with_tests: bool) -> Vec<Option<FileId>> {
    let world = snapshot.world();
    let at = |slot| {
        let file = world.file_with_key(view.file_key(slot));
        file.filter(|file| is_wanted(snapshot, *file, with_tests))
    };
    (0..view.file_slots() as u32).map(at).collect()
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

/// The best functions and types of each slot.
fn best_symbols(ranking: &Ranking, files_at: &[Option<FileId>]) -> Vec<Best> {
    let mut out: Vec<Best> = files_at.iter().map(|_| Best::default()).collect();
    for symbol in ranking.symbols.iter().filter(|symbol| files_at[symbol.file as usize].is_some()) {
        let [all, title] = symbol.scores;
        out[symbol.file as usize].note(all, title);
    }
    out
}

/// What is in files after so many is not looked at.
const MAX_DETAILED: usize = 200;

/// Adds to the best files what their functions and types have of the words.
fn add_symbols(ranking: &Ranking, most: [u64; 2], files: &mut [Candidate]) {
    let mut places: FxHashMap<u32, usize> = FxHashMap::default();
    places.extend(files.iter().take(MAX_DETAILED).enumerate().map(|(at, file)| (file.slot, at)));
    for symbol in ranking.symbols.iter().filter(|symbol| symbol.symbol != NONE) {
        let Some(at) = places.get(&symbol.file) else { continue };
        let [all, title] = symbol.scores;
        let score = (2 * part(all, most[0]) + part(title, most[1])) / 3;
        files[*at].symbols.push((symbol.symbol, score));
    }
}

/// What a file gets for what the task names of it.
fn named_outright(anchors: &[Anchor]) -> u64 {
    let mut strongest = [0; AnchorKind::COUNT];
    let mut names: BTreeMap<&str, u64> = BTreeMap::new();
    for anchor in anchors {
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
