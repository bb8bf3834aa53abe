//! One large file on several threads: the items of a file are walked in parts, whose facts are joined in order.
//!
//! What is joined is what one walk would have given, bit for bit: tables are appended with their indices moved, names
//! and chains are entered in the order in which one walk would have met them. Where what stands in one part could
//! have been seen from the next (an attribute without its item, an assignment that finds its name declared), the next
//! part is walked again, after it.

use std::ops::Range;

use lodemap_grammar::tree_sitter::Tree;
use lodemap_grammar::{LangSpec, RefKind, Role};
use rayon::prelude::*;

use super::cursor::Cursor;
use super::expr::IN_FUNCTION;
use super::walk::{FunctionScope, Mode, Pending, Reveal, Walker};
use crate::draft::Draft;
use crate::model::{
    Base, BindTarget, Binding, Chain, ExportList, Input, NONE, Ref, Return, Scope, Symbol, TypeParameter,
};
use crate::names::NameIx;

/// So many bindings before and after a place have to do with each other at most.
const REACH: usize = 256;

/// What [`super::walk::walk`] gives, by so many threads at once.
pub(super) fn walk_in_parts(spec: &LangSpec, text: &[u8], tree: &Tree, parts: usize) -> Draft {
    let parts = cut(spec, tree, text, parts);
    let walked = |part: &Range<usize>| {
        let mut w = Walker::new(spec, text);
        w.items(&mut Cursor::new(tree.root_node()), part);
        w
    };
    let walkers: Vec<Walker<'_>> = parts.par_iter().map(walked).collect();
    let mut all: Option<Walker<'_>> = None;
    for (walker, part) in walkers.into_iter().zip(&parts) {
        match &mut all {
            None => all = Some(walker),
            Some(before) if before.is_apart_from(&walker) => before.join(walker),
            Some(before) => before.items(&mut Cursor::new(tree.root_node()), part),
        }
    }
    let mut all = all.unwrap_or_else(|| Walker::new(spec, text));
    all.file_doc(tree.root_node());
    all.finish()
}

/// Cuts a file between items: ranges of bytes in which items start.
fn cut(spec: &LangSpec, tree: &Tree, text: &[u8], parts: usize) -> Vec<Range<usize>> {
    let mut c = Cursor::new(tree.root_node());
    let mut cuts = vec![0];
    let mut belongs_to_next = true;
    let mut found = c.goto_first_child();
    while found && cuts.len() < parts {
        let start = c.node().start_byte();
        if !belongs_to_next && start >= text.len() * cuts.len() / parts {
            cuts.push(start);
        }
        belongs_to_next = matches!(spec.table().role(c.kind_id()), Role::Comment | Role::Attribute);
        found = c.goto_next_sibling();
    }
    let ends = cuts.iter().skip(1).copied().chain([usize::MAX]);
    cuts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

impl Walker<'_> {
    /// Visits the items that start in `part`.
    fn items(&mut self, c: &mut Cursor<'_>, part: &Range<usize>) {
        let mut found = c.goto_first_child();
        while found && c.node().start_byte() < part.end {
            if c.node().start_byte() >= part.start {
                self.visit(c);
            }
            found = c.goto_next_sibling();
        }
    }

    /// Whether a walk of `next` that went on from here would have given just what it gave from the beginning.
    fn is_apart_from(&self, next: &Self) -> bool {
        let at_rest = self.locals.is_empty()
            && self.frames.len() == 1
            && [self.owner, self.parent, self.class, self.defined_at, self.expects_self, self.declaring]
                == [NONE; 6]
            && (self.outside, self.first_iterable) == (0, false)
            && [self.matched, self.arms, self.constructing, self.element_of] == [NONE; 4]
            && self.also_defined.is_empty()
            && self.told.is_empty()
            && self.variable_kind.is_none()
            && self.pending == Pending::default()
            && self.mode == Mode::Read
            && self.kind == RefKind::Read
            && self.reveal == Reveal::NOTHING
            && !self.exported
            && !self.exporting
            && !self.joins;
        // What is there already does not count as the documentation of the file.
        let has_begun = !self.symbols.is_empty() || !self.refs.is_empty();
        let near = &self.bindings[self.bindings.len().saturating_sub(REACH)..];
        let known = |b: &Binding| {
            let name = next.names.get(b.name);
            near.iter().any(|n| n.scope == 0 && self.names.get(n.name) == name)
        };
        let meets = next.bindings.iter().take(REACH).filter(|b| b.scope == 0).any(known);
        at_rest && has_begun && !meets
    }

    /// Appends what `next` found.
    fn join(&mut self, next: Self) {
        let names = next.names.move_to(&mut self.names);
        let signatures = self.signatures.len() as u32;
        self.signatures.append(next.signatures);
        let refs = self.refs.len();
        let mut by = Moved {
            names,
            chains: Vec::with_capacity(next.chains.len()),
            scopes: self.scopes.len() as u32 - 1,
            symbols: self.symbols.len() as u32,
            imports: self.imports.len() as u32,
            bindings: self.bindings.len() as u32,
            functions: self.functions.len() as u32,
        };
        for chain in &next.chains {
            let chain = self.chain(by.chain_of(*chain));
            by.chains.push(chain);
        }
        self.scopes.extend(next.scopes.into_iter().skip(1).map(|s| Scope {
            symbol: by.symbol(s.symbol),
            parent: by.scope(s.parent),
            ..s
        }));
        self.symbols.extend(next.symbols.into_iter().map(|s| Symbol {
            name: by.name(s.name),
            parent: by.symbol(s.parent),
            scope: by.scope(s.scope),
            container: by.name(s.container),
            signature: if s.signature == NONE { NONE } else { s.signature + signatures },
            ty: by.chain(s.ty),
            ..s
        }));
        self.imports.extend(next.imports.into_iter().map(|mut i| {
            i.path.iter_mut().for_each(|n| *n = by.name(*n));
            (i.scope, i.name, i.bound) = (by.scope(i.scope), by.name(i.name), by.name(i.bound));
            i
        }));
        self.bindings.extend(next.bindings.into_iter().map(|b| Binding {
            scope: by.scope(b.scope),
            name: by.name(b.name),
            target: by.target(b.target),
            ty: by.chain(b.ty),
            value: by.chain(b.value),
            ..b
        }));
        self.refs.extend(next.refs.into_iter().map(|r| Ref {
            chain: by.chain(r.chain),
            owner: by.symbol(r.owner),
            ..r
        }));
        let base = |b: Base| Base { symbol: by.symbol(b.symbol), chain: by.chain(b.chain) };
        self.bases.extend(next.bases.into_iter().map(base));
        let returned = |r: Return| Return { symbol: by.symbol(r.symbol), chain: by.chain(r.chain) };
        self.returns.extend(next.returns.into_iter().map(returned));
        self.parameters.extend(next.parameters.into_iter().map(|p| TypeParameter {
            symbol: by.symbol(p.symbol),
            name: by.name(p.name),
            bound: by.chain(p.bound),
        }));
        self.inputs.extend(next.inputs.into_iter().map(|i| Input {
            symbol: by.symbol(i.symbol),
            name: by.name(i.name),
            index: i.index,
            ty: by.chain(i.ty),
        }));
        self.functions.extend(next.functions.into_iter().map(|f| FunctionScope {
            parent: by.function(f.parent),
            table: by.scope(f.table),
            bound: f.bound.into_iter().map(|(name, chain)| (by.name(name), by.chain(chain))).collect(),
            outer: f.outer.into_iter().map(|(name, is_global)| (by.name(name), is_global)).collect(),
            globs: by.scope(f.globs),
        }));
        let exported = next.exported_names.into_iter();
        self.exported_names.extend(exported.map(|(s, n, a)| (by.scope(s), by.name(n), by.name(a))));
        match next.exports {
            ExportList::Public => {}
            ExportList::Unknown => self.exports_seen(ExportList::Unknown),
            ExportList::Listed(names) => {
                self.exports_seen(ExportList::Listed(names.into_iter().map(|n| by.name(n)).collect()));
            }
        }
        self.too_deep_at = self.too_deep_at.or(next.too_deep_at);
        // Everything else is as at the beginning, between items.
        self.pending = next.pending;
        if self.pending.start.is_some() {
            self.pending.refs_from += refs;
        }
    }
}

/// Where the entries of tables went that were appended to others.
struct Moved {
    names: Vec<NameIx>,
    chains: Vec<u32>,
    scopes: u32,
    symbols: u32,
    imports: u32,
    bindings: u32,
    functions: u32,
}

impl Moved {
    fn name(&self, name: NameIx) -> NameIx {
        if name == NONE { NONE } else { self.names[name as usize] }
    }

    fn chain(&self, chain: u32) -> u32 {
        if chain == NONE { NONE } else { self.chains[chain as usize] }
    }

    /// The scope of the file is everybody's.
    fn scope(&self, scope: u32) -> u32 {
        if scope == NONE || scope == 0 { scope } else { scope + self.scopes }
    }

    fn symbol(&self, symbol: u32) -> u32 {
        if symbol == NONE { NONE } else { symbol + self.symbols }
    }

    fn function(&self, function: u32) -> u32 {
        if function == NONE { NONE } else { function + self.functions }
    }

    fn target(&self, target: BindTarget) -> BindTarget {
        match target {
            BindTarget::Symbol(s) => BindTarget::Symbol(self.symbol(s)),
            BindTarget::Import(i) => BindTarget::Import(i + self.imports),
            BindTarget::Parameter(s) => BindTarget::Parameter(self.symbol(s)),
            BindTarget::Value => BindTarget::Value,
        }
    }

    /// The same chain with its indices moved; those it is built on come before it.
    fn chain_of(&self, chain: Chain) -> Chain {
        match chain.with_parts(|c| self.chain(c)) {
            Chain::Name { scope, name } if scope & IN_FUNCTION != 0 => Chain::Name {
                scope: self.function(scope & !IN_FUNCTION) | IN_FUNCTION,
                name: self.name(name),
            },
            Chain::Name { scope, name } => Chain::Name { scope: self.scope(scope), name: self.name(name) },
            Chain::Symbol(s) => Chain::Symbol(self.symbol(s)),
            Chain::Import(i) => Chain::Import(i + self.imports),
            Chain::ImportPath { import, segments } => {
                Chain::ImportPath { import: import + self.imports, segments }
            }
            Chain::Local(b) => Chain::Local(b + self.bindings),
            Chain::SelfValue(s) => Chain::SelfValue(self.symbol(s)),
            Chain::Super(s) => Chain::Super(self.symbol(s)),
            Chain::Builtin(name) => Chain::Builtin(self.name(name)),
            Chain::Member { base, name } => Chain::Member { base, name: self.name(name) },
            Chain::Path { base, name } => Chain::Path { base, name: self.name(name) },
            other @ (Chain::Unknown
            | Chain::Call(_)
            | Chain::Index(_)
            | Chain::Await(_)
            | Chain::Try(_)
            | Chain::Generic { .. }
            | Chain::Either { .. }
            | Chain::Except { .. }
            | Chain::Element(_)
            | Chain::Enter(_)
            | Chain::Of(_)
            | Chain::Part { .. }
            | Chain::Payload { .. }) => other,
        }
    }
}
