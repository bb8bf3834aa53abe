//! One file of a world, and what it is found by.

use std::sync::Arc;

use lodemap_base::{FileId, NameKey, RelPath, ScopeKey, Spelled, SymbolId, member_key, scope_key};
use lodemap_facts::{Chain, FileFacts, Import, ImportKind, NONE, Symbol, SymbolFlags, Visibility};
use lodemap_grammar::{ImportStyle, LangSpec, SymbolKind, spec};
use smallvec::SmallVec;

use crate::crates::module_files;
use crate::keys::{self, Mix, NameClass, class_key};
use crate::world::FileClass;

/// Beside the place of a kind: the name begins with two underscores.
const UNDERSCORES: u8 = 0x80;

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
    pub symbols: Arc<[SymbolId]>,
    /// Where the name of each symbol is spelled, with its kind as its place in [`SymbolKind::ALL`].
    pub(super) spelled: Spelled,
    /// The key of each of its scopes.
    pub scopes: Arc<[ScopeKey]>,
    /// Its star and glob imports: scope and index.
    pub(crate) globs: Box<[(u32, u32)]>,
    /// The look-up of its place in the tree of modules.
    pub(crate) place_key: u64,
    /// The modules that it declares to stand in files of their own.
    pub(crate) modules: Box<[ModuleDecl]>,
}

/// A module that stands in a file of its own (`mod x;`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ModuleDecl {
    /// The scope that declares it.
    pub(crate) scope: u32,
    /// Whether its macros are seen after it.
    pub(crate) uses_macros: bool,
    /// Hashes of the paths at which it may stand, best first: if modules stand beside the declaring file,
    pub(crate) beside: SmallVec<[u64; 2]>,
    /// and if they stand in a folder of its name.
    pub(crate) below: SmallVec<[u64; 2]>,
}

impl FileEntry {
    /// Its language.
    pub fn spec(&self) -> &'static LangSpec {
        spec(self.facts.lang)
    }
}

impl FileEntry {
    /// The entry of a file whose symbols have these slots and identities.
    pub(super) fn new(
        id: FileId,
        path: RelPath,
        class: FileClass,
        facts: Arc<FileFacts>,
        symbols: Arc<[SymbolId]>,
        scopes: Arc<[ScopeKey]>,
    ) -> Self {
        let is_glob = |i: &(usize, Import)| i.1.kind == ImportKind::All && i.1.scope != NONE;
        let globs =
            facts.imports.iter().enumerate().filter(is_glob).map(|(ix, i)| (i.scope, ix as u32)).collect();
        let place_key = keys::place(path.as_str());
        let modules = modules(&path, &facts);
        let spell = |s: Symbol| {
            let name = facts.names.get(s.name);
            let underscores = if name.starts_with("__") { UNDERSCORES } else { 0 };
            (name, facts.names.start(s.name), s.kind.place() | underscores)
        };
        let spelled = Spelled::of(facts.symbols.iter().map(spell));
        Self { id, path, class, facts, symbols, spelled, scopes, globs, place_key, modules }
    }

    /// The name of a symbol, and the place of its kind in [`SymbolKind::ALL`]; sooner than its facts tell.
    pub fn spelled(&self, symbol: u32) -> (&str, u8) {
        (self.spelled.name(symbol, self.facts.names.all()), self.spelled.about(symbol) & !UNDERSCORES)
    }

    /// Whether the name of a symbol begins with two underscores.
    pub fn begins_with_underscores(&self, symbol: u32) -> bool {
        self.spelled.about(symbol) & UNDERSCORES != 0
    }

    /// Calls `f` with each key under which a symbol of the file can be found by its name alone.
    pub(super) fn each_name(&self, mut f: impl FnMut(u64, SymbolId)) {
        for (ix, symbol) in self.symbols.iter().enumerate() {
            if let Some(key) = self.name_node(ix as u32) {
                f(key, *symbol);
            }
        }
    }

    /// The key of the name node that leads to a symbol; `None` where it cannot be found by its name alone.
    pub fn name_node(&self, symbol: u32) -> Option<u64> {
        let spec = self.spec();
        let class = name_class(spec, self, symbol)?;
        let name = self.facts.symbols.at(symbol).name;
        Some(class_key(class, &spec.family, self.facts.names.key(name)))
    }

    /// Calls `f` with each implementation in the file and the name of the type that it is for.
    pub(super) fn each_impl(&self, mut f: impl FnMut(NameKey, SymbolId)) {
        for (ix, s) in self.facts.symbols.iter().enumerate().filter(|(_, s)| s.kind == SymbolKind::Impl) {
            f(impl_head(&self.facts, &s), self.symbols[ix]);
        }
    }

    /// Everything that the tree of modules reads of the file; `None` where it is no part of that tree.
    pub(super) fn module_structure(&self) -> Option<u64> {
        let is_rust = self.spec().conventions.imports == ImportStyle::ModuleTree;
        let mix = |mix: Mix, m: &ModuleDecl| {
            // The index is in it too: the tree keeps it.
            let mix = mix.with(self.scopes[m.scope as usize].0).with(u64::from(m.scope));
            let mix = mix.with(u64::from(m.uses_macros));
            m.beside.iter().chain(&m.below).fold(mix.with(m.beside.len() as u64), |mix, path| mix.with(*path))
        };
        is_rust.then(|| self.modules.iter().fold(Mix(0), mix).0)
    }
}

/// The name of the type that an implementation is for, or the one that stands for all types with some bound.
pub(crate) fn impl_head(facts: &FileFacts, block: &Symbol) -> NameKey {
    let is_parameter = block.ty != NONE && matches!(facts.chains.at(block.ty), Chain::Local(_));
    if is_parameter { keys::blanket() } else { facts.names.key(block.name) }
}

/// The modules that a file declares to stand in files of their own.
fn modules(path: &RelPath, facts: &FileFacts) -> Box<[ModuleDecl]> {
    let declared =
        facts.imports.iter().enumerate().filter(|(_, i)| i.kind == ImportKind::File && i.scope != NONE);
    let hashes = |is_mod_rs, ix| {
        module_files(path, facts, is_mod_rs, ix).iter().map(|p| keys::path_hash(p)).collect::<SmallVec<_>>()
    };
    let module = |(ix, i): (usize, Import)| ModuleDecl {
        scope: i.scope,
        uses_macros: i.level > 0,
        beside: hashes(true, ix as u32),
        below: hashes(false, ix as u32),
    };
    declared.map(module).collect()
}

/// The keys of a file's scopes: its own, and for each other one that of the symbol that opens it.
pub(super) fn scope_keys(path: &RelPath, facts: &FileFacts, symbols: &[u64]) -> Arc<[ScopeKey]> {
    let key = |symbol: u32| symbols.get(symbol as usize).map(|key| ScopeKey(*key));
    facts.scopes.iter().map(|s| key(s.symbol).unwrap_or_else(|| keys::file_scope(path.as_str()))).collect()
}

/// The identities of a file's symbols: each its parent's, its name, its kind, its number among duplicates.
pub(super) fn symbol_keys(path: &RelPath, facts: &FileFacts) -> Vec<u64> {
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

/// The class of names under which a symbol can be found by its name alone, if it can.
fn name_class(spec: &LangSpec, entry: &FileEntry, ix: u32) -> Option<NameClass> {
    let s = &entry.facts.symbols.at(ix);
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
