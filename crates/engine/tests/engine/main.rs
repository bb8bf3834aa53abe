//! The engine on repositories in memory.

mod determinism;
mod python;
mod rust;
