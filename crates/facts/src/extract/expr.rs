//! Expressions: names, members, calls, and what they lead to.

use lodemap_grammar::tree_sitter::{Node, TreeCursor};
use lodemap_grammar::{BindMode, FieldId, RefKind, Role, UnwrapBy};

use super::walk::{Mode, Walker};
use crate::model::{Chain, ChainIx, NONE};
use crate::names::NameIx;

impl<'s> Walker<'s> {
    pub(super) fn name(&mut self, node: Node<'_>, is_type: bool) -> ChainIx {
        let at = node.start_byte();
        if at as u32 == self.defined_at {
            return NONE;
        }
        let slice = self.slice(node);
        if slice.is_empty() {
            return NONE; // a missing node that error recovery put in
        }
        let name = self.names.slice(slice);
        // Type names are bound only as type parameters; in other patterns they are read.
        if self.mode == Mode::Bind && (!is_type || self.reveal.mode == BindMode::Parameter) {
            let is_constant =
                !is_type && self.conventions.capitalised_patterns_are_read && slice[0].is_ascii_uppercase();
            if !is_constant {
                self.bind_name(name, node);
                return NONE;
            }
        }
        let chain = self.resolve_name(name);
        let kind = if is_type && self.kind == RefKind::Read { RefKind::Type } else { self.kind };
        self.reference(chain, at, kind);
        chain
    }

    /// The chain of a name as the scopes open now have it; names bound later are settled at the end.
    pub(super) fn resolve_name(&mut self, name: NameIx) -> ChainIx {
        let innermost = self.frames.len() - 1;
        let mut end = self.locals.len();
        for i in (0..=innermost).rev() {
            let frame = &self.frames[i];
            if let Some((_, chain)) = self.locals[frame.locals..end].iter().rev().find(|l| l.0 == name) {
                return *chain;
            }
            end = frame.locals;
            if frame.kind == lodemap_grammar::ScopeKind::Module {
                break;
            }
        }
        let frame = self.frame();
        // Until the end the scope is the function's, marked by the high bit: only then are all its names known.
        let scope = if frame.function != NONE { frame.function | IN_FUNCTION } else { frame.table };
        self.chain(Chain::Name { scope, name })
    }

    pub(super) fn self_value(&mut self) -> ChainIx {
        if self.class == NONE {
            // Rust's `self` also begins paths; the resolver knows it by name.
            let name = self.names.owned("self");
            let scope = self.frame().table;
            return self.chain(Chain::Name { scope, name });
        }
        self.chain(Chain::SelfValue(self.class))
    }

    pub(super) fn member(
        &mut self,
        c: &mut TreeCursor<'_>,
        object: FieldId,
        name: FieldId,
        is_path: bool,
    ) -> ChainIx {
        let (mode, kind) = (self.mode, self.kind);
        let mut base = NONE;
        let mut chain = NONE;
        let mut rest = |w: &mut Self, c: &mut TreeCursor<'_>, field: Option<FieldId>| {
            if field == Some(object) {
                base = w.visit_prefix(c, is_path);
            } else if field == Some(name) {
                let node = c.node();
                let text = w.slice(node);
                if text.is_empty() {
                    return;
                }
                let name = w.names.slice(text);
                chain = if base == NONE && is_path {
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
                } else {
                    w.reference(chain, at, kind);
                }
            } else {
                w.visit_read(c, RefKind::Read);
            }
        };
        self.fields(c, &mut rest);
        chain
    }

    /// The left side of a path or member.
    fn visit_prefix(&mut self, c: &mut TreeCursor<'_>, is_path: bool) -> ChainIx {
        if is_path && matches!(self.table.role(c.node().kind_id()), Role::SelfValue) {
            // `self::x` begins at this module, not at the receiver.
            let name = self.names.owned("self");
            let scope = self.frame().table;
            return self.chain(Chain::Name { scope, name });
        }
        self.visit_read(c, if is_path { RefKind::Type } else { RefKind::Read })
    }

    pub(super) fn call(&mut self, c: &mut TreeCursor<'_>, function: FieldId, kind: RefKind) -> ChainIx {
        let mut callee = NONE;
        self.fields(c, |w, c, field| {
            if field == Some(function) {
                callee = w.visit_read(c, kind);
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        if callee == NONE || kind == RefKind::Macro { NONE } else { self.chain(Chain::Call(callee)) }
    }

    pub(super) fn index(&mut self, c: &mut TreeCursor<'_>, value: FieldId) -> ChainIx {
        // In types, `Base[Argument]` is a generic: its arguments are types as well.
        let kind = self.kind;
        let in_type = matches!(kind, RefKind::Type | RefKind::Inherit);
        let (mut base, mut argument) = (NONE, NONE);
        self.fields(c, |w, c, field| {
            if field == Some(value) {
                base = w.visit_read(c, if in_type { kind } else { RefKind::Read });
            } else {
                let chain = w.visit_read(c, if in_type { RefKind::Type } else { RefKind::Read });
                if argument == NONE {
                    argument = chain;
                }
            }
        });
        match (base, in_type) {
            (NONE, _) => NONE,
            (base, true) => self.chain(Chain::Generic { base, argument }),
            (base, false) => self.chain(Chain::Index(base)),
        }
    }

    pub(super) fn generic(&mut self, c: &mut TreeCursor<'_>, base_field: FieldId) -> ChainIx {
        let kind = self.kind;
        let (mut base, mut argument) = (NONE, NONE);
        self.fields(c, |w, c, field| {
            if field == Some(base_field) {
                base = w.visit_read(c, kind);
            } else {
                let (mode, outer) = (w.mode, w.kind);
                (w.mode, w.kind) = (Mode::Read, RefKind::Type);
                let chain = w.children_first(c);
                (w.mode, w.kind) = (mode, outer);
                if argument == NONE {
                    argument = chain;
                }
            }
        });
        if base == NONE { NONE } else { self.chain(Chain::Generic { base, argument }) }
    }

    /// Visits all children; gives the first chain among them.
    fn children_first(&mut self, c: &mut TreeCursor<'_>) -> ChainIx {
        let mut first = NONE;
        self.fields(c, |w, c, _| {
            let chain = w.visit(c);
            if first == NONE {
                first = chain;
            }
        });
        first
    }

    pub(super) fn unwrap(&mut self, c: &mut TreeCursor<'_>, by: UnwrapBy) -> ChainIx {
        let inner = self.children(c);
        match (inner, by) {
            (NONE, _) => NONE,
            (inner, UnwrapBy::Nothing) => inner,
            (inner, UnwrapBy::Await) => self.chain(Chain::Await(inner)),
            (inner, UnwrapBy::Try) => self.chain(Chain::Try(inner)),
        }
    }

    /// Raw tokens: names joined by `::` are paths, names after a dot are members of something unknown, a name
    /// before `(` is called, one before `!` is a macro.
    pub(super) fn tokens(&mut self, c: &mut TreeCursor<'_>) {
        if !c.goto_first_child() {
            return;
        }
        let mut base = NONE; // the chain before a `::`
        let mut joined = Joint::None;
        loop {
            let node = c.node();
            let role = self.table.role(node.kind_id());
            match role {
                Role::Tokens => {
                    self.tokens(c);
                    (base, joined) = (NONE, Joint::None);
                }
                Role::Name | Role::TypeName | Role::SelfValue => {
                    let (at, end) = (node.start_byte(), node.end_byte());
                    let kind = match (self.text.get(end), self.text.get(end + 1)) {
                        (Some(b'('), _) => RefKind::Call,
                        (Some(b'!'), next) if next != Some(&b'=') => RefKind::Macro,
                        (Some(b':'), Some(b':')) => RefKind::Type,
                        _ if self.kind == RefKind::Decorator => RefKind::Decorator,
                        _ => RefKind::Read,
                    };
                    let name = self.names.slice(self.slice(node));
                    base = match (joined, role) {
                        (Joint::Path, _) if base != NONE => self.chain(Chain::Path { base, name }),
                        (Joint::Dot, _) => {
                            let base = if base == NONE { self.chain(Chain::Unknown) } else { base };
                            self.chain(Chain::Member { base, name })
                        }
                        (_, Role::SelfValue) => self.self_value(),
                        _ => self.resolve_name(name),
                    };
                    self.reference(base, at, kind);
                    joined = Joint::None;
                }
                _ => {
                    joined = match self.slice(node) {
                        b"::" => Joint::Path,
                        b"." => Joint::Dot,
                        _ => Joint::None,
                    };
                    if joined == Joint::None {
                        base = NONE;
                    }
                }
            }
            if !c.goto_next_sibling() {
                break;
            }
        }
        c.goto_parent();
    }
}

/// Marks the scope of a [`Chain::Name`] as an index of a function until the end of the walk.
pub(super) const IN_FUNCTION: u32 = 1 << 31;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    None,
    Path,
    Dot,
}
