//! Where is the walk? A cursor that asks the tree for each thing once.
//!
//! The steps of the tree's own cursor are the dearest part of the walk, and dearest where they find nothing. This
//! one remembers the nodes it came through, so that it need not ask for them again, and knows from their ends
//! where no more siblings can follow.

use lodemap_grammar::FieldId;
use lodemap_grammar::tree_sitter::{Node, TreeCursor};

pub(super) struct Cursor<'t> {
    tree: TreeCursor<'t>,
    at: Place<'t>,
    /// The nodes around this one, up to where the walk began.
    around: Vec<Place<'t>>,
}

#[derive(Clone, Copy)]
struct Place<'t> {
    node: Node<'t>,
    kind: u16,
    end: usize,
}

impl<'t> Place<'t> {
    fn of(node: Node<'t>) -> Self {
        Self { node, kind: node.kind_id(), end: node.end_byte() }
    }
}

impl<'t> Cursor<'t> {
    /// A cursor on `node`, which it will not leave.
    pub(super) fn new(node: Node<'t>) -> Self {
        Self { tree: node.walk(), at: Place::of(node), around: Vec::new() }
    }

    pub(super) fn node(&self) -> Node<'t> {
        self.at.node
    }

    /// The node's kind.
    pub(super) fn kind_id(&self) -> u16 {
        self.at.kind
    }

    /// The node's field in its parent.
    pub(super) fn field_id(&self) -> Option<FieldId> {
        self.tree.field_id().map(|f| f.get())
    }

    pub(super) fn goto_first_child(&mut self) -> bool {
        let found = self.tree.goto_first_child();
        if found {
            self.around.push(self.at);
            self.at = Place::of(self.tree.node());
        }
        found
    }

    /// Goes on to the next sibling that has a text, or to none.
    pub(super) fn goto_next_sibling(&mut self) -> bool {
        // Where the parent ends only tokens can follow that the parser made up.
        let may_follow = self.around.last().is_some_and(|parent| self.at.end < parent.end);
        let found = may_follow && self.tree.goto_next_sibling();
        if found {
            self.at = Place::of(self.tree.node());
        }
        found
    }

    pub(super) fn goto_parent(&mut self) {
        if let Some(parent) = self.around.pop() {
            self.tree.goto_parent();
            self.at = parent;
        }
    }
}
