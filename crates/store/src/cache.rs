//! Facts by what files say: shared by all repositories, branches and worktrees of a user.
//!
//! A run that parsed something writes it as a new pack. Packs are never changed, so any number of processes read and
//! write side by side; now and then one of them, alone, merges small packs and removes those that were not used for
//! longest.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use lodemap_base::ContentHash;
use lodemap_facts::{FileFacts, decode, encode};
use lodemap_grammar::Lang;
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use crate::folder::{Entry, Folder};
use crate::pack::{self, Key, Pack, Packed};

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many bytes on disk; what was not used for longest goes first.
    pub bytes: u64,
    /// So many bytes wait in memory before they are written.
    pub pending: u64,
    /// So many packs are there before small ones are merged.
    pub packs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 2 << 30, pending: 64 << 20, packs: 32 }
    }
}

/// What is in the cache, and what became of questions.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct CacheFigures {
    /// Files of facts.
    pub packs: usize,
    /// Facts in them.
    pub entries: usize,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Facts that were found.
    pub hits: u64,
    /// Facts that were not there.
    pub misses: u64,
    /// Packs that were damaged, and are gone.
    pub damaged: u64,
    /// Why nothing can be written, if so.
    pub unwritable: Option<String>,
}

/// The end of the names of packs.
const SUFFIX: &str = ".pack";

/// A cache of facts.
pub struct FactsCache {
    folder: Box<dyn Folder>,
    limits: Limits,
    /// Newest last, as far as this process knows.
    packs: RwLock<Vec<OpenPack>>,
    pending: Mutex<Pending>,
    hits: AtomicU64,
    misses: AtomicU64,
    damaged: AtomicU64,
    unwritable: Mutex<Option<String>>,
}

struct OpenPack {
    name: String,
    len: u64,
    pack: Pack,
    /// It was marked as used by this process.
    is_marked: AtomicBool,
}

#[derive(Default)]
struct Pending {
    values: FxHashMap<Key, Packed>,
    bytes: u64,
}

impl FactsCache {
    /// Opens the cache in a folder; what is there and cannot be read is not there.
    pub fn open(folder: Box<dyn Folder>, limits: Limits) -> Self {
        folder.clean();
        let cache = Self {
            folder,
            limits,
            packs: RwLock::default(),
            pending: Mutex::default(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            unwritable: Mutex::new(None),
        };
        for entry in cache.listed() {
            cache.take_in(&entry);
        }
        cache
    }

    /// The facts of a content read as a language, if they are known.
    pub fn get(&self, content: ContentHash, lang: Lang) -> Option<FileFacts> {
        let key = key(content, lang);
        let found = self.find(&key).filter(|f| f.hashes.content == content && f.lang == lang);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn find(&self, key: &Key) -> Option<FileFacts> {
        if let Some(raw) = lock(&self.pending).values.get(key).and_then(Packed::unpack) {
            return decode(&raw).ok();
        }
        let mut damaged = None;
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        let found = packs.iter().rev().find_map(|open| {
            let place = open.pack.find(key)?;
            // What cannot be read now may be readable the next time; what reads wrong is wrong.
            let packed = open.pack.packed(place).ok()?;
            match packed.unpack().and_then(|raw| decode(&raw).ok()) {
                Some(facts) => {
                    if !open.is_marked.swap(true, Ordering::Relaxed) {
                        _ = self.folder.mark_used(&open.name);
                    }
                    Some(facts)
                }
                None => {
                    damaged = Some(open.name.clone());
                    None
                }
            }
        });
        drop(packs);
        damaged.into_iter().for_each(|name| self.drop_pack(&name, true));
        found
    }

    /// Remembers facts; they are on disk after [`Self::flush`].
    pub fn put(&self, facts: &FileFacts) {
        if !self.has(&key(facts.hashes.content, facts.lang)) {
            self.put_encoded(facts.hashes.content, facts.lang, &encode(facts));
        }
    }

    /// The same for facts that are encoded already.
    pub fn put_encoded(&self, content: ContentHash, lang: Lang, encoded: &[u8]) {
        let key = key(content, lang);
        if self.has(&key) {
            return;
        }
        let Some(packed) = Packed::new(key, encoded) else { return };
        let is_full = {
            let mut pending = lock(&self.pending);
            pending.bytes += packed.bytes.len() as u64;
            pending.values.insert(key, packed);
            pending.bytes > self.limits.pending
        };
        if is_full {
            self.flush();
        }
    }

    fn has(&self, key: &Key) -> bool {
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        packs.iter().any(|p| p.pack.find(key).is_some()) || lock(&self.pending).values.contains_key(key)
    }

    /// Writes what waits. Where that fails it is forgotten, and [`Self::figures`] says why.
    pub fn flush(&self) {
        let pending = std::mem::take(&mut *lock(&self.pending));
        if pending.values.is_empty() {
            return;
        }
        let mut values: Vec<Packed> = pending.values.into_values().collect();
        values.sort_unstable_by_key(|v| v.key);
        let written = self.write(&values);
        *lock(&self.unwritable) = written.err().map(|e| e.to_string());
        self.tidy();
    }

    /// Writes a pack of values and takes it in.
    fn write(&self, values: &[Packed]) -> io::Result<()> {
        let mut ends = Vec::new();
        let parts = pack::parts(values, &mut ends);
        let len = parts.iter().map(|p| p.len() as u64).sum();
        // The index names every content, so equal names are equal packs.
        let name = format!("{:016x}{SUFFIX}", xxh3_64(parts.last().copied().unwrap_or_default()));
        self.folder.write(&name, &parts)?;
        self.take_in(&Entry { name, len, used: std::time::SystemTime::UNIX_EPOCH });
        Ok(())
    }

    /// Merges small packs where there are many, and removes what was not used for longest where it is too much.
    fn tidy(&self) {
        let listed = self.listed();
        let total: u64 = listed.iter().map(|e| e.len).sum();
        if total <= self.limits.bytes && listed.len() <= self.limits.packs {
            return;
        }
        self.folder.alone(&mut || {
            let mut listed = self.listed();
            listed.sort_by(|a, b| (a.used, &a.name).cmp(&(b.used, &b.name)));
            let mut total: u64 = listed.iter().map(|e| e.len).sum();
            listed.retain(|entry| {
                let goes = total > self.limits.bytes;
                if goes {
                    total -= entry.len;
                    self.drop_pack(&entry.name, false);
                }
                !goes
            });
            if listed.len() > self.limits.packs {
                self.merge(listed);
            }
        });
    }

    /// Makes one pack of the smaller half of some.
    fn merge(&self, mut listed: Vec<Entry>) {
        listed.sort_by(|a, b| (a.len, &a.name).cmp(&(b.len, &b.name)));
        listed.truncate(listed.len() / 2 + 1);
        listed.iter().for_each(|entry| self.take_in(entry));
        let mut values: FxHashMap<Key, Packed> = FxHashMap::default();
        let mut merged: Vec<String> = Vec::new();
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        for open in packs.iter().filter(|open| listed.iter().any(|e| e.name == open.name)) {
            let all: io::Result<Vec<Packed>> =
                open.pack.places().iter().map(|place| open.pack.packed(*place)).collect();
            let Ok(all) = all else { continue };
            values.extend(all.into_iter().map(|v| (v.key, v)));
            merged.push(open.name.clone());
        }
        drop(packs);
        let mut values: Vec<Packed> = values.into_values().collect();
        values.sort_unstable_by_key(|v| v.key);
        let mut ends = Vec::new();
        let name = {
            let parts = pack::parts(&values, &mut ends);
            format!("{:016x}{SUFFIX}", xxh3_64(parts.last().copied().unwrap_or_default()))
        };
        if merged.len() > 1 && self.write(&values).is_ok() {
            merged.iter().filter(|old| **old != name).for_each(|old| self.drop_pack(old, false));
        }
    }

    /// Opens a pack, unless it is open; a damaged one is removed.
    fn take_in(&self, entry: &Entry) {
        let mut packs = self.packs.write().unwrap_or_else(PoisonError::into_inner);
        if packs.iter().any(|p| p.name == entry.name) {
            return;
        }
        let opened = self.folder.open(&entry.name).and_then(|source| Pack::open(source, entry.len));
        match opened {
            Ok(pack) => packs.push(OpenPack {
                name: entry.name.clone(),
                len: entry.len,
                pack,
                is_marked: AtomicBool::new(false),
            }),
            Err(e) if matches!(e.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
                drop(packs);
                self.drop_pack(&entry.name, true);
            }
            Err(_) => {}
        }
    }

    fn drop_pack(&self, name: &str, is_damaged: bool) {
        let mut packs = self.packs.write().unwrap_or_else(PoisonError::into_inner);
        packs.retain(|p| p.name != name);
        self.damaged.fetch_add(u64::from(is_damaged), Ordering::Relaxed);
        _ = self.folder.remove(name);
    }

    fn listed(&self) -> Vec<Entry> {
        let listed = self.folder.list().unwrap_or_default();
        listed.into_iter().filter(|e| e.name.ends_with(SUFFIX)).collect()
    }

    /// Bytes that the facts of a content take on disk, or will; 0 if they are not known.
    pub fn stored_bytes(&self, content: ContentHash, lang: Lang) -> u64 {
        let key = key(content, lang);
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        let stored = packs.iter().rev().find_map(|p| Some(p.pack.find(&key)?.stored()));
        stored.unwrap_or_else(|| lock(&self.pending).values.get(&key).map_or(0, |v| v.bytes.len() as u64))
    }

    /// What is in it.
    pub fn figures(&self) -> CacheFigures {
        let packs = self.packs.read().unwrap_or_else(PoisonError::into_inner);
        CacheFigures {
            packs: packs.len(),
            entries: packs.iter().map(|p| p.pack.places().len()).sum(),
            bytes: packs.iter().map(|p| p.len).sum(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            damaged: self.damaged.load(Ordering::Relaxed),
            unwritable: lock(&self.unwritable).clone(),
        }
    }
}

fn key(content: ContentHash, lang: Lang) -> Key {
    let mut key = [lang.0; 17];
    key[..16].copy_from_slice(&content.0);
    key
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
