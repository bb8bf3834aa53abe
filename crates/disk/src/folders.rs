//! Who must know which folders are searched?
//!
//! A watcher: it has to watch a folder *before* the folder is listed, or a file that is created in between is
//! neither in the listing nor in an event.

use std::ffi::OsString;
use std::path::PathBuf;

/// Hears of the folders that are looked into. Paths are relative to the root, as the file system has them.
pub trait Folders: Sync {
    /// `folder` is about to be listed; it may have been before.
    fn enter(&self, folder: &[u8]);

    /// `folder` is no longer looked into: it went away, or a rule excludes it now. A folder that is passed over
    /// because of what is in it is still looked into, for that may change.
    fn leave(&self, folder: &[u8]);

    /// Rules are about to be read from these places outside the root's folders, and no others.
    fn outside(&self, places: &[Outside]) {
        let _ = places;
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Folders for Unwatched {
    fn enter(&self, _folder: &[u8]) {}
    fn leave(&self, _folder: &[u8]) {}
}

/// A file outside the root's folders that decides what is found in them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Outside {
    /// A folder that is there.
    pub dir: PathBuf,
    /// The name in it that matters: the file's, or that of a folder on the way to it.
    pub name: OsString,
    /// What has to be read again when it changes.
    pub kind: OutsideKind,
}

/// What stands in a file outside the root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OutsideKind {
    /// Rules; see [`Dirty::outer`](crate::Dirty::outer).
    Rules,
    /// The files that git tracks; see [`Dirty::tracked`](crate::Dirty::tracked).
    Tracked,
}
