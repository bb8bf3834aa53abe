//! Folders that nobody asked for in a long time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;

/// How much may be kept of other repositories.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// So many bytes in all; what was not used for longest goes first.
    pub bytes: u64,
    /// What was not used for so long goes in any case.
    pub age: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        Self { bytes: 2 << 30, age: Duration::from_secs(90 * 24 * 3600) }
    }
}

/// Removes the folders in `below` of the cache that are too old or too much, but not `own`. A process that still uses one
/// keeps what it has open, and writes the next one anew.
pub fn collect(cache: &Path, below: &str, own: &str, keep: Keep) {
    let all = cache.join(below);
    let Ok(lock) = fs::File::open(&all) else { return };
    if rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        return;
    }
    let now = SystemTime::now();
    let mut folders: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(&all).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            let (used, bytes) = last_used(&entry.path());
            folders.push((used, bytes, entry.path()));
        }
    }
    folders.sort();
    let mut total: u64 = folders.iter().map(|(_, bytes, _)| bytes).sum();
    for (used, bytes, path) in folders {
        let is_old = now.duration_since(used).is_ok_and(|age| age > keep.age);
        if (is_old || total > keep.bytes) && path.file_name().is_none_or(|name| name != own) {
            total -= bytes;
            _ = fs::remove_dir_all(&path);
        }
    }
}

/// When the files of a folder were last used, and their bytes.
fn last_used(folder: &Path) -> (SystemTime, u64) {
    let mut out = (SystemTime::UNIX_EPOCH, 0);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(found) = fs::symlink_metadata(entry.path()) {
            out.0 = out.0.max(found.modified().unwrap_or(SystemTime::UNIX_EPOCH));
            out.1 += found.len();
        }
    }
    out
}
