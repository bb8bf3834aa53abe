//! Sets of flags in the arguments of macros: `struct Name: u32 { const A = 1; }` is no item of Rust, but the one form
//! that is common enough to be known (`bitflags!`).

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{RefKind, Role, ScopeKind, SymbolKind};

use super::cursor::Cursor;
use super::walk::{Walker, span_of};
use crate::model::{NONE, Visibility};

/// A set of flags: where it starts, its name, its body.
struct Flags<'t> {
    start: u32,
    visibility: Visibility,
    name: Node<'t>,
    body: Node<'t>,
}

impl Walker<'_> {
    /// Defines the sets of flags among tokens; tells whether there are any.
    pub(super) fn flags(&mut self, tokens: Node<'_>) -> bool {
        let mut walk = tokens.walk();
        let tokens: Vec<Node<'_>> = tokens.children(&mut walk).collect();
        let (mut found, mut defined_to) = (false, 0);
        for at in 0..tokens.len() {
            let Some(flags) = self.flags_at(&tokens, at) else { continue };
            for token in &tokens[defined_to..at] {
                if let Role::Tokens = self.role_of(*token) {
                    self.visit_read(&mut Cursor::new(*token), RefKind::Read);
                }
            }
            defined_to = tokens.iter().position(|t| t.id() == flags.body.id()).map_or(at, |i| i + 1);
            self.define_flags(&flags);
            found = true;
        }
        found
    }

    fn flags_at<'t>(&self, tokens: &[Node<'t>], at: usize) -> Option<Flags<'t>> {
        let text = |i: usize| tokens.get(i).map(|t| self.slice(*t));
        let name = *tokens.get(at + 1)?;
        let is_name = matches!(self.role_of(name), Role::Name | Role::TypeName);
        if text(at)? != b"struct" || !is_name || text(at + 2)? != b":" {
            return None;
        }
        let body = *tokens[at..].iter().find(|t| self.slice(**t).starts_with(b"{"))?;
        let (from, visibility) = match (at.checked_sub(1).and_then(text), at.checked_sub(2).and_then(text)) {
            (Some(b"pub"), _) => (at - 1, Visibility::Public),
            (Some([b'(', ..]), Some(b"pub")) => (at - 2, Visibility::Package),
            _ => (at, Visibility::Private),
        };
        Some(Flags { start: tokens[from].start_byte() as u32, visibility, name, body })
    }

    fn define_flags(&mut self, flags: &Flags<'_>) {
        let name = self.names.slice(self.identifier(flags.name));
        let at = span_of(flags.name);
        let span = Span { start: flags.start, end: flags.body.end_byte() as u32 };
        let head = &self.text[flags.start as usize..flags.body.start_byte()];
        let signature = self.value_signature(flags.start, flags.start + head.trim_ascii_end().len() as u32);
        let symbol = self.value_symbol(name, SymbolKind::Struct, at, span, self.parent);
        let s = &mut self.symbols[symbol as usize];
        (s.visibility, s.signature, s.ty) = (flags.visibility, signature, NONE);
        s.body_at = flags.body.start_byte() as u32;
        self.bind_symbol(name, symbol);
        let own_type = self.resolve_name(name);
        let visibility = flags.visibility;
        self.inside(symbol, SymbolKind::Struct, |w| {
            w.push_frame(ScopeKind::Class, symbol);
            let mut walk = flags.body.walk();
            let tokens: Vec<Node<'_>> = flags.body.children(&mut walk).collect();
            let mut names = Vec::new();
            for (i, token) in tokens.iter().enumerate() {
                let Some(name) = tokens.get(i + 1) else { break };
                if w.slice(*token) != b"const" || !matches!(w.role_of(*name), Role::Name | Role::TypeName) {
                    continue;
                }
                let end = tokens[i..].iter().find(|t| w.slice(**t) == b";").unwrap_or(name);
                let (start, end) = (token.start_byte() as u32, end.end_byte() as u32);
                let key = w.names.slice(w.identifier(*name));
                let flag =
                    w.value_symbol(key, SymbolKind::Constant, span_of(*name), Span { start, end }, symbol);
                w.symbols[flag as usize].ty = own_type;
                w.symbols[flag as usize].visibility = visibility;
                w.bind_symbol(key, flag);
                names.push(name.start_byte() as u32);
            }
            let outer = std::mem::replace(&mut w.also_defined, names);
            w.visit_read(&mut Cursor::new(flags.body), RefKind::Read);
            w.also_defined = outer;
            w.pop_frame();
        });
    }
}
