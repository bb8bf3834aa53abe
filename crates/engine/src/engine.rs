//! The single writer: changes in, snapshots out.

use std::sync::Arc;

use arc_swap::ArcSwap;
use lodemap_base::{Generation, PagedVec};
use lodemap_graph::{Changes, FreeSlots, Memory, World};
use lodemap_rank::Layers;

use crate::change::{ChangeSet, WorkLog};
use crate::digest::FileDigest;
use crate::nodes::FreeNodes;
use crate::scratch;
use crate::snapshot::Snapshot;
use crate::users::Users;

/// Keeps the current snapshot and makes the next.
#[derive(Default)]
pub struct Engine {
    published: Published,
    /// Gone while an update is under way: one that does not come to its end leaves nothing half-done behind.
    private: Option<Private>,
    /// The number of the next state, where it is not the one after the last.
    next: Option<Generation>,
    #[cfg(feature = "sabotage")]
    pub(crate) sabotage: Option<crate::sabotage::Sabotage>,
}

/// Where readers find the current snapshot, on any thread and without waiting.
#[derive(Clone, Default)]
pub struct Published(Arc<ArcSwap<Snapshot>>);

impl Published {
    /// The current state. It stays as it is for as long as it is held.
    pub fn load(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }
}

/// What only the writer needs.
pub(crate) struct Private {
    pub(crate) layers: Layers,
    pub(crate) slots: FreeSlots,
    pub(crate) nodes: FreeNodes,
    /// Made when the first update needs it.
    pub(crate) users: Option<Users>,
    /// What each file adds to the digests.
    pub(crate) files: PagedVec<FileDigest>,
    /// What the last resolver learnt.
    pub(crate) memory: Memory,
}

/// With more changes than this, and more than half of all files, everything is derived anew: that runs on all threads.
const MANY: usize = 1_000;

impl Engine {
    /// An engine that knows no file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The current state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.published.load()
    }

    /// Where other threads find the current state.
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    pub(crate) fn private(&self) -> Option<&Private> {
        self.private.as_ref()
    }

    /// Applies changes and publishes the next snapshot; parallel inside, on the pool it is called in.
    ///
    /// The snapshot is the one that a new engine would make of the same files. Where nothing changed it stays the
    /// current one.
    pub fn apply(&mut self, changes: ChangeSet) -> (Arc<Snapshot>, WorkLog) {
        self.apply_observed(changes, &mut |_| {})
    }

    /// As [`Engine::apply`]; calls `stage_done` with the name of each stage when it is done.
    pub fn apply_observed(
        &mut self,
        changes: ChangeSet,
        stage_done: &mut (dyn FnMut(&'static str) + Send),
    ) -> (Arc<Snapshot>, WorkLog) {
        let before = self.published.load();
        let files = before.world.file_count();
        let is_rebuild = files == 0 || changes.len() > MANY.max(files / 2);
        let number = self.next.unwrap_or(Generation(before.generation.0 + 1));
        let (mut next, work, private) = match self.private.take().filter(|_| !is_rebuild) {
            Some(private) => self.update(&before, private, changes, stage_done),
            None => rebuild(&before, changes, stage_done),
        };
        self.private = Some(private);
        if next.generation == before.generation {
            return (before, work);
        }
        next.generation = number;
        self.next = None;
        let next = Arc::new(next);
        self.published.0.store(next.clone());
        stage_done("publish");
        (next, work)
    }

    /// Numbers the next state so; the ones after it follow. Numbers must ascend.
    pub fn number_next(&mut self, generation: Generation) {
        self.next = Some(generation);
    }

    /// Gives the current state another number: the one it had in an earlier run.
    pub fn renumber(&mut self, generation: Generation) -> Arc<Snapshot> {
        let next = Arc::new(Snapshot { generation, ..(*self.snapshot()).clone() });
        self.published.0.store(next.clone());
        next
    }

    /// Makes what the first update needs besides the snapshot, so that it need not wait for it.
    pub fn prepare(&mut self) {
        let snapshot = self.snapshot();
        if let Some(private) = &mut self.private {
            private.users(&snapshot);
        }
    }
}

impl Private {
    pub(crate) fn users(&mut self, snapshot: &Snapshot) -> &mut Users {
        self.users.get_or_insert_with(|| Users::build(&snapshot.resolved))
    }
}

/// The next state from all files of the one before and the changes.
fn rebuild(
    before: &Snapshot,
    changes: ChangeSet,
    stage_done: &mut (dyn FnMut(&'static str) + Send),
) -> (Snapshot, WorkLog, Private) {
    let mut files: std::collections::BTreeMap<_, _> =
        before.world.files().map(|f| (f.path.clone(), (f.class, f.facts.clone()))).collect();
    let mut manifests = before.world.manifests().clone();
    for path in &changes.removed {
        files.remove(path);
    }
    files.extend(changes.files.into_iter().map(|f| (f.path, (f.class, f.facts))));
    for (path, manifest) in changes.manifests {
        match manifest {
            Some(m) => _ = manifests.insert(path, m),
            None => _ = manifests.remove(&path),
        }
    }
    let files: Vec<_> = files.into_iter().map(|(path, (class, facts))| (path, class, facts)).collect();
    let world = World::build(files, manifests);
    stage_done("tables");
    let generation = Generation(before.generation.0 + 1);
    let (next, layers, files, memory) = scratch::derive(world, generation, stage_done);
    let work = WorkLog {
        from_scratch: true,
        redrawn: next.world.file_count(),
        rows: next.nodes.len(),
        ..WorkLog::default()
    };
    let private = Private {
        layers,
        slots: FreeSlots::default(),
        nodes: FreeNodes::default(),
        users: None,
        files,
        memory,
    };
    (next, work, private)
}

impl From<ChangeSet> for Changes {
    fn from(changes: ChangeSet) -> Self {
        let files = changes.files.into_iter().map(|f| (f.path, f.class, f.facts)).collect();
        Self { files, removed: changes.removed, manifests: changes.manifests }
    }
}
