//! Hash maps whose clones share what did not change.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::held::table_bytes;

/// Parts of the upper layer: a change copies one of them.
const SHARDS: usize = 256;
/// The upper layer is folded into the lower one when it holds more than this many changes, and more than a quarter of
/// the lower one's entries: so a fold costs four steps for each change that led to it.
const MIN_FOLD: usize = 1 << 12;

/// A hash map in two layers: a large one that clones share, and what changed since.
///
/// While nobody shares it, changes go to the large layer at once; building one from nothing costs no more than a plain map.
#[derive(Clone, Debug)]
pub struct LayeredMap<K, V> {
    base: Arc<FxHashMap<K, V>>,
    /// What differs from the base, in parts; `None` where a key was removed. Empty until there is something.
    over: Vec<Arc<FxHashMap<K, Option<V>>>>,
    /// Entries of `over`.
    changed: usize,
    /// Entries of the whole.
    len: usize,
}

impl<K, V> Default for LayeredMap<K, V> {
    fn default() -> Self {
        Self { base: Arc::default(), over: Vec::new(), changed: 0, len: 0 }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> LayeredMap<K, V> {
    fn shard(key: &K) -> usize {
        // The top bits: the maps inside use the low ones.
        (FxBuildHasher.hash_one(key) >> 32) as usize % SHARDS
    }

    /// What the upper layer says of `key`.
    fn changed_value(&self, key: &K) -> Option<&Option<V>> {
        self.over.get(Self::shard(key))?.get(key)
    }

    /// The base, if nothing refers to it but this map.
    fn own_base(&mut self) -> Option<&mut FxHashMap<K, V>> {
        if self.changed > 0 { None } else { Arc::get_mut(&mut self.base) }
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        match self.changed_value(key) {
            Some(changed) => changed.as_ref(),
            None => self.base.get(key),
        }
    }

    /// Sets the value of `key`.
    pub fn insert(&mut self, key: K, value: V) {
        self.change(key, |slot| *slot = Some(value));
    }

    /// Removes `key`.
    pub fn remove(&mut self, key: &K) {
        if self.get(key).is_some() {
            self.change(key.clone(), |slot| *slot = None);
        }
    }

    /// Changes the value of `key`, which is `default()` where there is none, in its place.
    /// The entry goes away if `change` says that nothing is left of it.
    pub fn update(&mut self, key: K, default: impl FnOnce() -> V, change: impl FnOnce(&mut V) -> Left) {
        self.change(key, |slot| {
            if change(slot.get_or_insert_with(default)) == Left::Nothing {
                *slot = None;
            }
        });
    }

    /// Lets `change` do with the value of `key` what it likes.
    fn change(&mut self, key: K, change: impl FnOnce(&mut Option<V>)) {
        let (had, has);
        if let Some(base) = self.own_base() {
            match base.entry(key) {
                Entry::Occupied(entry) => {
                    // Taken out and put back, so that a value shared with nobody is changed in place.
                    let (key, value) = entry.remove_entry();
                    let mut slot = Some(value);
                    change(&mut slot);
                    (had, has) = (true, slot.is_some());
                    if let Some(value) = slot {
                        base.insert(key, value);
                    }
                }
                Entry::Vacant(entry) => {
                    let mut slot = None;
                    change(&mut slot);
                    (had, has) = (false, slot.is_some());
                    if let Some(value) = slot {
                        entry.insert(value);
                    }
                }
            }
        } else {
            if self.over.is_empty() {
                self.over = (0..SHARDS).map(|_| Arc::default()).collect();
            }
            let shard = Arc::make_mut(&mut self.over[Self::shard(&key)]);
            let slot = match shard.entry(key) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    self.changed += 1;
                    let below = self.base.get(entry.key()).cloned();
                    entry.insert(below)
                }
            };
            had = slot.is_some();
            change(slot);
            has = slot.is_some();
            if self.changed > MIN_FOLD.max(self.base.len() / 4) {
                self.fold();
            }
        }
        self.len = self.len + usize::from(has) - usize::from(had);
    }

    /// Brings the upper layer into the lower one.
    #[expect(clippy::iter_over_hash_type, reason = "entries of a map have no order")]
    fn fold(&mut self) {
        let base = Arc::make_mut(&mut self.base);
        for shard in self.over.drain(..) {
            for (key, value) in shard.iter() {
                match value {
                    Some(value) => _ = base.insert(key.clone(), value.clone()),
                    None => _ = base.remove(key),
                }
            }
        }
        self.changed = 0;
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes held, but for what values hold of their own.
    pub fn heap_bytes(&self) -> usize {
        let over = self.over.iter().map(|shard| table_bytes(shard.capacity(), size_of::<(K, Option<V>)>()));
        table_bytes(self.base.capacity(), size_of::<(K, V)>()) + over.sum::<usize>()
    }

    /// All values, in no order.
    #[expect(clippy::iter_over_hash_type, reason = "entries of a map have no order")]
    pub fn each_value(&self, mut f: impl FnMut(&V)) {
        for (k, v) in self.base.iter() {
            if self.changed_value(k).is_none() {
                f(v);
            }
        }
        self.over.iter().flat_map(|shard| shard.values()).flatten().for_each(f);
    }

    /// All entries, in no order.
    #[cfg(test)]
    #[expect(clippy::iter_over_hash_type, reason = "the tests sort them")]
    fn for_each(&self, mut f: impl FnMut(&K, &V)) {
        for (k, v) in self.base.iter() {
            if self.changed_value(k).is_none() {
                f(k, v);
            }
        }
        for (k, v) in self.over.iter().flat_map(|shard| shard.iter()) {
            if let Some(v) = v {
                f(k, v);
            }
        }
    }
}

/// Whether a changed value is still worth an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// It is.
    Something,
    /// Its key goes away.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn all(map: &LayeredMap<u64, u64>) -> BTreeMap<u64, u64> {
        let mut out = BTreeMap::new();
        map.for_each(|k, v| assert_eq!(out.insert(*k, *v), None));
        assert_eq!((map.len(), map.is_empty()), (out.len(), out.is_empty()));
        out
    }

    /// Against a plain map, with clones taken on the way that must stay as they were; folds happen several times.
    #[test]
    fn is_a_map_whose_clones_do_not_see_each_other() {
        let mut map = LayeredMap::default();
        let mut model = BTreeMap::new();
        let mut kept: Vec<(LayeredMap<u64, u64>, BTreeMap<u64, u64>)> = Vec::new();
        let mut random = 1u64;
        let mut below = |n: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % n
        };
        for step in 0..60_000 {
            let (key, value) = (below(12_000), below(1000));
            match below(4) {
                0 => {
                    map.remove(&key);
                    model.remove(&key);
                }
                1 => map.update(
                    key,
                    || 0,
                    |v| {
                        *v += value;
                        model.insert(key, *v);
                        if *v % 3 == 0 {
                            model.remove(&key);
                            return Left::Nothing;
                        }
                        Left::Something
                    },
                ),
                _ => {
                    map.insert(key, value);
                    model.insert(key, value);
                }
            }
            assert_eq!(map.get(&key), model.get(&key));
            if step % 9_000 == 8_999 {
                kept.push((map.clone(), model.clone()));
            }
        }
        kept.push((map, model));
        for (map, model) in kept {
            assert_eq!(all(&map), model);
        }
    }
}
