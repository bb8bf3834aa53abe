//! Which lines are shown within a budget: greedy on gain per cost, over levels of detail.
//!
//! Each function or type is an item with a ladder of levels; taking a step shows more lines of it. What one more item of
//! a file is worth falls with each that is shown already, so that files share the budget. Steps are taken from a heap
//! and valued again when they come up (lazy greedy: M. Minoux, "Accelerated greedy algorithms for maximizing submodular
//! set functions", 1978).

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

use lodemap_base::{Patience, Stopped};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{FileFacts, NONE};
use lodemap_search::for_each_word;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::evidence::{Candidate, Evidence};
use super::page::Page;
use crate::tokens::Tokenizer;

/// How much of a symbol is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What declares it.
    Signature,
    /// That, and its documentation.
    Doc,
    /// That, and the one place that the task names, or in which its words are worth most.
    Place,
    /// That, and what surrounds the task's words in it.
    Windows,
    /// All of it.
    Body,
}

impl Level {
    fn next(self) -> Option<Self> {
        match self {
            Self::Signature => Some(Self::Doc),
            Self::Doc => Some(Self::Place),
            Self::Place => Some(Self::Windows),
            Self::Windows => Some(Self::Body),
            Self::Body => None,
        }
    }

    /// How many places of a body are shown.
    fn places(self) -> Option<usize> {
        match self {
            Self::Signature | Self::Doc => None,
            Self::Place => Some(1),
            Self::Windows | Self::Body => Some(MAX_PLACES),
        }
    }

    /// What it is worth, of a thousand.
    fn worth(self) -> u64 {
        match self {
            Self::Signature => 350,
            Self::Doc => 450,
            Self::Place => 650,
            Self::Windows => 800,
            Self::Body => 1000,
        }
    }
}

/// So many symbols of a file are looked at.
const MAX_SYMBOLS: usize = 10;
/// Bodies longer than this are shown by windows only.
const MAX_BODY: u32 = 120;
/// Lines around a line with the task's words.
const AROUND: u32 = 3;
/// So many such places of a symbol.
const MAX_PLACES: usize = 3;
/// Signatures and documentation are cut after so many lines.
const MAX_HEAD: u32 = 8;
/// So many times as much is a place worth that the task names by its line.
const NAMED_PLACE: u64 = 8;
/// A step that is worth less than this part of the first one, in thousandths, would not help.
const LEAST: u64 = 8;

/// What is shown of one file.
pub(crate) struct Shown {
    /// Its place among the candidates.
    pub(crate) at: usize,
    pub(crate) page: Page,
    /// What the task's words are worth in each line; worked out when it is first asked for.
    worths: OnceCell<Vec<u64>>,
    /// Lines that the task names.
    named: Vec<u32>,
    pub(crate) lines: BTreeSet<u32>,
    /// The symbols that are shown, by index, and how much of each; [`NONE`] for what stands in none.
    pub(crate) symbols: Vec<(u32, Level)>,
}

impl Shown {
    fn new(at: usize, page: Page, candidate: &Candidate) -> Self {
        let named = candidate.anchors.iter().filter_map(|anchor| anchor.line).collect();
        Self { at, page, worths: OnceCell::new(), named, lines: BTreeSet::new(), symbols: vec![] }
    }

    /// Whether the task names a line of a symbol.
    fn names_line_in(&self, facts: &FileFacts, symbol: u32) -> bool {
        symbol != NONE && {
            let span = facts.symbols.at(symbol).span;
            let last = facts.lines.line(span.end.saturating_sub(1).max(span.start));
            self.named.iter().any(|line| (facts.lines.line(span.start)..=last).contains(line))
        }
    }

    fn worth(&self, line: u32, words: &WordWorth<'_>) -> u64 {
        let all = || (1..=self.page.len()).map(|line| words.of(self.page.raw(line))).collect();
        let worths = self.worths.get_or_init(all);
        line.checked_sub(1).and_then(|ix| worths.get(ix as usize)).copied().unwrap_or(0)
    }
}

/// A step that was taken; they can be taken back, last first.
pub(crate) struct Step {
    pub(crate) file: usize,
    added: Vec<u32>,
    symbol: u32,
    before: Option<Level>,
}

struct Item {
    file: usize,
    symbol: u32,
    /// What all of it is worth.
    worth: u64,
    level: Level,
    before: Option<Level>,
    priority: f64,
    /// How many symbols of its file were shown when it was valued.
    seen: usize,
    order: usize,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Item {}
impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.total_cmp(&other.priority).then_with(|| other.order.cmp(&self.order))
    }
}

/// What the words of a task are worth in a line.
pub(crate) struct WordWorth<'e> {
    by_word: FxHashMap<&'e str, u64>,
}

impl<'e> WordWorth<'e> {
    pub(crate) fn new(evidence: &'e Evidence) -> Self {
        let words = evidence.terms.iter().zip(&evidence.rarities);
        let worth = words
            .map(|(term, rarity)| (term.word.as_str(), (rarity * u64::from(term.weights[0].min(512))) >> 8));
        Self { by_word: worth.collect() }
    }

    fn of(&self, line: &str) -> u64 {
        let mut seen: Vec<u64> = vec![];
        for_each_word(line, |word| {
            if let Some(worth) = self.by_word.get(word)
                && !seen.contains(worth)
            {
                seen.push(*worth);
            }
        });
        seen.iter().sum()
    }
}

/// What choosing may cost.
pub(crate) struct Budget<'p> {
    /// Tokens of what is shown.
    pub(crate) tokens: usize,
    /// By which they are counted.
    pub(crate) tokenizer: Tokenizer,
    /// How long somebody waits.
    pub(crate) patience: &'p Patience,
}

/// Takes steps until `budget` is spent or no step would help.
pub(crate) fn choose(
    snapshot: &Snapshot,
    files: &[Candidate],
    words: &WordWorth<'_>,
    pages: Vec<(usize, Page)>,
    budget: &Budget<'_>,
    header: &dyn Fn(usize) -> usize,
) -> Result<(Vec<Shown>, Vec<Step>), Stopped> {
    let mut shown: Vec<Shown> =
        pages.into_iter().map(|(at, page)| Shown::new(at, page, &files[at])).collect();
    let mut heap = BinaryHeap::new();
    let best = files.first().map_or(1, |f| f.score.max(1));
    let facts =
        |file: usize, shown: &[Shown]| snapshot.world().file(files[shown[file].at].file).facts.clone();
    for file in 0..shown.len() {
        budget.patience.check()?;
        let candidate = &files[shown[file].at];
        // The first file is much more often the right one than its score tells. Falling with the rank as well was tried,
        // and showed fewer of the functions that were changed (75.8 instead of 77.0 in a hundred).
        let near = candidate.score * 1000 / best;
        let of_file = near * near / 1000 * near / 1000;
        for (symbol, of_symbol) in symbols_of(candidate) {
            let order = heap.len();
            let worth = of_file * of_symbol;
            let item = Item {
                file,
                symbol,
                worth,
                level: Level::Signature,
                before: None,
                priority: 0.0,
                seen: 0,
                order,
            };
            let facts = facts(file, &shown);
            heap.push(valued(item, &facts, &shown, words));
        }
    }
    let (mut spent, mut steps) = (0, vec![]);
    let first = heap.peek().map_or(0, |item: &Item| item.worth);
    while let Some(item) = heap.pop() {
        budget.patience.check()?;
        let facts = facts(item.file, &shown);
        if item.seen != shown[item.file].symbols.len() {
            heap.push(valued(item, &facts, &shown, words));
            continue;
        }
        if item.worth * 1000 < first * LEAST {
            continue;
        }
        let lines = lines_of(&facts, item.symbol, item.level, &shown[item.file], words);
        let file = &mut shown[item.file];
        let added: Vec<u32> = lines.into_iter().filter(|line| !file.lines.contains(line)).collect();
        let mut cost: usize =
            added.iter().map(|line| budget.tokenizer.count(&file.page.numbered(*line))).sum();
        cost += if file.lines.is_empty() { header(file.at) } else { 0 };
        if spent + cost > budget.tokens {
            continue;
        }
        spent += cost;
        file.lines.extend(&added);
        file.symbols.retain(|(symbol, _)| *symbol != item.symbol);
        file.symbols.push((item.symbol, item.level));
        steps.push(Step { file: item.file, added, symbol: item.symbol, before: item.before });
        if let Some(next) = item.level.next() {
            heap.push(valued(Item { level: next, before: Some(item.level), ..item }, &facts, &shown, words));
        }
    }
    Ok((shown, steps))
}

/// Takes a step back.
pub(crate) fn undo(shown: &mut [Shown], step: &Step) {
    let file = &mut shown[step.file];
    file.lines.retain(|line| !step.added.contains(line));
    file.symbols.retain(|(symbol, _)| *symbol != step.symbol);
    file.symbols.extend(step.before.map(|level| (step.symbol, level)));
}

/// The symbols of a file that are worth most, in thousandths; the file itself where nothing speaks for any.
fn symbols_of(candidate: &Candidate) -> Vec<(u32, u64)> {
    let mut worth: FxHashMap<u32, u64> = FxHashMap::default();
    for (symbol, score) in &candidate.symbols {
        worth.insert(*symbol, score * score / 1000);
    }
    for anchor in &candidate.anchors {
        if let Some(symbol) = anchor.symbol {
            let weight = if anchor.line.is_some() { 4 } else { 2 };
            *worth.entry(symbol).or_default() += u64::from(anchor.strength) * weight;
        }
    }
    let mut all: Vec<(u32, u64)> =
        worth.into_iter().map(|(symbol, worth)| (symbol, worth.min(1000))).collect();
    all.sort_by_key(|(symbol, worth)| (std::cmp::Reverse(*worth), *symbol));
    all.truncate(MAX_SYMBOLS);
    if all.is_empty() {
        all.push((NONE, 300));
    }
    all
}

/// The item with the priority that it has now.
fn valued(mut item: Item, facts: &FileFacts, shown: &[Shown], words: &WordWorth<'_>) -> Item {
    let file = &shown[item.file];
    let lines = lines_of(facts, item.symbol, item.level, file, words);
    let bytes: usize = lines
        .iter()
        .filter(|line| !file.lines.contains(line))
        .map(|line| file.page.raw(*line).len() + 8)
        .sum();
    let others = file.symbols.iter().filter(|(symbol, _)| *symbol != item.symbol).count();
    let step = item.level.worth() - item.before.map_or(0, Level::worth);
    // A place that the task names by its line is what its writer was looking at.
    let is_named = item.level == Level::Place && file.names_line_in(facts, item.symbol);
    let gain = (item.worth * step * if is_named { NAMED_PLACE } else { 1 }) as f64 / (2 + others) as f64;
    let cost = (bytes + 12) as f64;
    // Three quarters of the cost: what is long is read with less ease, but is more often what was looked for.
    item.priority = gain / (cost.sqrt() * cost.sqrt().sqrt());
    item.seen = file.symbols.len();
    item
}

/// The lines of a symbol at a level, with those that open what it stands in.
fn lines_of(
    facts: &FileFacts,
    symbol: u32,
    level: Level,
    file: &Shown,
    words: &WordWorth<'_>,
) -> BTreeSet<u32> {
    let page = &file.page;
    let mut out = BTreeSet::new();
    if symbol == NONE {
        let last = page.len();
        out.extend(1..=last.min(MAX_HEAD));
        if let Some(places) = level.places() {
            windows(1, last, file, words, places, &mut out);
        }
        return out;
    }
    let s = facts.symbols.at(symbol);
    let line = |at: u32| facts.lines.line(at);
    let (start, end) =
        (line(s.span.start), line(s.span.end.saturating_sub(1).max(s.span.start)).min(page.len()));
    let mut parent = s.parent;
    while parent != NONE {
        let holder = facts.symbols.at(parent);
        out.insert(line(holder.name_at.max(holder.span.start)));
        parent = holder.parent;
    }
    let declared = declared(facts, symbol, page).clamp(start, end.max(start));
    out.extend(start..=declared.min(start + MAX_HEAD));
    out.insert(line(s.name_at));
    if level >= Level::Doc && s.doc.end > s.doc.start {
        let doc = line(s.doc.start);
        out.extend(doc..=line(s.doc.end.saturating_sub(1)).min(doc + MAX_HEAD));
    }
    if let Some(places) = level.places() {
        windows(start, end, file, words, places, &mut out);
    }
    if level == Level::Body && end - start < MAX_BODY {
        out.extend(start..=end);
    }
    out
}

/// The last line of what declares a symbol.
fn declared(facts: &FileFacts, symbol: u32, page: &Page) -> u32 {
    let s = facts.symbols.at(symbol);
    let body = facts.lines.line(s.body_at.min(s.span.end.saturating_sub(1)));
    let before =
        facts.lines.start(body as usize - 1).map_or(0, |start| s.body_at.saturating_sub(start) as usize);
    // A body that begins on a line of its own is no part of it.
    let is_alone = page.raw(body).get(..before).is_some_and(|text| text.trim().is_empty());
    if is_alone && body > facts.lines.line(s.name_at) { body - 1 } else { body }
}

/// The lines from `start` to `end` in which the task's words are worth most, with those around them.
fn windows(
    start: u32,
    end: u32,
    file: &Shown,
    words: &WordWorth<'_>,
    most_places: usize,
    out: &mut BTreeSet<u32>,
) {
    let mut places: Vec<(u64, u32)> = (start..=end).map(|line| (file.worth(line, words), line)).collect();
    places.retain(|(worth, _)| *worth > 0);
    places.sort_by_key(|(worth, line)| (std::cmp::Reverse(*worth), *line));
    let most = places.first().map_or(0, |(worth, _)| *worth);
    let best = places.iter().filter(|(worth, _)| worth * 5 >= most * 2).map(|(_, line)| line);
    let named = file.named.iter().filter(|line| (start..=end).contains(*line));
    // What the task names first; then at most as many others.
    let all = named.take(most_places).chain(best.take(most_places));
    let limit = if most_places == 1 { 1 } else { 2 * most_places };
    for line in all.take(limit) {
        out.extend(line.saturating_sub(AROUND).max(start)..=(line + AROUND).min(end));
    }
}
