//! What is on disk?
//!
//! Finds the files of a repository, says why a path is or is not among them, reads them, and notices when they
//! change. All file IO on repositories goes through [`Root`], which holds the folder open and never follows a link.
//!
//! # Invariants
//! - [`Root::read`] is the only way to the bytes of a repository's file; it cannot leave the root, cannot hang
//!   on a pipe or a device, and never returns a mixture of two versions.
//! - [`discover`], [`explain`] and [`Inventory`] ask the same code ([`survey`]) about every entry, so they cannot
//!   disagree.
//! - An [`Inventory`] that was brought up to date equals a fresh discovery, whatever happened, as long as the hints
//!   cover it. Hints lead to a look; they are never believed.
//! - A folder is watched before it is listed. What is not watched is named, by [`Watcher::poll`].
//! - The result depends on the tree, on git's list of tracked files and on [`Options`] only: neither on the
//!   order in which the file system lists names, nor on the number of threads.
//! - Nothing is written, but for the empty cookies of a [`Watcher`], outside the repository.
// Files are opened through `Root` alone; the lint holds the library to it, and lets its tests build their trees.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]
#![cfg_attr(test, allow(clippy::disallowed_methods))]

mod attributes;
mod class;
mod classify;
mod defaults;
mod dirty;
mod explain;
mod folder;
mod folders;
mod git;
mod inventory;
mod nodes;
mod outer;
mod pattern;
mod quiet;
mod read;
mod reason;
mod root;
mod rules;
mod sighting;
mod surroundings;
mod survey;
mod tracked;
mod walk;
mod watch;

pub use classify::{FileClass, classify};
pub use dirty::Dirty;
pub use explain::{Why, explain};
pub use folders::{Folders, Outside, OutsideKind, Unwatched};
pub use git::global_ignore_file;
pub use inventory::{Changes, Inventory};
pub use quiet::Quiet;
pub use read::{FileRead, ReadError, Stamp};
pub use reason::{Problem, SkipReason};
pub use root::{Root, RootError, RootState, find_root};
pub use sighting::{Regard, Sameness, Sighting};
pub use survey::Options;
pub use walk::{Discovery, Found, Skipped, discover};
pub use watch::{Lagging, WatchHealth, Watcher, Woken};
