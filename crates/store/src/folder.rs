//! A folder of ours, as far as a cache needs one: so that tests can take away what was not synced.

use std::io;
use std::time::SystemTime;

/// A file in a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub len: u64,
    /// When it was written, or last marked as used.
    pub used: SystemTime,
}

/// An open file; what it holds stays readable when the file is removed.
pub trait Source: Send + Sync {
    /// Fills `out` with what stands at `offset`; an error where the file is shorter.
    fn read_at(&self, out: &mut [u8], offset: u64) -> io::Result<()>;
}

/// A flat folder of files that are written once.
pub trait Folder: Send + Sync {
    /// The files.
    fn list(&self) -> io::Result<Vec<Entry>>;

    /// Opens a file for reading.
    fn open(&self, name: &str) -> io::Result<Box<dyn Source>>;

    /// Writes a file that is either there as a whole or not at all, whatever happens meanwhile.
    fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Marks a file as used now.
    fn mark_used(&self, name: &str) -> io::Result<()>;

    /// Removes what writers left behind that did not come to their end.
    fn clean(&self);

    /// Runs `f` unless another process runs something under the same lock.
    fn alone(&self, f: &mut dyn FnMut());
}
