//! How is one repository kept open?
//!
//! [`Repository::open`] discovers the files, reads and extracts them on a pool of its own, and hands the facts
//! to the engine; [`Repository::refresh`] does the same for what changed. It remembers what was passed over and why.
//! [`Live`] keeps a repository fresh while files change, and tells each question whether its answer is.
//!
//! # Invariants
//! - Every read goes through `disk::Root`; nothing of the repository is executed or obeyed.
//! - What is indexed does not depend on the number of threads or the order in which they finish.

mod cache;
mod clock;
mod error;
mod event;
mod extract;
mod git;
mod health;
mod kept;
mod live;
mod memory;
mod past;
mod progress;
mod quarantine;
mod reader;
mod repository;
mod searching;
mod stats;
mod status;
mod update;
mod verify;
mod worker;

pub use cache::CacheState;
pub use error::HostError;
pub use event::{WatchEvent, WorkCounts};
pub use git::git_version;
pub use kept::Kept;
pub use live::{Fresh, Live, LiveOptions, Marked};
pub use lodemap_answers::Past;
pub use lodemap_base::{Generation, RelPath, is_hidden};
pub use lodemap_disk::{Dirty, Folders, Quiet, Unwatched};
pub use lodemap_engine::{Published, Snapshot};
pub use memory::{MemoryStatus, cpu_seconds, peak_rss_bytes, resident_bytes};
pub use past::past_of;
pub use progress::{NoProgress, Progress};
pub use reader::Reader;
pub use repository::{OpenOptions, Repository, nearest_root};
pub use searching::Searchable;
pub use stats::{IndexStats, LanguageStats};
pub use status::{PathReason, StatusAnswer, WatcherStatus, WhyAnswer};
pub use update::Update;
pub use verify::Verified;
pub use worker::{Isolation, WORKER_COMMAND, WorkerLimits, serve_worker};
