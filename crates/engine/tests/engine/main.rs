//! The engine on repositories in memory.

mod determinism;
mod incremental;
mod python;
mod rust;
mod work;
