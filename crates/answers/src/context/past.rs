//! What changed before, and what was said of it.
//!
//! The history of a repository is a source of its own: it only ever grows, and what it says of a file is an opinion about
//! the files of today. Two things are read from it: whose changes were described in the words of the task's title,
//! and which files changed together.

use lodemap_base::{FileId, RelPath, name_key};
use lodemap_engine::Snapshot;
use lodemap_search::{Term, for_each_word, rarity};
use rustc_hash::FxHashMap;

use super::words::Group;

/// One change of the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What was said of it.
    pub message: String,
    /// The files that it touched, relative to the root; a change of more than [`WIDEST`] tells nothing.
    pub paths: Vec<RelPath>,
}

/// What touches more files than this is a move, a reformatting or a release.
pub const WIDEST: usize = 30;
/// Of longer messages only the beginning is read: what follows are logs and lists.
const MAX_MESSAGE: usize = 2000;
/// So many messages are listened to.
const BEST_MESSAGES: usize = 60;
/// BM25's parameters, in 256ths.
const K1: u64 = 307;
const B: u64 = 192;
/// Few changes prove nothing: so many more are taken to have touched the file alone.
const DOUBT: u64 = 3;

/// The changes that led to a state, the newest first.
#[derive(Debug, Default)]
pub struct Past {
    paths: Vec<RelPath>,
    /// The paths of each change, by place.
    changes: Vec<Vec<u32>>,
    /// Where each word occurs and how often.
    postings: FxHashMap<u64, Vec<(u32, u32)>>,
    lengths: Vec<u32>,
}

impl Past {
    /// Takes in changes, the newest first.
    pub fn new(changes: &[Change]) -> Self {
        let mut out = Self::default();
        let mut places: FxHashMap<&RelPath, u32> = FxHashMap::default();
        for change in changes.iter().filter(|change| change.paths.len() <= WIDEST) {
            let number = out.changes.len() as u32;
            let place = |path| {
                *places.entry(path).or_insert_with(|| {
                    out.paths.push(RelPath::clone(path));
                    out.paths.len() as u32 - 1
                })
            };
            let mut of_change: Vec<u32> = change.paths.iter().map(place).collect();
            of_change.sort_unstable();
            of_change.dedup();
            out.changes.push(of_change);
            let mut length = 0;
            for_each_word(beginning(&change.message), |word| {
                length += 1;
                let postings = out.postings.entry(name_key(word).0).or_default();
                match postings.last_mut() {
                    Some((last, count)) if *last == number => *count += 1,
                    _ => postings.push((number, 1)),
                }
            });
            out.lengths.push(length);
        }
        out
    }

    /// How many changes are known.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Ties the past to the files of a state.
    pub(crate) fn seen_from<'p>(
        &'p self,
        snapshot: &Snapshot,
        is_wanted: &dyn Fn(FileId) -> bool,
    ) -> Seen<'p> {
        let world = snapshot.world();
        let file = |path: &RelPath| world.file_at(path.as_str()).filter(|file| is_wanted(*file));
        Seen { past: self, files: self.paths.iter().map(file).collect() }
    }

    /// The score of each change whose message has a word of the title: BM25 in 65536ths.
    fn messages(&self, terms: &[Term]) -> Vec<(u64, u32)> {
        let mut scores = vec![0u64; self.changes.len()];
        let total: u64 = self.lengths.iter().map(|length| u64::from(*length)).sum();
        let changes = self.changes.len() as u64;
        for term in terms {
            let weight = u64::from(term.weights[Group::Title as usize]);
            let Some(postings) = self.postings.get(&name_key(&term.word).0).filter(|_| weight > 0) else {
                continue;
            };
            let rarity = rarity(changes, postings.len() as u64);
            for (change, count) in postings {
                let length = u64::from(self.lengths[*change as usize]);
                let relative = (length * changes * 256) / total.max(1);
                let damped = K1 * (256 - B + B * relative / 256) / 256;
                let count = u64::from(*count) * 256;
                scores[*change as usize] +=
                    (rarity * weight / 256) * (count * (256 + K1) / (count + damped)) / 256;
            }
        }
        let mut out: Vec<(u64, u32)> = scores.into_iter().zip(0..).filter(|(score, _)| *score > 0).collect();
        out.sort_by_key(|(score, change)| (std::cmp::Reverse(*score), *change));
        out.truncate(BEST_MESSAGES);
        out
    }
}

/// The past of the files of one state.
pub(crate) struct Seen<'p> {
    past: &'p Past,
    /// The file at each path, if it is there still.
    files: Vec<Option<FileId>>,
}

impl Seen<'_> {
    fn files(&self, change: u32) -> impl Iterator<Item = FileId> + '_ {
        self.past.changes[change as usize].iter().filter_map(|place| self.files[*place as usize])
    }

    /// What the messages of their changes say for files: the best one of each, the less the more files it speaks of.
    pub(crate) fn spoken_for(&self, terms: &[Term]) -> FxHashMap<FileId, u64> {
        let mut out: FxHashMap<FileId, u64> = FxHashMap::default();
        for (score, change) in self.past.messages(terms) {
            let touched = self.files(change).count() as u64;
            for file in self.files(change) {
                let score = score * 256 / (touched << 16).isqrt().max(1);
                let best = out.entry(file).or_default();
                *best = score.max(*best);
            }
        }
        out
    }

    /// The changes of a file.
    pub(crate) fn changes_of(&self, file: FileId) -> Beside {
        let mut out = Beside::default();
        for change in 0..self.past.changes.len() as u32 {
            if self.files(change).any(|other| other == file) {
                out.of += 1;
                self.files(change).for_each(|other| *out.times.entry(other).or_default() += 1);
            }
        }
        out
    }
}

/// The changes of a file, and what changed with it.
#[derive(Default)]
pub(crate) struct Beside {
    /// How many there were.
    of: u32,
    /// How many of them touched each file.
    times: FxHashMap<FileId, u32>,
}

impl Beside {
    /// How many changes it had, and how many of them touched `other`.
    pub(crate) fn counts(&self, other: FileId) -> (u32, u32) {
        (self.of, self.times.get(&other).copied().unwrap_or(0))
    }

    /// How likely a change of it is one of `other` too, in thousandths.
    pub(crate) fn share(&self, other: FileId) -> u64 {
        let (of, times) = self.counts(other);
        u64::from(times) * 1000 / (u64::from(of) + DOUBT)
    }
}

/// The beginning of a message, cut where a character ends.
fn beginning(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}
