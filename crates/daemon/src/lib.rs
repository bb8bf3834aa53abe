//! Who asks, and when?
//!
//! [`ask`] is the one place that answers a [`Request`](lodemap_wire::Request), whoever asks it: the command line for
//! itself, a daemon for many.
//!
//! # Invariants
//! - An answer is of one snapshot, and says so where it may lack something that was written before the question.
//! - Paths in requests lead nowhere but into the repository.

mod ask;
mod budget;
pub mod paths;

pub use ask::{Asker, Ground, answer, answer_kept, answer_without, check, problem};
pub use budget::fit_text;
