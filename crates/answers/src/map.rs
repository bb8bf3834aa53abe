//! The repo map: the best files with their best symbols, under a budget of tokens.

mod files;
mod steps;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lodemap_base::{ENDLESS, FileId, Patience, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{NONE, Symbol};
use lodemap_engine::graph::FileEntry;
use serde::Serialize;

use crate::error::AnswerError;
use crate::focus::{Nearness, nearness};
use crate::select::{LineCounter, last_text, line_text, more_text};
use crate::tokens::Tokenizer;
use steps::{Candidates, Step, Steps, is_shown, value};

/// What the map should show.
#[derive(Clone, Debug)]
pub struct MapOptions {
    /// At most so many tokens, the last line included.
    pub tokens: usize,
    /// Counted by this tokenizer.
    pub tokenizer: Tokenizer,
    /// Paths, folders or symbols to be near to.
    pub focus: Vec<String>,
    /// Texts whose names are to be near to.
    pub mention: Vec<String>,
    /// How long somebody waits.
    pub patience: Patience,
    /// Files alone.
    pub files: bool,
}

/// A map.
#[derive(Clone, Debug, Serialize)]
pub struct MapAnswer {
    /// Files, best first.
    pub files: Vec<MapFile>,
    /// How many tokens the text has.
    pub tokens: usize,
    /// What was cut.
    pub omitted: Omitted,
    #[serde(skip)]
    text: String,
}

/// A file of a map.
#[derive(Clone, Debug, Serialize)]
pub struct MapFile {
    /// Its path.
    pub path: RelPath,
    /// Its importance.
    pub score: u64,
    /// Its language.
    pub lang: String,
    /// The symbols shown, best first.
    pub symbols: Vec<MapSymbol>,
}

/// A symbol of a map.
#[derive(Clone, Debug, Serialize)]
pub struct MapSymbol {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// Where its name stands, from 1.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Its signature.
    pub signature: String,
    /// Its importance.
    pub score: u64,
}

/// What was cut off.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Omitted {
    /// Files of which nothing is shown.
    pub files: usize,
    /// Symbols that are not shown, of all files.
    pub symbols: usize,
}

/// So many steps are remembered of a state: enough for a map of 12,000 tokens.
const REMEMBERED: usize = 4001;

/// The map of a snapshot.
pub fn map(snapshot: &Snapshot, options: &MapOptions) -> Result<MapAnswer, AnswerError> {
    let patience = &options.patience;
    let near = nearness(snapshot, &options.focus, &options.mention, patience)?;
    if options.files {
        return files::files(snapshot, near.as_ref(), options);
    }
    let mut counter = LineCounter::new(options.tokenizer);
    // Every step adds a line of three tokens at least: later ones cannot fit.
    let keep = options.tokens / 3 + 1;
    let best = match &near {
        // The same for all who look from nowhere in particular, and so made as a whole, whoever waits.
        None if keep <= REMEMBERED => {
            snapshot.remembered(|| Steps::best(snapshot, None, REMEMBERED, &ENDLESS))
        }
        _ => Arc::new(Steps::best(snapshot, near.as_ref(), keep, patience)),
    };
    patience.check()?;
    let Steps { steps, candidates } = &*best;
    let steps = &steps[..keep.min(steps.len())];
    let smallest = counter.last(candidates.files, candidates.symbols);
    if options.tokens < smallest {
        return Err(too_small(options.tokens, smallest));
    }
    let mut limit = steps.len();
    loop {
        let mut chosen = Chosen::new(snapshot, candidates);
        // The first that does not fit ends the map: a larger budget then shows the same and more.
        let fits = |step: &&Step| !patience.is_over() && chosen.try_add(step, options.tokens, &mut counter);
        let added = steps[..limit].iter().take_while(fits).count();
        patience.check()?;
        let answer = chosen.answer(near.as_ref(), options.tokenizer);
        // The whole text is counted at last; should lines ever not add up, the map gives way, not the budget.
        if answer.tokens <= options.tokens || added == 0 {
            return Ok(answer);
        }
        limit = added - 1;
    }
}

/// What is said of a budget in which not even the last line fits.
fn too_small(tokens: usize, smallest: usize) -> AnswerError {
    AnswerError::Usage(format!(
        "--tokens {tokens} leaves no room: the last line alone takes {smallest}; give at least {smallest}, or 1024 for a useful map"
    ))
}

/// The map so far.
struct Chosen<'s> {
    snapshot: &'s Snapshot,
    candidates: &'s Candidates,
    /// In the order in which they were first chosen: file and symbols shown, those around them included.
    files: Vec<(FileId, BTreeSet<u32>)>,
    index: BTreeMap<u32, usize>,
    /// Tokens without the last line.
    tokens: usize,
    /// Files and symbols not shown.
    omitted: Omitted,
}

impl<'s> Chosen<'s> {
    fn new(snapshot: &'s Snapshot, candidates: &'s Candidates) -> Self {
        let omitted = Omitted { files: candidates.files, symbols: candidates.symbols };
        Self { snapshot, candidates, files: vec![], index: BTreeMap::new(), tokens: 0, omitted }
    }

    /// Adds a step if it fits.
    fn try_add(&mut self, step: &Step, budget: usize, counter: &mut LineCounter) -> bool {
        let file = self.snapshot.world().file(step.file);
        let at = self.index.get(&step.file.0).copied();
        let shown = at.map(|i| &self.files[i].1);
        let mut add: Vec<u32> = Vec::new();
        let mut ix = step.symbol;
        while ix != NONE && shown.is_none_or(|s| !s.contains(&ix)) {
            add.push(ix);
            ix = file.facts.symbols.at(ix).parent;
        }
        let total = self.candidates.of(file.id);
        let counted = |ix: &u32| is_shown(file, *ix);
        let before = total - shown.map_or(0, |s| s.iter().filter(|i| counted(i)).count());
        let added = add.iter().filter(|i| counted(i)).count();
        let mut tokens = self.tokens;
        if at.is_none() {
            tokens += counter.line(&format!("{}\n", file.path));
        } else {
            tokens -= counter.more(before);
        }
        tokens += counter.more(before - added);
        tokens += add.iter().map(|ix| counter.line(&symbol_line(file, *ix))).sum::<usize>();
        let omitted = Omitted {
            files: self.omitted.files - usize::from(at.is_none()),
            symbols: self.omitted.symbols - added,
        };
        if tokens + counter.last(omitted.files, omitted.symbols) > budget {
            return false;
        }
        (self.tokens, self.omitted) = (tokens, omitted);
        let i = at.unwrap_or_else(|| {
            self.files.push((step.file, BTreeSet::new()));
            self.index.insert(step.file.0, self.files.len() - 1);
            self.files.len() - 1
        });
        self.files[i].1.extend(add);
        true
    }

    fn answer(self, near: Option<&Nearness>, tokenizer: Tokenizer) -> MapAnswer {
        let mut text = String::new();
        let mut files = Vec::with_capacity(self.files.len());
        for (id, shown) in &self.files {
            let file = self.snapshot.world().file(*id);
            text.push_str(&format!("{}\n", file.path));
            shown.iter().for_each(|ix| text.push_str(&symbol_line(file, *ix)));
            let total = self.candidates.of(file.id);
            let left = total - shown.iter().filter(|ix| is_shown(file, **ix)).count();
            if left > 0 {
                text.push_str(&more_text(left));
            }
            let mut symbols: Vec<(u64, u32)> = shown
                .iter()
                .map(|ix| (value(self.snapshot, file, *ix, &file.facts.symbols.at(*ix), near), *ix))
                .collect();
            symbols.sort_by_key(|(v, ix)| (Reverse(*v), *ix));
            files.push(MapFile {
                path: file.path.clone(),
                score: self.snapshot.file_score(*id),
                lang: file.spec().name.clone(),
                symbols: symbols.iter().map(|(_, ix)| map_symbol(self.snapshot, file, *ix)).collect(),
            });
        }
        text.push_str(&last_text(self.omitted.files, self.omitted.symbols));
        let last = tokenizer.count(&last_text(self.omitted.files, self.omitted.symbols));
        let tokens = tokenizer.count(&text);
        debug_assert_eq!(tokens, self.tokens + last, "the lines of a map count one by one");
        MapAnswer { files, tokens, omitted: self.omitted, text }
    }
}

fn symbol_line(file: &FileEntry, ix: u32) -> String {
    let facts = &file.facts;
    let s = &facts.symbols.at(ix);
    let mut depth = 1;
    let mut parent = s.parent;
    while parent != NONE {
        depth += 1;
        parent = facts.symbols.at(parent).parent;
    }
    let (line, end) = line_range(file, s);
    let lines = if line == end { format!("L{line}") } else { format!("L{line}-{end}") };
    line_text(depth, signature(file, s), &lines)
}

fn line_range(file: &FileEntry, s: &Symbol) -> (u32, u32) {
    let lines = &file.facts.lines;
    (lines.line(s.name_at), lines.line(s.span.end.saturating_sub(1)))
}

fn signature<'f>(file: &'f FileEntry, s: &Symbol) -> &'f str {
    file.facts.signature_of(s).unwrap_or_else(|| file.facts.names.get(s.name))
}

fn map_symbol(snapshot: &Snapshot, file: &FileEntry, ix: u32) -> MapSymbol {
    let s = &file.facts.symbols.at(ix);
    let (line, end_line) = line_range(file, s);
    MapSymbol {
        name: file.facts.names.get(s.name).into(),
        kind: s.kind.as_str(),
        line,
        end_line,
        signature: signature(file, s).into(),
        score: snapshot.symbol_score(file.symbols[ix as usize]),
    }
}

impl MapAnswer {
    /// The map for a model or a person to read.
    pub fn text(&self) -> String {
        self.text.clone()
    }
}
