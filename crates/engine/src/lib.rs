//! What is true now?
//!
//! [`Engine::apply`] takes a [`ChangeSet`] of facts and publishes the next immutable [`Snapshot`]: the world,
//! what every reference leads to, and how important every file and symbol is.
//!
//! # Invariants
//! - Contains no IO; a change set carries facts, never bytes.
//! - A snapshot is a pure function of its files and manifests: [`Snapshot::dump`] and [`Snapshot::digests`] are
//!   equal for equal inputs, whatever the order and the grouping of changes and the number of threads.
//! - The cost of a change follows the change: what depends on it is found by the look-ups that it answers otherwise.
//! - Readers hold an `Arc` to a snapshot and never wait.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod change;
mod derived;
mod digest;
mod dump;
mod edges;
mod engine;
mod held;
mod nodes;
mod rows;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scores;
mod scratch;
mod snapshot;
mod update;
mod users;

pub use change::{ChangeSet, FileInput, WorkLog};
pub use digest::Digests;
pub use engine::{Engine, Published};
pub use lodemap_base as base;
pub use lodemap_facts as facts;
pub use lodemap_grammar as grammar;
pub use lodemap_graph as graph;
pub use nodes::{NodeKind, Nodes};
pub use rows::Rows;
#[cfg(feature = "sabotage")]
pub use sabotage::Sabotage;
pub use snapshot::{Edge, Snapshot, symbol_name};
