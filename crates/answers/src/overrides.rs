//! Which methods stand in for which others: implementations of a trait's, and those that subclasses override.
//!
//! A call of the one may reach the other, depending on a value that no text gives away. It is told apart from what
//! is sure, and not followed.

use lodemap_base::{Patience, SymbolId};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::{BindTarget, NONE};
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::{FileEntry, Target};
use rustc_hash::{FxHashMap, FxHashSet};

/// So many steps from a class to its bases and so on are followed.
const MAX_DEPTH: usize = 32;

/// Types by their bases.
pub(crate) struct Overrides<'s> {
    snapshot: &'s Snapshot,
    /// By base: the classes and implementations that name it, in the order of paths and positions.
    derived: FxHashMap<SymbolId, Vec<SymbolId>>,
}

impl<'s> Overrides<'s> {
    /// Reads the bases of all types, or of some if nobody waits for them.
    pub(crate) fn of(snapshot: &'s Snapshot, patience: &Patience) -> Self {
        let mut derived: FxHashMap<SymbolId, Vec<SymbolId>> = FxHashMap::default();
        for entry in crate::export::by_path(snapshot).into_iter().take_while(|_| !patience.is_over()) {
            for base in &entry.facts.bases {
                let holder = entry.symbols[base.symbol as usize];
                if holds_members(entry, base.symbol)
                    && let Some(base) = base_of(snapshot, entry, base.chain)
                {
                    derived.entry(base).or_default().push(holder);
                }
            }
        }
        Self { snapshot, derived }
    }

    /// The methods that stand in for a method where it is called through its trait or class.
    pub(crate) fn standing_in_for(&self, method: SymbolId) -> Vec<SymbolId> {
        let Some((owner, name)) = member(self.snapshot, method) else { return Vec::new() };
        let mut seen: FxHashSet<SymbolId> = FxHashSet::from_iter([owner]);
        let (mut found, mut todo) = (Vec::new(), vec![(owner, 0)]);
        while let Some((base, depth)) = todo.pop() {
            for holder in self.derived.get(&base).into_iter().flatten().rev() {
                if seen.insert(*holder) && depth < MAX_DEPTH {
                    todo.push((*holder, depth + 1));
                    found.extend(member_named(self.snapshot, *holder, name));
                }
            }
        }
        found.retain(|m| *m != method);
        self.snapshot.by_place(&found)
    }
}

/// The methods that a method stands in for: calls of these may reach it.
pub(crate) fn stood_in_for_by(snapshot: &Snapshot, method: SymbolId) -> Vec<SymbolId> {
    let Some((owner, name)) = member(snapshot, method) else { return Vec::new() };
    let mut seen: FxHashSet<SymbolId> = FxHashSet::from_iter([owner]);
    let (mut found, mut todo) = (Vec::new(), vec![(owner, 0)]);
    while let Some((holder, depth)) = todo.pop() {
        let slot = snapshot.world().slot(holder);
        let entry = snapshot.world().file(slot.file);
        let own = entry.facts.bases.iter().filter(|b| b.symbol == slot.symbol);
        for base in own.filter_map(|b| base_of(snapshot, entry, b.chain)) {
            if seen.insert(base) && depth < MAX_DEPTH {
                todo.push((base, depth + 1));
                found.extend(member_named(snapshot, base, name));
            }
        }
    }
    found.retain(|m| *m != method);
    snapshot.by_place(&found)
}

/// The type or implementation that a method belongs to, and its name; `None` for anything else.
fn member(snapshot: &Snapshot, method: SymbolId) -> Option<(SymbolId, &str)> {
    let slot = snapshot.world().slot(method);
    let entry = snapshot.world().file(slot.file);
    let s = &entry.facts.symbols.at(slot.symbol);
    let is_method = s.kind.is_callable() && s.parent != NONE && holds_members(entry, s.parent);
    is_method.then(|| (entry.symbols[s.parent as usize], entry.facts.names.get(s.name)))
}

fn holds_members(entry: &FileEntry, symbol: u32) -> bool {
    let kind = entry.facts.symbols.at(symbol).kind;
    matches!(kind, SymbolKind::Class | SymbolKind::Trait | SymbolKind::Interface | SymbolKind::Impl)
}

/// The type that a base names, where it is one of the repository.
fn base_of(snapshot: &Snapshot, entry: &FileEntry, chain: u32) -> Option<SymbolId> {
    let (mut targets, _) = snapshot.resolved(entry.id).targets_of(chain)?;
    targets.find_map(|t| match t {
        Target::Symbol(id) => crate::find::symbol_kind(snapshot, id).is_type().then_some(id),
        Target::File(_) => None,
    })
}

fn member_named(snapshot: &Snapshot, holder: SymbolId, name: &str) -> Option<SymbolId> {
    let slot = snapshot.world().slot(holder);
    let entry = snapshot.world().file(slot.file);
    let scope = entry.facts.symbols.at(slot.symbol).scope;
    if scope == NONE {
        return None;
    }
    let bound = entry.facts.lookup(scope, lodemap_base::name_key(name));
    bound.iter().find_map(|b| match b.target {
        BindTarget::Symbol(s) if entry.facts.symbols.at(s).kind.is_callable() => {
            Some(entry.symbols[s as usize])
        }
        _ => None,
    })
}
