//! What is true now?
//!
//! [`Engine::apply`] takes a [`ChangeSet`] of facts and publishes the next immutable [`Snapshot`]: the world,
//! what every reference leads to, and how important every file and symbol is.
//!
//! # Invariants
//! - Contains no IO; a change set carries facts, never bytes.
//! - A snapshot is a pure function of its files and manifests: [`Snapshot::dump`] and [`Snapshot::digest`] are
//!   equal for equal inputs, whatever the order of arrival and the number of threads.
//! - Readers hold an `Arc` to a snapshot and never wait.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod change;
mod digest;
mod dump;
mod edges;
mod engine;
mod nodes;
mod snapshot;

pub use change::{ChangeSet, FileInput, WorkLog};
pub use digest::Digests;
pub use edges::Csr;
pub use engine::Engine;
pub use lodemap_base as base;
pub use lodemap_facts as facts;
pub use lodemap_grammar as grammar;
pub use lodemap_graph as graph;
pub use nodes::{NodeKind, Nodes};
pub use snapshot::{Edge, Snapshot};
