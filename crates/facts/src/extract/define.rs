//! Definitions: name, kind, signature, documentation, visibility, members.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{
    BindMode, Define, DocStyle, Extend, FieldId, NamePath, RefKind, Role, ScopeKind, Step, SymbolKind,
    VisibilityStyle,
};

use super::cursor::Cursor;
use super::walk::{Mode, Pending, Reveal, Walker, span_of};
use crate::model::{Base, BindTarget, Binding, Chain, ChainIx, NONE, Symbol, SymbolFlags, Visibility};
use crate::names::NameIx;

/// A symbol about to be added.
#[derive(Clone, Copy)]
pub(super) struct New<'t, 'r> {
    pub(super) node: Node<'t>,
    pub(super) name_node: Node<'t>,
    pub(super) name: NameIx,
    pub(super) kind: SymbolKind,
    pub(super) body: Option<Node<'t>>,
    pub(super) type_node: Option<Node<'t>>,
    pub(super) value: Option<Node<'t>>,
    pub(super) rule: &'r Define,
}

/// Everything that was open around a definition, to be put back after it.
struct Around {
    owner: u32,
    parent: u32,
    class: u32,
    defined_at: u32,
    expects_self: u32,
    exported: bool,
    variable_kind: Option<SymbolKind>,
    mode: Mode,
    kind: RefKind,
    reveal: Reveal,
}

impl<'s> Walker<'s> {
    pub(super) fn define(&mut self, c: &mut Cursor<'_>, node: Node<'_>, rule: &Define) -> ChainIx {
        let field = |f: Option<FieldId>| f.and_then(|f| node.child_by_field_id(f));
        let found = rule.name.iter().find_map(|p| Some((p, follow(node, p, rule)?)));
        let Some((path, (name_node, by_name))) = found.filter(|(_, (n, _))| n.end_byte() > n.start_byte())
        else {
            self.pending = Pending::default();
            self.nameless(c, rule);
            return NONE;
        };
        let value = field(rule.value);
        if !self.conventions.import_calls.is_empty()
            && let Some((path, member)) = value.and_then(|v| self.import_call(v))
        {
            self.pending = Pending::default();
            return self.import_value(Some(name_node), path, member);
        }
        let around_kind = self.frame().kind;
        let is_outside = matches!(around_kind, ScopeKind::Module | ScopeKind::Class);
        if let Role::Pattern { .. } = self.role_of(name_node) {
            self.pending = Pending::default();
            self.destructure(c, name_node, value, is_outside);
            return NONE;
        }
        let type_node = field(rule.type_);
        let by_node = |n: Node<'_>| rule.kinds.iter().find(|(k, _)| *k == n.kind_id()).map(|(_, s)| *s);
        let by_value = value.and_then(by_node);
        let by_type = type_node.filter(|n| !self.has_name(*n)).and_then(by_node);
        let body =
            field(rule.body).or_else(|| value.filter(|_| by_value.is_some())?.child_by_field_id(rule.body?));
        if rule.file_without_body && body.is_none() {
            self.module_in_file(node, name_node);
            return NONE;
        }
        if rule.requires.is_some() && field(rule.requires).is_none() || rule.only_kinds && by_value.is_none()
        {
            self.pending = Pending::default();
            return self.children(c);
        }
        let names = self.names_in(node, name_node, path, rule);
        if rule.outer_only && !is_outside {
            self.pending = Pending::default();
            self.local_declaration(c, rule, name_node, &names);
            return NONE;
        }
        let mut kind = by_name.or(by_value).or(by_type).unwrap_or(rule.kind);
        let in_class = around_kind == ScopeKind::Class;
        if in_class && kind == SymbolKind::Function && self.conventions.functions_in_classes_are_methods {
            kind = SymbolKind::Method;
        } else if kind == SymbolKind::Field && !in_class {
            // A member of a type without a name, inside a function: nothing can refer to it by name.
            self.pending = Pending::default();
            let outer = std::mem::replace(&mut self.defined_at, name_node.start_byte() as u32);
            self.children(c);
            self.defined_at = outer;
            return NONE;
        } else if kind == SymbolKind::Variable {
            kind = self.variable_kind.unwrap_or(kind);
        }
        let pending = std::mem::take(&mut self.pending);
        // A named type that is defined on the way (`struct a { … } b;`) stands beside what it is the type of.
        let inner_type = type_node.filter(|n| self.has_name(*n) && self.is_defined_by(*n));
        let mut inner_ty = NONE;
        if let Some(inner) = inner_type {
            self.visit(&mut Cursor::new(inner));
            if let Role::Define(r) = self.role_of(inner)
                && let Some((n, _)) = r.name.iter().find_map(|p| follow(inner, p, r))
            {
                let name = self.names.slice(self.slice(n));
                inner_ty = self.resolve_name(name);
            }
        }

        let name = match self.role_of(name_node) {
            // A name in quotes is the same without them.
            Role::Literal { .. } => self.names.slice(unquoted(self.slice(name_node))),
            _ => self.names.slice(self.identifier(name_node)),
        };
        let new = New { node, name_node, name, kind, body, type_node, value, rule };
        let symbol = self.add_symbol(&new, &pending);
        self.symbols[symbol as usize].ty = inner_ty;
        self.defined_again(name, symbol, name_node);
        // A method outside a class (of an object, say) is no name by itself.
        if kind != SymbolKind::Method || in_class {
            self.bind_symbol(name, symbol);
        }

        let around = self.enter(symbol, kind);
        self.defined_at = name_node.start_byte() as u32;
        self.also_defined.extend(names.iter().map(|n| n.start_byte() as u32));
        if in_class && self.conventions.first_parameter_is_self && rule.scope == Some(ScopeKind::Function) {
            let is_static = self.symbols[symbol as usize].flags.has(SymbolFlags::STATIC);
            self.expects_self = if is_static { NONE } else { self.class };
        }
        // Type parameters and parameters are local to the definition.
        let outer_kind =
            if rule.scope == Some(ScopeKind::Function) { ScopeKind::Function } else { ScopeKind::Block };
        self.push_frame(outer_kind, symbol);
        let is_function = self.conventions.keeps_parameters && rule.scope == Some(ScopeKind::Function);
        self.declaring = if is_function { symbol } else { NONE };
        self.define_fields(c, symbol, rule, inner_type);
        self.declaring = NONE;
        self.pop_frame();
        self.also_defined.clear();
        self.leave(around);

        for other in &names {
            let name = self.names.slice(self.slice(*other));
            let another = self.add_symbol(&New { name_node: *other, name, ..new }, &pending);
            self.symbols[another as usize].ty = self.symbols[symbol as usize].ty;
            self.bind_symbol(name, another);
        }
        NONE
    }

    /// What stands inside a definition.
    fn define_fields(&mut self, c: &mut Cursor<'_>, symbol: u32, rule: &Define, seen: Option<Node<'_>>) {
        let table_scope = rule.scope.filter(|s| matches!(s, ScopeKind::Class | ScopeKind::Module));
        let mut opened = false;
        if let Some(kind) = table_scope.filter(|_| rule.body.is_none()) {
            self.open_table(kind, symbol);
            opened = true;
        }
        self.fields(c, |w, c, field| {
            if field.is_some() && field == rule.body {
                if let Some(kind) = table_scope {
                    w.open_table(kind, symbol);
                    opened = true;
                    if w.is_cut(c.node()) {
                        w.members(c);
                        return;
                    }
                    // The body's own scope is this one.
                    if let Role::Scope { .. } = w.table.role(c.kind_id()) {
                        w.children(c);
                        return;
                    }
                }
                w.visit_read(c, RefKind::Read);
            } else if field.is_some() && field == rule.type_ {
                if seen.is_none() {
                    let is_outside =
                        rule.scope == Some(ScopeKind::Function) && w.conventions.class_scope_is_closed;
                    let ty = w.visit_from(c, RefKind::Type, is_outside);
                    w.symbols[symbol as usize].ty = ty;
                }
            } else if field.is_some() && field == rule.value {
                let value = w.visit_read(c, RefKind::Read);
                let s = &mut w.symbols[symbol as usize];
                if s.ty == NONE && !s.kind.is_callable() {
                    s.ty = value;
                }
            } else if field.is_some() && field == rule.receiver {
                w.receiver(c, symbol);
            } else if field.is_some() && field == rule.type_parameters {
                w.type_parameters(c);
            } else {
                let role = w.table.role(c.kind_id());
                if field.is_some() && field == rule.bases
                    || field.is_none() && matches!(role, Role::Bases { .. })
                {
                    w.bases(c, symbol);
                } else if let Role::Attribute = role {
                    w.attribute(c, c.node());
                    w.pending = Pending::default();
                    w.symbols[symbol as usize].flags.0 |= SymbolFlags::DECORATED;
                } else {
                    w.visit_read(c, RefKind::Read);
                }
            }
        });
        if opened {
            self.pop_frame();
        }
    }

    /// A definition without a name: a type that belongs to the definition around it, or a field that embeds
    /// its type.
    fn nameless(&mut self, c: &mut Cursor<'_>, rule: &Define) {
        let parent = self.parent;
        let joins = self.symbols.get(parent as usize).is_some_and(|s| s.kind.is_type() && s.scope == NONE);
        let embeds = rule.kind == SymbolKind::Field && self.frame().kind == ScopeKind::Class;
        let outer = std::mem::replace(&mut self.joins, true);
        self.fields(c, |w, c, field| {
            let is_bases = field.is_some() && field == rule.bases
                || field.is_none() && matches!(w.table.role(c.kind_id()), Role::Bases { .. });
            if is_bases && joins {
                w.bases(c, parent);
            } else if field.is_some() && field == rule.type_ && embeds && w.class != NONE {
                let symbol = w.class;
                w.bases(c, symbol);
            } else {
                let is_type = field.is_some() && field == rule.type_;
                w.visit_read(c, if is_type { RefKind::Type } else { RefKind::Read });
            }
        });
        self.joins = outer;
    }

    /// The body of a class or of a nameless type: its members belong to the definition around it.
    pub(super) fn class_scope(&mut self, c: &mut Cursor<'_>) {
        let joins = std::mem::take(&mut self.joins);
        let parent = self.parent;
        let opens =
            self.symbols.get(parent as usize).is_some_and(|s| s.scope == NONE && !s.kind.is_callable());
        if opens {
            let (class, kind) = (self.class, self.kind);
            self.open_table(ScopeKind::Class, parent);
            self.kind = RefKind::Read;
            self.children(c);
            self.kind = kind;
            self.pop_frame();
            self.class = class;
        } else if joins {
            self.children(c);
        } else {
            self.push_frame(ScopeKind::Block, NONE);
            self.children(c);
            self.pop_frame();
        }
        self.joins = joins;
    }

    /// Names that stand for definitions by themselves (the cases of an enumeration).
    pub(super) fn listed(&mut self, c: &mut Cursor<'_>, kind: SymbolKind) {
        self.fields(c, |w, c, field| {
            let node = c.node();
            let is_plain =
                node.named_child_count() == 0 && matches!(w.role_of(node), Role::Descend | Role::Name);
            if !is_plain || field.is_none() {
                w.visit_read(c, RefKind::Read);
                return;
            }
            let name = w.names.slice(w.slice(node));
            let doc = w.doc_before(&w.pending, node.start_byte() as u32);
            w.pending = Pending::default();
            let parent = w.parent;
            let symbol = w.value_symbol(name, kind, span_of(node), span_of(node), parent);
            w.symbols[symbol as usize].doc = doc;
            w.bind_symbol(name, symbol);
        });
    }

    /// The other names that one statement defines: most have one, `int a, *b;` and `var a, b int` have more.
    fn names_in<'t>(&self, node: Node<'t>, first: Node<'t>, path: &NamePath, rule: &Define) -> Vec<Node<'t>> {
        let is_value = matches!(
            rule.kind,
            SymbolKind::Variable | SymbolKind::Constant | SymbolKind::Field | SymbolKind::Type
        );
        let (Some(Step::Field(field) | Step::Repeat(field)), true) = (path.0.first(), is_value) else {
            return vec![];
        };
        let rest: Vec<Step> = match path.0[0] {
            Step::Repeat(f) => [Step::Enter(f)].into_iter().chain(path.0[1..].iter().copied()).collect(),
            _ => path.0[1..].to_vec(),
        };
        let rest = NamePath(rest);
        let mut walk = node.walk();
        let heads = node.children_by_field_id(
            std::num::NonZero::new(*field).unwrap_or(std::num::NonZero::<u16>::MIN),
            &mut walk,
        );
        heads
            .filter(|n| n.is_named())
            .filter_map(|n| follow(n, &rest, rule).map(|(n, _)| n))
            .filter(|n| n.end_byte() > n.start_byte() && n.id() != first.id())
            .collect()
    }

    /// Whether `node` is a definition's syntax with a name in it.
    fn has_name(&self, node: Node<'_>) -> bool {
        match self.role_of(node) {
            Role::Define(rule) => rule.name.iter().any(|p| follow(node, p, rule).is_some()),
            _ => false,
        }
    }

    /// Whether `node` defines something, rather than naming what is defined elsewhere.
    fn is_defined_by(&self, node: Node<'_>) -> bool {
        match self.role_of(node) {
            Role::Define(rule) => rule.requires.is_none_or(|f| node.child_by_field_id(f).is_some()),
            _ => false,
        }
    }

    /// A declaration whose name is a pattern: outside functions its names are variables.
    fn destructure(&mut self, c: &mut Cursor<'_>, pattern: Node<'_>, value: Option<Node<'_>>, outside: bool) {
        let mode = if outside { BindMode::Assign } else { BindMode::Let };
        self.statement = span_of(c.node());
        let id = |n: Option<Node<'_>>| n.map(|n| n.id());
        self.fields(c, |w, c, _| {
            if Some(c.node().id()) == id(value) {
                w.visit_read(c, RefKind::Read);
            }
        });
        self.fields(c, |w, c, _| {
            if c.node().id() == pattern.id() {
                w.visit_target(c, Reveal { mode, declares: true, ..Reveal::NOTHING });
            } else if Some(c.node().id()) != id(value) {
                w.visit_read(c, RefKind::Type);
            }
        });
    }

    /// `impl Type`, `impl Trait for Type`: members of a type that is defined elsewhere.
    pub(super) fn extend(&mut self, c: &mut Cursor<'_>, node: Node<'_>, rule: &Extend) {
        let pending = std::mem::take(&mut self.pending);
        let body = node.child_by_field_name("body");
        let end = body.map_or(node.end_byte(), |b| b.start_byte()) as u32;
        let signature = self.signature(node, node.start_byte() as u32, end);
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
            span: Span { start: pending.start.unwrap_or(node.start_byte() as u32), end: self.end_of(node) },
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
                    if w.is_cut(c.node()) {
                        w.members(c);
                        return;
                    }
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

    fn add_symbol(&mut self, new: &New<'_, '_>, pending: &Pending) -> u32 {
        let New { node, name_node, name, kind, body, rule, .. } = *new;
        let start = node.start_byte() as u32;
        let body_at = body.map_or(node.end_byte(), |b| b.start_byte()) as u32;
        let doc = match self.conventions.doc {
            DocStyle::Comment => self.doc_before(pending, start),
            DocStyle::Docstring => body.and_then(docstring).map(span_of).unwrap_or_default(),
        };
        if doc.end > 0 && doc.start == self.doc.start && self.conventions.doc == DocStyle::Comment {
            self.doc = Span::default(); // it was not the file's
        }
        let mut flags = 0;
        for a in &pending.attributes {
            flags |= SymbolFlags::DECORATED | self.attribute_flags(*a);
        }
        if self.parent != NONE && self.symbols[self.parent as usize].flags.has(SymbolFlags::TEST) {
            flags |= SymbolFlags::TEST;
        }
        if kind.is_callable() {
            let text = self.names.get(name);
            let is_test = self.conventions.test_prefixes.iter().any(|p| text.starts_with(p.as_str()));
            flags |= if is_test { SymbolFlags::TEST } else { 0 };
        }
        let is_extern = self.conventions.visibility == VisibilityStyle::Static
            && kind == SymbolKind::Variable
            && self.modifier(node, Some(b"extern")).is_some();
        if rule.body.is_some() && body.is_none() && kind.is_callable() || is_extern {
            flags |= SymbolFlags::DECLARATION;
        }
        let signature = if kind.is_light() {
            NONE
        } else {
            self.signature_of(new, pending.head.unwrap_or(start), body_at)
        };
        let inherits = rule.inherit_visibility || self.frame().kind == ScopeKind::Class;
        let visibility = match &self.conventions.export_attribute {
            Some(word) if kind == SymbolKind::Macro => {
                let is_exported =
                    pending.attributes.iter().any(|a| is_attribute(self.attribute_text(*a), word));
                if is_exported { Visibility::Public } else { Visibility::Private }
            }
            _ => self.visibility_of(name, Some(node), inherits),
        };
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
            span: Span { start: pending.start.unwrap_or(start).min(start), end: self.end_of(node) },
            name_at: name_node.start_byte() as u32,
            body_at,
            doc,
            signature,
            ty: NONE,
        });
        symbol
    }

    pub(super) fn bind_symbol(&mut self, name: NameIx, symbol: u32) {
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

    /// A second part of a definition (a property's setter, another signature) refers to the first.
    fn defined_again(&mut self, name: NameIx, symbol: u32, name_node: Node<'_>) {
        if self.conventions.again_attributes.is_empty() || self.frame().function != NONE {
            return;
        }
        let table = self.frame().table;
        let is_again = |s: u32, w: &Self| w.symbols[s as usize].flags.has(SymbolFlags::AGAIN);
        let near = self.bindings.len().saturating_sub(64);
        let known = self.bindings[near..].iter().filter(|b| b.scope == table && b.name == name);
        let mut known = known.filter_map(|b| match b.target {
            BindTarget::Symbol(s) => Some(s),
            _ => None,
        });
        let Some(earlier) = known.next() else { return };
        if is_again(symbol, self) || is_again(earlier, self) {
            let chain = self.chain(Chain::Name { scope: table, name });
            self.reference(chain, name_node.start_byte(), RefKind::Write);
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
            variable_kind: self.variable_kind,
            mode: self.mode,
            kind: self.kind,
            reveal: self.reveal,
        };
        if !kind.is_light() {
            self.owner = symbol;
        }
        self.parent = symbol;
        self.exported = false;
        self.variable_kind = None;
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
        self.variable_kind = around.variable_kind;
        (self.mode, self.kind, self.reveal) = (around.mode, around.kind, around.reveal);
        self.pending = Pending::default();
    }

    /// Runs `f` inside a definition that is made elsewhere than in `define`.
    pub(super) fn inside(&mut self, symbol: u32, kind: SymbolKind, f: impl FnOnce(&mut Self)) {
        let around = self.enter(symbol, kind);
        self.push_frame(ScopeKind::Block, symbol);
        f(self);
        self.pop_frame();
        self.leave(around);
    }

    fn open_table(&mut self, kind: ScopeKind, symbol: u32) {
        self.push_frame(kind, symbol);
        self.class = if kind == ScopeKind::Class { symbol } else { NONE };
    }

    pub(super) fn bases(&mut self, c: &mut Cursor<'_>, symbol: u32) {
        // A list of bases gives one chain an element; a single base is its own list.
        if matches!(self.table.role(c.kind_id()), Role::Descend | Role::Bases { .. }) {
            self.fields(c, |w, c, _| {
                if let Role::Bases { .. } = w.table.role(c.kind_id()) {
                    w.bases(c, symbol);
                } else {
                    w.base(c, symbol);
                }
            });
        } else {
            self.base(c, symbol);
        }
    }

    fn base(&mut self, c: &mut Cursor<'_>, symbol: u32) {
        let chain = self.visit_read(c, RefKind::Inherit);
        if chain != NONE && !matches!(self.chains[chain as usize], Chain::Builtin(_)) {
            self.bases.push(Base { symbol, chain });
            self.inheriting.insert(symbol);
        }
    }

    /// Go's `func (r *Type) name()`: the receiver's type owns the method.
    fn receiver(&mut self, c: &mut Cursor<'_>, symbol: u32) {
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

    /// A declaration inside a function or block: its names are locals.
    fn local_declaration(&mut self, c: &mut Cursor<'_>, rule: &Define, first: Node<'_>, others: &[Node<'_>]) {
        let mut reveal = Reveal { mode: BindMode::Let, declares: true, ..Reveal::NOTHING };
        let names = || std::iter::once(first).chain(others.iter().copied());
        let defined = names().map(|n| n.start_byte() as u32);
        let outer = std::mem::replace(&mut self.also_defined, defined.collect());
        self.fields(c, |w, c, field| {
            if field.is_some() && field == rule.type_ {
                reveal.ty = w.visit_read(c, RefKind::Type);
            } else if field.is_some() && field == rule.value {
                // What is defined inside does not see these names as its own.
                let defined = std::mem::take(&mut w.also_defined);
                reveal.value = w.visit_read(c, RefKind::Read);
                w.also_defined = defined;
            } else {
                w.visit_read(c, RefKind::Read);
            }
        });
        self.also_defined = outer;
        if !others.is_empty() {
            reveal.value = NONE;
        }
        let outer = std::mem::replace(&mut self.reveal, reveal);
        for node in names() {
            let name = self.names.slice(self.slice(node));
            self.bind_name(name, node);
        }
        self.reveal = outer;
    }

    pub(super) fn doc_before(&self, pending: &Pending, start: u32) -> Span {
        let start = pending.start.unwrap_or(start);
        let doc = pending.doc;
        let adjacent = doc.end > doc.start && doc.end <= start && self.newlines_between(doc.end, start) <= 1;
        if adjacent { doc } else { Span::default() }
    }

    /// What an attribute says, without what marks it as one.
    pub(super) fn attribute_text(&self, attribute: Span) -> &'s str {
        let text = &self.text[attribute.start as usize..attribute.end as usize];
        let valid = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        valid.trim_start_matches(['#', '!', '[', '@', ' '])
    }

    fn attribute_flags(&self, attribute: Span) -> u8 {
        let text = self.attribute_text(attribute);
        let mut flags = 0;
        if self.conventions.test_attributes.iter().any(|t| is_attribute(text, t)) {
            flags |= SymbolFlags::TEST;
        }
        if is_attribute(text, "staticmethod") {
            flags |= SymbolFlags::STATIC;
        }
        if self.conventions.property_attributes.iter().any(|p| is_attribute(text, p)) {
            flags |= SymbolFlags::PROPERTY;
        }
        let is_again = |word: &String| match word.strip_prefix('.') {
            Some(_) => text.trim_end().ends_with(word.as_str()),
            None => is_attribute(text, word),
        };
        if self.conventions.again_attributes.iter().any(is_again) {
            flags |= SymbolFlags::AGAIN;
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
                let hidden = |n: Node<'_>| self.modifier(n, None).is_some_and(|m| m != b"public");
                if text.starts_with('#') || node.is_some_and(hidden) {
                    Visibility::Private
                } else if self.exported || self.class != NONE {
                    Visibility::Public
                } else {
                    Visibility::Private
                }
            }
            VisibilityStyle::Modifier => match node.and_then(|n| self.modifier(n, None)) {
                Some(b"pub") => Visibility::Public,
                Some(_) => Visibility::Package,
                None if inherits && self.is_trait_member() => Visibility::Public,
                None => Visibility::Private,
            },
            VisibilityStyle::Static => match node.and_then(|n| self.modifier(n, Some(b"static"))) {
                Some(_) => Visibility::Private,
                None => Visibility::Public,
            },
        }
    }

    /// Members of traits, of their implementations and of enumerations are as visible as those.
    fn is_trait_member(&self) -> bool {
        let Some(parent) = self.symbols.get(self.parent as usize) else { return false };
        match parent.kind {
            SymbolKind::Trait | SymbolKind::Enum | SymbolKind::Variant => true,
            SymbolKind::Impl => self.inheriting.contains(&self.parent),
            _ => false,
        }
    }

    /// The text of the definition's visibility modifier, or of the one among several that is `wanted`.
    pub(super) fn modifier(&self, node: Node<'_>, wanted: Option<&[u8]>) -> Option<&'s [u8]> {
        // Modifiers stand first.
        (0..6)
            .map_while(|i| node.child(i))
            .filter(|n| self.visibility_kinds.contains(&n.kind_id()))
            .map(|n| self.slice(n))
            .find(|text| wanted.is_none_or(|w| w == *text))
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
                while let Some(next) = declared_by(at, f) {
                    step_to(&mut at, next);
                }
            }
            Step::Enter(f) => {
                while let Some(next) = declared_by(at, f) {
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

/// One step down a declarator; parentheses around one have no field of their own.
fn declared_by(at: Node<'_>, field: FieldId) -> Option<Node<'_>> {
    at.child_by_field_id(field).or_else(|| {
        at.named_child(0)
            .filter(|_| matches!(at.kind(), "parenthesized_declarator" | "attributed_declarator"))
    })
}

/// The string that is the first statement of a body.
pub(super) fn docstring(body: Node<'_>) -> Option<Node<'_>> {
    let first = (0..).map_while(|i| body.named_child(i)).find(|n| !n.is_extra())?;
    let string = if first.kind() == "expression_statement" { first.named_child(0)? } else { first };
    (string.kind() == "string").then_some(string)
}

fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'"' | b'\'' | b'`', inner @ .., _] if !inner.is_empty() => inner,
        _ => text,
    }
}

/// `Type` of `path::Type<'a, T>` and `&mut Type`.
fn head_of(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|b| *b == b'<').unwrap_or(text.len());
    let text = text[..end].trim_ascii();
    let start = text.iter().rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b >= 0x80));
    let head = &text[start.map_or(0, |s| s + 1)..];
    if head.is_empty() { text } else { head }
}

pub(super) fn is_attribute(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        || word.ends_with(|c: char| !c.is_alphanumeric()) && text.starts_with(word)
}
