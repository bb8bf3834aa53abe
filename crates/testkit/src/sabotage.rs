//! Does the suite notice? Subjects that are wrong on purpose, each in one way that an engine could be.
//!
//! A suite that has never failed proves nothing. Each kind must be found within a few stories.

use std::sync::Arc;

use lodemap_base::RelPath;
use lodemap_engine::{ChangeSet, Engine, FileInput, Sabotage, Snapshot};
use lodemap_facts::FileFacts;
use lodemap_graph::FileClass;
use rustc_hash::FxHashMap;

use crate::twins::Subject;

/// The kinds of sabotage.
pub const KINDS: &[&str] = &[
    "removed",
    "manifests",
    "classes",
    "bodies",
    "positions",
    "negative-lookups",
    "types",
    "memory",
    "rank-delta",
];

/// A subject that is wrong in this way; `None` if there is no such kind.
///
/// Some spoil the inside of an engine; with the others the engine itself is right and does not hear of everything.
pub fn sabotaged(kind: &str) -> Option<Box<dyn Subject>> {
    let kind = KINDS.iter().find(|k| **k == kind)?;
    if let Ok(inside) = kind.parse::<Sabotage>() {
        return Some(Box::new(Engine::sabotaged(inside)));
    }
    Some(Box::new(Deaf { kind, engine: Engine::new(), known: FxHashMap::default() }))
}

/// An engine that one kind of change does not reach.
struct Deaf {
    kind: &'static str,
    engine: Engine,
    known: FxHashMap<RelPath, (FileClass, Arc<FileFacts>)>,
}

impl Subject for Deaf {
    fn apply(&mut self, mut changes: ChangeSet) -> Arc<Snapshot> {
        match self.kind {
            "removed" => changes.removed.clear(),
            // What was there at the start is heard.
            "manifests" if !self.known.is_empty() => changes.manifests.clear(),
            _ => {}
        }
        changes.files.iter_mut().for_each(|f| self.distort(f));
        for path in &changes.removed {
            self.known.remove(path);
        }
        self.engine.apply(changes).0
    }
}

impl Deaf {
    fn distort(&mut self, file: &mut FileInput) {
        if let Some((class, facts)) = self.known.get(&file.path) {
            let (old, new) = (&facts.hashes, &file.facts.hashes);
            let same_declarations = old.sig == new.sig && facts.lang == file.facts.lang;
            match self.kind {
                "classes" if facts == &file.facts => file.class = *class,
                "bodies" if same_declarations && old.refs != new.refs => file.facts = facts.clone(),
                "positions" if same_declarations && old.refs == new.refs => file.facts = facts.clone(),
                _ => {}
            }
        }
        self.known.insert(file.path.clone(), (file.class, file.facts.clone()));
    }
}
