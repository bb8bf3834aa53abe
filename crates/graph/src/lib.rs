//! What refers to what?
//!
//! [`World`] holds every file's facts and the tables that lead from names and paths to files; [`Resolver`]
//! follows an expression of one file to what it refers to, through imports, re-exports and globs.
//!
//! A resolution reads only *base facts*: what one scope binds under one name, whether a path exists, which
//! implementations name a type. Each such look-up is recorded, found or not, so that a change of one base
//! fact names exactly the files to resolve again.
//!
//! # Invariants
//! - Contains no IO. What is resolved is a pure function of the world, whatever was resolved before.
//! - Stages are stratified: paths → module map → names → members → references; none reads a later one.
//! - Ids order nothing: wherever an order shows, it is that of paths and positions.
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod calibration;
mod crates;
mod declared;
mod keys;
mod manifest;
mod resolve;
mod world;

pub use answer::{ChainAnswer, Resolved, Rule, Target, Tier, fits};
pub use calibration::{Calibration, Choice, Confidence, Confidences};
pub use crates::{CrateTree, Place};
pub use keys::{NameClass, class_key, half};
pub use manifest::{Manifest, is_manifest};
pub use resolve::{Memory, Resolver};
pub use world::{Changes, Delta, DirEntry, FileClass, FileDelta, FileEntry, FreeSlots, SymbolSlot, World};
