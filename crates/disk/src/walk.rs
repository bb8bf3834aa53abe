//! Which files does a repository have?
//!
//! Folders are listed in parallel and judged one entry at a time; the result is sorted, so that the order in
//! which threads finish does not show.

use crate::folder::Step;
use crate::folders::{Folders, Unwatched};
use crate::nodes::{Kept, Listed, Nodes, Verdict, tally};
use crate::reason::Cause;
use crate::surroundings::Surroundings;
use crate::survey::{Judged, Searched, Survey};
use crate::{FileClass, Options, Problem, Root, SkipReason, Stamp};
use lodemap_base::RelPath;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A file to index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it is.
    pub path: RelPath,
    /// What the file system says of it.
    pub stamp: Stamp,
    /// Its roles.
    pub class: FileClass,
    /// The language that `.gitattributes` names, in linguist's words.
    pub language: Option<Arc<str>>,
}

/// An entry that was passed over, and that somebody might miss.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skipped {
    /// Where it is; of a folder that is passed over, the folder alone.
    pub path: RelPath,
    /// Why.
    pub reason: SkipReason,
    /// The rule behind it, if there is one: a built-in rule's name.
    pub rule: Option<String>,
    /// The file and line where the rule stands.
    pub source: Option<String>,
}

/// What a repository has.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Discovery {
    /// The files, in the order of their paths.
    pub files: Vec<Found>,
    /// What was passed over for other reasons than an ignore file or a name: links, pipes, nested repositories,
    /// folders that hold dependencies or build output. In the order of their paths.
    pub skipped: Vec<Skipped>,
    /// How many files and folders ignore files excluded.
    pub ignored: usize,
    /// How many files and folders were hidden.
    pub hidden: usize,
    /// How many files built-in rules excluded, besides the folders in `skipped`.
    pub by_default: usize,
    /// What could not be read, and rules that could not be used.
    pub problems: Vec<Problem>,
}

/// Finds the files of `root`. `progress` is called now and then with the number found so far.
pub fn discover(root: &Root, options: &Options, progress: &(dyn Fn(usize) + Sync)) -> Discovery {
    let around = Surroundings::load(root, options, &|_| {});
    let survey = Survey { root, options, around: &around };
    let walk = Walk { survey, folders: &Unwatched, kept: &Nodes::new(), progress };
    let mut result = Discovery { problems: around.problems().cloned().collect(), ..Discovery::default() };
    for mut visited in walk.run_on(options.jobs, vec![Start { step: survey.first(), deep: true }]) {
        result.files.append(&mut visited.files);
        tally(&mut result, &visited.step.path, &visited.listed);
    }
    result.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    result.skipped.sort_unstable();
    result.problems.sort_unstable();
    result
}

/// A folder to begin at.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) step: Step,
    /// Whether everything below is visited too; else only what is not kept, or was kept under other rules.
    pub(crate) deep: bool,
}

/// A folder that was visited.
pub(crate) struct Visited {
    pub(crate) step: Step,
    pub(crate) listed: Result<Listed, Arc<Cause>>,
    pub(crate) files: Vec<Found>,
}

/// A walk through folders.
pub(crate) struct Walk<'a> {
    pub(crate) survey: Survey<'a>,
    pub(crate) folders: &'a dyn Folders,
    /// What is known already.
    pub(crate) kept: &'a Nodes,
    pub(crate) progress: &'a (dyn Fn(usize) + Sync),
}

/// What a walk has brought so far.
#[derive(Default)]
struct Haul {
    count: AtomicUsize,
    visited: Mutex<Vec<Visited>>,
}

impl Walk<'_> {
    /// Visits folders on the calling thread's pool; the result has no order. No start may be below another.
    pub(crate) fn run(&self, starts: Vec<Start>) -> Vec<Visited> {
        let haul = Haul::default();
        rayon::scope(|scope| {
            for Start { step, deep } in starts {
                let haul = &haul;
                scope.spawn(move |scope| self.visit(scope, haul, step, deep));
            }
        });
        haul.visited.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same on `jobs` threads; 0 takes the calling thread's pool.
    pub(crate) fn run_on(&self, jobs: usize, starts: Vec<Start>) -> Vec<Visited> {
        match (jobs > 0).then(|| rayon::ThreadPoolBuilder::new().num_threads(jobs).build()) {
            Some(Ok(pool)) => pool.install(|| self.run(starts)),
            // Where the system grants no more threads, those that are there do the work.
            Some(Err(_)) | None => self.run(starts),
        }
    }

    fn visit<'s>(&'s self, scope: &rayon::Scope<'s>, haul: &'s Haul, step: Step, deep: bool) {
        // Before anything is looked at: what changes afterwards shows in an event.
        self.folders.enter(&step.path);
        let mut files = Vec::new();
        let listed = match self.survey.enter(&step) {
            Err(cause) => Err(Arc::new(cause)),
            Ok(at) => Ok(self.list(scope, haul, &step, at, deep, &mut files)),
        };
        if !files.is_empty() {
            let count = haul.count.fetch_add(files.len(), Ordering::Relaxed) + files.len();
            (self.progress)(count);
        }
        let visited = Visited { step, listed, files };
        haul.visited.lock().unwrap_or_else(PoisonError::into_inner).push(visited);
    }

    fn list<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        haul: &'s Haul,
        step: &Step,
        mut at: Searched,
        deep: bool,
        files: &mut Vec<Found>,
    ) -> Listed {
        let old = self.kept.get(&*step.path).and_then(|node| node.listed());
        if let Some(old) = old
            && old.level.parent.as_ref().is_some_and(|parent| Arc::ptr_eq(parent, &step.level))
            && !Arc::ptr_eq(&at.level, &step.level)
            && old.level.is_like(&at.level)
        {
            // Rules that say the same are the same, and nothing below has to be judged again.
            at.level = old.level.clone();
        }
        let verdict = |entry| match self.survey.judge(&at, entry) {
            Judged::Skip(cause) => Verdict::Skip(cause),
            Judged::Enter(child) => {
                let known = || {
                    let kept = old.and_then(|old| old.entry(&entry.name));
                    kept.is_some_and(|kept| matches!(kept.verdict, Verdict::Enter) && kept.ino == entry.ino)
                        && self
                            .kept
                            .get(&*child.path)
                            .is_some_and(|node| node.is_settled() && node.step.is_like(&child))
                };
                if deep || !known() {
                    scope.spawn(move |scope| self.visit(scope, haul, child, true));
                }
                Verdict::Enter
            }
            Judged::File(stamp, by_git) => {
                let path = at.folder.path_of(&entry.name);
                files.extend(self.survey.found(&at.level, &path, stamp));
                Verdict::File { by_git: by_git.is_some() }
            }
        };
        let verdicts: Vec<Verdict> = at.folder.entries.iter().map(verdict).collect();
        let entries = std::mem::take(&mut at.folder.entries).into_iter().zip(verdicts);
        let entries = entries.map(|(e, verdict)| Kept { name: e.name, kind: e.kind, ino: e.ino, verdict });
        Listed {
            level: at.level,
            entries: entries.collect(),
            stamp: (!at.folder.racy).then_some(at.folder.stamp),
            texts: at.texts,
            problems: at.problems,
        }
    }
}
