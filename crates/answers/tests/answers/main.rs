//! Answers on repositories in memory.

mod budget;
mod questions;
