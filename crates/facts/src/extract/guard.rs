//! What conditions say of the types of names.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, Role};

use super::cursor::Cursor;
use super::walk::Walker;
use crate::model::{BindTarget, Binding, Chain, ChainIx, NONE};
use crate::names::NameIx;

impl Walker<'_> {
    /// A statement with a condition: what it says holds in `then`, or, without that, from here on. Where the
    /// condition is negated and `then` leaves, what is negated holds from here on.
    pub(super) fn guard(&mut self, c: &mut Cursor<'_>, condition: Option<FieldId>, then: Option<FieldId>) {
        let node = c.node();
        let test = match condition {
            Some(f) => node.child_by_field_id(f),
            None => node.named_child(0),
        };
        let then_node = then.and_then(|f| node.child_by_field_id(f));
        let has_test = self.conventions.type_test.is_some()
            && test.is_some_and(|t| self.slice(t).windows(2).any(|w| w == b"e("));
        if !has_test {
            self.children(c);
            return;
        }
        let mut after: Vec<(NameIx, ChainIx)> = Vec::new();
        let mut holds: Vec<(NameIx, ChainIx)> = Vec::new();
        self.fields(c, |w, c, _| {
            let at = c.node();
            if Some(at.id()) == test.map(|t| t.id()) {
                w.visit(c);
                holds = w.tested(at, false);
                if then_node.is_none() {
                    after = std::mem::take(&mut holds);
                } else if then_node.is_some_and(leaves) {
                    after = w.tested(at, true);
                }
            } else if Some(at.id()) == then_node.map(|t| t.id()) {
                let from = w.locals.len();
                w.locals.extend(holds.iter().copied());
                w.visit(c);
                // What was bound inside stays; only what the condition said goes.
                let end = (from + holds.len()).min(w.locals.len());
                w.locals.drain(from.min(end)..end);
            } else {
                w.visit(c);
            }
        });
        self.locals.extend(after);
    }

    /// `test and …`: what the left side says holds on the right.
    pub(super) fn joined(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let mut holds: Option<Vec<(NameIx, ChainIx)>> = None;
        let (mut first, mut last) = (NONE, NONE);
        self.fields(c, |w, c, _| match holds.take() {
            None => {
                first = w.visit(c);
                let node = c.node();
                let joins = node.next_sibling().is_some_and(|o| w.slice(o) == b"and");
                holds = Some(if joins { w.tested(node, false) } else { vec![] });
            }
            Some(known) => {
                let from = w.locals.len();
                w.locals.extend(known);
                last = w.visit(c);
                w.locals.truncate(from);
            }
        });
        self.either(first, last)
    }

    /// The names whose types a condition tells, or would tell if it were false.
    fn tested(&mut self, node: Node<'_>, negated: bool) -> Vec<(NameIx, ChainIx)> {
        match node.kind() {
            "parenthesized_expression" => {
                node.named_child(0).map_or_else(Vec::new, |n| self.tested(n, negated))
            }
            "not_operator" => {
                node.child_by_field_name("argument").map_or_else(Vec::new, |n| self.tested(n, !negated))
            }
            "boolean_operator" => {
                let joins = node.child_by_field_name("operator").map(|o| self.slice(o) == b"and");
                if joins != Some(!negated) {
                    return vec![];
                }
                let side = |f: &str| node.child_by_field_name(f);
                let mut out = side("left").map_or_else(Vec::new, |n| self.tested(n, negated));
                out.extend(side("right").map_or_else(Vec::new, |n| self.tested(n, negated)));
                out
            }
            "call" if !negated => self.type_test(node).into_iter().collect(),
            _ => vec![],
        }
    }

    /// `isinstance(name, Type)`.
    fn type_test(&mut self, call: Node<'_>) -> Option<(NameIx, ChainIx)> {
        let wanted = self.conventions.type_test.as_deref()?;
        let function = call.child_by_field_name("function")?;
        if self.slice(function) != wanted.as_bytes() {
            return None;
        }
        let arguments = call.child_by_field_name("arguments")?;
        let (value, ty) = (arguments.named_child(0)?, arguments.named_child(1)?);
        let Role::Name = self.role_of(value) else { return None };
        let ty = self.named_type(ty)?;
        let name = self.names.slice(self.identifier(value));
        self.bindings.push(Binding {
            scope: NONE,
            name,
            target: BindTarget::Value,
            mode: BindMode::Let,
            ty,
            value: NONE,
        });
        self.chains.push(Chain::Local(self.bindings.len() as u32 - 1));
        Some((name, self.chains.len() as u32 - 1))
    }

    /// The chain of a plain or dotted name; the references in it were made before.
    fn named_type(&mut self, node: Node<'_>) -> Option<ChainIx> {
        match self.role_of(node) {
            Role::Name => {
                let name = self.names.slice(self.identifier(node));
                Some(self.resolve_name(name))
            }
            Role::Member { object, name } => {
                let base = self.named_type(node.child_by_field_id(*object)?)?;
                let name = self.names.slice(self.slice(node.child_by_field_id(*name)?));
                Some(self.chain(Chain::Member { base, name }))
            }
            Role::Tuple => {
                let mut chain = NONE;
                for i in 0..node.named_child_count().min(4) {
                    let next = self.named_type(node.named_child(i as u32)?)?;
                    chain = self.either(chain, next);
                }
                (chain != NONE).then_some(chain)
            }
            _ => None,
        }
    }
}

/// Whether nothing after a block is reached from it.
fn leaves(block: Node<'_>) -> bool {
    let last = block.named_child_count().checked_sub(1).and_then(|i| block.named_child(i as u32));
    last.is_some_and(|n| {
        matches!(n.kind(), "return_statement" | "raise_statement" | "continue_statement" | "break_statement")
    })
}
