//! Members of the instances of a type: its own, and those of its bases, traits and implementations.

use lodemap_base::{FileId, NameKey, member_key, name_key};
use lodemap_facts::{BindTarget, Chain, NONE, SymbolFlags};
use lodemap_grammar::SymbolKind;
use smallvec::SmallVec;

use super::types::{Head, is_tree};
use super::values::TypeQuery;
use super::{Resolver, Value, Values, push_new};
use crate::keys;

/// A class has at most so many bases that are looked at.
const MAX_BASES: usize = 64;

impl Resolver<'_> {
    /// The member `name` of the instances of a type.
    pub(super) fn instance_member(
        &mut self,
        file: FileId,
        symbol: u32,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        self.type_query(TypeQuery::Member(file, symbol, key, level), |r| {
            if is_tree(r.world.file(file)) {
                return r.tree_member(file, symbol, text, key, level);
            }
            let mut assigned = Values::new();
            let order = r.order(file, symbol, level);
            for base in &order {
                if let Value::Symbol(f, s) = *base {
                    let own = r.own_member(f, s, key);
                    if own.is_empty() {
                        continue;
                    }
                    if !r.is_assigned(&own) {
                        return own;
                    }
                    // What a method assigns to may be declared by a base.
                    if assigned.is_empty() {
                        assigned = own;
                    }
                }
            }
            if assigned.is_empty() { r.member_in_stubs(&order, key) } else { assigned }
        })
    }

    /// Whether members are there only because a method assigns to them.
    fn is_assigned(&mut self, members: &Values) -> bool {
        members.iter().all(|v| {
            let Value::Symbol(f, s) = *v else { return false };
            self.read_type(f, s);
            let facts = &self.world.file(f).facts;
            let symbol = &facts.symbols.at(s);
            // What a class imports stands in no class.
            if !symbol.flags.has(SymbolFlags::ASSIGNED) || symbol.parent == NONE {
                return false;
            }
            let scope = facts.symbols.at(symbol.parent).scope;
            facts.lookup(scope, facts.names.key(symbol.name)).iter().all(|b| b.ty == NONE)
        })
    }

    /// The member `name` of what comes after a class among its bases.
    pub(super) fn member_after(&mut self, file: FileId, symbol: u32, key: NameKey, level: u8) -> Values {
        let order = self.order(file, symbol, level);
        for base in order.into_iter().skip(1) {
            if let Value::Symbol(f, s) = base {
                let own = self.own_member(f, s, key);
                if !own.is_empty() {
                    return own;
                }
            }
        }
        SmallVec::from_slice(&[Value::External])
    }

    /// A member that stands in a type itself.
    pub(super) fn own_member(&mut self, file: FileId, symbol: u32, key: NameKey) -> Values {
        let entry = self.world.file(file);
        let scope = entry.facts.symbols.at(symbol).scope;
        let mut out = Values::new();
        if scope == NONE {
            return out;
        }
        if self.nested > 0 || self.own != Some(file) {
            self.lookups.push(member_key(entry.scopes[scope as usize], key));
        }
        for b in entry.facts.lookup(scope, key) {
            match b.target {
                BindTarget::Symbol(m) => push_new(&mut out, Value::Symbol(file, m)),
                BindTarget::Import(i) => {
                    self.import(file, i).into_iter().for_each(|v| push_new(&mut out, v));
                }
                _ => {}
            }
        }
        out
    }

    /// The order in which a class and its bases are searched for a member: C3, as far as the bases are known; an
    /// unknown base stands in its place as something outside.
    pub(super) fn order(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        self.type_query(TypeQuery::Order(file, symbol, level), |r| {
            let mut path = Vec::new();
            r.linearised(file, symbol, level.saturating_sub(1), &mut path).into()
        })
    }

    fn linearised(
        &mut self,
        file: FileId,
        symbol: u32,
        level: u8,
        path: &mut Vec<(FileId, u32)>,
    ) -> Vec<Value> {
        let own = Value::Symbol(file, symbol);
        if path.len() >= 24 || path.contains(&(file, symbol)) {
            return vec![];
        }
        path.push((file, symbol));
        let mut lists: Vec<Vec<Value>> = Vec::new();
        let mut direct: Vec<Value> = Vec::new();
        for chain in self.bases_of(file, symbol) {
            let entry = self.world.file(file);
            let mut at = chain;
            while let Chain::Generic { base, .. } = entry.facts.chains.at(at) {
                at = base;
            }
            let found = match entry.facts.chains.at(at) {
                // `class A(Base[T])` is an index where bases are values.
                Chain::Index(base) => self.eval(entry, base, level),
                _ => self.eval(entry, at, level),
            };
            // Of alternatives the first that is ours is taken: they are tried in turn where a module is missing.
            let mut base = None;
            for v in found {
                match v {
                    Value::Symbol(f, s) | Value::Of(f, s, _) => {
                        if let Some(class) = self.class_behind(f, s, level) {
                            base = Some(class);
                            break;
                        }
                    }
                    Value::Library(_) | Value::ModuleOutside(_) | Value::External => base = base.or(Some(v)),
                    _ => {}
                }
            }
            match base {
                Some(Value::Symbol(f, s)) => {
                    lists.push(self.linearised(f, s, level, path));
                    direct.push(Value::Symbol(f, s));
                }
                Some(outside) => {
                    lists.push(vec![outside]);
                    direct.push(outside);
                }
                None => direct.push(Value::External),
            }
        }
        path.pop();
        lists.push(direct);
        let mut out = vec![own];
        while out.len() < MAX_BASES {
            lists.retain(|l| !l.is_empty());
            let is_tail = |v: &Value, lists: &[Vec<Value>]| lists.iter().any(|l| l[1..].contains(v));
            // Where no order serves all, the first base goes first.
            let next =
                lists.iter().map(|l| l[0]).find(|v| !is_tail(v, &lists)).or(lists.first().map(|l| l[0]));
            let Some(next) = next else { break };
            lists.iter_mut().for_each(|l| l.retain(|v| *v != next));
            if !out.contains(&next) {
                out.push(next);
            }
        }
        out
    }

    /// The class that a definition used as a base stands for.
    fn class_behind(&mut self, file: FileId, symbol: u32, level: u8) -> Option<Value> {
        let kind = self.world.file(file).facts.symbols.at(symbol).kind;
        match kind {
            SymbolKind::Class => Some(Value::Symbol(file, symbol)),
            SymbolKind::Variable | SymbolKind::Constant if level > 0 => {
                let values = self.value_of(file, symbol, level);
                values.into_iter().find(|v| match v {
                    Value::Symbol(f, s) => self.world.file(*f).facts.symbols.at(*s).kind == SymbolKind::Class,
                    _ => false,
                })
            }
            _ => None,
        }
    }

    /// A member in Rust: of the type itself, of its implementations, inherent ones first, of the traits that it
    /// implements, and of what it dereferences to.
    fn tree_member(&mut self, file: FileId, symbol: u32, text: &str, key: NameKey, level: u8) -> Values {
        let kind = self.world.file(file).facts.symbols.at(symbol).kind;
        if kind == SymbolKind::Trait {
            let mut seen = Vec::new();
            return self.trait_member(file, symbol, key, &mut seen);
        }
        if kind == SymbolKind::Type {
            let mut out = Values::new();
            if level > 0 {
                self.read_type(file, symbol);
                let ty = self.world.file(file).facts.symbols.at(symbol).ty;
                let values =
                    if ty == NONE { Values::new() } else { self.annotated_memo(file, ty, level - 1) };
                for v in values {
                    if let Value::Instance(ty) = v
                        && let Head::Symbol(f, s) = self.memory.types.get(ty).head
                    {
                        self.instance_member(f, s, text, key, level - 1)
                            .into_iter()
                            .for_each(|v| push_new(&mut out, v));
                    }
                }
            }
            return out;
        }
        let own = self.own_member(file, symbol, key);
        if !own.is_empty() {
            // A method may share its name with a field: both are meant, by different uses.
            let more = self.impl_member(file, symbol, text, key);
            return own.into_iter().chain(more).collect();
        }
        let given = self.impl_member(file, symbol, text, key);
        if !given.is_empty() {
            return given;
        }
        let by_default = self.default_member(file, symbol, key);
        if !by_default.is_empty() || level == 0 {
            return by_default;
        }
        self.dereferenced_member(file, symbol, text, key, level)
    }

    /// A member of a trait or of those that it builds on.
    fn trait_member(
        &mut self,
        file: FileId,
        symbol: u32,
        key: NameKey,
        seen: &mut Vec<(FileId, u32)>,
    ) -> Values {
        if seen.len() > 32 || seen.contains(&(file, symbol)) {
            return Values::new();
        }
        seen.push((file, symbol));
        let own = self.own_member(file, symbol, key);
        if !own.is_empty() {
            return own;
        }
        for base in self.bases_of(file, symbol) {
            for (f, s) in self.traits_named(file, base) {
                let found = self.trait_member(f, s, key, seen);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Values::new()
    }

    /// The traits that a chain names.
    fn traits_named(&mut self, file: FileId, chain: u32) -> SmallVec<[(FileId, u32); 2]> {
        let entry = self.world.file(file);
        let mut at = chain;
        while let Chain::Generic { base, .. } = entry.facts.chains.at(at) {
            at = base;
        }
        let values = self.eval(entry, at, 0);
        let is_trait = |v: Value| match v {
            Value::Symbol(f, s) if self.world.file(f).facts.symbols.at(s).kind == SymbolKind::Trait => {
                Some((f, s))
            }
            _ => None,
        };
        values.into_iter().filter_map(is_trait).collect()
    }

    /// What `Self::name` names as a type inside an implementation: what the trait declares, not what is given for it
    /// here.
    pub(super) fn declared_by_trait(&mut self, value: Value, key: NameKey) -> Values {
        let one: Values = SmallVec::from_slice(&[value]);
        let Value::Symbol(file, symbol) = value else { return one };
        let facts = &self.world.file(file).facts;
        let s = &facts.symbols.at(symbol);
        if s.kind != SymbolKind::Type
            || s.parent == NONE
            || facts.symbols.at(s.parent).kind != SymbolKind::Impl
        {
            return one;
        }
        let block = s.parent;
        let bases = self.bases_of(file, block);
        if bases.is_empty() {
            return one;
        }
        let mut out = Values::new();
        for base in bases {
            for (f, s) in self.traits_named(file, base) {
                let mut seen = Vec::new();
                self.trait_member(f, s, key, &mut seen).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        if out.is_empty() { SmallVec::from_slice(&[Value::External]) } else { out }
    }

    /// A member that the implementation of one trait gives to a type.
    pub(super) fn member_of_impl(&mut self, file: FileId, symbol: u32, of: Value, key: NameKey) -> Values {
        let mut out = Values::new();
        for (holder, block) in self.impls_of(file, symbol) {
            let bases = self.bases_of(holder, block);
            let is_ours = bases.iter().any(|base| {
                self.traits_named(holder, *base).iter().any(|(f, s)| Value::Symbol(*f, *s) == of)
            });
            if is_ours {
                self.own_member(holder, block, key).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// A member that a trait gives to all types that implement it.
    fn default_member(&mut self, file: FileId, symbol: u32, key: NameKey) -> Values {
        let mut out = Values::new();
        for (holder, block) in self.impls_of(file, symbol) {
            for base in self.bases_of(holder, block) {
                for (f, s) in self.traits_named(holder, base) {
                    let mut seen = Vec::new();
                    self.trait_member(f, s, key, &mut seen).into_iter().for_each(|v| push_new(&mut out, v));
                }
            }
        }
        if out.is_empty() {
            out = self.blanket_member(key);
        }
        out
    }

    /// A member of a trait that is implemented for every type with some bound.
    fn blanket_member(&mut self, key: NameKey) -> Values {
        self.type_query(TypeQuery::Blanket(key), |r| {
            r.lookups.push(keys::blanket_member(key));
            let mut out = Values::new();
            for id in r.world.impls_for(keys::blanket()) {
                let slot = r.world.slot(*id);
                let facts = &r.world.file(slot.file).facts;
                let scope = facts.symbols.at(slot.symbol).scope;
                if scope == NONE {
                    continue;
                }
                for b in facts.lookup(scope, key) {
                    if let BindTarget::Symbol(m) = b.target {
                        push_new(&mut out, Value::Symbol(slot.file, m));
                    }
                }
            }
            out.sort_by_cached_key(|v| r.place_of(v));
            out
        })
    }

    /// The implementations for a type, in the order of paths.
    fn impls_of(&mut self, file: FileId, symbol: u32) -> Vec<(FileId, u32)> {
        let blocks = self.type_query(TypeQuery::Impls(file, symbol), |r| {
            let entry = r.world.file(file);
            let head = entry.facts.names.key(entry.facts.symbols.at(symbol).name);
            r.lookups.push(keys::impls(head));
            let slots = r.world.impls_for(head).iter().map(|id| r.world.slot(*id));
            let mut blocks: Values = slots.map(|s| Value::Symbol(s.file, s.symbol)).collect();
            blocks.retain(|v| {
                let Value::Symbol(f, s) = *v else { return false };
                r.impl_type(f, s).contains(&Value::Symbol(file, symbol))
            });
            blocks.sort_by_cached_key(|v| r.place_of(v));
            blocks
        });
        let block = |v: Value| match v {
            Value::Symbol(f, s) => Some((f, s)),
            _ => None,
        };
        blocks.into_iter().filter_map(block).collect()
    }

    /// A member that implementations in the repository give to a type of a library.
    pub(super) fn given_to_library(&mut self, head: NameKey, key: NameKey) -> Values {
        self.type_query(TypeQuery::Given(head, key), |r| r.given_by_all(head, key))
    }

    fn given_by_all(&mut self, head: NameKey, key: NameKey) -> Values {
        self.lookups.push(keys::impls(head));
        let blocks: Vec<(FileId, u32)> = self
            .world
            .impls_for(head)
            .iter()
            .map(|id| self.world.slot(*id))
            .map(|s| (s.file, s.symbol))
            .collect();
        let mut out = Values::new();
        for (file, block) in blocks {
            let is_ours = self.impl_type(file, block).iter().any(|v| matches!(v, Value::Symbol(..)));
            if is_ours {
                continue;
            }
            let own = self.own_member(file, block, key);
            if !own.is_empty() {
                own.into_iter().for_each(|v| push_new(&mut out, v));
                continue;
            }
            for base in self.bases_of(file, block) {
                for (f, s) in self.traits_named(file, base) {
                    let mut seen = Vec::new();
                    self.trait_member(f, s, key, &mut seen).into_iter().for_each(|v| push_new(&mut out, v));
                }
            }
        }
        out.sort_by_cached_key(|v| self.place_of(v));
        out
    }

    /// A member of what `Deref` leads to.
    fn dereferenced_member(
        &mut self,
        file: FileId,
        symbol: u32,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        let target = self.impl_member(file, symbol, "Target", name_key("Target"));
        let mut out = Values::new();
        for v in target {
            let Value::Symbol(f, s) = v else { continue };
            self.read_type(f, s);
            let ty = self.world.file(f).facts.symbols.at(s).ty;
            if ty == NONE {
                continue;
            }
            for v in self.annotated_memo(f, ty, level - 1) {
                if let Value::Instance(ty) = v
                    && let Head::Symbol(f, s) = self.memory.types.get(ty).head
                {
                    self.instance_member(f, s, text, key, level - 1)
                        .into_iter()
                        .for_each(|v| push_new(&mut out, v));
                }
            }
        }
        out
    }
}
