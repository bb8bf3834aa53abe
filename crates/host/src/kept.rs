//! The state of one repository, as it is kept from one run to the next.
//!
//! Beside the state stands what discovery depended on. Where that still holds, the state is the one that a new run would
//! work out, and questions that the state answers by itself need no such run. Where it does not hold, the stamps of files
//! that did not change still spare reading them.

mod numbers;
mod rows;
mod table;
mod write;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lodemap_answers::{AnswerError, Asked, SymbolRow, SymbolTable, SymbolsAnswer, SymbolsOptions};
use lodemap_base::{ContentHash, RelPath};
use lodemap_disk::{Options, Root, Sameness, Sighting, Stamp};
use lodemap_facts::{FileFacts, REVISION};
use lodemap_grammar::Lang;
use lodemap_store::{Claim, DiskFolder, FactsCache, Generations, Keep, Section, Segments, collect};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::cache;
use crate::error::HostError;
use crate::extract::MAX_READ;
use crate::memory::peak_rss_bytes;
use crate::quarantine::Quarantine;
use crate::repository::{OpenOptions, disk_options, nearest_root, thread_pool};
use crate::stats::IndexStats;

pub(crate) use numbers::Numbers;
use rows::{Row, Rows};
use table::Stored;
pub(crate) use write::Unwritten;

/// The sections of a stored state.
mod section {
    pub(super) const HEAD: u32 = 1;
    pub(super) const SIGHTING: u32 = 2;
    pub(super) const FILES: u32 = 3;
    pub(super) const STATS: u32 = 4;
    /// And the ones after it, one for each part of the table.
    pub(super) const SYMBOLS: u32 = 16;
}

/// What a state must be made by and of to be read at all.
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Head {
    /// The revisions of what worked it out.
    revision: String,
    /// The root, as the file system has it.
    root: Vec<u8>,
    /// The list of what is kept from the parser.
    quarantine: ContentHash,
}

fn head(root: &Path, quarantine: &Quarantine) -> Head {
    let revision = format!("{REVISION} {}", env!("LODEMAP_STATE_REVISION"));
    Head { revision, root: root.as_os_str().as_bytes().to_vec(), quarantine: quarantine.fingerprint() }
}

/// Where the states of a root are kept.
fn generations(cache: &Path, root: &Path) -> Option<Generations> {
    let folder = DiskFolder::open(cache, &format!("{REPOSITORIES}/{}", name_of(root))).ok()?;
    Some(Generations::new(Box::new(folder)))
}

/// The folder of all repositories' states in the cache.
const REPOSITORIES: &str = "repositories";

/// Long enough that no two roots share it; the head tells if they do.
fn name_of(root: &Path) -> String {
    ContentHash::of(root.as_os_str().as_bytes()).to_string()
}

/// What an earlier run knew of the files, whether it still holds or not.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) generation: u64,
    pub(crate) digest: String,
    pub(crate) sighting: Option<Sighting>,
    files: FxHashMap<RelPath, (Stamp, ContentHash, Lang)>,
}

impl Earlier {
    /// What is stored; nothing where nothing can be read.
    fn load(generations: &Generations, root: &Path, quarantine: &Quarantine) -> Option<Self> {
        let newest = generations.newest()?;
        let loaded = (|| {
            let stored = |id| newest.segments.read(id).ok();
            let is_of_this_root = decoded::<Head>(&stored(section::HEAD)?)? == head(root, quarantine);
            let stats: IndexStats = decoded(&stored(section::STATS)?)?;
            let mut out = Self { generation: newest.generation, digest: stats.digest, ..Self::default() };
            if is_of_this_root {
                let rows = Rows::open(stored(section::FILES)?)?.all()?;
                let row = |r: Row| Some((r.path, (r.stamp?, r.content, r.lang)));
                out.files = rows.into_iter().filter_map(row).collect();
                out.sighting = Sighting::decode(stored(section::SIGHTING)?);
            } else {
                // What it came to then is not what it comes to now, even where the digests should be equal.
                out.digest.clear();
            }
            Some(out)
        })();
        if loaded.is_none() {
            generations.drop_state(newest.generation);
        }
        loaded
    }

    /// The content and language of a file that looks as it did then.
    pub(crate) fn content(&self, path: &RelPath, stamp: Stamp) -> Option<(ContentHash, Lang)> {
        let (then, content, lang) = self.files.get(path)?;
        (*then == stamp).then_some((*content, *lang))
    }
}

/// A stored state that is the one of the files as they are now.
pub struct Kept {
    generation: u64,
    /// Bytes on disk.
    len: u64,
    segments: Segments,
    files: Rows,
    cache: PathBuf,
    pool: rayon::ThreadPool,
    begun: Instant,
    checked: Instant,
}

impl Kept {
    /// The state that was kept of a repository, if it is the one of the files as they are now.
    pub fn open(options: &OpenOptions) -> Result<Option<Self>, HostError> {
        let begun = Instant::now();
        let Some(cache) = options.cache.clone().filter(|_| !options.anew) else { return Ok(None) };
        let start = options.root.clone().unwrap_or_else(nearest_root);
        let root = Root::open(&start, options.allow_root)?;
        let Some(generations) = generations(&cache, root.path()) else { return Ok(None) };
        let Some(newest) = generations.newest() else { return Ok(None) };
        let pool = thread_pool(options.jobs)?;
        let stored = |id| newest.segments.read(id).ok();
        let files = pool.install(|| {
            let quarantine = Quarantine::open(Some(&cache));
            if decoded::<Head>(&stored(section::HEAD)?)? != head(root.path(), &quarantine) {
                return None;
            }
            let files = Rows::open(stored(section::FILES)?)?;
            let sighting = Sighting::decode(stored(section::SIGHTING)?)?;
            holds(&root, &disk_options(), &sighting, &files).then_some(files)
        });
        let Some(files) = files else { return Ok(None) };
        generations.mark_used(newest.generation);
        let (generation, len, segments) = (newest.generation, newest.len, newest.segments);
        Ok(Some(Self { generation, len, segments, files, cache, pool, begun, checked: Instant::now() }))
    }

    /// Its number.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What indexing found then; nothing was parsed now. `None` where that cannot be read.
    pub fn stats(&self) -> Option<IndexStats> {
        let stats: IndexStats = decoded(&self.segments.read(section::STATS).ok()?)?;
        let seconds = [("discover", self.checked - self.begun), ("total", self.begun.elapsed())];
        Some(IndexStats {
            parsed: 0,
            reused: stats.files,
            seconds: seconds.into_iter().map(|(s, t)| (s.to_owned(), t.as_secs_f64())).collect(),
            peak_rss_bytes: peak_rss_bytes(),
            index_bytes: stats.index_bytes + self.len,
            ..stats
        })
    }

    /// Definitions whose name matches; `None` where that cannot be told without working everything out.
    pub fn symbols(&self, options: &SymbolsOptions) -> Result<Option<SymbolsAnswer>, AnswerError> {
        let stored = Stored::new(&self.segments);
        let paths = || Some(self.files.all()?.into_iter().map(|row| row.path).collect());
        let asked = self.pool.install(|| SymbolTable(&stored).find(options, &paths))?;
        let Asked::Found(found) = asked else { return Ok(None) };
        let Some(cache) = cache::open(Some(&self.cache)).0 else { return Ok(None) };
        Ok(self.rows(&cache, &found.places).map(|symbols| SymbolsAnswer { symbols, omitted: found.omitted }))
    }

    /// What the definitions at some places look like.
    fn rows(&self, cache: &FactsCache, places: &[(u32, u32)]) -> Option<Vec<SymbolRow>> {
        let mut known: FxHashMap<u32, (RelPath, FileFacts)> = FxHashMap::default();
        let row = |(file, symbol): &(u32, u32)| {
            if !known.contains_key(file) {
                let row = self.files.get(*file as usize)?;
                known.insert(*file, (row.path, cache.get(row.content, row.lang)?));
            }
            let (path, facts) = known.get(file)?;
            let is_there = (*symbol as usize) < facts.symbols.len();
            is_there.then(|| SymbolRow::new(path, facts, *symbol))
        };
        places.iter().map(row).collect()
    }
}

/// Whether the files are as they were.
fn holds(root: &Root, options: &Options, sighting: &Sighting, files: &Rows) -> bool {
    let Sameness::Same(doubtful) = sighting.check(root, options) else { return false };
    // They look different; what they say decides.
    doubtful.iter().all(|path| {
        files.at_path(path).is_some_and(|row| {
            let read = root.read(path, MAX_READ).ok();
            read.is_some_and(|read| ContentHash::of(&read.bytes) == row.content)
        })
    })
}

fn decoded<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// Where the states of a repository are kept, for as long as it is open.
#[derive(Clone)]
pub(crate) struct States {
    generations: Arc<Generations>,
    cache: PathBuf,
    root: PathBuf,
}

impl States {
    /// Opens the place for the states of a root.
    pub(crate) fn open(cache: Option<&Path>, root: &Path) -> Option<Self> {
        let (cache, root) = (cache?.to_owned(), root.to_owned());
        Some(Self { generations: Arc::new(generations(&cache, &root)?), cache, root })
    }

    /// What an earlier run knew.
    pub(crate) fn earlier(&self, quarantine: &Quarantine) -> Option<Earlier> {
        Earlier::load(&self.generations, &self.root, quarantine)
    }

    pub(crate) fn claim(&self) -> Option<Claim> {
        self.generations.claim()
    }

    pub(crate) fn give_back(&self, claim: Claim, last: u64) {
        self.generations.give_back(claim, last);
    }

    /// Writes a state, and removes those of repositories that nobody asked for in a long time.
    fn write(&self, generation: u64, sections: &[Section<'_>]) {
        // Where that fails nothing is lost but time.
        _ = self.generations.write(generation, sections);
        collect(&self.cache, REPOSITORIES, &name_of(&self.root), Keep::default());
        // Facts of other revisions are of use only to those who still run them.
        collect(
            &self.cache,
            cache::FACTS,
            REVISION,
            Keep { age: Duration::from_secs(14 * 24 * 3600), ..Keep::default() },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoProgress, Repository};
    use lodemap_facts::Level;

    #[test]
    fn a_state_is_that_of_one_list_of_killers() {
        let dir = tempfile::tempdir().unwrap();
        let (root, cache) = (dir.path().join("top"), dir.path().join("cache"));
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("a.py"), "def f(): pass\n").unwrap();
        let options = OpenOptions { root: Some(root), cache: Some(cache.clone()), ..OpenOptions::default() };
        let open = || {
            let repository = Repository::open(&options, &NoProgress).unwrap();
            repository.save();
            let snapshot = repository.snapshot();
            let file = snapshot.world().file(snapshot.world().file_at("a.py").unwrap());
            (file.facts.level, file.facts.hashes.content, file.facts.lang, snapshot.generation().0)
        };
        let (level, content, lang, first) = open();
        assert_eq!(
            (level, Kept::open(&options).unwrap().map(|k| k.generation())),
            (Level::Full, Some(first))
        );
        // Another repository's run finds out that it kills.
        Quarantine::open(Some(&cache)).add(content, lang, "its parser aborted (signal 6)");
        assert!(Kept::open(&options).unwrap().is_none());
        let (level, .., second) = open();
        assert_eq!((level, second > first), (Level::Quarantined, true));
        assert_eq!(Kept::open(&options).unwrap().map(|k| k.generation()), Some(second));
    }
}
