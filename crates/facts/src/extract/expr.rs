//! Expressions: names, members, calls, and what they lead to.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, ImportStyle, RefKind, Role, ScopeKind, UnwrapBy};

use super::cursor::Cursor;
use super::walk::{Mode, Walker};
use crate::model::{Chain, ChainIx, NONE, TypeParameter};
use crate::names::NameIx;

impl<'s> Walker<'s> {
    pub(super) fn name(&mut self, node: Node<'_>, is_type: bool) -> ChainIx {
        let at = node.start_byte();
        if at as u32 == self.defined_at || self.also_defined.contains(&(at as u32)) {
            return NONE;
        }
        let slice = self.identifier(node);
        if slice.is_empty() {
            return NONE; // a missing node that error recovery put in
        }
        let name = self.names.slice(slice);
        if is_type && slice == b"_" && self.conventions.infers {
            return NONE; // a type that is left out
        }
        // Type names are bound only as type parameters; in other patterns they are read.
        if self.mode == Mode::Bind && (!is_type || self.reveal.mode == BindMode::Type) {
            let is_constant = !is_type
                && self.conventions.capitalised_patterns_are_read
                && !matches!(self.reveal.mode, BindMode::Parameter | BindMode::Type)
                && slice[0].is_ascii_uppercase();
            let is_declared = self.conventions.names_are_declared
                && self.reveal.mode == BindMode::Assign
                && !self.reveal.declares;
            if is_declared {
                let chain = self.resolve_name(name);
                self.reference(chain, at, RefKind::Write);
                return NONE;
            }
            if !is_constant {
                if self.reveal.mode == BindMode::Type && self.parent != NONE {
                    self.parameters.push(TypeParameter { symbol: self.parent, name, bound: NONE });
                }
                self.bind_name(name, node);
                return NONE;
            }
        }
        let chain =
            if self.kind == RefKind::Macro { self.resolve_macro(name) } else { self.resolve_name(name) };
        let kind = if is_type && self.kind == RefKind::Read { RefKind::Type } else { self.kind };
        // `crate` and `super` begin paths; they are no names.
        let is_keyword = self.conventions.imports == ImportStyle::ModuleTree
            && matches!(slice, b"crate" | b"super" | b"self");
        if !is_keyword {
            self.reference(chain, at, kind);
        }
        self.as_told(chain)
    }

    /// The chain of a name as the scopes open now have it; names bound later are settled at the end.
    pub(super) fn resolve_name(&mut self, name: NameIx) -> ChainIx {
        self.named(name, |_| true)
    }

    /// The chain of the name of a macro: no local value is one, whatever its name.
    pub(super) fn resolve_macro(&mut self, name: NameIx) -> ChainIx {
        self.named(name, |chain| matches!(chain, Chain::Symbol(_) | Chain::Import(_)))
    }

    fn named(&mut self, name: NameIx, is_wanted: impl Fn(Chain) -> bool) -> ChainIx {
        let innermost = self.frames.len() - 1;
        let is_outside = self.outside == self.frames.len();
        let mut end = self.locals.len();
        for i in (0..=innermost).rev() {
            let frame = &self.frames[i];
            let known = self.locals[frame.locals..end].iter().rev();
            let mut found =
                known.filter(|l| l.0 == name && is_wanted(self.chains[l.1 as usize])).map(|l| l.1);
            let found = match found.next() {
                // Of what is bound inside, only type parameters are seen from where the function is defined.
                Some(chain) if is_outside && i == innermost && !self.is_type_parameter(chain) => None,
                found => found,
            };
            if let Some(chain) = found {
                return chain;
            }
            if frame.kind == ScopeKind::Function
                && self.functions[frame.function as usize].outer.contains(&(name, true))
            {
                return self.chain(Chain::Name { scope: 0, name });
            }
            end = frame.locals;
            if frame.kind == ScopeKind::Module {
                break;
            }
        }
        let frame = if is_outside { &self.frames[innermost - 1] } else { self.frame() };
        // Until the end the scope is the function's, marked by the high bit: only then are all its names known.
        let scope = if frame.function != NONE {
            frame.function | IN_FUNCTION
        } else if self.conventions.class_scope_is_empty {
            self.visible_table(frame.table, name)
        } else {
            frame.table
        };
        self.chain(Chain::Name { scope, name })
    }

    fn is_type_parameter(&self, chain: ChainIx) -> bool {
        match self.chains[chain as usize] {
            Chain::Local(b) => self.bindings[b as usize].mode == BindMode::Type,
            _ => false,
        }
    }

    pub(super) fn self_value(&mut self) -> ChainIx {
        if self.class == NONE {
            if self.conventions.imports != ImportStyle::ModuleTree {
                return self.chain(Chain::Unknown);
            }
            // Rust's `self` also begins paths; the resolver knows it by name.
            let name = self.names.owned("self");
            let scope = self.frame().table;
            return self.chain(Chain::Name { scope, name });
        }
        self.chain(Chain::SelfValue(self.class))
    }

    pub(super) fn member(
        &mut self,
        c: &mut Cursor<'_>,
        object: FieldId,
        name: FieldId,
        is_path: bool,
    ) -> ChainIx {
        let (mode, kind) = (self.mode, self.kind);
        let mut base = NONE;
        let mut chain = NONE;
        let mut has_object = false;
        let mut rest = |w: &mut Self, c: &mut Cursor<'_>, field: Option<FieldId>| {
            if field == Some(object) {
                has_object = true;
                base = w.visit_prefix(c, is_path);
            } else if field == Some(name) {
                let node = c.node();
                let text = w.identifier(node);
                if text.is_empty() {
                    return;
                }
                let name = w.names.slice(text);
                chain = if !has_object && is_path {
                    // `::name` begins at the root of all crates.
                    let root = w.names.owned("");
                    let scope = w.frame().table;
                    let root = w.chain(Chain::Name { scope, name: root });
                    w.chain(Chain::Path { base: root, name })
                } else {
                    let base = if base == NONE { w.chain(Chain::Unknown) } else { base };
                    w.chain(if is_path { Chain::Path { base, name } } else { Chain::Member { base, name } })
                };
                let at = node.start_byte();
                if mode == Mode::Bind && !is_path {
                    w.reference(chain, at, RefKind::Write);
                    w.bind_member(chain, base, name, node);
                } else if !(is_path && matches!(text, b"super" | b"self" | b"crate")) {
                    w.reference(chain, at, kind);
                }
            } else {
                w.visit_read(c, RefKind::Read);
            }
        };
        self.fields(c, &mut rest);
        self.as_told(chain)
    }

    /// The left side of a path or member.
    fn visit_prefix(&mut self, c: &mut Cursor<'_>, is_path: bool) -> ChainIx {
        if is_path && matches!(self.table.role(c.kind_id()), Role::SelfValue) {
            // `self::x` begins at this module, not at the receiver.
            let name = self.names.owned("self");
            let scope = self.frame().table;
            return self.chain(Chain::Name { scope, name });
        }
        self.visit_read(c, if is_path { RefKind::Type } else { RefKind::Read })
    }

    pub(super) fn index(&mut self, c: &mut Cursor<'_>, value: Option<FieldId>) -> ChainIx {
        // In types, `Base[Argument]` is a generic: its arguments are types as well.
        let kind = self.kind;
        let mut in_type = matches!(kind, RefKind::Type | RefKind::Inherit);
        let mut base = NONE;
        let mut holds_values = false;
        let (mut place, mut is_slice, mut is_first) = (None, false, true);
        self.fields(c, |w, c, field| {
            let is_value = value.map_or(is_first, |f| field == Some(f));
            is_first = false;
            if is_value {
                base = w.visit_read(c, if in_type { kind } else { RefKind::Read });
                holds_values = w.is_literal_type(c.node());
                in_type |= w.is_generic_type(c.node());
            } else {
                let is_type = in_type && !holds_values;
                let text = w.slice(c.node());
                place = std::str::from_utf8(text).ok().and_then(|t| t.parse::<u32>().ok());
                is_slice = matches!(c.node().kind(), "slice" | "range_expression");
                let argument = w.visit_read(c, if is_type { RefKind::Type } else { RefKind::Read });
                if is_type && base != NONE {
                    base = w.chain(Chain::Generic { base, argument });
                }
            }
        });
        match (base, in_type) {
            (NONE, _) => NONE,
            (base, true) => base,
            (base, false) if is_slice => base,
            (base, false) => match place {
                Some(index) => self.chain(Chain::Part { base, index }),
                None => self.chain(Chain::Index(base)),
            },
        }
    }

    pub(super) fn generic(&mut self, c: &mut Cursor<'_>, base_field: Option<FieldId>) -> ChainIx {
        let kind = self.kind;
        let mut base = NONE;
        let (mut first, mut holds_values) = (true, false);
        self.fields(c, |w, c, field| {
            let is_first = std::mem::take(&mut first);
            if base_field.map_or(is_first, |f| field == Some(f)) {
                base = w.visit_read(c, kind);
                holds_values = w.is_literal_type(c.node());
            } else {
                let (mode, outer) = (w.mode, w.kind);
                (w.mode, w.kind) = (Mode::Read, if holds_values { RefKind::Read } else { RefKind::Type });
                // A list of arguments, or one that stands by itself.
                match w.table.role(c.kind_id()) {
                    Role::Descend | Role::TypeContext => w.fields(c, |w, c, _| base = w.argument(c, base)),
                    _ => base = w.argument(c, base),
                }
                (w.mode, w.kind) = (mode, outer);
            }
        });
        base
    }

    /// One more type argument; what is no type (a lifetime, a comment) is none.
    fn argument(&mut self, c: &mut Cursor<'_>, base: ChainIx) -> ChainIx {
        let is_none = matches!(self.table.role(c.kind_id()), Role::Skip | Role::Comment);
        let argument = self.visit(c);
        if is_none || base == NONE { base } else { self.chain(Chain::Generic { base, argument }) }
    }

    fn is_literal_type(&self, node: Node<'_>) -> bool {
        self.is_named_one_of(node, &self.conventions.literal_types)
    }

    fn is_generic_type(&self, node: Node<'_>) -> bool {
        self.is_named_one_of(node, &self.conventions.generic_types)
    }

    fn is_named_one_of(&self, node: Node<'_>, types: &[String]) -> bool {
        !types.is_empty() && {
            let text = self.slice(node);
            let name = text.rsplit(|b| *b == b'.').next().unwrap_or(text);
            types.iter().any(|t| t.as_bytes() == name)
        }
    }

    /// A flat list of names: each is a member of those before it.
    pub(super) fn dotted(&mut self, c: &mut Cursor<'_>, node: Node<'_>) -> ChainIx {
        if node.named_child_count() <= 1 {
            return self.children(c);
        }
        let (mode, kind) = (self.mode, self.kind);
        self.mode = Mode::Read;
        self.kind = if mode == Mode::Bind { RefKind::Read } else { kind };
        let mut chain = NONE;
        self.fields(c, |w, c, _| {
            if chain == NONE {
                chain = w.visit(c);
            } else {
                let node = c.node();
                let name = w.names.slice(w.slice(node));
                chain = w.chain(Chain::Member { base: chain, name });
                w.reference(chain, node.start_byte(), w.kind);
            }
        });
        (self.mode, self.kind) = (mode, kind);
        chain
    }

    /// In a type one of several; elsewhere an operator like any other.
    pub(super) fn union(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        if !matches!(self.kind, RefKind::Type | RefKind::Inherit) {
            return self.operator(c);
        }
        let mut chain = NONE;
        self.fields(c, |w, c, _| {
            let next = w.visit(c);
            chain = w.either(chain, next);
        });
        chain
    }

    /// One of the values in the fields `of`; without any, the first or the last child.
    pub(super) fn one_of(&mut self, c: &mut Cursor<'_>, of: &[FieldId]) -> ChainIx {
        let (mut chain, mut last, mut count) = (NONE, NONE, 0);
        self.fields(c, |w, c, field| {
            let next = w.visit(c);
            if of.is_empty() {
                last = next;
                chain = if count == 0 { next } else { chain };
                count += 1;
            } else if field.is_some_and(|f| of.contains(&f)) {
                chain = w.either(chain, next);
            }
        });
        if of.is_empty() && count > 1 { self.either(chain, last) } else { chain }
    }

    /// Visits all children; gives the chain of the first that is looked into, even if there is none.
    pub(super) fn children_first(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let mut first = None;
        self.fields(c, |w, c, _| {
            let role = w.table.role(c.kind_id());
            let chain = w.visit(c);
            if first.is_none() && !matches!(role, Role::Skip | Role::Comment) {
                first = Some(chain);
            }
        });
        first.unwrap_or(NONE)
    }

    /// Bounds that hold together: a value has the members of all of them.
    pub(super) fn bounds(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let (mode, outer) = (self.mode, self.kind);
        (self.mode, self.kind) = (Mode::Read, RefKind::Inherit);
        let mut chain = NONE;
        self.fields(c, |w, c, _| {
            let next = w.visit(c);
            chain = w.either(chain, next);
        });
        (self.mode, self.kind) = (mode, outer);
        chain
    }

    /// `Fn(A) -> B`, `fn(A) -> B`: what it is called, with what calling it gives.
    pub(super) fn function_type(&mut self, c: &mut Cursor<'_>, name: FieldId, result: FieldId) -> ChainIx {
        let (mut base, mut argument) = (NONE, NONE);
        let kind = self.kind;
        self.fields(c, |w, c, field| {
            if field == Some(name) {
                base = w.visit_read(c, kind);
            } else if field == Some(result) {
                argument = w.visit_read(c, RefKind::Type);
            } else {
                w.visit_read(c, RefKind::Type);
            }
        });
        if base == NONE {
            let name = self.names.owned("fn");
            base = self.chain(Chain::Builtin(name));
        }
        self.chain(Chain::Generic { base, argument })
    }

    /// `<A as Tr>`: what `A` is by `Tr`.
    pub(super) fn seen_as(&mut self, c: &mut Cursor<'_>, type_: FieldId, trait_: FieldId) -> ChainIx {
        let (mut value, mut base) = (NONE, NONE);
        self.fields(c, |w, c, field| {
            let chain = w.visit_read(c, RefKind::Type);
            if field == Some(type_) {
                value = chain;
            } else if field == Some(trait_) {
                base = chain;
            }
        });
        if base == NONE || value == NONE { value } else { self.chain(Chain::Payload { base, value }) }
    }

    /// `a + b` is `a.add(b)`; operators that are no methods give nothing that is followed.
    pub(super) fn operator_method(
        &mut self,
        c: &mut Cursor<'_>,
        left: FieldId,
        operator: FieldId,
        methods: &[(Box<str>, Box<str>)],
    ) -> ChainIx {
        let mut base = NONE;
        self.fields(c, |w, c, field| {
            let chain = w.visit(c);
            if field == Some(left) {
                base = chain;
            }
        });
        let text = c.node().child_by_field_id(operator).map_or(&[][..], |n| self.slice(n));
        let method = methods.iter().find(|(o, _)| o.as_bytes() == text).map(|(_, m)| m);
        match (base, method) {
            (NONE, _) | (_, None) => NONE,
            (base, Some(method)) => {
                let name = self.names.owned(method);
                let callee = self.chain(Chain::Member { base, name });
                self.chain(Chain::Call(callee))
            }
        }
    }

    pub(super) fn unwrap(&mut self, c: &mut Cursor<'_>, by: UnwrapBy) -> ChainIx {
        let inner = self.children(c);
        match (inner, by) {
            (NONE, _) => NONE,
            (inner, UnwrapBy::Nothing) => inner,
            (inner, UnwrapBy::Await) => self.chain(Chain::Await(inner)),
            (inner, UnwrapBy::Try) => self.chain(Chain::Try(inner)),
        }
    }
}

/// Marks the scope of a [`Chain::Name`] as an index of a function until the end of the walk.
pub(super) const IN_FUNCTION: u32 = 1 << 31;
