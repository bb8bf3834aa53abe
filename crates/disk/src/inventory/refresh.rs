//! How is the inventory brought up to date?
//!
//! From the outside in: what stands outside the root's folders first, then folder by folder from the top down.

use super::merge::{Journal, difference};
use super::patch::{Seen, look};
use super::plan::{Names, Plan, Wave, split};
use super::{Changes, Inventory};
use crate::Dirty;
use crate::folders::Folders;
use crate::surroundings::Surroundings;
use crate::survey::Survey;
use crate::walk::{Start, Walk};
use lodemap_base::RelPath;
use rayon::prelude::*;
use rustix::fs::FileType;
use std::collections::BTreeSet;

pub(super) fn refresh(inventory: &mut Inventory, dirty: &Dirty, folders: &dyn Folders) -> Changes {
    let mut work = Work { inventory, folders, journal: Journal::default(), plan: Plan::default() };
    let dot_git = work.dot_git();
    let mut sure = !dirty.everything && work.surroundings(dirty);
    if sure {
        work.inventory.plan(dirty, &mut work.plan);
        work.run();
        // A repository that begins or ends at the root brings or takes rules and the list of tracked files.
        sure = work.dot_git() == dot_git;
    }
    let Work { inventory, mut journal, .. } = work;
    if !sure {
        let old = inventory.look_at_everything(folders, &|_| {});
        let swept = difference(&old, &inventory.files);
        for path in swept.removed.into_iter().chain(swept.touched.into_iter().map(|found| found.path)) {
            let before = old.get(&path).cloned();
            journal.note(path, before);
        }
    }
    journal.changes(&inventory.files, &dirty.files)
}

/// A refresh that is under way.
struct Work<'a> {
    inventory: &'a mut Inventory,
    folders: &'a dyn Folders,
    journal: Journal,
    plan: Plan,
}

impl Work<'_> {
    /// Loads again what stands outside; false if everything has to be looked at because of it.
    fn surroundings(&mut self, dirty: &Dirty) -> bool {
        let Inventory { root, options, around, .. } = &mut *self.inventory;
        let Some(known) = around else { return false };
        let of_root = |name: &str| RelPath::parse(name).is_some_and(|path| dirty.files.contains(&path));
        let changed = if dirty.outer || of_root(".git") {
            let now = Surroundings::load(root, options, &|places| self.folders.outside(places));
            if !now.has_same_rules(known) {
                return false;
            }
            let changed = now.tracked.difference(&known.tracked);
            *known = now;
            changed
        } else if dirty.tracked {
            known.reload_tracked(root)
        } else {
            return true;
        };
        self.inventory.plan_tracked(&changed, &mut self.plan);
        true
    }

    fn run(&mut self) {
        let mut visited: BTreeSet<Box<[u8]>> = BTreeSet::new();
        while let Some(Wave { mut lists, mut patches, enter }) = self.plan.next() {
            // What was visited in this refresh was so after the hints were given.
            patches.retain(|folder, _| !visited.contains(&**folder) && !lists.contains_key(folder));
            for (folder, names, seen) in self.look(patches) {
                match seen {
                    Some(seen) => self.patch(&folder, names, seen),
                    None => _ = lists.entry(folder).or_default(),
                }
            }
            let nodes = &self.inventory.nodes;
            let listed = lists
                .into_iter()
                .filter(|(path, _)| !enter.contains_key(path))
                .filter_map(|(path, deep)| Some(Start { step: nodes.get(&*path)?.step.clone(), deep }));
            let entered = enter.values().map(|step| Start { step: step.clone(), deep: true });
            let starts = entered.chain(listed).filter(|start| !visited.contains(&*start.step.path));
            let failed = self.walk(starts.collect(), &mut visited);
            for path in failed {
                // It is not the folder that it was; what is there instead only the one above can tell.
                if let Some((folder, name)) = split(&path) {
                    let names = Names::from([name.to_vec()]);
                    for (folder, names, seen) in self.look([(folder.to_vec(), names)]) {
                        self.patch(&folder, names, seen.unwrap_or_default());
                    }
                }
            }
        }
    }

    /// Visits folders; returns those of the starts that cannot be listed.
    fn walk(&mut self, starts: Vec<Start>, all: &mut BTreeSet<Box<[u8]>>) -> Vec<Vec<u8>> {
        if starts.is_empty() {
            return Vec::new();
        }
        let begun: BTreeSet<Vec<u8>> = starts.iter().map(|start| start.step.path.clone()).collect();
        let Some(survey) = self.inventory.survey() else { return Vec::new() };
        let walk = Walk { survey, folders: self.folders, kept: &self.inventory.nodes, progress: &|_| {} };
        let mut visited = walk.run(starts);
        visited.sort_unstable_by(|a, b| a.step.path.cmp(&b.step.path));
        let mut failed = Vec::new();
        for visited in visited {
            let path = &visited.step.path;
            if visited.listed.is_err() && begun.contains(path) {
                failed.push(path.clone());
            }
            all.insert(path.clone().into_boxed_slice());
            self.inventory.put(visited, &mut self.journal, self.folders);
        }
        failed
    }

    /// Looks at names in folders, those of each folder together.
    fn look(
        &self,
        patches: impl IntoIterator<Item = (Vec<u8>, Names)>,
    ) -> Vec<(Vec<u8>, Names, Option<Vec<Seen>>)> {
        let Some(survey) = self.inventory.survey() else { return Vec::new() };
        let nodes = &self.inventory.nodes;
        let see = |(folder, names): (Vec<u8>, Names)| {
            let seen = look(survey, &folder, nodes.get(&*folder)?, &names);
            Some((folder, names, seen))
        };
        let patches: Vec<_> = patches.into_iter().collect();
        if patches.len() == 1 {
            return patches.into_iter().filter_map(see).collect();
        }
        patches.into_par_iter().filter_map(see).collect()
    }

    fn patch(&mut self, folder: &[u8], names: Names, seen: Vec<Seen>) {
        for (name, seen) in names.into_iter().zip(seen) {
            let Work { inventory, folders, journal, plan } = self;
            if let Some(step) = inventory.patch((folder, &name), seen, journal, *folders) {
                plan.enter(step);
            }
        }
    }

    /// What the root holds under the name `.git`.
    fn dot_git(&self) -> Option<(FileType, u64)> {
        let root = self.inventory.nodes.get(&b""[..])?.listed()?;
        root.entry(b".git").map(|kept| (kept.kind, kept.ino))
    }
}

impl Inventory {
    fn survey(&self) -> Option<Survey<'_>> {
        Some(Survey { root: &self.root, options: &self.options, around: self.around.as_ref()? })
    }
}
