//! Exports: declarations made visible, names listed, modules passed on.

use lodemap_base::Span;
use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, Export, FieldId, RefKind, Role, SymbolKind};

use super::cursor::Cursor;
use super::walk::{Pending, Walker, span_of};
use crate::model::{BindTarget, Binding, NONE, Visibility};
use crate::names::NameIx;

impl<'s> Walker<'s> {
    pub(super) fn export(&mut self, c: &mut Cursor<'_>, node: Node<'_>, rule: &Export) {
        if let Some(from) = rule.from.and_then(|f| node.child_by_field_id(f)) {
            self.reexport(c, from);
            return;
        }
        let is_default = rule.default.as_deref().is_some_and(|word| {
            let mut walk = node.walk();
            node.children(&mut walk).any(|n| !n.is_named() && n.kind() == word)
        });
        let table = self.frame().table;
        let outer = (self.exported, self.exporting);
        (self.exported, self.exporting) = (true, true);
        self.open_wrap(node);
        self.fields(c, |w, c, field| {
            let child = c.node();
            let role = w.role_of(child);
            if field.is_some() && field == rule.value || field.is_none() && matches!(role, Role::Name) {
                w.default_value(c, rule);
                return;
            }
            let before = w.symbols.len();
            let doc = w.pending.doc;
            w.visit(c);
            if is_default && w.symbols.len() > before {
                w.bind_default(rule, BindTarget::Symbol(before as u32), table, NONE);
            }
            // Decorators wait for the declaration; what it left behind does not.
            if !matches!(role, Role::Attribute | Role::Comment) && doc.end > 0 {
                w.pending = Pending::default();
            }
        });
        self.pending = Pending::default();
        (self.exported, self.exporting) = outer;
    }

    /// `export default value`: a nameless definition is called `default`, a name is exported under it.
    fn default_value(&mut self, c: &mut Cursor<'_>, rule: &Export) {
        let node = c.node();
        let Some(word) = rule.default.as_deref() else {
            self.visit_read(c, RefKind::Read);
            return;
        };
        let table = self.frame().table;
        let default = self.names.owned(word);
        if matches!(self.role_of(node), Role::Name) {
            let name = self.names.slice(self.slice(node));
            self.visit_read(c, RefKind::Read);
            self.exported_names.push((table, name, default));
            return;
        }
        if let Some((_, kind)) = rule.kinds.iter().find(|(k, _)| *k == node.kind_id()) {
            self.default_definition(c, default, *kind);
            return;
        }
        let value = self.visit_read(c, RefKind::Read);
        self.bind_default(rule, BindTarget::Value, table, value);
    }

    fn default_definition(&mut self, c: &mut Cursor<'_>, default: NameIx, kind: SymbolKind) {
        let node = c.node();
        let pending = std::mem::take(&mut self.pending);
        let start = pending.head.or(pending.start).unwrap_or(node.start_byte() as u32);
        let body_at = node.child_by_field_name("body").map_or(node.end_byte(), |b| b.start_byte()) as u32;
        let (at, parent) = (span_of(node), self.parent);
        let span = Span { start, end: at.end };
        let symbol = self.value_symbol(default, kind, at, span, parent);
        let signature = self.signature(node, start, body_at);
        let doc = self.doc_before(&pending, node.start_byte() as u32);
        let s = &mut self.symbols[symbol as usize];
        (s.signature, s.body_at, s.doc, s.visibility) = (signature, body_at, doc, Visibility::Public);
        self.bind_symbol(default, symbol);
        self.inside(symbol, kind, |w| {
            w.visit_read(c, RefKind::Read);
        });
    }

    fn bind_default(&mut self, rule: &Export, target: BindTarget, scope: u32, value: u32) {
        let Some(word) = rule.default.as_deref() else { return };
        let name = self.names.owned(word);
        self.bindings.push(Binding { scope, name, target, mode: BindMode::Let, ty: NONE, value });
    }

    /// `export { name as alias }`.
    pub(super) fn export_alias(
        &mut self,
        c: &mut Cursor<'_>,
        node: Node<'_>,
        path: FieldId,
        alias: Option<FieldId>,
    ) {
        let Some(name_node) = node.child_by_field_id(path) else { return };
        let name = self.names.slice(self.slice(name_node));
        let alias_node = alias.and_then(|f| node.child_by_field_id(f)).unwrap_or(name_node);
        let alias_name = self.names.slice(self.slice(alias_node));
        self.fields(c, |w, c, field| {
            if field == Some(path) {
                w.visit_read(c, RefKind::Read);
            }
        });
        self.exported_names.push((self.frame().table, name, alias_name));
    }

    /// Once all names of the file are known, those in export lists are made visible under their aliases.
    pub(super) fn settle_exports(&mut self) {
        for (scope, name, alias) in std::mem::take(&mut self.exported_names) {
            let targets: Vec<Binding> =
                self.bindings.iter().filter(|b| b.scope == scope && b.name == name).copied().collect();
            for binding in targets {
                match binding.target {
                    BindTarget::Symbol(s) => self.symbols[s as usize].visibility = Visibility::Public,
                    BindTarget::Import(i) => self.imports[i as usize].reexport = true,
                    BindTarget::Value | BindTarget::Parameter(_) => {}
                }
                if alias != name {
                    self.bindings.push(Binding { name: alias, ..binding });
                }
            }
        }
    }
}
