//! Which symbols implement which?
//!
//! A class implements its bases and a type the traits implemented for it, and so do methods those of the same name
//! in the base.

use lodemap_base::SymbolId;
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{Chain, FileFacts};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::{FileEntry, Target};
use rustc_hash::FxHashMap;
use scip::types::Relationship;

use super::moniker::Monikers;
use crate::export::by_path;
use crate::find;

/// What each symbol implements.
#[derive(Default)]
pub(super) struct Relations {
    of: FxHashMap<SymbolId, Vec<SymbolId>>,
}

impl Relations {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        let mut out = Self::default();
        for file in by_path(snapshot).into_iter().filter(|f| !f.facts.bases.is_empty()) {
            out.add_file(snapshot, file);
        }
        out
    }

    /// What a symbol implements, as SCIP tells it. Who looks for references to a method of a base wants those to
    /// the methods that stand in for it too; that does not hold for types.
    pub(super) fn of(&self, symbol: SymbolId, monikers: &Monikers) -> Vec<Relationship> {
        let bases = self.of.get(&symbol).map(Vec::as_slice).unwrap_or_default();
        let monikers = bases.iter().filter_map(|base| monikers.symbol(*base));
        let relationship = |moniker: &str| Relationship {
            symbol: moniker.into(),
            is_implementation: true,
            is_reference: moniker.ends_with(")."),
            ..Default::default()
        };
        monikers.map(relationship).collect()
    }

    fn add_file(&mut self, snapshot: &Snapshot, file: &FileEntry) {
        let facts = &*file.facts;
        let mut led: FxHashMap<u32, Vec<SymbolId>> = FxHashMap::default();
        snapshot.edges_of(file.id, |edge| {
            if let Target::Symbol(id) = edge.target
                && find::is_sure(edge.tier)
                && find::symbol_kind(snapshot, id).is_type()
            {
                let targets = led.entry(edge.reference.chain).or_default();
                if !targets.contains(&id) {
                    targets.push(id);
                }
            }
        });
        let targets = |chain: u32| led.get(&plain(facts, chain)).map(Vec::as_slice).unwrap_or_default();
        for base in &facts.bases {
            let s = &facts.symbols.at(base.symbol);
            let own = [file.symbols[base.symbol as usize]];
            let implementers = match s.kind {
                SymbolKind::Impl => targets(s.ty),
                kind if kind.is_type() => &own[..],
                _ => continue, // a bound
            };
            for to in targets(base.chain) {
                implementers.iter().for_each(|from| self.add(*from, *to));
                self.add_members(snapshot, file, base.symbol, *to);
            }
        }
    }

    fn add(&mut self, from: SymbolId, to: SymbolId) {
        let list = self.of.entry(from).or_default();
        if from != to && !list.contains(&to) {
            list.push(to);
        }
    }

    fn add_members(&mut self, snapshot: &Snapshot, file: &FileEntry, symbol: u32, base: SymbolId) {
        let slot = snapshot.world().slot(base);
        let base_file = snapshot.world().file(slot.file);
        let names = members(base_file, slot.symbol);
        for (name, from) in members(file, symbol) {
            let same = names.iter().filter(|(n, _)| *n == name).map(|(_, to)| *to);
            same.for_each(|to| self.add(from, to));
        }
    }
}

/// The methods right in a symbol, by the keys of their names.
fn members(file: &FileEntry, symbol: u32) -> Vec<(lodemap_base::NameKey, SymbolId)> {
    let symbols = file.facts.symbols.iter().enumerate();
    let own = symbols.filter(|(_, s)| s.parent == symbol && s.kind == SymbolKind::Method);
    own.map(|(ix, s)| (file.facts.names.key(s.name), file.symbols[ix])).collect()
}

/// The chain without type arguments.
fn plain(facts: &FileFacts, mut chain: u32) -> u32 {
    while let Some(Chain::Generic { base, .. }) = facts.chains.get(chain as usize) {
        chain = base;
    }
    chain
}
