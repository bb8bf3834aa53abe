//! What a resolver remembers.

use lodemap_base::{FileId, table_bytes};
use rustc_hash::FxHashMap;

use super::cycles::{Cycles, Groups};
use super::types::Types;
use super::values::TypeQuery;
use super::{Query, Values};
use crate::world::{Delta, FileDelta};

/// An answer, with what it rests on.
pub(super) struct Memo {
    pub(super) values: Values,
    pub(super) lookups: Box<[u64]>,
    pub(super) steps: u32,
    /// How many queries it nested, itself included.
    pub(super) height: usize,
    /// The cycles that it is a part of or rests on: while a query of one is under way, this is no answer.
    pub(super) groups: Groups,
}

/// The answers that a resolver found; they say the same whoever asks, in whatever order.
pub struct Memory {
    pub(super) memo: FxHashMap<Query, Memo>,
    pub(super) cycles: Cycles,
    pub(super) types: Types,
    pub(super) type_memo: FxHashMap<TypeQuery, (Values, Box<[u64]>)>,
    /// So many answers are kept from file to file.
    limit: usize,
}

impl Memory {
    /// For a resolver that goes through many files: a table that stays small stays in the processor's caches.
    pub fn short() -> Self {
        Self::with_limit(1 << 13)
    }

    /// For a state that is kept: what one edit needs, the next one is likely to need.
    pub fn for_long(self) -> Self {
        Self { limit: 1 << 16, ..self }
    }

    fn with_limit(limit: usize) -> Self {
        let (memo, type_memo) = (FxHashMap::default(), FxHashMap::default());
        Self { memo, cycles: Cycles::default(), types: Types::default(), type_memo, limit }
    }

    /// Forgets everything once it is too much, which changes no answer.
    pub(super) fn make_room(&mut self) {
        if self.memo.len() + self.type_memo.len() > self.limit {
            self.clear();
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let spilled = |v: &Values| if v.spilled() { v.capacity() * size_of::<super::Value>() } else { 0 };
        let names = self.memo.values().map(|m| spilled(&m.values) + m.lookups.len() * 8);
        let types = self.type_memo.values().map(|(values, lookups)| spilled(values) + lookups.len() * 8);
        table_bytes(self.memo.capacity(), size_of::<(Query, Memo)>())
            + table_bytes(self.type_memo.capacity(), size_of::<(TypeQuery, (Values, Box<[u64]>))>())
            + names.sum::<usize>()
            + types.sum::<usize>()
            + self.cycles.heap_bytes()
            + self.types.heap_bytes()
    }

    fn clear(&mut self) {
        *self = Self::with_limit(self.limit);
    }

    /// Forgets what may not be so after these changes.
    ///
    /// Answers name symbols, scopes and imports by their places in files, and rest on what files declare. So they last
    /// as long as no declaration changes, whatever happens inside functions; only what was asked of expressions there
    /// is forgotten then.
    pub fn keep(&mut self, delta: &Delta) {
        let says_the_same = |f: &FileDelta| {
            let both = f.old.as_ref().zip(f.new.as_ref()).map(|(old, new)| (&old.facts, &new.facts));
            both.is_some_and(|(old, new)| (old.lang, old.hashes.sig) == (new.lang, new.hashes.sig))
        };
        let lasts = delta.lookups.is_empty()
            && delta.manifests.is_empty()
            && delta.places.is_empty()
            && delta.files.iter().all(says_the_same);
        if lasts {
            let is_inside = |file: FileId| delta.files.iter().any(|f| f.id == file);
            self.type_memo.retain(|query, _| !query.expression_of().is_some_and(is_inside));
        } else {
            self.clear();
        }
    }
}
