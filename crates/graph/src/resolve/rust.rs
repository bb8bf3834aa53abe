//! Paths through the tree of Rust modules.

use lodemap_base::{FileId, NameKey, member_key};
use lodemap_facts::{ImportKind, NONE};
use lodemap_grammar::SymbolKind;
use smallvec::SmallVec;

use super::{Found, Query, Resolver, Value, Values, push_new};
use crate::answer::Rule;
use crate::crates::module_files;
use crate::keys;
use crate::world::{FileEntry, SymbolSlot};

impl Resolver<'_> {
    /// A plain name in an expression or type, or the first segment of a path.
    pub(super) fn rust_name(&mut self, entry: &FileEntry, scope: u32, text: &str, key: NameKey) -> Found {
        if text == "Self" {
            let values = self.self_of_scope(entry, scope);
            return Found { rule: (!values.is_empty()).then_some(Rule::Scope), values };
        }
        let (values, rule) = self.rust_root(entry, scope, text, key);
        Found { rule: (!values.is_empty()).then_some(rule), values }
    }

    /// What begins a path: a keyword, a name of the module, or a crate.
    pub(super) fn rust_root(
        &mut self,
        entry: &FileEntry,
        scope: u32,
        text: &str,
        key: NameKey,
    ) -> (Values, Rule) {
        let module = if scope == NONE { 0 } else { self.module_scope(entry, scope) };
        let one = |v: Value| -> Values { SmallVec::from_slice(&[v]) };
        let keyword = match text {
            "crate" | "$crate" => {
                self.lookups.push(entry.place_key);
                let root = self.world.place(entry.id).map_or(entry.id, |p| p.root);
                one(Value::Module(root, 0))
            }
            "self" => one(Value::Module(entry.id, module)),
            "super" => self.parent_module(entry, module).map_or_else(Values::new, one),
            "std" | "core" | "alloc" | "proc_macro" => one(Value::External),
            "" => Values::new(),
            _ => {
                let found = self.through_own_globs(entry, scope, text, key);
                if !found.is_empty() {
                    return (found, Rule::Glob);
                }
                let found = self.lookup(entry.id, module, text, key);
                if !found.is_empty() {
                    return (found, self.binding_rule(entry, module, key));
                }
                self.crate_named(entry, text)
            }
        };
        (keyword, Rule::ModulePath)
    }

    /// What glob imports inside functions bring, from the innermost function outwards.
    fn through_own_globs(&mut self, entry: &FileEntry, mut scope: u32, text: &str, key: NameKey) -> Values {
        while scope != NONE && !entry.facts.scopes.at(scope).is_module {
            if entry.globs.iter().any(|(s, _)| *s == scope) {
                let found = self.lookup(entry.id, scope, text, key);
                if !found.is_empty() {
                    return found;
                }
            }
            scope = entry.facts.scopes.at(scope).parent;
        }
        Values::new()
    }

    /// A crate that the file's package depends on, or its own library.
    fn crate_named(&mut self, entry: &FileEntry, name: &str) -> Values {
        self.lookups.push(entry.place_key);
        let tree = self.world.crates();
        let package = self.world.place(entry.id).and_then(|p| p.package);
        let Some(package) = package.map(|p| &tree.packages[p as usize]) else { return Values::new() };
        self.lookups.push(keys::cargo(package.manifest.as_str()));
        let lib = if package.lib_name == name {
            package.lib
        } else {
            package.dependencies.get(name).and_then(|d| tree.packages[*d as usize].lib)
        };
        lib.map(|f| Value::Module(f, 0)).into_iter().collect()
    }

    /// The module around a scope.
    fn module_scope(&self, entry: &FileEntry, mut scope: u32) -> u32 {
        while scope != NONE && !entry.facts.scopes.at(scope).is_module {
            scope = entry.facts.scopes.at(scope).parent;
        }
        if scope == NONE { 0 } else { scope }
    }

    pub(super) fn parent_module(&mut self, entry: &FileEntry, module: u32) -> Option<Value> {
        if module != 0 {
            let parent = entry.facts.scopes.at(module).parent;
            return Some(Value::Module(entry.id, self.module_scope(entry, parent)));
        }
        self.lookups.push(entry.place_key);
        let (file, scope) = self.world.place(entry.id)?.parent?;
        Some(Value::Module(file, scope))
    }

    fn self_of_scope(&mut self, entry: &FileEntry, mut scope: u32) -> Values {
        while scope != NONE && entry.facts.scopes.at(scope).is_module {
            scope = entry.facts.scopes.at(scope).parent;
        }
        if scope == NONE {
            return Values::new();
        }
        self.self_type(entry, entry.facts.scopes.at(scope).symbol)
    }

    /// The module, or the type, at the first `segments` of an import's path.
    pub(super) fn rust_module(&mut self, entry: &FileEntry, ix: u32, segments: usize) -> Values {
        let import = &entry.facts.imports.at(ix);
        if import.kind == ImportKind::File {
            return self.module_file(entry, ix);
        }
        let names = &entry.facts.names;
        let Some((first, rest)) = import.path[..segments].split_first() else {
            return Values::new();
        };
        if import.kind == ImportKind::Crate {
            return self.crate_or_external(entry, names.get(*first));
        }
        // A path does not begin with what a glob inside a function brings: that may be the one it leads to.
        let scope = if import.scope == NONE { 0 } else { self.module_scope(entry, import.scope) };
        let (mut at, _) = self.rust_root(entry, scope, names.get(*first), names.key(*first));
        if at.is_empty() && !rest.is_empty() || at.is_empty() && import.name != NONE {
            at = SmallVec::from_slice(&[Value::External]);
        }
        for name in rest {
            let mut next = Values::new();
            for value in at {
                let found = match (names.get(*name), value) {
                    ("super", Value::Module(f, s)) => {
                        let entry = self.world.file(f);
                        self.parent_module(entry, s).into_iter().collect()
                    }
                    (text, value) => self.member(value, text, names.key(*name)),
                };
                found.into_iter().for_each(|v| push_new(&mut next, v));
            }
            at = next;
        }
        at
    }

    fn crate_or_external(&mut self, entry: &FileEntry, name: &str) -> Values {
        if name == "self" {
            self.lookups.push(entry.place_key);
            let root = self.world.place(entry.id).map_or(entry.id, |p| p.root);
            return SmallVec::from_slice(&[Value::Module(root, 0)]);
        }
        let found = self.crate_named(entry, name);
        if found.is_empty() { SmallVec::from_slice(&[Value::External]) } else { found }
    }

    /// The file of `mod name;`.
    fn module_file(&mut self, entry: &FileEntry, ix: u32) -> Values {
        self.lookups.push(entry.place_key);
        let is_mod_rs = self.world.crates().is_mod_rs(self.world, entry.id);
        for path in module_files(&entry.path, &entry.facts, is_mod_rs, ix) {
            self.lookups.push(keys::path_lookup(&path));
            if let Some(file) = self.world.file_at(&path) {
                return SmallVec::from_slice(&[Value::Module(file, 0)]);
            }
        }
        Values::new()
    }

    /// A member that an implementation gives to a type.
    pub(super) fn impl_member(&mut self, file: FileId, symbol: u32, _name: &str, key: NameKey) -> Values {
        let entry = self.world.file(file);
        let s = &entry.facts.symbols.at(symbol);
        if s.kind == SymbolKind::Type && s.ty != NONE {
            return Values::new();
        }
        let head = entry.facts.names.key(s.name);
        self.lookups.push(keys::impls(head));
        let mut out = Values::new();
        // In an order that does not tell in which one files came: a limit may cut the list short.
        let mut slots: SmallVec<[SymbolSlot; 8]> =
            self.world.impls_for(head).iter().map(|id| self.world.slot(*id)).collect();
        slots.sort_unstable_by_key(|slot| slot.key);
        for slot in slots {
            let holder = self.world.file(slot.file);
            let block = &holder.facts.symbols.at(slot.symbol);
            if block.scope == NONE {
                continue;
            }
            let scope_key = holder.scopes[block.scope as usize];
            self.lookups.push(member_key(scope_key, key));
            let bindings = holder.facts.lookup(block.scope, key);
            if bindings.is_empty() {
                continue;
            }
            if self.impl_type(slot.file, slot.symbol).contains(&Value::Symbol(file, symbol)) {
                for b in bindings {
                    if let lodemap_facts::BindTarget::Symbol(m) = b.target {
                        push_new(&mut out, Value::Symbol(slot.file, m));
                    }
                }
            }
        }
        // Which implementations there are must not show the order in which files came; inherent ones come first.
        out.sort_by_cached_key(|v| (self.is_of_trait(v), self.place_of(v)));
        out
    }

    /// Whether a member stands in the implementation of a trait.
    fn is_of_trait(&self, value: &Value) -> bool {
        let Value::Symbol(f, s) = *value else { return false };
        let facts = &self.world.file(f).facts;
        let block = facts.symbols.at(s).parent;
        let at = facts.bases.partition_point(|b| b.symbol < block);
        facts.bases.get(at).is_some_and(|b| b.symbol == block)
    }

    pub(super) fn place_of(&self, value: &Value) -> (lodemap_base::RelPath, u32) {
        match value {
            Value::Symbol(f, s) => (self.world.file(*f).path.clone(), *s),
            Value::Module(f, s) => (self.world.file(*f).path.clone(), *s),
            _ => (lodemap_base::RelPath::root(), 0),
        }
    }

    /// The type that an implementation is for.
    pub(super) fn impl_type(&mut self, file: FileId, symbol: u32) -> Values {
        self.query(Query::ImplType(file.0, symbol), |r| {
            let entry = r.world.file(file);
            let ty = entry.facts.symbols.at(symbol).ty;
            if ty == NONE { Values::new() } else { r.type_path(entry, ty) }
        })
    }

    /// A path to a type, outside the resolution of its file.
    fn type_path(&mut self, entry: &FileEntry, chain: u32) -> Values {
        use lodemap_facts::Chain;
        let facts = &entry.facts;
        match facts.chains.at(chain) {
            Chain::Name { scope, name } => {
                self.rust_name(entry, scope, facts.names.get(name), facts.names.key(name)).values
            }
            Chain::Generic { base, .. } => self.type_path(entry, base),
            Chain::Path { base, name } => {
                let mut out = Values::new();
                for b in self.type_path(entry, base) {
                    let found = self.member(b, facts.names.get(name), facts.names.key(name));
                    found.into_iter().for_each(|v| push_new(&mut out, v));
                }
                out
            }
            Chain::Symbol(s) => SmallVec::from_slice(&[Value::Symbol(entry.id, s)]),
            Chain::Import(i) => self.import(entry.id, i),
            _ => Values::new(),
        }
    }
}
