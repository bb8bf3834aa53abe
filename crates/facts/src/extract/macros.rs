//! Macros: which definition a name means by the text before it, and the items in the arguments of others.
//!
//! A `macro_rules` is seen from where it stands to the end of its module, in the modules inside as well, and the last
//! one of a name counts. What macros do with their arguments is not known; most of those that are given items pass them
//! on, so what reads as items is taken for items.

use lodemap_grammar::tree_sitter::{Node, Range};
use lodemap_grammar::{FieldId, ParseOutcome, RefKind, Role, ScopeKind, SymbolKind, parse_part};
use rustc_hash::FxHashMap;

use super::cursor::Cursor;
use super::walk::{Pending, Walker};
use crate::model::{Chain, ChainIx, NONE};
use crate::names::NameIx;

/// A macro, and where it is seen.
struct Seen {
    symbol: u32,
    from: u32,
    until: u32,
}

impl Walker<'_> {
    pub(super) fn macro_(&mut self, c: &mut Cursor<'_>, function: FieldId) -> ChainIx {
        let is_item = matches!(self.frame().kind, ScopeKind::Module | ScopeKind::Class)
            && self.frame().function == NONE
            && !self.conventions.item_words.is_empty();
        // Attributes before a macro are not those of what comes after it.
        self.pending = Pending::default();
        if !is_item && !self.begins_like_value(c.node()) {
            return self.call(c, function, RefKind::Macro);
        }
        let (mut name, from) = ("", self.symbols.len());
        self.fields(c, |w, c, field| {
            if field == Some(function) {
                let text = std::str::from_utf8(w.slice(c.node())).unwrap_or_default();
                name = text.rsplit("::").next().unwrap_or_default();
                w.visit_read(c, RefKind::Macro);
            } else if let Role::Tokens = w.table.role(c.kind_id()) {
                w.items_or_tokens(c, is_item);
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        if let Some(wrapper) = self.conventions.wrapping_macros.get(name) {
            self.wrap_values(from, wrapper);
        }
        self.pending = Pending::default();
        NONE
    }

    /// What a macro defined is not what it was given, but holds it.
    fn wrap_values(&mut self, from: usize, wrapper: &str) {
        let wrapper = self.names.owned(wrapper);
        for ix in from..self.symbols.len() {
            let s = self.symbols[ix];
            if s.kind == SymbolKind::Constant && s.parent == self.parent {
                let base = self.chain(Chain::Builtin(wrapper));
                self.symbols[ix].ty = self.chain(Chain::Generic { base, argument: s.ty });
            }
        }
    }

    /// Whether the arguments of a macro may begin with a value that is defined (`thread_local! { static … }`).
    fn begins_like_value(&self, invocation: Node<'_>) -> bool {
        let text = self.slice(invocation);
        let inside = memchr::memchr(b'!', text).map_or(&[][..], |at| text[at + 1..].trim_ascii_start());
        let inside = inside.get(1..).unwrap_or_default().trim_ascii_start();
        [&b"static"[..], b"pub", b"#[", b"//"].iter().any(|word| inside.starts_with(word))
    }

    /// The arguments of a macro: items, if they read so and stand where items may stand; inside functions only values
    /// are looked for (`thread_local! { static … }`), since most else there is the macro's own language.
    fn items_or_tokens(&mut self, c: &mut Cursor<'_>, everywhere: bool) {
        let node = c.node();
        let words = self.item_word(node);
        if words == Some(b"if") && everywhere {
            // `cfg_if! { if #[cfg(…)] { items } else { items } }`
            self.fields(c, |w, c, _| {
                let text = w.slice(c.node());
                // Globs of alternatives of which one is real would be followed all at once, for every name.
                let is_braced = text.starts_with(b"{") && memchr::memmem::find(text, b"::*").is_none();
                if is_braced && let Role::Tokens = w.table.role(c.kind_id()) {
                    w.items_or_tokens(c, true);
                } else {
                    w.visit_read(c, RefKind::Read);
                }
            });
            return;
        }
        let may_define = words.is_some_and(|word| everywhere || word == b"static");
        let is_read = may_define
            && (!self.begins_unlike_items(node) && self.read_as_items(node)
                || everywhere && self.flags(node));
        if !is_read {
            self.visit_read(c, RefKind::Read);
        }
    }

    /// The first word among the tokens that begins an item; `if` where attributes choose between items.
    fn item_word(&self, tokens: Node<'_>) -> Option<&[u8]> {
        let mut walk = tokens.walk();
        let mut at_start = true;
        for token in tokens.children(&mut walk).skip(1) {
            let text = self.slice(token);
            if at_start && text == b"if" && token.next_sibling().is_some_and(|n| self.slice(n) == b"#") {
                return Some(text);
            }
            at_start = false;
            let is_word = std::str::from_utf8(text)
                .is_ok_and(|t| self.conventions.item_words.binary_search_by(|w| w.as_str().cmp(t)).is_ok());
            if is_word {
                return Some(text);
            }
        }
        None
    }

    /// Whether the first tokens tell already that this does not read as items (`name: struct Type …`), which a parser
    /// finds out at the dearest: it tries to mend what it cannot read.
    fn begins_unlike_items(&self, tokens: Node<'_>) -> bool {
        let mut walk = tokens.walk();
        let mut said =
            tokens.children(&mut walk).skip(1).filter(|t| !matches!(self.role_of(*t), Role::Comment));
        let (Some(first), Some(second)) = (said.next(), said.next()) else { return false };
        matches!(self.role_of(first), Role::Name) && matches!(self.slice(second), b":" | b"," | b"=>")
    }

    /// Walks what stands between the brackets as items; tells whether it reads so.
    fn read_as_items(&mut self, tokens: Node<'_>) -> bool {
        let count = tokens.child_count();
        let (Some(first), Some(last)) = (tokens.child(0), tokens.child(count.saturating_sub(1))) else {
            return false;
        };
        let part = Range {
            start_byte: first.end_byte(),
            end_byte: last.start_byte(),
            start_point: first.end_position(),
            end_point: last.start_position(),
        };
        if part.start_byte >= part.end_byte {
            return false;
        }
        let ParseOutcome::Tree(tree) = parse_part(self.spec, self.text, part) else { return false };
        let root = tree.root_node();
        if root.has_error() && !lacks_only_its_end(root) {
            return false;
        }
        let mut c = Cursor::new(root);
        if c.goto_first_child() {
            loop {
                self.visit(&mut c);
                if !c.goto_next_sibling() {
                    break;
                }
            }
        }
        true
    }

    /// Leads names of macros to the definitions that are in force where they stand.
    pub(super) fn settle_macros(&mut self) {
        let mut by_name: FxHashMap<NameIx, Vec<Seen>> = FxHashMap::default();
        if self.conventions.macro_use_attribute.is_none() {
            return;
        }
        for ix in 0..self.symbols.len() as u32 {
            let s = &self.symbols[ix as usize];
            let in_module = s.parent == NONE || self.symbols[s.parent as usize].kind == SymbolKind::Module;
            if s.kind == SymbolKind::Macro && in_module {
                let seen = Seen { symbol: ix, from: s.span.end, until: self.seen_until(s.parent) };
                by_name.entry(s.name).or_default().push(seen);
            }
        }
        if by_name.is_empty() {
            return;
        }
        for ix in 0..self.refs.len() {
            let r = self.refs[ix];
            let Chain::Name { name, .. } = self.chains[r.chain as usize] else { continue };
            if r.kind == RefKind::Macro
                && let Some(macros) = by_name.get(&name)
                && let Some(seen) = macros.iter().rev().find(|m| m.from <= r.at && r.at < m.until)
            {
                self.refs[ix].chain = self.chain(Chain::Symbol(seen.symbol));
            }
        }
    }

    /// Where the macros of a module are no longer seen: at its end, or at that of one around it that uses them.
    fn seen_until(&self, mut module: u32) -> u32 {
        let word = self.conventions.macro_use_attribute.as_deref().unwrap_or_default();
        while let Some(s) = self.symbols.get(module as usize) {
            let before = &self.text[s.span.start as usize..s.name_at as usize];
            if memchr::memmem::find(before, word.as_bytes()).is_none() {
                return s.span.end;
            }
            module = s.parent;
        }
        u32::MAX
    }
}

/// Whether nothing is wrong with a list of items but that the last one is not ended.
fn lacks_only_its_end(root: Node<'_>) -> bool {
    let mut walk = root.walk();
    let mut wrong = root.children(&mut walk).filter(Node::has_error);
    let (Some(item), None) = (wrong.next(), wrong.next()) else { return false };
    let mut walk = item.walk();
    let mut parts = item.children(&mut walk).filter(Node::has_error);
    item.next_sibling().is_none()
        && !item.is_error()
        && parts.next().is_some_and(|n| n.is_missing())
        && parts.next().is_none()
}
