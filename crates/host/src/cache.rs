//! The cache of facts, as one repository uses it.

use std::path::Path;
use std::sync::Arc;

use lodemap_facts::REVISION;
use lodemap_store::{CacheFigures, DiskFolder, FactsCache, Limits};
use serde::Serialize;

/// What the cache holds and how it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CacheState {
    /// Facts of so many contents.
    pub entries: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Facts that were found there, and facts that were not.
    pub hits: u64,
    /// Facts that were not there.
    pub misses: u64,
    /// Damaged files that were dropped.
    pub damaged: u64,
    /// Why it cannot be used or written, if so.
    pub problem: Option<String>,
}

impl CacheState {
    /// One line for people.
    pub(crate) fn text(&self) -> String {
        let Self { entries, bytes, hits, misses, .. } = self;
        match &self.problem {
            Some(problem) => format!("cache: cannot be used: {problem}; everything is worked out anew\n"),
            None => {
                format!("cache: {entries} files' facts in {bytes} bytes; {hits} found there, {misses} not\n")
            }
        }
    }
}

/// The folder of facts in the cache, with one for each revision of the extractor.
pub(crate) const FACTS: &str = "facts";

/// Opens the cache in a folder; where that fails, the reason.
pub(crate) fn open(folder: Option<&Path>) -> (Option<Arc<FactsCache>>, Option<String>) {
    let Some(folder) = folder else { return (None, None) };
    match DiskFolder::open(folder, &format!("{FACTS}/{REVISION}")) {
        Ok(disk) => (Some(Arc::new(FactsCache::open(Box::new(disk), Limits::default()))), None),
        Err(e) => (None, Some(format!("{}: {e}", folder.display()))),
    }
}

pub(crate) fn state(cache: Option<&FactsCache>, problem: Option<&String>) -> Option<CacheState> {
    if cache.is_none() && problem.is_none() {
        return None;
    }
    let CacheFigures { entries, bytes, hits, misses, damaged, unwritable, .. } =
        cache.map(FactsCache::figures).unwrap_or_default();
    Some(CacheState { entries, bytes, hits, misses, damaged, problem: problem.cloned().or(unwritable) })
}
