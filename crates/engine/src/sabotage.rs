//! Faults on purpose, in test builds only: a suite that does not notice them proves nothing.

use std::str::FromStr;

use lodemap_graph::Delta;
use lodemap_rank::Edge;
use rustc_hash::FxHashMap;

use crate::engine::Engine;
use crate::snapshot::Snapshot;

/// What an engine does wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sabotage {
    /// Nobody hears of what was looked up in vain and is there now.
    NegativeLookups,
    /// Nobody hears that what is declared of a type is different.
    Types,
    /// The resolver remembers what is no longer so.
    Memory,
    /// One row that changed sends no wave through the ranks.
    RankDelta,
}

impl FromStr for Sabotage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "negative-lookups" => Ok(Self::NegativeLookups),
            "types" => Ok(Self::Types),
            "memory" => Ok(Self::Memory),
            "rank-delta" => Ok(Self::RankDelta),
            other => Err(format!(
                "no sabotage is called {other}; there are negative-lookups, types, memory and rank-delta"
            )),
        }
    }
}

impl Engine {
    /// An engine that does this wrong.
    pub fn sabotaged(sabotage: Sabotage) -> Self {
        let mut engine = Self::new();
        engine.sabotage = Some(sabotage);
        engine
    }

    pub(crate) fn spoil_lookups(&self, before: &Snapshot, delta: &mut Delta) {
        if self.sabotage == Some(Sabotage::NegativeLookups) {
            let found = before.world.found_lookups();
            delta.lookups.retain(|key| found.contains(key));
        }
        if self.sabotage == Some(Sabotage::Types) {
            let types = before.world.typed_lookups();
            delta.lookups.retain(|key| !types.contains(key));
        }
    }

    pub(crate) fn spoil_rows(&self, old_rows: &mut FxHashMap<u32, (Vec<Edge>, u64)>) {
        if self.sabotage == Some(Sabotage::RankDelta) {
            old_rows.keys().min().copied().map(|node| old_rows.remove(&node));
        }
    }
}
