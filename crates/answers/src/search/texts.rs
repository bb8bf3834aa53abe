//! Which texts have a phrase, or match a regular expression?

use lodemap_base::Span;
use lodemap_engine::facts::{FileFacts, NONE, Source};
use lodemap_engine::graph::FileEntry;
use lodemap_search::{documents, for_each_plain_word};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::find::{Finder, Key};
use super::query::Sign;

/// What texts say of patterns.
#[derive(Default)]
pub(super) struct Looked {
    /// Of each pattern, how often it is in which units.
    pub(super) units: Vec<FxHashMap<Key, u32>>,
    signs: Vec<Sign>,
    /// Files that were not looked at, or could not be: what is in them is not known.
    unknown: FxHashSet<u32>,
    /// How many there was no room for.
    pub(super) not_searched: usize,
    /// Files whose text is another one by now.
    pub(super) changed: Vec<u32>,
}

impl Looked {
    /// Where the rarest pattern is that is required.
    pub(super) fn required(&self) -> Option<&FxHashMap<Key, u32>> {
        let required = self.units.iter().zip(&self.signs).filter(|(_, sign)| **sign == Sign::Required);
        required.map(|(units, _)| units).min_by_key(|units| units.len())
    }

    /// Whether a unit has all patterns that are required and none that is excluded.
    pub(super) fn takes(&self, key: &Key) -> bool {
        !self.unknown.contains(&key.0)
            && self.units.iter().zip(&self.signs).all(|(units, sign)| match sign {
                Sign::Excluded => !units.contains_key(key),
                _ => units.contains_key(key),
            })
    }
}

/// Looks for all patterns of a query in the texts in these slots, in this order, as far as `max_bytes` reach; `may` tells
/// of each pattern which files can have it. Leaves off where nobody waits.
pub(super) fn look(finder: &Finder<'_>, slots: &[u32], may: &[Vec<bool>], max_bytes: u64) -> Looked {
    let mut left = max_bytes;
    let mut near = vec![];
    for slot in slots {
        let patterns = may.iter().filter(|may| may[*slot as usize]).count() as u64;
        let cost = u64::from(finder.file(*slot).facts.bytes).max(1) * patterns;
        let Some(rest) = left.checked_sub(cost) else { break };
        left = rest;
        near.push(*slot);
    }
    let far = &slots[near.len()..];
    let mut looked = Looked {
        units: vec![FxHashMap::default(); finder.patterns.len()],
        signs: finder.patterns.iter().map(|(_, sign)| *sign).collect(),
        unknown: far.iter().copied().collect(),
        not_searched: far.len(),
        changed: vec![],
    };
    let waits = || !finder.reading.patience.is_over();
    let told: Vec<_> = near
        .par_iter()
        .map(|slot| waits().then(|| (*slot, look_at(finder, *slot, may))))
        .while_some()
        .collect();
    for (slot, found) in told {
        let Some(found) = found else {
            looked.unknown.insert(slot);
            looked.changed.push(slot);
            continue;
        };
        for (pattern, key) in found {
            *looked.units[pattern].entry(key).or_default() += 1;
        }
    }
    looked
}

/// The matches in a file, as pattern and unit; `None` where its text is gone.
fn look_at(finder: &Finder<'_>, slot: u32, may: &[Vec<bool>]) -> Option<Vec<(usize, Key)>> {
    let file = finder.file(slot);
    let bytes = (finder.reading.text)(file)?;
    let source = Source::decode(&bytes);
    let mut owners = None;
    let mut out = vec![];
    for (at, (pattern, _)) in finder.patterns.iter().enumerate() {
        if !may[at][slot as usize] {
            continue;
        }
        if let Some(prefix) = pattern.as_prefix() {
            let symbols = having_prefix(prefix, file, source.as_ref());
            out.extend(symbols.into_iter().filter_map(|symbol| Some((at, finder.unit(slot, symbol)?))));
            continue;
        }
        let Some(source) = &source else { continue };
        for span in pattern.find(&source.text) {
            let owners = owners.get_or_insert_with(|| Owners::new(source, &file.facts));
            out.extend(finder.unit(slot, owners.of(span.start)).map(|key| (at, key)));
        }
    }
    Some(out)
}

/// The documents with words that begin so, wherever the index has them from; each as often as it has one.
fn having_prefix(prefix: &str, file: &FileEntry, source: Option<&Source<'_>>) -> Vec<u32> {
    let mut out = vec![];
    for document in documents(file.path.as_str(), source, &file.facts) {
        for (_, text) in &document.pieces {
            for_each_plain_word(text, |_, word| {
                if word.starts_with(prefix) {
                    out.push(document.symbol);
                }
            });
        }
    }
    out
}

/// Which document each part of a text belongs to.
pub(super) struct Owners(Vec<(Span, u32)>);

impl Owners {
    pub(super) fn new(source: &Source<'_>, facts: &FileFacts) -> Self {
        let mut spans: Vec<(Span, u32)> = vec![];
        for document in documents("", Some(source), facts) {
            spans.extend(document.spans.iter().map(|span| (*span, document.symbol)));
        }
        spans.sort_unstable_by_key(|(span, _)| span.start);
        Self(spans)
    }

    /// The symbol at a place, or `NONE` for the rest of the file. What is at the end belongs to what is before.
    pub(super) fn of(&self, at: u32) -> u32 {
        let next = self.0.partition_point(|(span, _)| span.start <= at);
        next.checked_sub(1).map_or(NONE, |at| self.0[at].1)
    }

    /// The parts that belong to a symbol, in order.
    pub(super) fn spans(&self, symbol: u32) -> impl Iterator<Item = Span> {
        self.0.iter().filter(move |(_, owner)| *owner == symbol).map(|(span, _)| *span)
    }
}
