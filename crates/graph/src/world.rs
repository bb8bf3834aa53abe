//! All files and the tables that lead to them. A clone shares structure; a change costs what it touches.

mod apply;
mod entry;
mod folders;
mod held;
mod python;

use std::collections::BTreeMap;
use std::sync::Arc;

use lodemap_base::{FileId, LayeredMap, Letters, List, NameKey, PagedVec, RelPath, SymbolId, name_key};
use lodemap_grammar::RefKind;

pub use apply::{Changes, Delta, FileDelta, FreeSlots};
pub use entry::FileEntry;
pub(crate) use entry::impl_head;
pub use folders::DirEntry;

use crate::answer::{Target, fits};
use crate::crates::{CrateTree, Place};
use crate::keys::path_hash;
use crate::manifest::Manifest;

/// What kind of file it is, by its path and attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FileClass(pub u8);

impl FileClass {
    /// Written by a program.
    pub const GENERATED: u8 = 1;
    /// Somebody else's code.
    pub const VENDORED: u8 = 2;
    /// A test.
    pub const TEST: u8 = 4;
    /// An example.
    pub const EXAMPLE: u8 = 8;
    /// Documentation.
    pub const DOCS: u8 = 16;

    /// The class of a file with these roles.
    pub fn of_roles(generated: bool, vendored: bool, test: bool, example: bool, docs: bool) -> Self {
        let flags = [
            (generated, Self::GENERATED),
            (vendored, Self::VENDORED),
            (test, Self::TEST),
            (example, Self::EXAMPLE),
            (docs, Self::DOCS),
        ];
        Self(flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).sum())
    }

    /// Whether it is code of the project itself, neither test nor example nor generated.
    pub fn is_core(self) -> bool {
        self.0 == 0
    }

    /// Whether `flag` is set.
    pub fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// Where a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SymbolSlot {
    /// Its file.
    pub file: FileId,
    /// Its index there.
    pub symbol: u32,
    /// A hash of its path, qualified name, kind and number among duplicates: its identity, whatever its slot.
    pub key: u64,
}

/// So many names are copied where one of them changes.
const LETTERS: usize = 2048;

/// Everything that resolution reads.
#[derive(Clone, Default)]
pub struct World {
    files: PagedVec<Option<Arc<FileEntry>>>,
    symbols: PagedVec<SymbolSlot, 2048>,
    /// The letters of the name of the symbol in each slot. Whoever goes through all names waits for memory most of the
    /// time, so what tells which of them can match lies side by side; of empty slots it is [`Letters::default`].
    letters: PagedVec<Letters, LETTERS>,
    by_path: LayeredMap<u64, FileId>,
    dirs: LayeredMap<u64, Arc<DirEntry>>,
    names: LayeredMap<u64, List<SymbolId>>,
    by_file_name: LayeredMap<u64, List<FileId>>,
    impls: LayeredMap<NameKey, List<SymbolId>>,
    /// Top-level Python modules: name → folders that hold them, and by how many files.
    tops: LayeredMap<NameKey, List<(u64, u32)>>,
    manifests: Arc<BTreeMap<RelPath, Manifest>>,
    crates: Arc<CrateTree>,
    /// Folders on Python's path, with the hashes of their paths.
    python_roots: Arc<Vec<(String, u64)>>,
}

impl World {
    /// All files, by slot.
    pub fn files(&self) -> impl Iterator<Item = &Arc<FileEntry>> {
        self.files.iter().flatten()
    }

    /// How many files there are.
    pub fn file_count(&self) -> usize {
        self.by_path.len()
    }

    /// Whether a slot holds a file.
    pub fn has_file(&self, id: FileId) -> bool {
        self.files.get(id.index()).is_some_and(Option::is_some)
    }

    /// How many file slots there are.
    pub fn file_slots(&self) -> usize {
        self.files.len()
    }

    /// How many symbol slots there are.
    pub fn symbol_slots(&self) -> usize {
        self.symbols.len()
    }

    /// The letters of all names, so many slots of symbols at a time, each with its first slot. Some slots may be empty.
    pub fn letters(&self) -> impl Iterator<Item = (SymbolId, &[Letters])> {
        (0..).step_by(LETTERS).map(SymbolId).zip(self.letters.pages())
    }

    /// Calls `f` on the symbols whose letters are `wanted`: with their files, and their indices there.
    pub fn each_spelled(&self, wanted: impl Fn(Letters) -> bool, mut f: impl FnMut(&FileEntry, u32)) {
        for (first, letters) in self.letters() {
            for (id, _) in (first.0..).zip(letters).filter(|(_, letters)| wanted(**letters)) {
                if let Some((file, symbol)) = self.symbol(SymbolId(id)) {
                    f(file, symbol);
                }
            }
        }
    }

    /// The symbol in a slot: its file and its index there; `None` where the slot is empty.
    pub fn symbol(&self, id: SymbolId) -> Option<(&Arc<FileEntry>, u32)> {
        let slot = self.symbols.get(id.index())?;
        let file = self.files.get(slot.file.index())?.as_ref()?;
        file.symbols.get(slot.symbol as usize).is_some_and(|s| *s == id).then_some((file, slot.symbol))
    }

    /// The file in a slot.
    ///
    /// # Panics
    /// If the slot is empty: ids are only handed out for files that are there.
    pub fn file(&self, id: FileId) -> &Arc<FileEntry> {
        self.files[id.index()].as_ref().expect("file ids are handed out for files that are there")
    }

    /// The file whose path has this key ([`name_key`]).
    pub fn file_with_key(&self, key: u64) -> Option<FileId> {
        self.by_path.get(&key).copied()
    }

    /// The file at a path.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        self.by_path.get(&path_hash(path)).copied().filter(|id| self.file(*id).path.as_str() == path)
    }

    /// The file whose path has this hash.
    pub(crate) fn file_by_hash(&self, path: u64) -> Option<FileId> {
        self.by_path.get(&path).copied()
    }

    /// The folder at a path, if it holds indexed files.
    pub fn dir_at(&self, path: &str) -> Option<&Arc<DirEntry>> {
        self.dirs.get(&path_hash(path))
    }

    /// Where a symbol is.
    pub fn slot(&self, id: SymbolId) -> SymbolSlot {
        self.symbols[id.index()]
    }

    /// Whether a reference of this kind in `from` can mean the target.
    pub fn fits(&self, from: &FileEntry, reference: RefKind, target: Target) -> bool {
        match target {
            Target::File(_) => true,
            Target::Symbol(id) => {
                let slot = self.slot(id);
                let kind = self.file(slot.file).facts.symbols.at(slot.symbol).kind;
                fits(from.spec().conventions.imports, reference, kind)
            }
        }
    }

    /// The definitions that a name node leads to.
    pub fn named(&self, key: u64) -> &[SymbolId] {
        self.names.get(&key).map_or(&[], List::as_slice)
    }

    /// The manifests.
    pub fn manifests(&self) -> &BTreeMap<RelPath, Manifest> {
        &self.manifests
    }

    /// The tree of Rust modules.
    pub fn crates(&self) -> &CrateTree {
        &self.crates
    }

    /// The place of a file in the tree of Rust modules.
    pub fn place(&self, file: FileId) -> Option<&Place> {
        self.crates.place(file)
    }

    pub(crate) fn dir_by_hash(&self, hash: u64) -> Option<&Arc<DirEntry>> {
        self.dirs.get(&hash)
    }

    pub(crate) fn named_files(&self, name: &str) -> &[FileId] {
        self.by_file_name.get(&name_key(name).0).map_or(&[], List::as_slice)
    }

    pub(crate) fn impls_for(&self, name: NameKey) -> &[SymbolId] {
        self.impls.get(&name).map_or(&[], List::as_slice)
    }

    pub(crate) fn python_roots(&self) -> &[(String, u64)] {
        &self.python_roots
    }

    /// The folders that hold a top-level module called `name`, by the hashes of their paths.
    pub(crate) fn tops(&self, name: &str) -> &[(u64, u32)] {
        self.tops.get(&name_key(name)).map_or(&[], List::as_slice)
    }
}
