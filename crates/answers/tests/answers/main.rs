//! Answers on repositories in memory.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod budget;
mod calls;
mod find;
mod impact;
mod questions;
mod scip;
