//! What does a file tell others?
//!
//! A resolution reads other files through look-ups alone. This module lists what they find in one file: each
//! *base fact* under the key of its look-up, as a hash of all that a resolution can read of it. Two versions of a file
//! are compared by these lists, and whoever looked a changed key up is resolved again.
//!
//! **Invariant:** whatever `resolve` reads of a file that is not its own is in the hash of a key that it recorded.
//! Indices into the facts never are: they change with whatever stands before.

use lodemap_base::{member_key, name_key};
use lodemap_facts::{BindTarget, Binding, Chain, ExportList, FileFacts, NONE, SymbolFlags};
use lodemap_grammar::{ImportStyle, SymbolKind};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::keys::{self, Mix};
use crate::world::{FileEntry, World, impl_head};

/// The base facts of a file, sorted by key; those with one key in the order of the text.
pub(crate) type Declared = Vec<(u64, u64)>;

/// Lists the base facts of `entry`, which must be one of `world`'s, or have been until this change.
pub(crate) fn declared(world: &World, entry: &FileEntry) -> Declared {
    let facts = &*entry.facts;
    let of = Hashes { world, entry, chains: chain_hashes(world, entry) };
    let style = entry.spec().conventions.imports;
    let mut out = Declared::new();
    for b in facts.bindings.iter().take_while(|b| b.scope != NONE) {
        let name = facts.names.key(b.name);
        let hash = match b.target {
            // What is known of a value that is no definition is read with the name.
            BindTarget::Value => of.binding(&b),
            target => of.target(target),
        };
        out.push((member_key(entry.scopes[b.scope as usize], name), hash));
        let holder = facts.scopes.at(b.scope).symbol;
        if holder != NONE && style == ImportStyle::ModuleTree {
            let holder = &facts.symbols.at(holder);
            if holder.kind == SymbolKind::Impl && impl_head(facts, holder) == keys::blanket() {
                out.push((keys::blanket_member(name), hash));
            }
        }
        if style == ImportStyle::Package && b.scope == 0 {
            out.push((keys::package(entry.path.parent_str(), name), hash));
        }
    }
    for (scope, import) in &entry.globs {
        out.push((keys::globs(entry.scopes[*scope as usize]), of.import(*import)));
    }
    if let Some(list) = entry.spec().conventions.export_list.as_deref() {
        out.push((member_key(entry.scopes[0], name_key(list)), of.exports()));
    }
    for (ix, s) in facts.symbols.iter().enumerate().filter(|(_, s)| s.kind == SymbolKind::Impl) {
        let ty = if s.ty == NONE { 0 } else { of.chains[s.ty as usize] };
        let hash = Mix(of.symbol(ix as u32)).with(ty).with(of.bases(ix as u32)).0;
        out.push((keys::impls(impl_head(facts, &s)), hash));
    }
    if style == ImportStyle::ModuleTree {
        for (ix, s) in facts.symbols.iter().enumerate().filter(|(_, s)| s.kind == SymbolKind::Macro) {
            out.push((keys::macros(facts.names.key(s.name)), of.symbol(ix as u32)));
        }
    }
    if entry.spec().conventions.infers {
        for ix in 0..facts.symbols.len() as u32 {
            if let Some(hash) = of.ty(ix) {
                out.push((keys::typed(world.slot(entry.symbols[ix as usize]).key), hash));
            }
        }
    }
    out.sort_by_key(|(key, _)| *key);
    out
}

/// Adds the keys under which `old` and `new` say different things.
pub(crate) fn differences(old: &Declared, new: &Declared, out: &mut FxHashSet<u64>) {
    let (mut old, mut new) = (old.as_slice(), new.as_slice());
    while let Some(key) = old.first().into_iter().chain(new.first()).map(|(key, _)| *key).min() {
        let run = |list: &[(u64, u64)]| list.iter().take_while(|(k, _)| *k == key).count();
        let (was, is);
        (was, old) = old.split_at(run(old));
        (is, new) = new.split_at(run(new));
        if was != is {
            out.insert(key);
        }
    }
}

struct Hashes<'a> {
    world: &'a World,
    entry: &'a FileEntry,
    chains: Vec<u64>,
}

impl Hashes<'_> {
    fn scope(&self, scope: u32) -> u64 {
        if scope == NONE { 1 } else { self.entry.scopes[scope as usize].0 }
    }

    /// A symbol: its identity says its kind, and by what it is enclosed.
    fn symbol(&self, ix: u32) -> u64 {
        let s = &self.entry.facts.symbols.at(ix);
        let key = self.world.slot(self.entry.symbols[ix as usize]).key;
        let flags =
            u64::from(s.flags.0 & (SymbolFlags::PROPERTY | SymbolFlags::GENERATOR | SymbolFlags::ASSIGNED));
        let more = flags << 8
            | (s.visibility as u64) << 2
            | u64::from(s.scope != NONE) << 1
            | u64::from(s.ty != NONE);
        Mix(key).with(more).0
    }

    fn import(&self, ix: u32) -> u64 {
        let facts = &self.entry.facts;
        let i = &facts.imports.at(ix);
        let name = |n: u32| if n == NONE { 1 } else { facts.names.key(n).0 };
        let head = i.kind as u64 | u64::from(i.reexport) << 8 | u64::from(i.level) << 16;
        let mix = Mix(self.scope(i.scope)).with(head).with(name(i.name)).with(i.path.len() as u64);
        i.path.iter().fold(mix, |mix, n| mix.with(name(*n))).0
    }

    fn target(&self, target: BindTarget) -> u64 {
        match target {
            BindTarget::Symbol(s) => Mix(2).with(self.symbol(s)).0,
            BindTarget::Import(i) => Mix(3).with(self.import(i)).0,
            BindTarget::Value | BindTarget::Parameter(_) => 4,
        }
    }

    fn exports(&self) -> u64 {
        match &self.entry.facts.exports {
            ExportList::Public => 5,
            ExportList::Unknown => 6,
            ExportList::Listed(names) => {
                names.iter().fold(Mix(7), |mix, n| mix.with(self.entry.facts.names.key(*n).0)).0
            }
        }
    }

    fn binding(&self, b: &Binding) -> u64 {
        let chain = |ix: u32| if ix == NONE { 0 } else { self.chains[ix as usize] };
        Mix(4).with(chain(b.ty)).with(chain(b.value)).with(b.mode as u64).0
    }

    /// The bases of a symbol.
    fn bases(&self, symbol: u32) -> u64 {
        let bases = &self.entry.facts.bases;
        let from = bases.partition_point(|b| b.symbol < symbol);
        let own = bases.from(from).take_while(|b| b.symbol == symbol);
        own.fold(Mix(14), |mix, b| mix.with(self.chains[b.chain as usize])).0
    }

    /// Everything that is declared of a symbol's type, or can be seen of it: `None` where there is nothing.
    fn ty(&self, ix: u32) -> Option<u64> {
        let facts = &self.entry.facts;
        let s = &facts.symbols.at(ix);
        let chain = |ix: u32| if ix == NONE { 0 } else { self.chains[ix as usize] };
        let mut parts: SmallVec<[u64; 8]> = SmallVec::new();
        if s.ty != NONE {
            parts.extend([1, chain(s.ty)]);
        }
        let from = facts.returns.partition_point(|r| r.symbol < ix);
        facts
            .returns
            .from(from)
            .take_while(|r| r.symbol == ix)
            .for_each(|r| parts.extend([2, chain(r.chain)]));
        let from = facts.parameters.partition_point(|p| p.symbol < ix);
        let own = facts.parameters.from(from).take_while(|p| p.symbol == ix);
        own.for_each(|p| parts.extend([3, facts.names.key(p.name).0, chain(p.bound)]));
        let from = facts.inputs.partition_point(|i| i.symbol < ix);
        let own = facts.inputs.from(from).take_while(|i| i.symbol == ix);
        own.for_each(|i| parts.extend([7, facts.names.key(i.name).0, u64::from(i.index), chain(i.ty)]));
        let from = facts.bases.partition_point(|b| b.symbol < ix);
        facts.bases.from(from).take_while(|b| b.symbol == ix).for_each(|b| parts.extend([4, chain(b.chain)]));
        named_parts(facts, ix).for_each(|f| parts.extend([8, facts.names.key(facts.symbols.at(f).name).0]));
        if matches!(s.kind, SymbolKind::Field | SymbolKind::Variable | SymbolKind::Constant) {
            let scope = if s.parent == NONE { 0 } else { facts.symbols.at(s.parent).scope };
            let scope = if scope == NONE { 0 } else { scope };
            let bindings = facts.lookup(scope, facts.names.key(s.name));
            bindings
                .iter()
                .filter(|b| b.ty != NONE || b.value != NONE)
                .for_each(|b| parts.extend([5, self.binding(b)]));
        }
        if s.flags.0 & (SymbolFlags::PROPERTY | SymbolFlags::GENERATOR) != 0 {
            parts.extend([6, u64::from(s.flags.0)]);
        }
        (!parts.is_empty()).then(|| parts.iter().fold(Mix(15), |mix, p| mix.with(*p)).0)
    }
}

/// The fields of a class that is a tuple with names (`NamedTuple`), in their order; none of any other class.
pub(crate) fn named_parts(facts: &FileFacts, class: u32) -> impl Iterator<Item = u32> {
    let from = facts.bases.partition_point(|b| b.symbol < class);
    let is_tuple = facts.bases.from(from).take_while(|b| b.symbol == class).any(|b| {
        let name = match facts.chains.at(b.chain) {
            Chain::Name { name, .. } | Chain::Member { name, .. } => name,
            Chain::Import(i) => facts.imports.at(i).name,
            _ => NONE,
        };
        name != NONE && facts.names.get(name) == "NamedTuple"
    });
    // Members come after their class, and before whatever comes after it.
    let inside = facts.symbols.iter().enumerate().skip(class as usize + 1).take_while(move |_| is_tuple);
    let end = facts.symbols.at(class).span.end;
    inside
        .take_while(move |(_, s)| s.span.start < end)
        .filter(move |(_, s)| s.parent == class && s.kind == SymbolKind::Field)
        .filter(|(_, s)| !s.flags.has(SymbolFlags::ASSIGNED))
        .map(|(ix, _)| ix as u32)
}

/// Chains by what they say, whatever their index and that of what they name.
fn chain_hashes(world: &World, entry: &FileEntry) -> Vec<u64> {
    let facts = &entry.facts;
    let scope = |scope: u32| if scope == NONE { 1 } else { entry.scopes[scope as usize].0 };
    let symbol = |s: u32| if s == NONE { 1 } else { world.slot(entry.symbols[s as usize]).key };
    let plain = Hashes { world, entry, chains: vec![] };
    let mut out: Vec<u64> = Vec::with_capacity(facts.chains.len());
    for c in &facts.chains {
        let of = |ix: u32| if ix == NONE { 0 } else { out[ix as usize] };
        let name = |n: u32| facts.names.key(n).0;
        let (tag, a, b) = match c {
            Chain::Unknown => (20, 0, 0),
            Chain::Name { scope: s, name: n } => (21, scope(s), name(n)),
            Chain::Symbol(s) => (22, symbol(s), 0),
            Chain::Import(i) => (23, plain.import(i), 0),
            Chain::ImportPath { import, segments } => (24, plain.import(import), u64::from(segments)),
            Chain::Local(b) => {
                let b = &facts.bindings.at(b);
                let owner = match b.target {
                    BindTarget::Parameter(s) => symbol(s),
                    _ => 0,
                };
                (25, Mix(of(b.ty)).with(of(b.value)).with(b.mode as u64).0, Mix(owner).with(name(b.name)).0)
            }
            Chain::SelfValue(s) => (26, symbol(s), 0),
            Chain::Super(s) => (27, symbol(s), 0),
            Chain::Builtin(n) => (28, name(n), 0),
            Chain::Member { base, name: n } => (29, of(base), name(n)),
            Chain::Path { base, name: n } => (30, of(base), name(n)),
            Chain::Call(b) => (31, of(b), 0),
            Chain::Index(b) => (32, of(b), 0),
            Chain::Await(b) => (33, of(b), 0),
            Chain::Try(b) => (34, of(b), 0),
            Chain::Generic { base, argument } => (35, of(base), of(argument)),
            Chain::Either { base, other } => (36, of(base), of(other)),
            Chain::Element(b) => (37, of(b), 0),
            Chain::Enter(b) => (38, of(b), 0),
            Chain::Of(b) => (39, of(b), 0),
            Chain::Part { base, index } => (40, of(base), u64::from(index)),
            Chain::Payload { base, value } => (41, of(base), of(value)),
            Chain::Except { base, other } => (42, of(base), of(other)),
        };
        out.push(Mix(tag).with(a).with(b).0);
    }
    out
}
