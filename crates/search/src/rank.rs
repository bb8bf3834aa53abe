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

/// The same for terms that are more than a word each, or not looked for everywhere: `postings_of` writes where a term
/// occurs, each document once, and is asked for one term after the other. Parts of it run on the threads of the pool it is
/// called in.
pub fn rank_with(
    view: &View,
    weights: &[[u32; GROUPS]],
    of_files: &Weights,
    of_symbols: &Weights,
    common: Common,
    mut postings_of: impl FnMut(usize, &mut Vec<Posting>) -> Result<(), SearchError> + Send,
) -> Result<Ranking, SearchError> {
    let counts = view.counts();
    let mut ranking = Ranking::default();
    let mut files = Files::new(view, of_files);
    let mut documents = Documents::new(view, of_symbols);
    let (mut postings, mut next) = (vec![], vec![]);
    let terms = weights.len();
    // All of it on a thread of the pool, so that it need not be entered for each term.
    rayon::scope(|_| {
        if !weights.is_empty() {
            postings_of(0, &mut postings)?;
        }
        for (term, weights) in weights.iter().enumerate() {
            let found = files.count(&postings);
            let rarity = rarity(counts.files, found as u64);
            ranking.found.push((found as u32, postings.len() as u32, rarity));
            let is_ranked = !common.skips(counts.files, found as u64);
            if is_ranked {
                ranking.possible += weighted(rarity, weights);
            }
            // Documents take as long as files and the next term together.
            let of_files = || {
                files.take(is_ranked.then_some((term as u32, weights, rarity)));
                if term + 1 < terms { postings_of(term + 1, &mut next) } else { Ok(()) }
            };
            let of_documents = || {
                if is_ranked {
                    documents.take(&postings, weights);
                }
            };
            rayon::join(of_files, of_documents).0?;
            std::mem::swap(&mut postings, &mut next);
        }
        Ok::<(), SearchError>(())
    })?;
    ranking.files = files.into_found();
    ranking.symbols = documents.into_found();
    Ok(ranking)
}

/// What a rarity counts in the first group.
fn weighted(rarity: u64, weights: &[u32; GROUPS]) -> u64 {
    (rarity * u64::from(weights[0])) >> 8
}

/// Files with what was found of them so far.
struct Files<'v> {
    view: &'v View,
    weights: &'v Weights,
    mean: Mean,
    scores: Vec<FileScore>,
    /// How often the term at hand is in each.
    counts: Vec<[u32; FIELDS]>,
    /// Those that have it.
    touched: Vec<u32>,
}

impl<'v> Files<'v> {
    fn new(view: &'v View, weights: &'v Weights) -> Self {
        let slots = view.file_slots();
        let mean = Mean::new(view.counts().bytes, view.counts().files);
        let (scores, counts) = (vec![FileScore::default(); slots], vec![[0; FIELDS]; slots]);
        Self { view, weights, mean, scores, counts, touched: vec![] }
    }

    /// Counts a term by file; says in how many it is.
    fn count(&mut self, postings: &[Posting]) -> usize {
        self.touched.clear();
        for Posting { file, counts, .. } in postings {
            let all = &mut self.counts[*file as usize];
            if *all == [0; FIELDS] {
                self.touched.push(*file);
            }
            all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        self.touched.len()
    }

    /// Adds what was counted, of a term with weights and a rarity; or only forgets it.
    fn take(&mut self, term: Option<(u32, &[u32; GROUPS], u64)>) {
        for file in &self.touched {
            let count = std::mem::take(&mut self.counts[*file as usize]);
            let Some((number, weights, rarity)) = term else { continue };
            let score = &mut self.scores[*file as usize];
            let gain = self.weights.gain(count, self.view.file_bytes(*file), self.mean, rarity);
            for (score, weight) in score.scores.iter_mut().zip(weights) {
                *score += (gain * u64::from(*weight)) >> 8;
            }
            score.note(number, gain * u64::from(weights[0]));
            let weighted = weighted(rarity, weights);
            score.matched += weighted;
            score.named += if count[Field::Name as usize] > 0 { weighted } else { 0 };
            score.path += if count[Field::Path as usize] > 0 { weighted } else { 0 };
        }
    }

    fn into_found(self) -> Vec<(u32, FileScore)> {
        let found = |file: &(u32, FileScore)| file.1.scores != [0; GROUPS];
        (0..).zip(self.scores).filter(found).collect()
    }
}

/// Documents with what was found of them so far.
struct Documents<'v> {
    view: &'v View,
    weights: &'v Weights,
    mean: Mean,
    /// Of each the scores and what matched. There are many and most terms are in few of them, so that whoever goes through
    /// them waits for memory: they are kept small, and more than fits is as good as endless.
    scores: Vec<[u32; GROUPS + 1]>,
    met: Vec<Met>,
}

/// A document in which a word was found.
struct Met {
    document: u32,
    file: u32,
    symbol: u32,
}

impl<'v> Documents<'v> {
    fn new(view: &'v View, weights: &'v Weights) -> Self {
        let mean = Mean::new(view.counts().bytes, view.counts().documents);
        Self { view, weights, mean, scores: vec![[0; GROUPS + 1]; view.document_slots()], met: vec![] }
    }

    /// Adds where a term occurs.
    fn take(&mut self, postings: &[Posting], weights: &[u32; GROUPS]) {
        let rarity = rarity(self.view.counts().documents, postings.len() as u64);
        let matched = weighted(rarity, weights);
        for posting in postings {
            let gain = self.weights.gain(posting.counts, posting.bytes, self.mean, rarity);
            let score = &mut self.scores[posting.document as usize];
            if *score == [0; GROUPS + 1] {
                self.met.push(Met { document: posting.document, file: posting.file, symbol: posting.symbol });
            }
            let gains = weights.map(|weight| (gain * u64::from(weight)) >> 8);
            for (score, gain) in score.iter_mut().zip(gains.into_iter().chain([matched])) {
                *score = score.saturating_add(u32::try_from(gain).unwrap_or(u32::MAX));
            }
        }
    }

    fn into_found(mut self) -> Vec<SymbolScore> {
        // What a word added nothing to was met again.
        let score = |met: Met| {
            let [scores @ .., matched] = std::mem::take(&mut self.scores[met.document as usize]);
            let found = scores != [0; GROUPS] || matched > 0;
            let (scores, matched) = (scores.map(u64::from), u64::from(matched));
            found.then_some(SymbolScore { file: met.file, symbol: met.symbol, scores, matched })
        };
        self.met.into_iter().filter_map(score).collect()
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
