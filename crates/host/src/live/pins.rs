//! States that sessions want to ask again.

use std::collections::VecDeque;
use std::sync::Arc;

use lodemap_base::Generation;
use lodemap_engine::Snapshot;

/// More would keep too much alive.
const MOST: usize = 8;

/// The states pinned last, the oldest first.
#[derive(Default)]
pub(super) struct Pins {
    kept: VecDeque<Arc<Snapshot>>,
}

impl Pins {
    pub(super) fn keep(&mut self, snapshot: Arc<Snapshot>) {
        self.kept.retain(|s| s.generation() != snapshot.generation());
        self.kept.push_back(snapshot);
        if self.kept.len() > MOST {
            self.kept.pop_front();
        }
    }

    pub(super) fn get(&self, generation: Generation) -> Option<Arc<Snapshot>> {
        self.kept.iter().find(|s| s.generation() == generation).cloned()
    }
}
