//! Where does a hint lead?
//!
//! Each hint is turned into one of two kinds of work on a folder that is kept: listing it, or looking at single
//! names in it. Work is done from the top down, by depth: a folder that was listed, dropped or entered anew
//! on the way has answered all hints below it.

use super::Inventory;
use crate::folder::Step;
use crate::nodes::{Node, Verdict};
use crate::reason::Cause;
use crate::rules::IGNORE_FILES;
use crate::{Dirty, SkipReason, defaults};
use lodemap_base::RelPath;
use rustix::fs::FileType;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;

/// What is to be done, by the depth of the folder.
#[derive(Default)]
pub(super) struct Plan {
    waves: BTreeMap<usize, Wave>,
}

/// Work on folders of one depth.
#[derive(Default)]
pub(super) struct Wave {
    /// Folders to be listed, and whether everything below them is.
    pub(super) lists: BTreeMap<Vec<u8>, bool>,
    /// Folders of which some names are to be looked at.
    pub(super) patches: BTreeMap<Vec<u8>, Names>,
    /// Folders that are new, or known under other rules.
    pub(super) enter: BTreeMap<Vec<u8>, Step>,
}

/// Names in a folder.
pub(super) type Names = BTreeSet<Vec<u8>>;

/// Beyond this share of a folder's entries, listing it costs less than looking at each.
const FEW: usize = 8;
const SHARE: usize = 4;

impl Plan {
    pub(super) fn list(&mut self, folder: &[u8], deep: bool) {
        *self.wave(folder).lists.entry(folder.to_vec()).or_default() |= deep;
    }

    pub(super) fn patch(&mut self, folder: &[u8], name: &[u8]) {
        self.wave(folder).patches.entry(folder.to_vec()).or_default().insert(name.to_vec());
    }

    pub(super) fn enter(&mut self, step: Step) {
        self.wave(&step.path).enter.insert(step.path.clone(), step);
    }

    /// The work that comes next.
    pub(super) fn next(&mut self) -> Option<Wave> {
        self.waves.pop_first().map(|(_, wave)| wave)
    }

    fn wave(&mut self, folder: &[u8]) -> &mut Wave {
        let depth = if folder.is_empty() { 0 } else { 1 + folder.iter().filter(|b| **b == b'/').count() };
        self.waves.entry(depth).or_default()
    }
}

impl Inventory {
    /// Turns the hints that name paths into work.
    pub(super) fn plan(&self, dirty: &Dirty, plan: &mut Plan) {
        for folder in &dirty.subtrees {
            self.plan_folder(&bytes(folder), true, plan);
        }
        for folder in &dirty.folders {
            self.plan_folder(&bytes(folder), false, plan);
        }
        for file in &dirty.files {
            let path = bytes(file);
            match split(&path) {
                None => plan.list(b"", false),
                Some((folder, name)) => {
                    self.plan_name(folder, name, plan);
                    if self.nodes.contains_key(&*path) {
                        plan.list(&path, false);
                    }
                }
            }
        }
        for wave in plan.waves.values_mut() {
            for (folder, names) in &wave.patches {
                let entries = self.nodes.get(&**folder).and_then(Node::listed).map_or(0, |l| l.entries.len());
                if names.len() > FEW + entries / SHARE {
                    wave.lists.entry(folder.clone()).or_default();
                }
            }
        }
    }

    fn plan_folder(&self, folder: &[u8], deep: bool, plan: &mut Plan) {
        if self.nodes.contains_key(folder) {
            plan.list(folder, deep);
        } else if let Some((above, name)) = split(folder) {
            self.plan_name(above, name, plan);
        }
    }

    /// Something happened to an entry of a folder that need not be known.
    fn plan_name(&self, folder: &[u8], name: &[u8], plan: &mut Plan) {
        let Some(node) = self.nodes.get(folder) else {
            // What decides is the first step on the way that is not known.
            let Some((above, name)) = split(folder) else { return };
            let skipped = self.nodes.get(above).and_then(Node::listed).and_then(|l| l.entry(name));
            // Below a folder that its name excludes nothing matters.
            let settled = skipped.is_some_and(|kept| {
                kept.kind == FileType::Directory
                    && matches!(&kept.verdict, Verdict::Skip(cause) if is_by_name(cause))
            });
            if !settled {
                self.plan_name(above, name, plan);
            }
            return;
        };
        let is_marker = defaults::is_marker(name);
        match &node.listed {
            // Of a folder that is passed over for what is in it, only that matters.
            Err(cause) if is_by_content(cause) && !is_marker => {}
            Err(_) => plan.list(folder, false),
            Ok(_) if is_marker || is_rule_file(name) => plan.list(folder, false),
            Ok(_) => plan.patch(folder, name),
        }
    }

    /// Names the entries whose verdict may change with the tracked files in `paths`.
    pub(super) fn plan_tracked(&self, paths: &[Vec<u8>], plan: &mut Plan) {
        for path in paths {
            let ends = memchr::memchr_iter(b'/', path).chain([path.len()]);
            for step in ends.map(|end| &path[..end]) {
                let Some((folder, name)) = split(step) else { continue };
                let Some(listed) = self.nodes.get(folder).and_then(Node::listed) else { break };
                // Only where an ignore file excludes it does it matter whether git tracks it.
                let matters = listed.entry(name).is_some_and(|kept| match &kept.verdict {
                    Verdict::File { by_git } => *by_git,
                    Verdict::Skip(cause) => cause.reason == SkipReason::Ignored,
                    Verdict::Enter => self.nodes.get(step).is_some_and(|n| n.step.tracked_only.is_some()),
                });
                if matters {
                    plan.patch(folder, name);
                }
            }
        }
    }
}

fn is_by_name(cause: &Cause) -> bool {
    use SkipReason::{Default, GitFolder, Hidden, Ignored};
    matches!(cause.reason, Ignored | Hidden | Default | GitFolder)
}

fn is_by_content(cause: &Cause) -> bool {
    matches!(cause.reason, SkipReason::NestedRepository | SkipReason::Default)
}

pub(super) fn is_rule_file(name: &[u8]) -> bool {
    IGNORE_FILES.iter().any(|n| n.as_bytes() == name) || name == b".gitattributes"
}

/// The folder that holds a path, and its name there; `None` for the root.
pub(super) fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    match memchr::memrchr(b'/', path) {
        Some(at) => Some((&path[..at], &path[at + 1..])),
        None => (!path.is_empty()).then_some((&b""[..], path)),
    }
}

pub(super) fn bytes(path: &RelPath) -> Vec<u8> {
    path.to_os().as_os_str().as_bytes().to_vec()
}
