//! The arguments of macros: tokens, read as the expressions that they mostly are.
//!
//! Names joined by `::` are paths, names after a dot members, parentheses after a name call it, braces after a
//! capitalised one construct it. What does not read so starts anew.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, RefKind, Role, ScopeKind};

use super::cursor::Cursor;
use super::walk::{Reveal, Walker};
use crate::model::{Chain, ChainIx, NONE};

/// How the next name is joined to the expression before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    None,
    Path,
    Dot,
}

/// The expression read so far.
#[derive(Clone, Copy)]
struct Reading {
    chain: ChainIx,
    joint: Joint,
    /// Its last name begins with a capital: braces after it are of a value.
    is_type: bool,
}

const NOTHING: Reading = Reading { chain: NONE, joint: Joint::None, is_type: false };

impl Walker<'_> {
    /// Raw tokens; gives the expression at their end.
    pub(super) fn tokens(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let constructing = std::mem::replace(&mut self.constructing, NONE);
        if !c.goto_first_child() {
            self.raw_tokens(c.node());
            return NONE;
        }
        let mut now = NOTHING;
        let mut last = NONE;
        let receiver = std::mem::replace(&mut self.element_of, NONE);
        self.closure_parameters(c, receiver);
        // In the braces of a value, a name at the start or after a comma is a field.
        let mut at_field = constructing != NONE;
        loop {
            let node = c.node();
            let role = self.table.role(c.kind_id());
            let text = self.slice(node);
            let was_field =
                std::mem::replace(&mut at_field, constructing != NONE && matches!(text, b"," | b"{"));
            match role {
                Role::Tokens => now = self.token_group(c, now),
                Role::Name | Role::TypeName | Role::SelfValue if was_field && self.is_field(node) => {
                    let name = self.names.slice(self.identifier(node));
                    let chain = self.chain(Chain::Path { base: constructing, name });
                    self.reference(chain, node.start_byte(), RefKind::Read);
                    now = NOTHING;
                }
                Role::Name | Role::TypeName | Role::SelfValue => now = self.token_name(node, role, now),
                _ => now = self.token(text, now),
            }
            if !matches!(text, b")" | b"]" | b"}") {
                last = if now.joint == Joint::None { now.chain } else { NONE };
            }
            if !c.goto_next_sibling() {
                break;
            }
        }
        c.goto_parent();
        last
    }

    /// If the arguments of a call begin with the parameters of a closure, binds those; stays before the first argument,
    /// or on the bar behind the parameters.
    fn closure_parameters(&mut self, c: &mut Cursor<'_>, receiver: ChainIx) {
        let node = c.node();
        // The text is asked first: to find siblings is dear.
        let is_closure =
            self.slice(node) == b"(" && self.text[node.end_byte()..].trim_ascii_start().starts_with(b"|");
        let mut next = if is_closure { node.next_sibling() } else { None };
        if next.is_none_or(|n| self.slice(n) != b"|") {
            return;
        }
        let mut names = Vec::new();
        loop {
            next = next.and_then(|n| n.next_sibling());
            let Some(n) = next else { return };
            match self.slice(n) {
                b"|" => break,
                b"&" | b"mut" | b"," => {}
                _ if matches!(self.role_of(n), Role::Name) => names.push(n),
                _ => return, // a pattern, or a declared type
            }
        }
        let Some(bar) = next else { return };
        let element = if receiver == NONE { NONE } else { self.chain(Chain::Element(receiver)) };
        let value = if names.len() == 1 { element } else { NONE };
        let reveal = Reveal { mode: BindMode::Parameter, value, ..Reveal::NOTHING };
        let outer = std::mem::replace(&mut self.reveal, reveal);
        for n in names {
            let name = self.names.slice(self.identifier(n));
            self.bind_name(name, n);
        }
        self.reveal = outer;
        while c.node().id() != bar.id() && c.goto_next_sibling() {}
    }

    fn token_group(&mut self, c: &mut Cursor<'_>, now: Reading) -> Reading {
        let open = self.text[c.node().start_byte()];
        let is_value = now.chain != NONE && now.joint == Joint::None;
        let outer = self.constructing;
        self.constructing = if open == b'{' && is_value && now.is_type { now.chain } else { NONE };
        let receiver = if open == b'(' && is_value { self.receiver_of_closures(now.chain) } else { NONE };
        let receiver = std::mem::replace(&mut self.element_of, receiver);
        self.push_frame(ScopeKind::Block, NONE);
        let inside = self.tokens(c);
        self.pop_frame();
        self.element_of = receiver;
        self.constructing = outer;
        let chain = match open {
            b'(' if is_value => self.chain(Chain::Call(now.chain)),
            b'[' if is_value => self.chain(Chain::Index(now.chain)),
            b'{' if is_value && now.is_type => self.chain(Chain::Call(now.chain)),
            b'(' => inside,
            _ => NONE,
        };
        Reading { chain, ..NOTHING }
    }

    fn token_name(&mut self, node: Node<'_>, role: &Role, now: Reading) -> Reading {
        let (at, end) = (node.start_byte(), node.end_byte());
        if self.also_defined.contains(&(at as u32)) {
            return NOTHING;
        }
        let text = self.identifier(node);
        if now.joint == Joint::Dot && text == b"await" {
            let chain = if now.chain == NONE { NONE } else { self.chain(Chain::Await(now.chain)) };
            return Reading { chain, ..NOTHING };
        }
        let kind = match (self.text.get(end), self.text.get(end + 1)) {
            (Some(b'('), _) => RefKind::Call,
            (Some(b'!'), next) if next != Some(&b'=') => RefKind::Macro,
            (Some(b':'), Some(b':')) => RefKind::Type,
            _ if self.kind == RefKind::Decorator && now.joint == Joint::None => RefKind::Decorator,
            _ => RefKind::Read,
        };
        let name = self.names.slice(text);
        let chain = match (now.joint, role) {
            (Joint::Path, _) if now.chain != NONE => self.chain(Chain::Path { base: now.chain, name }),
            (Joint::Dot, _) => {
                let base = if now.chain == NONE { self.chain(Chain::Unknown) } else { now.chain };
                self.chain(Chain::Member { base, name })
            }
            (_, Role::SelfValue) if kind != RefKind::Type => self.self_value(),
            _ if kind == RefKind::Macro => self.resolve_macro(name),
            _ => self.resolve_name(name),
        };
        if !matches!(text, b"crate" | b"super" | b"self") || matches!(role, Role::SelfValue) {
            self.reference(chain, at, kind);
        }
        Reading { chain, joint: Joint::None, is_type: text.first().is_some_and(u8::is_ascii_uppercase) }
    }

    fn token(&mut self, text: &[u8], now: Reading) -> Reading {
        match text {
            b"::" => Reading { joint: Joint::Path, ..now },
            b"." => Reading { joint: Joint::Dot, ..now },
            b"?" if now.chain != NONE => Reading { chain: self.chain(Chain::Try(now.chain)), ..NOTHING },
            b"await" if now.joint == Joint::Dot && now.chain != NONE => {
                Reading { chain: self.chain(Chain::Await(now.chain)), ..NOTHING }
            }
            // The index of a part of a tuple.
            digits
                if now.joint == Joint::Dot && now.chain != NONE && digits.iter().all(u8::is_ascii_digit) =>
            {
                let name = self.names.owned(&String::from_utf8_lossy(digits));
                Reading { chain: self.chain(Chain::Member { base: now.chain, name }), ..NOTHING }
            }
            _ => NOTHING,
        }
    }

    /// Whether a name in the braces of a value is followed by what follows a field.
    fn is_field(&self, node: Node<'_>) -> bool {
        let rest = self.text[node.end_byte()..].trim_ascii_start();
        match rest {
            [b':', b':', ..] => false,
            [b':' | b',' | b'}', ..] => true,
            _ => false,
        }
    }

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
