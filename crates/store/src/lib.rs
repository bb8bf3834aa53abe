//! What did we know last time?
//!
//! Everything here is a cache: it may vanish, be damaged or be full at any time, and then things are worked out again.
//! So nothing in it is ever repaired or half believed. Files are written under a temporary name, synced, renamed, and
//! never changed afterwards; what is read has a checksum, and what fails it is not there.
//!
//! [`FactsCache`] keeps the facts of files by what the files say, for all repositories of a user; [`Generations`] keeps
//! what was worked out of one repository; [`write_sealed`] is for what is small.

mod cache;
mod collect;
mod disk;
mod folder;
mod generations;
mod mortal;
mod pack;
mod sealed;
mod segments;
pub mod simulated;

pub use cache::{CacheFigures, FactsCache, Limits};
pub use collect::{Keep, collect};
pub use disk::DiskFolder;
pub use folder::{Entry, Folder, Source};
pub use generations::{Claim, Generations, Newest};
pub use sealed::{read_sealed, write_sealed};
pub use segments::{Section, SectionReader, Segments};
