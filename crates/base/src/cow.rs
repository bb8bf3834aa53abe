//! Tables that share structure between snapshots: a clone costs a spine, a change costs a page.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

const SHARDS: usize = 512;

/// A vector whose clones share its pages of `PAGE` elements; changing an element copies one page at most.
///
/// Large pages make clones cheap, small ones changes that are scattered.
#[derive(Clone, Debug)]
pub struct PagedVec<T, const PAGE: usize = 512> {
    pages: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T, const PAGE: usize> Default for PagedVec<T, PAGE> {
    fn default() -> Self {
        Self { pages: Vec::new(), len: 0 }
    }
}

impl<T: Clone, const PAGE: usize> PagedVec<T, PAGE> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.pages.get(index / PAGE)?.get(index % PAGE)
    }

    /// The element at `index`, for a change.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        Arc::make_mut(self.pages.get_mut(index / PAGE)?).get_mut(index % PAGE)
    }

    /// Adds an element at the end.
    pub fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PAGE) {
            self.pages.push(Arc::new(Vec::with_capacity(if self.len == 0 { 4 } else { PAGE })));
        }
        let last = self.pages.last_mut().expect("a page was just made if there was none");
        Arc::make_mut(last).push(value);
        self.len += 1;
    }

    /// Sets the element at `index`; the vector grows by `filler` up to it where it is shorter.
    pub fn set(&mut self, index: usize, value: T, filler: &T) {
        while self.len <= index {
            self.push(filler.clone());
        }
        *self.get_mut(index).expect("the vector was just made long enough") = value;
    }

    /// All elements in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|p| p.iter())
    }
}

impl<T: Clone, const PAGE: usize> std::ops::Index<usize> for PagedVec<T, PAGE> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.pages[index / PAGE][index % PAGE]
    }
}

/// A hash map whose clones share its shards; changing an entry copies one shard at most.
#[derive(Clone, Debug)]
pub struct ShardedMap<K, V> {
    shards: Vec<Arc<FxHashMap<K, V>>>,
}

impl<K, V> Default for ShardedMap<K, V> {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Arc::default()).collect() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> ShardedMap<K, V> {
    fn shard(key: &K) -> usize {
        // The top bits: the maps inside use the low ones.
        (FxBuildHasher.hash_one(key) >> 32) as usize % SHARDS
    }

    /// The value of `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.shards[Self::shard(key)].get(key)
    }

    /// The value of `key`, for a change.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let shard = &mut self.shards[Self::shard(key)];
        // Look before copying the shard: most misses need no copy.
        if !shard.contains_key(key) {
            return None;
        }
        Arc::make_mut(shard).get_mut(key)
    }

    /// Sets the value of `key`; gives the old one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        Arc::make_mut(&mut self.shards[Self::shard(&key)]).insert(key, value)
    }

    /// The value of `key`, made by `default` if there is none.
    pub fn entry_or(&mut self, key: K, default: impl FnOnce() -> V) -> &mut V {
        Arc::make_mut(&mut self.shards[Self::shard(&key)]).entry(key).or_insert_with(default)
    }

    /// Removes `key`; gives its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let shard = &mut self.shards[Self::shard(key)];
        if !shard.contains_key(key) {
            return None;
        }
        Arc::make_mut(shard).remove(key)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|s| s.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|s| s.is_empty())
    }

    /// All entries, in no order: sort what depends on it.
    #[expect(clippy::iter_over_hash_type, reason = "documented as unordered; callers sort")]
    pub fn for_each(&self, mut f: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            for (k, v) in shard.iter() {
                f(k, v);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_do_not_see_each_other() {
        let mut v: PagedVec<i32> = PagedVec::default();
        (0..2000).for_each(|i| v.push(i));
        let old = v.clone();
        *v.get_mut(700).unwrap() = -1;
        assert_eq!((old[700], v[700], v[1999], v.len()), (700, -1, 1999, 2000));
        assert_eq!((v.get(2000), v.iter().filter(|x| **x < 0).count()), (None, 1));

        let mut m: ShardedMap<u64, i32> = ShardedMap::default();
        (0..1000).for_each(|i| _ = m.insert(i, i as i32));
        let old = m.clone();
        assert_eq!(m.remove(&5), Some(5));
        *m.entry_or(2000, || 1) += 1;
        *m.get_mut(&6).unwrap() = 0;
        assert_eq!((old.get(&5), old.get(&6), old.get(&2000)), (Some(&5), Some(&6), None));
        assert_eq!((m.get(&5), m.get(&6), m.get(&2000), m.len()), (None, Some(&0), Some(&2), 1000));
    }
}
