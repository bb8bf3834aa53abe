//! What a map can be made of: each definition that it can show, and what that is worth.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use lodemap_base::{FileId, Patience};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{Level, NONE, Symbol, SymbolFlags, Visibility};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::{FileClass, FileEntry};
use rayon::prelude::*;

use crate::focus::Nearness;

/// Something that can be added to the map: a symbol, or a file without one.
pub(super) struct Step {
    priority: u64,
    pub(super) file: FileId,
    /// [`NONE`] for the file alone.
    pub(super) symbol: u32,
}

impl Step {
    /// The better one first; ties by path, then position.
    fn order(&self, other: &Self, snapshot: &Snapshot) -> Ordering {
        let path = |step: &Self| &snapshot.world().file(step.file).path;
        let by_priority = Reverse(self.priority).cmp(&Reverse(other.priority));
        by_priority.then_with(|| path(self).cmp(path(other))).then(self.symbol.cmp(&other.symbol))
    }
}

/// What can be shown.
pub(super) struct Steps {
    /// The best, best first.
    pub(super) steps: Vec<Step>,
    pub(super) candidates: Candidates,
}

/// How much there is to show.
pub(super) struct Candidates {
    /// Files that were read as code.
    pub(super) files: usize,
    /// Definitions in them that a map can show.
    pub(super) symbols: usize,
    /// The same of each file.
    of: Vec<u32>,
}

impl Candidates {
    /// How many definitions of a file a map can show.
    pub(super) fn of(&self, file: FileId) -> usize {
        self.of[file.0 as usize] as usize
    }
}

/// A thread takes so many files at a time.
const FILES: usize = 256;

impl Steps {
    /// The best `keep` of all, or of those that were looked at before nobody waited. Parts of it run on the threads of
    /// the pool it is called in.
    pub(super) fn best(
        snapshot: &Snapshot,
        near: Option<&Nearness>,
        keep: usize,
        patience: &Patience,
    ) -> Self {
        // What was not read as code has nothing to show; `status` names it.
        let is_read = |f: &&Arc<FileEntry>| matches!(f.facts.level, Level::Full | Level::Lexical);
        let files: Vec<&Arc<FileEntry>> = snapshot.world().files().filter(is_read).collect();
        let look = |files: &[&Arc<FileEntry>]| {
            let mut steps = vec![];
            let counts: Vec<(FileId, u32)> = files
                .iter()
                .map_while(|file| {
                    let waits = !patience.is_over();
                    waits.then(|| (file.id, add_steps(snapshot, file, near, &mut steps)))
                })
                .collect();
            (cut(snapshot, steps, keep), counts)
        };
        let parts: Vec<(Vec<Step>, Vec<_>)> = files.par_chunks(FILES).map(look).collect();
        let mut candidates =
            Candidates { files: files.len(), symbols: 0, of: vec![0; snapshot.world().file_slots()] };
        let mut steps = vec![];
        for (part, counts) in parts {
            steps.extend(part);
            for (file, count) in counts {
                candidates.symbols += count as usize;
                candidates.of[file.0 as usize] = count;
            }
        }
        let mut steps = cut(snapshot, steps, keep);
        steps.sort_by(|a, b| a.order(b, snapshot));
        Self { steps, candidates }
    }
}

/// The best `keep` of some steps, in no order.
fn cut(snapshot: &Snapshot, mut steps: Vec<Step>, keep: usize) -> Vec<Step> {
    if steps.len() > keep {
        steps.select_nth_unstable_by(keep, |a, b| a.order(b, snapshot));
        steps.truncate(keep);
    }
    steps
}

/// Adds the steps of a file; gives the number of definitions that can be shown.
fn add_steps(snapshot: &Snapshot, file: &FileEntry, near: Option<&Nearness>, steps: &mut Vec<Step>) -> u32 {
    let mut own: Vec<(u64, u32)> = vec![];
    each_shown(file, |ix, s| own.push((value(snapshot, file, ix, s, near), ix)));
    own.sort_unstable_by_key(|(v, ix)| (Reverse(*v), *ix));
    if own.is_empty() {
        let node = snapshot.nodes().file(file.id);
        let priority = class_share(file, snapshot.earned(node)) / 4 + near.map_or(0, |n| n.of(node));
        steps.push(Step { priority, file: file.id, symbol: NONE });
    }
    // Each further symbol of a file adds less: breadth before completeness.
    steps.extend(own.iter().enumerate().map(|(rank, (v, ix))| {
        let priority = (u128::from(*v) * 4 / (4 + rank as u128)) as u64;
        Step { priority, file: file.id, symbol: *ix }
    }));
    own.len() as u32
}

/// Calls `f` on each definition of a file that a map can show. Of all of a repository, so it reads no more than it must.
fn each_shown(file: &FileEntry, mut f: impl FnMut(u32, &Symbol)) {
    // Whether each is a function, or in one; those around a definition come before it.
    let mut is_local: Vec<bool> = Vec::with_capacity(file.facts.symbols.len());
    for (ix, s) in (0..).zip(file.facts.symbols.iter()) {
        let is_inside = s.parent != NONE && is_local[s.parent as usize];
        is_local.push(is_inside || s.kind.is_callable());
        if !is_inside && can_be_shown(file, ix, &s) {
            f(ix, &s);
        }
    }
}

/// Whether a map can show the symbol: not what is local to a function, nor fields, nor what only holds others.
pub(super) fn is_shown(file: &FileEntry, ix: u32) -> bool {
    let symbols = &file.facts.symbols;
    let s = &symbols.at(ix);
    if !can_be_shown(file, ix, s) {
        return false;
    }
    let mut parent = s.parent;
    while parent != NONE {
        let p = &symbols.at(parent);
        if p.kind.is_callable() {
            return false;
        }
        parent = p.parent;
    }
    true
}

/// The same, wherever it stands.
fn can_be_shown(file: &FileEntry, ix: u32, s: &Symbol) -> bool {
    let is_machinery =
        || matches!(s.kind, SymbolKind::Variable | SymbolKind::Constant) && file.begins_with_underscores(ix);
    !(s.kind.is_light() || s.kind == SymbolKind::Impl || s.flags.has(SymbolFlags::TEST) || is_machinery())
}

/// What showing the symbol is worth.
pub(super) fn value(
    snapshot: &Snapshot,
    file: &FileEntry,
    ix: u32,
    s: &Symbol,
    near: Option<&Nearness>,
) -> u64 {
    let Some(node) = snapshot.nodes().symbol(file.symbols[ix as usize]) else { return 0 };
    // What nobody uses is still worth something: an entry point, a type of the interface.
    let mut v = snapshot.earned(node) + if s.kind.is_type() { 1 << 12 } else { 1 << 10 };
    if s.visibility == Visibility::Private {
        v /= 2;
    }
    if matches!(s.kind, SymbolKind::Variable | SymbolKind::Constant | SymbolKind::Module | SymbolKind::Type) {
        v /= 2;
    }
    if s.flags.has(SymbolFlags::DECLARATION) {
        v /= 4;
    }
    if file.begins_with_underscores(ix) && file.facts.names.bytes(s.name).ends_with(b"__") {
        v /= 4;
    }
    class_share(file, v) + near.map_or(0, |n| n.of(node))
}

/// Tests, examples and other people's code do not crowd out the core.
fn class_share(file: &FileEntry, value: u64) -> u64 {
    let c = file.class;
    if c.has(FileClass::GENERATED | FileClass::VENDORED) {
        value / 64
    } else if c.has(FileClass::TEST | FileClass::EXAMPLE | FileClass::DOCS) {
        value / 16
    } else {
        value
    }
}
