//! Where is a file cut? Between items, and between the members of an item that reaches far beyond where a part should end.

use lodemap_grammar::tree_sitter::{Node, Tree};
use lodemap_grammar::{LangSpec, Role, ScopeKind, SymbolKind};

use crate::extract::cursor::Cursor;

/// A place between two items or two members, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::extract) struct Cut {
    /// Where the item begins in which it is, or which comes next, with its comments and attributes.
    pub(in crate::extract) lead: usize,
    pub(in crate::extract) at: usize,
    /// Where the members of the item begin whose members it lies between.
    pub(in crate::extract) body: Option<usize>,
}

impl Cut {
    pub(in crate::extract) const START: Self = Self { lead: 0, at: 0, body: None };
    pub(in crate::extract) const END: Self = Self { lead: usize::MAX, at: usize::MAX, body: None };
}

/// The beginnings of at most so many parts of about the same size.
pub(super) fn cut(spec: &LangSpec, tree: &Tree, text: &[u8], parts: usize) -> Vec<Cut> {
    let mut cuts = vec![Cut::START];
    let mut c = Cursor::new(tree.root_node());
    let (mut lead, mut is_led) = (0, true);
    let mut found = c.goto_first_child();
    while found && cuts.len() < parts {
        let node = c.node();
        if !is_led {
            lead = node.start_byte();
            if lead >= goal(text, cuts.len(), parts) {
                cuts.push(Cut { lead, at: lead, body: None });
            }
        }
        // Where an item ends soon after it, the next one is as good a place.
        if node.end_byte() > goal(text, cuts.len(), parts) + text.len() / parts / 4
            && let Some(body) = body_of(spec, node)
        {
            cut_members(spec, body, lead, text, parts, &mut cuts);
        }
        is_led = leads(spec, node);
        found = c.goto_next_sibling();
    }
    cuts
}

fn cut_members(spec: &LangSpec, body: Node<'_>, lead: usize, text: &[u8], parts: usize, cuts: &mut Vec<Cut>) {
    let mut c = Cursor::new(body);
    let mut is_led = true;
    let mut found = c.goto_first_child();
    while found && cuts.len() < parts {
        let at = c.node().start_byte();
        if !is_led && c.node().is_named() && at >= goal(text, cuts.len(), parts) {
            cuts.push(Cut { lead, at, body: Some(body.start_byte()) });
        }
        is_led = leads(spec, c.node());
        found = c.goto_next_sibling();
    }
}

/// Where the next part should begin, if there are so many already.
fn goal(text: &[u8], count: usize, parts: usize) -> usize {
    text.len() * count / parts
}

/// Whether it belongs to what comes next.
pub(in crate::extract) fn leads(spec: &LangSpec, node: Node<'_>) -> bool {
    matches!(spec.table().role(node.kind_id()), Role::Comment | Role::Attribute)
}

/// What holds the members of an item, where nothing follows it that belongs to the item.
pub(in crate::extract) fn body_of<'t>(spec: &LangSpec, item: Node<'t>) -> Option<Node<'t>> {
    let body = match spec.table().role(item.kind_id()) {
        Role::Extend(_) => item.child_by_field_name("body"),
        Role::Define(rule)
            if matches!(rule.scope, Some(ScopeKind::Class | ScopeKind::Module))
                && !matches!(rule.kind, SymbolKind::Type | SymbolKind::Field) =>
        {
            item.child_by_field_id(rule.body?)
        }
        _ => None,
    };
    body.filter(|b| {
        b.end_byte() == item.end_byte()
            && matches!(spec.table().role(b.kind_id()), Role::Descend | Role::Scope { .. })
    })
}
