//! From an expression to what it refers to.
//!
//! Names are looked up lazily, by name: a look-up in a scope gives what is bound there, or else what the
//! scope's globs bring. Results are memoised with the look-ups they rest on.
//!
//! In a cycle of imports the query that is already under way gives nothing. What was found under it is not kept
//! for others, and what was found around a cycle, or rests on what was, is not used inside that cycle: so each answer is the one a
//! fresh resolver gives, in whatever order questions are asked.

mod calls;
mod chain;
mod cycles;
mod file;
mod library;
mod macros;
mod members;
mod memory;
mod package;
mod parts;
mod python;
mod rust;
mod stubs;
mod twins;
mod types;
mod values;

use lodemap_base::{FileId, NameKey, member_key, name_key};
use lodemap_facts::{BindTarget, Chain, ChainIx, ExportList, Import, ImportKind, NONE, Visibility};
use lodemap_grammar::{ImportStyle, RefKind, SymbolKind};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use self::cycles::Groups;
use self::memory::Memo;
pub use self::memory::Memory;
use self::types::{Head, TypeId, Types, infers, is_dotted};
use self::values::{LEVELS, TypeQuery};
use crate::answer::{ChainAnswer, Resolved, Rule, Target};
use crate::keys::{self, NameClass, class_key};
use crate::world::{FileEntry, World};

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Value {
    /// A definition.
    Symbol(FileId, u32),
    /// A file or an inline module, as a scope.
    Module(FileId, u32),
    /// A folder: a namespace package, or a package of several files.
    Folder(u64),
    /// Something outside the repository.
    External,
    /// A module outside the repository, by its whole name.
    ModuleOutside(NameKey),
    /// Something outside the repository that is called so there.
    Library(NameKey),
    /// A value of a type.
    Instance(TypeId),
    /// A definition found as a member of a value of a type.
    Of(FileId, u32, TypeId),
    /// A member of that name that a value of a type has from outside the repository.
    LibraryOf(NameKey, TypeId),
    /// What comes after a class among its bases.
    Super(FileId, u32),
}

impl Value {
    /// Whether it is nothing of the repository.
    fn is_outside(self, types: &Types) -> bool {
        match self {
            Value::External | Value::ModuleOutside(_) | Value::Library(_) | Value::LibraryOf(..) => true,
            Value::Instance(ty) => matches!(types.get(ty).head, Head::Library(_)),
            _ => false,
        }
    }
}

pub(crate) type Values = SmallVec<[Value; 2]>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Query {
    // Files are given by slot: within one world a query needs an identity, and an order to be found by.
    /// A name in a scope of a file, through its globs.
    Name(u32, u32, NameKey),
    /// What an import of a file leads to.
    Import(u32, u32),
    /// The module of an import of a file.
    ImportModule(u32, u32),
    /// What an implementation is for.
    ImplType(u32, u32),
    /// A member of a type.
    Member(u32, u32, NameKey),
    /// A top-level module as seen from a folder (by the hash of its path).
    Top(u64, NameKey),
    /// A submodule in a folder.
    Submodule(u64, NameKey),
}

/// One question may lead through this many others; beyond, it is left open. Counted alike whether the others
/// were answered before or not, so that the limit does not depend on history.
const MAX_STEPS: u32 = 20_000;
/// Imports that lead to imports and so on, deeper than this, are left open.
const MAX_DEPTH: usize = 200;

/// Resolves the files of one world; keeps what it learnt for the next file.
pub struct Resolver<'w> {
    pub(crate) world: &'w World,
    /// The file that is resolved: what it reads of itself need not be recorded.
    own: Option<FileId>,
    /// What its chains were found to be so far.
    found: Vec<Found>,
    memory: Memory,
    /// The questions about types that the file asked before.
    asked: FxHashSet<TypeQuery>,
    /// How many questions about types are under way.
    nested: u32,
    open: Vec<Query>,
    /// The outermost open query that something rested on while under way.
    tainted_by: usize,
    lookups: Vec<u64>,
    steps: u32,
    /// The queries worked out since the outermost open one began.
    visited: Vec<Query>,
    /// The cycles that answers found since the innermost open query began rest on.
    rests_on: Groups,
    /// The most queries that were open at once since the innermost open one began.
    deepest: usize,
}

/// What a chain was found to be, while a file is resolved.
#[derive(Clone, Default)]
struct Found {
    values: Values,
    rule: Option<Rule>,
}

impl<'w> Resolver<'w> {
    /// A resolver that knows nothing yet.
    pub fn new(world: &'w World) -> Self {
        Self::with(world, Memory::short())
    }

    /// A resolver that knows what one before it learnt of this world, or what [`Memory::keep`] left of it.
    pub fn with(world: &'w World, memory: Memory) -> Self {
        Self {
            world,
            own: None,
            found: Vec::new(),
            memory,
            asked: FxHashSet::default(),
            nested: 0,
            open: Vec::new(),
            tainted_by: usize::MAX,
            lookups: Vec::new(),
            steps: 0,
            visited: Vec::new(),
            rests_on: Groups::new(),
            deepest: 0,
        }
    }

    /// What it learnt.
    pub fn into_memory(self) -> Memory {
        self.memory
    }

    /// Resolves all chains of a file.
    pub fn resolve(&mut self, file: FileId) -> Resolved {
        self.memory.make_room();
        let world = self.world;
        let entry = world.file(file);
        let facts = &*entry.facts;
        self.own = Some(file);
        self.lookups.clear();
        self.found.clear();
        self.asked.clear();
        for ix in 0..facts.chains.len() {
            let f = self.chain(entry, ix as ChainIx, LEVELS);
            self.found.push(f);
        }
        self.resolve_macros(entry);
        let found = std::mem::take(&mut self.found);
        let uses = uses_of_chains(entry);
        let mut targets: Vec<Target> = Vec::new();
        let mut chains = Vec::with_capacity(found.len());
        for (ix, f) in found.iter().enumerate() {
            chains.push(self.answer(entry, ix as u32, f, &found, uses[ix], &mut targets));
        }
        self.found = found;
        Resolved::new(&chains, &targets, &self.lookups)
    }

    /// Names of macros mean what modules around bring, too.
    fn resolve_macros(&mut self, entry: &FileEntry) {
        let mut found = std::mem::take(&mut self.found);
        for r in entry.facts.refs.iter().filter(|r| r.kind == RefKind::Macro) {
            if let Chain::Name { scope, name } = entry.facts.chains.at(r.chain) {
                self.add_macros(entry, scope, entry.facts.names.key(name), &mut found[r.chain as usize]);
            }
        }
        self.found = found;
    }

    fn answer(
        &mut self,
        entry: &FileEntry,
        ix: ChainIx,
        f: &Found,
        found: &[Found],
        uses: Uses,
        targets: &mut Vec<Target>,
    ) -> ChainAnswer {
        let start = targets.len() as u32;
        let seen_as_type = self.seen_as_type(entry, ix, f, found);
        let f = seen_as_type.as_ref().unwrap_or(f);
        for target in f.values.iter().filter_map(|v| self.target(*v)) {
            // One member may be found on values of several types.
            if !targets[start as usize..].contains(&target) {
                targets.push(target);
            }
        }
        self.sort_by_use(entry, uses, &mut targets[start as usize..]);
        let len = (targets.len() - start as usize).min(u16::MAX as usize) as u16;
        if len > 0 {
            return ChainAnswer::Targets { start, len, rule: f.rule.unwrap_or(Rule::Scope) };
        }
        let spec = entry.spec();
        let is_free_macro = uses.called
            && spec.conventions.imports == ImportStyle::ModuleTree
            && matches!(entry.facts.chains.at(ix), Chain::Name { .. })
            && f.rule.is_none();
        if !f.values.is_empty() && !is_free_macro {
            // A local value leads nowhere; anything else that is no definition here is one outside.
            let is_local = f.values.iter().all(|v| matches!(v, Value::Instance(_)))
                && matches!(entry.facts.chains.at(ix), Chain::Name { .. });
            return if is_local { ChainAnswer::Nothing } else { ChainAnswer::External };
        }
        let key = |class, name: u32| {
            let key = class_key(class, &spec.family, entry.facts.names.key(name));
            ChainAnswer::Name(key)
        };
        match entry.facts.chains.at(ix) {
            Chain::Member { base, name } | Chain::Path { base, name } => {
                // A member of something outside, or of a type that is known not to have it, is outside too.
                let base = &found[base as usize].values;
                let is_outside = match infers(entry) {
                    // In Rust a type has what is told of it, and a parameter what its bounds give.
                    _ if uses.called && is_dotted(entry) && base.iter().any(|v| self.may_have_more(*v)) => {
                        false
                    }
                    true => !base.is_empty(),
                    false => !base.is_empty() && base.iter().all(|v| v.is_outside(&self.memory.types)),
                };
                match uses.called {
                    _ if is_outside => ChainAnswer::External,
                    // Methods that every string or list has are hardly ever the repository's.
                    true if is_common(entry, name) => ChainAnswer::External,
                    true => key(NameClass::Member, name),
                    false => ChainAnswer::Nothing,
                }
            }
            Chain::Name { name, .. } => match spec.conventions.imports {
                ImportStyle::Include if uses.as_type => key(NameClass::FreeType, name),
                ImportStyle::Include => key(NameClass::Free, name),
                ImportStyle::ModuleTree if uses.called && !is_library_macro(entry, name) => {
                    key(NameClass::Macro, name)
                }
                _ => ChainAnswer::External,
            },
            _ => ChainAnswer::Nothing,
        }
    }

    /// A type that an implementation gives for one of its trait's is declared by the trait.
    fn seen_as_type(&mut self, entry: &FileEntry, ix: ChainIx, f: &Found, found: &[Found]) -> Option<Found> {
        let Chain::Path { base, name } = entry.facts.chains.at(ix) else { return None };
        let on_self = matches!(entry.facts.chains.at(base), Chain::Name { name, .. }
            if entry.facts.names.get(name) == "Self");
        if !on_self || !infers(entry) || found[base as usize].values.is_empty() {
            return None;
        }
        let key = entry.facts.names.key(name);
        let values = f.values.iter().flat_map(|v| self.declared_by_trait(*v, key)).collect();
        Some(Found { values, rule: f.rule })
    }

    /// One name may stand for a type, a module and a function: first comes what fits its use.
    fn sort_by_use(&self, entry: &FileEntry, uses: Uses, targets: &mut [Target]) {
        if targets.len() < 2 || entry.spec().conventions.imports != ImportStyle::ModuleTree {
            return;
        }
        let kind = |t: &Target| match *t {
            Target::File(_) => SymbolKind::Module,
            Target::Symbol(id) => {
                let slot = self.world.slot(id);
                self.world.file(slot.file).facts.symbols.at(slot.symbol).kind
            }
        };
        targets.sort_by_key(|t| {
            let kind = kind(t);
            let is_type = kind.is_type() || kind == SymbolKind::Module;
            match uses {
                Uses { called: true, .. } => !kind.is_callable() && kind != SymbolKind::Variant,
                Uses { as_type: true, .. } => !is_type,
                _ => false,
            }
        });
    }

    fn target(&self, value: Value) -> Option<Target> {
        match value {
            Value::Symbol(f, s) => Some(Target::Symbol(self.world.file(f).symbols[s as usize])),
            Value::Module(f, 0) => Some(Target::File(f)),
            Value::Module(f, scope) => {
                let entry = self.world.file(f);
                Some(Target::Symbol(entry.symbols[entry.facts.scopes.at(scope).symbol as usize]))
            }
            Value::Of(f, s, _) => Some(Target::Symbol(self.world.file(f).symbols[s as usize])),
            _ => None,
        }
    }

    /// A plain name, from its scope outwards.
    fn name(&mut self, entry: &FileEntry, scope: u32, name: u32, level: u8) -> Found {
        let facts = &*entry.facts;
        let (text, key) = (facts.names.get(name), facts.names.key(name));
        let style = entry.spec().conventions.imports;
        if style == ImportStyle::ModuleTree {
            let found = self.rust_name(entry, scope, text, key);
            if found.values.is_empty() {
                return Found { values: SmallVec::from_slice(&[Value::Library(key)]), rule: None };
            }
            return found;
        }
        let mut at = scope;
        while at != NONE {
            let values = self.lookup(entry.id, at, text, key);
            if !values.is_empty() {
                let rule = self.binding_rule(entry, at, key);
                return Found { values, rule: Some(rule) };
            }
            if infers(entry) && !facts.lookup(at, key).is_empty() {
                return Found { values: self.bound_value(entry, at, key, level), rule: None };
            }
            at = facts.scopes.at(at).parent;
        }
        if infers(entry) {
            return Found { values: SmallVec::from_slice(&[Value::Library(key)]), rule: None };
        }
        if style == ImportStyle::Package {
            let values = self.package_name(entry, key);
            return Found { rule: (!values.is_empty()).then_some(Rule::Package), values };
        }
        Found::default()
    }

    /// How a name came into a scope.
    fn binding_rule(&self, entry: &FileEntry, scope: u32, key: NameKey) -> Rule {
        match entry.facts.lookup(scope, key).first() {
            Some(b) if matches!(b.target, BindTarget::Import(_)) => Rule::Import,
            Some(_) => Rule::Scope,
            None => Rule::Glob,
        }
    }

    /// What `name` stands for in a scope: what is bound there, else what its globs bring.
    pub(crate) fn lookup(&mut self, file: FileId, scope: u32, name: &str, key: NameKey) -> Values {
        let world = self.world;
        let entry = world.file(file);
        let scope_key = entry.scopes[scope as usize];
        let bindings = entry.facts.lookup(scope, key);
        // Most names are bound right here, or nowhere: nothing to remember then.
        let is_plain = bindings.iter().all(|b| matches!(b.target, BindTarget::Symbol(_)));
        if is_plain && (!bindings.is_empty() || !entry.globs.iter().any(|(s, _)| *s == scope)) {
            // A file is resolved again whenever it changes; only what others may remember of it must name its scopes.
            if self.nested > 0 || !self.open.is_empty() || self.own != Some(file) {
                self.lookups.push(member_key(scope_key, key));
                if bindings.is_empty() {
                    self.lookups.push(keys::globs(scope_key));
                }
            }
            let mut out = Values::new();
            for b in bindings {
                if let BindTarget::Symbol(s) = b.target {
                    push_new(&mut out, as_value(entry, s));
                }
            }
            return out;
        }
        self.query(Query::Name(file.0, scope, key), |r| {
            r.lookups.push(member_key(scope_key, key));
            let mut out = Values::new();
            for b in &bindings {
                match b.target {
                    BindTarget::Symbol(s) => push_new(&mut out, as_value(entry, s)),
                    BindTarget::Import(i) => {
                        r.import(file, i).into_iter().for_each(|v| push_new(&mut out, v))
                    }
                    BindTarget::Value | BindTarget::Parameter(_) => {}
                }
            }
            if bindings.is_empty() {
                r.lookups.push(keys::globs(scope_key));
                // Where they are statements, the last one wins.
                let is_last_first = entry.spec().conventions.imports == ImportStyle::Dotted;
                let count = entry.globs.len();
                for i in 0..count {
                    let (s, import) = entry.globs[if is_last_first { count - 1 - i } else { i }];
                    if s == scope {
                        r.through_glob(entry, import, name, key, &mut out);
                    }
                }
            }
            out
        })
    }

    fn through_glob(&mut self, entry: &FileEntry, import: u32, name: &str, key: NameKey, out: &mut Values) {
        for m in self.import_module(entry.id, import) {
            let values = match m {
                Value::Module(f, s) if self.is_exported(f, s, name) => {
                    let values = self.module_member(f, s, name, key);
                    if values.is_empty() && s == 0 { self.listed_submodule(f, name) } else { values }
                }
                Value::Symbol(f, s) => {
                    let scope = self.world.file(f).facts.symbols.at(s).scope;
                    if scope == NONE { Values::new() } else { self.lookup(f, scope, name, key) }
                }
                _ => continue,
            };
            // What an external module brings is not known by name.
            values
                .into_iter()
                .filter(|v| !matches!(v, Value::External | Value::ModuleOutside(_) | Value::Library(_)))
                .for_each(|v| push_new(out, v));
        }
    }

    /// A submodule that the list of what a package exports names.
    fn listed_submodule(&mut self, file: FileId, name: &str) -> Values {
        match self.world.file(file).facts.exports {
            ExportList::Listed(_) => self.python_submodule_of(file, name),
            ExportList::Public | ExportList::Unknown => Values::new(),
        }
    }

    /// Whether a star import of the module brings `name`.
    fn is_exported(&mut self, file: FileId, scope: u32, name: &str) -> bool {
        let entry = self.world.file(file);
        if scope != 0 || entry.spec().conventions.export_list.is_none() {
            return true;
        }
        let list = name_key(entry.spec().conventions.export_list.as_deref().unwrap_or(""));
        self.lookups.push(member_key(entry.scopes[0], list));
        match &entry.facts.exports {
            ExportList::Listed(names) => names.iter().any(|n| entry.facts.names.get(*n) == name),
            ExportList::Public | ExportList::Unknown => !name.starts_with('_'),
        }
    }

    /// What an import leads to.
    pub(crate) fn import(&mut self, file: FileId, ix: u32) -> Values {
        self.query(Query::Import(file.0, ix), |r| {
            let entry = r.world.file(file);
            let import = &entry.facts.imports.at(ix);
            match import.kind {
                ImportKind::Name => {
                    let (text, key) =
                        (entry.facts.names.get(import.name), entry.facts.names.key(import.name));
                    if import.path.is_empty() && entry.spec().conventions.imports == ImportStyle::ModuleTree {
                        let found = r.rust_root(entry, import.scope, text, key).0;
                        // `pub(crate) use name;` gives a macro that is in force here a path.
                        let is_found = !found.is_empty();
                        return if is_found {
                            found
                        } else {
                            r.macros_around(entry, import.scope, key, true)
                        };
                    }
                    let mut out = Values::new();
                    for m in r.import_module(file, ix) {
                        r.member(m, text, key).into_iter().for_each(|v| push_new(&mut out, v));
                    }
                    out
                }
                _ => r.import_module(file, ix),
            }
        })
    }

    /// The module that an import names.
    fn import_module(&mut self, file: FileId, ix: u32) -> Values {
        self.query(Query::ImportModule(file.0, ix), |r| {
            let entry = r.world.file(file);
            let segments = entry.facts.imports.at(ix).path.len();
            r.module_of(entry, ix, segments)
        })
    }

    /// The first segments of an import's path.
    fn import_path(&mut self, entry: &FileEntry, ix: u32, segments: u32) -> Values {
        self.module_of(entry, ix, segments as usize)
    }

    fn module_of(&mut self, entry: &FileEntry, ix: u32, segments: usize) -> Values {
        let import: &Import = &entry.facts.imports.at(ix);
        match entry.spec().conventions.imports {
            ImportStyle::Dotted => self.python_module(entry, import, segments),
            ImportStyle::ModuleTree => self.rust_module(entry, ix, segments),
            // A path to a file is one thing: only the whole of it names a module.
            _ if segments < import.path.len() => Values::new(),
            ImportStyle::Relative => self.relative_file(entry, import),
            ImportStyle::Package => self.go_package(entry, import),
            ImportStyle::Include => self.included_file(entry, import),
        }
    }

    /// What a path through a module finds there; exported macros stand at the root of their crate.
    fn module_member(&mut self, file: FileId, scope: u32, name: &str, key: NameKey) -> Values {
        let mut values = self.lookup(file, scope, name, key);
        if scope == 0 && self.world.file(file).spec().conventions.imports == ImportStyle::ModuleTree {
            self.exported_macros(file, key, &mut values);
        }
        values
    }

    /// A member of a module or type.
    pub(crate) fn member(&mut self, of: Value, name: &str, key: NameKey) -> Values {
        match of {
            Value::External | Value::Library(_) => SmallVec::from_slice(&[Value::Library(key)]),
            Value::ModuleOutside(module) => {
                SmallVec::from_slice(&[Value::Library(Self::name_outside(module, key))])
            }
            Value::Instance(_) | Value::Of(..) | Value::LibraryOf(..) | Value::Super(..) => Values::new(),
            Value::Module(f, s) => {
                let values = self.module_member(f, s, name, key);
                if !values.is_empty() || s != 0 {
                    return values;
                }
                let submodule = self.python_submodule_of(f, name);
                if submodule.is_empty() { self.only_in_stub(f, name, key) } else { submodule }
            }
            Value::Folder(hash) => self.folder_member(hash, name, key),
            Value::Symbol(f, s) => self.type_member(f, s, name, key),
        }
    }

    /// A member of a type: its own, or one that an implementation gives it.
    fn type_member(&mut self, file: FileId, symbol: u32, name: &str, key: NameKey) -> Values {
        self.query(Query::Member(file.0, symbol, key), |r| {
            let entry = r.world.file(file);
            let s = &entry.facts.symbols.at(symbol);
            let mut out = Values::new();
            if s.scope != NONE {
                r.lookups.push(member_key(entry.scopes[s.scope as usize], key));
                for b in entry.facts.lookup(s.scope, key) {
                    if let BindTarget::Symbol(m) = b.target {
                        push_new(&mut out, Value::Symbol(file, m));
                    }
                }
            }
            if out.is_empty() && entry.spec().conventions.imports == ImportStyle::ModuleTree {
                out = r.impl_member(file, symbol, name, key);
            }
            out
        })
    }

    /// The type that the receiver of a method has.
    fn self_type(&mut self, entry: &FileEntry, symbol: u32) -> Values {
        if entry.facts.symbols.at(symbol).kind == SymbolKind::Impl {
            return self.impl_type(entry.id, symbol);
        }
        SmallVec::from_slice(&[Value::Symbol(entry.id, symbol)])
    }

    /// Answers a query from memory, or by `f`, remembering it unless it rests on a query under way.
    fn query(&mut self, query: Query, f: impl FnOnce(&mut Self) -> Values) -> Values {
        // Each outermost query has the whole limit: where it is cut follows from the query alone.
        if self.open.is_empty() {
            self.steps = 0;
        }
        // A remembered answer that would overrun a limit is worked out again, so that it is cut where a fresh
        // resolver cuts it.
        if let Some(memo) = self.memory.memo.get(&query)
            && self.steps + memo.steps <= MAX_STEPS
            && self.open.len() + memo.height <= MAX_DEPTH
            && self.memory.cycles.are_apart(&memo.groups, &self.open)
        {
            self.deepest = self.deepest.max(self.open.len() + memo.height);
            self.lookups.extend_from_slice(&memo.lookups);
            self.steps += memo.steps;
            memo.groups.iter().for_each(|g| self.memory.cycles.add(&mut self.rests_on, *g));
            return memo.values.clone();
        }
        if let Some(at) = self.open.iter().rposition(|q| *q == query) {
            self.tainted_by = self.tainted_by.min(at);
            return Values::new();
        }
        if self.steps >= MAX_STEPS || self.open.len() >= MAX_DEPTH {
            // Whoever asked cannot keep what follows from an answer cut short.
            self.tainted_by = 0;
            return Values::new();
        }
        self.steps += 1;
        let depth = self.open.len();
        if depth == 0 {
            self.visited.clear();
        }
        let visited_from = self.visited.len();
        self.visited.push(query);
        self.open.push(query);
        let (outer_taint, outer_steps) = (std::mem::replace(&mut self.tainted_by, usize::MAX), self.steps);
        let outer_deepest = std::mem::replace(&mut self.deepest, self.open.len());
        let outer_groups = std::mem::take(&mut self.rests_on);
        let from = self.lookups.len();
        let values = f(self);
        self.open.pop();
        let height = self.deepest - depth;
        self.deepest = self.deepest.max(outer_deepest);
        // Tainted by itself only: this was the outermost query of the cycle, so its answer is whole.
        let is_whole = self.tainted_by >= depth;
        if is_whole {
            let mut lookups = self.lookups[from..].to_vec();
            lookups.sort_unstable();
            lookups.dedup();
            self.lookups.truncate(from);
            self.lookups.extend_from_slice(&lookups);
            let steps = self.steps - outer_steps + 1;
            if self.tainted_by == depth {
                let group = self.memory.cycles.group(&self.visited[visited_from..]);
                self.memory.cycles.add(&mut self.rests_on, group);
            }
            let groups = self.rests_on.clone();
            let memo = Memo { values: values.clone(), lookups: lookups.into(), steps, height, groups };
            self.memory.memo.insert(query, memo);
            self.tainted_by = outer_taint;
        } else {
            self.tainted_by = self.tainted_by.min(outer_taint);
        }
        // Whatever rests on this answer rests on its cycles, too.
        if depth == 0 {
            self.rests_on.clear();
        } else {
            outer_groups.iter().for_each(|g| self.memory.cycles.add(&mut self.rests_on, *g));
        }
        values
    }
}

/// In what ways a chain is used; decides which names it is matched with.
#[derive(Clone, Copy, Default)]
struct Uses {
    called: bool,
    /// As a type, and as nothing else.
    as_type: bool,
}

fn uses_of_chains(entry: &FileEntry) -> Vec<Uses> {
    let mut out = vec![Uses { called: false, as_type: true }; entry.facts.chains.len()];
    for r in &entry.facts.refs {
        let uses = &mut out[r.chain as usize];
        uses.called |= matches!(r.kind, RefKind::Call | RefKind::Macro | RefKind::Decorator);
        uses.as_type &= matches!(r.kind, RefKind::Type | RefKind::Inherit);
    }
    out
}

fn is_library_macro(entry: &FileEntry, name: u32) -> bool {
    let known = &entry.spec().conventions.library_macros;
    known.binary_search_by(|m| m.as_str().cmp(entry.facts.names.get(name))).is_ok()
}

fn is_common(entry: &FileEntry, name: u32) -> bool {
    entry.spec().is_common_member(entry.facts.names.key(name))
}

/// A symbol as a value: modules stand for their scope.
fn as_value(entry: &FileEntry, symbol: u32) -> Value {
    let s = &entry.facts.symbols.at(symbol);
    if s.kind == SymbolKind::Module && s.scope != NONE {
        Value::Module(entry.id, s.scope)
    } else {
        Value::Symbol(entry.id, symbol)
    }
}

pub(crate) fn push_new(values: &mut Values, value: Value) {
    if !values.contains(&value) {
        values.push(value);
    }
}

/// Whether a symbol can be seen from another file at all.
pub(crate) fn is_visible(entry: &FileEntry, symbol: u32) -> bool {
    entry.facts.symbols.at(symbol).visibility != Visibility::Private
}
