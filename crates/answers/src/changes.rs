//! What did a change make of these files? The reply to an agent that just wrote them.

use std::collections::{BTreeMap, BTreeSet};

use lodemap_base::{FileId, RelPath};
use lodemap_engine::Snapshot;
use lodemap_engine::graph::{Target, Tier};
use serde::Serialize;

/// What became of one file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FileChange {
    /// Where it is.
    pub path: RelPath,
    /// `added`, `changed`, `removed`, `unchanged`, or `not indexed`.
    pub state: &'static str,
    /// Its symbols.
    pub symbols: SymbolChanges,
    /// The files that it depends on.
    pub dependencies: DependencyChanges,
}

/// What became of a file's symbols, by qualified name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SymbolChanges {
    /// New ones.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// Those with another signature, visibility or kind.
    pub changed: Vec<String>,
}

/// What became of a file's dependencies, by path. Guesses by name are none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct DependencyChanges {
    /// New ones.
    pub added: Vec<RelPath>,
    /// Those that are gone.
    pub removed: Vec<RelPath>,
}

/// Compares two states of these files.
pub fn changes(before: &Snapshot, after: &Snapshot, paths: &[RelPath]) -> Vec<FileChange> {
    paths.iter().map(|path| change(before, after, path)).collect()
}

fn change(before: &Snapshot, after: &Snapshot, path: &RelPath) -> FileChange {
    let find = |s: &Snapshot| s.world().file_at(path.as_str());
    let (old, new) = (find(before), find(after));
    let content = |s: &Snapshot, id: FileId| s.world().file(id).facts.hashes.content;
    let state = match (old, new) {
        (None, None) => "not indexed",
        (None, Some(_)) => "added",
        (Some(_), None) => "removed",
        (Some(a), Some(b)) if content(before, a) == content(after, b) => "unchanged",
        _ => "changed",
    };
    let (was, is) = (symbols(before, old), symbols(after, new));
    let mut out = SymbolChanges::default();
    for (name, of) in &is {
        match was.get(name) {
            None => out.added.push(name.clone()),
            Some(old) if old != of => out.changed.push(name.clone()),
            Some(_) => {}
        }
    }
    out.removed = was.into_keys().filter(|name| !is.contains_key(name)).collect();
    let (was, is) = (dependencies(before, old), dependencies(after, new));
    let dependencies = DependencyChanges {
        added: is.difference(&was).cloned().collect(),
        removed: was.difference(&is).cloned().collect(),
    };
    FileChange { path: path.clone(), state, symbols: out, dependencies }
}

/// The symbols of a file by name, with what others can see of them.
fn symbols(snapshot: &Snapshot, file: Option<FileId>) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let Some(file) = file else { return out };
    let facts = &snapshot.world().file(file).facts;
    for (ix, s) in facts.symbols.iter().enumerate() {
        let signature = facts.signature_of(&s).unwrap_or_default();
        let seen = format!("{} {} {signature}", s.kind.as_str(), s.visibility.as_str());
        out.entry(facts.qualified(ix as u32, ".")).or_default().push(seen);
    }
    out
}

fn dependencies(snapshot: &Snapshot, file: Option<FileId>) -> BTreeSet<RelPath> {
    let mut out = BTreeSet::new();
    let Some(file) = file else { return out };
    snapshot.edges_of(file, |edge| {
        let target = match edge.target {
            Target::File(f) => f,
            Target::Symbol(s) => snapshot.world().slot(s).file,
        };
        if target != file && edge.tier <= Tier::Inferred {
            out.insert(snapshot.world().file(target).path.clone());
        }
    });
    out
}
