//! All files and the tables that lead to them. A clone shares structure; a change costs what it touches.

use std::collections::BTreeMap;
use std::sync::Arc;

use lodemap_base::{
    FileId, NameKey, PagedVec, RelPath, ScopeKey, ShardedMap, SymbolId, member_key, name_key, scope_key,
};
use lodemap_facts::{FileFacts, Import, ImportKind, NONE, SymbolFlags, Visibility};
use lodemap_grammar::{ImportStyle, LangSpec, RefKind, SymbolKind, spec};

use crate::answer::{Target, fits};
use crate::crates::{CrateTree, Place, join};
use crate::keys::{self, NameClass, class_key, path_hash};
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

    /// Whether it is code of the project itself, neither test nor example nor generated.
    pub fn is_core(self) -> bool {
        self.0 == 0
    }

    /// Whether `flag` is set.
    pub fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// One indexed file.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Its slot.
    pub id: FileId,
    /// Its path.
    pub path: RelPath,
    /// What kind of file it is.
    pub class: FileClass,
    /// What it says.
    pub facts: Arc<FileFacts>,
    /// The slot of each of its symbols.
    pub symbols: Box<[SymbolId]>,
    /// The key of each of its scopes.
    pub scopes: Box<[ScopeKey]>,
    /// Its star and glob imports: scope and index.
    pub(crate) globs: Box<[(u32, u32)]>,
    /// The look-up of its place in the tree of modules.
    pub(crate) place_key: u64,
}

impl FileEntry {
    /// Its language.
    pub fn spec(&self) -> &'static LangSpec {
        spec(self.facts.lang)
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

/// Everything that resolution reads.
#[derive(Clone, Default)]
pub struct World {
    files: PagedVec<Option<Arc<FileEntry>>>,
    symbols: PagedVec<SymbolSlot>,
    by_path: ShardedMap<u64, FileId>,
    dirs: ShardedMap<u64, Arc<DirEntry>>,
    names: ShardedMap<u64, Arc<Vec<SymbolId>>>,
    by_file_name: ShardedMap<u64, Arc<Vec<FileId>>>,
    impls: ShardedMap<NameKey, Arc<Vec<SymbolId>>>,
    /// Top-level Python modules: name → folders that hold them.
    tops: ShardedMap<NameKey, Arc<Vec<u64>>>,
    manifests: Arc<BTreeMap<RelPath, Manifest>>,
    crates: Arc<CrateTree>,
    /// Folders on Python's path, with the hashes of their paths.
    python_roots: Arc<Vec<(String, u64)>>,
}

impl World {
    /// A world of these files; the order in which they are given does not matter, they are sorted by path.
    pub fn build(
        mut files: Vec<(RelPath, FileClass, Arc<FileFacts>)>,
        manifests: BTreeMap<RelPath, Manifest>,
    ) -> Self {
        files.sort_by(|a, b| a.0.cmp(&b.0));
        let python_roots = Arc::new(python_roots(&manifests));
        let mut world = World { manifests: Arc::new(manifests), python_roots, ..World::default() };
        for (path, class, facts) in files {
            world.add(path, class, facts);
        }
        world.crates = Arc::new(CrateTree::build(&world));
        world
    }

    fn add(&mut self, path: RelPath, class: FileClass, facts: Arc<FileFacts>) {
        let id = FileId(self.files.len() as u32);
        let symbols = symbol_keys(&path, &facts)
            .into_iter()
            .enumerate()
            .map(|(symbol, key)| {
                self.symbols.push(SymbolSlot { file: id, symbol: symbol as u32, key });
                SymbolId(self.symbols.len() as u32 - 1)
            })
            .collect();
        let scopes =
            (0..facts.scopes.len() as u32).map(|s| keys::file_scope(path.as_str(), &facts, s)).collect();
        let is_glob = |i: &(usize, &Import)| i.1.kind == ImportKind::All && i.1.scope != NONE;
        let globs =
            facts.imports.iter().enumerate().filter(is_glob).map(|(ix, i)| (i.scope, ix as u32)).collect();
        let place_key = keys::place(path.as_str());
        let entry = FileEntry { id, path, class, facts, symbols, scopes, globs, place_key };
        self.by_path.insert(path_hash(entry.path.as_str()), id);
        self.index_folders(&entry);
        self.index_names(&entry);
        self.files.push(Some(Arc::new(entry)));
    }

    fn index_folders(&mut self, entry: &FileEntry) {
        push_to(&mut self.by_file_name, name_key(entry.path.name()).0, entry.id);
        let mut dir = entry.path.parent_str();
        let mut direct = true;
        loop {
            let slot = self.dirs.entry_or(path_hash(dir), || {
                let path = RelPath::parse(dir).expect("the parent of a path is a path");
                Arc::new(DirEntry { path, files: vec![], below: 0 })
            });
            let slot = Arc::make_mut(slot);
            slot.below += 1;
            if direct {
                slot.files.push(entry.id);
                direct = false;
            }
            match dir.rsplit_once('/') {
                Some((parent, _)) => dir = parent,
                None if dir.is_empty() => break,
                None => dir = "",
            }
        }
        if let Some((holder, name)) = top_level_module(entry) {
            let dirs = Arc::make_mut(self.tops.entry_or(name_key(name), Arc::default));
            let hash = path_hash(holder);
            if !dirs.contains(&hash) {
                dirs.push(hash);
            }
        }
    }

    fn index_names(&mut self, entry: &FileEntry) {
        let spec = entry.spec();
        for (ix, s) in entry.facts.symbols.iter().enumerate() {
            let id = entry.symbols[ix];
            let name = entry.facts.names.key(s.name);
            if s.kind == SymbolKind::Impl {
                push_to(&mut self.impls, name, id);
            }
            if let Some(class) = name_class(spec, entry, ix as u32) {
                push_to(&mut self.names, class_key(class, &spec.family, name), id);
            }
        }
    }

    /// All files, by slot.
    pub fn files(&self) -> impl Iterator<Item = &Arc<FileEntry>> {
        self.files.iter().flatten()
    }

    /// How many file slots there are.
    pub fn file_slots(&self) -> usize {
        self.files.len()
    }

    /// How many symbol slots there are.
    pub fn symbol_slots(&self) -> usize {
        self.symbols.len()
    }

    /// The file in a slot.
    ///
    /// # Panics
    /// If the slot is empty: ids are only handed out for files that are there.
    pub fn file(&self, id: FileId) -> &Arc<FileEntry> {
        self.files[id.index()].as_ref().expect("file ids are handed out for files that are there")
    }

    /// The file at a path.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        self.by_path.get(&path_hash(path)).copied().filter(|id| self.file(*id).path.as_str() == path)
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
                let kind = self.file(slot.file).facts.symbols[slot.symbol as usize].kind;
                fits(from.spec().conventions.imports, reference, kind)
            }
        }
    }

    /// The definitions that a name node leads to.
    pub fn named(&self, key: u64) -> &[SymbolId] {
        self.names.get(&key).map_or(&[], |v| v)
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
        self.by_file_name.get(&name_key(name).0).map_or(&[], |v| v)
    }

    pub(crate) fn impls_for(&self, name: NameKey) -> &[SymbolId] {
        self.impls.get(&name).map_or(&[], |v| v)
    }

    pub(crate) fn python_roots(&self) -> &[(String, u64)] {
        &self.python_roots
    }

    pub(crate) fn tops(&self, name: &str) -> &[u64] {
        self.tops.get(&name_key(name)).map_or(&[], |v| v)
    }
}

/// The roots of all projects, each with the sub-folders that layouts use; the repository is a project even where no
/// manifest says so.
fn python_roots(manifests: &BTreeMap<RelPath, Manifest>) -> Vec<(String, u64)> {
    let projects =
        manifests.iter().filter(|(_, m)| matches!(m, Manifest::Python)).map(|(p, _)| p.parent_str());
    let mut out: Vec<(String, u64)> = Vec::new();
    for project in std::iter::once("").chain(projects) {
        for sub in ["", "src", "lib", "python"] {
            let root = if sub.is_empty() { project.to_owned() } else { join(project, sub) };
            let hash = path_hash(&root);
            if !out.iter().any(|(_, h)| *h == hash) {
                out.push((root, hash));
            }
        }
    }
    out
}

/// The identities of a file's symbols: each its parent's, its name, its kind, its number among duplicates.
fn symbol_keys(path: &RelPath, facts: &FileFacts) -> Vec<u64> {
    let file = scope_key("symbols", path.as_str());
    let mut keys: Vec<u64> = Vec::with_capacity(facts.symbols.len());
    for s in &facts.symbols {
        let parent = if s.parent == NONE { file } else { ScopeKey(keys[s.parent as usize]) };
        let container = if s.container == NONE { NameKey(0) } else { facts.names.key(s.container) };
        let kind = NameKey(u64::from(s.duplicate) << 8 | s.kind as u64);
        let named = member_key(parent, facts.names.key(s.name));
        keys.push(member_key(ScopeKey(member_key(ScopeKey(named), container)), kind));
    }
    keys
}

fn push_to<K: std::hash::Hash + Eq + Clone, T: Clone>(
    map: &mut ShardedMap<K, Arc<Vec<T>>>,
    key: K,
    value: T,
) {
    Arc::make_mut(map.entry_or(key, Arc::default)).push(value);
}

/// A Python file or package at the top: the folder that holds it and its name.
fn top_level_module(entry: &FileEntry) -> Option<(&str, &str)> {
    if entry.spec().conventions.imports != ImportStyle::Dotted {
        return None;
    }
    let dir = entry.path.parent_str();
    let stem = entry.path.name().rsplit_once('.').map_or(entry.path.name(), |(s, _)| s);
    if stem != "__init__" {
        return Some((dir, stem));
    }
    if dir.is_empty() {
        return None;
    }
    Some(dir.rsplit_once('/').unwrap_or(("", dir)))
}

/// The class of names under which a symbol can be found by its name alone, if it can.
fn name_class(spec: &LangSpec, entry: &FileEntry, ix: u32) -> Option<NameClass> {
    let s = &entry.facts.symbols[ix as usize];
    if s.kind.is_light() || s.flags.has(SymbolFlags::DECLARATION) && spec.name == "c" {
        return None;
    }
    match (s.kind, spec.conventions.imports) {
        (SymbolKind::Method, _) => Some(NameClass::Member),
        (SymbolKind::Macro, ImportStyle::ModuleTree) => Some(NameClass::Macro),
        (SymbolKind::Impl, _) => None,
        (_, ImportStyle::Include) if s.parent == NONE && s.visibility == Visibility::Public => {
            Some(if s.kind.is_type() { NameClass::FreeType } else { NameClass::Free })
        }
        _ => None,
    }
}
