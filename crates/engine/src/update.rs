//! The next state from the one before, at a cost that follows the change.
//!
//! A change of files changes base facts; whoever looked one of those up is resolved again; where answers or references
//! differ, edges are drawn anew; where rows differ, a wave runs through the ranks. Each step hears of what the one
//! before it found different, and of nothing else.

use std::sync::Arc;

use lodemap_base::{FileId, Generation, NodeId};
use lodemap_graph::{Delta, FileDelta, Resolved};
use lodemap_rank::{Edge, OldRow};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::{ChangeSet, WorkLog};
use crate::digest::{FileDigest, file_row, manifest_row, resolution_row};
use crate::edges::{Row, file_rows, name_row};
use crate::engine::{Engine, Private};
use crate::nodes::{FreeNodes, NodeKind};
use crate::scratch::{resolve_with, teleport};
use crate::snapshot::Snapshot;

impl Engine {
    /// Applies changes to the state `before`; the generation stays where nothing changed.
    pub(crate) fn update(
        &self,
        before: &Arc<Snapshot>,
        mut private: Private,
        changes: ChangeSet,
        stage_done: &mut (dyn FnMut(&'static str) + Send),
    ) -> (Snapshot, WorkLog, Private) {
        private.users(before);
        let mut next = Snapshot::clone(before);
        let mut delta = next.world.apply(&mut private.slots, changes.into());
        #[cfg(feature = "sabotage")]
        self.spoil_lookups(before, &mut delta);
        #[cfg(feature = "sabotage")]
        let keeps_all = self.sabotage == Some(crate::sabotage::Sabotage::Memory);
        #[cfg(not(feature = "sabotage"))]
        let keeps_all = false;
        if !keeps_all {
            private.memory.keep(&delta);
        }
        if delta.files.is_empty() && delta.manifests.is_empty() {
            return (next, WorkLog::default(), private);
        }
        stage_done("tables");
        next.generation = Generation(before.generation.0 + 1);
        let mut update = Update {
            before,
            next,
            private: &mut private,
            work: WorkLog { lookups: delta.lookups.len(), ..WorkLog::default() },
            redraw: FxHashSet::default(),
            names: std::mem::take(&mut delta.names),
            defined: FxHashSet::default(),
            old_rows: FxHashMap::default(),
            digests: FxHashMap::default(),
        };
        update.resolve(&delta);
        stage_done("resolve");
        update.renew_nodes(&delta);
        update.draw();
        stage_done("edges");
        #[cfg(feature = "sabotage")]
        self.spoil_rows(&mut update.old_rows);
        let ranks = update.rank();
        stage_done("rank");
        update.digest(&delta, &ranks);
        let Update { mut next, work, .. } = update;
        private.nodes.settle();
        next.graph.tidy();
        private.users(&next).tidy(&next.resolved);
        stage_done("digest");
        (next, work, private)
    }
}

/// An update under way.
struct Update<'a> {
    before: &'a Snapshot,
    next: Snapshot,
    private: &'a mut Private,
    work: WorkLog,
    /// Files whose edges may be others now.
    redraw: FxHashSet<FileId>,
    /// Names whose definitions or users are others now.
    names: FxHashSet<u64>,
    /// Those of them whose definitions are.
    defined: FxHashSet<u64>,
    /// Rows that changed, as they were.
    old_rows: FxHashMap<u32, (Vec<Edge>, u64)>,
    /// What files add to the digests, where it may be something else now.
    digests: FxHashMap<FileId, FileDigest>,
}

impl Update<'_> {
    /// Resolves the files that changed and those that looked up what changed.
    fn resolve(&mut self, delta: &Delta) {
        let world = &self.next.world;
        let users = self.private.users.as_ref().expect("made before the update began");
        let mut dirty: FxHashSet<FileId> = delta.files.iter().filter(|f| f.is_other).map(|f| f.id).collect();
        dirty.extend(delta.lookups.iter().flat_map(|key| users.of(*key, &self.next.resolved)));
        let mut dirty: Vec<FileId> = dirty.into_iter().filter(|id| world.has_file(*id)).collect();
        // Neighbours in a folder have much in common, and a resolver remembers.
        dirty.sort_by(|a, b| world.file(*a).path.cmp(&world.file(*b).path));
        self.work.resolved = dirty.iter().map(|id| world.file(*id).path.clone()).collect();
        let resolved = resolve_with(world, &dirty, &mut self.private.memory);
        self.defined.clone_from(&self.names);
        let gone = delta.files.iter().filter(|f| f.new.is_none()).map(|f| (f.id, Resolved::default()));
        for (id, new) in gone.chain(resolved) {
            self.set_resolved(id, new);
        }
        // Facts alone decide where references stand and how they are made.
        self.redraw.extend(delta.files.iter().filter(|f| f.is_other && f.new.is_some()).map(|f| f.id));
    }

    fn set_resolved(&mut self, id: FileId, new: Resolved) {
        let none = Resolved::default();
        let known = self.before.resolved.get(id.index());
        if known.is_some_and(|old| **old == new) {
            return;
        }
        let old = known.map_or(&none, |r| r);
        let users = self.private.users.as_mut().expect("made before the update began");
        users.replace(id, old, &new, |name| _ = self.names.insert(name));
        if self.next.world.has_file(id) {
            self.redraw.insert(id);
            self.digest_of(id).resolution = resolution_row(&self.next.world, id, &new);
        }
        self.next.resolved.set(id.index(), Arc::new(new), &Arc::default());
    }

    fn digest_of(&mut self, id: FileId) -> &mut FileDigest {
        let known = self.private.files.get(id.index()).copied().unwrap_or_default();
        self.digests.entry(id).or_insert(known)
    }

    /// Frees the nodes of what is gone and makes those of what is new.
    fn renew_nodes(&mut self, delta: &Delta) {
        for file in &delta.files {
            self.work.changed.extend(file.old.as_ref().or(file.new.as_ref()).map(|f| f.path.clone()));
            file.gone.iter().for_each(|(symbol, _)| {
                if let Some(node) = self.next.nodes.symbol(*symbol) {
                    self.remove_node(node);
                }
            });
            if file.new.is_none() {
                self.remove_node(self.next.nodes.file(file.id));
            }
        }
        for file in &delta.files {
            let Some(entry) = &file.new else { continue };
            if file.old.is_none() {
                self.add_node(NodeKind::File(file.id));
            }
            let came: FxHashSet<u32> = file.came.iter().map(|s| s.0).collect();
            for (s, id) in entry.facts.symbols.iter().zip(entry.symbols.iter()) {
                if came.contains(&id.0) && !s.kind.is_light() {
                    self.add_node(NodeKind::Symbol(*id));
                }
            }
            if is_reclassed(file) {
                let nodes: Vec<NodeId> = self.next.nodes.of_entry(entry).collect();
                nodes.into_iter().for_each(|node| self.note(node.0));
            }
        }
        self.renew_names();
        self.next.graph.grow(self.next.nodes.len());
        self.work.changed.sort();
        self.work.changed.dedup();
    }

    /// A name has a node as long as it is both used and defined.
    fn renew_names(&mut self) {
        let names: Vec<u64> = self.names.iter().copied().collect();
        for key in names {
            let users = self.private.users.as_ref().expect("made before the update began");
            let users = users.of_name(key);
            let is_node = !users.is_empty() && !self.next.world.named(key).is_empty();
            match (self.next.nodes.name(key), is_node) {
                (None, true) => {
                    self.redraw.extend(users);
                    self.add_node(NodeKind::Name(key));
                    self.defined.insert(key);
                }
                (Some(node), false) => {
                    self.redraw.extend(users);
                    self.remove_node(node);
                }
                _ => {}
            }
        }
    }

    fn add_node(&mut self, kind: NodeKind) {
        let node = self.next.nodes.add(&mut self.private.nodes, kind);
        self.next.graph.grow(self.next.nodes.len());
        self.note(node.0);
    }

    fn remove_node(&mut self, node: NodeId) {
        self.note(node.0);
        self.next.graph.set(node.0, Vec::new(), 0);
        let free: &mut FreeNodes = &mut self.private.nodes;
        self.next.nodes.remove(free, node);
    }

    /// Remembers the row of a node before it changes.
    fn note(&mut self, node: u32) {
        let row = self.next.graph.row(node);
        self.old_rows.entry(node).or_insert_with(|| (row.edges.to_vec(), row.weight));
    }

    /// Draws the edges of files and names anew.
    fn draw(&mut self) {
        let (next, mut files) = (&self.next, self.redraw.iter().copied().collect::<Vec<_>>());
        files.retain(|id| next.world.has_file(*id));
        let draw = |id: &FileId| file_rows(&next.world, next.resolved(*id), &next.nodes, *id);
        let rows: Vec<Vec<Row>> = if files.len() < 32 {
            files.iter().map(draw).collect()
        } else {
            files.par_iter().map(draw).collect()
        };
        self.work.redrawn = files.len();
        for (id, rows) in files.iter().zip(rows) {
            let mut rows: FxHashMap<u32, Row> = rows.into_iter().map(|row| (row.node, row)).collect();
            let nodes: Vec<NodeId> = self.next.nodes.of_entry(self.next.world.file(*id)).collect();
            for node in nodes {
                let none = Row { node: node.0, edges: Vec::new(), weight: 0 };
                self.set_row(rows.remove(&node.0).unwrap_or(none));
            }
        }
        let defined: Vec<u64> = self.defined.iter().copied().collect();
        for key in defined {
            if let Some(node) = self.next.nodes.name(key) {
                self.set_row(name_row(&self.next.world, &self.next.nodes, key, node));
            }
        }
    }

    fn set_row(&mut self, row: Row) {
        let old = self.next.graph.row(row.node);
        if old.edges != row.edges || old.weight != row.weight {
            self.note(row.node);
            self.next.graph.set(row.node, row.edges, row.weight);
        }
    }

    /// Brings the ranks up to date; gives the nodes whose importance, or whose meaning, is another now.
    fn rank(&mut self) -> FxHashSet<u32> {
        let (world, nodes) = (&self.next.world, &self.next.nodes);
        let changes =
            self.old_rows.iter().map(|(node, (edges, weight))| (*node, OldRow { edges, weight: *weight }));
        let mass = |node: u32| teleport(world, nodes.kind(NodeId(node)));
        let work = self.private.layers.update(&self.next.graph, mass, changes);
        self.work.rows = self.old_rows.len();
        self.work.edges_touched = work.edges_touched;
        self.work.layers_run = work.layers_run;
        self.work.ranks_changed = work.nodes_changed.len();
        // A node may be new and yet have the score that its slot had.
        let changed: FxHashSet<u32> =
            work.nodes_changed.into_iter().chain(self.old_rows.keys().copied()).collect();
        let (scores, layers) = (&mut self.next.scores, &self.private.layers);
        changed.iter().for_each(|node| scores.set(*node, layers.score(*node)));
        changed
    }

    /// Adds what is new to the digests and takes away what is no longer so.
    fn digest(&mut self, delta: &Delta, ranks: &FxHashSet<u32>) {
        let mut digests = self.before.digests;
        for (path, old) in &delta.manifests {
            old.iter().for_each(|m| digests.files.remove(manifest_row(path, m)));
            let new = self.next.world.manifests().get(path);
            new.into_iter().for_each(|m| digests.files.add(manifest_row(path, m)));
        }
        for file in delta.files.iter().filter(|f| f.new.is_none()) {
            // A file that takes another's place has another slot.
            digests.remove(&self.private.files[file.id.index()]);
            self.private.files.set(file.id.index(), FileDigest::default(), &FileDigest::default());
        }
        for file in &delta.files {
            let Some(entry) = &file.new else { continue };
            let place = self.next.place_row(file.id);
            // The answers of a new file may be those that its slot had, and then nobody took note of them.
            let is_new = file.old.is_none();
            let resolution =
                is_new.then(|| resolution_row(&self.next.world, file.id, self.next.resolved(file.id)));
            let row = self.digest_of(file.id);
            (row.file, row.place) = (file_row(entry), place);
            row.resolution = resolution.unwrap_or(row.resolution);
        }
        for id in &delta.places {
            let place = self.next.place_row(*id);
            self.digest_of(*id).place = place;
        }
        let redrawn: Vec<FileId> =
            self.redraw.iter().copied().filter(|id| self.next.world.has_file(*id)).collect();
        for id in redrawn {
            let edges = self.next.edges_row(self.next.world.file(id));
            self.digest_of(id).edges = edges;
        }
        #[expect(clippy::iter_over_hash_type, reason = "a sum has no order")]
        for (id, new) in &self.digests {
            if let Some(old) = self.private.files.get(id.index()) {
                digests.remove(old);
            }
            digests.add(new);
            self.private.files.set(id.index(), *new, &FileDigest::default());
        }
        #[expect(clippy::iter_over_hash_type, reason = "a sum has no order")]
        for node in ranks {
            digests.ranks.remove(self.before.rank_row(*node));
            digests.ranks.add(self.next.rank_row(*node));
            let is_name = |s: &Snapshot| matches!(s.nodes.kind(NodeId(*node)), NodeKind::Name(_));
            if is_name(self.before) {
                digests.edges.remove(self.before.row_digest(*node));
            }
            if is_name(&self.next) {
                digests.edges.add(self.next.row_digest(*node));
            }
        }
        self.next.digests = digests;
    }
}

/// Whether the voice of a file is another now.
fn is_reclassed(file: &FileDelta) -> bool {
    file.old.as_ref().zip(file.new.as_ref()).is_some_and(|(old, new)| old.class != new.class)
}
