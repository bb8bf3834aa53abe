//! One large file on several threads: it is walked in parts, whose facts are joined in order.
//!
//! What is joined is what one walk would have given, bit for bit: tables are appended with their indices moved, names
//! and chains are entered in the order in which one walk would have met them. A part may begin between the members of
//! an item; it then walks the item's head too, for what its members see, and those rows are left out of what is joined.
//! Where what stands in one part could have been seen from the next (an attribute without its item, an assignment that
//! finds its name declared), the next part is walked again after it, or the whole file.

mod cut;
mod join;

use lodemap_grammar::tree_sitter::{Node, Tree};
use lodemap_grammar::{LangSpec, RefKind, Role, SymbolKind};
use rayon::prelude::*;

use self::cut::cut;
pub(super) use self::cut::{Cut, body_of, leads};
use self::join::Head;
use super::cursor::Cursor;
use super::pieces::{Piece, Pieces};
use super::walk::{self, Mode, Pending, Reveal, Walker};
use crate::draft::Draft;
use crate::model::{Binding, NONE};

/// So many bindings before and after a place have to do with each other at most.
const REACH: usize = 256;

/// What [`walk::walk`] gives, by so many threads at once.
pub(super) fn walk_in_parts(spec: &LangSpec, text: &[u8], parsed: &Pieces, parts: usize) -> Draft {
    let Some(mut all) = walked_in_parts(spec, text, parsed, parts) else {
        return walk::walk(spec, text, parsed);
    };
    all.file_doc(parsed.first());
    all.finish()
}

/// A walker that visited everything; `None` where a part that begins inside an item is not apart from what is before it.
fn walked_in_parts<'s>(
    spec: &'s LangSpec,
    text: &'s [u8],
    parsed: &'s Pieces,
    parts: usize,
) -> Option<Walker<'s>> {
    let parts: Vec<(&Tree, Part)> = match parsed.pieces.as_slice() {
        [Piece { tree, .. }] => {
            let cuts = cut(spec, tree, text, parts);
            let ends = cuts.iter().skip(1).copied().chain([Cut::END]);
            cuts.iter().copied().zip(ends).map(|(from, to)| (tree, Part::new(from, to))).collect()
        }
        pieces => pieces.iter().map(|p| (&p.tree, Part::new(p.from, p.to))).collect(),
    };
    let walked = |(tree, part): &(&Tree, Part)| {
        let mut w = Walker::new(spec, text, &parsed.ends);
        w.walk_part(tree, *part);
        w
    };
    let walkers = parts.par_iter().map(walked).collect::<Vec<Walker<'_>>>();
    let mut walkers = walkers.into_iter().zip(parts.iter().map(|(tree, _)| *tree));
    let (mut all, _) = walkers.next()?;
    let mut head = all.part.head_of_next();
    for (next, tree) in walkers {
        let part = next.part;
        if all.is_apart_from(&next, head) {
            let moved = all.join(next, head);
            // An item that goes on through the whole part began before it.
            if part.to.body.is_none() || part.to.body != part.from.body {
                head = part.head_of_next().map(|h| h.moved(&moved));
            }
            all.part.at_rest = part.at_rest;
        } else if part.from.body.is_none() {
            all.walk_part(tree, Part::new(part.from, part.to));
            head = all.part.head_of_next();
        } else {
            return None;
        }
    }
    Some(all)
}

/// What a walker is to visit, and what it noted on the way about items that are cut.
#[derive(Clone, Copy)]
pub(super) struct Part {
    from: Cut,
    to: Cut,
    /// The lengths of the tables when the members of the item began in which this part starts.
    resumed: Option<Sizes>,
    /// The same before the item in which this part ends, if nothing waited for the item there that its own comments and
    /// attributes are not; and when its members began.
    begun: Option<Sizes>,
    opened: Option<Sizes>,
    /// Where the part ends inside an item: whether nothing was open there that was not when its members began.
    at_rest: bool,
}

impl Part {
    pub(super) fn new(from: Cut, to: Cut) -> Self {
        Self { from, to, resumed: None, begun: None, opened: None, at_rest: false }
    }

    /// Where the head of the item lies in which this part ends.
    fn head_of_next(&self) -> Option<Head> {
        Some(Head { from: self.begun?, to: self.opened? })
    }
}

/// The lengths of a walker's tables.
#[derive(Clone, Copy)]
struct Sizes {
    scopes: usize,
    symbols: usize,
    imports: usize,
    bindings: usize,
    functions: usize,
    signatures: usize,
    refs: usize,
    bases: usize,
    returns: usize,
    parameters: usize,
    inputs: usize,
    exported_names: usize,
}

impl Sizes {
    /// Those of a walker that saw nothing: the scope of the file is there from the beginning.
    const NOTHING: Self = Self {
        scopes: 1,
        symbols: 0,
        imports: 0,
        bindings: 0,
        functions: 0,
        signatures: 0,
        refs: 0,
        bases: 0,
        returns: 0,
        parameters: 0,
        inputs: 0,
        exported_names: 0,
    };
}

/// What is open at a place in the walk.
#[derive(Clone, Copy, PartialEq)]
struct State {
    /// Of frames, locals, what is told, and names that are defined too.
    lengths: [usize; 4],
    /// Symbols: owner, parent, class, defined at, expects self, declaring.
    symbols: [u32; 6],
    /// Chains: matched, arms, constructing, element of.
    chains: [u32; 4],
    outside: usize,
    /// First iterable, exported, exporting, joins.
    flags: [bool; 4],
    variable_kind: Option<SymbolKind>,
    mode: Mode,
    kind: RefKind,
    reveal: Reveal,
}

impl State {
    /// Between the items of a file.
    const OUTSIDE: Self = Self {
        lengths: [1, 0, 0, 0],
        symbols: [NONE; 6],
        chains: [NONE; 4],
        outside: 0,
        flags: [false; 4],
        variable_kind: None,
        mode: Mode::Read,
        kind: RefKind::Read,
        reveal: Reveal::NOTHING,
    };
}

impl<'s> Walker<'s> {
    /// Visits the items and members of `part`.
    fn walk_part(&mut self, tree: &Tree, part: Part) {
        self.part = part;
        let c = &mut Cursor::new(tree.root_node());
        let mut found = c.goto_first_child();
        let mut leads = false;
        while found && c.node().start_byte() < part.to.at {
            if c.node().start_byte() >= part.from.lead {
                if c.node().start_byte() >= part.to.lead && !std::mem::replace(&mut leads, true) {
                    self.part.begun = self.is_between_items().then(|| self.sizes());
                }
                self.visit(c);
            }
            found = c.goto_next_sibling();
        }
    }

    /// Whether the members of an item with this body are visited in parts.
    pub(super) fn is_cut(&self, body: Node<'_>) -> bool {
        [self.part.from.body, self.part.to.body].contains(&Some(body.start_byte()))
    }

    /// Visits those members that stand in this part, of the item whose body is under the cursor.
    pub(super) fn members(&mut self, c: &mut Cursor<'_>) {
        let is_visited = !matches!(self.role_of(c.node()), Role::Scope { .. });
        self.depth += u32::from(is_visited);
        let body = Some(c.node().start_byte());
        let (resumes, stops) = (self.part.from.body == body, self.part.to.body == body);
        let (from, to) = (self.part.from.at, self.part.to.at);
        let (sizes, open) = (self.sizes(), self.state());
        if resumes {
            self.part.resumed = Some(sizes);
        }
        if stops {
            self.part.opened = Some(sizes);
        }
        let mut found = c.goto_first_child();
        let is_inside = found;
        while found && !(stops && c.node().start_byte() >= to) {
            if !resumes || c.node().start_byte() >= from {
                self.visit(c);
            }
            found = c.goto_next_sibling();
        }
        if stops {
            self.part.at_rest = self.pending == Pending::default() && self.state() == open;
            self.members_of_next();
        }
        if is_inside {
            c.goto_parent();
        }
        self.depth -= u32::from(is_visited);
    }

    /// In a walk over all pieces: the members that stand in the pieces after this one, of the item in which it ends.
    fn members_of_next(&mut self) {
        while let Some((next, rest)) = self.rest.split_first()
            && let Some(body) = next.body(self.spec)
        {
            self.rest = rest;
            let c = &mut Cursor::new(body);
            let goes_on = next.to.body == next.from.body;
            let mut found = c.goto_first_child();
            while found && !(goes_on && c.node().start_byte() >= next.to.at) {
                if c.node().start_byte() >= next.from.at {
                    self.visit(c);
                }
                found = c.goto_next_sibling();
            }
            if !goes_on {
                break;
            }
        }
    }

    /// Visits all items, piece after piece.
    pub(super) fn walk_pieces(&mut self, pieces: &'s [Piece]) {
        for (ix, piece) in pieces.iter().enumerate() {
            self.part = Part::new(piece.from, piece.to);
            self.rest = &pieces[ix + 1..];
            let c = &mut Cursor::new(piece.tree.root_node());
            let mut found = c.goto_first_child();
            while found {
                // The head of an item that began before was visited there.
                if c.node().start_byte() >= piece.from.at {
                    self.visit(c);
                }
                found = c.goto_next_sibling();
            }
            let is_behind = self.rest.len() + ix + 1 < pieces.len();
            let begins_here = piece.to.body.is_some() && piece.to.body != piece.from.body;
            debug_assert!(!begins_here || is_behind, "members of the next piece were not visited");
        }
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            scopes: self.scopes.len(),
            symbols: self.symbols.len(),
            imports: self.imports.len(),
            bindings: self.bindings.len(),
            functions: self.functions.len(),
            signatures: self.signatures.len(),
            refs: self.refs.len(),
            bases: self.bases.len(),
            returns: self.returns.len(),
            parameters: self.parameters.len(),
            inputs: self.inputs.len(),
            exported_names: self.exported_names.len(),
        }
    }

    fn state(&self) -> State {
        State {
            lengths: [self.frames.len(), self.locals.len(), self.told.len(), self.also_defined.len()],
            symbols: [
                self.owner,
                self.parent,
                self.class,
                self.defined_at,
                self.expects_self,
                self.declaring,
            ],
            chains: [self.matched, self.arms, self.constructing, self.element_of],
            outside: self.outside,
            flags: [self.first_iterable, self.exported, self.exporting, self.joins],
            variable_kind: self.variable_kind,
            mode: self.mode,
            kind: self.kind,
            reveal: self.reveal,
        }
    }

    /// Whether nothing is open, and nothing waits for the next item.
    fn is_between_items(&self) -> bool {
        self.state() == State::OUTSIDE && self.pending == Pending::default()
    }

    /// Whether a walk of `next` that went on from here would have given just what it gave from the beginning; `head`
    /// is that of the item in which it begins.
    fn is_apart_from(&self, next: &Self, head: Option<Head>) -> bool {
        // What is there already does not count as the documentation of the file.
        let has_begun = !self.symbols.is_empty() || !self.refs.is_empty();
        // Its scope here, and there.
        let mut scopes = vec![(0, 0)];
        let mut from = 0;
        if next.part.from.body.is_some() {
            let (Some(head), Some(resumed)) = (head, next.part.resumed) else { return false };
            if !self.part.at_rest || head.counts() != resumed.counts() {
                return false;
            }
            from = resumed.bindings;
            scopes.extend((1..resumed.scopes).map(|ix| (head.from.scopes + ix - 1, ix)));
        }
        let near = &self.bindings[self.bindings.len().saturating_sub(REACH)..];
        let known = |b: &Binding| {
            let name = next.names.get(b.name);
            let scope = scopes.iter().find(|(_, there)| *there == b.scope as usize);
            scope.is_some_and(|(here, _)| {
                near.iter().any(|n| n.scope as usize == *here && self.names.get(n.name) == name)
            })
        };
        let meets = next.bindings.iter().skip(from).take(REACH).any(known);
        self.is_between_items() && has_begun && !meets
    }
}

#[cfg(test)]
mod tests {
    use lodemap_grammar::spec_by_name;

    use super::*;
    use crate::extract::pieces;

    /// Whether a text is cut inside an item, and whether what is walked so is joined.
    fn is_cut_and_joined(language: &str, text: &str) -> (bool, bool) {
        let spec = spec_by_name(language).unwrap();
        let parsed = pieces::parsed(spec, text.as_bytes(), 1, false).unwrap();
        let cuts = cut(spec, &parsed.pieces[0].tree, text.as_bytes(), 2);
        (cuts.iter().any(|c| c.body.is_some()), walked_in_parts(spec, text.as_bytes(), &parsed, 2).is_some())
    }

    #[test]
    fn large_items_are_cut_and_joined() {
        let members = |member: &str| (0..20).map(|n| member.replace('#', &n.to_string())).collect::<String>();
        for (language, before, member, after) in [
            (
                "rust",
                "use a::b;\n#[c]\nimpl D {\n",
                "    /// E.\n    fn f#(&self) -> b::G { self.h() }\n",
                "}\n",
            ),
            ("rust", "mod a {\n", "    pub struct B#(C);\n", "}\n"),
            ("python", "class A(B):\n", "    def f#(self, a):\n        return a.g()\n", "\nx = 1\n"),
            ("typescript", "module N {\n", "  export function f#(): A { return g(); }\n", "}\n"),
        ] {
            let text = [before, &members(member), after].concat();
            assert_eq!(is_cut_and_joined(language, &text), (true, true), "{text}");
        }
        let meets = "class A:\n    def f(self):\n        self.x = 1\n    def g(self):\n        self.x = 2\n";
        assert_eq!(is_cut_and_joined("python", meets), (true, false));
    }

    #[test]
    fn what_waits_for_an_item_keeps_it_whole() {
        let text = format!(
            "#[cfg(test)]\nextern \"C\" {{}}\nmod t {{\n    fn {}() {{}}\n    fn b() {{}}\n}}\n",
            "a".repeat(40)
        );
        assert_eq!(is_cut_and_joined("rust", &text), (true, false));
    }
}
