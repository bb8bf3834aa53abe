//! What values hold: elements, items, parts of tuples, payloads of variants, what contexts and results give.

use lodemap_base::{FileId, NameKey, member_key, name_key};
use lodemap_facts::{Chain, ChainIx, NONE};
use lodemap_grammar::SymbolKind;
use smallvec::SmallVec;

use super::types::{Arguments, Head, TypeId, is_tree};
use super::values::received;
use super::{Resolver, Value, Values, push_new};
use crate::declared::named_parts;
use crate::world::FileEntry;

impl Resolver<'_> {
    /// `.0` of a value: a part of a tuple, or a field without a name.
    pub(super) fn numbered(&mut self, ty: TypeId, key: NameKey, index: usize, level: u8) -> Values {
        match self.memory.types.get(ty).head {
            Head::Symbol(f, s) => {
                let values = self.positional(f, s, key, level);
                self.seen_from(&values, (f, s), ty, level)
            }
            Head::Library(_) => self.argument_of(ty, index),
            _ => Values::new(),
        }
    }

    /// What iterating over values gives.
    pub(super) fn elements_of(&mut self, entry: &FileEntry, values: &Values, level: u8) -> Values {
        let mut out = Values::new();
        for v in values {
            for v in self.as_expression(*v, level) {
                let found = match v {
                    Value::Instance(ty) => self.element_of(entry, ty, level),
                    Value::External | Value::ModuleOutside(_) | Value::Library(_) | Value::LibraryOf(..) => {
                        SmallVec::from_slice(&[Value::External])
                    }
                    // An enumeration's class gives its members.
                    Value::Symbol(f, s) if self.is_class(f, s) && self.is_enum(f, s, level) => {
                        SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), Arguments::new())])
                    }
                    _ => Values::new(),
                };
                found.into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    fn is_class(&self, file: FileId, symbol: u32) -> bool {
        self.world.file(file).facts.symbols.at(symbol).kind == SymbolKind::Class
    }

    pub(super) fn element_of(&mut self, entry: &FileEntry, ty: TypeId, level: u8) -> Values {
        match self.memory.types.get(ty).head {
            Head::Library(_) => {
                if let Some(inner) = self.pointed(entry, ty)
                    && level > 0
                {
                    return self.elements_of(entry, &inner, level - 1);
                }
                let found = self.element_outside(entry, ty);
                if found.is_empty() { SmallVec::from_slice(&[Value::External]) } else { found }
            }
            Head::Symbol(f, s) if level > 0 => {
                let names: &[&str] = if is_tree(self.world.file(f)) {
                    &["next", "into_iter", "iter"]
                } else {
                    &["__iter__", "__aiter__"]
                };
                for name in names {
                    let found = self.instance_member(f, s, name, name_key(name), level - 1);
                    if found.is_empty() {
                        continue;
                    }
                    let found: Values = found.into_iter().map(|v| received(v, ty)).collect();
                    let mut out = Values::new();
                    for v in found {
                        let mut given = self.called(entry, v, level - 1);
                        if given.contains(&Value::Instance(ty)) {
                            // An iterator: it says itself what comes next.
                            given.retain(|v| *v != Value::Instance(ty));
                            for name in ["__next__", "__anext__"] {
                                for m in self.instance_member(f, s, name, name_key(name), level - 1) {
                                    let next = self.called(entry, received(m, ty), level - 1);
                                    next.into_iter().for_each(|v| push_new(&mut out, v));
                                }
                            }
                        }
                        self.elements_of(entry, &given, level - 1)
                            .into_iter()
                            .for_each(|v| push_new(&mut out, v));
                    }
                    return out;
                }
                let bases = self.bases_outside(f, s, level - 1);
                self.elements_of(entry, &bases, level - 1)
            }
            Head::Parameter(_) if level > 0 => {
                let inner = self.argument_of(ty, 0);
                self.elements_of(entry, &inner, level - 1)
            }
            _ => Values::new(),
        }
    }

    /// What an index into values gives.
    pub(super) fn items_of(&mut self, entry: &FileEntry, values: &Values, level: u8) -> Values {
        let mut out = Values::new();
        for v in values {
            for v in self.as_expression(*v, level) {
                let found = match v {
                    Value::Instance(ty) => self.item_of(entry, ty, level),
                    Value::External | Value::ModuleOutside(_) | Value::Library(_) | Value::LibraryOf(..) => {
                        SmallVec::from_slice(&[Value::External])
                    }
                    // `Class[Argument]()`: a generic class with its arguments.
                    Value::Symbol(f, s) if self.is_class(f, s) => SmallVec::from_slice(&[v]),
                    _ => Values::new(),
                };
                found.into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    fn item_of(&mut self, entry: &FileEntry, ty: TypeId, level: u8) -> Values {
        match self.memory.types.get(ty).head {
            Head::Library(_) => {
                if let Some(inner) = self.pointed(entry, ty)
                    && level > 0
                {
                    return self.items_of(entry, &inner, level - 1);
                }
                let found = self.item_outside(entry, ty);
                if found.is_empty() { SmallVec::from_slice(&[Value::External]) } else { found }
            }
            Head::Symbol(f, s) if level > 0 => {
                let name = if is_tree(self.world.file(f)) { "index" } else { "__getitem__" };
                let found = self.instance_member(f, s, name, name_key(name), level - 1);
                if found.is_empty() {
                    let bases = self.bases_outside(f, s, level - 1);
                    return self.items_of(entry, &bases, level - 1);
                }
                let mut out = Values::new();
                for v in found {
                    self.called(entry, received(v, ty), level - 1)
                        .into_iter()
                        .for_each(|v| push_new(&mut out, v));
                }
                out
            }
            _ => Values::new(),
        }
    }

    /// The instances of types of libraries that a class builds on, with their arguments.
    fn bases_outside(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        let mut out = Values::new();
        for chain in self.bases_of(file, symbol) {
            for v in self.annotated_memo(file, chain, level) {
                if matches!(v, Value::Instance(ty) if matches!(self.memory.types.get(ty).head, Head::Library(_)))
                {
                    push_new(&mut out, v);
                }
            }
        }
        out
    }

    /// What entering values as contexts gives.
    pub(super) fn entered(&mut self, entry: &FileEntry, values: &Values, level: u8) -> Values {
        let mut out = Values::new();
        for v in values {
            for v in self.as_expression(*v, level) {
                let found = match v {
                    Value::Instance(ty) => match self.memory.types.get(ty).head {
                        // Of several kinds of exceptions one is caught.
                        Head::Library(name) if name == name_key("tuple") => {
                            let args = self.memory.types.get(ty).args.clone();
                            args.iter().flat_map(|a| self.values_of(*a)).collect()
                        }
                        Head::Library(_) => {
                            let held = self.argument_of(ty, 0);
                            if held.is_empty() { SmallVec::from_slice(&[v]) } else { held }
                        }
                        Head::Symbol(f, s) if level > 0 => {
                            let mut given = Values::new();
                            for name in ["__enter__", "__aenter__"] {
                                for m in self.instance_member(f, s, name, name_key(name), level - 1) {
                                    let found = self.called(entry, received(m, ty), level - 1);
                                    found.into_iter().for_each(|v| push_new(&mut given, v));
                                }
                            }
                            if given.is_empty() { SmallVec::from_slice(&[v]) } else { given }
                        }
                        _ => SmallVec::from_slice(&[v]),
                    },
                    other => SmallVec::from_slice(&[other]),
                };
                found.into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// What `?` or `await` takes out of values.
    pub(super) fn taken_out(&mut self, values: &Values, holders: &[&str], level: u8) -> Values {
        let mut out = Values::new();
        for v in values {
            for v in self.as_expression(*v, level) {
                let found = match v {
                    Value::Instance(ty) => match self.memory.types.get(ty).head {
                        Head::Library(name) if holders.iter().any(|h| name_key(h) == name) => {
                            // `Coroutine[given, sent, returned]`
                            let args = self.memory.types.get(ty).args.len();
                            let at = if name == name_key("Coroutine") { args.saturating_sub(1) } else { 0 };
                            let held = self.argument_of(ty, at);
                            if held.is_empty() { SmallVec::from_slice(&[Value::External]) } else { held }
                        }
                        _ => SmallVec::from_slice(&[v]),
                    },
                    other => SmallVec::from_slice(&[other]),
                };
                found.into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// The part of a tuple, or of what a variant holds.
    pub(super) fn part(&mut self, entry: &FileEntry, base: ChainIx, index: u32, level: u8) -> Values {
        if let Chain::Payload { base: variant, value } = entry.facts.chains.at(base) {
            return self.payload(entry, variant, value, index, level);
        }
        let mut out = Values::new();
        for v in self.eval(entry, base, level) {
            for v in self.as_expression(v, level) {
                let found = match v {
                    Value::Instance(ty) => match self.memory.types.get(ty).head {
                        Head::Library(name) if name == name_key("tuple") || name == name_key("Tuple") => {
                            self.argument_of(ty, index as usize)
                        }
                        Head::Symbol(f, s) if level > 0 && !is_tree(self.world.file(f)) => {
                            match self.named_part(f, s, index) {
                                Some(field) => {
                                    let values = self.value_of(f, field, level - 1);
                                    self.seen_from(&values, (f, field), ty, level - 1)
                                }
                                None => self.item_of(entry, ty, level),
                            }
                        }
                        _ => self.item_of(entry, ty, level),
                    },
                    Value::External => SmallVec::from_slice(&[Value::External]),
                    _ => Values::new(),
                };
                found.into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// The field of a tuple with names that stands at an index.
    fn named_part(&mut self, file: FileId, class: u32, index: u32) -> Option<u32> {
        self.read_type(file, class);
        named_parts(&self.world.file(file).facts, class).nth(index as usize)
    }

    fn payload(
        &mut self,
        entry: &FileEntry,
        variant: ChainIx,
        value: ChainIx,
        index: u32,
        level: u8,
    ) -> Values {
        let name = index.to_string();
        let key = name_key(&name);
        let mut out = Values::new();
        for v in self.eval(entry, variant, level) {
            let found = match v {
                Value::Symbol(f, s) | Value::Of(f, s, _) => self.positional(f, s, key, level),
                Value::Library(which) if value != NONE => {
                    let at = usize::from(which == name_key("Err"));
                    let whole = self.eval(entry, value, level);
                    let mut held = Values::new();
                    for v in whole {
                        for v in self.as_expression(v, level) {
                            match v {
                                Value::Instance(ty) => {
                                    self.argument_of(ty, at).into_iter().for_each(|v| push_new(&mut held, v));
                                }
                                Value::External => push_new(&mut held, Value::External),
                                _ => {}
                            }
                        }
                    }
                    held
                }
                _ => Values::new(),
            };
            found.into_iter().for_each(|v| push_new(&mut out, v));
        }
        out
    }

    /// The type of a field without a name.
    fn positional(&mut self, file: FileId, symbol: u32, key: NameKey, level: u8) -> Values {
        let entry = self.world.file(file);
        let scope = entry.facts.symbols.at(symbol).scope;
        if scope == NONE || level == 0 {
            return Values::new();
        }
        if self.nested > 0 || self.own != Some(file) {
            self.lookups.push(member_key(entry.scopes[scope as usize], key));
        }
        let mut out = Values::new();
        for b in entry.facts.range_of(scope, key).map(|b| b as u32) {
            let ty = entry.facts.bindings.at(b).ty;
            if ty != NONE {
                self.annotated_memo(file, ty, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }
}
