//! Parsing where it may fail: in processes that may die.
//!
//! A grammar is C code, and released ones abort, hang or take all memory on some texts. A daemon cannot afford that, so
//! files are parsed by worker processes: this program once more, or another that calls [`serve_worker`]. A worker gets
//! bytes and gives facts; it opens no files, and what it may take of memory and time is limited. Whatever becomes of
//! it, whoever started it goes on.
//!
//! `wire` is what goes over the pipes, `serve` the worker's side, `process` one worker as seen from outside, `pool` who
//! gets which, and what becomes of a file that its worker did not survive.

mod cause;
#[cfg(debug_assertions)]
mod faults;
mod pool;
mod process;
mod serve;
mod wire;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) use pool::{Job, Outcome, Workers};
pub use serve::serve_worker;

/// The command by which a program that parses for another is called; what comes after it is for [`serve_worker`].
pub const WORKER_COMMAND: &str = "parse-worker";

/// The program that parses, and what it may take.
#[derive(Clone, Debug)]
pub struct Isolation {
    /// The program; it must be built from the same sources.
    pub program: PathBuf,
    /// What it is called with, before what the worker is told.
    pub arguments: Vec<OsString>,
    /// What it may take.
    pub limits: WorkerLimits,
    /// Whether files may ask for faults; builds without debug assertions know none.
    #[doc(hidden)]
    pub faults: bool,
}

/// What a worker may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorkerLimits {
    /// CPU time for a request, whatever its size. A machine may be busy with other things, so that five times as much
    /// may pass by the clock.
    pub time: Duration,
    /// And so much more for each megabyte.
    pub time_per_mb: Duration,
    /// Bytes of memory.
    pub memory: u64,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(20), time_per_mb: Duration::from_secs(10), memory: 2 << 30 }
    }
}

impl WorkerLimits {
    /// CPU seconds for so many bytes.
    fn seconds(&self, bytes: usize) -> u32 {
        let time = self.time + self.time_per_mb.mul_f64(bytes as f64 / f64::from(1 << 20));
        time.as_secs_f64().ceil().clamp(1.0, 86_400.0) as u32
    }
}

impl Isolation {
    /// A program that answers to [`WORKER_COMMAND`].
    pub fn by(program: PathBuf) -> Self {
        let arguments = vec![WORKER_COMMAND.into()];
        Self { program, arguments, limits: WorkerLimits::default(), faults: false }
    }

    /// The program that runs now, even where its file was replaced meanwhile.
    pub fn by_this_program() -> Self {
        Self::by("/proc/self/exe".into())
    }
}
