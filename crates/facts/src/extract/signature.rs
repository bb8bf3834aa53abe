//! Signatures: what a definition says of itself, on one line and without its body.

use lodemap_base::is_hidden;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{Role, SymbolKind};

use super::define::New;
use super::walk::Walker;

/// Signatures are cut here; longer ones are parameter lists nobody reads in a map.
const MAX_SIGNATURE: usize = 240;

impl Walker<'_> {
    /// All before the body; where there is none, what a function says or a value's first line.
    pub(super) fn signature_of(&mut self, new: &New<'_, '_>, start: u32, body_at: u32) -> u32 {
        let type_body = new.type_node.filter(|_| new.body.is_none() && new.value.is_none());
        if let Some(body) = type_body.and_then(|t| t.child_by_field_name("body")) {
            // `typedef struct { … } Name`
            let mut text = self.one_line(Some(new.node), start, body.start_byte() as u32);
            text.push_str(" … ");
            text.push_str(self.names.get(new.name));
            return self.signatures.add(&text);
        }
        if new.body.is_some() || new.kind.is_callable() && new.kind != SymbolKind::Macro {
            self.signature(new.node, start, body_at)
        } else {
            self.value_signature(start, body_at)
        }
    }

    /// A value's signature is its first line: the rest is the value.
    pub(super) fn value_signature(&mut self, start: u32, end: u32) -> u32 {
        let text = &self.text[start as usize..end as usize];
        let line = memchr::memchr(b'\n', text);
        let mut out = self.one_line(None, start, start + line.unwrap_or(text.len()) as u32);
        if line.is_some() {
            out.truncate(out.trim_end_matches([' ', '{', '(', '[', '=']).len());
            out.push('…');
        }
        self.signatures.add(&out)
    }

    /// The text from `start` to `end` on one line; comments inside `node` are left out.
    pub(super) fn signature(&mut self, node: Node<'_>, start: u32, end: u32) -> u32 {
        let line = self.one_line(Some(node), start, end);
        self.signatures.add(&line)
    }

    fn one_line(&self, node: Option<Node<'_>>, start: u32, end: u32) -> String {
        let text = &self.text[start as usize..end as usize];
        let mark = self.spec.line_comment.as_bytes();
        let may_comment = |text: &[u8]| {
            memchr::memmem::find(text, mark).is_some() || memchr::memmem::find(text, b"/*").is_some()
        };
        let mut out = String::with_capacity(text.len().min(MAX_SIGNATURE));
        if !may_comment(text) {
            fold(&mut out, text);
        } else if let Some(node) = node {
            let mut comments = Vec::new();
            self.comments_in(node, start as usize, end as usize, &mut comments);
            let mut at = start as usize;
            for (from, to) in comments {
                fold(&mut out, &self.text[at..from]);
                at = to;
            }
            fold(&mut out, &self.text[at..end as usize]);
        } else {
            // The first line of a value: a comment can only be what it ends with.
            let quotes = |text: &[u8]| text.iter().filter(|b| matches!(b, b'"' | b'\'')).count();
            let mut marks = memchr::memmem::find_iter(text, mark);
            let comment = marks.find(|at| text[..*at].ends_with(b" ") && quotes(&text[..*at]) % 2 == 0);
            fold(&mut out, &text[..comment.unwrap_or(text.len())]);
        }
        if out.len() > MAX_SIGNATURE {
            let cut = out.floor_char_boundary(MAX_SIGNATURE - 3);
            out.truncate(cut);
            out.push('…');
        }
        let kept = out.trim_end_matches("=>").trim_end_matches([' ', '{', ':', ';', '=', ',', '\\']).len();
        out.truncate(kept);
        out
    }

    /// The comments between two places, in order. A loop, since the tree may be deeper than the stack.
    fn comments_in(&self, node: Node<'_>, start: usize, end: usize, out: &mut Vec<(usize, usize)>) {
        let mut c = node.walk();
        loop {
            let at = c.node();
            let (from, to) = (at.start_byte(), at.end_byte());
            if from >= end {
                return;
            }
            if let Role::Comment = self.role_of(at)
                && from >= start
            {
                out.push((from, to.min(end)));
            } else if to > start && c.goto_first_child() {
                continue;
            }
            while !c.goto_next_sibling() {
                if !c.goto_parent() {
                    return;
                }
            }
        }
    }
}

/// Appends a text with its white space folded.
fn fold(out: &mut String, text: &[u8]) {
    for word in String::from_utf8_lossy(text).split_whitespace() {
        if out.len() > MAX_SIGNATURE {
            return;
        }
        let glued = out.is_empty() || out.ends_with(['(', '[']) || word.starts_with([')', ']', ',']);
        if !glued {
            out.push(' ');
        }
        if word.starts_with([')', ']']) && out.ends_with(',') {
            out.pop();
        }
        if word.bytes().all(|b| b.is_ascii_graphic()) {
            out.push_str(word);
            continue;
        }
        for c in word.chars() {
            // A signature is shown to people and models: nothing in it may act or hide.
            if is_hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
        }
    }
}
