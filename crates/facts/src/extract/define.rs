//! Definitions: name, kind, signature, documentation, visibility, members.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::{Node, TreeCursor};
use lodemap_grammar::{
    Define, DocStyle, Extend, FieldId, NamePath, RefKind, ScopeKind, Step, SymbolKind, VisibilityStyle,
};

use super::walk::{Mode, Pending, Reveal, Walker, span_of};
use crate::model::{Base, BindTarget, Binding, Chain, ChainIx, NONE, Symbol, SymbolFlags, Visibility};
use crate::names::NameIx;
use lodemap_grammar::BindMode;

/// Signatures are cut here; longer ones are parameter lists nobody reads in a map.
const MAX_SIGNATURE: usize = 240;

/// Everything that was open around a definition, to be put back after it.
struct Around {
    owner: u32,
    parent: u32,
    class: u32,
    defined_at: u32,
    expects_self: u32,
    exported: bool,
    mode: Mode,
    kind: RefKind,
    reveal: Reveal,
}

impl<'s> Walker<'s> {
    pub(super) fn define(&mut self, c: &mut TreeCursor<'_>, node: Node<'_>, rule: &Define) {
        let found = rule.name.iter().find_map(|p| follow(node, p, rule));
        let Some((name_node, by_name)) = found.filter(|(n, _)| n.end_byte() > n.start_byte()) else {
            self.pending = Pending::default();
            self.children(c);
            return;
        };
        let field = |f: Option<FieldId>| f.and_then(|f| node.child_by_field_id(f));
        let body = field(rule.body);
        if rule.file_without_body && body.is_none() {
            self.module_in_file(node, name_node);
            return;
        }
        let in_function = self.frame().function != NONE;
        if rule.requires.is_some() && field(rule.requires).is_none() || rule.outer_only && in_function {
            self.pending = Pending::default();
            self.local_declaration(c, name_node, rule.outer_only && in_function);
            return;
        }
        let by_child = |f: Option<FieldId>| {
            let id = field(f)?.kind_id();
            rule.kinds.iter().find(|(k, _)| *k == id).map(|(_, s)| *s)
        };
        let mut kind =
            by_name.or_else(|| by_child(rule.value)).or_else(|| by_child(rule.type_)).unwrap_or(rule.kind);
        let pending = std::mem::take(&mut self.pending);
        let in_class = self.frame().kind == ScopeKind::Class;
        if in_class && kind == SymbolKind::Function && self.conventions.functions_in_classes_are_methods {
            kind = SymbolKind::Method;
        }
        let name = self.names.slice(self.slice(name_node));
        let symbol = self.add_symbol(node, name_node, name, kind, body, rule, pending, in_class);
        self.bind_symbol(name, symbol);

        let around = self.enter(symbol, kind);
        self.defined_at = name_node.start_byte() as u32;
        if in_class && self.conventions.first_parameter_is_self && rule.scope == Some(ScopeKind::Function) {
            let is_static = self.symbols[symbol as usize].flags.has(SymbolFlags::STATIC);
            self.expects_self = if is_static { NONE } else { self.class };
        }
        // Type parameters and parameters are local to the definition.
        let outer_kind =
            if rule.scope == Some(ScopeKind::Function) { ScopeKind::Function } else { ScopeKind::Block };
        self.push_frame(outer_kind, symbol);
        let table_scope = rule.scope.filter(|s| matches!(s, ScopeKind::Class | ScopeKind::Module));
        let mut opened = false;
        if let Some(kind) = table_scope.filter(|_| rule.body.is_none()) {
            self.open_table(kind, symbol);
            opened = true;
        }
        self.fields(c, |w, c, field| {
            if field.is_none() {
                w.visit_read(c, RefKind::Read);
            } else if field == rule.type_ {
                let ty = w.visit_read(c, RefKind::Type);
                w.symbols[symbol as usize].ty = ty;
            } else if field == rule.bases {
                w.bases(c, symbol);
            } else if field == rule.value {
                let value = w.visit_read(c, RefKind::Read);
                let ty = &mut w.symbols[symbol as usize].ty;
                if *ty == NONE {
                    *ty = value;
                }
            } else if field == rule.receiver {
                w.receiver(c, symbol);
            } else if field == rule.body {
                if let Some(kind) = table_scope {
                    w.open_table(kind, symbol);
                    opened = true;
                }
                w.visit_read(c, RefKind::Read);
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        if opened {
            self.pop_frame();
        }
        self.pop_frame();
        self.leave(around);
    }

    /// `impl Type`, `impl Trait for Type`: members of a type that is defined elsewhere.
    pub(super) fn extend(&mut self, c: &mut TreeCursor<'_>, node: Node<'_>, rule: &Extend) {
        let pending = std::mem::take(&mut self.pending);
        let body = node.child_by_field_name("body");
        let end = body.map_or(node.end_byte(), |b| b.start_byte()) as u32;
        let signature = self.signature(node.start_byte() as u32, end);
        let symbol = self.symbols.len() as u32;
        let name_node = node.child_by_field_id(rule.type_).unwrap_or(node);
        let head = head_of(self.slice(name_node));
        let name = self.names.owned(&String::from_utf8_lossy(head));
        self.symbols.push(Symbol {
            name,
            kind: SymbolKind::Impl,
            visibility: Visibility::Public,
            flags: SymbolFlags::default(),
            parent: self.parent,
            duplicate: 0,
            scope: NONE,
            container: NONE,
            span: Span {
                start: pending.start.unwrap_or(node.start_byte() as u32),
                end: node.end_byte() as u32,
            },
            name_at: name_node.start_byte() as u32,
            body_at: end,
            doc: self.doc_before(&pending, node.start_byte() as u32),
            signature,
            ty: NONE,
        });
        let around = self.enter(symbol, SymbolKind::Impl);
        self.class = symbol;
        self.push_frame(ScopeKind::Block, symbol);
        let mut opened = false;
        self.fields(c, |w, c, field| {
            if field == Some(rule.type_) {
                let ty = w.visit_read(c, RefKind::Type);
                w.symbols[symbol as usize].ty = ty;
            } else if field.is_some() && field == rule.trait_ {
                w.bases(c, symbol);
            } else {
                if body.is_some_and(|b| b.id() == c.node().id()) {
                    w.open_table(ScopeKind::Class, symbol);
                    opened = true;
                }
                w.visit_read(c, RefKind::Read);
            }
        });
        if opened {
            self.pop_frame();
        }
        self.pop_frame();
        self.leave(around);
    }

    #[allow(clippy::too_many_arguments)] // all of them describe the one symbol that is made
    fn add_symbol(
        &mut self,
        node: Node<'_>,
        name_node: Node<'_>,
        name: NameIx,
        kind: SymbolKind,
        body: Option<Node<'_>>,
        rule: &Define,
        pending: Pending,
        in_class: bool,
    ) -> u32 {
        let start = node.start_byte() as u32;
        let body_at = body.map_or(node.end_byte(), |b| b.start_byte()) as u32;
        let doc = match self.conventions.doc {
            DocStyle::Comment => self.doc_before(&pending, start),
            DocStyle::Docstring => body.and_then(docstring).map(span_of).unwrap_or_default(),
        };
        let mut flags = 0;
        for a in &pending.attributes {
            flags |= SymbolFlags::DECORATED | self.attribute_flags(*a);
        }
        if self.parent != NONE && self.symbols[self.parent as usize].flags.has(SymbolFlags::TEST) {
            flags |= SymbolFlags::TEST;
        }
        if rule.body.is_some() && body.is_none() && kind.is_callable() {
            flags |= SymbolFlags::DECLARATION;
        }
        let signature = if kind.is_light() { NONE } else { self.signature(start, body_at) };
        let visibility = self.visibility_of(name, Some(node), rule.inherit_visibility || in_class);
        let symbol = self.symbols.len() as u32;
        for r in &mut self.refs[pending.refs_from..] {
            if pending.start.is_some() && r.owner == self.owner {
                r.owner = if kind.is_light() { self.owner } else { symbol };
            }
        }
        self.symbols.push(Symbol {
            name,
            kind,
            visibility,
            flags: SymbolFlags(flags),
            parent: self.parent,
            duplicate: 0,
            scope: NONE,
            container: NONE,
            span: Span { start: pending.start.unwrap_or(start).min(start), end: node.end_byte() as u32 },
            name_at: name_node.start_byte() as u32,
            body_at,
            doc,
            signature,
            ty: NONE,
        });
        symbol
    }

    fn bind_symbol(&mut self, name: NameIx, symbol: u32) {
        let frame = self.frame();
        let (table, function) = (frame.table, frame.function);
        // A block inside a module (`if TYPE_CHECKING:`, `#ifdef`) declares in the module.
        if function == NONE {
            let target = BindTarget::Symbol(symbol);
            self.bindings.push(Binding {
                scope: table,
                name,
                target,
                mode: BindMode::Let,
                ty: NONE,
                value: NONE,
            });
        } else {
            let chain = self.chain(Chain::Symbol(symbol));
            self.bind_local(name, chain);
        }
    }

    fn enter(&mut self, symbol: u32, kind: SymbolKind) -> Around {
        let around = Around {
            owner: self.owner,
            parent: self.parent,
            class: self.class,
            defined_at: self.defined_at,
            expects_self: self.expects_self,
            exported: self.exported,
            mode: self.mode,
            kind: self.kind,
            reveal: self.reveal,
        };
        if !kind.is_light() {
            self.owner = symbol;
        }
        self.parent = symbol;
        self.exported = false;
        (self.mode, self.kind, self.reveal) = (Mode::Read, RefKind::Read, Reveal::NOTHING);
        around
    }

    fn leave(&mut self, around: Around) {
        self.owner = around.owner;
        self.parent = around.parent;
        self.class = around.class;
        self.defined_at = around.defined_at;
        self.expects_self = around.expects_self;
        self.exported = around.exported;
        (self.mode, self.kind, self.reveal) = (around.mode, around.kind, around.reveal);
        self.pending = Pending::default();
    }

    fn open_table(&mut self, kind: ScopeKind, symbol: u32) {
        self.push_frame(kind, symbol);
        self.class = if kind == ScopeKind::Class { symbol } else { NONE };
    }

    fn bases(&mut self, c: &mut TreeCursor<'_>, symbol: u32) {
        // A list of bases gives one chain an element; a single base is its own list.
        let is_list = matches!(
            self.table.role(c.node().kind_id()),
            lodemap_grammar::Role::Descend | lodemap_grammar::Role::Bases
        );
        let mut found: Vec<ChainIx> = Vec::new();
        if is_list {
            self.fields(c, |w, c, _| found.push(w.visit_read(c, RefKind::Inherit)));
        } else {
            found.push(self.visit_read(c, RefKind::Inherit));
        }
        self.bases.extend(found.into_iter().filter(|b| *b != NONE).map(|chain| Base { symbol, chain }));
    }

    /// Go's `func (r *Type) name()`: the receiver's type owns the method.
    fn receiver(&mut self, c: &mut TreeCursor<'_>, symbol: u32) {
        let from = self.refs.len();
        self.visit_read(c, RefKind::Read);
        let head = self.refs[from..].iter().find(|r| r.kind == RefKind::Type).map(|r| r.chain);
        if let Some(chain) = head
            && let Chain::Name { name, .. } = self.chains[chain as usize]
        {
            self.symbols[symbol as usize].container = name;
            self.symbols[symbol as usize].kind = SymbolKind::Method;
        }
    }

    /// A declaration that is no symbol: inside a function its name is a local.
    fn local_declaration(&mut self, c: &mut TreeCursor<'_>, name_node: Node<'_>, local: bool) {
        let outer = self.defined_at;
        if local {
            self.defined_at = name_node.start_byte() as u32;
        }
        self.children(c);
        self.defined_at = outer;
        if local {
            let name = self.names.slice(self.slice(name_node));
            let unknown = self.chain(Chain::Unknown);
            self.bind_local(name, unknown);
        }
    }

    fn doc_before(&self, pending: &Pending, start: u32) -> Span {
        let start = pending.start.unwrap_or(start);
        let doc = pending.doc;
        let adjacent = doc.end > doc.start && doc.end <= start && self.newlines_between(doc.end, start) <= 1;
        if adjacent { doc } else { Span::default() }
    }

    fn attribute_flags(&self, attribute: Span) -> u8 {
        let text = &self.text[attribute.start as usize..attribute.end as usize];
        let text = String::from_utf8_lossy(text);
        let text = text.trim_start_matches(['#', '!', '[', '@', ' ']);
        let mut flags = 0;
        if self.conventions.test_attributes.iter().any(|t| is_attribute(text, t)) {
            flags |= SymbolFlags::TEST;
        }
        if is_attribute(text, "staticmethod") {
            flags |= SymbolFlags::STATIC;
        }
        flags
    }

    pub(super) fn visibility_of(&self, name: NameIx, node: Option<Node<'_>>, inherits: bool) -> Visibility {
        let text = self.names.get(name);
        match self.conventions.visibility {
            VisibilityStyle::Underscore => {
                let dunder = text.starts_with("__") && text.ends_with("__");
                if text.starts_with('_') && !dunder { Visibility::Private } else { Visibility::Public }
            }
            VisibilityStyle::Capitalised => {
                if text.chars().next().is_some_and(char::is_uppercase) {
                    Visibility::Public
                } else {
                    Visibility::Package
                }
            }
            VisibilityStyle::Export => {
                if self.exported || self.class != NONE {
                    Visibility::Public
                } else {
                    Visibility::Private
                }
            }
            VisibilityStyle::Modifier => match node.and_then(|n| self.modifier(n)) {
                Some(b"pub") => Visibility::Public,
                Some(_) => Visibility::Package,
                None if inherits && self.is_trait_member() => Visibility::Public,
                None => Visibility::Private,
            },
            VisibilityStyle::Static => match node.and_then(|n| self.modifier(n)) {
                Some(b"static") => Visibility::Private,
                _ => Visibility::Public,
            },
        }
    }

    /// Members of traits, of their implementations and of enumerations are as visible as those.
    fn is_trait_member(&self) -> bool {
        let Some(parent) = self.symbols.get(self.parent as usize) else { return false };
        match parent.kind {
            SymbolKind::Trait | SymbolKind::Enum => true,
            SymbolKind::Impl => self.bases.iter().rev().any(|b| b.symbol == self.parent),
            _ => false,
        }
    }

    fn modifier(&self, node: Node<'_>) -> Option<&'s [u8]> {
        let mut walk = node.walk();
        node.children(&mut walk)
            .take(6)
            .filter(|n| self.visibility_kinds.contains(&n.kind_id()))
            .map(|n| self.slice(n))
            .find(|text| self.conventions.visibility == VisibilityStyle::Modifier || *text == b"static")
    }

    /// The text from `start` to `end` on one line: white space folded, the opening of a body cut off.
    pub(super) fn signature(&mut self, start: u32, end: u32) -> NameIx {
        let text = String::from_utf8_lossy(&self.text[start as usize..end as usize]);
        let mut out = String::with_capacity(text.len().min(MAX_SIGNATURE));
        for word in text.split_whitespace() {
            let glued = out.is_empty() || out.ends_with(['(', '[']) || word.starts_with([')', ']', ',']);
            if !glued {
                out.push(' ');
            }
            if word.starts_with([')', ']']) && out.ends_with(',') {
                out.pop();
            }
            out.push_str(word);
            if out.len() > MAX_SIGNATURE {
                break;
            }
        }
        if out.len() > MAX_SIGNATURE {
            let cut = out.floor_char_boundary(MAX_SIGNATURE - 3);
            out.truncate(cut);
            out.push('…');
        }
        let kept = out.trim_end_matches([' ', '{', ':', ';', '=']).len();
        self.names.add(&out[..kept])
    }
}

/// Follows one way to a name; also gives the kind that a node on the way stands for.
fn follow<'t>(node: Node<'t>, path: &NamePath, rule: &Define) -> Option<(Node<'t>, Option<SymbolKind>)> {
    let mut at = node;
    let mut kind = None;
    let mut step_to = |at: &mut Node<'t>, next: Node<'t>| {
        *at = next;
        let id = next.kind_id();
        kind = rule.kinds.iter().find(|(k, _)| *k == id).map(|(_, s)| *s).or(kind);
    };
    for step in &path.0 {
        match *step {
            Step::Field(f) => {
                let next = at.child_by_field_id(f)?;
                step_to(&mut at, next);
            }
            Step::Repeat(f) => {
                let first = at.child_by_field_id(f)?;
                step_to(&mut at, first);
                // Parentheses around a declarator have no field of their own.
                while let Some(next) = at
                    .child_by_field_id(f)
                    .or_else(|| at.named_child(0).filter(|_| at.kind() == "parenthesized_declarator"))
                {
                    step_to(&mut at, next);
                }
            }
            Step::First => {
                let next = at.named_child(0)?;
                step_to(&mut at, next);
            }
        }
    }
    Some((at, kind))
}

/// The string that is the first statement of a body.
fn docstring(body: Node<'_>) -> Option<Node<'_>> {
    let mut walk = body.walk();
    let first = body.named_children(&mut walk).find(|n| !n.is_extra())?;
    let string = if first.kind() == "expression_statement" { first.named_child(0)? } else { first };
    (string.kind() == "string").then_some(string)
}

/// `Type` of `path::Type<'a, T>` and `&mut Type`.
fn head_of(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|b| *b == b'<').unwrap_or(text.len());
    let text = text[..end].trim_ascii();
    let start = text.iter().rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80));
    let head = &text[start.map_or(0, |s| s + 1)..];
    if head.is_empty() { text } else { head }
}

fn is_attribute(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        || word.ends_with(|c: char| !c.is_alphanumeric()) && text.starts_with(word)
}
