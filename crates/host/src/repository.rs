//! One repository, read and kept: what is on disk goes to the engine, all of it at first and then what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lodemap_base::{Generation, RelPath};
use lodemap_disk::{
    Changes, Dirty, Folders, Found, Inventory, Options, Regard, Root, Sighting, Unwatched, find_root,
    global_ignore_file,
};
use lodemap_engine::{ChangeSet, Engine, Published, Snapshot};
use lodemap_graph::{FileEntry, is_manifest};
use lodemap_store::FactsCache;

use crate::cache;
use crate::cache::CacheState;
use crate::clock::Clock;
use crate::error::HostError;
use crate::extract::{Extracted, Known, MAX_READ, Parsing, extract, is_read};
use crate::git;
use crate::kept::{Earlier, Numbers, States, Unwritten};
use crate::memory::{MemoryStatus, peak_rss_bytes, resident_bytes};
use crate::past::Pasts;
use crate::progress::Progress;
use crate::quarantine::Quarantine;
use crate::reader::Reader;
use crate::searching::{Searchable, Searching, text_of};
use crate::stats::IndexStats;
use crate::update::Update;
use crate::worker::{Isolation, Workers};

/// What to open and how.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The root; `None`: the nearest folder at or above the current one that holds `.git` or `lodemap.toml`.
    pub root: Option<PathBuf>,
    /// Open a root that holds more than a repository, such as `/` or the home folder.
    pub allow_root: bool,
    /// Threads; 0 for one a core.
    pub jobs: usize,
    /// The folder in which facts are kept from one run to the next, for all repositories; `None`: they are not.
    pub cache: Option<PathBuf>,
    /// Parse everything, whatever the cache knows; what was kept from the parser is tried again.
    pub anew: bool,
    /// The program that parses in processes of its own; `None`: this process parses, and dies with its parsers.
    pub isolation: Option<Isolation>,
}

/// An open repository.
pub struct Repository {
    pub(crate) root: Arc<Root>,
    pub(crate) inventory: Inventory,
    engine: Engine,
    /// Files that could not be read, and why.
    pub(crate) unread: BTreeMap<RelPath, String>,
    /// Files that were so fresh when they were read that their stamps prove nothing.
    racy: BTreeSet<RelPath>,
    /// Files parsed, and taken over without, since the start.
    counts: (usize, usize),
    /// Times of the first step.
    opened: Vec<(&'static str, Duration)>,
    /// Whether the engine was told of all that the inventory found. A step that did not come to its end leaves it open.
    intact: bool,
    cache: Option<Arc<FactsCache>>,
    /// What is stored is written, and not read.
    anew: bool,
    /// Why nothing is kept, although it should be.
    cache_problem: Option<String>,
    /// Where states are kept.
    states: Option<States>,
    numbers: Numbers,
    /// What the last run knew; gone after the first step.
    earlier: Option<Earlier>,
    /// What discovery depended on in the state that is stored, and its number.
    stored: Mutex<Option<(Generation, Sighting)>>,
    parsing: Parsing,
    searching: Arc<Searching>,
    pasts: Arc<Pasts>,
    pool: Arc<rayon::ThreadPool>,
    /// What the process held before anything was read.
    resident_before: u64,
}

/// Syntax trees are walked recursively to a fixed depth; this is room for it with plenty to spare. Only what is
/// used of it costs memory.
const STACK_BYTES: usize = 64 << 20;
/// Workers that parsed more files than this hold memory that nobody needs again.
const KEEP_WORKERS: usize = 64;

/// The root that is meant where none is named: the nearest folder at or above the current one that holds `.git`
/// or `lodemap.toml`, else the current one.
pub fn nearest_root() -> PathBuf {
    find_root(&std::env::current_dir().unwrap_or_else(|_| ".".into()))
}

/// The threads of a repository; 0 for one a core.
pub(crate) fn thread_pool(jobs: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).stack_size(STACK_BYTES);
    pool.thread_name(|i| format!("lodemap-{i}")).build()
}

/// How repositories are looked at.
pub(crate) fn disk_options() -> Options {
    Options { global_ignore: global_ignore_file(), ..Options::default() }
}

impl Repository {
    /// Opens and indexes a repository.
    pub fn open(options: &OpenOptions, progress: &dyn Progress) -> Result<Self, HostError> {
        Self::open_with(options, None, progress)
    }

    /// The same, with a quarantine that is taken as given.
    pub(crate) fn open_with(
        options: &OpenOptions,
        quarantine: Option<Arc<Quarantine>>,
        progress: &dyn Progress,
    ) -> Result<Self, HostError> {
        let mut repository = Self::prepare(options)?;
        repository.parsing.quarantine = quarantine.unwrap_or(repository.parsing.quarantine);
        let update = repository.refresh(&Dirty::everything(), &Unwatched, progress);
        repository.note_opened(&update);
        Ok(repository)
    }

    /// Opens a repository whose files nobody has looked at yet.
    pub(crate) fn prepare(options: &OpenOptions) -> Result<Self, HostError> {
        let start = match &options.root {
            Some(root) => root.clone(),
            None => nearest_root(),
        };
        let root = Arc::new(Root::open(&start, options.allow_root)?);
        let pool = Arc::new(thread_pool(options.jobs)?);
        let (cache, cache_problem) = cache::open(options.cache.as_deref());
        let quarantine = Quarantine::open(options.cache.as_deref());
        if options.anew {
            quarantine.clear();
        }
        let states = States::open(options.cache.as_deref(), root.path());
        let earlier = states.as_ref().and_then(|states| states.earlier(&quarantine));
        let stored = earlier.as_ref().and_then(|e| Some((Generation(e.generation), e.sighting.clone()?)));
        let workers = options.isolation.clone().map(|i| Workers::new(i, pool.current_num_threads()));
        Ok(Self {
            cache,
            cache_problem,
            numbers: Numbers::new(states.clone()),
            states,
            earlier,
            stored: Mutex::new(stored),
            anew: options.anew,
            inventory: Inventory::new(root.clone(), disk_options()),
            searching: Arc::new(Searching::new(options.cache.as_deref(), &root, options.anew)),
            pasts: Arc::new(Pasts::new(options.cache.as_deref(), root.path())),
            root,
            engine: Engine::new(),
            unread: BTreeMap::new(),
            racy: BTreeSet::new(),
            counts: (0, 0),
            opened: Vec::new(),
            intact: true,
            parsing: Parsing { workers, quarantine: Arc::new(quarantine) },
            resident_before: resident_bytes(),
            pool,
        })
    }

    /// Looks where `dirty` leads, reads what was touched, and publishes the next state if a content or a role changed.
    ///
    /// `folders` hears of folders before they are listed, so that they can be watched.
    pub fn refresh(&mut self, dirty: &Dirty, folders: &dyn Folders, progress: &dyn Progress) -> Update {
        let mut clock = Clock::start();
        let before = self.engine.snapshot();
        let trust = std::mem::replace(&mut self.intact, false);
        let look_everywhere = dirty.everything || !trust;
        let earlier = self.earlier.take();
        let Self {
            root, inventory, engine, racy, unread, counts, pool, cache, anew, numbers, parsing, ..
        } = self;
        let mut update = pool.install(|| {
            progress.stage("finding files", 0);
            let Changes { mut touched, mut removed } = match look_everywhere {
                true => inventory.sweep(folders, &|_| {}),
                false => inventory.refresh(dirty, folders),
            };
            if look_everywhere {
                // Their stamps prove nothing, and what could not be read may be readable now.
                let again = std::mem::take(racy).into_iter().chain(std::mem::take(unread).into_keys());
                add_found(&mut touched, inventory, again);
                // What the engine has and the inventory has not: after a change of the root.
                let indexed =
                    before.world().files().map(|f| &f.path).chain(before.world().manifests().keys());
                removed.extend(indexed.filter(|path| inventory.found(path).is_none()).cloned());
                removed.sort();
                removed.dedup();
            }
            if !trust {
                touched = inventory.files().cloned().collect();
            }
            clock.lap("discover");
            progress.stage("reading files", touched.len());
            let going = removed.iter().chain(touched.iter().map(|f| &f.path));
            let cache = cache.as_deref().map(|cache| (cache, !*anew));
            let known = Known::new(before.world(), cache, earlier.as_ref().filter(|_| !*anew), going);
            let mut extracted = extract(root, &touched, &known, parsing, progress);
            if touched.len() > KEEP_WORKERS {
                // With the memory they hold; a single file needs one.
                parsing.workers.iter().for_each(Workers::dismiss);
            }
            clock.lap_of_two(["read", "facts"], extracted.times.0, extracted.times.1);
            progress.stage("linking", 0);
            for path in removed.iter().chain(touched.iter().map(|f| &f.path)) {
                unread.remove(path);
                racy.remove(path);
            }
            unread.extend(extracted.unread.iter().cloned());
            racy.extend(std::mem::take(&mut extracted.racy));
            counts.0 += extracted.parsed.len();
            counts.1 += extracted.files.len() - extracted.parsed.len();
            let mut update = Update::new(&before);
            update.parsed = std::mem::take(&mut extracted.parsed);
            update.unsettled = std::mem::take(&mut extracted.unstable);
            let changes = change_set(&before, extracted, &update.unsettled, &removed);
            update.describe(&changes);
            numbers.provide(engine, &before);
            (update.after, update.work) = engine.apply_observed(changes, &mut |stage| clock.lap(stage));
            if before.generation() == Generation::default() {
                update.after = numbers.recognise(engine, earlier.as_ref(), update.after);
            }
            update
        });
        self.intact = true;
        progress.done();
        update.times = clock.times();
        update
    }

    /// Makes what later steps need besides the state itself, so that the first of them need not wait for it.
    pub fn warm_up(&mut self) {
        self.parsing.workers.iter().for_each(Workers::warm_up);
        self.pool.install(|| self.engine.prepare());
    }

    /// What is kept from the parser.
    pub(crate) fn quarantine(&self) -> Arc<Quarantine> {
        self.parsing.quarantine.clone()
    }

    /// Keeps what was learnt for the next run, if there is a cache. Nothing is lost where that fails but time.
    pub fn save(&self) {
        self.saver(true)();
    }

    /// The same for a thread that does not hold the repository; `is_last` if nothing comes after it.
    pub(crate) fn saver(&self, is_last: bool) -> impl FnOnce() + use<> {
        let cache = self.cache.clone();
        let state = self.unwritten();
        let pool = self.pool.clone();
        let last = self.snapshot().generation().0;
        let claim = self.states.clone().zip(self.numbers.claim()).filter(|_| is_last);
        move || {
            cache.iter().for_each(|cache| cache.flush());
            state.into_iter().for_each(|state| pool.install(|| state.write()));
            claim.into_iter().for_each(|(states, claim)| states.give_back(claim, last));
        }
    }

    /// The state as it is to be written, if it is another one than is stored and at rest.
    fn unwritten(&self) -> Option<Unwritten> {
        let states = self.states.clone().filter(|_| self.intact)?;
        let snapshot = self.snapshot();
        let regard = |found: &Found| match is_read(found) {
            false => Regard::Name,
            // Not read because of its size, which is part of its stamp.
            true if found.stamp.size > MAX_READ => Regard::Stamp,
            true if self.racy.contains(&found.path) || self.unread.contains_key(&found.path) => Regard::Doubt,
            true => Regard::Stamp,
        };
        let sighting = self.inventory.sighting(&regard)?;
        let new = (snapshot.generation(), sighting);
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if new.0 == Generation::default() || stored.as_ref() == Some(&new) {
            return None;
        }
        *stored = Some(new.clone());
        let files = self.inventory.files().filter(|found| regard(found) == Regard::Stamp);
        Some(Unwritten {
            states,
            snapshot,
            sighting: new.1,
            stamps: files.map(|found| (found.path.clone(), found.stamp)).collect(),
            stats: self.stats(),
            quarantine: self.parsing.quarantine.clone(),
        })
    }

    /// What the cache holds, and why it does not work if it does not; `None` where none was asked for.
    pub fn cache_state(&self) -> Option<CacheState> {
        cache::state(self.cache.as_deref(), self.cache_problem.as_ref())
    }

    /// Bytes that the facts of this repository take on disk.
    fn stored_bytes(&self) -> u64 {
        let Some(cache) = &self.cache else { return 0 };
        let snapshot = self.snapshot();
        let stored =
            snapshot.world().files().map(|f| cache.stored_bytes(f.facts.hashes.content, f.facts.lang));
        stored.sum()
    }

    /// Takes over the root of a repository that was just prepared; what the engine knows is brought up to date by the
    /// next look at everything.
    pub(crate) fn move_to(&mut self, other: Self) {
        (self.root, self.inventory) = (other.root, other.inventory);
        (self.searching, self.pasts) = (other.searching, other.pasts);
        self.earlier = None;
    }

    /// Remembers what the first step cost.
    pub(crate) fn note_opened(&mut self, first: &Update) {
        self.opened.clone_from(&first.times);
    }

    /// The current state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshot()
    }

    /// Where other threads find the current state.
    pub fn published(&self) -> Published {
        self.engine.published()
    }

    /// What the memory of the process is used for.
    pub fn memory(&self) -> MemoryStatus {
        let symbols = self.snapshot().world().files().map(|f| f.facts.symbols.len()).sum();
        MemoryStatus::new(&self.engine.held(), symbols, self.resident_before)
    }

    /// The number of the state in its index; 0 where nothing is kept.
    pub fn generation(&self) -> Generation {
        self.reader().generation(&self.snapshot())
    }

    /// What indexing found and what it cost.
    pub fn stats(&self) -> IndexStats {
        let mut stats = IndexStats::count(&self.snapshot());
        (stats.parsed, stats.reused) = self.counts;
        stats.other = self.inventory.files().len().saturating_sub(stats.files + self.unread.len());
        stats.seconds = self.opened.iter().map(|(s, t)| ((*s).to_owned(), t.as_secs_f64())).collect();
        let words = self.searching.time();
        if !words.is_zero() {
            stats.seconds.insert("words".to_owned(), words.as_secs_f64());
        }
        stats.peak_rss_bytes = peak_rss_bytes();
        stats.index_bytes = self.stored_bytes();
        stats
    }

    /// The absolute path of the root.
    pub fn root(&self) -> &std::path::Path {
        self.root.path()
    }

    /// What answers need besides a state.
    pub fn reader(&self) -> Reader {
        Reader {
            root: self.root.clone(),
            searching: self.searching.clone(),
            pasts: self.pasts.clone(),
            pool: self.pool.clone(),
            is_numbered: self.states.is_some(),
        }
    }

    /// What is on disk at a path now, which may be newer than the state; `None` where it cannot be read.
    pub fn read(&self, path: &RelPath) -> Option<Vec<u8>> {
        self.root.read(path, MAX_READ).ok().map(|read| read.bytes)
    }

    /// The text of a file of a state, as it is read for the state; `None` where it is another one by now.
    pub fn text(&self, file: &FileEntry) -> Option<Vec<u8>> {
        text_of(file, &self.root)
    }

    /// The words of the files of a state.
    pub fn searchable(&self, snapshot: &Arc<Snapshot>) -> Result<Searchable, HostError> {
        self.reader().searchable(snapshot)
    }

    /// What `git diff` tells between a revision and the working tree.
    pub fn diff(&self, revision: &str) -> Result<String, HostError> {
        git::diff(self.root.path(), revision)
    }

    /// Runs `f` on the repository's own threads, where parallel parts of an answer belong.
    pub fn install<T: Send>(&self, f: impl FnOnce() -> T + Send) -> T {
        self.pool.install(f)
    }
}

/// Adds files to those that were touched, where they are still found.
fn add_found(touched: &mut Vec<Found>, inventory: &Inventory, paths: impl Iterator<Item = RelPath>) {
    let known: BTreeSet<RelPath> = touched.iter().map(|f| f.path.clone()).collect();
    let more: BTreeSet<RelPath> = paths.filter(|p| !known.contains(p)).collect();
    touched.extend(more.iter().filter_map(|path| inventory.found(path).cloned()));
}

/// What the engine is to be told.
fn change_set(
    before: &Snapshot,
    extracted: Extracted,
    unsettled: &[RelPath],
    removed: &[RelPath],
) -> ChangeSet {
    let is_indexed = |path: &&RelPath| before.world().file_at(path.as_str()).is_some();
    // A file that is being written says what it said until it is at rest; one that cannot be read says nothing.
    let unread = extracted.unread.iter().map(|(path, _)| path).filter(|p| !unsettled.contains(p));
    let gone = removed.iter().chain(&extracted.other).chain(unread).filter(is_indexed).cloned().collect();
    let mut manifests = extracted.manifests;
    manifests.extend(removed.iter().filter(|p| is_manifest(p)).map(|p| (p.clone(), None)));
    let mut files = extracted.files;
    // Files that were only touched are no change, and do not make a small one look large.
    files.retain(|f| {
        let known = before.world().file_at(f.path.as_str()).map(|id| before.world().file(id));
        !known.is_some_and(|k| k.class == f.class && Arc::ptr_eq(&k.facts, &f.facts))
    });
    ChangeSet { files, removed: gone, manifests }
}
