//! Who asked? The files by the look-ups that they rest on, and by the names that they are matched by.

use std::sync::Arc;

use lodemap_base::{FileId, PagedVec, table_bytes};
use lodemap_graph::{Resolved, half};
use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

type Files = SmallVec<[FileId; 2]>;

/// Files by the keys of look-ups and of name nodes. It belongs to the writer: readers have no use for it.
///
/// A look-up is made by few files, and there are millions of them. So what is kept of each is half of its key and
/// the file, in one sorted list; whether that file still rests on it, its own list of look-ups says. For the same
/// reason nothing is taken out: a file that no longer rests on a key is one whose list does not say so.
#[derive(Default)]
pub(crate) struct Users {
    /// Half of the key, and the file; sorted.
    lookups: Vec<(u32, u32)>,
    /// What came since, by half a key.
    later: FxHashMap<u32, Files>,
    /// Entries of `later`.
    came: usize,
    names: FxHashMap<u64, Files>,
}

/// The sorted list is made anew when this many entries, and a quarter of its own, lie beside it.
const MIN_FOLD: usize = 1 << 14;

impl Users {
    /// The users of everything that was resolved; parallel inside.
    pub(crate) fn build(resolved: &PagedVec<Arc<Resolved>>) -> Self {
        let mut users = Self::default();
        for (file, r) in resolved.iter().enumerate() {
            let file = FileId(file as u32);
            r.names().iter().for_each(|key| users.names.entry(*key).or_default().push(file));
        }
        users.fold(resolved);
        users
    }

    /// Takes the list of look-ups from what was resolved.
    fn fold(&mut self, resolved: &PagedVec<Arc<Resolved>>) {
        (self.later, self.came) = (FxHashMap::default(), 0);
        self.lookups = Vec::new();
        self.lookups.reserve_exact(resolved.iter().map(|r| r.lookups.len()).sum());
        for (file, r) in resolved.iter().enumerate() {
            self.lookups.extend(r.lookups.iter().map(|half| (*half, file as u32)));
        }
        self.lookups.par_sort_unstable();
    }

    /// Bytes held.
    pub(crate) fn heap_bytes(&self) -> usize {
        let long = |files: &Files| if files.spilled() { files.capacity() * 4 } else { 0 };
        let tables = table_bytes(self.later.capacity(), size_of::<(u32, Files)>())
            + table_bytes(self.names.capacity(), size_of::<(u64, Files)>());
        let lists = self.later.values().chain(self.names.values()).map(long).sum::<usize>();
        self.lookups.capacity() * 8 + tables + lists
    }

    /// The files that rest on the look-up `key`; `resolved` is what they were last said to rest on.
    pub(crate) fn of(&self, key: u64, resolved: &PagedVec<Arc<Resolved>>) -> Files {
        let half = half(key);
        let from = self.lookups.partition_point(|entry| entry.0 < half);
        let known = self.lookups[from..].iter().take_while(|entry| entry.0 == half);
        let later = self.later.get(&half).into_iter().flatten().copied();
        let mut files: Files = known.map(|entry| FileId(entry.1)).chain(later).collect();
        files.retain(|file| {
            resolved.get(file.index()).is_some_and(|r| r.lookups.binary_search(&half).is_ok())
        });
        // A file that came to rest on it again is in both.
        files.sort_unstable_by_key(|file| file.0);
        files.dedup();
        files
    }

    /// The files with references that are matched by the name `key`.
    pub(crate) fn of_name(&self, key: u64) -> &[FileId] {
        self.names.get(&key).map_or(&[], |files| files)
    }

    /// Enters what `file` rests on now, where that is not what it rested on. Calls `name_changed` with each name that it
    /// uses no longer, or did not use before.
    pub(crate) fn replace(
        &mut self,
        file: FileId,
        old: &Resolved,
        new: &Resolved,
        mut name_changed: impl FnMut(u64),
    ) {
        differences(&old.lookups, &new.lookups, |key, is_new| {
            if is_new {
                let files = self.later.entry(key).or_default();
                if !files.contains(&file) {
                    files.push(file);
                    self.came += 1;
                }
            }
        });
        differences(old.names(), new.names(), |key, is_new| {
            self.set_name(file, key, is_new);
            name_changed(key);
        });
    }

    /// Makes the sorted list anew where much lies beside it; nobody can tell but by the time it takes.
    pub(crate) fn tidy(&mut self, resolved: &PagedVec<Arc<Resolved>>) {
        if self.came > MIN_FOLD.max(self.lookups.len() / 4) {
            self.fold(resolved);
        }
    }

    fn set_name(&mut self, file: FileId, key: u64, is_user: bool) {
        if is_user {
            self.names.entry(key).or_default().push(file);
        } else if let Some(files) = self.names.get_mut(&key) {
            if let Some(at) = files.iter().position(|f| *f == file) {
                files.swap_remove(at);
            }
            if files.is_empty() {
                self.names.remove(&key);
            }
        }
    }
}

/// Calls `f` with each key that is in one of two sorted lists only, and with whether that is the second.
fn differences<K: Copy + Ord>(old: &[K], new: &[K], mut f: impl FnMut(K, bool)) {
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(a), b) if b.is_none_or(|b| a < b) => {
                f(*a, false);
                i += 1;
            }
            (_, Some(b)) => {
                f(*b, true);
                j += 1;
            }
            (_, None) => unreachable!("one of the lists goes on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_compared() {
        let mut out = Vec::new();
        differences(&[1, 3, 4], &[2, 3, 5, 6], |key, is_new| out.push((key, is_new)));
        assert_eq!(out, [(1, false), (2, true), (4, false), (5, true), (6, true)]);
    }

    /// Files that come, go and come back, before and after the list is made anew.
    #[test]
    fn users_are_those_whose_lists_say_so() {
        let with = |lookups: &[u32]| {
            let mut resolved = Resolved::default();
            resolved.lookups = lookups.into();
            Arc::new(resolved)
        };
        let mut resolved: PagedVec<Arc<Resolved>> =
            [with(&[1, 2]), with(&[2, 9]), with(&[])].into_iter().collect();
        let mut users = Users::build(&resolved);
        let set = |users: &mut Users, resolved: &mut PagedVec<Arc<Resolved>>, file: u32, new: &[u32]| {
            let new = with(new);
            users.replace(FileId(file), &resolved[file as usize], &new, |_| {});
            resolved.set(file as usize, new, &Arc::default());
        };
        let files = |users: &Users, resolved: &_, half: u64| {
            users.of(half << 32 | 7, resolved).iter().map(|f| f.0).collect::<Vec<_>>()
        };
        assert_eq!(files(&users, &resolved, 2), [0, 1]);
        set(&mut users, &mut resolved, 1, &[9]);
        set(&mut users, &mut resolved, 2, &[1, 2]);
        assert_eq!(files(&users, &resolved, 2), [0, 2]);
        set(&mut users, &mut resolved, 1, &[2, 9]);
        set(&mut users, &mut resolved, 2, &[]);
        set(&mut users, &mut resolved, 2, &[2]);
        for _ in 0..2 {
            assert_eq!(files(&users, &resolved, 2), [0, 1, 2]);
            assert_eq!(files(&users, &resolved, 1), [0]);
            assert_eq!(files(&users, &resolved, 9), [1]);
            assert_eq!(files(&users, &resolved, 3), [0; 0]);
            users.fold(&resolved);
        }
    }
}
