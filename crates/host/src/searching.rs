//! The words of a repository's files, kept up with its states.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lodemap_base::{ContentHash, FileId, name_key};
use lodemap_disk::Root;
use lodemap_engine::Snapshot;
use lodemap_engine::graph::{FileEntry, World};
use lodemap_facts::REVISION;
use lodemap_search::{FORMAT, FileText, SearchError, SearchIndex, View};
use lodemap_store::{DiskFolder, Keep, collect};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::extract::MAX_READ;

/// The search index of a repository; opened when somebody first asks.
pub(crate) struct Searching {
    /// Where it is kept from one run to the next.
    home: Option<Home>,
    index: Mutex<Option<Open>>,
    /// Microseconds that taking words over has cost so far.
    micros: AtomicU64,
}

struct Home {
    cache: PathBuf,
    /// The name of the folder among those of all repositories.
    name: String,
    /// What is there is not read.
    anew: bool,
}

/// The folder of all repositories' words in the cache.
const BELOW: &str = "search";

impl Home {
    /// Removes what is kept.
    fn clear(&self) {
        // What cannot be removed cannot be opened either, and is left alone.
        _ = std::fs::remove_dir_all(self.cache.join(BELOW).join(&self.name));
    }

    /// The index as it was left, or an empty one where it is damaged; `None` where it cannot be kept.
    fn open(&self) -> Option<SearchIndex> {
        let folder = || {
            let below = format!("{BELOW}/{}", self.name);
            DiskFolder::open(&self.cache, &below).ok().map(|_| self.cache.join(below))
        };
        let index = match SearchIndex::open(&folder()?) {
            Ok(mut index) => {
                if self.anew {
                    index.retain(|_| false);
                }
                Some(index)
            }
            // The other process keeps it; this one makes do with what it holds in memory.
            Err(SearchError::Busy | SearchError::Stopped) => None,
            Err(SearchError::Broken(_)) => {
                self.clear();
                SearchIndex::open(&folder()?).ok()
            }
        };
        collect(&self.cache, BELOW, &self.name, Keep::default());
        index
    }
}

struct Open {
    index: SearchIndex,
    /// Whether it is on disk, and ours to write.
    is_kept: bool,
    /// The state that it holds, and its view.
    latest: Option<(Arc<Snapshot>, Searchable)>,
}

/// The words of one state.
#[derive(Clone)]
pub struct Searchable {
    /// Where they are found.
    pub view: View,
    /// Files that changed since the state was made: their words are missing.
    pub pending: usize,
}

/// So many files are read before their words are taken over: their texts are held until then.
const BATCH: usize = 256;

impl Searching {
    pub(crate) fn new(cache: Option<&Path>, root: &Root, anew: bool) -> Self {
        let root = ContentHash::of(root.path().as_os_str().as_bytes());
        let name = format!("{root}-{REVISION}-{FORMAT}");
        Self {
            home: cache.map(|cache| Home { cache: cache.to_owned(), name, anew }),
            index: Mutex::new(None),
            micros: AtomicU64::new(0),
        }
    }

    /// What taking words over has cost so far.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    /// The words of the files of `snapshot`. An index that cannot be brought up to date is made anew.
    ///
    /// Whoever asks waits outside of the pool: a thread of it that held the index while it waits for others could
    /// be given another question of the same kind meanwhile, and would wait for itself.
    pub(crate) fn of(
        &self,
        snapshot: &Arc<Snapshot>,
        root: &Root,
        pool: &rayon::ThreadPool,
    ) -> Result<Searchable, SearchError> {
        let mut guard = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = &mut *guard;
        let started = Instant::now();
        let out = pool.install(|| {
            let first = self.brought_up(slot, snapshot, root);
            first.or_else(|_| {
                // What another process writes is not ours to remove.
                let was_kept = slot.take().is_some_and(|open| open.is_kept);
                self.home.iter().filter(|_| was_kept).for_each(Home::clear);
                self.brought_up(slot, snapshot, root)
            })
        });
        self.micros.fetch_add(started.elapsed().as_micros() as u64, Ordering::Relaxed);
        out
    }

    fn brought_up(
        &self,
        slot: &mut Option<Open>,
        snapshot: &Arc<Snapshot>,
        root: &Root,
    ) -> Result<Searchable, SearchError> {
        let open = match slot {
            Some(open) => open,
            none => {
                let kept = self.home.as_ref().and_then(Home::open);
                let is_kept = kept.is_some();
                let index = kept.map_or_else(SearchIndex::in_memory, Ok)?;
                none.insert(Open { index, is_kept, latest: None })
            }
        };
        if let Some((state, searchable)) = &open.latest
            && Arc::ptr_eq(state, snapshot)
            && searchable.pending == 0
        {
            return Ok(searchable.clone());
        }
        let pending = open.bring_up(snapshot, root)?;
        let searchable = Searchable { view: open.index.view()?, pending };
        open.latest = Some((snapshot.clone(), searchable.clone()));
        Ok(searchable)
    }
}

impl Open {
    /// Takes over what differs; gives the number of files whose text is another one by now.
    fn bring_up(&mut self, snapshot: &Snapshot, root: &Root) -> Result<usize, SearchError> {
        let mut news = self.different(snapshot);
        news.sort_by(|a, b| a.path.cmp(&b.path));
        let mut pending = 0;
        for batch in news.chunks(BATCH) {
            let texts: Vec<Option<Vec<u8>>> = batch.par_iter().map(|file| text_of(file, root)).collect();
            for (file, text) in batch.iter().zip(&texts) {
                let Some(bytes) = text else {
                    self.index.remove(&file.path);
                    pending += 1;
                    continue;
                };
                self.index.add(&FileText { path: &file.path, bytes, facts: &file.facts })?;
            }
        }
        self.index.commit_if_changed()?;
        Ok(pending)
    }
}

impl Open {
    /// Forgets what is gone, and gives the files that are not held as they are now.
    fn different<'s>(&mut self, snapshot: &'s Snapshot) -> Vec<&'s Arc<FileEntry>> {
        let world = snapshot.world();
        let Some((before, searchable)) = &self.latest else {
            let keys: FxHashSet<u64> = world.files().map(|file| name_key(file.path.as_str()).0).collect();
            self.index.retain(|key| keys.contains(&key));
            return world.files().filter(|file| !self.index.holds(&file.path, &file.facts)).collect();
        };
        // Files that are the same entry in both states cost a comparison of two addresses.
        let is_doubtful = searchable.pending > 0;
        let old = before.world();
        let at = |world: &'s World, slot: FileId| world.has_file(slot).then(|| world.file(slot));
        let mut out = vec![];
        for slot in (0..old.file_slots().max(world.file_slots())).map(|slot| FileId(slot as u32)) {
            let was = old.has_file(slot).then(|| old.file(slot));
            let is = at(world, slot);
            if let (Some(was), Some(is)) = (was, is)
                && Arc::ptr_eq(was, is)
                && !is_doubtful
            {
                continue;
            }
            if let Some(was) = was
                && world.file_at(was.path.as_str()).is_none()
            {
                self.index.remove(&was.path);
            }
            out.extend(is.filter(|is| !self.index.holds(&is.path, &is.facts)));
        }
        out
    }
}

/// The bytes that a file's facts were made of, if they are still there.
pub(crate) fn text_of(file: &FileEntry, root: &Root) -> Option<Vec<u8>> {
    let bytes = root.read(&file.path, MAX_READ).ok()?.bytes;
    (ContentHash::of(&bytes) == file.facts.hashes.content).then_some(bytes)
}
