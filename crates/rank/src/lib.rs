//! What matters?
//!
//! [`Layers`] holds the importance of every node of the graph and keeps it under edits;
//! [`PushSpace::push`] answers what is near a few seeds, at query time.
//! Both see the graph through [`Graph`] and know nothing of files and symbols.
//!
//! # Invariants
//! - Contains no IO, no clock and no floating point.
//! - Every number is a function of the graph alone: neither the numbering of slots, nor the order of edges in a
//!   row, nor the history of edits shows in it. [`Layers::update`] equals [`Layers::compute`] bit for bit.
//! - Scores order nodes; ties are the caller's to break, by name and never by slot.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod column;
mod fixed;
mod graph;
mod layers;
mod push;

pub use graph::{Edge, Graph};
pub use layers::{Layers, OldRow, Params, Work};
pub use push::{PushParams, PushSpace, Pushed};
