//! Which files can refer to some definitions?
//!
//! References are read one by one, and there are millions of them. Which definitions those of a file lead to at all lies
//! side by side, and tells nearly all files apart.

use lodemap_base::Patience;
use lodemap_engine::Snapshot;
use lodemap_engine::graph::{FileEntry, Target};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

/// A thread takes so many files at a time.
const FILES: usize = 128;

/// The files with references that lead to one of `wanted`, and some that have none, in the order of their paths; a part of
/// them if nobody waits. Parts of it run on the threads of the pool it is called in.
pub(crate) fn files_toward<'s>(
    snapshot: &'s Snapshot,
    wanted: &FxHashSet<Target>,
    patience: &Patience,
) -> Vec<&'s FileEntry> {
    let world = snapshot.world();
    // What is matched by name is no target of its own.
    let name_node = |target: &Target| match target {
        Target::Symbol(id) => {
            let slot = world.slot(*id);
            world.file(slot.file).name_node(slot.symbol)
        }
        Target::File(_) => None,
    };
    let names: FxHashSet<u64> = wanted.iter().filter_map(name_node).collect();
    let leads = |file: &FileEntry| {
        let resolved = snapshot.resolved(file.id);
        names.iter().any(|name| resolved.names().binary_search(name).is_ok())
            || resolved.all_targets().any(|target| wanted.contains(&target))
    };
    let files: Vec<&FileEntry> = world.files().map(|file| &**file).collect();
    let look = |files: &[&'s FileEntry]| -> Vec<&'s FileEntry> {
        files.iter().take_while(|_| !patience.is_over()).filter(|file| leads(file)).copied().collect()
    };
    let mut files: Vec<&FileEntry> = files.par_chunks(FILES).flat_map_iter(look).collect();
    files.sort_unstable_by_key(|file| &file.path);
    files
}
