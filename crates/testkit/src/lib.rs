//! Repositories in memory, random ones too, and what to ask of them in tests.
//!
//! One string is one repository: `//- path` begins a file. No test needs a file system to say what it means.

mod fixture;
mod random;

pub use fixture::{Fixture, edges};
pub use random::{Rng, random_repository, seeds};
