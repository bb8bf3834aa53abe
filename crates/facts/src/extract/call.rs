//! Calls: what is called, with which arguments, and what that tells of functions given to it.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, RefKind, Role};
use smallvec::SmallVec;

use super::cursor::Cursor;
use super::walk::{Reveal, Walker};
use crate::model::{Chain, ChainIx, Input, NONE};
use crate::names::NameIx;

/// Of so many arguments of a call the values are kept.
const MAX_ARGUMENTS: usize = 4;

type Given = SmallVec<[ChainIx; MAX_ARGUMENTS]>;

impl Walker<'_> {
    pub(super) fn call(&mut self, c: &mut Cursor<'_>, function: FieldId, kind: RefKind) -> ChainIx {
        if kind == RefKind::Call && !self.conventions.import_calls.is_empty() {
            let node = c.node();
            if let Some((path, member)) = self.import_call(node)
                && member.is_none()
            {
                return self.import_value(None, path, None);
            }
        }
        let (mut callee, mut given) = (NONE, Given::new());
        let outer = (self.constructing, self.element_of);
        self.fields(c, |w, c, field| {
            if field == Some(function) {
                (w.constructing, w.element_of) = (NONE, NONE);
                // What is in parentheses is not called by its name.
                let is_plain = !w.conventions.infers || !matches!(w.table.role(c.kind_id()), Role::Unwrap(_));
                callee = w.visit_read(c, if is_plain { kind } else { RefKind::Read });
                (w.constructing, w.element_of) = (callee, w.receiver_of_closures(callee));
            } else if kind == RefKind::Call && w.conventions.keeps_parameters {
                given = w.arguments(c, callee);
            } else if kind == RefKind::Call && w.gives_argument(callee) {
                given.push(w.first_argument(c));
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        (self.constructing, self.element_of) = outer;
        if callee != NONE && self.conventions.export_list.is_some() {
            self.export_list_call(callee, c.node());
        }
        if callee == NONE || kind == RefKind::Macro {
            return NONE;
        }
        if let (Some(word), Chain::Name { name, .. }) =
            (&self.conventions.super_call, self.chains[callee as usize])
            && self.class != NONE
            && self.names.get(name) == word
        {
            return self.chain(Chain::Super(self.class));
        }
        let mut call = self.chain(Chain::Call(callee));
        for argument in given {
            call = self.chain(Chain::Generic { base: call, argument });
        }
        call
    }

    /// Visits arguments; gives the chains of those by position, as far as they say something.
    fn arguments(&mut self, c: &mut Cursor<'_>, callee: ChainIx) -> Given {
        let outer = std::mem::replace(&mut self.kind, RefKind::Read);
        let name = self.last_name(callee);
        let (is_new, is_cast) = (matches!(name, "TypeVar" | "NewType"), name == "cast");
        let takes_elements = self.conventions.element_calls.iter().any(|e| e == name);
        let mut given = Given::new();
        match self.table.role(c.kind_id()) {
            Role::Descend => {
                let (mut at, mut is_told) = (0, true);
                self.fields(c, |w, c, _| {
                    let is_comment = matches!(w.table.role(c.kind_id()), Role::Comment);
                    let is_keyword = matches!(w.table.role(c.kind_id()), Role::Keyword { .. });
                    // What comes after a list of further arguments has no place of its own.
                    is_told &= !w.slice(c.node()).starts_with(b"*");
                    // The name comes first, and then the type, perhaps as `bound=`.
                    w.kind =
                        if is_cast && at == 0 || is_new && at > 0 { RefKind::Type } else { RefKind::Read };
                    let chain = match w.table.role(c.kind_id()) {
                        Role::Keyword { name } if is_new => w.others(c, *name),
                        _ => w.visit(c),
                    };
                    w.kind = RefKind::Read;
                    if is_comment || is_keyword && !is_new {
                        return;
                    }
                    if is_new {
                        given.clear();
                    }
                    if is_told && given.len() < MAX_ARGUMENTS && !(is_new && at == 0) {
                        given.push(w.telling(chain));
                    }
                    if takes_elements && at == 0 {
                        w.element_of = chain;
                    }
                    at += 1;
                });
            }
            _ => {
                let chain = self.visit(c);
                given.push(self.telling(chain));
            }
        }
        self.kind = outer;
        while given.last() == Some(&NONE) {
            given.pop();
        }
        given
    }

    /// The chain of an argument, if it says something.
    fn telling(&self, chain: ChainIx) -> ChainIx {
        match self.chains.get(chain as usize) {
            None | Some(Chain::Unknown | Chain::Builtin(_)) => NONE,
            Some(_) => chain,
        }
    }

    fn last_name(&self, chain: ChainIx) -> &str {
        let name = match self.chains.get(chain as usize) {
            Some(Chain::Name { name, .. } | Chain::Member { name, .. } | Chain::Path { name, .. }) => *name,
            Some(Chain::Import(i)) => self.imports[*i as usize].name,
            _ => NONE,
        };
        if name == NONE { "" } else { self.names.get(name) }
    }

    /// Whether what is called may give something of its first argument.
    fn gives_argument(&self, callee: ChainIx) -> bool {
        let known = &self.conventions.argument_calls;
        let name = self.last_name(callee);
        !name.is_empty() && known.binary_search_by(|k| k.as_str().cmp(name)).is_ok()
    }

    /// Visits arguments; gives the chain of the first.
    fn first_argument(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let outer = std::mem::replace(&mut self.kind, RefKind::Read);
        let chain = match self.table.role(c.kind_id()) {
            Role::Descend => self.children_first(c),
            _ => self.visit(c),
        };
        self.kind = outer;
        chain
    }

    /// The receiver, if a method that is called gives its elements to a function.
    pub(super) fn receiver_of_closures(&self, callee: ChainIx) -> ChainIx {
        match self.chains.get(callee as usize) {
            Some(Chain::Member { base, name }) if !self.conventions.element_closures.is_empty() => {
                let name = self.names.get(*name);
                let is_one =
                    self.conventions.element_closures.binary_search_by(|c| c.as_str().cmp(name)).is_ok();
                if is_one { *base } else { NONE }
            }
            _ => NONE,
        }
    }

    /// An operator between two values is a method of the left one.
    pub(super) fn operator(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let (mut left, mut right, mut count) = (NONE, NONE, 0);
        self.fields(c, |w, c, _| {
            let chain = w.visit(c);
            (left, right) = if count == 0 { (chain, NONE) } else { (left, chain) };
            count += 1;
        });
        let Some(operator) = c.node().child_by_field_name("operator") else { return NONE };
        let text = self.slice(operator);
        if text == b"|" {
            // One of two types, sets or dictionaries.
            return self.either(left, right);
        }
        let method = self.conventions.operators.iter().find(|o| o.0.as_bytes() == text);
        match (method, self.chains.get(left as usize)) {
            (Some(_), Some(Chain::Builtin(_))) => left,
            (Some(_), None | Some(Chain::Unknown)) | (None, _) => NONE,
            (Some((_, method)), Some(_)) => {
                let name = self.names.owned(method);
                let member = self.chain(Chain::Member { base: left, name });
                self.chain(Chain::Call(member))
            }
        }
    }

    /// A function without a name that gives `chain`.
    pub(super) fn callable(&mut self, chain: ChainIx) -> ChainIx {
        if self.telling(chain) == NONE {
            return NONE;
        }
        let name = self.names.owned("Callable");
        let base = self.chain(Chain::Builtin(name));
        let base = self.chain(Chain::Generic { base, argument: NONE });
        self.chain(Chain::Generic { base, argument: chain })
    }

    /// `yield value`, `yield from values`: notes what the function around gives, and is what is sent to it.
    pub(super) fn yielded(&mut self, c: &mut Cursor<'_>, node: Node<'_>) -> ChainIx {
        let mut chain = self.last_child(c);
        if chain != NONE && node.child(1).is_some_and(|n| n.kind() == "from") {
            chain = self.chain(Chain::Element(chain));
        }
        self.returned(chain, true);
        self.sent()
    }

    /// What is sent to the generator around, if it declares it: `Generator[given, sent, returned]`.
    fn sent(&mut self) -> ChainIx {
        let Some(mut at) = self.symbols.get(self.owner as usize).map(|s| s.ty) else { return NONE };
        let mut arguments: SmallVec<[ChainIx; 3]> = SmallVec::new();
        while let Some(Chain::Generic { base, argument }) = self.chains.get(at as usize) {
            arguments.push(*argument);
            at = *base;
        }
        match arguments[..] {
            [.., sent, _] if sent != NONE && self.last_name(at).ends_with("Generator") => {
                self.chain(Chain::Of(sent))
            }
            _ => NONE,
        }
    }

    pub(super) fn parameters(&mut self, c: &mut Cursor<'_>) {
        let outer = (self.mode, self.reveal);
        self.mode = super::walk::Mode::Bind;
        let reveal = Reveal { mode: BindMode::Parameter, ..Reveal::NOTHING };
        // A function given to a method is called with the elements of its receiver.
        let element = match std::mem::replace(&mut self.element_of, NONE) {
            NONE => NONE,
            value => self.chain(Chain::Element(value)),
        };
        self.reveal = Reveal { value: element, ..reveal };
        let function = std::mem::replace(&mut self.declaring, NONE);
        let around = std::mem::replace(&mut self.input, (function, 0));
        self.fields(c, |w, c, _| {
            if w.text[c.node().start_byte()] == b'*' {
                w.input.1 = NONE; // what follows has no place
            }
            w.visit(c);
        });
        self.input = around;
        (self.mode, self.reveal) = outer;
    }

    /// The next parameter: what it declares is kept; gives the method whose bases may declare it instead.
    pub(super) fn next_input(&mut self, name: NameIx) -> Option<u32> {
        let (symbol, index) = self.input;
        if symbol == NONE {
            return None;
        }
        if index != NONE {
            self.input.1 += 1;
        }
        let ty = self.reveal.ty;
        if ty != NONE {
            self.inputs.push(Input { symbol, name, index, ty });
            return None;
        }
        let class = self.symbols[symbol as usize].parent;
        let inherits = class != NONE && class == self.class && self.inheriting.contains(&class);
        inherits.then_some(symbol)
    }
}
