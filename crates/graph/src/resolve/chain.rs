//! The chains of a file: each by what it is built on.

use lodemap_base::{NameKey, name_key};
use lodemap_facts::{Chain, ChainIx, ImportKind, NONE, Packed};
use lodemap_grammar::{BindMode, SymbolKind};
use smallvec::SmallVec;

use super::calls::call_in;
use super::types::{Arguments, Head, UNKNOWN, infers, is_tree};
use super::values::LEVELS;
use super::{Found, Resolver, Value, Values, as_value, push_new};
use crate::answer::Rule;
use crate::world::FileEntry;

impl Resolver<'_> {
    /// What a chain is, in the file that is resolved or in another.
    pub(super) fn chain(&mut self, entry: &FileEntry, ix: ChainIx, level: u8) -> Found {
        let facts = &*entry.facts;
        let chain = facts.chains.at(ix);
        let some = |values: Values, rule| Found { rule: (!values.is_empty()).then_some(rule), values };
        let plain = |values: Values| Found { values, rule: None };
        match chain {
            Chain::Name { scope, name } => self.name(entry, scope, name, level),
            Chain::Symbol(s) => some(SmallVec::from_slice(&[as_value(entry, s)]), Rule::Scope),
            Chain::Import(i) => {
                let rule = match facts.imports.at(i).kind {
                    ImportKind::Include => Rule::File,
                    _ => Rule::Import,
                };
                some(self.import(entry.id, i), rule)
            }
            Chain::ImportPath { import, segments } => {
                some(self.import_path(entry, import, segments), Rule::ModulePath)
            }
            Chain::Member { base, name } | Chain::Path { base, name } if !infers(entry) => {
                self.named_member(entry, base, name)
            }
            Chain::Member { base, name } => {
                let bases = self.eval(entry, base, level);
                let (text, key) = (facts.names.get(name), facts.names.key(name));
                let mut out = Values::new();
                for b in bases {
                    for v in self.value_member(entry, b, text, key, level) {
                        push_new(&mut out, v);
                    }
                }
                let rule = self.member_rule(entry, base, &out);
                some(out, rule)
            }
            Chain::Path { base, name } if self.is_seen_as(entry, base) => {
                let key = facts.names.key(name);
                some(self.member_by_trait(entry, base, facts.names.get(name), key, level), Rule::Member)
            }
            Chain::Path { base, name } => {
                let bases = self.eval(entry, base, level);
                let (text, key) = (facts.names.get(name), facts.names.key(name));
                let mut out = Values::new();
                for b in bases {
                    for v in self.path_member(entry, b, text, key, level) {
                        push_new(&mut out, v);
                    }
                }
                let on_self = matches!(facts.chains.at(base), Chain::Name { name, .. } if facts.names.get(name) == "Self");
                some(out, if on_self { Rule::SelfMember } else { Rule::Member })
            }
            _ if !infers(entry) => match chain {
                Chain::Generic { base, .. } => {
                    let values = self.eval(entry, base, level);
                    some(values, Rule::Scope)
                }
                _ => Found::default(),
            },
            Chain::Generic { base, argument } => match call_in(&facts.chains, ix) {
                Some((callee, given)) => plain(self.call_with(entry, callee, &given, level)),
                None => {
                    let values = self.eval(entry, base, level);
                    let built_in = |v: &Value| matches!(v, Value::Instance(_));
                    if values.iter().all(built_in) && !values.is_empty() {
                        // A literal collection, and what is in it.
                        let held =
                            if argument == NONE { Values::new() } else { self.eval(entry, argument, level) };
                        let held = self.expressions(held, level);
                        return plain(self.with_argument(values, &held));
                    }
                    Found { values, rule: self.rule_of(entry, base) }
                }
            },
            Chain::Local(b) => plain(self.local(entry, b, level)),
            Chain::SelfValue(s) => plain(self.self_value(entry, s, level)),
            Chain::Super(s) => plain(SmallVec::from_slice(&[Value::Super(entry.id, s)])),
            Chain::Builtin(name) => {
                let ty = self.memory.types.add(Head::Library(facts.names.key(name)), Arguments::new());
                plain(SmallVec::from_slice(&[Value::Instance(ty)]))
            }
            Chain::Call(base) if is_tree(entry) && matches!(facts.chains.at(base), Chain::Generic { .. }) => {
                plain(self.call_written(entry, base, level))
            }
            Chain::Call(base) => {
                let mut out = Values::new();
                let is_self = matches!(facts.chains.at(base), Chain::SelfValue(_));
                for v in self.eval(entry, base, level) {
                    let given = match v {
                        // `cls()` in a class method.
                        Value::Instance(_) if is_self => SmallVec::from_slice(&[v]),
                        v => self.called(entry, v, level),
                    };
                    given.into_iter().for_each(|v| push_new(&mut out, v));
                }
                plain(out)
            }
            Chain::Index(base) => {
                let values = self.eval(entry, base, level);
                plain(self.items_of(entry, &values, level))
            }
            Chain::Await(base) => {
                let values = self.eval(entry, base, level);
                plain(self.taken_out(
                    &values,
                    &["Awaitable", "Coroutine", "Future", "Task", "JoinHandle"],
                    level,
                ))
            }
            Chain::Try(base) => {
                let values = self.eval(entry, base, level);
                plain(self.taken_out(&values, &["Option", "Result", "Poll", "ControlFlow"], level))
            }
            Chain::Either { base, other } => {
                let mut out = self.eval(entry, base, level);
                for v in self.eval(entry, other, level) {
                    push_new(&mut out, v);
                }
                plain(out)
            }
            Chain::Except { base, other } => {
                let values = self.eval(entry, base, level);
                let values = self.expressions(values, level);
                let classes = self.eval(entry, other, level);
                plain(self.without(values, &classes, level))
            }
            Chain::Element(base) => {
                let values = self.eval(entry, base, level);
                plain(self.elements_of(entry, &values, level))
            }
            Chain::Enter(base) => {
                let values = self.eval(entry, base, level);
                plain(self.entered(entry, &values, level))
            }
            Chain::Of(ty) => plain(self.annotated(entry, ty, level)),
            Chain::Part { base, index } => plain(self.part(entry, base, index, level)),
            Chain::Payload { base, .. } => plain(self.eval(entry, base, level)),
            Chain::Unknown => Found::default(),
        }
    }

    /// A member of something that is named all the way: in languages whose values are not followed.
    fn named_member(&mut self, entry: &FileEntry, base: ChainIx, name: u32) -> Found {
        let facts = &*entry.facts;
        let on_self = match facts.chains.at(base) {
            Chain::SelfValue(_) => true,
            Chain::Name { name, .. } => facts.names.get(name) == "Self",
            _ => false,
        };
        if !on_self && !is_static(&facts.chains, base) {
            return Found::default();
        }
        let bases = match facts.chains.at(base) {
            Chain::SelfValue(s) => self.self_type(entry, s),
            _ => self.eval(entry, base, LEVELS),
        };
        let text = facts.names.get(name);
        let mut out = Values::new();
        for b in bases {
            for v in self.member(b, text, facts.names.key(name)) {
                push_new(&mut out, v);
            }
        }
        let rule = if on_self { Rule::SelfMember } else { Rule::Member };
        Found { rule: (!out.is_empty()).then_some(rule), values: out }
    }

    /// By which rule the member of a base was found.
    fn member_rule(&self, entry: &FileEntry, base: ChainIx, found: &Values) -> Rule {
        let facts = &entry.facts;
        let holder = |v: &Value| match *v {
            Value::Symbol(f, s) | Value::Of(f, s, _) => {
                Some((f, self.world.file(f).facts.symbols.at(s).parent))
            }
            _ => None,
        };
        match facts.chains.at(base) {
            Chain::SelfValue(class) => {
                let is_own =
                    found.first().and_then(holder).is_none_or(|h| h == (entry.id, class) || is_tree(entry));
                if is_own { Rule::SelfMember } else { Rule::Inherited }
            }
            Chain::Super(_) => Rule::Inherited,
            _ => self.receiver_rule(entry, base),
        }
    }

    /// By which rule the type of a receiver is known.
    fn receiver_rule(&self, entry: &FileEntry, base: ChainIx) -> Rule {
        let facts = &entry.facts;
        match facts.chains.at(base) {
            _ if is_static(&facts.chains, base) => Rule::Member,
            Chain::Local(b) => {
                let b = &facts.bindings.at(b);
                match b.mode {
                    _ if b.ty != NONE => Rule::Annotation,
                    BindMode::For => Rule::Element,
                    BindMode::With => Rule::Context,
                    _ if b.value != NONE => match facts.chains.at(b.value) {
                        Chain::Call(_) => Rule::Assigned,
                        _ if call_in(&facts.chains, b.value).is_some() => Rule::Assigned,
                        _ => self.receiver_rule(entry, b.value),
                    },
                    _ => Rule::Annotation,
                }
            }
            Chain::Call(_) => Rule::Returned,
            Chain::Member { .. } | Chain::Path { .. } => Rule::Field,
            Chain::Index(_) | Chain::Element(_) | Chain::Part { .. } | Chain::Payload { .. } => Rule::Element,
            Chain::Await(b) | Chain::Try(b) | Chain::Generic { base: b, .. } => self.receiver_rule(entry, b),
            Chain::Enter(_) => Rule::Context,
            _ => Rule::Annotation,
        }
    }

    fn rule_of(&self, entry: &FileEntry, chain: ChainIx) -> Option<Rule> {
        let is_here = self.nested == 0 && self.own == Some(entry.id);
        if is_here { self.found.get(chain as usize).and_then(|f| f.rule) } else { None }
    }

    /// `prefix::name`.
    fn path_member(&mut self, entry: &FileEntry, of: Value, text: &str, key: NameKey, level: u8) -> Values {
        match of {
            Value::Symbol(f, s) if is_tree(self.world.file(f)) => {
                let found = self.member(of, text, key);
                if !found.is_empty() {
                    return found;
                }
                if level == 0 {
                    return Values::new();
                }
                let found = self.instance_member(f, s, text, key, level);
                if !found.is_empty() || !self.world.file(f).facts.symbols.at(s).kind.is_type() {
                    return found;
                }
                let ty = self.memory.types.add(Head::Symbol(f, s), Arguments::new());
                // What a type has from outside and is called through it mostly makes one: `Args::parse()`.
                SmallVec::from_slice(&[Value::LibraryOf(name_key("new"), ty)])
            }
            Value::Instance(_) => self.value_member(entry, of, text, key, level),
            Value::Library(name) => {
                let given = self.given_to_library(name, key);
                if !given.is_empty() {
                    return given;
                }
                // A type's function, or a module's member: called, it gives the type; as a base, it is named so.
                if text.starts_with(|c: char| c.is_ascii_uppercase()) {
                    return SmallVec::from_slice(&[Value::Library(key)]);
                }
                let ty = self.memory.types.add(Head::Library(name), Arguments::new());
                SmallVec::from_slice(&[Value::LibraryOf(key, ty)])
            }
            Value::LibraryOf(..) => SmallVec::from_slice(&[Value::Library(key)]),
            Value::Module(f, s) if text == "super" => {
                let entry = self.world.file(f);
                self.parent_module(entry, s).into_iter().collect()
            }
            other => self.member(other, text, key),
        }
    }

    /// The receiver inside a method.
    fn self_value(&mut self, entry: &FileEntry, symbol: u32, level: u8) -> Values {
        let s = &entry.facts.symbols.at(symbol);
        if s.kind == SymbolKind::Impl {
            return if s.ty == NONE { Values::new() } else { self.annotated(entry, s.ty, level) };
        }
        SmallVec::from_slice(&[self.instance(Head::Symbol(entry.id, symbol), Arguments::new())])
    }

    /// Whether a chain is a type as what it is by a trait (`<A as Tr>`).
    fn is_seen_as(&self, entry: &FileEntry, base: ChainIx) -> bool {
        is_tree(entry) && matches!(entry.facts.chains.at(base), Chain::Payload { .. })
    }

    /// `<A as Tr>::name`: what the implementation for the type gives, or else what the trait declares.
    fn member_by_trait(
        &mut self,
        entry: &FileEntry,
        base: ChainIx,
        text: &str,
        key: NameKey,
        level: u8,
    ) -> Values {
        let Chain::Payload { base, value } = entry.facts.chains.at(base) else { return Values::new() };
        let types = self.eval(entry, value, level);
        let traits = self.eval(entry, base, level);
        let mut out = Values::new();
        for (t, v) in traits.iter().flat_map(|t| types.iter().map(move |v| (*t, *v))) {
            if let (Value::Symbol(..), Value::Symbol(f, s)) = (t, v) {
                self.member_of_impl(f, s, t, key).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        let declared = if traits.iter().any(|t| matches!(t, Value::Symbol(..))) { traits } else { types };
        if out.is_empty() {
            for v in declared {
                self.path_member(entry, v, text, key, level).into_iter().for_each(|v| push_new(&mut out, v));
            }
        }
        out
    }

    /// What a call gives in which types are written: `make::<A>()`, `collect::<Vec<A>>()`.
    fn call_written(&mut self, entry: &FileEntry, callee: ChainIx, level: u8) -> Values {
        let (mut base, mut args) = (callee, Arguments::new());
        while let Chain::Generic { base: inner, argument } = entry.facts.chains.at(base) {
            let values =
                if argument == NONE { Values::new() } else { self.annotated(entry, argument, level) };
            args.push(self.type_of(&values));
            base = inner;
        }
        args.reverse();
        let mut out = Values::new();
        let mut callees = self.eval(entry, base, level);
        if let Chain::Member { name, .. } = entry.facts.chains.at(base)
            && callees.is_empty()
        {
            // Whatever it is called on, what it gives is written.
            callees.push(Value::LibraryOf(entry.facts.names.key(name), UNKNOWN));
        }
        for v in callees {
            let mut given = self.called(entry, v, level);
            match v {
                Value::Symbol(f, s) | Value::Of(f, s, _) => {
                    let names = self.parameter_names(f, s, level);
                    given = self.replaced(&given, &|name| {
                        let at = names.iter().position(|n| *n == name)?;
                        args.get(at).copied()
                    });
                }
                Value::LibraryOf(name, receiver) => {
                    let mut written = args[0];
                    if self.is_open(written) {
                        written = self.completed(written, &given);
                    }
                    given = self.written_outside(entry, name, receiver, written, level).unwrap_or(given);
                }
                _ => {}
            }
            given.into_iter().for_each(|v| push_new(&mut out, v));
        }
        out
    }

    /// Values with what they stand for as expressions.
    pub(super) fn expressions(&mut self, values: Values, level: u8) -> Values {
        values.into_iter().flat_map(|v| self.as_expression(v, level)).collect()
    }

    /// The values that are instances of none of these classes; all of them, if none would be left.
    fn without(&mut self, values: Values, classes: &Values, level: u8) -> Values {
        let mut left = Values::new();
        for v in &values {
            let Value::Instance(ty) = *v else {
                left.push(*v);
                continue;
            };
            let is_one = match self.memory.types.get(ty).head {
                Head::Symbol(f, s) => self.order(f, s, level).iter().any(|c| classes.contains(c)),
                Head::Library(name) => classes.contains(&Value::Library(name)),
                _ => false,
            };
            if !is_one {
                left.push(*v);
            }
        }
        if left.is_empty() { values } else { left }
    }

    /// Instances with one more argument.
    pub(super) fn with_argument(&mut self, values: Values, held: &Values) -> Values {
        let argument = self.type_of(held);
        let mut out = Values::new();
        for v in values {
            if let Value::Instance(ty) = v {
                let t = self.memory.types.get(ty).clone();
                let args = t.args.iter().copied().chain([argument]).collect();
                out.push(Value::Instance(self.memory.types.add(t.head, args)));
            }
        }
        out
    }
}

/// Whether an expression names a module or type all the way, rather than a value.
fn is_static(chains: &Packed<Chain>, ix: ChainIx) -> bool {
    match chains.at(ix) {
        Chain::Name { .. } | Chain::Import(_) | Chain::ImportPath { .. } | Chain::Symbol(_) => true,
        Chain::Member { base, .. } | Chain::Path { base, .. } | Chain::Generic { base, .. } => {
            is_static(chains, base)
        }
        _ => false,
    }
}
