//! Types: what a value is an instance of, as far as the text gives it away.
//!
//! A type is a term: a definition of the repository, a type of a library by its bare name, or a type parameter,
//! with arguments. Terms are interned for the life of a resolver's memory; their numbers order nothing.

use lodemap_base::{FileId, NameKey, name_key, table_bytes};
use lodemap_facts::{BindTarget, Chain, ChainIx, NONE};
use lodemap_grammar::{BindMode, ImportStyle, SymbolKind};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::calls::call_in;
use super::library::words;
use super::values::TypeQuery;
use super::{Resolver, Value, Values, push_new};
use crate::world::FileEntry;

/// A type term of a resolver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct TypeId(u32);

/// Nothing is known.
pub(crate) const UNKNOWN: TypeId = TypeId(0);

/// What a type is, without its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Head {
    Unknown,
    /// A definition.
    Symbol(FileId, u32),
    /// Something outside the repository that is called so.
    Library(NameKey),
    /// A type parameter; the first argument is its bound.
    Parameter(NameKey),
    /// One of the arguments.
    Union,
    /// A definition itself rather than an instance of it.
    Class(FileId, u32),
}

pub(crate) type Arguments = SmallVec<[TypeId; 2]>;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Type {
    pub(crate) head: Head,
    pub(crate) args: Arguments,
}

/// The terms.
pub(crate) struct Types {
    terms: Vec<Type>,
    by_term: FxHashMap<Type, TypeId>,
}

impl Default for Types {
    fn default() -> Self {
        let unknown = Type { head: Head::Unknown, args: Arguments::new() };
        Self { terms: vec![unknown.clone()], by_term: FxHashMap::from_iter([(unknown, UNKNOWN)]) }
    }
}

impl Types {
    /// Bytes held.
    pub(super) fn heap_bytes(&self) -> usize {
        let long = self.terms.iter().filter(|t| t.args.spilled());
        // Each term stands in both tables.
        let long = 2 * long.map(|t| t.args.capacity() * size_of::<TypeId>()).sum::<usize>();
        let table = table_bytes(self.by_term.capacity(), size_of::<(Type, TypeId)>());
        self.terms.capacity() * size_of::<Type>() + table + long
    }

    pub(crate) fn get(&self, id: TypeId) -> &Type {
        &self.terms[id.0 as usize]
    }

    pub(crate) fn add(&mut self, head: Head, args: Arguments) -> TypeId {
        let term = Type { head, args };
        if let Some(id) = self.by_term.get(&term) {
            return *id;
        }
        let id = TypeId(self.terms.len() as u32);
        self.terms.push(term.clone());
        self.by_term.insert(term, id);
        id
    }
}

/// Of so many alternatives the types are followed.
pub(crate) const MAX_ALTERNATIVES: usize = 4;
/// Arguments nested deeper than this are not looked at.
const MAX_NESTING: u32 = 6;

impl Resolver<'_> {
    pub(super) fn instance(&mut self, head: Head, args: Arguments) -> Value {
        Value::Instance(self.memory.types.add(head, args))
    }

    pub(super) fn type_outside(&mut self, name: &str, args: &[TypeId]) -> Value {
        self.instance(Head::Library(name_key(name)), SmallVec::from_slice(args))
    }

    /// The values of a type: its alternatives, each an instance.
    pub(super) fn values_of(&self, ty: TypeId) -> Values {
        let t = self.memory.types.get(ty);
        match t.head {
            Head::Unknown => Values::new(),
            Head::Union => t.args.iter().flat_map(|a| self.values_of(*a)).collect(),
            Head::Class(f, s) => SmallVec::from_slice(&[Value::Symbol(f, s)]),
            _ => SmallVec::from_slice(&[Value::Instance(ty)]),
        }
    }

    /// One type for all of these values; what they are instances of.
    pub(super) fn type_of(&mut self, values: &Values) -> TypeId {
        let mut all = Arguments::new();
        for v in values.iter().take(MAX_ALTERNATIVES) {
            let ty = match *v {
                Value::Instance(ty) => ty,
                Value::Symbol(f, s) => self.memory.types.add(Head::Class(f, s), Arguments::new()),
                Value::Library(name) | Value::LibraryOf(name, _) => {
                    self.memory.types.add(Head::Library(name), Arguments::new())
                }
                _ => continue,
            };
            if !all.contains(&ty) {
                all.push(ty);
            }
        }
        match all[..] {
            [] => UNKNOWN,
            [one] => one,
            _ => self.memory.types.add(Head::Union, all),
        }
    }

    /// The instances of what a chain names as a type.
    pub(super) fn annotated(&mut self, entry: &FileEntry, chain: ChainIx, level: u8) -> Values {
        self.annotated_in(entry, chain, level, 0)
    }

    fn annotated_in(&mut self, entry: &FileEntry, chain: ChainIx, level: u8, nesting: u32) -> Values {
        if nesting > MAX_NESTING {
            return Values::new();
        }
        let facts = &entry.facts;
        match facts.chains.at(chain) {
            Chain::Generic { .. } => {
                let (mut base, mut args) = (chain, Arguments::new());
                while let Chain::Generic { base: inner, argument } = facts.chains.at(base) {
                    let values = if argument == NONE {
                        Values::new()
                    } else {
                        self.annotated_in(entry, argument, level, nesting + 1)
                    };
                    args.push(self.type_of(&values));
                    base = inner;
                }
                args.reverse();
                let heads = self.eval(entry, base, level);
                self.applied(heads, &args, level)
            }
            Chain::Either { base, other } => {
                let mut out = self.annotated_in(entry, base, level, nesting + 1);
                for v in self.annotated_in(entry, other, level, nesting + 1) {
                    push_new(&mut out, v);
                }
                out
            }
            _ => {
                let heads = self.eval(entry, chain, level);
                self.applied(heads, &[], level)
            }
        }
    }

    /// Instances of what is named, with these arguments.
    fn applied(&mut self, heads: Values, args: &[TypeId], level: u8) -> Values {
        let mut out = Values::new();
        for head in heads {
            for v in self.applied_one(head, args, level) {
                push_new(&mut out, v);
            }
        }
        out
    }

    /// Instances of one thing that is named, with these arguments; an alias stands for what it names.
    pub(super) fn applied_one(&mut self, head: Value, args: &[TypeId], level: u8) -> Values {
        let one = |v: Value| -> Values { SmallVec::from_slice(&[v]) };
        match head {
            Value::Symbol(f, s) | Value::Of(f, s, _) => {
                let entry = self.world.file(f);
                let symbol = &entry.facts.symbols.at(s);
                match symbol.kind {
                    SymbolKind::Type if level > 0 && infers(entry) => {
                        self.read_type(f, s);
                        let ty = symbol.ty;
                        if ty == NONE {
                            // An associated type that is only declared: what its bounds give.
                            return self.bounds_of(f, s, level - 1);
                        }
                        let values = self.annotated_memo(f, ty, level - 1);
                        let names = self.parameter_names(f, s, level - 1);
                        self.replaced(&values, &|name| {
                            let at = names.iter().position(|n| *n == name)?;
                            Some(args.get(at).copied().unwrap_or(UNKNOWN))
                        })
                    }
                    SymbolKind::Variable | SymbolKind::Constant | SymbolKind::Field if level > 0 => {
                        self.alias(f, s, args, level)
                    }
                    SymbolKind::Variant => {
                        let parent = symbol.parent;
                        if parent == NONE {
                            Values::new()
                        } else {
                            one(self.instance(Head::Symbol(f, parent), Arguments::new()))
                        }
                    }
                    kind if kind.is_type() => {
                        let (f, s) = self.beside_stub(f, s);
                        one(self.instance(Head::Symbol(f, s), SmallVec::from_slice(args)))
                    }
                    _ => Values::new(),
                }
            }
            Value::Library(name) => self.applied_library(name, args),
            Value::LibraryOf(name, _) => one(self.instance(Head::Library(name), SmallVec::from_slice(args))),
            Value::Instance(ty) => match self.memory.types.get(ty).head {
                Head::Library(name) if !args.is_empty() => self.applied_library(name, args),
                Head::Class(f, s) => one(self.instance(Head::Symbol(f, s), Arguments::new())),
                _ => one(head),
            },
            Value::External | Value::ModuleOutside(_) => one(Value::External),
            Value::Module(..) | Value::Folder(_) | Value::Super(..) => Values::new(),
        }
    }

    /// Instances of what a variable names as a type: `Alias = Node`, `Alias = Optional[Node]`, `T = TypeVar("T")`.
    fn alias(&mut self, file: FileId, symbol: u32, args: &[TypeId], level: u8) -> Values {
        let entry = self.world.file(file);
        let facts = &entry.facts;
        let s = &facts.symbols.at(symbol);
        self.read_type(file, symbol);
        let is_type = |chain: ChainIx| match facts.chains.at(chain) {
            Chain::Either { .. } => true,
            Chain::Generic { .. } => call_in(&facts.chains, chain).is_none(),
            _ => false,
        };
        // What it is assigned is read as its type.
        if s.ty != NONE && !is_tree(entry) && is_type(s.ty) {
            let named = self.annotated_memo(file, s.ty, level - 1);
            if !named.is_empty() {
                return named;
            }
        }
        // A variable of types is told by its own name: another one may be called the same.
        let own = NameKey(self.world.slot(entry.symbols[symbol as usize]).key);
        let mut out = Values::new();
        for v in self.value_of(file, symbol, level - 1) {
            let Value::Instance(ty) = v else {
                if let Value::Symbol(..) = v {
                    self.applied_one(v, args, level - 1).into_iter().for_each(|v| push_new(&mut out, v));
                }
                continue;
            };
            let Type { head, args: held } = self.memory.types.get(ty).clone();
            let v = match head {
                Head::Library(name) if name == words().type_variable => {
                    let bound = held.first().copied().unwrap_or(UNKNOWN);
                    self.instance(Head::Parameter(own), SmallVec::from_slice(&[bound]))
                }
                _ => v,
            };
            match v {
                Value::Instance(_) if args.is_empty() => push_new(&mut out, v),
                _ => self.applied_one(v, args, level - 1).into_iter().for_each(|v| push_new(&mut out, v)),
            }
        }
        out
    }

    /// Whether a type parameter stands anywhere in these values.
    fn have_parameters(&self, values: &Values) -> bool {
        values.iter().any(|v| matches!(v, Value::Instance(ty) if self.has_parameter(*ty, 0)))
    }

    fn applied_library(&mut self, name: NameKey, args: &[TypeId]) -> Values {
        let w = words();
        if w.transparent.contains(&name) && !args.is_empty() {
            // What is awaited gives its last argument: `Coroutine[given, sent, returned]`.
            let last = args.len() - 1;
            return self.values_of(args[if name == w.coroutine { last } else { 0 }]);
        }
        if w.unions.contains(&name) && !args.is_empty() {
            let mut out = Values::new();
            for a in args {
                self.values_of(*a).into_iter().for_each(|v| push_new(&mut out, v));
            }
            return out;
        }
        if w.class_objects.contains(&name)
            && let [arg] = args
            && !matches!(self.memory.types.get(*arg).head, Head::Parameter(_))
        {
            return args.iter().filter_map(|a| self.class_of(*a)).collect();
        }
        let ty = self.memory.types.add(Head::Library(name), SmallVec::from_slice(args));
        SmallVec::from_slice(&[Value::Instance(ty)])
    }

    /// The class of which a type is the instance.
    pub(super) fn class_of(&self, ty: TypeId) -> Option<Value> {
        match self.memory.types.get(ty).head {
            Head::Symbol(f, s) => Some(Value::Symbol(f, s)),
            Head::Library(name) => Some(Value::Library(name)),
            _ => None,
        }
    }

    /// The names of a definition's type parameters, in their order.
    pub(super) fn parameter_names(&mut self, file: FileId, symbol: u32, level: u8) -> SmallVec<[NameKey; 4]> {
        if !infers(self.world.file(file)) {
            return SmallVec::new();
        }
        self.read_type(file, symbol);
        let entry = self.world.file(file);
        let facts = &entry.facts;
        let from = facts.parameters.partition_point(|p| p.symbol < symbol);
        let own = facts.parameters.from(from).take_while(|p| p.symbol == symbol);
        let own: SmallVec<[NameKey; 4]> =
            own.filter(|p| p.bound == NONE).map(|p| facts.names.key(p.name)).collect();
        if !own.is_empty() || is_tree(entry) || level == 0 {
            return own;
        }
        let is_generic = |c: &ChainIx| matches!(facts.chains.at(*c), Chain::Generic { .. });
        if !self.bases_of(file, symbol).iter().any(is_generic) {
            return own;
        }
        let named = self.type_query(TypeQuery::Parameters(file, symbol, level), |r| {
            r.parameters_in_bases(file, symbol, level - 1)
        });
        let name = |v: Value| match v {
            Value::Instance(ty) => match self.memory.types.get(ty).head {
                Head::Parameter(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        named.into_iter().filter_map(name).collect()
    }

    /// The type variables in the bases of a class: those of `Generic` and `Protocol`, or else all of them.
    fn parameters_in_bases(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        let entry = self.world.file(file);
        let mut out = Values::new();
        for chain in self.bases_of(file, symbol) {
            let (mut at, mut args) = (chain, SmallVec::<[ChainIx; 4]>::new());
            while let Chain::Generic { base, argument } = entry.facts.chains.at(at) {
                args.push(argument);
                at = base;
            }
            let heads = self.eval(entry, at, level);
            let lists_all =
                heads.iter().any(|v| matches!(v, Value::Library(n) if words().parameter_lists.contains(n)));
            if lists_all {
                out.clear();
            }
            for argument in args.into_iter().rev().filter(|a| *a != NONE) {
                for v in self.annotated_memo(file, argument, level) {
                    if let Value::Instance(ty) = v {
                        self.parameters_in(ty, &mut out, 0);
                    }
                }
            }
            if lists_all {
                break;
            }
        }
        out
    }

    fn parameters_in(&self, ty: TypeId, out: &mut Values, nesting: u32) {
        let t = self.memory.types.get(ty);
        if let Head::Parameter(_) = t.head {
            push_new(out, Value::Instance(ty));
        } else if nesting < MAX_NESTING {
            t.args.iter().for_each(|a| self.parameters_in(*a, out, nesting + 1));
        }
    }

    /// The type that a type parameter stands for: itself, with its bound.
    pub(super) fn parameter(&mut self, entry: &FileEntry, binding: u32, level: u8) -> Values {
        let facts = &entry.facts;
        let b = &facts.bindings.at(binding);
        let mut bound = b.ty;
        if bound == NONE
            && let BindTarget::Parameter(symbol) = b.target
        {
            let from = facts.parameters.partition_point(|p| p.symbol < symbol);
            let more = facts.parameters.from(from).take_while(|p| p.symbol == symbol);
            bound = more.filter(|p| p.name == b.name).map(|p| p.bound).find(|b| *b != NONE).unwrap_or(NONE);
        }
        let values = if bound == NONE || level == 0 {
            Values::new()
        } else {
            self.annotated_memo(entry.id, bound, level - 1)
        };
        let ty = self.type_of(&values);
        let name = facts.names.key(b.name);
        SmallVec::from_slice(&[self.instance(Head::Parameter(name), SmallVec::from_slice(&[ty]))])
    }

    /// The values with type parameters replaced by what `f` gives for their names.
    pub(super) fn replaced(&mut self, values: &Values, f: &dyn Fn(NameKey) -> Option<TypeId>) -> Values {
        let mut out = Values::new();
        for v in values {
            match *v {
                Value::Instance(ty) => {
                    let ty = self.replace(ty, f, 0);
                    self.values_of(ty).into_iter().for_each(|v| push_new(&mut out, v));
                }
                other => push_new(&mut out, other),
            }
        }
        out
    }

    fn replace(&mut self, ty: TypeId, f: &dyn Fn(NameKey) -> Option<TypeId>, nesting: u32) -> TypeId {
        let Type { head, args } = self.memory.types.get(ty).clone();
        match head {
            Head::Parameter(name) => match f(name) {
                Some(UNKNOWN) | None => ty,
                Some(other) => other,
            },
            _ if args.is_empty() || nesting > MAX_NESTING => ty,
            _ => {
                let args = args.iter().map(|a| self.replace(*a, f, nesting + 1)).collect();
                self.memory.types.add(head, args)
            }
        }
    }

    /// What a member gives, seen from its receiver: type parameters are the receiver's arguments, and its own type
    /// is that of the receiver.
    pub(super) fn seen_from(
        &mut self,
        values: &Values,
        member: (FileId, u32),
        receiver: TypeId,
        level: u8,
    ) -> Values {
        let head = self.memory.types.get(receiver).head;
        let mut values = values.clone();
        let holder = self.holder_of(member.0, member.1);
        if let Head::Symbol(f, _) = head {
            // In Rust, implementations name the parameters of the type itself.
            let seen = match holder {
                Some(holder) if !is_tree(self.world.file(f)) => {
                    if self.have_parameters(&values) {
                        self.as_base(receiver, holder, level)
                    } else {
                        None
                    }
                }
                _ => Some(receiver),
            };
            if let Some(seen) = seen
                && let Type { head: Head::Symbol(f, s), args } = self.memory.types.get(seen).clone()
                && !args.is_empty()
            {
                let names = self.parameter_names(f, s, level);
                values = self.replaced(&values, &|name| {
                    let at = names.iter().position(|n| *n == name)?;
                    args.get(at).copied()
                });
            }
        }
        let own = words().own_type;
        let mut out = Values::new();
        for v in values {
            let is_own = match v {
                Value::Instance(ty) => match self.memory.types.get(ty).head {
                    Head::Library(name) => name == own,
                    Head::Symbol(f, s) => Some((f, s)) == holder && head != Head::Symbol(f, s),
                    // A type variable for whatever the receiver is: `def m(self: T) -> T`.
                    Head::Parameter(_) if matches!(head, Head::Symbol(..)) => {
                        let bound = self.argument_of(ty, 0);
                        matches!(bound[..], [Value::Instance(ty)]
                            if holder.is_some_and(|(f, s)| self.memory.types.get(ty).head == Head::Symbol(f, s)))
                    }
                    _ => false,
                },
                _ => false,
            };
            push_new(&mut out, if is_own { Value::Instance(receiver) } else { v });
        }
        out
    }

    /// Whether a type has arguments of which none is told.
    pub(super) fn is_open(&self, ty: TypeId) -> bool {
        let args = &self.memory.types.get(ty).args;
        !args.is_empty() && args.iter().all(|a| *a == UNKNOWN)
    }

    /// A type with open arguments, with those of values that have as many.
    pub(super) fn completed(&mut self, ty: TypeId, values: &Values) -> TypeId {
        let Type { head, args } = self.memory.types.get(ty).clone();
        let known = values.iter().find_map(|v| match *v {
            Value::Instance(other) => {
                Some(self.memory.types.get(other)).filter(|t| t.args.len() == args.len())
            }
            _ => None,
        });
        match known.map(|t| t.args.clone()) {
            Some(args) => self.memory.types.add(head, args),
            None => ty,
        }
    }

    /// The class or trait that a member stands in.
    fn holder_of(&self, file: FileId, symbol: u32) -> Option<(FileId, u32)> {
        let facts = &self.world.file(file).facts;
        let parent = facts.symbols.at(symbol).parent;
        let is_type = parent != NONE && facts.symbols.at(parent).kind != SymbolKind::Impl;
        is_type.then_some((file, parent))
    }

    /// What the bounds of an associated type or of a trait's parameter give.
    fn bounds_of(&mut self, file: FileId, symbol: u32, level: u8) -> Values {
        let mut out = Values::new();
        for chain in self.bases_of(file, symbol) {
            self.annotated_memo(file, chain, level).into_iter().for_each(|v| push_new(&mut out, v));
        }
        out
    }

    /// The bases that a definition names.
    pub(super) fn bases_of(&mut self, file: FileId, symbol: u32) -> SmallVec<[ChainIx; 4]> {
        if !infers(self.world.file(file)) {
            return SmallVec::new();
        }
        self.read_type(file, symbol);
        let facts = &self.world.file(file).facts;
        let from = facts.bases.partition_point(|b| b.symbol < symbol);
        facts.bases.from(from).take_while(|b| b.symbol == symbol).map(|b| b.chain).collect()
    }
}

/// Whether a binding is one of a type parameter.
pub(super) fn is_parameter(entry: &FileEntry, binding: u32) -> bool {
    entry.facts.bindings.at(binding).mode == BindMode::Type
}

/// Whether types are followed in the language of a file. What is declared of types is a base fact of those alone.
pub(super) fn infers(entry: &FileEntry) -> bool {
    entry.spec().conventions.infers
}

/// Whether it is Python.
pub(super) fn is_dotted(entry: &FileEntry) -> bool {
    entry.spec().conventions.imports == ImportStyle::Dotted
}

/// Whether it is Rust.
pub(super) fn is_tree(entry: &FileEntry) -> bool {
    entry.spec().conventions.imports == ImportStyle::ModuleTree
}
