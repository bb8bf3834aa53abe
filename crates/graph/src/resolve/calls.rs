//! What calls give where that depends on their arguments: type parameters are bound by what is given for them.

use lodemap_base::{FileId, NameKey, name_key};
use lodemap_facts::{Chain, ChainIx, Input, NONE, Packed};
use lodemap_grammar::SymbolKind;
use smallvec::SmallVec;

use super::library::bare;
use super::stubs::{Stubs, as_call, forms, split};
use super::types::{Arguments, Head, TypeId, UNKNOWN, is_tree};
use super::{Resolver, Value, Values, push_new};
use crate::world::FileEntry;

/// What is known of type parameters.
type Bound = SmallVec<[(NameKey, TypeId); 4]>;

/// Types nested deeper than this are not compared.
const MAX_NESTING: u32 = 5;
/// Bases of library classes further away than this are not searched.
const MAX_BASES: u32 = 6;

/// The call that a chain with arguments is, with them.
pub(super) fn call_in(chains: &Packed<Chain>, ix: ChainIx) -> Option<(ChainIx, SmallVec<[ChainIx; 4]>)> {
    let (mut at, mut given) = (ix, SmallVec::new());
    while let Chain::Generic { base, argument } = chains.at(at) {
        given.push(argument);
        at = base;
    }
    given.reverse();
    match chains.at(at) {
        Chain::Call(callee) => Some((callee, given)),
        _ => None,
    }
}

impl Resolver<'_> {
    /// What a call with arguments gives.
    pub(super) fn call_with(
        &mut self,
        entry: &FileEntry,
        callee: ChainIx,
        given: &[ChainIx],
        level: u8,
    ) -> Values {
        let mut out = Values::new();
        let mut types: Option<SmallVec<[TypeId; 4]>> = None;
        let is_self = matches!(entry.facts.chains.at(callee), Chain::SelfValue(_));
        for v in self.eval(entry, callee, level) {
            let found = match v {
                // `cls(x)` in a class method.
                Value::Instance(_) if is_self => SmallVec::from_slice(&[v]),
                Value::Library(name) if !is_tree(entry) => {
                    let types = self.given_types(entry, given, level, &mut types);
                    self.function_outside(entry, name, &types, level)
                }
                Value::LibraryOf(name, receiver) if !is_tree(entry) => {
                    let types = self.given_types(entry, given, level, &mut types);
                    self.method_outside(entry, name, receiver, &types, level)
                }
                Value::Library(name) if Self::takes_argument(entry, name) => {
                    let types = self.given_types(entry, given, level, &mut types);
                    self.function_outside(entry, name, &types, level)
                }
                // `Arc::new(x)`, `Arc::clone(x)`
                Value::LibraryOf(_, ty)
                    if !matches!(entry.facts.chains.at(callee), Chain::Member { .. })
                        && matches!(self.memory.types.get(ty).head, Head::Library(_))
                        && self.memory.types.get(ty).args.is_empty() =>
                {
                    let argument = given.first().copied().filter(|g| *g != NONE);
                    let held = argument.map_or_else(Values::new, |g| self.eval(entry, g, level));
                    let held = self.expressions(held, level);
                    let head = self.memory.types.get(ty).head;
                    let is_same =
                        |v: &Value| matches!(v, Value::Instance(t) if self.memory.types.get(*t).head == head);
                    match held.iter().any(is_same) {
                        true => held,
                        false => self.with_argument(SmallVec::from_slice(&[Value::Instance(ty)]), &held),
                    }
                }
                Value::LibraryOf(name, receiver) => {
                    let types = self.given_types(entry, given, level, &mut types);
                    self.method_outside(entry, name, receiver, &types, level)
                }
                v => {
                    let values = self.called(entry, v, level);
                    if is_tree(entry) || !self.asks_for_arguments(v, &values, level) {
                        values
                    } else {
                        let types = self.given_types(entry, given, level, &mut types);
                        self.bound_by(entry, v, values, &types, level)
                    }
                }
            };
            found.into_iter().for_each(|v| push_new(&mut out, v));
        }
        out
    }

    /// The types of arguments.
    fn given_types(
        &mut self,
        entry: &FileEntry,
        given: &[ChainIx],
        level: u8,
        known: &mut Option<SmallVec<[TypeId; 4]>>,
    ) -> SmallVec<[TypeId; 4]> {
        if let Some(types) = known {
            return types.clone();
        }
        let mut types = SmallVec::new();
        for argument in given {
            let values = if *argument == NONE { Values::new() } else { self.eval(entry, *argument, level) };
            let values = self.expressions(values, level);
            types.push(self.type_of(&values));
        }
        *known = Some(types.clone());
        types
    }

    /// Whether what a call gave may depend on its arguments.
    fn asks_for_arguments(&mut self, callee: Value, values: &Values, level: u8) -> bool {
        let has_parameter = |v: &Value| matches!(v, Value::Instance(ty) if self.has_parameter(*ty, 0));
        if values.iter().any(has_parameter) {
            return true;
        }
        match callee {
            Value::Symbol(f, s) | Value::Of(f, s, _) => {
                let kind = self.world.file(f).facts.symbols.at(s).kind;
                kind == SymbolKind::Class && !self.parameter_names(f, s, level).is_empty()
            }
            _ => false,
        }
    }

    pub(super) fn has_parameter(&self, ty: TypeId, nesting: u32) -> bool {
        let t = self.memory.types.get(ty);
        matches!(t.head, Head::Parameter(_))
            || nesting < MAX_NESTING && t.args.iter().any(|a| self.has_parameter(*a, nesting + 1))
    }

    /// What a call gave, with type parameters replaced by what the arguments say of them.
    fn bound_by(
        &mut self,
        entry: &FileEntry,
        callee: Value,
        values: Values,
        given: &[TypeId],
        level: u8,
    ) -> Values {
        let (Value::Symbol(f, s) | Value::Of(f, s, _)) = callee else { return values };
        let kind = self.world.file(f).facts.symbols.at(s).kind;
        if level == 0 {
            return values;
        }
        if kind != SymbolKind::Class {
            let bound = self.bound_in(entry, (f, s), given, level - 1);
            return self.replaced(&values, &|name| of(&bound, name));
        }
        let names = self.parameter_names(f, s, level);
        let maker = ["__init__", "__new__"].iter().find_map(|name| {
            let found = self.instance_member(f, s, name, name_key(name), level - 1);
            found.into_iter().find_map(|v| match v {
                Value::Symbol(f, s) => Some((f, s)),
                _ => None,
            })
        });
        let Some(maker) = maker else { return values };
        let bound = self.bound_in(entry, maker, given, level - 1);
        let args: Arguments = names.iter().map(|n| of(&bound, *n).unwrap_or(UNKNOWN)).collect();
        SmallVec::from_slice(&[self.instance(Head::Symbol(f, s), args)])
    }

    /// What arguments say of the type parameters of a function.
    fn bound_in(&mut self, entry: &FileEntry, function: (FileId, u32), given: &[TypeId], level: u8) -> Bound {
        let mut bound = Bound::new();
        for input in self.inputs_of(function.0, function.1) {
            if let Some(ty) = given.get(input.index as usize) {
                let declared = self.annotated_memo(function.0, input.ty, level);
                let declared = self.type_of(&declared);
                self.unify(entry, declared, *ty, level, &mut bound, 0);
            }
        }
        bound
    }

    /// The parameters of a function that declare their types.
    pub(super) fn inputs_of(&mut self, file: FileId, symbol: u32) -> SmallVec<[Input; 4]> {
        self.read_type(file, symbol);
        let facts = &self.world.file(file).facts;
        let from = facts.inputs.partition_point(|i| i.symbol < symbol);
        facts.inputs.from(from).take_while(|i| i.symbol == symbol).collect()
    }

    /// Learns from a value of type `given`, where one of type `declared` is asked for, what type parameters are.
    fn unify(
        &mut self,
        entry: &FileEntry,
        declared: TypeId,
        given: TypeId,
        level: u8,
        bound: &mut Bound,
        nesting: u32,
    ) {
        if given == UNKNOWN || nesting > MAX_NESTING || !self.has_parameter(declared, 0) {
            return;
        }
        let (d, g) = (self.memory.types.get(declared).clone(), self.memory.types.get(given).clone());
        match (d.head, g.head) {
            (Head::Parameter(name), _) => match bound.iter_mut().find(|b| b.0 == name) {
                None => bound.push((name, given)),
                // Of several arguments for one parameter it is any.
                Some(known) if known.1 != given => {
                    let both = self.values_of(known.1).into_iter().chain(self.values_of(given)).collect();
                    known.1 = self.type_of(&both);
                }
                Some(_) => {}
            },
            (Head::Union, _) => {
                // What stands in no brackets takes anything, so it comes last.
                let is_plain =
                    |r: &Self, ty: &TypeId| matches!(r.memory.types.get(*ty).head, Head::Parameter(_));
                let (plain, others): (Vec<TypeId>, Vec<TypeId>) =
                    d.args.iter().partition(|a| is_plain(self, a));
                let before = bound.len();
                for a in others {
                    self.unify(entry, a, given, level, bound, nesting + 1);
                }
                if bound.len() == before {
                    plain.iter().for_each(|a| self.unify(entry, *a, given, level, bound, nesting + 1));
                }
            }
            (_, Head::Union) => {
                for g in g.args {
                    self.unify(entry, declared, g, level, bound, nesting + 1);
                }
            }
            (Head::Symbol(f, s), Head::Symbol(..)) if level > 0 => {
                if let Some(as_base) = self.as_base(given, (f, s), level) {
                    let args = self.memory.types.get(as_base).args.clone();
                    for (d, g) in d.args.iter().zip(args) {
                        self.unify(entry, *d, g, level, bound, nesting + 1);
                    }
                }
            }
            (Head::Library(name), _) => {
                self.unify_outside(entry, (name, &d.args), (given, g.head, &g.args), level, bound, nesting);
            }
            _ => {}
        }
    }

    fn unify_outside(
        &mut self,
        entry: &FileEntry,
        (name, args): (NameKey, &Arguments),
        (given, head, held): (TypeId, Head, &Arguments),
        level: u8,
        bound: &mut Bound,
        nesting: u32,
    ) {
        let is = |names: &[&str]| names.iter().any(|n| name_key(n) == name);
        let (Some(last), Some(first)) = (args.last().copied(), args.first().copied()) else { return };
        let nesting = nesting + 1;
        if is(&["Callable"]) {
            let result = match head {
                Head::Library(h) if h == name => held.last().copied().unwrap_or(UNKNOWN),
                Head::Class(f, s) if level > 0 => {
                    let values = self.called(entry, Value::Symbol(f, s), level - 1);
                    self.type_of(&values)
                }
                _ => UNKNOWN,
            };
            self.unify(entry, last, result, level, bound, nesting);
        } else if is(&["type", "Type"]) {
            if let Head::Class(f, s) = head {
                let made = self.memory.types.add(Head::Symbol(f, s), Arguments::new());
                self.unify(entry, first, made, level, bound, nesting);
            }
        } else if is(&["Awaitable", "Coroutine", "Future", "Task"]) {
            // A function that is awaited is told by what it gives then.
            let result = match head {
                Head::Library(_) if !held.is_empty() => held.last().copied().unwrap_or(UNKNOWN),
                Head::Library(_) => UNKNOWN,
                _ => given,
            };
            self.unify(entry, last, result, level, bound, nesting);
        } else if head == Head::Library(name) || args.len() > 1 && held.len() == args.len() {
            for (d, g) in args.iter().zip(held) {
                self.unify(entry, *d, *g, level, bound, nesting);
            }
        } else if args.len() == 1 && level > 0 {
            let values = self.element_of(entry, given, level - 1);
            let element = self.type_of(&values);
            self.unify(entry, first, element, level, bound, nesting);
        }
    }

    /// A type as the class or base `class` of it, with that one's arguments.
    pub(super) fn as_base(&mut self, ty: TypeId, class: (FileId, u32), level: u8) -> Option<TypeId> {
        let Head::Symbol(f, s) = self.memory.types.get(ty).head else { return None };
        if (f, s) == class {
            return Some(ty);
        }
        if level == 0 {
            return None;
        }
        let args = self.memory.types.get(ty).args.clone();
        let names = self.parameter_names(f, s, level);
        for chain in self.bases_of(f, s) {
            for v in self.annotated_memo(f, chain, level - 1) {
                let base: Values = SmallVec::from_slice(&[v]);
                let base = self.replaced(&base, &|n| args.get(names.iter().position(|x| *x == n)?).copied());
                if let Some(Value::Instance(ty)) = base.first()
                    && let Some(found) = self.as_base(*ty, class, level - 1)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The type parameters of a class of a library, which has no names for them.
    pub(super) fn class_parameters(&mut self, count: usize) -> Arguments {
        let parameter = |i: usize| Head::Parameter(name_key(&format!("${i}")));
        (0..count).map(|i| self.memory.types.add(parameter(i), SmallVec::from_slice(&[UNKNOWN]))).collect()
    }

    /// A member that the stubs tell of a type, and the type as the class that has it.
    pub(super) fn stub_member(
        &mut self,
        stubs: &'static Stubs,
        of: TypeId,
        name: NameKey,
        is_method: bool,
        depth: u32,
    ) -> Option<(&'static str, TypeId)> {
        let Head::Library(head) = self.memory.types.get(of).head else { return None };
        if let Some(forms) = stubs.member(head, name, is_method) {
            return Some((forms, of));
        }
        if depth > MAX_BASES {
            return None;
        }
        for base in stubs.bases(head) {
            let base = self.stub_term(base, of, 0);
            if let Some(found) = self.stub_member(stubs, base, name, is_method, depth + 1) {
                return Some(found);
            }
        }
        None
    }

    /// What a call gives by the form that has as many parameters as there are arguments, or by the first.
    pub(super) fn stub_call(
        &mut self,
        entry: &FileEntry,
        value: &'static str,
        receiver: TypeId,
        given: &[TypeId],
        level: u8,
    ) -> Option<Values> {
        let calls: SmallVec<[_; 4]> = forms(value).map(|f| (f, as_call(f))).collect();
        let fits = |call: &&(&str, Option<(SmallVec<[&str; 4]>, _)>)| {
            call.1.as_ref().is_some_and(|(parameters, _)| parameters.len() == given.len())
        };
        let (form, call) = calls.iter().find(fits).or(calls.first())?;
        let mut bound = Bound::new();
        let result = match call {
            None => self.stub_term(form, receiver, 0),
            Some((parameters, result)) => {
                for (i, ty) in given.iter().enumerate() {
                    let Some(parameter) =
                        parameters.get(i).or(parameters.last().filter(|p| p.starts_with('*')))
                    else {
                        break;
                    };
                    let declared = self.stub_term(parameter.trim_start_matches('*'), receiver, 0);
                    self.unify(entry, declared, *ty, level, &mut bound, 0);
                }
                self.stub_term(result, receiver, 0)
            }
        };
        let values = self.values_of(result);
        let values = self.replaced(&values, &|name| Some(of(&bound, name).unwrap_or(UNKNOWN)));
        let values = self.without_parameters(values);
        (!values.is_empty()).then_some(values)
    }

    /// The type that a form says.
    pub(super) fn stub_type(&mut self, value: &'static str, receiver: TypeId) -> Values {
        let Some(form) = forms(value).next() else { return Values::new() };
        let ty = self.stub_term(form, receiver, 0);
        self.values_of(ty)
    }

    /// The values without those that are a type parameter nothing is known of.
    fn without_parameters(&self, values: Values) -> Values {
        let is_known = |v: &Value| match v {
            Value::Instance(ty) => !matches!(self.memory.types.get(*ty).head, Head::Parameter(_)),
            _ => true,
        };
        values.into_iter().filter(is_known).collect()
    }

    fn stub_term(&mut self, form: &'static str, receiver: TypeId, nesting: u32) -> TypeId {
        if nesting > MAX_NESTING {
            return UNKNOWN;
        }
        let alternatives = split(form, '|');
        if alternatives.len() > 1 {
            let mut args = Arguments::new();
            for a in alternatives {
                let ty = self.stub_term(a, receiver, nesting + 1);
                if ty != UNKNOWN && !args.contains(&ty) {
                    args.push(ty);
                }
            }
            return match args[..] {
                [] => UNKNOWN,
                [one] => one,
                _ => self.memory.types.add(Head::Union, args),
            };
        }
        match form {
            "?" | "..." | "" => UNKNOWN,
            "self" => receiver,
            _ if form.starts_with('%') => {
                let head = Head::Parameter(name_key(form));
                self.memory.types.add(head, SmallVec::from_slice(&[UNKNOWN]))
            }
            _ => {
                if let Some(n) = form.strip_prefix('$') {
                    let args = &self.memory.types.get(receiver).args;
                    return n.parse().ok().and_then(|n: usize| args.get(n).copied()).unwrap_or(UNKNOWN);
                }
                let (name, rest) = form.split_once('[').unwrap_or((form, ""));
                let inside = rest.strip_suffix(']').unwrap_or(rest);
                let mut args = Arguments::new();
                for argument in split(inside, ',').into_iter().filter(|a| *a != "...") {
                    args.push(self.stub_term(argument, receiver, nesting + 1));
                }
                self.memory.types.add(Head::Library(name_key(bare(name))), args)
            }
        }
    }
}

fn of(bound: &Bound, name: NameKey) -> Option<TypeId> {
    bound.iter().find(|b| b.0 == name).map(|b| b.1)
}
