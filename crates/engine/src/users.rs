//! Who asked? The files by the look-ups that they rest on, and by the names that they are matched by.

use lodemap_base::{FileId, table_bytes};
use lodemap_graph::Resolved;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Files by the keys of look-ups and of name nodes. It belongs to the writer: readers have no use for it.
#[derive(Default)]
pub(crate) struct Users {
    by_key: FxHashMap<u64, SmallVec<[FileId; 2]>>,
}

impl Users {
    /// The users of everything that was resolved.
    pub(crate) fn build<'r>(resolved: impl Iterator<Item = (FileId, &'r Resolved)>) -> Self {
        let mut users = Self::default();
        for (file, r) in resolved {
            r.lookups.iter().for_each(|key| users.by_key.entry(*key).or_default().push(file));
            r.names().iter().for_each(|key| users.by_key.entry(*key).or_default().push(file));
        }
        users
    }

    /// Bytes held.
    pub(crate) fn heap_bytes(&self) -> usize {
        let long = self.by_key.values().filter(|files| files.spilled());
        table_bytes(self.by_key.capacity(), size_of::<(u64, SmallVec<[FileId; 2]>)>())
            + long.map(|files| files.capacity() * 4).sum::<usize>()
    }

    /// The files that rest on `key`.
    pub(crate) fn of(&self, key: u64) -> &[FileId] {
        self.by_key.get(&key).map_or(&[], |files| files)
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
        differences(&old.lookups, &new.lookups, |key, is_new| self.set(file, key, is_new));
        differences(old.names(), new.names(), |key, is_new| {
            self.set(file, key, is_new);
            name_changed(key);
        });
    }

    fn set(&mut self, file: FileId, key: u64, is_user: bool) {
        if is_user {
            self.by_key.entry(key).or_default().push(file);
        } else if let Some(files) = self.by_key.get_mut(&key) {
            if let Some(at) = files.iter().position(|f| *f == file) {
                files.swap_remove(at);
            }
            if files.is_empty() {
                self.by_key.remove(&key);
            }
        }
    }
}

/// Calls `f` with each key that is in one of two sorted lists only, and with whether that is the second.
fn differences(old: &[u64], new: &[u64], mut f: impl FnMut(u64, bool)) {
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
}
