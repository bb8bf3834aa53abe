//! A state from nothing: everything derived from all files, in parallel.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lodemap_base::{FileId, Generation, PagedVec};
use lodemap_graph::{FileClass, Memory, Resolved, Resolver, World};
use lodemap_rank::{Layers, Params};
use rayon::prelude::*;

use crate::digest::{Digests, FileDigest};
use crate::edges;
use crate::nodes::{NodeKind, Nodes};
use crate::scores::Scores;
use crate::snapshot::Snapshot;

/// The teleport mass of an ordinary symbol: small shares are floored, so it must be large beside a weight.
const MASS: u32 = 1 << 14;

/// Derives the state of a world. `stage_done` hears the name of each stage when it is done.
pub(crate) fn derive(
    world: World,
    generation: Generation,
    stage_done: &mut (dyn FnMut(&'static str) + Send),
) -> (Snapshot, Layers, PagedVec<FileDigest>, Memory) {
    let ids: Vec<FileId> = world.files().map(|f| f.id).collect();
    let mut resolved = vec![Arc::default(); world.file_slots()];
    let mut memory = Memory::short();
    for (id, r) in resolve_with(&world, &ids, &mut memory) {
        resolved[id.index()] = Arc::new(r);
    }
    let resolved: PagedVec<Arc<Resolved>> = resolved.into_iter().collect();
    stage_done("resolve");
    let nodes = Nodes::build(&world, &resolved);
    let graph = edges::build(&world, &resolved, &nodes);
    stage_done("edges");
    let layers = Layers::compute(
        &graph,
        |node| teleport(&world, nodes.kind(lodemap_base::NodeId(node))),
        Params::STANDARD,
    );
    let scores = Scores::of(&layers);
    stage_done("rank");
    let mut snapshot = Snapshot {
        generation,
        world,
        resolved,
        nodes,
        graph,
        scores,
        digests: Digests::default(),
        ..Snapshot::default()
    };
    let rows: Vec<FileDigest> = ids.par_iter().map(|id| snapshot.file_digest(*id)).collect();
    snapshot.digests = snapshot.sum(&rows);
    let mut file_digests = PagedVec::default();
    for (id, row) in ids.iter().zip(rows) {
        file_digests.set(id.index(), row, &FileDigest::default());
    }
    stage_done("digest");
    (snapshot, layers, file_digests, memory)
}

/// Resolves files. Each thread has a resolver that keeps what it learns; what is found does not depend on
/// which thread finds it.
///
/// `memory` is what is known of this world: it is used where few files are resolved, and afterwards holds what one
/// resolver learnt.
pub(crate) fn resolve_with(world: &World, ids: &[FileId], memory: &mut Memory) -> Vec<(FileId, Resolved)> {
    /// Neighbouring files import the same things: a thread takes a few at a time.
    const BATCH: usize = 16;
    if ids.len() <= BATCH {
        let mut resolver = Resolver::with(world, std::mem::replace(memory, Memory::short()));
        let resolved = ids.iter().map(|id| (*id, resolver.resolve(*id))).collect();
        *memory = resolver.into_memory();
        return resolved;
    }
    let next = AtomicUsize::new(0);
    let parts = rayon::broadcast(|_| {
        let mut resolver = Resolver::new(world);
        let mut part: Vec<(FileId, Resolved)> = Vec::new();
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) = ids.get(from..(from + BATCH).min(ids.len())).filter(|b| !b.is_empty()) else {
                return (part, resolver.into_memory());
            };
            part.extend(batch.iter().map(|id| (*id, resolver.resolve(*id))));
        }
    });
    let mut resolved = Vec::with_capacity(ids.len());
    for (part, learnt) in parts {
        resolved.extend(part);
        *memory = learnt.for_long();
    }
    resolved
}

/// The mass a node has of its own: tests, examples and other people's code speak with a lower voice.
pub(crate) fn teleport(world: &World, kind: NodeKind) -> u32 {
    let file = match kind {
        NodeKind::File(f) => f,
        NodeKind::Symbol(s) => world.slot(s).file,
        NodeKind::Name(_) | NodeKind::Free => return 0,
    };
    own_mass(world.file(file).class)
}

/// The mass of a file of a class, and of each symbol in it.
pub(crate) fn own_mass(class: FileClass) -> u32 {
    if class.has(FileClass::GENERATED | FileClass::VENDORED) {
        MASS / 32
    } else if class.has(FileClass::TEST | FileClass::EXAMPLE | FileClass::DOCS) {
        MASS / 16
    } else {
        MASS
    }
}
