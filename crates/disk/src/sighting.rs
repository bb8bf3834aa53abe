//! Is everything as it was when we looked, told without looking into everything again?
//!
//! A [`Sighting`] is what discovery depended on, small enough to be stored: a hash of all rules from outside, and of
//! each folder what it looked like, what it held, and its files with their stamps. It holds as long as looking again
//! would find the same. Folders that look the same hold the same names, and files that look the same the same bytes, but
//! for what changed in the very moment it was looked at; that has no stamp, and is looked at again.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use lodemap_base::RelPath;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use rustix::fs::{AtFlags, FileType};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3Default;

use crate::folder::{ATTRIBUTES, Folder};
use crate::inventory::Inventory;
use crate::nodes::Node;
use crate::rules::IGNORE_FILES;
use crate::surroundings::Surroundings;
use crate::survey::Survey;
use crate::{Found, Options, Root, SkipReason, Stamp, defaults};

/// What discovery depended on, as bytes: a hash of what decides from outside and of the options, and then the folders,
/// each by itself, so that several threads read them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    bytes: Vec<u8>,
    /// Where each folder ends in them.
    ends: Vec<usize>,
}

/// A folder that was looked into.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Sighted<'b> {
    #[serde(borrow)]
    path: &'b [u8],
    /// None where an equal stamp would prove nothing.
    stamp: Option<Stamp>,
    seen: Seen<'b>,
}

/// The name of a file, and what it looked like where that proves anything.
type SightedFile<'b> = (&'b [u8], Option<Stamp>);

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
enum Seen<'b> {
    Listed {
        /// A hash of the names and kinds of its entries.
        entries: u64,
        /// A hash of the texts of its rules; none where it has no such files.
        texts: Option<u64>,
        /// It has a tag of caches that is no tag.
        has_tag: bool,
        #[serde(borrow)]
        files: Vec<SightedFile<'b>>,
    },
    /// It is passed over because of what is in it.
    PassedOver { nested: bool, rule: Option<&'b str> },
}

/// What counts of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Regard {
    /// That it is there.
    Name,
    /// What it says, which is the same as long as its stamp is.
    Stamp,
    /// What it says, whatever its stamp is.
    Doubt,
}

/// What came of looking again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sameness {
    /// The same files are found, with the same roles; all but these look the same too, and these may still say the same.
    Same(Vec<RelPath>),
    /// Something else is found, or cannot be told apart from it.
    Different,
}

/// More files than this that look different are a difference: then a look at everything costs less.
const MAX_DOUBTFUL: usize = 256;

impl Inventory {
    /// What this inventory depends on; `regard` tells how much its stamp says of a file. `None` where something could not
    /// be looked at, which may be otherwise the next time.
    pub fn sighting(&self, regard: &dyn Fn(&Found) -> Regard) -> Option<Sighting> {
        let around = self.around()?.fingerprint(self.options())?;
        let paths: Vec<(Vec<u8>, Option<Stamp>)> = self
            .files()
            .filter_map(|found| {
                let stamp = match regard(found) {
                    Regard::Stamp => Some(found.stamp),
                    Regard::Doubt => None,
                    Regard::Name => return None,
                };
                Some((found.path.to_os().into_os_string().into_encoded_bytes(), stamp))
            })
            .collect();
        let mut files: FxHashMap<&[u8], Vec<SightedFile<'_>>> = FxHashMap::default();
        for (path, stamp) in &paths {
            let (folder, name) = match path.iter().rposition(|b| *b == b'/') {
                Some(at) => (&path[..at], &path[at + 1..]),
                None => (&b""[..], &path[..]),
            };
            files.entry(folder).or_default().push((name, *stamp));
        }
        let mut bytes = around.to_le_bytes().to_vec();
        let mut ends = Vec::new();
        for (path, node) in self.nodes() {
            let files = files.remove(&path[..]).unwrap_or_default();
            bytes = postcard::to_extend(&sighted(path, node, files)?, bytes).ok()?;
            ends.push(bytes.len());
        }
        files.is_empty().then_some(Sighting { bytes, ends })
    }
}

fn sighted<'n>(path: &'n [u8], node: &'n Node, files: Vec<SightedFile<'n>>) -> Option<Sighted<'n>> {
    if !node.is_settled() {
        return None;
    }
    let (stamp, seen) = match &node.listed {
        Err(cause) => {
            let nested = cause.reason == SkipReason::NestedRepository;
            (None, Seen::PassedOver { nested, rule: cause.rule.as_deref() })
        }
        Ok(listed) => {
            let is_there = |name: &str| listed.entry(name.as_bytes()).is_some();
            let has_rules = IGNORE_FILES.into_iter().chain([ATTRIBUTES]).any(is_there);
            let entries = hash_of(listed.entries.iter().map(|e| (&*e.name, e.kind)));
            let seen = Seen::Listed {
                entries,
                texts: has_rules.then_some(listed.texts),
                has_tag: !node.step.asked_for && is_there(defaults::CACHE_TAG.0),
                files,
            };
            (listed.stamp, seen)
        }
    };
    Some(Sighted { path, stamp, seen })
}

/// A hash of names and kinds, in the order of the names.
fn hash_of<'e>(entries: impl Iterator<Item = (&'e [u8], FileType)>) -> u64 {
    let mut hash = Xxh3Default::new();
    for (name, kind) in entries {
        hash.update(name);
        hash.update(&[0, kind.as_raw_mode().checked_shr(12).unwrap_or_default() as u8]);
    }
    hash.digest()
}

impl Sighting {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let ends = self.ends.iter().flat_map(|end| (*end as u64).to_le_bytes());
        let count = (self.ends.len() as u64).to_le_bytes();
        self.bytes.iter().copied().chain(ends).chain(count).collect()
    }

    /// From what [`Self::encode`] gave; `None` for anything that cannot be.
    pub fn decode(mut bytes: Vec<u8>) -> Option<Self> {
        let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
        let count_at = bytes.len().checked_sub(8)?;
        let ends_at = count_at.checked_sub(number(count_at)?.checked_mul(8)?)?;
        let ends: Option<Vec<usize>> = (ends_at..count_at).step_by(8).map(number).collect();
        let ends = ends?;
        bytes.truncate(ends_at);
        let is_sound = ends.is_sorted() && ends.last().copied().unwrap_or(16) == bytes.len();
        (is_sound && ends.first().is_none_or(|end| *end >= 16)).then_some(Self { bytes, ends })
    }

    /// A folder, if its bytes are those of one.
    fn folder(&self, at: usize) -> Option<Sighted<'_>> {
        let start = if at == 0 { 16 } else { self.ends[at - 1] };
        postcard::from_bytes(self.bytes.get(start..self.ends[at])?).ok()
    }

    /// Looks again, on the threads of the pool it is called in.
    pub fn check(&self, root: &Root, options: &Options) -> Sameness {
        let around = Surroundings::load(root, options, &|_| {});
        let known = self.bytes.first_chunk().map(|b| u128::from_le_bytes(*b));
        if known.is_none() || around.fingerprint(options) != known {
            return Sameness::Different;
        }
        let survey = Survey { root, options, around: &around };
        let doubtful = Mutex::new(Vec::new());
        let is_over = AtomicBool::new(false);
        let differs = (0..self.ends.len()).into_par_iter().with_min_len(16).any(|at| {
            let mut found = Vec::new();
            let holds = is_over.load(Ordering::Relaxed)
                || self.folder(at).and_then(|folder| folder.holds(survey, &mut found)).is_some();
            if !found.is_empty() {
                let mut doubtful = doubtful.lock().unwrap_or_else(PoisonError::into_inner);
                doubtful.append(&mut found);
                is_over.fetch_or(doubtful.len() > MAX_DOUBTFUL, Ordering::Relaxed);
            }
            !holds
        });
        let mut doubtful = doubtful.into_inner().unwrap_or_else(PoisonError::into_inner);
        if differs || is_over.into_inner() {
            return Sameness::Different;
        }
        doubtful.sort_unstable();
        Sameness::Same(doubtful)
    }
}

impl Sighted<'_> {
    /// `None` where the folder is not what it was; files that look different are added to `doubtful`.
    fn holds(&self, survey: Survey<'_>, doubtful: &mut Vec<RelPath>) -> Option<()> {
        let list = || {
            let folder = Folder::open(survey.root, self.path).ok();
            folder.filter(|f| survey.around.device.is_none_or(|d| d == f.device))
        };
        match &self.seen {
            Seen::PassedOver { nested, rule } => {
                let cause = survey.by_content(&list()?, false)?;
                let is_nested = cause.reason == SkipReason::NestedRepository;
                (is_nested == *nested && cause.rule.as_deref() == *rule).then_some(())
            }
            Seen::Listed { entries, texts, has_tag, files } => {
                let dir = survey.root.open_dir(Path::new(OsStr::from_bytes(self.path))).ok()?;
                let stat = rustix::fs::fstat(&dir).ok()?;
                let looks_same = self.stamp == Some(Stamp::of(&stat))
                    && survey.around.device.is_none_or(|d| d == stat.st_dev);
                if !looks_same || texts.is_some() || *has_tag {
                    let folder = list()?;
                    let now = hash_of(folder.entries.iter().map(|e| (&*e.name, e.kind)));
                    let says_same = texts.is_none_or(|texts| folder.rule_texts(survey.root) == texts);
                    if now != *entries
                        || !says_same
                        || *has_tag && survey.by_content(&folder, false).is_some()
                    {
                        return None;
                    }
                }
                for (name, stamp) in files {
                    let stat = rustix::fs::statat(&dir, *name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
                    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                        return None;
                    }
                    if *stamp != Some(Stamp::of(&stat)) {
                        doubtful.push(RelPath::from_bytes(&crate::survey::path_of(self.path, name))?);
                    }
                }
                Some(())
            }
        }
    }
}
