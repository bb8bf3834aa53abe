//! How much memory a state holds, by part: readers' parts, and those that only the writer has.

use lodemap_base::Held;

use crate::engine::Engine;
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Bytes held, by part.
    pub fn held(&self) -> Held {
        let mut held = Held::default();
        self.world.held(&mut held);
        self.resolved.iter().for_each(|r| r.held(&mut held));
        held.add("resolved.other", self.resolved.heap_bytes());
        held.add("graph.rows", self.graph.heap_bytes());
        held.add("graph.nodes", self.nodes.heap_bytes());
        held.add("graph.scores", self.scores.heap_bytes());
        held
    }
}

impl Engine {
    /// Bytes held by the current state and by what the next one needs besides, by part.
    pub fn held(&self) -> Held {
        let mut held = self.snapshot().held();
        if let Some(private) = self.private() {
            held.add("writer.layers", private.layers.heap_bytes());
            held.add("writer.users", private.users.as_ref().map_or(0, |users| users.heap_bytes()));
            held.add("writer.digests", private.files.heap_bytes());
            held.add("writer.memory", private.memory.heap_bytes());
        }
        held
    }
}
