//! Types written as texts: a small parser for `"Node | None"`, `"dict[str, list[a.Node]]"`.

use lodemap_grammar::tree_sitter::Node;

use super::cursor::Cursor;
use super::walk::Walker;
use crate::model::{Chain, ChainIx, NONE};

impl Walker<'_> {
    /// A text where a type stands: the names in it are types.
    pub(super) fn quoted_type(&mut self, c: &mut Cursor<'_>, node: Node<'_>) -> ChainIx {
        let text = self.slice(node);
        let quote = |b: &u8| *b == b'"' || *b == b'\'';
        let Some(open) = text.iter().position(quote) else { return self.children(c) };
        let start = open + text[open..].iter().take_while(|b| quote(b)).count();
        let end = text.iter().rposition(|b| !quote(b)).map_or(0, |i| i + 1);
        if start >= end {
            return NONE;
        }
        let mut parser = Parser { text: &text[start..end], at: 0, base: node.start_byte() + start, depth: 0 };
        let chain = parser.alternatives(self);
        // Words that are left are types all the same, though it is not known of what.
        while parser.at < parser.text.len() {
            parser.alternatives(self);
            parser.at += 1;
        }
        chain
    }
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the text stands in the file.
    base: usize,
    depth: u32,
}

impl Parser<'_> {
    /// `a | b`.
    fn alternatives(&mut self, w: &mut Walker<'_>) -> ChainIx {
        let mut chain = self.generic(w);
        while self.skip(b'|') {
            let other = self.generic(w);
            chain = w.either(chain, other);
        }
        chain
    }

    /// `a.b[c, d]`.
    fn generic(&mut self, w: &mut Walker<'_>) -> ChainIx {
        let mut chain = self.path(w);
        if self.depth < 16 && self.skip(b'[') {
            self.depth += 1;
            loop {
                let argument = self.alternatives(w);
                if chain != NONE {
                    chain = w.chain(Chain::Generic { base: chain, argument });
                }
                if !self.skip(b',') {
                    break;
                }
            }
            self.skip(b']');
            self.depth -= 1;
        }
        chain
    }

    fn path(&mut self, w: &mut Walker<'_>) -> ChainIx {
        let mut chain = NONE;
        loop {
            self.blanks();
            let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
            let len = self.text[self.at..].iter().take_while(|b| is_word(**b)).count();
            if len == 0 {
                return chain;
            }
            let (word, at) = (&self.text[self.at..self.at + len], self.base + self.at);
            self.at += len;
            let is_keyword = std::str::from_utf8(word).is_ok_and(|t| w.table.is_keyword(t) || t == "None");
            if is_keyword || word[0].is_ascii_digit() {
                return NONE;
            }
            let name = w.names.slice(&w.text[at..at + len]);
            chain = match chain {
                NONE => w.resolve_name(name),
                base => w.chain(Chain::Member { base, name }),
            };
            w.reference(chain, at, w.kind);
            if !self.skip(b'.') {
                return chain;
            }
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }
}
