//! Is a live repository ever wrong without saying so? On a real file system, with threads that write and ask, real
//! git, roots that go away, and a system that watches nothing; each story ends with a comparison to a fresh start.
//!
//! `LODEMAP_RUNS=N` makes the stories N times as long.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests build the trees that they look at")]
#![allow(clippy::print_stdout, reason = "waits are worth knowing, and what was skipped must be told")]

mod bed;
mod bursts;
mod changes;
mod checkouts;
mod kept;
mod limits;
mod marks;
mod questions;
mod roots;
mod search;
mod snapshots;
