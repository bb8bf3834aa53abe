//! From an expression to its value: what it refers to, or what it is an instance of.
//!
//! Inference is stratified. A question about types has a level; whatever is not declared but seen from another
//! expression (a field, a returned value, a base) is asked one level down, and at level 0 is unknown. So no
//! question leads back to itself, each answer is the same in whatever order questions are asked, and all of them
//! can be remembered.

use lodemap_base::{FileId, NameKey, name_key};
use lodemap_facts::{BindTarget, Chain, ChainIx, NONE, Symbol, SymbolFlags};
use lodemap_grammar::{BindMode, ImportStyle, SymbolKind};
use smallvec::SmallVec;

use super::library::words;
use super::types::{Arguments, Head, MAX_ALTERNATIVES, TypeId, infers, is_parameter, is_tree};
use super::{Resolver, Value, Values, as_value, push_new};
use crate::keys;
use crate::world::FileEntry;

/// Questions about types that are asked from outside begin here.
pub(super) const LEVELS: u8 = 5;
/// Expressions longer than this are not followed in other files.
const MAX_LENGTH: usize = 96;

/// A question about types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum TypeQuery {
    /// The value of an expression.
    Chain(FileId, ChainIx, u8),
    /// The instances of what an expression names as a type.
    Annotated(FileId, ChainIx, u8),
    /// The value of a field, variable or property.
    Value(FileId, u32, u8),
    /// What a function returns.
    Returns(FileId, u32, u8),
    /// A member of the instances of a type.
    Member(FileId, u32, NameKey, u8),
    /// The order in which the bases of a class are searched.
    Order(FileId, u32, u8),
    /// The type parameters of a class.
    Parameters(FileId, u32, u8),
    /// The implementations for a type.
    Impls(FileId, u32),
    /// A member of the implementations for all types.
    Blanket(NameKey),
    /// A member that implementations here give to a type of a library.
    Given(NameKey, NameKey),
}

impl TypeQuery {
    /// The file of whose expression this asks.
    pub(super) fn expression_of(self) -> Option<FileId> {
        match self {
            Self::Chain(file, ..) | Self::Annotated(file, ..) => Some(file),
            _ => None,
        }
    }
}

impl Resolver<'_> {
    /// Notes that what is declared of the type of a symbol was read.
    pub(super) fn read_type(&mut self, file: FileId, symbol: u32) {
        if self.nested > 0 || self.own != Some(file) {
            let entry = self.world.file(file);
            let key = self.world.slot(entry.symbols[symbol as usize]).key;
            self.lookups.push(keys::typed(key));
        }
    }

    /// The value of an expression of any file.
    pub(super) fn eval(&mut self, entry: &FileEntry, chain: ChainIx, level: u8) -> Values {
        if self.nested == 0
            && self.own == Some(entry.id)
            && let Some(found) = self.found.get(chain as usize)
            && level == LEVELS
        {
            return found.values.clone();
        }
        if !is_short(entry, chain) {
            return Values::new();
        }
        self.type_query(TypeQuery::Chain(entry.id, chain, level), |r| {
            r.chain(r.world.file(entry.id), chain, level).values
        })
    }

    pub(super) fn annotated_memo(&mut self, file: FileId, chain: ChainIx, level: u8) -> Values {
        self.type_query(TypeQuery::Annotated(file, chain, level), |r| {
            let entry = r.world.file(file);
            r.annotated(entry, chain, level)
        })
    }

    /// The value of a local name.
    pub(super) fn local(&mut self, entry: &FileEntry, binding: u32, level: u8) -> Values {
        if is_parameter(entry, binding) {
            return self.parameter(entry, binding, level);
        }
        self.bound(entry, binding, level)
    }

    /// What a binding says of the value that it binds.
    fn bound(&mut self, entry: &FileEntry, binding: u32, level: u8) -> Values {
        let b = entry.facts.bindings.at(binding);
        if b.ty != NONE {
            let declared = self.annotated(entry, b.ty, level);
            if b.value != NONE
                && let [Value::Instance(ty)] = declared[..]
                && self.is_open(ty)
            {
                // `let x: Vec<_> = …`: the value says of what.
                let values = self.eval(entry, b.value, level);
                return SmallVec::from_slice(&[Value::Instance(self.completed(ty, &values))]);
            }
            if !declared.is_empty() {
                return declared;
            }
        }
        if let BindTarget::Parameter(method) = b.target
            && b.mode == BindMode::Parameter
            && b.ty == NONE
        {
            let inherited = self.inherited_input(entry, method, entry.facts.names.key(b.name), level);
            if !inherited.is_empty() {
                return inherited;
            }
        }
        if b.value == NONE {
            return Values::new();
        }
        let values = self.eval(entry, b.value, level);
        match b.mode {
            BindMode::For => self.elements_of(entry, &values, level),
            BindMode::With => self.entered(entry, &values, level),
            _ => values,
        }
    }

    /// The type that a base declares of the parameter of that name of the method that this one overrides.
    fn inherited_input(&mut self, entry: &FileEntry, method: u32, name: NameKey, level: u8) -> Values {
        let facts = &entry.facts;
        let s = &facts.symbols.at(method);
        if level == 0 || s.parent == NONE {
            return Values::new();
        }
        let key = facts.names.key(s.name);
        for base in self.order(entry.id, s.parent, level).into_iter().skip(1) {
            let Value::Symbol(f, class) = base else { continue };
            for m in self.own_member(f, class, key) {
                let Value::Symbol(f, m) = m else { continue };
                let inputs = self.inputs_of(f, m);
                let names = &self.world.file(f).facts.names;
                if let Some(input) = inputs.into_iter().find(|i| names.key(i.name) == name) {
                    return self.annotated_memo(f, input.ty, level - 1);
                }
            }
        }
        Values::new()
    }

    /// The value of a definition that is used as one: a field, a variable, a property.
    pub(super) fn value_of(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        self.type_query(TypeQuery::Value(file, symbol, level), |r| {
            let entry = r.world.file(file);
            if !infers(entry) {
                return Values::new();
            }
            r.read_type(file, symbol);
            let s = &entry.facts.symbols.at(symbol);
            match s.kind {
                SymbolKind::Method if s.flags.has(SymbolFlags::PROPERTY) => r.returns(file, symbol, level),
                SymbolKind::Variant => {
                    let parent = s.parent;
                    if parent == NONE {
                        return Values::new();
                    }
                    SmallVec::from_slice(&[r.instance(Head::Symbol(file, parent), Arguments::new())])
                }
                SymbolKind::Field | SymbolKind::Variable | SymbolKind::Constant => {
                    r.declared_value(entry, symbol, level)
                }
                _ => SmallVec::from_slice(&[as_value(entry, symbol)]),
            }
        })
    }

    fn declared_value(&mut self, entry: &FileEntry, symbol: u32, level: u8) -> Values {
        let facts = &entry.facts;
        let s = &facts.symbols.at(symbol);
        let key = facts.names.key(s.name);
        let scope = if s.parent == NONE { 0 } else { facts.symbols.at(s.parent).scope };
        let scope = if scope == NONE { 0 } else { scope };
        let bindings: SmallVec<[u32; 4]> = entry.facts.range_of(scope, key).map(|b| b as u32).collect();
        let is_enum =
            s.kind == SymbolKind::Field && s.parent != NONE && self.is_enum(entry.id, s.parent, level);
        if is_enum {
            return SmallVec::from_slice(
                &[self.instance(Head::Symbol(entry.id, s.parent), Arguments::new())],
            );
        }
        let mut out = Values::new();
        if level == 0 {
            return out;
        }
        for b in &bindings {
            let ty = facts.bindings.at(*b).ty;
            if ty != NONE {
                self.annotated(entry, ty, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        let is_told = |b: &u32| {
            let b = &facts.bindings.at(*b);
            b.value != NONE || b.ty != NONE
        };
        if s.ty != NONE && !bindings.iter().any(is_told) {
            return self.annotated(entry, s.ty, level - 1);
        }
        if !out.is_empty() {
            return self.through_descriptors(entry, s, out, level - 1);
        }
        if let Some((stub, declared)) = self.in_stub(entry.id, symbol) {
            let declared = self.value_of(stub, declared, level);
            if !declared.is_empty() {
                return declared;
            }
        }
        for b in bindings.iter().take(2 * MAX_ALTERNATIVES) {
            let values = self.bound(entry, *b, level - 1);
            for v in self.expressions(values, level - 1) {
                if out.len() < MAX_ALTERNATIVES {
                    push_new(&mut out, v);
                }
            }
        }
        self.through_descriptors(entry, s, out, level - 1)
    }

    /// What reading attributes gives whose classes say so themselves (`__get__`).
    fn through_descriptors(
        &mut self,
        entry: &FileEntry,
        field: &Symbol,
        values: Values,
        level: u8,
    ) -> Values {
        let is_of_class = field.kind == SymbolKind::Field && !field.flags.has(SymbolFlags::ASSIGNED);
        if !is_of_class || level == 0 || is_tree(entry) {
            return values;
        }
        let mut out = Values::new();
        for v in values {
            let mut given = Values::new();
            if let Value::Instance(ty) = v
                && let Head::Symbol(f, s) = self.memory.types.get(ty).head
            {
                for m in self.instance_member(f, s, "__get__", name_key("__get__"), level - 1) {
                    let found = self.called(entry, received(m, ty), level - 1);
                    found.into_iter().for_each(|v| push_new(&mut given, v));
                }
            }
            if given.is_empty() {
                given.push(v);
            }
            given.into_iter().for_each(|v| push_new(&mut out, v));
        }
        out
    }

    pub(super) fn is_enum(&mut self, file: FileId, class: u32, level: u8) -> bool {
        if self.world.file(file).spec().conventions.imports != ImportStyle::Dotted {
            return false;
        }
        let order = self.order(file, class, level);
        order.iter().any(|v| matches!(v, Value::Library(name) if words().enums.contains(name)))
    }

    /// What a function returns.
    pub(super) fn returns(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        self.type_query(TypeQuery::Returns(file, symbol, level), |r| {
            let entry = r.world.file(file);
            r.read_type(file, symbol);
            let facts = &entry.facts;
            let s = &facts.symbols.at(symbol);
            if level == 0 || !infers(entry) {
                return Values::new();
            }
            if s.ty != NONE {
                let declared = r.annotated(entry, s.ty, level - 1);
                if !declared.is_empty() {
                    return declared;
                }
            }
            if let Some((stub, declared)) = r.in_stub(file, symbol) {
                let declared = r.returns(stub, declared, level);
                if !declared.is_empty() {
                    return declared;
                }
            }
            let from = facts.returns.partition_point(|x| x.symbol < symbol);
            let mut out = Values::new();
            for x in facts.returns.from(from).take_while(|x| x.symbol == symbol) {
                let values = r.eval(entry, x.chain, level - 1);
                for v in r.expressions(values, level - 1) {
                    if out.len() < MAX_ALTERNATIVES {
                        push_new(&mut out, v);
                    }
                }
            }
            if s.flags.has(SymbolFlags::GENERATOR) {
                let ty = r.type_of(&out);
                return SmallVec::from_slice(&[r.type_outside("Iterator", &[ty])]);
            }
            out
        })
    }

    /// What calling a value gives.
    pub(super) fn called(&mut self, entry: &FileEntry, of: Value, level: u8) -> Values {
        match of {
            Value::Symbol(f, s) => {
                let target = self.world.file(f);
                let kind = target.facts.symbols.at(s).kind;
                match kind {
                    SymbolKind::Function | SymbolKind::Method => self.returns(f, s, level),
                    SymbolKind::Variant => self.value_of(f, s, level),
                    SymbolKind::Type => self.applied_one(of, &[], level),
                    kind if kind.is_type() => {
                        SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), Arguments::new())])
                    }
                    SymbolKind::Variable | SymbolKind::Constant | SymbolKind::Field => {
                        let values = self.value_of(f, s, level);
                        self.called_again(entry, values, level)
                    }
                    _ => Values::new(),
                }
            }
            Value::Of(f, s, receiver) => {
                let target = &self.world.file(f).facts.symbols.at(s);
                let is_property = target.flags.has(SymbolFlags::PROPERTY);
                match target.kind {
                    SymbolKind::Function | SymbolKind::Method if !is_property => {
                        let values = self.returns(f, s, level);
                        self.seen_from(&values, (f, s), receiver, level)
                    }
                    SymbolKind::Class => {
                        SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), Arguments::new())])
                    }
                    _ => {
                        let values = self.as_expression(of, level);
                        self.called_again(entry, values, level)
                    }
                }
            }
            Value::Instance(ty) => match self.memory.types.get(ty).head {
                Head::Symbol(f, s) if !is_tree(self.world.file(f)) => {
                    let call = self.instance_member(f, s, "__call__", name_key("__call__"), level);
                    let found: Values = call.into_iter().map(|v| received(v, ty)).collect();
                    self.called_again(entry, found, level.saturating_sub(1))
                }
                Head::Library(name) => self.called_outside(entry, name, ty, level),
                Head::Parameter(_) if level > 0 && is_tree(entry) => {
                    let bounds = self.argument_of(ty, 0);
                    let mut out = Values::new();
                    for v in bounds {
                        self.called(entry, v, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
                    }
                    out
                }
                Head::Class(f, s) if self.world.file(f).facts.symbols.at(s).kind.is_callable() => {
                    self.returns(f, s, level.saturating_sub(1))
                }
                Head::Class(f, s) => {
                    SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), Arguments::new())])
                }
                _ => Values::new(),
            },
            Value::Library(name) => self.function_outside(entry, name, &[], level),
            Value::LibraryOf(name, receiver) => self.method_outside(entry, name, receiver, &[], level),
            Value::External | Value::ModuleOutside(_) => SmallVec::from_slice(&[Value::External]),
            Value::Module(..) | Value::Folder(_) | Value::Super(..) => Values::new(),
        }
    }

    /// What calling a value of a library's type gives.
    fn called_outside(&mut self, entry: &FileEntry, name: NameKey, ty: TypeId, level: u8) -> Values {
        if is_tree(entry) {
            return self.called_closure(entry, name, ty, level);
        }
        let w = words();
        let found = if w.callables.contains(&name) {
            let last = self.memory.types.get(ty).args.len().saturating_sub(1);
            self.argument_of(ty, last)
        } else if w.class_objects.contains(&name) {
            self.argument_of(ty, 0)
        } else {
            return self.method_outside(entry, name_key("__call__"), ty, &[], level);
        };
        if found.is_empty() { SmallVec::from_slice(&[Value::External]) } else { found }
    }

    /// What calling a closure or function gives, or something that points to one.
    fn called_closure(&mut self, entry: &FileEntry, name: NameKey, ty: TypeId, level: u8) -> Values {
        let is_function = ["closure", "fn", "Fn", "FnMut", "FnOnce"].iter().any(|f| name_key(f) == name);
        if is_function {
            let held = self.argument_of(ty, 0);
            return if held.is_empty() { SmallVec::from_slice(&[Value::External]) } else { held };
        }
        let Some(inner) = self.pointed(entry, ty).filter(|_| level > 0) else {
            return SmallVec::from_slice(&[Value::External]);
        };
        inner.into_iter().flat_map(|v| self.called(entry, v, level - 1)).collect()
    }

    /// What calling what was found by calling gives: not again, should that be called as well.
    fn called_again(&mut self, entry: &FileEntry, values: Values, level: u8) -> Values {
        if level == 0 {
            return Values::new();
        }
        let mut out = Values::new();
        for v in values {
            let is_callable = match v {
                Value::Symbol(f, s) | Value::Of(f, s, _) => {
                    let kind = self.world.file(f).facts.symbols.at(s).kind;
                    kind.is_callable() || kind.is_type()
                }
                Value::External | Value::ModuleOutside(_) | Value::Library(_) | Value::LibraryOf(..) => true,
                Value::Instance(ty) => match self.memory.types.get(ty).head {
                    Head::Library(_) => true,
                    Head::Symbol(f, _) => !is_tree(self.world.file(f)),
                    _ => false,
                },
                _ => false,
            };
            if is_callable {
                self.called(entry, v, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// What a found definition is as a value: a field stands for what it holds.
    pub(super) fn as_expression(&mut self, of: Value, level: u8) -> Values {
        let is_value = |r: &Self, f: FileId, s: u32| {
            let s = &r.world.file(f).facts.symbols.at(s);
            matches!(
                s.kind,
                SymbolKind::Field | SymbolKind::Variable | SymbolKind::Constant | SymbolKind::Variant
            ) || s.flags.has(SymbolFlags::PROPERTY)
        };
        match of {
            Value::Symbol(f, s) if is_value(self, f, s) => self.value_of(f, s, level),
            Value::Of(f, s, receiver) if is_value(self, f, s) => {
                let values = self.value_of(f, s, level);
                self.seen_from(&values, (f, s), receiver, level)
            }
            Value::LibraryOf(name, receiver) => {
                let held = self.held_outside(name, receiver);
                if held.is_empty() { SmallVec::from_slice(&[of]) } else { held }
            }
            other => SmallVec::from_slice(&[other]),
        }
    }

    /// `.name` of a value.
    pub(super) fn value_member(
        &mut self,
        entry: &FileEntry,
        of: Value,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        let mut out = Values::new();
        for v in self.as_expression(of, level) {
            for found in self.member_of_value(entry, v, text, key, level) {
                push_new(&mut out, found);
            }
        }
        out
    }

    fn member_of_value(
        &mut self,
        entry: &FileEntry,
        of: Value,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        match of {
            Value::Library(name) if !is_tree(entry) => match self.variable_outside(entry, name).first() {
                // A variable whose type is known.
                Some(Value::Instance(ty)) => SmallVec::from_slice(&[Value::LibraryOf(key, *ty)]),
                _ => SmallVec::from_slice(&[Value::Library(key)]),
            },
            Value::External | Value::Library(_) => SmallVec::from_slice(&[Value::Library(key)]),
            Value::LibraryOf(..) => SmallVec::from_slice(&[Value::External]),
            Value::Module(..) | Value::Folder(_) | Value::ModuleOutside(_) => self.member(of, text, key),
            // Only names and modules are followed at the lowest level: types begin above it.
            _ if level == 0 => Values::new(),
            Value::Symbol(f, s) | Value::Of(f, s, _) => {
                let target = self.world.file(f);
                let kind = target.facts.symbols.at(s).kind;
                if !kind.is_type() {
                    return Values::new(); // nothing is known of what functions and macros have
                }
                if is_tree(target) {
                    let ty = self.memory.types.add(Head::Symbol(f, s), Arguments::new());
                    return self.member_of_value(entry, Value::Instance(ty), text, key, level);
                }
                let found = self.instance_member(f, s, text, key, level);
                let is_inherited = |v: &Value| match *v {
                    Value::Symbol(mf, m) => mf != f || self.world.file(mf).facts.symbols.at(m).parent != s,
                    _ => false,
                };
                if kind != SymbolKind::Class || !found.iter().any(is_inherited) {
                    return found;
                }
                // What a base's method says of its own class is said of this one.
                let ty = self.memory.types.add(Head::Symbol(f, s), Arguments::new());
                found.into_iter().map(|v| received(v, ty)).collect()
            }
            Value::Super(f, s) => self.member_after(f, s, key, level),
            Value::Instance(ty) => self.member_of_type(entry, ty, text, key, level),
        }
    }

    /// What a class that makes up its attributes (`__getattr__`) gives for one; `None` if it makes up none.
    fn made_up(&mut self, entry: &FileEntry, f: FileId, s: u32, ty: TypeId, level: u8) -> Option<Values> {
        if level == 0 || is_tree(self.world.file(f)) {
            return None;
        }
        let makers = self.instance_member(f, s, "__getattr__", name_key("__getattr__"), level - 1);
        if makers.is_empty() {
            return None;
        }
        let mut out = Values::new();
        for m in makers {
            let given = self.called(entry, received(m, ty), level - 1);
            given.into_iter().for_each(|v| push_new(&mut out, v));
        }
        Some(out)
    }

    /// Whether a value may have members that are not told: a class makes them up, or its type is not known.
    pub(super) fn may_have_more(&mut self, value: Value) -> bool {
        let Value::Instance(ty) = value else { return false };
        match self.memory.types.get(ty).head {
            Head::Parameter(_) => self.argument_of(ty, 0).is_empty(),
            Head::Symbol(f, s) if !is_tree(self.world.file(f)) => {
                !self.instance_member(f, s, "__getattr__", name_key("__getattr__"), LEVELS - 1).is_empty()
            }
            _ => false,
        }
    }

    fn member_of_type(
        &mut self,
        entry: &FileEntry,
        ty: TypeId,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        if let Ok(index) = text.parse::<usize>() {
            return self.numbered(ty, key, index, level);
        }
        if text == "__class__" {
            let class = match self.memory.types.get(ty).head {
                Head::Symbol(f, s) => self.instance(Head::Class(f, s), Arguments::new()),
                _ => Value::External,
            };
            return SmallVec::from_slice(&[class]);
        }
        match self.memory.types.get(ty).head {
            Head::Symbol(f, s) => {
                let found = self.instance_member(f, s, text, key, level);
                if found.is_empty()
                    && let Some(made) = self.made_up(entry, f, s, ty, level)
                {
                    return made;
                }
                if found.is_empty() {
                    // Known not to have it: what every type has, or what something outside gives it.
                    return SmallVec::from_slice(&[Value::LibraryOf(key, ty)]);
                }
                found.into_iter().map(|v| received(v, ty)).collect()
            }
            Head::Library(name) => {
                if level > 0
                    && let Some(inner) = self.pointed(entry, ty)
                {
                    let mut out = Values::new();
                    for v in inner {
                        for found in self.member_of_value(entry, v, text, key, level - 1) {
                            push_new(&mut out, found);
                        }
                    }
                    if out.iter().any(|v| !matches!(v, Value::LibraryOf(..) | Value::External)) {
                        return out;
                    }
                }
                let given = self.given_to_library(name, key);
                if given.is_empty() {
                    SmallVec::from_slice(&[Value::LibraryOf(key, ty)])
                } else {
                    given.into_iter().map(|v| received(v, ty)).collect()
                }
            }
            Head::Parameter(_) => {
                let mut out = Values::new();
                for v in self.argument_of(ty, 0) {
                    let found = if level == 0 {
                        Values::new()
                    } else {
                        self.member_of_value(entry, v, text, key, level - 1)
                    };
                    found.into_iter().for_each(|v| push_new(&mut out, v));
                }
                out
            }
            Head::Class(f, s) => self.instance_member(f, s, text, key, level),
            Head::Unknown | Head::Union => Values::new(),
        }
    }

    /// The value of a name that is bound in a scope, but is no definition there.
    pub(super) fn bound_value(&mut self, entry: &FileEntry, scope: u32, key: NameKey, level: u8) -> Values {
        let mut out = Values::new();
        if level == 0 {
            return out;
        }
        for b in entry.facts.range_of(scope, key).take(MAX_ALTERNATIVES).map(|b| b as u32) {
            if let BindTarget::Value = entry.facts.bindings.at(b).target {
                self.bound(entry, b, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// Answers a question about types from memory, or by `f`. It has no part in the cycles of names: those below it
    /// are counted anew.
    pub(super) fn type_query(&mut self, query: TypeQuery, f: impl FnOnce(&mut Self) -> Values) -> Values {
        if let Some((values, lookups)) = self.memory.type_memo.get(&query) {
            // The file needs each look-up once, however often it asks.
            if self.nested > 0 || !self.open.is_empty() || self.asked.insert(query) {
                self.lookups.extend_from_slice(lookups);
            }
            return values.clone();
        }
        let open = std::mem::take(&mut self.open);
        let (visited, cycles) = (std::mem::take(&mut self.visited), std::mem::take(&mut self.rests_on));
        let (tainted, steps, deepest) = (
            std::mem::replace(&mut self.tainted_by, usize::MAX),
            std::mem::take(&mut self.steps),
            std::mem::take(&mut self.deepest),
        );
        let from = self.lookups.len();
        self.nested += 1;
        let values = f(self);
        self.nested -= 1;
        (self.open, self.visited, self.rests_on) = (open, visited, cycles);
        (self.tainted_by, self.steps, self.deepest) = (tainted, steps, deepest);
        let mut lookups = self.lookups[from..].to_vec();
        lookups.sort_unstable();
        lookups.dedup();
        self.lookups.truncate(from);
        self.lookups.extend_from_slice(&lookups);
        self.memory.type_memo.insert(query, (values.clone(), lookups.into()));
        values
    }
}

/// A member found on an instance of a type remembers that type.
pub(super) fn received(value: Value, receiver: TypeId) -> Value {
    match value {
        Value::Symbol(f, s) => Value::Of(f, s, receiver),
        other => other,
    }
}

/// Whether an expression is short enough to be followed by recursion.
fn is_short(entry: &FileEntry, chain: ChainIx) -> bool {
    let mut at = chain;
    for _ in 0..MAX_LENGTH {
        let chain = entry.facts.chains.at(at);
        let next = match chain {
            Chain::Local(b) => {
                let b = &entry.facts.bindings.at(b);
                if b.value != NONE { Some(b.value) } else { None }
            }
            other => other.base(),
        };
        match next {
            Some(next) => at = next,
            None => return true,
        }
    }
    false
}
