//! How does what a walk brought become part of the inventory?
//!
//! Each step notes what was known of a file before the refresh, so that the difference is right however often a
//! path was dropped and found again on the way.

use super::{Changes, Inventory};
use crate::Found;
use crate::folders::Folders;
use crate::nodes::{Listed, Node, Verdict, subtree};
use crate::survey::path_of;
use crate::walk::Visited;
use lodemap_base::RelPath;
use std::collections::{BTreeMap, BTreeSet};

/// What was known of the files that changed, before they did.
#[derive(Default)]
pub(super) struct Journal {
    before: BTreeMap<RelPath, Option<Found>>,
}

impl Journal {
    /// What was known of the file at `path`, unless that was noted before.
    pub(super) fn note(&mut self, path: RelPath, before: Option<Found>) {
        self.before.entry(path).or_insert(before);
    }

    /// The difference to `now`; files in `named` count as touched in any case.
    pub(super) fn changes(self, now: &BTreeMap<RelPath, Found>, named: &BTreeSet<RelPath>) -> Changes {
        let mut changes = Changes::default();
        let mut touched: BTreeMap<&RelPath, &Found> =
            named.iter().filter_map(|p| now.get_key_value(p)).collect();
        for (path, before) in self.before {
            match (before, now.get_key_value(&path)) {
                (Some(_), None) => changes.removed.push(path),
                (before, Some((path, found))) if before.as_ref() != Some(found) => {
                    touched.insert(path, found);
                }
                _ => {}
            }
        }
        changes.touched = touched.into_values().cloned().collect();
        changes
    }
}

/// The difference between two whole states.
pub(super) fn difference(old: &BTreeMap<RelPath, Found>, new: &BTreeMap<RelPath, Found>) -> Changes {
    let mut changes = Changes::default();
    let (mut before, mut after) = (old.values().peekable(), new.values().peekable());
    loop {
        match (before.peek(), after.peek()) {
            (None, None) => return changes,
            (Some(b), a) if a.is_none_or(|a| b.path < a.path) => {
                changes.removed.push(b.path.clone());
                before.next();
            }
            (b, Some(a)) => {
                let same_path = b.is_some_and(|b| b.path == a.path);
                if b.is_none_or(|b| b != a) {
                    changes.touched.push((*a).clone());
                }
                if same_path {
                    before.next();
                }
                after.next();
            }
            (Some(_), None) => unreachable!("nothing comes after: the arm above takes it"),
        }
    }
}

impl Inventory {
    /// Takes in a folder that was visited. Those above it come before it.
    pub(super) fn put(&mut self, visited: Visited, journal: &mut Journal, folders: &dyn Folders) {
        let Visited { step, listed, files } = visited;
        let path = step.path.clone().into_boxed_slice();
        let old = self.nodes.remove(&path).and_then(|node| node.listed.ok());
        let kept = |name: &[u8]| listed.as_ref().ok().and_then(|new: &Listed| new.entry(name));
        for entry in old.iter().flat_map(|old| &old.entries) {
            let now = kept(&entry.name).map(|kept| &kept.verdict);
            match (&entry.verdict, now) {
                (Verdict::File { .. }, Some(Verdict::File { .. }))
                | (Verdict::Enter, Some(Verdict::Enter)) => {}
                (Verdict::File { .. }, _) => self.forget_file(&path_of(&path, &entry.name), journal),
                (Verdict::Enter, _) => self.drop_subtree(&path_of(&path, &entry.name), journal, folders),
                (Verdict::Skip(_), _) => {}
            }
        }
        for found in files {
            self.set_file(found, journal);
        }
        self.nodes.insert(path, Node { step, listed });
    }

    pub(super) fn set_file(&mut self, found: Found, journal: &mut Journal) {
        match self.files.get_mut(&found.path) {
            Some(known) if *known == found => {}
            Some(known) => {
                let path = found.path.clone();
                let before = std::mem::replace(known, found);
                journal.note(path, Some(before));
            }
            None => {
                journal.note(found.path.clone(), None);
                self.files.insert(found.path.clone(), found);
            }
        }
    }

    pub(super) fn forget_file(&mut self, path: &[u8], journal: &mut Journal) {
        let Some(path) = RelPath::from_bytes(path) else { return };
        if let Some(before) = self.files.remove(&path) {
            journal.note(path, Some(before));
        }
    }

    /// Forgets a folder and all that is below it.
    pub(super) fn drop_subtree(&mut self, folder: &[u8], journal: &mut Journal, folders: &dyn Folders) {
        for path in subtree(&self.nodes, folder) {
            folders.leave(&path);
            let listed = self.nodes.remove(&path).and_then(|node| node.listed.ok());
            for entry in listed.iter().flat_map(|listed| &listed.entries) {
                if matches!(entry.verdict, Verdict::File { .. }) {
                    self.forget_file(&path_of(&path, &entry.name), journal);
                }
            }
        }
    }
}
