//! What conditions say of the types of names and members.

use lodemap_grammar::tree_sitter::Node;
use lodemap_grammar::{BindMode, FieldId, Role};

use super::cursor::Cursor;
use super::walk::Walker;
use crate::model::{BindTarget, Binding, Chain, ChainIx, NONE};
use crate::names::NameIx;

/// Something whose type a condition tells.
#[derive(Clone, Copy)]
enum Told {
    /// A name of this function, and its value.
    Local(NameIx, ChainIx),
    /// What a chain names, and its value.
    Chain(ChainIx, ChainIx),
}

impl Walker<'_> {
    /// A statement with a condition: what it says holds in `then`, or, without that, from here on; its contrary holds
    /// in the branches beside, and from here on if `then` leaves. What a branch that leaves binds is gone after it.
    pub(super) fn guard(&mut self, c: &mut Cursor<'_>, condition: Option<FieldId>, then: Option<FieldId>) {
        let node = c.node();
        let test = match condition {
            Some(f) => node.child_by_field_id(f),
            None => node.named_child(0),
        };
        let then_node = then.and_then(|f| node.child_by_field_id(f));
        let has_test = self.conventions.type_test.is_some()
            && test.is_some_and(|t| self.slice(t).windows(2).any(|w| w == b"e("));
        let then_leaves = then_node.is_some_and(leaves);
        if !has_test && !then_leaves {
            self.children(c);
            return;
        }
        let (mut holds, mut contrary): (Vec<Told>, Vec<Told>) = (vec![], vec![]);
        let mut is_before = true;
        self.fields(c, |w, c, _| {
            let at = c.node();
            if Some(at.id()) == test.map(|t| t.id()) {
                w.visit(c);
                is_before = false;
                if has_test {
                    holds = w.tested(at, false);
                    contrary = if then_node.is_some() { w.tested(at, true) } else { vec![] };
                }
            } else if is_before {
                w.visit(c);
            } else {
                let is_then = Some(at.id()) == then_node.map(|t| t.id());
                let known = if is_then { holds.as_slice() } else { contrary.as_slice() };
                // What a branch asks in its turn does not hold in those after it.
                let asked = if is_then { None } else { condition.and_then(|f| at.child_by_field_id(f)) };
                let mut more = vec![];
                w.knowing(known, is_then && then_leaves, |w| {
                    w.visit(c);
                    more = asked.map_or_else(Vec::new, |test| w.tested(test, true));
                });
                contrary.extend(more);
            }
        });
        if then_node.is_none() {
            self.know(&holds);
        } else if then_leaves {
            self.know(&contrary);
        }
    }

    /// Runs `visit` with more known. What is bound inside stays, unless the end of the branch is not reached.
    fn knowing(&mut self, known: &[Told], leaves: bool, visit: impl FnOnce(&mut Self)) {
        let (from, told) = (self.locals.len(), self.told.len());
        self.know(known);
        let count = self.locals.len() - from;
        visit(self);
        self.told.truncate(told);
        if leaves {
            self.locals.truncate(from);
        } else {
            let end = (from + count).min(self.locals.len());
            self.locals.drain(from.min(end)..end);
        }
    }

    fn know(&mut self, known: &[Told]) {
        for told in known {
            match *told {
                Told::Local(name, chain) => self.locals.push((name, chain)),
                Told::Chain(of, chain) => self.told.push((of, chain)),
            }
        }
    }

    /// What is known here of the value of something that is named, if anything; else itself.
    pub(super) fn as_told(&self, chain: ChainIx) -> ChainIx {
        self.told.iter().rev().find(|t| t.0 == chain).map_or(chain, |t| t.1)
    }

    /// Whatever was known of the value of something is so no more.
    pub(super) fn forget(&mut self, chain: ChainIx) {
        if !self.told.is_empty() {
            // Entries are taken back by their number, so none may vanish.
            self.told.iter_mut().filter(|t| t.0 == chain).for_each(|t| t.1 = chain);
        }
    }

    /// `test and …`: what the left side says holds on the right; of `test or …` its contrary.
    pub(super) fn joined(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let mut holds: Option<Vec<Told>> = None;
        let (mut first, mut last) = (NONE, NONE);
        self.fields(c, |w, c, _| match holds.take() {
            None => {
                first = w.visit(c);
                let node = c.node();
                let joins = node.next_sibling().is_some_and(|o| w.slice(o) == b"and");
                holds = Some(w.tested(node, !joins));
            }
            Some(known) => w.knowing(&known, true, |w| last = w.visit(c)),
        });
        self.either(first, last)
    }

    /// `value if test else other`.
    pub(super) fn conditional(&mut self, c: &mut Cursor<'_>) -> ChainIx {
        let test = c.node().named_child(1);
        let (holds, contrary) = match test {
            Some(t) if self.slice(t).windows(2).any(|w| w == b"e(") => {
                (self.tested(t, false), self.tested(t, true))
            }
            _ => (vec![], vec![]),
        };
        let (mut chain, mut count) = (NONE, 0);
        self.fields(c, |w, c, _| {
            let known = match count {
                0 => holds.as_slice(),
                1 => &[],
                _ => contrary.as_slice(),
            };
            let mut found = NONE;
            w.knowing(known, true, |w| found = w.visit(c));
            if count != 1 {
                chain = w.either(chain, found);
            }
            count += 1;
        });
        chain
    }

    /// What a condition tells, or would tell if it were false.
    fn tested(&mut self, node: Node<'_>, negated: bool) -> Vec<Told> {
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
            "call" => self.type_test(node, negated).into_iter().collect(),
            _ => vec![],
        }
    }

    /// `isinstance(value, Type)`.
    fn type_test(&mut self, call: Node<'_>, negated: bool) -> Option<Told> {
        let wanted = self.conventions.type_test.as_deref()?;
        let function = call.child_by_field_name("function")?;
        if self.slice(function) != wanted.as_bytes() {
            return None;
        }
        let arguments = call.child_by_field_name("arguments")?;
        let (value, ty) = (arguments.named_child(0)?, arguments.named_child(1)?);
        let ty = self.named_type(ty)?;
        let of = self.named_type(value)?;
        let was = self.as_told(of);
        let (declared, value_chain) = if negated {
            if was == NONE || matches!(self.chains[was as usize], Chain::Unknown) {
                return None;
            }
            (NONE, self.chain(Chain::Except { base: was, other: ty }))
        } else {
            (ty, NONE)
        };
        let name = match (self.role_of(value), self.chains[of as usize]) {
            (Role::Name, _) => self.names.slice(self.identifier(value)),
            (_, Chain::Member { name, .. }) => name,
            _ => return None,
        };
        self.bindings.push(Binding {
            scope: NONE,
            name,
            target: BindTarget::Value,
            mode: BindMode::Let,
            ty: declared,
            value: value_chain,
        });
        self.chains.push(Chain::Local(self.bindings.len() as u32 - 1));
        let known = self.chains.len() as u32 - 1;
        Some(match self.chains[of as usize] {
            Chain::Unknown | Chain::Local(_) | Chain::SelfValue(_) => Told::Local(name, known),
            _ => Told::Chain(of, known),
        })
    }

    /// The chain of a plain or dotted name; the references in it were made before.
    pub(super) fn named_type(&mut self, node: Node<'_>) -> Option<ChainIx> {
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
            // `int | str`
            Role::Union => {
                let left = self.named_type(node.named_child(0)?)?;
                let right = self.named_type(node.named_child(1)?)?;
                Some(self.either(left, right))
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
