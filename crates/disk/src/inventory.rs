//! Which files does a repository have now?
//!
//! What [`discover`](crate::discover) finds, kept, and brought up to date by small steps: a [`sweep`] looks at
//! everything, a [`refresh`] only where hints lead. Both end in the state that a fresh discovery would find, and
//! both say in which files that differs from the state before. Whether contents changed is for the caller to
//! find out, by reading what was touched.
//!
//! [`sweep`]: Inventory::sweep
//! [`refresh`]: Inventory::refresh

mod merge;
mod patch;
mod plan;
mod refresh;

use crate::folders::Folders;
use crate::nodes::{Node, Nodes, tally};
use crate::surroundings::Surroundings;
use crate::survey::Survey;
use crate::walk::{Start, Walk};
use crate::{Dirty, Discovery, Found, Options, Root};
use lodemap_base::RelPath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of a root, kept.
#[derive(Debug)]
pub struct Inventory {
    root: Arc<Root>,
    options: Options,
    /// None before the first sweep.
    around: Option<Surroundings>,
    nodes: Nodes,
    files: BTreeMap<RelPath, Found>,
}

/// The difference that a step made. In the order of paths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// Files that are new, look different from outside or have other roles, and all that were named as written.
    pub touched: Vec<Found>,
    /// Files that are no longer there, or no longer found.
    pub removed: Vec<RelPath>,
}

impl Changes {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.touched.is_empty() && self.removed.is_empty()
    }
}

impl Inventory {
    /// Knows nothing yet.
    pub fn new(root: Arc<Root>, options: Options) -> Self {
        Inventory { root, options, around: None, nodes: Nodes::new(), files: BTreeMap::new() }
    }

    /// Looks at everything. `progress` is called now and then with the number of files found so far.
    ///
    /// The first sweep is discovery. Later ones are for every doubt: lost events, a start, a resume.
    pub fn sweep(&mut self, folders: &dyn Folders, progress: &(dyn Fn(usize) + Sync)) -> Changes {
        let old = self.look_at_everything(folders, progress);
        merge::difference(&old, &self.files)
    }

    /// Begins anew; returns the files that were known.
    fn look_at_everything(
        &mut self,
        folders: &dyn Folders,
        progress: &(dyn Fn(usize) + Sync),
    ) -> BTreeMap<RelPath, Found> {
        let around = Surroundings::load(&self.root, &self.options, &|places| folders.outside(places));
        let survey = Survey { root: &self.root, options: &self.options, around: &around };
        let walk = Walk { survey, folders, kept: &self.nodes, progress };
        let visited = walk.run_on(self.options.jobs, vec![Start { step: survey.first(), deep: true }]);
        self.around = Some(around);

        let mut files = Vec::with_capacity(self.files.len());
        let mut nodes = Vec::with_capacity(visited.len());
        for mut visited in visited {
            files.append(&mut visited.files);
            let path = visited.step.path.clone().into_boxed_slice();
            nodes.push((path, Node { step: visited.step, listed: visited.listed }));
        }
        // Sorted input is turned into a map at once instead of one insertion after the other.
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let files = files.into_iter().map(|found| (found.path.clone(), found)).collect();
        let old_nodes = std::mem::replace(&mut self.nodes, nodes.into_iter().collect());
        let old_files = std::mem::replace(&mut self.files, files);
        for path in old_nodes.keys().filter(|path| !self.nodes.contains_key(*path)) {
            folders.leave(path);
        }
        old_files
    }

    /// Looks again where `dirty` leads.
    pub fn refresh(&mut self, dirty: &Dirty, folders: &dyn Folders) -> Changes {
        refresh::refresh(self, dirty, folders)
    }

    /// The root.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// What the caller decided.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The files, in the order of their paths.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &Found> {
        self.files.values()
    }

    pub(crate) fn around(&self) -> Option<&Surroundings> {
        self.around.as_ref()
    }

    pub(crate) fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The file at `path`, if it is found.
    pub fn found(&self, path: &RelPath) -> Option<&Found> {
        self.files.get(path)
    }

    /// How many folders are looked into.
    pub fn folders(&self) -> usize {
        self.nodes.len()
    }

    /// What was passed over and why, and what could not be read: a [`Discovery`] without its files.
    ///
    /// It is counted anew each time, at a cost of about a millisecond for 50,000 files, so that it cannot drift.
    pub fn passed_over(&self) -> Discovery {
        let problems = self.around.iter().flat_map(Surroundings::problems).cloned().collect();
        let mut out = Discovery { problems, ..Discovery::default() };
        for (path, node) in &self.nodes {
            tally(&mut out, path, &node.listed);
        }
        out.skipped.sort_unstable();
        out.problems.sort_unstable();
        out
    }

    /// All that a fresh discovery would give.
    pub fn discovery(&self) -> Discovery {
        Discovery { files: self.files.values().cloned().collect(), ..self.passed_over() }
    }
}
