//! How do costs grow with size?
//!
//! Each job is measured in a process of its own, so that its peak memory is its own: the caller runs itself
//! again with the job's name and reads one line of JSON. The cold index is always shown beside the *bound*:
//! walking, reading and parsing the same files with the same parser settings on the same threads, which no
//! index by tree-sitter can go below.
//!
//! [`edits`] measures what one edit costs a state that is kept, on a copy of links.
//!
//! # Invariants
//! - A ratio is taken between two figures of the same run.
//! - A job says what it did (files, bytes, symbols), so that a fast nothing cannot pass for a result.

mod bound;
mod edits;
mod generate;
mod job;
mod report;
mod run;

pub use edits::{BesideParse, EditFigures, EditKind, EditReport, edit_table, edits};
pub use job::{Job, Measured, measure};
pub use report::{Row, table};
pub use run::{BenchError, BenchOptions, edits_in_process, run};
