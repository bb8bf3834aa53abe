//! Macros of Rust in other files: those in force where a file is declared, and those that stand at the root of a crate.
//!
//! What stands before a name in its own file is told by the facts. Of other files the order of the text is not looked
//! at: what a module around defines counts, and of several the last.

use lodemap_base::{FileId, NameKey};
use lodemap_facts::{NONE, Visibility};
use lodemap_grammar::SymbolKind;
use smallvec::SmallVec;

use super::{Found, Resolver, Value, Values, push_new};
use crate::answer::Rule;
use crate::keys::{self, NameClass, class_key};
use crate::world::FileEntry;

/// Modules nested deeper than this are not followed outwards.
const MAX_MODULES: usize = 64;

impl Resolver<'_> {
    /// Adds to what a name is found to be the macros that it means where it is used as one.
    pub(super) fn add_macros(&mut self, entry: &FileEntry, scope: u32, key: NameKey, found: &mut Found) {
        let is_macro = |v: &Value| match *v {
            Value::Symbol(f, s) => self.world.file(f).facts.symbols.at(s).kind == SymbolKind::Macro,
            _ => false,
        };
        if found.values.iter().any(is_macro) {
            return;
        }
        let macros = self.macros_around(entry, scope, key, false);
        if macros.is_empty() {
            return;
        }
        found.values.retain(|v| !matches!(v, Value::Library(_)));
        macros.into_iter().for_each(|v| push_new(&mut found.values, v));
        found.rule = found.rule.or(Some(Rule::Scope));
    }

    /// The macros of one name that modules around a scope bring, by other files or by the `own` as well; the nearest
    /// module counts.
    pub(super) fn macros_around(&mut self, entry: &FileEntry, scope: u32, key: NameKey, own: bool) -> Values {
        let candidates = self.macros_named(entry, key);
        if candidates.is_empty() {
            return Values::new();
        }
        let around = self.modules_around(entry, scope);
        let mut best = usize::MAX;
        let mut out = Values::new();
        for (file, symbol) in candidates {
            if file == entry.id && !own {
                continue;
            }
            let Some(at) = self.seen_in(file, symbol, &around) else { continue };
            if at < best {
                (best, out) = (at, Values::new());
            }
            if at == best {
                // The last of a file counts; they come in the order of their places.
                out.retain(|v| !matches!(v, Value::Symbol(f, _) if *f == file));
                push_new(&mut out, Value::Symbol(file, symbol));
            }
        }
        out
    }

    /// All macros of one name, in the order of their places.
    fn macros_named(&mut self, entry: &FileEntry, key: NameKey) -> SmallVec<[(FileId, u32); 4]> {
        self.lookups.push(keys::macros(key));
        let world = self.world;
        let named = world.named(class_key(NameClass::Macro, &entry.spec().family, key)).iter();
        let mut out: SmallVec<[(FileId, u32); 4]> =
            named.map(|id| world.slot(*id)).map(|s| (s.file, s.symbol)).collect();
        out.sort_by_cached_key(|(f, s)| self.place_of(&Value::Symbol(*f, *s)));
        out
    }

    /// The module of a scope and those around it, up to the root of the crate.
    fn modules_around(&mut self, entry: &FileEntry, scope: u32) -> SmallVec<[(FileId, u32); 8]> {
        let mut out = SmallVec::new();
        let scope = if scope == NONE { 0 } else { scope };
        let (mut file, mut scope) = (entry.id, scope);
        while out.len() < MAX_MODULES {
            let holder = self.world.file(file);
            while scope != NONE && !holder.facts.scopes.at(scope).is_module {
                scope = holder.facts.scopes.at(scope).parent;
            }
            let scope_here = if scope == NONE { 0 } else { scope };
            out.push((file, scope_here));
            if scope_here != 0 {
                scope = holder.facts.scopes.at(scope_here).parent;
                continue;
            }
            self.lookups.push(holder.place_key);
            match self.world.place(file).and_then(|p| p.parent) {
                Some(parent) => (file, scope) = parent,
                None => break,
            }
        }
        out
    }

    /// In which of these modules a macro is seen: its own, or one that uses the macros of its module.
    fn seen_in(&mut self, file: FileId, symbol: u32, around: &[(FileId, u32)]) -> Option<usize> {
        let facts = &self.world.file(file).facts;
        let holder = facts.symbols.at(symbol).parent;
        let mut at = match facts.symbols.get(holder as usize) {
            None => (file, 0),
            Some(s) if s.kind == SymbolKind::Module => (file, s.scope),
            Some(_) => return None, // inside a function
        };
        for _ in 0..MAX_MODULES {
            if let Some(found) = around.iter().position(|m| *m == at) {
                return Some(found);
            }
            if at.1 != 0 {
                return None;
            }
            self.lookups.push(self.world.file(at.0).place_key);
            let place = self.world.place(at.0)?;
            at = place.parent.filter(|_| place.uses_macros)?;
        }
        None
    }

    /// The macros of one name that stand at the root of a crate, if the file is one.
    pub(super) fn exported_macros(&mut self, root: FileId, key: NameKey, out: &mut Values) {
        let entry = self.world.file(root);
        self.lookups.push(entry.place_key);
        let is_root = |r: &Self, f: FileId| r.world.place(f).is_some_and(|p| p.root == root);
        if !self.world.place(root).is_some_and(|p| p.root == root) {
            return;
        }
        for (file, symbol) in self.macros_named(entry, key) {
            if self.world.file(file).facts.symbols.at(symbol).visibility != Visibility::Public {
                continue;
            }
            self.lookups.push(self.world.file(file).place_key);
            if is_root(self, file) {
                push_new(out, Value::Symbol(file, symbol));
            }
        }
    }
}
