//! Ranks against their definitions: scratch and update, importance and nearness.
//!
//! Each random test prints its seed when it fails; `LODEMAP_RANK_SEED=<seed>` runs that one alone.

mod graphs;
mod layers;
mod locality;
mod push;
