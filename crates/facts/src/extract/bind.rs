//! Bindings: which names a statement binds, and what it reveals of their types.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{Bind, BindMode, FieldId, RefKind, Role, ScopeKind, SymbolKind};

use super::cursor::Cursor;
use super::walk::{Mode, Reveal, Walker, span_of};
use crate::model::{
    BindTarget, Binding, Chain, ChainIx, ExportList, NONE, Symbol, SymbolFlags, TypeParameter,
};
use crate::names::NameIx;

impl<'s> Walker<'s> {
    pub(super) fn bind(&mut self, c: &mut Cursor<'_>, rule: &Bind) -> ChainIx {
        if let Some(kind) = rule.scope {
            self.push_frame(kind, NONE);
            let chain = self.bind_here(c, rule);
            self.pop_frame();
            return chain;
        }
        self.bind_here(c, rule)
    }

    fn bind_here(&mut self, c: &mut Cursor<'_>, rule: &Bind) -> ChainIx {
        if self.mode == Mode::Bind && rule.value_is_first {
            // Inside a pattern both sides of `pattern as name` bind.
            return self.children(c);
        }
        let outer = self.statement;
        if rule.mode == BindMode::Assign {
            self.statement = span_of(c.node());
        }
        let chain = self.bind_fields(c, rule);
        self.statement = outer;
        chain
    }

    /// Whether the types and default values of parameters are those of the scope around the function.
    fn is_outside_of_functions(&self, rule: &Bind) -> bool {
        rule.mode == BindMode::Parameter && self.conventions.class_scope_is_closed
    }

    /// Reads something whose names are those of the scope around, if it is `outside` of the innermost one.
    pub(super) fn visit_from(&mut self, c: &mut Cursor<'_>, kind: RefKind, outside: bool) -> ChainIx {
        if !outside || self.frames.len() < 2 {
            return self.visit_read(c, kind);
        }
        let outer = std::mem::replace(&mut self.outside, self.frames.len());
        let chain = self.visit_read(c, kind);
        self.outside = outer;
        chain
    }

    /// Binds in the scope around the comprehensions that are open here.
    fn around_comprehensions(&mut self, bind: impl FnOnce(&mut Self)) {
        let at = self.frames.iter().rposition(|f| !f.is_comprehension).map_or(0, |i| i + 1);
        let mut inner = self.frames.split_off(at);
        let from = inner.first().map_or(self.locals.len(), |f| f.locals);
        let bound_inside = self.locals.split_off(from);
        bind(self);
        let more = self.locals.len() - from;
        inner.iter_mut().for_each(|f| f.locals += more);
        self.locals.extend(bound_inside);
        self.frames.extend(inner);
    }

    fn bind_fields<'t>(&mut self, c: &mut Cursor<'t>, rule: &Bind) -> ChainIx {
        let mut reveal = Reveal { mode: rule.mode, ..Reveal::NOTHING };
        let is_first_iterable = rule.mode == BindMode::For && std::mem::take(&mut self.first_iterable);
        let is_outside = is_first_iterable || self.is_outside_of_functions(rule);
        let mut first = true;
        // Most targets are plain names with nothing beside them: those need no second look at the children.
        let mut plain: Option<Node<'t>> = None;
        let mut needs_more = false;
        // First what is read, so that `x = f(x)` reads the old x.
        self.fields(c, |w, c, field| {
            let is_first = std::mem::take(&mut first);
            if field.is_some() && field == rule.type_ {
                reveal.ty = w.visit_from(c, RefKind::Type, is_outside);
            } else if (field.is_some() && field == rule.value) || (rule.value_is_first && is_first) {
                let pending_list = w.export_list_value(c);
                reveal.value = w.visit_from(c, RefKind::Read, is_outside);
                if let Some(list) = pending_list {
                    reveal.value = NONE;
                    w.exports_seen(list);
                }
            } else {
                let node = c.node();
                let is_target = field.is_some() && field == rule.target || rule.target.is_none() && is_first;
                match w.role_of(node) {
                    Role::Name if is_target && plain.is_none() => plain = Some(node),
                    Role::Descend if !is_target && node.child_count() == 0 => {}
                    _ => needs_more = true,
                }
            }
        });
        if !needs_more {
            if let Some(node) = plain {
                let bind = |w: &mut Self| w.as_target(reveal, |w| _ = w.name(node, false));
                match rule.mode {
                    BindMode::Let if self.frame().is_comprehension => self.around_comprehensions(bind),
                    _ => bind(self),
                }
                if rule.mode == BindMode::Update {
                    self.set_later(node, reveal.value);
                }
            }
            return reveal.value;
        }
        let mut first = true;
        self.fields(c, |w, c, field| {
            let is_first = std::mem::take(&mut first);
            let is_read = (field.is_some() && (field == rule.type_ || field == rule.value))
                || (rule.value_is_first && is_first);
            let is_target =
                !is_read && (field.is_some() && field == rule.target || rule.target.is_none() && is_first);
            if is_target {
                w.visit_target(c, reveal);
            } else if !is_read {
                w.visit_read(c, RefKind::Read);
            }
        });
        reveal.value
    }

    pub(super) fn visit_target(&mut self, c: &mut Cursor<'_>, reveal: Reveal) {
        self.as_target(reveal, |w| _ = w.visit(c));
    }

    /// Runs `visit` with names being bound.
    fn as_target(&mut self, reveal: Reveal, visit: impl FnOnce(&mut Self)) {
        let outer = (self.mode, self.kind, self.reveal);
        (self.mode, self.kind, self.reveal) = (Mode::Bind, RefKind::Write, reveal);
        if reveal.mode == BindMode::Update {
            // `x += 1` refers to an x that is there; it declares nothing.
            (self.mode, self.kind) = (Mode::Read, RefKind::Write);
        }
        visit(self);
        (self.mode, self.kind, self.reveal) = outer;
    }

    /// Several targets take a value apart; several values are not one.
    pub(super) fn several(&mut self, c: &mut Cursor<'_>, node: Node<'_>) -> ChainIx {
        if node.named_child_count() <= 1 {
            return self.children(c);
        }
        let outer = self.reveal;
        self.reveal = Reveal { ty: NONE, value: NONE, ..outer };
        self.children(c);
        self.reveal = outer;
        NONE
    }

    /// A scope some of whose fields hold names that are bound in it.
    pub(super) fn binding_scope(
        &mut self,
        c: &mut Cursor<'_>,
        binds: &[FieldId],
        late: Option<FieldId>,
    ) -> ChainIx {
        let mut chain = NONE;
        if late.is_some() {
            self.first_iterable = self.conventions.class_scope_is_closed;
            self.frames.last_mut().expect("one was opened for this").is_comprehension = true;
        }
        self.fields(c, |w, c, field| {
            if field.is_some_and(|f| binds.contains(&f)) {
                w.visit_target(c, Reveal { mode: BindMode::Parameter, ..Reveal::NOTHING });
            } else if field.is_none() || field != late {
                w.visit(c);
            }
        });
        if late.is_some() {
            self.fields(c, |w, c, field| {
                if field == late {
                    chain = w.element(c);
                }
            });
            self.first_iterable = false;
        }
        chain
    }

    /// Type parameters whose syntax is that of types: the first name of each is bound, the rest are bounds.
    pub(super) fn type_parameters(&mut self, c: &mut Cursor<'_>) {
        let node = c.node();
        let mut walk = node.walk();
        for child in node.named_children(&mut walk) {
            let mut first = Some(child);
            while let Some(n) = first {
                if matches!(self.role_of(n), Role::Name | Role::TypeName) {
                    let name = self.names.slice(self.slice(n));
                    if self.parent != NONE {
                        self.parameters.push(TypeParameter { symbol: self.parent, name, bound: NONE });
                    }
                    let bound = bound_of(child).and_then(|b| self.named_type(b));
                    if let (Some(bound), true) = (bound, self.parent != NONE) {
                        self.parameters.push(TypeParameter { symbol: self.parent, name, bound });
                    }
                    let outer = std::mem::replace(
                        &mut self.reveal,
                        Reveal { mode: BindMode::Type, ..Reveal::NOTHING },
                    );
                    let chain = self.local_chain(name);
                    self.bind_local(name, chain);
                    self.reveal = outer;
                    break;
                }
                first = n.named_child(0);
            }
        }
        self.visit_read(c, RefKind::Type);
    }

    /// `global x`, `nonlocal x`: the names belong outside.
    pub(super) fn outer(&mut self, c: &mut Cursor<'_>) {
        let function = self.frame().function;
        let is_global = c.node().kind() == "global_statement";
        self.fields(c, |w, c, _| {
            let node = c.node();
            let name = w.names.slice(w.slice(node));
            // It is a name of the module, or of a function around, which has none.
            let chain = w.chain(Chain::Name { scope: 0, name });
            w.reference(chain, node.start_byte(), RefKind::Read);
            if let Some(f) = w.functions.get_mut(function as usize) {
                f.outer.push((name, is_global));
            }
        });
    }

    /// Binds `name`, which stands at `node`, in the scope open now.
    pub(super) fn bind_name(&mut self, name: NameIx, node: Node<'_>) {
        let reveal = self.reveal;
        let frame = self.frame();
        let (table, function, kind) = (frame.table, frame.function, frame.kind);
        if let Some(f) = self.functions.get(function as usize)
            && let Some((_, is_global)) = f.outer.iter().find(|o| o.0 == name)
        {
            // Written, but bound outside.
            let is_global = *is_global;
            let chain = self.chain(Chain::Name { scope: if is_global { 0 } else { table }, name });
            self.reference(chain, node.start_byte(), RefKind::Write);
            if is_global && reveal.says_something() {
                self.bindings.push(Binding {
                    scope: 0,
                    name,
                    target: BindTarget::Value,
                    mode: reveal.mode,
                    ty: reveal.ty,
                    value: reveal.value,
                });
            }
            return;
        }
        let in_table = function == NONE && matches!(kind, ScopeKind::Module | ScopeKind::Class);
        if !in_table {
            let chain = if std::mem::replace(&mut self.expects_self, NONE) != NONE
                && reveal.mode == BindMode::Parameter
            {
                let class = self.class;
                self.chain(Chain::SelfValue(class))
            } else if reveal.mode == BindMode::Parameter
                && let Some(method) = self.next_input(name)
            {
                let chain = self.local_chain(name);
                let b = self.bindings.last_mut().expect("it was made for the chain");
                b.target = BindTarget::Parameter(method);
                chain
            } else if reveal.says_something() || reveal.mode == BindMode::Type {
                self.local_chain(name)
            } else {
                self.chain(Chain::Unknown)
            };
            self.bind_local(name, chain);
            return;
        }
        let declares = match reveal.mode {
            BindMode::Assign => true,
            // Without blocks, whatever binds a name declares it.
            BindMode::For | BindMode::With | BindMode::Let => {
                self.conventions.names_are_hoisted && !reveal.declares
            }
            _ => false,
        };
        let target = if declares && self.is_new_in_table(table, name) {
            BindTarget::Symbol(self.variable(name, node, kind == ScopeKind::Class))
        } else {
            if declares && self.conventions.infers {
                // Bound again: it refers to what was declared.
                let chain = self.chain(Chain::Name { scope: table, name });
                self.reference(chain, node.start_byte(), RefKind::Write);
            }
            BindTarget::Value
        };
        self.bindings.push(Binding {
            scope: table,
            name,
            target,
            mode: reveal.mode,
            ty: reveal.ty,
            value: reveal.value,
        });
    }

    /// The chain of a local value, of which something is known.
    fn local_chain(&mut self, name: NameIx) -> ChainIx {
        let reveal = self.reveal;
        let is_type = reveal.mode == BindMode::Type;
        self.bindings.push(Binding {
            scope: NONE,
            name,
            target: if is_type { BindTarget::Parameter(self.parent) } else { BindTarget::Value },
            mode: reveal.mode,
            ty: reveal.ty,
            value: reveal.value,
        });
        let ix = self.bindings.len() as u32 - 1;
        // Not shared: two bindings are two chains even if they look the same.
        self.chains.push(Chain::Local(ix));
        self.chains.len() as u32 - 1
    }

    /// `left: bounds`: more bounds of the type parameter `left`.
    pub(super) fn where_(&mut self, c: &mut Cursor<'_>, left: FieldId, bounds: FieldId) {
        let mut parameter = NONE;
        self.fields(c, |w, c, field| {
            if field == Some(left) {
                parameter = w.visit_read(c, RefKind::Type);
            } else if field == Some(bounds) {
                let bound = w.visit_read(c, RefKind::Inherit);
                if let Some(Chain::Local(b)) = w.chains.get(parameter as usize)
                    && bound != NONE
                    && let Some(b) = w.bindings.get(*b as usize)
                    && let BindTarget::Parameter(symbol) = b.target
                {
                    let name = b.name;
                    w.parameters.push(TypeParameter { symbol, name, bound });
                }
            } else {
                w.visit(c);
            }
        });
    }

    /// `name = value` for a local of which nothing is known: from here on it is such a value.
    fn set_later(&mut self, node: Node<'_>, value: ChainIx) {
        if value == NONE || !self.conventions.infers || self.frame().function == NONE {
            return;
        }
        let name = self.names.slice(self.identifier(node));
        let Some(at) = self.locals.iter().rposition(|l| l.0 == name) else { return };
        if self.chains[self.locals[at].1 as usize] != Chain::Unknown {
            return;
        }
        let outer =
            std::mem::replace(&mut self.reveal, Reveal { mode: BindMode::Let, value, ..Reveal::NOTHING });
        self.locals[at].1 = self.local_chain(name);
        self.reveal = outer;
    }

    /// Makes a name known to what follows in this function.
    pub(super) fn bind_local(&mut self, name: NameIx, chain: ChainIx) {
        self.locals.push((name, chain));
        let function = self.frame().function;
        if let Some(f) = self.functions.get_mut(function as usize) {
            f.bound.push((name, chain));
        }
    }

    fn is_new_in_table(&self, table: u32, name: NameIx) -> bool {
        // Assignments repeat rarely and stand close together; a scan from the end is short in practice, and
        // bounded so that a file of assignments stays linear.
        !self
            .bindings
            .iter()
            .rev()
            .take(256)
            .any(|b| b.scope == table && b.name == name && matches!(b.target, BindTarget::Symbol(_)))
    }

    /// A variable, constant or field that its first assignment declares.
    fn variable(&mut self, name: NameIx, node: Node<'_>, in_class: bool) -> u32 {
        let text = self.names.get(name);
        let kind = if in_class {
            SymbolKind::Field
        } else if let Some(kind) = self.variable_kind {
            kind
        } else if self.conventions.capitals_are_constants && is_capitals(text) {
            SymbolKind::Constant
        } else {
            SymbolKind::Variable
        };
        self.value_symbol(name, kind, span_of(node), self.statement, self.parent)
    }

    pub(super) fn value_symbol(
        &mut self,
        name: NameIx,
        kind: SymbolKind,
        at: Span,
        span: Span,
        parent: u32,
    ) -> u32 {
        let signature = if kind.is_light() { NONE } else { self.value_signature(span.start, span.end) };
        let visibility = self.visibility_of(name, None, false);
        let ty = if self.reveal.ty != NONE { self.reveal.ty } else { self.reveal.value };
        self.symbols.push(Symbol {
            name,
            kind,
            visibility,
            flags: SymbolFlags::default(),
            parent,
            duplicate: 0,
            scope: NONE,
            container: NONE,
            span,
            name_at: at.start,
            body_at: span.end,
            doc: Span::default(),
            signature,
            ty,
        });
        self.symbols.len() as u32 - 1
    }

    /// `self.name = value` in a method declares a field of its class.
    pub(super) fn bind_member(&mut self, chain: ChainIx, base: ChainIx, name: NameIx, node: Node<'_>) {
        self.forget(chain);
        if base == NONE {
            return;
        }
        let Chain::SelfValue(class) = self.chains[base as usize] else { return };
        let scope = self.symbols[class as usize].scope;
        if scope == NONE {
            return;
        }
        let target = if self.is_new_in_table(scope, name) {
            let statement = self.statement;
            let symbol = self.value_symbol(name, SymbolKind::Field, span_of(node), statement, class);
            self.symbols[symbol as usize].flags.0 |= SymbolFlags::ASSIGNED;
            BindTarget::Symbol(symbol)
        } else {
            BindTarget::Value
        };
        let reveal = self.reveal;
        self.bindings.push(Binding {
            scope,
            name,
            target,
            mode: reveal.mode,
            ty: reveal.ty,
            value: reveal.value,
        });
    }

    /// If the cursor is on the value of the module's export list, the names in it.
    fn export_list_value(&mut self, c: &mut Cursor<'_>) -> Option<ExportList> {
        let wanted = self.conventions.export_list.as_deref()?;
        if self.frames.len() != 1 {
            return None;
        }
        let node = c.node();
        let assignment = node.parent()?;
        let target = assignment.named_child(0)?;
        if self.slice(target) != wanted.as_bytes() {
            return None;
        }
        Some(self.listed_names(node))
    }

    /// The names in a list of texts, if it is one.
    fn listed_names(&mut self, node: Node<'_>) -> ExportList {
        let mut names = Vec::new();
        let mut walk = node.walk();
        for child in node.named_children(&mut walk) {
            let content = child.named_child(1).filter(|n| n.kind() == "string_content");
            match content {
                Some(content) => {
                    let name = self.names.slice(self.slice(content));
                    names.push(name);
                }
                None if child.kind() == "comment" => {}
                None => return ExportList::Unknown,
            }
        }
        match node.kind() {
            "list" | "tuple" | "argument_list" => ExportList::Listed(names),
            _ => ExportList::Unknown,
        }
    }

    /// `__all__.extend([…])`, `__all__.append("…")`: anything else done to the list makes it unknown.
    pub(super) fn export_list_call(&mut self, callee: ChainIx, call: Node<'_>) {
        let Some(wanted) = self.conventions.export_list.as_deref() else { return };
        let Some(Chain::Member { base, name }) = self.chains.get(callee as usize).copied() else { return };
        let Chain::Name { name: list, .. } = self.chains[base as usize] else { return };
        if self.frames.len() != 1 || self.names.get(list) != wanted {
            return;
        }
        let arguments = call.named_child(1);
        let first = arguments.and_then(|a| a.named_child(0));
        let holder = match self.names.get(name) {
            "extend" => first,
            "append" => arguments,
            _ => None,
        };
        let seen = holder.map_or(ExportList::Unknown, |node| self.listed_names(node));
        self.exports_seen(seen);
    }

    /// `__all__ = [...]` and `__all__ += [...]` add up; anything else makes the list unknown.
    pub(super) fn exports_seen(&mut self, seen: ExportList) {
        self.exports = match (std::mem::take(&mut self.exports), seen) {
            (ExportList::Public, seen) => seen,
            (ExportList::Listed(mut all), ExportList::Listed(more)) => {
                all.extend(more);
                ExportList::Listed(all)
            }
            _ => ExportList::Unknown,
        };
    }
}

fn is_capitals(name: &str) -> bool {
    name.bytes().any(|b| b.is_ascii_uppercase()) && !name.bytes().any(|b| b.is_ascii_lowercase())
}

/// The bound of a type parameter: `T: Bound`.
fn bound_of(parameter: Node<'_>) -> Option<Node<'_>> {
    let constrained = parameter.named_child(0).filter(|n| n.kind() == "constrained_type")?;
    constrained.named_child(1)?.named_child(0)
}
