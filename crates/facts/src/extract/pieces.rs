//! A large text is parsed in pieces, by several threads where somebody waits for it.
//!
//! It is cut where its lines say that an item or a member ends. Pieces without any error, each of which is a whole text
//! by itself, are one after another what the text is. One of them may have errors in items that touch no cut; else the
//! text is parsed as a whole. A piece that begins between the members of an item reads the head of the item too, and one
//! that ends there the bracket that closes it, so that members are parsed for members. Where a text is cut depends on the
//! text alone, never on how many threads there are: its facts are the same wherever it is read.

mod long_texts;
mod places;

use std::sync::atomic::AtomicUsize;

use lodemap_grammar::tree_sitter::{Node, Point, Range, Tree};
use lodemap_grammar::{LangSpec, ParseOutcome, Role, parse, parse_piece};
use rayon::prelude::*;

use self::places::{Place, places};
use super::cursor::Cursor;
use super::parts::{Cut, body_of, leads};
use super::walk;

/// A text below this size takes a few milliseconds as a whole.
const SMALLEST: usize = 16 << 10;

/// A text as it was parsed.
pub(super) struct Pieces {
    /// In the order of the text; one, if it was parsed as a whole.
    pub(super) pieces: Vec<Piece>,
    /// Where the items end that were cut, by where they begin.
    pub(super) ends: Vec<(usize, usize)>,
}

impl Pieces {
    /// The root of what was parsed first.
    pub(super) fn first(&self) -> Node<'_> {
        self.pieces[0].tree.root_node()
    }

    /// Where the first error stands.
    pub(super) fn first_error_line(&self) -> Option<u32> {
        let trees = self.pieces.iter().map(|p| &p.tree);
        trees.filter(|t| t.root_node().has_error()).map(walk::first_error_line).next()
    }
}

/// A tree of what stands in a text from one place to another; places in it are those in the text.
pub(super) struct Piece {
    pub(super) tree: Tree,
    pub(super) from: Cut,
    pub(super) to: Cut,
}

/// Into how many pieces a text of so many bytes is cut.
pub(super) fn count(bytes: usize) -> usize {
    match bytes {
        0..SMALLEST => 1,
        _ if bytes < 4 * SMALLEST => 2,
        _ if bytes < 16 * SMALLEST => 4,
        _ => 8,
    }
}

/// Parses `text`, in at most so many pieces, by the threads around if it `is_shared`; `None` if that is more work than
/// its size explains.
pub(super) fn parsed(spec: &LangSpec, text: &[u8], count: usize, is_shared: bool) -> Option<Pieces> {
    if count > 1
        && let Some(pieces) = in_pieces(spec, text, count, is_shared)
    {
        return Some(pieces);
    }
    match parse(spec, text) {
        ParseOutcome::Tree(tree) => {
            Some(Pieces { pieces: vec![Piece { tree, from: Cut::START, to: Cut::END }], ends: vec![] })
        }
        ParseOutcome::TooMuchWork => None,
    }
}

fn in_pieces(spec: &LangSpec, text: &[u8], count: usize, is_shared: bool) -> Option<Pieces> {
    let places = places(spec, text, count);
    if places.is_empty() {
        return None;
    }
    let ranges = ranges(&places, text);
    let unsound = AtomicUsize::new(0);
    let parse = |r: &Vec<Range>| parse_piece(spec, text, r, &unsound);
    let trees: Option<Vec<Tree>> = match is_shared {
        true => ranges.par_iter().map(parse).collect(),
        false => ranges.iter().map(parse).collect(),
    };
    let trees = trees?;
    let is_good = |(ix, tree): (usize, &Tree)| {
        !tree.root_node().has_error()
            || is_far_from_cuts(spec, tree, ix.checked_sub(1).map(|i| places[i]), places.get(ix).copied())
    };
    if trees.iter().enumerate().all(is_good) { joined(spec, text, &places, trees) } else { None }
}

/// Whether the errors of a tree lie in items and members that touch neither end of its piece.
///
/// A cut that is none leaves an error on both sides, or one in what it cuts; another error is the text's own.
fn is_far_from_cuts(spec: &LangSpec, tree: &Tree, from: Option<Place>, to: Option<Place>) -> bool {
    let first = from.is_none_or(|p| is_sound_beside(spec, item(spec, tree, false), p, false));
    !tree.root_node().is_error()
        && first
        && to.is_none_or(|p| is_sound_beside(spec, item(spec, tree, true), p, true))
}

/// Whether what stands beside a cut is without an error: the item, or that of its members.
fn is_sound_beside(spec: &LangSpec, item: Option<Item<'_>>, place: Place, is_last: bool) -> bool {
    let Some(node) = item.map(|i| i.node) else { return true };
    if place.head.is_none() || !node.has_error() {
        return !node.has_error();
    }
    let Some(body) = body_of(spec, node) else { return false };
    let around = node.children(&mut node.walk()).any(|n| n.id() != body.id() && n.has_error());
    let mut c = body.walk();
    let mut members = body.named_children(&mut c).filter(|n| !leads(spec, *n));
    let beside = if is_last { members.last() } else { members.next() };
    !around && beside.is_none_or(|n| !n.has_error())
}

/// What each piece is parsed from.
fn ranges(places: &[Place], text: &[u8]) -> Vec<Vec<Range>> {
    let start = places::Point { byte: 0, row: 0, column: 0 };
    let rows = memchr::memchr_iter(b'\n', text).count();
    let last = memchr::memrchr(b'\n', text).map_or(0, |n| n + 1);
    let end = places::Point { byte: text.len(), row: rows, column: text.len() - last };
    let range = |from: places::Point, to: places::Point| Range {
        start_byte: from.byte,
        end_byte: to.byte,
        start_point: Point { row: from.row, column: from.column },
        end_point: Point { row: to.row, column: to.column },
    };
    let mut all = vec![];
    for piece in 0..=places.len() {
        let from = piece.checked_sub(1).map(|p| places[p]);
        let to = places.get(piece);
        let mut ranges = vec![];
        if let Some(head) = from.and_then(|p| p.head) {
            ranges.push(range(head.from, head.to));
        }
        ranges.push(range(from.map_or(start, |p| p.at), to.map_or(end, |p| p.at)));
        if let Some(close) = to.and_then(|p| p.head?.close) {
            let after = places::Point { byte: close.byte + 1, column: close.column + 1, ..close };
            ranges.push(range(close, after));
        }
        all.push(ranges);
    }
    all
}

/// The pieces with what they have to do with each other; `None` where it is not what the lines let expect.
fn joined(spec: &LangSpec, text: &[u8], places: &[Place], trees: Vec<Tree>) -> Option<Pieces> {
    let mut cuts = vec![];
    let mut ends: Vec<(usize, usize)> = vec![];
    for (ix, place) in places.iter().enumerate() {
        let at = place.at.byte;
        if place.head.is_none() {
            cuts.push((Cut { lead: at, at, body: None }, Cut { lead: at, at, body: None }));
            continue;
        }
        let before = item(spec, &trees[ix], true)?;
        let after = item(spec, &trees[ix + 1], false)?;
        let (body_before, body_after) = (body_of(spec, before.node)?, body_of(spec, after.node)?);
        let (start, end) = (after.node.start_byte(), after.node.end_byte());
        let is_same = before.node.start_byte() == start
            && before.node.kind_id() == after.node.kind_id()
            && before.attributes == after.attributes;
        // An item whose members are all cut off is another one to the parser.
        let mut c = body_before.walk();
        let has_members = body_before.named_children(&mut c).any(|n| !leads(spec, n));
        let is_deep = || indentation(text, body_before.start_byte()) == indentation(text, at);
        if !is_same || !has_members || spec.conventions.indented && !is_deep() {
            return None;
        }
        let cut = |lead: usize, body: Node<'_>| Cut { lead, at, body: Some(body.start_byte()) };
        cuts.push((cut(before.lead, body_before), cut(after.lead, body_after)));
        match ends.last_mut().filter(|(s, _)| *s == start) {
            Some(last) => last.1 = end,
            None => ends.push((start, end)),
        }
    }
    let froms = std::iter::once(Cut::START).chain(cuts.iter().map(|(_, from)| *from));
    let tos = cuts.iter().map(|(to, _)| *to).chain([Cut::END]);
    let pieces = trees.into_iter().zip(froms.zip(tos)).map(|(tree, (from, to))| Piece { tree, from, to });
    Some(Pieces { pieces: pieces.collect(), ends })
}

/// What stands before the first word of the line of this place, or before the place.
fn indentation(text: &[u8], at: usize) -> &[u8] {
    let from = memchr::memrchr(b'\n', &text[..at]).map_or(0, |n| n + 1);
    let line = &text[from..];
    let len = line.iter().take_while(|b| b.is_ascii_whitespace() && **b != b'\n').count();
    &line[..len]
}

/// An item of a file, with the comments and attributes before it.
struct Item<'t> {
    node: Node<'t>,
    lead: usize,
    attributes: usize,
}

/// The first item of a tree, or its last.
fn item<'t>(spec: &LangSpec, tree: &'t Tree, is_last: bool) -> Option<Item<'t>> {
    let mut c = Cursor::new(tree.root_node());
    let mut found = c.goto_first_child();
    let (mut lead, mut attributes) = (None, 0);
    let mut item = None;
    while found {
        let node = c.node();
        lead = lead.or(Some(node.start_byte()));
        if leads(spec, node) {
            attributes += usize::from(matches!(spec.table().role(node.kind_id()), Role::Attribute));
        } else {
            item = Some(Item { node, lead: lead?, attributes });
            if !is_last {
                break;
            }
            (lead, attributes) = (None, 0);
        }
        found = c.goto_next_sibling();
    }
    item
}

impl Piece {
    /// What holds the members of the item in which it begins.
    pub(super) fn body(&self, spec: &LangSpec) -> Option<Node<'_>> {
        body_of(spec, item(spec, &self.tree, false)?.node)
    }
}

#[cfg(test)]
mod tests {
    use lodemap_grammar::spec_by_name;

    use super::*;

    /// Of how many pieces a text is, and in how many of them an item goes on from the one before.
    fn pieces(language: &str, text: &str, count: usize) -> (usize, usize) {
        let spec = spec_by_name(language).unwrap();
        let parsed = parsed(spec, text.as_bytes(), count, false).unwrap();
        (parsed.pieces.len(), parsed.pieces.iter().filter(|p| p.from.body.is_some()).count())
    }

    #[test]
    fn texts_are_cut_where_that_is_sound() {
        let times = |count: usize, text: &str| text.repeat(count);
        let members = times(20, "    /// A.\n    fn b(&self) {\n        c()\n    }\n");
        let impl_ = format!("#[d]\nimpl E {{\n{members}}}\n");
        assert_eq!(pieces("rust", &impl_, 4), (4, 3));
        assert_eq!(pieces("rust", &times(2, &impl_), 2), (2, 0));
        assert_eq!(pieces("rust", &times(2, &impl_), 4), (4, 2));
        let class = format!("class A(B):\n    c = 1\n{}", times(20, "\n    def d(self):\n        e()\n"));
        assert_eq!(pieces("python", &class, 4), (4, 3));
        assert_eq!(pieces("python", &format!("@f\n{class}"), 4), (1, 0));
        for (language, function) in
            [("javascript", "function a() {\n}\n"), ("go", "func a() {\n}\n"), ("c", "int a(void)\n{\n}\n")]
        {
            assert_eq!(pieces(language, &times(20, function), 3), (3, 0), "{language}");
        }
        // One piece may have errors, where they do not touch a cut.
        let items = times(20, "fn a() {\n}\n");
        assert_eq!(pieces("rust", &format!("{items}fn ("), 2), (2, 0));
        assert_eq!(pieces("rust", &format!("fn (;{items}fn ("), 2), (1, 0));
        assert_eq!(pieces("rust", &format!("{items}fn b(c) {{\n  d(]\n}}\n{items}"), 2), (1, 0));
        assert_eq!(pieces("rust", &format!("/*\n{items}*/"), 3), (1, 0));
    }
}
