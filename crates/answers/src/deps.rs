//! Which files a file depends on, and which depend on it.

use std::collections::BTreeMap;

use lodemap_base::{FileId, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::graph::{Target, Tier};
use serde::Serialize;

use crate::error::AnswerError;

/// The dependencies of a file.
#[derive(Clone, Debug, Serialize)]
pub struct DepsAnswer {
    /// The file.
    pub path: RelPath,
    /// What it depends on.
    pub imports: Vec<FileLink>,
    /// What depends on it.
    pub importers: Vec<FileLink>,
}

/// One dependency.
#[derive(Clone, Debug, Serialize)]
pub struct FileLink {
    /// The other file.
    pub path: RelPath,
    /// The surest reference that makes it.
    pub tier: &'static str,
}

/// The files that the file at `path` depends on and that depend on it, by references that were resolved.
pub fn deps(snapshot: &Snapshot, path: &RelPath) -> Result<DepsAnswer, AnswerError> {
    let world = snapshot.world();
    let id = world.file_at(path.as_str()).ok_or_else(|| AnswerError::NoSuchFile(path.to_string()))?;
    let imports = targets(snapshot, id);
    let mut importers: BTreeMap<RelPath, Tier> = BTreeMap::new();
    for file in world.files().filter(|f| f.id != id) {
        let leads_here = |t: Target| match t {
            Target::File(f) => f == id,
            Target::Symbol(s) => world.slot(s).file == id,
        };
        if snapshot.resolved(file.id).all_targets().any(leads_here)
            && let Some(tier) = targets(snapshot, file.id).get(path)
        {
            importers.insert(file.path.clone(), *tier);
        }
    }
    Ok(DepsAnswer { path: path.clone(), imports: links(imports), importers: links(importers) })
}

/// The files that a file's resolved references lead to.
fn targets(snapshot: &Snapshot, id: FileId) -> BTreeMap<RelPath, Tier> {
    let world = snapshot.world();
    let mut out: BTreeMap<RelPath, Tier> = BTreeMap::new();
    snapshot.edges_of(id, |edge| {
        if edge.tier > Tier::Inferred {
            return; // by name alone is no dependency
        }
        let target = match edge.target {
            Target::File(f) => f,
            Target::Symbol(s) => world.slot(s).file,
        };
        if target != id {
            let tier = out.entry(world.file(target).path.clone()).or_insert(edge.tier);
            *tier = (*tier).min(edge.tier);
        }
    });
    out
}

fn links(files: BTreeMap<RelPath, Tier>) -> Vec<FileLink> {
    files.into_iter().map(|(path, tier)| FileLink { path, tier: tier.as_str() }).collect()
}

impl DepsAnswer {
    /// Two lists for people and models.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.path);
        for (title, list) in [("imports", &self.imports), ("imported by", &self.importers)] {
            out.push_str(
                &format!("  {title}: {}\n", if list.is_empty() { "nothing" } else { "" })
                    .replace(": \n", ":\n"),
            );
            list.iter().for_each(|l| out.push_str(&format!("    {}\n", l.path)));
        }
        out
    }
}
