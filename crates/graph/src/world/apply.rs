//! From one world to the next: files come, change and go, and the tables follow.
//!
//! What a change may have made of look-ups is told by their keys, so that only those are resolved again that asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use lodemap_base::{FileId, Left, Letters, List, RelPath, SymbolId, name_key};
use lodemap_facts::FileFacts;
use rustc_hash::{FxHashMap, FxHashSet};

use super::entry::{scope_keys, symbol_keys};
use super::folders::FoldersBefore;
use super::python::{python_roots, top_level_module};
use crate::crates::CrateTree;
use crate::declared::{Declared, declared, differences};
use crate::keys::{self, Mix, path_hash};
use crate::manifest::Manifest;
use crate::world::{FileClass, FileEntry, SymbolSlot, World};

/// What is to be different.
#[derive(Default)]
pub struct Changes {
    /// Files that are new or different; each path once.
    pub files: Vec<(RelPath, FileClass, Arc<FileFacts>)>,
    /// Files that are gone; those that `files` names too are not.
    pub removed: Vec<RelPath>,
    /// Manifests that are new or different, or gone.
    pub manifests: Vec<(RelPath, Option<Manifest>)>,
}

/// Slots that nothing uses. They depend on history, and so they are the writer's and no part of a world.
///
/// A slot that falls free in a change is used again in a later one at the earliest: within a change no slot changes hands.
#[derive(Default)]
pub struct FreeSlots {
    files: Vec<FileId>,
    symbols: Vec<SymbolId>,
}

/// What became different.
#[derive(Default)]
pub struct Delta {
    /// Look-ups that may find something else now.
    pub lookups: FxHashSet<u64>,
    /// Name nodes (see [`crate::class_key`]) whose definitions are others now.
    pub names: FxHashSet<u64>,
    /// The files that are new, different or gone; each once.
    pub files: Vec<FileDelta>,
    /// Files whose place in the tree of Rust modules may be another.
    pub places: Vec<FileId>,
    /// Manifests as they were, where they are others now.
    pub manifests: Vec<(RelPath, Option<Manifest>)>,
}

/// What became of one file.
pub struct FileDelta {
    /// Its slot.
    pub id: FileId,
    /// As it was.
    pub old: Option<Arc<FileEntry>>,
    /// As it is.
    pub new: Option<Arc<FileEntry>>,
    /// Symbols that went away, with what stood in their slots.
    pub gone: Vec<(SymbolId, SymbolSlot)>,
    /// Symbols that are new.
    pub came: Vec<SymbolId>,
    /// Whether it may be resolved differently than before, or makes other references.
    pub is_other: bool,
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
        let mut free = FreeSlots::default();
        for (path, class, facts) in files {
            world.add(&mut free, path, class, facts);
        }
        world.crates = Arc::new(CrateTree::build(&world));
        world
    }

    /// Brings the world up to date.
    ///
    /// The result is the world that [`World::build`] makes of the same files, but for the numbers of slots.
    pub fn apply(&mut self, free: &mut FreeSlots, changes: Changes) -> Delta {
        let mut delta = Delta::default();
        let mut folders = FoldersBefore::default();
        let mut structure_changed = false;
        let stay: FxHashSet<&RelPath> = changes.files.iter().map(|(path, ..)| path).collect();
        let removed: Vec<&RelPath> = changes.removed.iter().filter(|p| !stay.contains(p)).collect();
        for path in removed {
            if let Some(id) = self.file_at(path.as_str()) {
                folders.see(self, path.as_str());
                self.remove(id, &mut delta);
            }
        }
        for (path, class, facts) in changes.files {
            match self.file_at(path.as_str()).map(|id| self.file(id).clone()) {
                Some(old) if is_same(&old, class, &facts) => {}
                Some(old) if old.facts.lang == facts.lang => {
                    self.replace(free, old, class, facts, &mut delta)
                }
                old => {
                    // A file of another language under the same path is another file.
                    folders.see(self, path.as_str());
                    if let Some(old) = old {
                        self.remove(old.id, &mut delta);
                    }
                    let entry = self.add(free, path, class, facts);
                    self.tell_of_path(&entry, &mut delta.lookups);
                    differences(&Declared::new(), &declared(self, &entry), &mut delta.lookups);
                    entry.each_name(|key, _| _ = delta.names.insert(key));
                    let came = entry.symbols.to_vec();
                    let id = entry.id;
                    delta.files.push(FileDelta {
                        id,
                        old: None,
                        new: Some(entry),
                        gone: vec![],
                        came,
                        is_other: true,
                    });
                }
            }
        }
        folders.differences(self, &mut delta.lookups);
        for file in &delta.files {
            let structure = |f: &Option<Arc<FileEntry>>| f.as_ref().and_then(|f| f.module_structure());
            structure_changed |= structure(&file.old) != structure(&file.new);
        }
        structure_changed |= self.apply_manifests(changes.manifests, &mut delta);
        if structure_changed {
            self.place_modules(&mut delta);
        }
        for file in delta.files.iter().filter(|f| f.new.is_none()) {
            free.files.push(file.id);
        }
        for (id, _) in delta.files.iter().flat_map(|f| &f.gone) {
            self.letters.set(id.index(), Letters::default(), &Letters::default());
        }
        free.symbols.extend(delta.files.iter().flat_map(|f| f.gone.iter().map(|(id, _)| *id)));
        delta
    }

    /// Takes in a file that is not there.
    fn add(
        &mut self,
        free: &mut FreeSlots,
        path: RelPath,
        class: FileClass,
        facts: Arc<FileFacts>,
    ) -> Arc<FileEntry> {
        let id = free.files.pop().unwrap_or(FileId(self.files.len() as u32));
        let keys = symbol_keys(&path, &facts);
        let symbols = keys.iter().zip(facts.symbols.iter()).enumerate().map(|(ix, (key, s))| {
            let letters = Letters::of(facts.names.get(s.name));
            self.new_symbol(free, SymbolSlot { file: id, symbol: ix as u32, key: *key }, letters)
        });
        let symbols = symbols.collect();
        let scopes = scope_keys(&path, &facts, &keys);
        let entry = Arc::new(FileEntry::new(id, path, class, facts, symbols, scopes));
        self.by_path.insert(path_hash(entry.path.as_str()), id);
        add_to(&mut self.by_file_name, name_key(entry.path.name()).0, id);
        self.join_folders(&entry);
        if let Some((holder, name)) = top_level_module(&entry) {
            self.count_top(name, path_hash(holder), 1);
        }
        entry.each_name(|key, symbol| add_to(&mut self.names, key, symbol));
        entry.each_impl(|name, symbol| add_to(&mut self.impls, name, symbol));
        self.files.set(id.index(), Some(entry.clone()), &None);
        entry
    }

    fn new_symbol(&mut self, free: &mut FreeSlots, slot: SymbolSlot, letters: Letters) -> SymbolId {
        let id = free.symbols.pop().unwrap_or(SymbolId(self.symbols.len() as u32));
        self.symbols.set(id.index(), slot, &slot);
        self.letters.set(id.index(), letters, &Letters::default());
        id
    }

    /// Takes a file out.
    fn remove(&mut self, id: FileId, delta: &mut Delta) {
        let entry = self.file(id).clone();
        self.tell_of_path(&entry, &mut delta.lookups);
        differences(&declared(self, &entry), &Declared::new(), &mut delta.lookups);
        self.by_path.remove(&path_hash(entry.path.as_str()));
        take_from(&mut self.by_file_name, name_key(entry.path.name()).0, &id);
        self.leave_folders(&entry);
        if let Some((holder, name)) = top_level_module(&entry) {
            self.count_top(name, path_hash(holder), -1);
        }
        entry.each_name(|key, symbol| {
            take_from(&mut self.names, key, &symbol);
            delta.names.insert(key);
        });
        entry.each_impl(|name, symbol| take_from(&mut self.impls, name, &symbol));
        self.files.set(id.index(), None, &None);
        let gone = entry.symbols.iter().map(|s| (*s, self.slot(*s))).collect();
        let (old, new, came) = (Some(entry), None, vec![]);
        delta.files.push(FileDelta { id, old, new, gone, came, is_other: true });
    }

    /// Puts new facts, or a new class, in the place of the old ones. Symbols keep their slots if their keys stay.
    fn replace(
        &mut self,
        free: &mut FreeSlots,
        old: Arc<FileEntry>,
        class: FileClass,
        facts: Arc<FileFacts>,
        delta: &mut Delta,
    ) {
        let (id, path) = (old.id, old.path.clone());
        let is_other = !resolves_alike(&old.facts, &facts);
        if old.facts.hashes.sig == facts.hashes.sig {
            // It declares what it declared: nobody else hears of the change.
            let entry = FileEntry::new(id, path, class, facts, old.symbols.clone(), old.scopes.clone());
            let entry = Arc::new(entry);
            self.files.set(id.index(), Some(entry.clone()), &None);
            let (gone, came) = (vec![], vec![]);
            delta.files.push(FileDelta { id, old: Some(old), new: Some(entry), gone, came, is_other });
            return;
        }
        let was = declared(self, &old);
        let keys = symbol_keys(&path, &facts);
        let mut known: FxHashMap<u64, SymbolId> =
            old.symbols.iter().map(|s| (self.slot(*s).key, *s)).collect();
        let mut came = Vec::new();
        let symbols = keys.iter().enumerate().map(|(ix, key)| match known.remove(key) {
            Some(symbol) => {
                if self.slot(symbol).symbol != ix as u32 {
                    self.symbols.get_mut(symbol.index()).expect("the slot is in use").symbol = ix as u32;
                }
                symbol
            }
            None => {
                let name = facts.names.get(facts.symbols.at(ix as u32).name);
                let slot = SymbolSlot { file: id, symbol: ix as u32, key: *key };
                let symbol = self.new_symbol(free, slot, Letters::of(name));
                came.push(symbol);
                symbol
            }
        });
        let symbols = symbols.collect();
        let scopes = scope_keys(&path, &facts, &keys);
        let entry = Arc::new(FileEntry::new(id, path, class, facts, symbols, scopes));
        differences(&was, &declared(self, &entry), &mut delta.lookups);

        let mut names = Swap::default();
        old.each_name(|key, symbol| names.old.push((key, symbol)));
        entry.each_name(|key, symbol| names.new.push((key, symbol)));
        names.differences(|key, symbol, is_new| {
            delta.names.insert(*key);
            if is_new {
                add_to(&mut self.names, *key, symbol)
            } else {
                take_from(&mut self.names, *key, &symbol)
            }
        });
        let mut impls = Swap::default();
        old.each_impl(|name, symbol| impls.old.push((name, symbol)));
        entry.each_impl(|name, symbol| impls.new.push((name, symbol)));
        impls.differences(|name, symbol, is_new| {
            if is_new {
                add_to(&mut self.impls, *name, symbol)
            } else {
                take_from(&mut self.impls, *name, &symbol)
            }
        });
        self.files.set(id.index(), Some(entry.clone()), &None);
        let mut gone: Vec<SymbolId> = known.into_values().collect();
        gone.sort_unstable_by_key(|s| s.0);
        let gone = gone.into_iter().map(|s| (s, self.slot(s))).collect();
        delta.files.push(FileDelta { id, old: Some(old), new: Some(entry), gone, came, is_other: true });
    }

    fn count_top(&mut self, name: &str, holder: u64, by: i32) {
        self.tops.update(name_key(name), List::default, |holders| {
            let before = holders.as_slice().iter().find(|(h, _)| *h == holder).copied();
            if let Some(before) = &before {
                holders.remove(before);
            }
            let count = before.map_or(0, |(_, n)| n).saturating_add_signed(by);
            if count > 0 {
                holders.push((holder, count));
            }
            if holders.as_slice().is_empty() { Left::Nothing } else { Left::Something }
        });
    }

    /// The look-ups that find a file, or find that there is none, by its path.
    fn tell_of_path(&self, entry: &FileEntry, out: &mut FxHashSet<u64>) {
        out.insert(keys::path_lookup(entry.path.as_str()));
        out.insert(keys::file_name(entry.path.name()));
        out.insert(entry.place_key);
        if let Some((_, name)) = top_level_module(entry) {
            out.insert(keys::top(name));
        }
    }

    /// The keys of all look-ups that find something in a file or under its path.
    #[cfg(feature = "sabotage")]
    pub fn found_lookups(&self) -> FxHashSet<u64> {
        let mut out = FxHashSet::default();
        for entry in self.files() {
            out.extend(declared(self, entry).into_iter().map(|(key, _)| key));
            self.tell_of_path(entry, &mut out);
            out.extend(super::folders::ancestors(entry.path.as_str()).map(keys::path_lookup));
        }
        out
    }

    /// The keys of all look-ups of what is declared of types.
    #[cfg(feature = "sabotage")]
    pub fn typed_lookups(&self) -> FxHashSet<u64> {
        let symbols = self.files().flat_map(|entry| entry.symbols.iter());
        symbols.map(|id| keys::typed(self.slot(*id).key)).collect()
    }

    /// Takes in new manifests; tells whether the tree of modules depends on a change.
    fn apply_manifests(&mut self, changes: Vec<(RelPath, Option<Manifest>)>, delta: &mut Delta) -> bool {
        let before = changes.iter().map(|(path, _)| self.manifests.get(path).cloned());
        let changed: Vec<_> = changes.iter().zip(before).filter(|((_, new), old)| old != new).collect();
        if changed.is_empty() {
            return false;
        }
        let tables = |world: &World| (go_modules(world), node_packages(world));
        let (go, node) = tables(self);
        let is_cargo = |m: &Option<Manifest>| matches!(m, Some(Manifest::Cargo(_)));
        let has_cargo = changed.iter().any(|((_, new), old)| is_cargo(new) || is_cargo(old));
        let manifests = Arc::make_mut(&mut self.manifests);
        for ((path, new), old) in changed {
            match new {
                Some(new) => _ = manifests.insert(path.clone(), new.clone()),
                None => _ = manifests.remove(path),
            }
            delta.manifests.push((path.clone(), old));
        }
        let roots = python_roots(&self.manifests);
        if roots != *self.python_roots {
            self.python_roots = Arc::new(roots);
            delta.lookups.insert(keys::python_roots());
        }
        let (new_go, new_node) = tables(self);
        if go != new_go {
            delta.lookups.insert(keys::go_modules());
        }
        if node != new_node {
            delta.lookups.insert(keys::node_packages());
        }
        has_cargo
    }

    /// Places all Rust files anew; tells of those that stand elsewhere now, and of packages that offer something else.
    fn place_modules(&mut self, delta: &mut Delta) {
        let tree = CrateTree::build(self);
        let before = std::mem::replace(&mut self.crates, Arc::new(tree));
        for (id, entry) in
            self.files.iter().enumerate().filter_map(|(id, f)| Some((FileId(id as u32), f.as_ref()?)))
        {
            if before.value(id) != self.crates.value(id) {
                delta.lookups.insert(entry.place_key);
                delta.places.push(id);
            }
        }
        let packages = |tree: &CrateTree| -> BTreeMap<RelPath, u64> {
            tree.packages.iter().map(|p| (p.manifest.clone(), p.value)).collect()
        };
        let (old, new) = (packages(&before), packages(&self.crates));
        for manifest in old.keys().chain(new.keys()).filter(|m| old.get(*m) != new.get(*m)) {
            delta.lookups.insert(keys::cargo(manifest.as_str()));
        }
    }
}

/// Whether nothing at all changed.
fn is_same(old: &FileEntry, class: FileClass, facts: &Arc<FileFacts>) -> bool {
    old.class == class
        && old.facts.lang == facts.lang
        && (Arc::ptr_eq(&old.facts, facts) || old.facts.hashes == facts.hashes)
}

/// Whether two versions of a file lead to the same answers and the same edges: they declare and use the same things,
/// and number them alike.
fn resolves_alike(old: &FileFacts, new: &FileFacts) -> bool {
    let reference = |r: lodemap_facts::Ref| (r.chain, r.owner, r.kind);
    old.hashes.sig == new.hashes.sig
        && old.hashes.refs == new.hashes.refs
        && old.chains == new.chains
        && old.refs.len() == new.refs.len()
        && old.refs.iter().map(reference).eq(new.refs.iter().map(reference))
        && old.names == new.names
}

fn go_modules(world: &World) -> u64 {
    let modules = world.manifests.iter().filter_map(|(path, m)| match m {
        Manifest::Go { module } => Some((path, module)),
        _ => None,
    });
    modules.fold(Mix(0), |mix, (path, name)| mix.with(path_hash(path.as_str())).with(path_hash(name))).0
}

fn node_packages(world: &World) -> u64 {
    let packages = world.manifests.iter().filter_map(|(path, m)| match m {
        Manifest::Node { name } => Some((path, name)),
        _ => None,
    });
    packages.fold(Mix(0), |mix, (path, name)| mix.with(path_hash(path.as_str())).with(path_hash(name))).0
}

type ListMap<K, T> = lodemap_base::LayeredMap<K, List<T>>;

fn add_to<K: std::hash::Hash + Eq + Clone, T: Clone + PartialEq>(map: &mut ListMap<K, T>, key: K, value: T) {
    map.update(key, List::default, |list| {
        list.push(value);
        Left::Something
    });
}

fn take_from<K: std::hash::Hash + Eq + Clone, T: Clone + PartialEq>(
    map: &mut ListMap<K, T>,
    key: K,
    value: &T,
) {
    map.update(key, List::default, |list| if list.remove(value) { Left::Nothing } else { Left::Something });
}

/// What is found under keys before and after a change.
struct Swap<K> {
    old: Vec<(K, SymbolId)>,
    new: Vec<(K, SymbolId)>,
}

impl<K> Default for Swap<K> {
    fn default() -> Self {
        Self { old: Vec::new(), new: Vec::new() }
    }
}

impl<K: Ord> Swap<K> {
    /// Calls `f` with what is in one of the lists only, and with whether that is the new one.
    fn differences(mut self, mut f: impl FnMut(&K, SymbolId, bool)) {
        let order = |a: &(K, SymbolId), b: &(K, SymbolId)| (&a.0, a.1.0).cmp(&(&b.0, b.1.0));
        self.old.sort_unstable_by(order);
        self.new.sort_unstable_by(order);
        let (mut old, mut new) = (self.old.iter().peekable(), self.new.iter().peekable());
        loop {
            let next = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) => order(a, b),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => return,
            };
            if next.is_le() {
                let item = old.next().filter(|_| next.is_lt());
                item.into_iter().for_each(|(key, symbol)| f(key, *symbol, false));
            }
            if next.is_ge() {
                let item = new.next().filter(|_| next.is_gt());
                item.into_iter().for_each(|(key, symbol)| f(key, *symbol, true));
            }
        }
    }
}
