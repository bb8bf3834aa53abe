//! Repositories in memory, random ones too, and what to ask of them in tests.
//!
//! One string is one repository: `//- path` begins a file. No test needs a file system to say what it means.
//! A [`Story`] is a repository with what happens to it: [`Twins`] plays it to an engine that lives through it and,
//! after each change, to a new one, and says where the two differ.

mod facts;
mod fixture;
mod goto;
mod model;
mod paths;
mod random;
mod sabotage;
mod shrink;
mod story;
mod suite;
mod twins;

pub use facts::FactsCache;
pub use fixture::{Fixture, edges};
pub use goto::{GotoCase, with_open};
pub use model::{Model, Step};
pub use paths::{HOSTILE, SECRET, Traps, hostile_paths, leaks};
pub use random::{Rng, random_repository, random_story, seeds};
pub use sabotage::{KINDS, sabotaged};
pub use shrink::shrink;
pub use story::Story;
pub use suite::{Found, Tally, hunt};
pub use twins::{Counts, Failure, Subject, Twins, difference, differing_table, dump_of};
