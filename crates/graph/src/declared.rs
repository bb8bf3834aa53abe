//! What does a file tell others?
//!
//! A resolution reads other files through look-ups alone. This module lists what they find in one file: each
//! *base fact* under the key of its look-up, as a hash of all that a resolution can read of it. Two versions of a file
//! are compared by these lists, and whoever looked a changed key up is resolved again.
//!
//! **Invariant:** whatever `resolve` reads of a file that is not its own is in the hash of a key that it recorded.
//! Indices into the facts never are: they change with whatever stands before.

use lodemap_base::{member_key, name_key};
use lodemap_facts::{BindTarget, Chain, ExportList, NONE};
use lodemap_grammar::{ImportStyle, SymbolKind};
use rustc_hash::FxHashSet;

use crate::keys::{self, Mix};
use crate::world::{FileEntry, World};

/// The base facts of a file, sorted by key; those with one key in the order of the text.
pub(crate) type Declared = Vec<(u64, u64)>;

/// Lists the base facts of `entry`, which must be one of `world`'s, or have been until this change.
pub(crate) fn declared(world: &World, entry: &FileEntry) -> Declared {
    let facts = &*entry.facts;
    let of = Hashes { world, entry };
    let style = entry.spec().conventions.imports;
    let mut out = Declared::new();
    for b in facts.bindings.iter().take_while(|b| b.scope != NONE) {
        let name = facts.names.key(b.name);
        let hash = of.target(b.target);
        out.push((member_key(entry.scopes[b.scope as usize], name), hash));
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
        let ty = if s.ty == NONE { 0 } else { of.chain(s.ty) };
        let hash = Mix(of.symbol(ix as u32)).with(ty).0;
        out.push((keys::impls(facts.names.key(s.name)), hash));
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
}

impl Hashes<'_> {
    fn scope(&self, scope: u32) -> u64 {
        if scope == NONE { 1 } else { self.entry.scopes[scope as usize].0 }
    }

    /// A symbol: its identity says its kind, and by what it is enclosed.
    fn symbol(&self, ix: u32) -> u64 {
        let s = &self.entry.facts.symbols[ix as usize];
        let key = self.world.slot(self.entry.symbols[ix as usize]).key;
        let more = (s.visibility as u64) << 2 | u64::from(s.scope != NONE) << 1 | u64::from(s.ty != NONE);
        Mix(key).with(more).0
    }

    fn import(&self, ix: u32) -> u64 {
        let facts = &self.entry.facts;
        let i = &facts.imports[ix as usize];
        let name = |n: u32| if n == NONE { 1 } else { facts.names.key(n).0 };
        let head = i.kind as u64 | u64::from(i.reexport) << 8 | u64::from(i.level) << 16;
        let mix = Mix(self.scope(i.scope)).with(head).with(name(i.name)).with(i.path.len() as u64);
        i.path.iter().fold(mix, |mix, n| mix.with(name(*n))).0
    }

    fn target(&self, target: BindTarget) -> u64 {
        match target {
            BindTarget::Symbol(s) => Mix(2).with(self.symbol(s)).0,
            BindTarget::Import(i) => Mix(3).with(self.import(i)).0,
            BindTarget::Value => 4,
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

    /// A path to a type, as far as one can be followed from outside its file.
    fn chain(&self, ix: u32) -> u64 {
        let facts = &self.entry.facts;
        let name = |n: u32| facts.names.key(n).0;
        match facts.chains[ix as usize] {
            Chain::Name { scope, name: n } => Mix(8).with(self.scope(scope)).with(name(n)).0,
            Chain::Symbol(s) => Mix(9).with(self.symbol(s)).0,
            Chain::Import(i) => Mix(10).with(self.import(i)).0,
            Chain::Path { base, name: n } => Mix(11).with(self.chain(base)).with(name(n)).0,
            Chain::Generic { base, .. } => Mix(12).with(self.chain(base)).0,
            _ => 13,
        }
    }
}
