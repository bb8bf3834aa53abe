//! How is one repository kept open?
//!
//! [`Repository::open`] discovers the files, reads and extracts them on a pool of its own, and hands the facts
//! to the engine. It remembers what was passed over and why.
//!
//! # Invariants
//! - Every read goes through `disk::Root`; nothing of the repository is executed or obeyed.
//! - What is indexed does not depend on the number of threads or the order in which they finish.

mod error;
mod extract;
mod memory;
mod open;
mod progress;
mod stats;
mod status;

pub use error::HostError;
pub use lodemap_engine::Snapshot;
pub use memory::peak_rss_bytes;
pub use open::{OpenOptions, Repository, nearest_root};
pub use progress::{NoProgress, Progress};
pub use stats::{IndexStats, LanguageStats};
pub use status::{PathReason, StatusAnswer, WatcherStatus, WhyAnswer};
