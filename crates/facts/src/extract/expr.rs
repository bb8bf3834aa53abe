//! Expressions: names, members, calls, and what they lead to.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, ImportStyle, RefKind, Role, UnwrapBy};

use super::cursor::Cursor;
use super::walk::{Mode, Walker};
use crate::model::{Chain, ChainIx, NONE};
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
        // Type names are bound only as type parameters; in other patterns they are read.
        if self.mode == Mode::Bind && (!is_type || self.reveal.mode == BindMode::Parameter) {
            let is_constant = !is_type
                && self.conventions.capitalised_patterns_are_read
                && self.reveal.mode != BindMode::Parameter
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
        let scope = if frame.function != NONE {
            frame.function | IN_FUNCTION
        } else if self.conventions.class_scope_is_empty {
            self.visible_table(frame.table, name)
        } else {
            frame.table
        };
        self.chain(Chain::Name { scope, name })
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
    fn visit_prefix(&mut self, c: &mut Cursor<'_>, is_path: bool) -> ChainIx {
        if is_path && matches!(self.table.role(c.kind_id()), Role::SelfValue) {
            // `self::x` begins at this module, not at the receiver.
            let name = self.names.owned("self");
            let scope = self.frame().table;
            return self.chain(Chain::Name { scope, name });
        }
        self.visit_read(c, if is_path { RefKind::Type } else { RefKind::Read })
    }

    pub(super) fn call(&mut self, c: &mut Cursor<'_>, function: FieldId, kind: RefKind) -> ChainIx {
        if kind == RefKind::Call && !self.conventions.import_calls.is_empty() {
            let node = c.node();
            if let Some((path, member)) = self.import_call(node)
                && member.is_none()
            {
                return self.import_value(None, path, None);
            }
        }
        let mut callee = NONE;
        self.fields(c, |w, c, field| {
            if field == Some(function) {
                callee = w.visit_read(c, kind);
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        if callee != NONE && self.conventions.export_list.is_some() {
            self.export_list_call(callee, c.node());
        }
        if callee == NONE || kind == RefKind::Macro { NONE } else { self.chain(Chain::Call(callee)) }
    }

    pub(super) fn index(&mut self, c: &mut Cursor<'_>, value: FieldId) -> ChainIx {
        // In types, `Base[Argument]` is a generic: its arguments are types as well.
        let kind = self.kind;
        let in_type = matches!(kind, RefKind::Type | RefKind::Inherit);
        let (mut base, mut argument) = (NONE, NONE);
        let mut holds_values = false;
        self.fields(c, |w, c, field| {
            if field == Some(value) {
                base = w.visit_read(c, if in_type { kind } else { RefKind::Read });
                holds_values = w.is_literal_type(c.node());
            } else {
                let is_type = in_type && !holds_values;
                let chain = w.visit_read(c, if is_type { RefKind::Type } else { RefKind::Read });
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

    pub(super) fn generic(&mut self, c: &mut Cursor<'_>, base_field: Option<FieldId>) -> ChainIx {
        let kind = self.kind;
        let (mut base, mut argument) = (NONE, NONE);
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
                let chain = match w.table.role(c.kind_id()) {
                    Role::Descend | Role::TypeContext => w.children_first(c),
                    _ => w.visit(c),
                };
                (w.mode, w.kind) = (mode, outer);
                if argument == NONE {
                    argument = chain;
                }
            }
        });
        if base == NONE { NONE } else { self.chain(Chain::Generic { base, argument }) }
    }

    fn is_literal_type(&self, node: Node<'_>) -> bool {
        let types = &self.conventions.literal_types;
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

    /// A text where a type stands: the names in it are types. Gives the chain of a text that is one path.
    pub(super) fn quoted_type(&mut self, c: &mut Cursor<'_>, node: Node<'_>) -> ChainIx {
        let text = self.slice(node);
        let quote = |b: &u8| *b == b'"' || *b == b'\'';
        let Some(open) = text.iter().position(quote) else { return self.children(c) };
        let start = open + text[open..].iter().take_while(|b| quote(b)).count();
        let end = text.iter().rposition(|b| !quote(b)).map_or(0, |i| i + 1);
        if start >= end {
            return NONE;
        }
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        let inside = &text[start..end];
        let (mut at, mut paths, mut chain) = (0, 0, NONE);
        while at < inside.len() {
            let len = inside[at..].iter().take_while(|b| is_word(**b)).count();
            if len == 0 {
                at += 1;
                continue;
            }
            let word = &inside[at..at + len];
            let is_member = at > 0 && inside[at - 1] == b'.' && chain != NONE;
            let is_keyword = std::str::from_utf8(word).is_ok_and(|w| self.table.is_keyword(w) || w == "None");
            if is_keyword || word[0].is_ascii_digit() {
                chain = NONE;
            } else {
                let name = self.names.slice(word);
                paths += usize::from(!is_member);
                chain = match is_member {
                    true => self.chain(Chain::Member { base: chain, name }),
                    false => self.resolve_name(name),
                };
                self.reference(chain, node.start_byte() + start + at, self.kind);
            }
            at += len;
        }
        if paths == 1 { chain } else { NONE }
    }

    /// In a type the only alternative that has a name; elsewhere an operator like any other.
    pub(super) fn union(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        if !matches!(self.kind, RefKind::Type | RefKind::Inherit) {
            self.children(c);
            return NONE;
        }
        let (mut only, mut count) = (NONE, 0);
        self.fields(c, |w, c, _| {
            let chain = w.visit(c);
            if chain != NONE {
                (only, count) = (chain, count + 1);
            }
        });
        if count == 1 { only } else { NONE }
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

    pub(super) fn unwrap(&mut self, c: &mut Cursor<'_>, by: UnwrapBy) -> ChainIx {
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
    pub(super) fn tokens(&mut self, c: &mut Cursor<'_>) {
        if !c.goto_first_child() {
            self.raw_tokens(c.node());
            return;
        }
        let mut base = NONE; // the chain before a `::`
        let mut joined = Joint::None;
        loop {
            let node = c.node();
            let role = self.table.role(c.kind_id());
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
                    let name = self.names.slice(self.identifier(node));
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

impl Walker<'_> {
    /// Tokens that the parser left as one text: words that are no keywords are names.
    fn raw_tokens(&mut self, node: Node<'_>) {
        let (start, text) = (node.start_byte(), self.slice(node));
        let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        let mut at = 0;
        while at < text.len() {
            let b = text[at];
            if b == b'"' || b == b'\'' {
                at += 1;
                while at < text.len() && text[at] != b {
                    at += 1 + usize::from(text[at] == b'\\');
                }
                at += 1;
                continue;
            }
            let end = at + text[at..].iter().take_while(|b| is_word(**b)).count();
            if end == at {
                at += 1;
                continue;
            }
            let word = &text[at..end];
            let is_name = !b.is_ascii_digit()
                && std::str::from_utf8(word).is_ok_and(|w| !self.table.is_keyword(w))
                && !text[..at].ends_with(b"->");
            if is_name && !text[..at].ends_with(b".") {
                let kind = if text.get(end) == Some(&b'(') { RefKind::Call } else { RefKind::Read };
                let name = self.names.slice(word);
                let chain = self.resolve_name(name);
                self.reference(chain, start + at, kind);
            }
            at = end;
        }
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
