//! Patterns: how a value is taken apart, and what is known of the parts.

use lodemap_grammar::{BindMode, FieldId, RefKind, Role, ScopeKind};

use super::cursor::Cursor;
use super::walk::{Mode, Reveal, Walker};
use crate::model::{Chain, ChainIx, NONE};

impl Walker<'_> {
    /// A pattern takes its value apart: the parts are told by their index.
    pub(super) fn pattern(&mut self, c: &mut Cursor<'_>, read: &[FieldId], first: bool, of_match: bool) {
        let outer = (self.mode, self.reveal);
        self.mode = Mode::Bind;
        let whole = if of_match { self.matched } else { self.whole() };
        let mode = match outer.1.mode {
            BindMode::Assign => BindMode::Assign,
            BindMode::Parameter => BindMode::Parameter,
            _ => BindMode::Let,
        };
        let (mut variant, mut index, mut is_first) = (NONE, 0, first);
        let constructing = self.constructing;
        let declares = outer.1.declares;
        self.fields(c, |w, c, field| {
            if std::mem::take(&mut is_first) || field.is_some_and(|f| read.contains(&f)) {
                let chain = w.visit_read(c, RefKind::Read);
                if variant == NONE && !of_match {
                    variant = chain;
                    w.constructing = variant;
                }
                return;
            }
            if let Role::Rest = w.table.role(c.kind_id()) {
                // What is left of a sequence is one.
                let rest = if variant == NONE && !of_match { whole } else { NONE };
                w.reveal = Reveal { mode, value: rest, declares, ..Reveal::NOTHING };
                w.visit(c);
                index = u32::MAX; // what comes after the rest is counted from the other end
                return;
            }
            let part = match index {
                _ if of_match => whole,
                u32::MAX => NONE,
                index => w.part(whole, variant, index),
            };
            w.reveal = Reveal { mode, value: part, declares, ..Reveal::NOTHING };
            w.visit(c);
            index = index.saturating_add(1);
        });
        self.constructing = constructing;
        (self.mode, self.reveal) = outer;
    }

    /// The value that the pattern around here takes apart.
    fn whole(&mut self) -> ChainIx {
        let reveal = self.reveal;
        match (reveal.ty, reveal.value) {
            (NONE, NONE) => NONE,
            (NONE, value) => match reveal.mode {
                BindMode::For => self.chain(Chain::Element(value)),
                BindMode::With => self.chain(Chain::Enter(value)),
                _ => value,
            },
            (ty, _) => self.chain(Chain::Of(ty)),
        }
    }

    fn part(&mut self, whole: ChainIx, variant: ChainIx, index: u32) -> ChainIx {
        let base = match (whole, variant) {
            (NONE, NONE) => return NONE,
            (whole, NONE) => whole,
            (value, base) => self.chain(Chain::Payload { base, value }),
        };
        self.chain(Chain::Part { base, index })
    }

    /// The rest of a sequence, or all further arguments: a sequence of what is declared of each.
    pub(super) fn rest(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let outer = self.reveal;
        let is_parameter = outer.mode == BindMode::Parameter;
        self.reveal = Reveal { mode: outer.mode, declares: outer.declares, ..Reveal::NOTHING };
        if is_parameter && outer.ty != NONE && self.conventions.infers {
            let is_named = self.slice(c.node()).starts_with(b"**");
            let name = self.names.owned(if is_named { "dict" } else { "tuple" });
            let mut base = self.chain(Chain::Builtin(name));
            if is_named {
                base = self.chain(Chain::Generic { base, argument: NONE });
            }
            self.reveal.ty = self.chain(Chain::Generic { base, argument: outer.ty });
        } else if !is_parameter {
            self.reveal.value = outer.value;
        }
        self.children(c);
        self.reveal = outer;
        NONE
    }

    /// A match: its arms take the value apart.
    pub(super) fn match_(&mut self, c: &mut Cursor<'_>, value: FieldId) -> ChainIx {
        let outer = (self.matched, std::mem::replace(&mut self.arms, NONE));
        self.fields(c, |w, c, field| {
            if field == Some(value) {
                w.matched = w.visit_read(c, RefKind::Read);
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        self.matched = outer.0;
        std::mem::replace(&mut self.arms, outer.1)
    }

    pub(super) fn arm(&mut self, c: &mut Cursor<'_>, value: FieldId) {
        self.push_frame(ScopeKind::Block, NONE);
        let mut chain = NONE;
        self.fields(c, |w, c, field| {
            let matched = w.matched;
            let found = w.visit(c);
            w.matched = matched;
            if field == Some(value) {
                chain = found;
            }
        });
        self.pop_frame();
        let arms = self.arms;
        self.arms = self.either(arms, chain);
    }

    /// A value that is one of two.
    pub(super) fn either(&mut self, base: ChainIx, other: ChainIx) -> ChainIx {
        match (base, other) {
            (NONE, one) | (one, NONE) => one,
            (base, other) if base == other => base,
            (base, _) if self.is_long(base) => base,
            (base, other) => self.chain(Chain::Either { base, other }),
        }
    }

    /// Whether a chain has as many alternatives as are followed.
    fn is_long(&self, mut chain: ChainIx) -> bool {
        let mut len = 0;
        while let Chain::Either { base, .. } = self.chains[chain as usize] {
            (chain, len) = (base, len + 1);
        }
        len >= 4
    }

    /// `name: value` in a value or pattern of the type that is being constructed or taken apart.
    pub(super) fn field(&mut self, c: &mut Cursor<'_>, name: Option<FieldId>, value: Option<FieldId>) {
        let node = c.node();
        let found = match name {
            Some(f) => node.child_by_field_id(f),
            None => node.named_child(0),
        };
        let Some(name_node) = found else {
            self.children(c);
            return;
        };
        let text = self.identifier(name_node);
        let at = name_node.start_byte();
        let mut chain = NONE;
        if self.constructing != NONE && !text.is_empty() {
            let name = self.names.slice(text);
            chain = self.chain(Chain::Path { base: self.constructing, name });
            self.reference(chain, at, RefKind::Read);
        }
        let binds = self.mode == Mode::Bind;
        let value_node = value.and_then(|f| node.child_by_field_id(f));
        let outer = self.reveal;
        if binds {
            self.reveal = Reveal { mode: BindMode::Let, value: chain, ..Reveal::NOTHING };
        }
        match value_node {
            Some(value_node) => {
                let constructing = std::mem::replace(&mut self.constructing, NONE);
                self.fields(c, |w, c, _| {
                    if c.node().id() == value_node.id() {
                        if binds {
                            w.visit(c);
                        } else {
                            w.visit_read(c, RefKind::Read);
                        }
                    }
                });
                self.constructing = constructing;
            }
            None if binds && !text.is_empty() => {
                let name = self.names.slice(text);
                self.bind_name(name, name_node);
            }
            None if chain == NONE => _ = self.name(name_node, false),
            None => {}
        }
        self.reveal = outer;
    }

    /// Types of fields without names: what they are is kept under their index.
    pub(super) fn positional(&mut self, c: &mut Cursor<'_>, types: FieldId) {
        use crate::model::{BindTarget, Binding};
        let scope = self.frame().table;
        let is_type = self.frame().kind == ScopeKind::Class;
        let mut index = 0u32;
        self.fields(c, |w, c, field| {
            if field != Some(types) {
                w.visit(c);
                return;
            }
            let ty = w.visit_read(c, RefKind::Type);
            if ty != NONE && is_type {
                let name = w.names.owned(&index.to_string());
                w.bindings.push(Binding {
                    scope,
                    name,
                    target: BindTarget::Value,
                    mode: BindMode::Let,
                    ty,
                    value: NONE,
                });
            }
            index += 1;
        });
    }

    /// A tuple, of values or of types.
    pub(super) fn tuple(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        if self.mode == Mode::Bind {
            self.pattern(c, &[], false, false);
            return NONE;
        }
        let name = self.names.owned("tuple");
        let mut chain = self.chain(Chain::Builtin(name));
        let (mut first, mut count) = (NONE, 0);
        self.fields(c, |w, c, _| {
            if matches!(w.table.role(c.kind_id()), Role::Skip | Role::Comment) {
                w.visit(c);
                return;
            }
            let argument = w.visit(c);
            first = if count == 0 { argument } else { first };
            if count < 8 {
                chain = w.chain(Chain::Generic { base: chain, argument });
            }
            count += 1;
        });
        // `(dyn A + B)` only groups.
        let is_group = count == 1 && self.conventions.infers && !self.slice(c.node()).ends_with(b",)");
        if is_group { first } else { chain }
    }

    /// An element of a collection; of a pair its value.
    pub(super) fn element(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        if c.node().kind() == "pair" { self.last_child(c) } else { self.visit(c) }
    }

    /// A literal collection: what its first element is, they all are.
    pub(super) fn elements(&mut self, c: &mut Cursor<'_>, of: &str) -> ChainIx {
        let mut first = NONE;
        self.fields(c, |w, c, _| {
            let chain = w.element(c);
            if first == NONE {
                first = chain;
            }
        });
        let name = self.names.owned(of);
        let mut base = self.chain(Chain::Builtin(name));
        if of == "dict" && first != NONE {
            // Of a pair the value was told; nothing is said of the keys.
            base = self.chain(Chain::Generic { base, argument: NONE });
        }
        if first == NONE { base } else { self.chain(Chain::Generic { base, argument: first }) }
    }
}
