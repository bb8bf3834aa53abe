//! The engine on repositories in memory.

mod determinism;
mod goto;
mod incremental;
mod python;
mod rust;
mod work;
