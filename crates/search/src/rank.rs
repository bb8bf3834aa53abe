//! BM25F in integers, over all documents that contain a word and over the files they belong to.
//!
//! S. Robertson, H. Zaragoza and M. Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004: counts of
//! fields are weighted and added before they are damped. Every number is one of the live documents, so a score is a
//! function of the files.

use crate::document::{FIELDS, Field};
use crate::index::SearchError;
use crate::view::{Posting, View};

/// How fields count. All numbers in 256ths.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// Of one occurrence, in the order of [`Field::ALL`].
    pub fields: [u32; FIELDS],
    /// How much the length of a text damps what is in its head and body.
    pub b: u32,
    /// So many weighted occurrences count half of endlessly many.
    pub k1: u32,
}

/// A word that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Term {
    /// As [`crate::for_each_word`] gives it.
    pub word: String,
    /// How much it counts, in 256ths, in each of the groups that are ranked apart.
    pub weights: [u32; GROUPS],
}

/// So many rankings are made in one go, each with weights of its own for the words.
pub const GROUPS: usize = 2;

/// What was found of a file.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct FileScore {
    /// By group.
    pub scores: [u64; GROUPS],
    /// Rarity of the words that occur at all, weighted by the first group.
    pub matched: u64,
    /// The same of words in names of its symbols, and of words in its path.
    pub named: u64,
    /// See `named`.
    pub path: u64,
    /// The terms that add most in the first group, and what they add; the most first.
    pub best: [(u32, u64); BEST],
}

/// So many terms are named that speak for a file.
pub const BEST: usize = 4;

impl FileScore {
    fn note(&mut self, term: u32, gain: u64) {
        if let Some(at) = self.best.iter().position(|(_, known)| gain > *known) {
            self.best[at..].rotate_right(1);
            self.best[at] = (term, gain);
        }
    }
}

/// What was found of a symbol, or of the rest of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SymbolScore {
    /// The slot of its file.
    pub file: u32,
    /// Its index there, or `NONE`.
    pub symbol: u32,
    /// By group.
    pub scores: [u64; GROUPS],
    /// Rarity among documents of the words that occur at all, weighted by the first group.
    pub matched: u64,
}

/// All files and documents that contain a word, in no order; all that was asked.
#[derive(Debug, Default)]
pub struct Ranking {
    /// Slots and scores of files.
    pub files: Vec<(u32, FileScore)>,
    /// Documents.
    pub symbols: Vec<SymbolScore>,
    /// In how many files and documents each term occurs, and how rare it is among files, in 65536ths.
    pub found: Vec<(u32, u32, u64)>,
    /// The rarity of all terms together, weighted by the first group: what `matched` can be at most.
    pub possible: u64,
}

/// A document in which a word was found.
#[derive(Clone, Copy)]
struct Met {
    document: u32,
    file: u32,
    symbol: u32,
}

/// Ranks files by `of_files` and documents by `of_symbols`. A term that is in nearly every file is not ranked by: it is
/// where most of the work is, and it tells nothing apart.
pub fn rank(
    view: &View,
    terms: &[Term],
    of_files: &Weights,
    of_symbols: &Weights,
) -> Result<Ranking, SearchError> {
    let weights: Vec<_> = terms.iter().map(|term| term.weights).collect();
    rank_with(view, &weights, of_files, of_symbols, Common::Skipped, |at, out| {
        view.postings(&terms[at].word, out)
    })
}

/// What becomes of terms that are in nearly every file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Common {
    /// They are ranked by like all others.
    Ranked,
    /// They are only counted, in what has more than [`FEW_FILES`] files.
    Skipped,
}

/// Among so few files nothing is gained by skipping, and small repositories have few words to be told apart by.
pub const FEW_FILES: u64 = 1000;

impl Common {
    /// Whether a term that is in `some` of `all` files is only counted.
    fn skips(self, all: u64, some: u64) -> bool {
        self == Self::Skipped && all > FEW_FILES && some * 2 > all
    }
}

/// The same for terms that are more than a word each, or not looked for everywhere: `postings` writes where a term
/// occurs, each document once.
pub fn rank_with(
    view: &View,
    weights: &[[u32; GROUPS]],
    of_files: &Weights,
    of_symbols: &Weights,
    common: Common,
    mut postings_of: impl FnMut(usize, &mut Vec<Posting>) -> Result<(), SearchError>,
) -> Result<Ranking, SearchError> {
    let counts = view.counts();
    let mean_file = Mean::new(counts.bytes, counts.files);
    let mean_document = Mean::new(counts.bytes, counts.documents);
    let mut ranking = Ranking::default();
    let mut files = vec![FileScore::default(); view.file_slots()];
    let mut scores = vec![([0; GROUPS], 0); view.document_slots()];
    let mut met: Vec<Met> = vec![];
    let mut in_file = vec![[0u32; FIELDS]; view.file_slots()];
    let (mut postings, mut touched) = (vec![], vec![]);
    for (number, weights) in (0..).zip(weights) {
        postings_of(number as usize, &mut postings)?;
        touched.clear();
        for Posting { file, counts, .. } in &postings {
            let all = &mut in_file[*file as usize];
            if *all == [0; FIELDS] {
                touched.push(*file);
            }
            all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let rarity = rarity(counts.files, touched.len() as u64);
        ranking.found.push((touched.len() as u32, postings.len() as u32, rarity));
        if common.skips(counts.files, touched.len() as u64) {
            touched.iter().for_each(|file| in_file[*file as usize] = [0; FIELDS]);
            continue;
        }
        let weighted = |rarity: u64| (rarity * u64::from(weights[0])) >> 8;
        ranking.possible += weighted(rarity);
        for file in &touched {
            let count = std::mem::take(&mut in_file[*file as usize]);
            let score = &mut files[*file as usize];
            let gain = of_files.gain(count, view.file_bytes(*file), mean_file, rarity);
            add(&mut score.scores, gain, weights);
            score.note(number, gain * u64::from(weights[0]));
            score.matched += weighted(rarity);
            score.named += if count[Field::Name as usize] > 0 { weighted(rarity) } else { 0 };
            score.path += if count[Field::Path as usize] > 0 { weighted(rarity) } else { 0 };
        }
        let rarity = self::rarity(counts.documents, postings.len() as u64);
        for posting in &postings {
            let gain = of_symbols.gain(posting.counts, posting.bytes, mean_document, rarity);
            let (score, matched) = &mut scores[posting.document as usize];
            if *score == [0; GROUPS] && *matched == 0 {
                met.push(Met { document: posting.document, file: posting.file, symbol: posting.symbol });
            }
            add(score, gain, weights);
            *matched += weighted(rarity);
        }
    }
    let found = |file: &(u32, FileScore)| file.1.scores != [0; GROUPS];
    ranking.files = (0..).zip(files).filter(found).collect();
    // What a word added nothing to was met again.
    let score = |met: Met| {
        let (scores, matched) = std::mem::take(&mut scores[met.document as usize]);
        let found = scores != [0; GROUPS] || matched > 0;
        found.then_some(SymbolScore { file: met.file, symbol: met.symbol, scores, matched })
    };
    ranking.symbols = met.into_iter().filter_map(score).collect();
    Ok(ranking)
}

fn add(scores: &mut [u64; GROUPS], gain: u64, weights: &[u32; GROUPS]) {
    for (score, weight) in scores.iter_mut().zip(weights) {
        *score += (gain * u64::from(*weight)) >> 8;
    }
}

/// More than this is as good as endless; a rarity, below 2^20, times it is still a number.
const MOST: u64 = 1 << 43;

/// How long a text is, compared with the mean.
#[derive(Clone, Copy)]
struct Mean {
    /// 2^32 divided by the mean length in bytes.
    inverse: u64,
}

impl Mean {
    fn new(bytes: u64, texts: u64) -> Self {
        Self { inverse: (1 << 32) / (bytes / texts.max(1)).max(1) }
    }
}

impl Weights {
    /// What the occurrences of a word in a text add to its score, of at most `rarity`.
    fn gain(&self, counts: [u32; FIELDS], bytes: u32, mean: Mean, rarity: u64) -> u64 {
        let of = |field: Field| u64::from(counts[field as usize]) * u64::from(self.fields[field as usize]);
        // In 256ths: 256 for a text of the mean length.
        let b = u64::from(self.b.min(256));
        let length = (256 - b + ((b * u64::from(bytes)).saturating_mul(mean.inverse) >> 32)).max(1);
        // weighted / (weighted + k1), both multiplied by the length: one division for all of it.
        let damped = (of(Field::Head) + of(Field::Body) + of(Field::Aside)) << 8;
        let weighted = ((of(Field::Name) + of(Field::Path)).saturating_mul(length) + damped).min(MOST);
        let all = weighted + u64::from(self.k1) * length;
        rarity * weighted / all.max(1)
    }
}

/// `ln(1 + (all - some + ½) / (some + ½))` in 65536ths: how much it says to be among the `some` of `all` that have a word.
pub fn rarity(all: u64, some: u64) -> u64 {
    // (2·all + 2) / (2·some + 1) is the same ratio in whole numbers.
    let (n, d) = (2 * all + 2, 2 * some + 1);
    (log2(n).saturating_sub(log2(d)) * 45_426) >> 16
}

/// The logarithm to base 2 in 65536ths, rounded down, bit by bit.
fn log2(x: u64) -> u64 {
    let whole = x.max(1).ilog2();
    let mut mantissa = u128::from(x.max(1)) << (63 - whole);
    let mut out = u64::from(whole) << 16;
    for bit in (0..16).rev() {
        mantissa = (mantissa * mantissa) >> 63;
        if mantissa >> 64 != 0 {
            mantissa >>= 1;
            out |= 1 << bit;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        for x in [1u64, 2, 3, 10, 255, 256, 1_000_003, 1 << 40] {
            let exact = (x as f64).log2() * 65536.0;
            assert!((log2(x) as f64 - exact).abs() <= 1.0, "{x}: {} {exact}", log2(x));
        }
        for (all, some) in [(100u64, 1u64), (100, 100), (5, 0), (70_000, 300)] {
            let exact = (1.0 + (all as f64 - some as f64 + 0.5) / (some as f64 + 0.5)).ln() * 65536.0;
            assert!((rarity(all, some) as f64 - exact).abs() <= 4.0, "{all} {some}");
        }
    }
}
