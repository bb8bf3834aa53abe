//! One digest a table: equal states have equal digests, and a difference names the table.

use lodemap_base::{Digest, FileId, RowHasher};
use lodemap_graph::{ChainAnswer, FileEntry, Resolved, Target, World};
use lodemap_rank::Layers;
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::nodes::{NodeKind, Nodes};

/// The digests of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Digests {
    /// Files, their classes and hashes; manifests.
    pub files: Digest,
    /// What references lead to, and the look-ups they rest on.
    pub resolution: Digest,
    /// Importance.
    pub ranks: Digest,
}

impl Digests {
    /// All tables together, in hexadecimal.
    pub fn whole(&self) -> String {
        let mut sum = self.files;
        sum.merge(self.resolution);
        sum.merge(self.ranks);
        sum.to_string()
    }
}

pub(crate) fn digests(world: &World, resolved: &[Resolved], nodes: &Nodes, layers: &Layers) -> Digests {
    let mut out = Digests::default();
    for file in world.files() {
        out.files.add(file_row(file));
    }
    for (path, manifest) in world.manifests() {
        out.files.add(RowHasher::new("manifest").text(path.as_str()).text(&format!("{manifest:?}")).finish());
    }
    let ids: Vec<FileId> = world.files().map(|f| f.id).collect();
    let rows: Vec<u128> =
        ids.par_iter().map(|id| resolution_row(world, *id, &resolved[id.index()])).collect();
    rows.into_iter().for_each(|r| out.resolution.add(r));
    for (node, kind) in nodes.iter() {
        let key = match kind {
            NodeKind::File(f) => world.file(f).scopes[0].0,
            NodeKind::Symbol(s) => world.slot(s).key,
            NodeKind::Name(key) => key,
        };
        out.ranks.add(RowHasher::new("rank").number(key).number(layers.score(node.0)).finish());
    }
    out
}

fn file_row(file: &FileEntry) -> u128 {
    let h = &file.facts.hashes;
    let mut row = RowHasher::new("file")
        .text(file.path.as_str())
        .text(&file.spec().name)
        .number(u64::from(file.class.0))
        .number(file.facts.level as u64);
    for hash in [h.content, h.sig, h.refs, h.text, h.pos] {
        row = row.text(&hash.to_string());
    }
    row.finish()
}

fn resolution_row(world: &World, id: FileId, resolved: &Resolved) -> u128 {
    let mut h = Xxh3::new();
    h.update(b"resolution\xff");
    let mut buffer = Vec::with_capacity(resolved.chains.len() * 9 + resolved.targets.len() * 8);
    buffer.extend_from_slice(&world.file(id).scopes[0].0.to_le_bytes());
    for answer in &resolved.chains {
        match *answer {
            ChainAnswer::Nothing => buffer.push(0),
            ChainAnswer::External => buffer.push(1),
            ChainAnswer::Name(key) => {
                buffer.push(2);
                buffer.extend_from_slice(&key.to_le_bytes());
            }
            ChainAnswer::Targets { start, len, rule } => {
                buffer.extend_from_slice(&[3, rule as u8]);
                for t in &resolved.targets[start as usize..start as usize + len as usize] {
                    let key = match *t {
                        Target::Symbol(s) => world.slot(s).key,
                        Target::File(f) => world.file(f).scopes[0].0,
                    };
                    buffer.extend_from_slice(&key.to_le_bytes());
                }
            }
        }
    }
    resolved.lookups.iter().for_each(|l| buffer.extend_from_slice(&l.to_le_bytes()));
    h.update(&buffer);
    h.digest128()
}
