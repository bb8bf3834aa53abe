//! Which folder does a watch stand for?
//!
//! The kernel watches folders, not paths: a folder that is moved keeps its watch, and one that takes its place
//! gets another. So neither number nor path is ever taken for granted: what is watched is said again each time a
//! folder is entered, and a folder is unwatched only if the watch still stands for that path.

use crate::OutsideKind;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one watch is for. A folder may be several things at once: the kernel has one watch for it all the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// A searched folder, relative to the root.
    pub(super) folder: Option<Arc<[u8]>>,
    /// Names in it that matter to rules.
    pub(super) outside: Vec<(Box<[u8]>, OutsideKind)>,
    /// Whether cookies are put there.
    pub(super) cookies: bool,
}

impl Watched {
    fn is_idle(&self) -> bool {
        self.folder.is_none() && self.outside.is_empty() && !self.cookies
    }
}

/// All watches.
#[derive(Debug, Default)]
pub(super) struct Table {
    watches: FxHashMap<i32, Watched>,
    folders: BTreeMap<Arc<[u8]>, i32>,
}

impl Table {
    pub(super) fn get(&self, watch: i32) -> Option<&Watched> {
        self.watches.get(&watch)
    }

    /// The number of searched folders that are watched.
    pub(super) fn folders(&self) -> usize {
        self.folders.len()
    }

    /// The paths of the searched folders that are watched.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.folders.keys()
    }

    /// `watch` now stands for the searched folder `path`; returns a watch that is of no more use.
    pub(super) fn set_folder(&mut self, watch: i32, path: &[u8]) -> Option<i32> {
        if self.folders.get(path) == Some(&watch) {
            return None;
        }
        let path: Arc<[u8]> = path.into();
        let moved_from = self.watches.entry(watch).or_default().folder.replace(path.clone());
        if let Some(from) = moved_from {
            // The folder was moved here. Leaving its old path must not unwatch it.
            self.folders.remove(&from);
        }
        let before = self.folders.insert(path.clone(), watch)?;
        self.clear(before, |watched| {
            watched.folder.take_if(|folder| *folder == path);
        })
    }

    /// The folder `path` is no longer searched; returns a watch that is of no more use.
    pub(super) fn leave(&mut self, path: &[u8]) -> Option<i32> {
        let watch = self.folders.remove(path)?;
        self.clear(watch, |watched| {
            watched.folder.take_if(|folder| **folder == *path);
        })
    }

    /// These are the names outside, and no others, each with its watch; returns watches that are of no more use.
    pub(super) fn set_outside(&mut self, names: Vec<(i32, Box<[u8]>, OutsideKind)>) -> Vec<i32> {
        self.watches.values_mut().for_each(|watched| watched.outside.clear());
        for (watch, name, kind) in names {
            self.watches.entry(watch).or_default().outside.push((name, kind));
        }
        let mut idle: Vec<i32> =
            self.watches.iter().filter(|(_, watched)| watched.is_idle()).map(|(watch, _)| *watch).collect();
        idle.sort_unstable();
        idle.iter().for_each(|watch| _ = self.watches.remove(watch));
        idle
    }

    /// `watch` is that of the cookies' folder, and no other is; returns a watch that is of no more use.
    pub(super) fn set_cookies(&mut self, watch: i32) -> Option<i32> {
        let before = self.watches.iter().find(|(_, watched)| watched.cookies).map(|(watch, _)| *watch);
        self.watches.entry(watch).or_default().cookies = true;
        self.clear(before.filter(|before| *before != watch)?, |watched| watched.cookies = false)
    }

    /// The watch is no more; returns what it was for.
    pub(super) fn end(&mut self, watch: i32) -> Option<Watched> {
        let watched = self.watches.remove(&watch)?;
        if let Some(path) = &watched.folder
            && self.folders.get(path) == Some(&watch)
        {
            self.folders.remove(path);
        }
        Some(watched)
    }

    fn clear(&mut self, watch: i32, change: impl FnOnce(&mut Watched)) -> Option<i32> {
        let watched = self.watches.get_mut(&watch)?;
        change(watched);
        let idle = watched.is_idle();
        if idle {
            self.watches.remove(&watch);
        }
        idle.then_some(watch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_folder_keeps_its_watch() {
        let mut table = Table::default();
        assert_eq!(table.set_folder(1, b"a"), None);
        // `a` became `b`, and another folder became `a`.
        assert_eq!(table.set_folder(1, b"b"), None);
        assert_eq!(table.leave(b"a"), None, "it would be the watch of b");
        assert_eq!(table.set_folder(2, b"a"), None);
        assert_eq!((table.folders(), table.leave(b"a"), table.leave(b"b")), (2, Some(2), Some(1)));
        assert_eq!((table.folders(), table.get(1).is_none()), (0, true));
    }

    #[test]
    fn a_replaced_folder_loses_its_watch() {
        let mut table = Table::default();
        table.set_folder(1, b"a");
        assert_eq!(table.set_folder(2, b"a"), Some(1));
        assert!(table.end(1).is_none());
        assert_eq!(table.end(2).and_then(|w| w.folder).as_deref(), Some(&b"a"[..]));
        assert_eq!(table.folders(), 0);
    }

    #[test]
    fn a_watch_may_have_several_uses() {
        let mut table = Table::default();
        table.set_folder(1, b"");
        assert_eq!(
            table.set_outside(vec![
                (1, (*b"x").into(), OutsideKind::Rules),
                (2, (*b"y").into(), OutsideKind::Rules)
            ]),
            Vec::<i32>::new()
        );
        assert_eq!(table.set_cookies(2), None);
        assert_eq!(table.leave(b""), None);
        assert_eq!(table.set_outside(vec![]), [1]);
        assert_eq!(table.set_cookies(3), Some(2));
    }
}
