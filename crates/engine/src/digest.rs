//! One digest a table: equal states have equal digests, and a difference names the table.
//!
//! A digest is the sum of its rows' hashes, so an update adds and takes away what changed. [`Snapshot::recount`] takes
//! the sums anew from what readers see, so that what was kept by small steps can be held against it.

use lodemap_base::{Digest, FileId, RelPath};
use lodemap_graph::{ChainAnswer, FileEntry, Manifest, Resolved, Target, World};
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::nodes::{NodeKind, node_key};
use crate::snapshot::Snapshot;

/// The digests of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Digests {
    /// Files, their classes and hashes; manifests.
    pub files: Digest,
    /// Where Rust files stand in the tree of modules.
    pub places: Digest,
    /// What references lead to, and the look-ups they rest on.
    pub resolution: Digest,
    /// The weighted edges between files, symbols and names.
    pub edges: Digest,
    /// Importance.
    pub ranks: Digest,
}

impl Digests {
    /// All tables together, in hexadecimal.
    pub fn whole(&self) -> String {
        let mut sum = Digest::default();
        self.tables().into_iter().for_each(|(_, table)| sum.merge(table));
        sum.to_string()
    }

    /// Each table by its name.
    pub fn tables(&self) -> [(&'static str, Digest); 5] {
        [
            ("files", self.files),
            ("places", self.places),
            ("resolution", self.resolution),
            ("edges", self.edges),
            ("ranks", self.ranks),
        ]
    }
}

/// The seed separates equal rows of different tables.
#[derive(Clone, Copy)]
enum Table {
    File = 1,
    Manifest,
    Place,
    Resolution,
    Edge,
    Rank,
}

fn numbers<const N: usize>(table: Table, fields: [u64; N]) -> u128 {
    let mut bytes = [[0; 8]; N];
    bytes.iter_mut().zip(fields).for_each(|(b, f)| *b = f.to_le_bytes());
    xxh3_128_with_seed(bytes.as_flattened(), table as u64)
}

/// The hashes of what a file adds to the tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct FileDigest {
    pub(crate) file: u128,
    pub(crate) place: u128,
    pub(crate) resolution: u128,
    pub(crate) edges: u128,
}

impl Digests {
    pub(crate) fn add(&mut self, file: &FileDigest) {
        self.files.add(file.file);
        self.places.add(file.place);
        self.resolution.add(file.resolution);
        self.edges.add(file.edges);
    }

    pub(crate) fn remove(&mut self, file: &FileDigest) {
        self.files.remove(file.file);
        self.places.remove(file.place);
        self.resolution.remove(file.resolution);
        self.edges.remove(file.edges);
    }
}

impl Snapshot {
    /// The digests, from all that there is. Equal to [`Snapshot::digests`], or one of the two is wrong.
    pub fn recount(&self) -> Digests {
        let ids: Vec<FileId> = self.world.files().map(|f| f.id).collect();
        let rows: Vec<FileDigest> = ids.par_iter().map(|id| self.file_digest(*id)).collect();
        self.sum(&rows)
    }

    /// The sums of the files' rows and of everything that is no file's.
    pub(crate) fn sum(&self, files: &[FileDigest]) -> Digests {
        let mut out = Digests::default();
        files.iter().for_each(|f| out.add(f));
        for (path, manifest) in self.world.manifests() {
            out.files.add(manifest_row(path, manifest));
        }
        for (node, kind) in self.nodes.iter() {
            out.ranks.add(numbers(Table::Rank, [node_key(&self.world, kind), self.score(node)]));
            if matches!(kind, NodeKind::Name(_)) {
                out.edges.add(self.row_digest(node.0));
            }
        }
        out
    }

    /// All rows of one file.
    pub(crate) fn file_digest(&self, id: FileId) -> FileDigest {
        let entry = self.world.file(id);
        FileDigest {
            file: file_row(entry),
            place: self.place_row(id),
            resolution: resolution_row(&self.world, id, self.resolved(id)),
            edges: self.edges_row(entry),
        }
    }

    pub(crate) fn place_row(&self, id: FileId) -> u128 {
        let value = self.world.crates().value(id);
        if value == 0 { 0 } else { numbers(Table::Place, [self.world.file(id).scopes[0].0, value]) }
    }

    /// The rows of all nodes of a file.
    pub(crate) fn edges_row(&self, entry: &FileEntry) -> u128 {
        self.nodes.of_entry(entry).map(|node| self.row_digest(node.0)).fold(0, u128::wrapping_add)
    }

    /// The row of a node: a sum, as its edges have no order.
    pub(crate) fn row_digest(&self, node: u32) -> u128 {
        let key = |node: u32| node_key(&self.world, self.nodes.kind(lodemap_base::NodeId(node)));
        let row = self.graph.row(node);
        if row.weight == 0 {
            return 0;
        }
        let from = key(node);
        let edges = row.edges.iter().map(|e| numbers(Table::Edge, [from, key(e.to), u64::from(e.weight)]));
        edges.fold(numbers(Table::Edge, [from, row.weight]), u128::wrapping_add)
    }

    /// The importance of a node; 0 for a free slot.
    pub(crate) fn rank_row(&self, node: u32) -> u128 {
        match self.nodes.kind(lodemap_base::NodeId(node)) {
            NodeKind::Free => 0,
            kind => {
                let score = self.score(lodemap_base::NodeId(node));
                numbers(Table::Rank, [node_key(&self.world, kind), score])
            }
        }
    }
}

pub(crate) fn manifest_row(path: &RelPath, manifest: &Manifest) -> u128 {
    xxh3_128_with_seed(format!("{path}\n{manifest:?}").as_bytes(), Table::Manifest as u64)
}

pub(crate) fn file_row(file: &FileEntry) -> u128 {
    let h = &file.facts.hashes;
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(file.path.as_str().as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(file.spec().name.as_bytes());
    bytes.extend_from_slice(&[0, file.class.0, file.facts.level as u8]);
    for hash in [h.content, h.sig, h.refs, h.text, h.pos] {
        bytes.extend_from_slice(&hash.0);
    }
    xxh3_128_with_seed(&bytes, Table::File as u64)
}

pub(crate) fn resolution_row(world: &World, id: FileId, resolved: &Resolved) -> u128 {
    let mut buffer = Vec::with_capacity(
        resolved.answers().len() * 9 + resolved.all_targets().len() * 8 + resolved.lookups.len() * 4 + 8,
    );
    buffer.extend_from_slice(&world.file(id).scopes[0].0.to_le_bytes());
    for answer in resolved.answers() {
        match answer {
            ChainAnswer::Nothing => buffer.push(0),
            ChainAnswer::External => buffer.push(1),
            ChainAnswer::Name(key) => {
                buffer.push(2);
                buffer.extend_from_slice(&key.to_le_bytes());
            }
            ChainAnswer::Targets { start, len, rule } => {
                buffer.extend_from_slice(&[3, rule as u8]);
                for t in resolved.targets(start, len) {
                    let key = match t {
                        Target::Symbol(s) => world.slot(s).key,
                        Target::File(f) => world.file(f).scopes[0].0,
                    };
                    buffer.extend_from_slice(&key.to_le_bytes());
                }
            }
        }
    }
    resolved.lookups.iter().for_each(|l| buffer.extend_from_slice(&l.to_le_bytes()));
    xxh3_128_with_seed(&buffer, Table::Resolution as u64)
}
