//! The folders that hold indexed files, and what a resolution can tell of one.

use std::sync::Arc;

use lodemap_base::{FileId, Left, RelPath};
use lodemap_grammar::ImportStyle;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keys::{path_hash, path_lookup};
use crate::world::{FileEntry, World};

/// A folder that holds indexed files, directly or below.
#[derive(Clone, Debug)]
pub struct DirEntry {
    /// Its path.
    pub path: RelPath,
    /// The indexed files directly in it.
    pub files: Vec<FileId>,
    /// How many indexed files are in and below it.
    pub below: u32,
}

/// A path's parent folder, that one's parent, and so on up to the root.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let parent = |p: &str| -> Option<usize> { (!p.is_empty()).then(|| p.rfind('/').unwrap_or(0)) };
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let at = parent(rest?)?;
        rest = rest.map(|p| &p[..at]);
        rest
    })
}

/// The folders that a change touched, as they were before it.
#[derive(Default)]
pub(super) struct FoldersBefore {
    seen: FxHashMap<u64, (String, u8)>,
}

impl FoldersBefore {
    /// Remembers the folders around `path`; must be asked before they change.
    pub(super) fn see(&mut self, world: &World, path: &str) {
        for dir in ancestors(path) {
            let hash = path_hash(dir);
            self.seen.entry(hash).or_insert_with(|| (dir.to_owned(), world.folder_kind(hash)));
        }
    }

    /// The look-ups of those that are something else now.
    pub(super) fn differences(self, world: &World, out: &mut FxHashSet<u64>) {
        let changed = self.seen.into_iter().filter(|(hash, (_, before))| world.folder_kind(*hash) != *before);
        out.extend(changed.map(|(_, (dir, _))| path_lookup(&dir)));
    }
}

fn empty(dir: &str) -> Arc<DirEntry> {
    let path = RelPath::parse(dir).expect("the parent of a path is a path");
    Arc::new(DirEntry { path, files: vec![], below: 0 })
}

impl World {
    /// All that a resolution can tell of a folder: whether it is there, and what kinds of files are directly in it.
    fn folder_kind(&self, hash: u64) -> u8 {
        let Some(dir) = self.dirs.get(&hash) else { return 0 };
        let has = |style| dir.files.iter().any(|f| self.file(*f).spec().conventions.imports == style);
        1 | u8::from(dir.files.is_empty()) << 1
            | u8::from(has(ImportStyle::Dotted)) << 2
            | u8::from(has(ImportStyle::Package)) << 3
    }

    /// Enters a file into its folder and those above.
    pub(super) fn join_folders(&mut self, entry: &FileEntry) {
        for (depth, dir) in ancestors(entry.path.as_str()).enumerate() {
            self.dirs.update(
                path_hash(dir),
                || empty(dir),
                |folder| {
                    let slot = Arc::make_mut(folder);
                    slot.below += 1;
                    if depth == 0 {
                        slot.files.push(entry.id);
                    }
                    Left::Something
                },
            );
        }
    }

    /// Takes a file out of its folder and those above; folders without files go away.
    pub(super) fn leave_folders(&mut self, entry: &FileEntry) {
        for (depth, dir) in ancestors(entry.path.as_str()).enumerate() {
            self.dirs.update(
                path_hash(dir),
                || empty(dir),
                |folder| {
                    let slot = Arc::make_mut(folder);
                    slot.below -= 1;
                    if depth == 0
                        && let Some(at) = slot.files.iter().position(|f| *f == entry.id)
                    {
                        slot.files.swap_remove(at);
                    }
                    if slot.below == 0 { Left::Nothing } else { Left::Something }
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_around_a_path() {
        let all = |p| ancestors(p).collect::<Vec<_>>();
        assert_eq!(all("a/b/c.rs"), ["a/b", "a", ""]);
        assert_eq!(all("c.rs"), [""]);
        assert!(all("").is_empty());
    }
}
