//! Two parts of a file become one: what the second found is appended to what the first one did.

use super::Sizes;
use crate::extract::expr::IN_FUNCTION;
use crate::extract::walk::{FunctionScope, Walker};
use crate::model::{
    Base, BindTarget, Binding, Chain, ExportList, Input, NONE, Ref, Return, Scope, Symbol, TypeParameter,
};
use crate::names::NameIx;

/// Which rows of a walker are those of the head of an item.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) from: Sizes,
    pub(super) to: Sizes,
}

impl Head {
    /// How many rows it has in the tables whose rows are referred to.
    pub(super) fn counts(&self) -> [usize; 5] {
        let (from, to) = (self.from.counts(), self.to.counts());
        std::array::from_fn(|i| to[i] - from[i])
    }

    /// The same after its walker was joined to another.
    pub(super) fn moved(&self, by: &Moved) -> Self {
        Self { from: by.sizes(self.from), to: by.sizes(self.to) }
    }
}

impl Sizes {
    /// Of the tables whose rows are referred to, without the scope of the file.
    pub(super) fn counts(&self) -> [usize; 5] {
        [self.scopes - 1, self.symbols, self.imports, self.bindings, self.functions]
    }
}

impl Walker<'_> {
    /// Appends what `next` found, but for the head of the item in which it begins, which is here already at `head`;
    /// tells where its rows went.
    pub(super) fn join(&mut self, next: Self, head: Option<Head>) -> Moved {
        let known = next.part.resumed.unwrap_or(Sizes::NOTHING);
        let head = head.map_or(Sizes::NOTHING, |h| h.from);
        let names = next.names.move_to(&mut self.names);
        // Nothing but the head's own rows leads to its signatures.
        let signatures = Rows::new(known.signatures, 0, self.signatures.len());
        self.signatures.append(next.signatures, known.signatures);
        let refs = self.refs.len();
        let mut by = Moved {
            names,
            chains: Vec::with_capacity(next.chains.len()),
            scopes: Rows::new(known.scopes, head.scopes - 1, self.scopes.len()),
            symbols: Rows::new(known.symbols, head.symbols, self.symbols.len()),
            imports: Rows::new(known.imports, head.imports, self.imports.len()),
            bindings: Rows::new(known.bindings, head.bindings, self.bindings.len()),
            functions: Rows::new(known.functions, head.functions, self.functions.len()),
        };
        // Chains of locals are not looked up when they are made, since each is of its own; here those of the head are.
        let is_of_head = |b: u32| (head.bindings..head.bindings + known.bindings).contains(&(b as usize));
        for (ix, chain) in self.chains.iter().enumerate() {
            if let Chain::Local(b) = chain
                && is_of_head(*b)
            {
                self.chain_ixs.insert(*chain, ix as u32);
            }
        }
        for chain in &next.chains {
            let chain = self.chain(by.chain_of(*chain));
            by.chains.push(chain);
        }
        self.scopes.extend(next.scopes.into_iter().skip(known.scopes).map(|s| Scope {
            symbol: by.symbols.of(s.symbol),
            parent: by.scope(s.parent),
            ..s
        }));
        self.symbols.extend(next.symbols.into_iter().skip(known.symbols).map(|s| Symbol {
            name: by.name(s.name),
            parent: by.symbols.of(s.parent),
            scope: by.scope(s.scope),
            container: by.name(s.container),
            signature: signatures.of(s.signature),
            ty: by.chain(s.ty),
            ..s
        }));
        self.imports.extend(next.imports.into_iter().skip(known.imports).map(|mut i| {
            i.path.iter_mut().for_each(|n| *n = by.name(*n));
            (i.scope, i.name, i.bound) = (by.scope(i.scope), by.name(i.name), by.name(i.bound));
            i
        }));
        self.bindings.extend(next.bindings.into_iter().skip(known.bindings).map(|b| Binding {
            scope: by.scope(b.scope),
            name: by.name(b.name),
            target: by.target(b.target),
            ty: by.chain(b.ty),
            value: by.chain(b.value),
            ..b
        }));
        self.refs.extend(next.refs.into_iter().skip(known.refs).map(|r| Ref {
            chain: by.chain(r.chain),
            owner: by.symbols.of(r.owner),
            ..r
        }));
        let base = |b: Base| Base { symbol: by.symbols.of(b.symbol), chain: by.chain(b.chain) };
        self.bases.extend(next.bases.into_iter().skip(known.bases).map(base));
        let returned = |r: Return| Return { symbol: by.symbols.of(r.symbol), chain: by.chain(r.chain) };
        self.returns.extend(next.returns.into_iter().skip(known.returns).map(returned));
        self.parameters.extend(next.parameters.into_iter().skip(known.parameters).map(|p| TypeParameter {
            symbol: by.symbols.of(p.symbol),
            name: by.name(p.name),
            bound: by.chain(p.bound),
        }));
        self.inputs.extend(next.inputs.into_iter().skip(known.inputs).map(|i| Input {
            symbol: by.symbols.of(i.symbol),
            name: by.name(i.name),
            index: i.index,
            ty: by.chain(i.ty),
        }));
        self.functions.extend(next.functions.into_iter().skip(known.functions).map(|f| FunctionScope {
            parent: by.functions.of(f.parent),
            table: by.scope(f.table),
            bound: f.bound.into_iter().map(|(name, chain)| (by.name(name), by.chain(chain))).collect(),
            outer: f.outer.into_iter().map(|(name, is_global)| (by.name(name), is_global)).collect(),
            globs: by.scope(f.globs),
        }));
        let exported = next.exported_names.into_iter().skip(known.exported_names);
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
            self.pending.refs_from = self.pending.refs_from + refs - known.refs;
        }
        by
    }
}

/// Where the rows of a table went that was appended to another: those of the head of an item are there already.
#[derive(Clone, Copy)]
struct Rows {
    known: u32,
    head: u32,
    others: u32,
}

impl Rows {
    fn new(known: usize, head: usize, others: usize) -> Self {
        Self { known: known as u32, head: head as u32, others: others as u32 }
    }

    fn of(&self, ix: u32) -> u32 {
        match ix {
            NONE => NONE,
            _ if ix < self.known => self.head + ix,
            _ => self.others + (ix - self.known),
        }
    }
}

/// Where the rows of all tables went that were appended to others.
pub(super) struct Moved {
    names: Vec<NameIx>,
    chains: Vec<u32>,
    scopes: Rows,
    symbols: Rows,
    imports: Rows,
    bindings: Rows,
    functions: Rows,
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
        if scope == 0 { 0 } else { self.scopes.of(scope) }
    }

    /// Of the tables whose rows are referred to; the other lengths are as they were.
    fn sizes(&self, sizes: Sizes) -> Sizes {
        let of = |rows: Rows, len: usize| rows.of(len as u32) as usize;
        Sizes {
            scopes: of(self.scopes, sizes.scopes),
            symbols: of(self.symbols, sizes.symbols),
            imports: of(self.imports, sizes.imports),
            bindings: of(self.bindings, sizes.bindings),
            functions: of(self.functions, sizes.functions),
            ..sizes
        }
    }

    fn target(&self, target: BindTarget) -> BindTarget {
        match target {
            BindTarget::Symbol(s) => BindTarget::Symbol(self.symbols.of(s)),
            BindTarget::Import(i) => BindTarget::Import(self.imports.of(i)),
            BindTarget::Parameter(s) => BindTarget::Parameter(self.symbols.of(s)),
            BindTarget::Value => BindTarget::Value,
        }
    }

    /// The same chain with its indices moved; those it is built on come before it.
    fn chain_of(&self, chain: Chain) -> Chain {
        match chain.with_parts(|c| self.chain(c)) {
            Chain::Name { scope, name } if scope & IN_FUNCTION != 0 => Chain::Name {
                scope: self.functions.of(scope & !IN_FUNCTION) | IN_FUNCTION,
                name: self.name(name),
            },
            Chain::Name { scope, name } => Chain::Name { scope: self.scope(scope), name: self.name(name) },
            Chain::Symbol(s) => Chain::Symbol(self.symbols.of(s)),
            Chain::Import(i) => Chain::Import(self.imports.of(i)),
            Chain::ImportPath { import, segments } => {
                Chain::ImportPath { import: self.imports.of(import), segments }
            }
            Chain::Local(b) => Chain::Local(self.bindings.of(b)),
            Chain::SelfValue(s) => Chain::SelfValue(self.symbols.of(s)),
            Chain::Super(s) => Chain::Super(self.symbols.of(s)),
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
