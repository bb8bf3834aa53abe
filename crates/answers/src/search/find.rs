//! From a query to what it finds, ranked.
//!
//! What is found is a *unit*: a document of the index (a definition without those in it, or the rest of a file), or a
//! file where files are asked for. Everything that a query requires or excludes is asked of one unit.

use std::cmp::Reverse;
use std::sync::Arc;

use lodemap_engine::Snapshot;
use lodemap_engine::facts::{NONE, SymbolFlags};
use lodemap_engine::graph::FileEntry;
use lodemap_search::{Common, Posting, View, Weights, rank_with, rarity};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Reading;
use super::filter::Filter;
use super::pattern::Pattern;
use super::query::{Atom, Query, Sign};
use super::texts::{Looked, look};
use super::words::{parts, stems_before, whole};
use crate::error::AnswerError;

/// How a word counts in a file, and in a document. Names say what a thing is; k₁ and b are the usual ones.
const OF_FILES: Weights = Weights { fields: [4 * 256, 6 * 256, 512, 256, 256], b: 192, k1: 307 };
const OF_DOCUMENTS: Weights = Weights { fields: [6 * 256, 4 * 256, 512, 256, 256], b: 128, k1: 307 };

/// The weight of a word, of all parts of a compound one, and of those that a phrase or a regular
/// expression cannot do without.
const WHOLE: u32 = 256;
const PARTS: u32 = 128;
const OF_PATTERN: u32 = 256;

/// A prefix is looked for in so many words.
const MAX_WORDS: usize = 4096;

/// Words that count as one.
pub(super) struct Lookup {
    pub(super) words: Vec<String>,
    pub(super) weight: u32,
    sign: Sign,
}

/// A query, made ready to be asked of a state.
pub(super) struct Finder<'a> {
    view: &'a View,
    query: &'a Query,
    asked: Filter,
    by_file: bool,
    pub(super) reading: Reading<'a>,
    /// The file in each slot of the view, if it is looked at.
    files: Vec<Option<&'a Arc<FileEntry>>>,
    pub(super) lookups: Vec<Lookup>,
    pub(super) patterns: Vec<(Pattern, Sign)>,
    pub(super) cut_prefixes: Vec<String>,
}

/// One thing that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// The slot of the file in the view.
    pub(super) file: u32,
    /// The symbol's index there; `NONE` for the rest of the file, or all of it.
    pub(super) symbol: u32,
    pub(super) score: u64,
}

/// What was found, best first.
pub(super) struct Found {
    pub(super) units: Vec<Unit>,
    /// How much each look-up tells, and each pattern.
    pub(super) rarities: Vec<u64>,
    pub(super) not_searched: usize,
    /// Slots of files whose text is another one by now.
    pub(super) changed: Vec<u32>,
}

/// File and symbol.
pub(super) type Key = (u32, u32);

impl<'a> Finder<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        view: &'a View,
        query: &'a Query,
        asked: Filter,
        by_file: bool,
        reading: Reading<'a>,
    ) -> Result<Self, AnswerError> {
        let world = snapshot.world();
        let file = |slot| world.file_with_key(view.file_key(slot)).map(|id| world.file(id));
        let is_asked = |file: &&Arc<FileEntry>| query.filter.takes_file(file) && asked.takes_file(file);
        let files = (0..view.file_slots() as u32).map(|slot| file(slot).filter(is_asked)).collect();
        let (lookups, patterns, cut_prefixes) = (vec![], query.patterns()?, vec![]);
        let mut this = Self { view, query, asked, by_file, reading, files, lookups, patterns, cut_prefixes };
        // What defines what a pattern names comes before what only says it.
        for (pattern, _) in this.patterns.iter().filter(|(_, sign)| *sign == Sign::Required) {
            let lookup =
                |words: &Vec<String>| Lookup { words: words.clone(), weight: OF_PATTERN, sign: Sign::Wanted };
            this.lookups.extend(pattern.words.iter().map(lookup));
        }
        for clause in &query.clauses {
            this.add(&clause.atom, clause.sign)?;
        }
        Ok(this)
    }

    fn add(&mut self, atom: &Atom, sign: Sign) -> Result<(), AnswerError> {
        match atom {
            Atom::Word(word) => {
                self.lookups.extend(whole(word).map(|words| Lookup { words, weight: WHOLE, sign }));
                if sign != Sign::Excluded {
                    self.add_parts(word, PARTS);
                }
            }
            Atom::Prefix(prefix) => {
                let (words, is_cut) = self.view.words_from(prefix, MAX_WORDS)?;
                if is_cut {
                    self.cut_prefixes.push(prefix.clone());
                }
                let (mut stems, mut postings) = (stems_before(prefix), vec![]);
                self.view.union(&stems, &mut postings)?;
                if postings.is_empty() {
                    self.lookups.push(Lookup { words, weight: WHOLE, sign });
                    return Ok(());
                }
                // Only the text tells which words these are the stems of.
                stems.extend(words.iter().cloned());
                self.patterns.push((Pattern::prefix(prefix, stems), sign));
                if sign != Sign::Excluded {
                    self.lookups.push(Lookup { words, weight: WHOLE, sign: Sign::Wanted });
                }
            }
            // Compiled before.
            Atom::Phrase(_) | Atom::Regex(_) => {}
        }
        Ok(())
    }

    fn add_parts(&mut self, word: &str, weight: u32) {
        let parts = parts(word);
        let weight = weight / parts.len().max(1) as u32;
        self.lookups.extend(parts.into_iter().map(|part| Lookup {
            words: vec![part],
            weight,
            sign: Sign::Wanted,
        }));
    }

    /// The file in a slot that was found.
    pub(super) fn file(&self, slot: u32) -> &'a Arc<FileEntry> {
        self.files[slot as usize].expect("only what is looked at is found")
    }

    /// Whether something is code of the project itself, and no test.
    fn is_core(&self, slot: u32, symbol: u32) -> bool {
        let file = self.file(slot);
        let is_test = symbol != NONE && file.facts.symbols.at(symbol).flags.has(SymbolFlags::TEST);
        file.class.is_core() && !is_test
    }

    /// The unit of a place, if it is looked at.
    pub(super) fn unit(&self, slot: u32, symbol: u32) -> Option<Key> {
        let file = self.files.get(slot as usize).copied().flatten()?;
        let takes = self.query.filter.takes_symbol(file, symbol) && self.asked.takes_symbol(file, symbol);
        takes.then_some((slot, if self.by_file { NONE } else { symbol }))
    }

    pub(super) fn find(&self, max_bytes: u64) -> Result<Found, AnswerError> {
        let mut required: Option<FxHashSet<Key>> = None;
        let mut excluded: FxHashSet<Key> = FxHashSet::default();
        let keep = |postings: &mut Vec<Posting>| postings.retain(|p| self.unit(p.file, p.symbol).is_some());
        let keys = |postings: &[Posting]| -> FxHashSet<Key> {
            postings.iter().filter_map(|p| self.unit(p.file, p.symbol)).collect()
        };
        let mut postings = vec![];
        for lookup in self.lookups.iter().filter(|lookup| lookup.sign == Sign::Excluded) {
            self.view.union(&lookup.words, &mut postings)?;
            excluded.extend(keys(&postings));
        }
        let ranked: Vec<&Lookup> = self.lookups.iter().filter(|l| l.sign != Sign::Excluded).collect();
        let weights: Vec<_> = ranked.iter().map(|lookup| [lookup.weight, 0]).collect();
        let ranking = rank_with(self.view, &weights, &OF_FILES, &OF_DOCUMENTS, Common::Ranked, |at, out| {
            self.reading.patience.check()?;
            self.view.union(&ranked[at].words, out)?;
            keep(out);
            if ranked[at].sign == Sign::Required {
                let has = keys(out);
                match &mut required {
                    Some(all) => all.retain(|key| has.contains(key)),
                    none => *none = Some(has),
                }
            }
            Ok(())
        })?;
        let counts = self.view.counts();
        let all = if self.by_file { counts.files } else { counts.documents };
        let mut rarities: Vec<u64> = vec![];
        let mut found = ranking.found.iter();
        for lookup in &self.lookups {
            // What is excluded is not shown.
            let some = if lookup.sign == Sign::Excluded { None } else { found.next() };
            let some =
                some.map(|(files, documents, _)| u64::from(if self.by_file { *files } else { *documents }));
            rarities.push(some.map_or(0, |some| (rarity(all, some) * u64::from(lookup.weight)) >> 8));
        }
        // That a word is there at all counts more than how often: what has more of the words comes first.
        let mut scores: FxHashMap<Key, u64> = match self.by_file {
            true => ranking.files.iter().map(|(f, s)| ((*f, NONE), s.scores[0] + 2 * s.matched)).collect(),
            false => {
                ranking.symbols.iter().map(|s| ((s.file, s.symbol), s.scores[0] + 2 * s.matched)).collect()
            }
        };
        let is_required = required.is_some() || self.patterns.iter().any(|(_, sign)| *sign == Sign::Required);
        let mut candidates = vec![required.is_none() && is_required; self.files.len()];
        match (&required, is_required) {
            (Some(required), _) => required.iter().for_each(|(file, _)| candidates[*file as usize] = true),
            (None, true) => {}
            (None, false) => scores.keys().for_each(|(file, _)| candidates[*file as usize] = true),
        }
        let looked = self.look(candidates, max_bytes)?;
        self.reading.patience.check()?;
        let mut found: Vec<Key> = match (&required, looked.required()) {
            (Some(required), _) => required.iter().copied().collect(),
            (None, Some(first)) => first.keys().copied().collect(),
            (None, None) => scores.keys().copied().collect(),
        };
        found.retain(|key| !excluded.contains(key) && looked.takes(key));
        for (units, (_, sign)) in looked.units.iter().zip(&self.patterns) {
            let gain = if *sign == Sign::Required { rarity(all, units.len() as u64) } else { 0 };
            rarities.push(gain);
            for key in &found {
                let count = u64::from(units.get(key).copied().unwrap_or_default());
                *scores.entry(*key).or_default() += 2 * gain + gain * count / (count + 1);
            }
        }
        let mut units: Vec<Unit> = found
            .into_iter()
            .map(|(file, symbol)| {
                let score = scores.get(&(file, symbol)).copied().unwrap_or_default();
                // What is not the project's own code is seldom what is looked for.
                let score = if self.is_core(file, symbol) { score } else { score / 2 };
                Unit { file, symbol, score }
            })
            .collect();
        units.sort_unstable_by(|a, b| {
            let of = |unit: &Unit| (&self.file(unit.file).path, unit.symbol);
            Reverse(a.score).cmp(&Reverse(b.score)).then_with(|| of(a).cmp(&of(b)))
        });
        Ok(Found { units, rarities, not_searched: looked.not_searched, changed: looked.changed })
    }

    /// Looks for the patterns in the texts of those of some files that may have them.
    fn look(&self, mut candidates: Vec<bool>, max_bytes: u64) -> Result<Looked, AnswerError> {
        if self.patterns.is_empty() {
            return Ok(Looked::default());
        }
        let mut may: Vec<Vec<bool>> = vec![];
        for (pattern, _) in &self.patterns {
            may.push(self.having(&pattern.words)?);
        }
        for ((_, sign), may) in self.patterns.iter().zip(&may) {
            if *sign == Sign::Required {
                candidates.iter_mut().zip(may).for_each(|(is, may)| *is &= may);
            }
        }
        let mut slots: Vec<u32> = (0..self.files.len() as u32)
            .filter(|slot| candidates[*slot as usize] && self.files[*slot as usize].is_some())
            .filter(|slot| may.iter().any(|may| may[*slot as usize]))
            .collect();
        slots.sort_by(|a, b| {
            let of = |slot: u32| (!self.file(slot).class.is_core(), &self.file(slot).path);
            of(*a).cmp(&of(*b))
        });
        Ok(look(self, &slots, &may, max_bytes))
    }

    /// Which files have all these words, in any of their forms.
    fn having(&self, words: &[Vec<String>]) -> Result<Vec<bool>, AnswerError> {
        let mut all = vec![true; self.files.len()];
        let mut postings = vec![];
        for forms in words {
            self.view.union(forms, &mut postings)?;
            let mut has = vec![false; all.len()];
            postings.iter().for_each(|posting| has[posting.file as usize] = true);
            all.iter_mut().zip(has).for_each(|(all, has)| *all &= has);
        }
        Ok(all)
    }
}
