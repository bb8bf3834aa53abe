//! The single writer: changes in, snapshots out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lodemap_base::{FileId, Generation, RelPath};
use lodemap_facts::FileFacts;
use lodemap_graph::{FileClass, Manifest, Resolved, Resolver, World};
use lodemap_rank::{Layers, Params};

use crate::change::{ChangeSet, WorkLog};
use crate::nodes::{NodeKind, Nodes};
use crate::snapshot::Snapshot;
use crate::{digest, edges};

/// Keeps the current snapshot and makes the next.
#[derive(Default)]
pub struct Engine {
    files: BTreeMap<RelPath, (FileClass, Arc<FileFacts>)>,
    manifests: BTreeMap<RelPath, Manifest>,
    snapshot: Arc<Snapshot>,
}

/// The teleport mass of an ordinary symbol: small shares are floored, so it must be large beside a weight.
const MASS: u32 = 1 << 14;

impl Engine {
    /// An engine that knows no file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The current state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.clone()
    }

    /// Applies changes and publishes the next snapshot; parallel inside, on the pool it is called in.
    ///
    /// Derived state is computed from all files, whatever changed.
    pub fn apply(&mut self, changes: ChangeSet) -> (Arc<Snapshot>, WorkLog) {
        self.apply_observed(changes, &mut |_| {})
    }

    /// As [`Engine::apply`]; calls `stage_done` with the name of each stage when it is done.
    pub fn apply_observed(
        &mut self,
        changes: ChangeSet,
        stage_done: &mut (dyn FnMut(&'static str) + Send),
    ) -> (Arc<Snapshot>, WorkLog) {
        for path in changes.removed {
            self.files.remove(&path);
        }
        for f in changes.files {
            self.files.insert(f.path, (f.class, f.facts));
        }
        for (path, manifest) in changes.manifests {
            match manifest {
                Some(m) => _ = self.manifests.insert(path, m),
                None => _ = self.manifests.remove(&path),
            }
        }
        let files = self.files.iter().map(|(p, (c, f))| (p.clone(), *c, f.clone())).collect();
        let world = World::build(files, self.manifests.clone());
        stage_done("tables");
        let resolved = resolve_all(&world);
        stage_done("resolve");
        let nodes = Nodes::build(&world, &resolved);
        let graph = edges::build(&world, &resolved, &nodes);
        stage_done("edges");
        let teleport = |node: u32| teleport(&world, nodes.kind(lodemap_base::NodeId(node)));
        let layers = Layers::compute(&graph, teleport, Params::STANDARD);
        stage_done("rank");
        let work = WorkLog { resolved: resolved.len(), edges: graph.len() };
        let generation = Generation(self.snapshot.generation.0 + 1);
        let digests = digest::digests(&world, &resolved, &nodes, &layers);
        stage_done("digest");
        self.snapshot = Arc::new(Snapshot {
            generation,
            world,
            resolved: resolved.into(),
            nodes,
            graph,
            layers,
            digests,
        });
        (self.snapshot.clone(), work)
    }
}

/// Resolves every file. Each thread has a resolver that keeps what it learns; what is found does not depend on
/// which thread finds it.
fn resolve_all(world: &World) -> Vec<Resolved> {
    /// Neighbouring files import the same things: a thread takes a few at a time.
    const BATCH: usize = 16;
    let ids: Vec<FileId> = world.files().map(|f| f.id).collect();
    let next = AtomicUsize::new(0);
    let parts = rayon::broadcast(|_| {
        let mut resolver = Resolver::new(world);
        let mut part: Vec<(FileId, Resolved)> = Vec::new();
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) = ids.get(from..(from + BATCH).min(ids.len())).filter(|b| !b.is_empty()) else {
                return part;
            };
            part.extend(batch.iter().map(|id| (*id, resolver.resolve(*id))));
        }
    });
    let mut out = vec![Resolved::default(); world.file_slots()];
    for (id, resolved) in parts.into_iter().flatten() {
        out[id.index()] = resolved;
    }
    out
}

/// The mass a node has of its own: tests, examples and other people's code speak with a lower voice.
pub(crate) fn teleport(world: &World, kind: NodeKind) -> u32 {
    let file = match kind {
        NodeKind::File(f) => f,
        NodeKind::Symbol(s) => world.slot(s).file,
        NodeKind::Name(_) => return 0,
    };
    let class = world.file(file).class;
    if class.has(FileClass::GENERATED | FileClass::VENDORED) {
        MASS / 32
    } else if class.has(FileClass::TEST | FileClass::EXAMPLE | FileClass::DOCS) {
        MASS / 16
    } else {
        MASS
    }
}
