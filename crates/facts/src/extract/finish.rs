//! After the walk: names that were bound after their use, what is only local, canonical order.

use rustc_hash::FxHashMap;

use super::expr::IN_FUNCTION;
use super::walk::Walker;
use crate::model::{Chain, ChainIx, NONE};

impl Walker<'_> {
    /// Settles the scope of every name, drops what nobody needs and sorts the bindings.
    pub(super) fn settle(&mut self) {
        for ix in 0..self.chains.len() {
            if let Chain::Name { scope, name } = self.chains[ix]
                && scope & IN_FUNCTION != 0
            {
                self.chains[ix] = self.settled(scope & !IN_FUNCTION, name);
            }
        }
        self.settle_exports();
        self.settle_macros();
        self.number_duplicates();
        self.refs.retain(|r| leads_somewhere(&self.chains, r.chain));
        // References inside one construct may be found in another order than they stand in.
        self.refs.sort_by_key(|r| r.at);
        self.refs.dedup_by_key(|r| (r.at, r.chain));
        self.compact();
    }

    /// What a name inside a function is: bound later in this or an outer function, or free.
    fn settled(&self, mut function: u32, name: u32) -> Chain {
        let mut globs = NONE;
        let table = self.functions[function as usize].table;
        while function != NONE {
            let f = &self.functions[function as usize];
            if f.outer.iter().any(|o| o.0 == name) {
                break;
            }
            if let Some((_, chain)) = f.bound.iter().rev().find(|b| b.0 == name) {
                // Only names of languages that hoist are seen before their binding, but items are everywhere.
                let chain = self.chains[*chain as usize];
                let is_item = matches!(chain, Chain::Symbol(_) | Chain::Import(_));
                if is_item {
                    return chain;
                }
                if self.conventions.names_are_hoisted {
                    return Chain::Unknown;
                }
            }
            globs = if globs == NONE { f.globs } else { globs };
            function = f.parent;
        }
        let is_own_type = self.conventions.self_type.as_deref().is_some_and(|s| s == self.names.get(name));
        let scope = if globs == NONE || is_own_type { self.visible_table(table, name) } else { globs };
        Chain::Name { scope, name }
    }

    /// Functions in a class do not see its body's names in languages that say so.
    pub(super) fn visible_table(&self, mut table: u32, name: u32) -> u32 {
        let c = self.conventions;
        let is_open = !c.class_scope_is_closed && !c.class_scope_is_empty
            || c.self_type.as_deref().is_some_and(|s| s == self.names.get(name));
        if !is_open {
            while !self.scopes[table as usize].is_module {
                table = self.scopes[table as usize].parent;
            }
        }
        table
    }

    fn number_duplicates(&mut self) {
        type Known = (u16, u32);
        let mut seen: FxHashMap<(u32, u32, u32, u8), Known> =
            FxHashMap::with_capacity_and_hasher(self.symbols.len(), Default::default());
        // By symbol: the first one with the same qualified name.
        let mut firsts: Vec<u32> = Vec::with_capacity(self.symbols.len());
        for (i, s) in self.symbols.iter_mut().enumerate() {
            // Symbols of implementations of one type share their qualified names.
            let parent = firsts.get(s.parent as usize).copied().unwrap_or(s.parent);
            let (count, first) =
                seen.entry((parent, s.container, s.name, s.kind as u8)).or_insert((0, i as u32));
            s.duplicate = *count;
            *count = count.saturating_add(1);
            firsts.push(*first);
        }
    }

    /// Keeps the chains that something uses, once each, and the local bindings that chains use.
    fn compact(&mut self) {
        let mut used = vec![false; self.chains.len()];
        let roots = (self.refs.iter().map(|r| r.chain))
            .chain(self.bases.iter().map(|b| b.chain))
            .chain(self.symbols.iter().map(|s| s.ty))
            .chain(self.returns.iter().map(|r| r.chain))
            .chain(self.parameters.iter().map(|p| p.bound))
            .chain(self.inputs.iter().map(|i| i.ty))
            .chain(self.bindings.iter().filter(|b| b.scope != NONE).flat_map(|b| [b.ty, b.value]));
        for root in roots.filter(|r| *r != NONE) {
            used[root as usize] = true;
        }
        // What a chain is built on comes before it, so one pass from the end marks everything.
        for ix in (0..self.chains.len()).rev() {
            if used[ix] {
                self.mark_parts(self.chains[ix], &mut used);
            }
        }

        let is_in_table = |b: &u32| self.bindings[*b as usize].scope != NONE;
        let mut order: Vec<u32> = (0..self.bindings.len() as u32).filter(is_in_table).collect();
        // A binding inside a function lives as long as a chain leads to it.
        for (ix, chain) in self.chains.iter().enumerate() {
            if let Chain::Local(b) = chain
                && used[ix]
            {
                order.push(*b);
            }
        }
        let names = &self.names;
        order.sort_by_key(|b| {
            let binding = &self.bindings[*b as usize];
            (binding.scope, if binding.scope == NONE { 0 } else { names.key(binding.name).0 }, *b)
        });
        order.dedup();
        let mut local_ixs: Vec<u32> = vec![NONE; self.bindings.len()];
        for (new, old) in order.iter().enumerate() {
            local_ixs[*old as usize] = new as u32;
        }

        let mut new_ixs: Vec<ChainIx> = vec![NONE; self.chains.len()];
        let kept = used.iter().filter(|u| **u).count();
        let mut seen: FxHashMap<Chain, ChainIx> =
            FxHashMap::with_capacity_and_hasher(kept, Default::default());
        let mut chains = Vec::with_capacity(kept);
        for (ix, chain) in self.chains.iter().enumerate().filter(|(ix, _)| used[*ix]) {
            let at = |old: ChainIx| if old == NONE { NONE } else { new_ixs[old as usize] };
            let chain = match *chain {
                Chain::Local(b) => Chain::Local(local_ixs[b as usize]),
                other => other.with_parts(at),
            };
            new_ixs[ix] = *seen.entry(chain).or_insert_with(|| {
                chains.push(chain);
                chains.len() as u32 - 1
            });
        }
        let at = |old: ChainIx| if old == NONE { NONE } else { new_ixs[old as usize] };
        self.refs.iter_mut().for_each(|r| r.chain = at(r.chain));
        self.bases.iter_mut().for_each(|b| b.chain = at(b.chain));
        self.symbols.iter_mut().for_each(|s| s.ty = at(s.ty));
        self.returns.iter_mut().for_each(|r| r.chain = at(r.chain));
        self.parameters.iter_mut().for_each(|p| p.bound = at(p.bound));
        self.inputs.iter_mut().for_each(|i| i.ty = at(i.ty));
        // They are asked for by symbol; definitions inside others come out of order.
        self.returns.sort_by_key(|r| r.symbol);
        self.bases.sort_by_key(|b| b.symbol);
        self.parameters.sort_by_key(|p| p.symbol);
        self.inputs.sort_by_key(|i| i.symbol);
        let old = std::mem::take(&mut self.bindings);
        self.bindings = order
            .iter()
            .map(|b| {
                let mut b = old[*b as usize];
                (b.ty, b.value) = (at(b.ty), at(b.value));
                b
            })
            .collect();
        self.chains = chains;
    }

    fn mark_parts(&self, chain: Chain, used: &mut [bool]) {
        let parts = match chain {
            Chain::Local(b) => {
                let b = &self.bindings[b as usize];
                [b.ty, b.value]
            }
            other => [other.base().unwrap_or(NONE), other.second().unwrap_or(NONE)],
        };
        for part in parts.into_iter().filter(|p| *p != NONE) {
            used[part as usize] = true;
        }
    }
}

/// References to plain locals are of no interest outside their function.
fn leads_somewhere(chains: &[Chain], ix: ChainIx) -> bool {
    match chains[ix as usize] {
        Chain::Unknown | Chain::Local(_) | Chain::SelfValue(_) | Chain::Super(_) | Chain::Builtin(_) => false,
        Chain::Generic { base, .. } => leads_somewhere(chains, base),
        _ => true,
    }
}
