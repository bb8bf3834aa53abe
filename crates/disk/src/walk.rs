//! Which files does a repository have?
//!
//! Folders are listed in parallel and judged one entry at a time; the result is sorted, so that the order in
//! which threads finish does not show.

use crate::folder::Step;
use crate::reason::Cause;
use crate::survey::{Judged, Survey};
use crate::{FileClass, Options, Problem, Root, SkipReason, Stamp, attributes, classify};
use lodemap_base::RelPath;
use rustix::fs::FileType;
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
    let mut survey = Survey::new(root, options);
    let problems = std::mem::take(&mut survey.problems);
    let walk = Walk {
        survey,
        progress,
        count: AtomicUsize::new(0),
        result: Mutex::new(Discovery { problems, ..Discovery::default() }),
    };
    let run = || rayon::scope(|scope| walk.visit(scope, walk.survey.first()));
    match (options.jobs > 0).then(|| rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build()) {
        Some(Ok(pool)) => pool.install(run),
        // Where the system grants no more threads, those that are there do the work.
        Some(Err(_)) | None => run(),
    }
    let mut result = walk.result.into_inner().unwrap_or_else(PoisonError::into_inner);
    result.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    result.skipped.sort_unstable();
    result.problems.sort_unstable();
    result
}

struct Walk<'a> {
    survey: Survey<'a>,
    progress: &'a (dyn Fn(usize) + Sync),
    count: AtomicUsize,
    result: Mutex<Discovery>,
}

impl Walk<'_> {
    fn visit<'s>(&'s self, scope: &rayon::Scope<'s>, step: Step) {
        let mut here = Discovery::default();
        let path = step.path.clone();
        match self.survey.enter(step) {
            Err(cause) => self.pass_over(&mut here, &path, true, &cause),
            Ok(mut at) => {
                here.problems.append(&mut at.problems);
                for entry in &at.folder.entries {
                    match self.survey.judge(&at, entry) {
                        Judged::Enter(step) => scope.spawn(move |scope| self.visit(scope, step)),
                        Judged::Skip(cause) => {
                            self.pass_over(
                                &mut here,
                                &at.folder.path_of(&entry.name),
                                entry.kind == FileType::Directory,
                                &cause,
                            );
                        }
                        Judged::File(stamp, _) => {
                            let bytes = at.folder.path_of(&entry.name);
                            let Some(path) = RelPath::from_bytes(&bytes) else { continue };
                            let mut class = classify(&path);
                            let language =
                                attributes::apply(&at.level, &self.survey.absolute(&bytes), &mut class);
                            here.files.push(Found { path, stamp, class, language });
                        }
                    }
                }
            }
        }
        if !here.files.is_empty() {
            let count = self.count.fetch_add(here.files.len(), Ordering::Relaxed) + here.files.len();
            (self.progress)(count);
        }
        self.result.lock().unwrap_or_else(PoisonError::into_inner).add(here);
    }

    fn pass_over(&self, here: &mut Discovery, path: &[u8], is_dir: bool, cause: &Cause) {
        match cause.reason {
            SkipReason::Ignored => here.ignored += 1,
            SkipReason::Hidden => here.hidden += 1,
            SkipReason::Default if !is_dir => here.by_default += 1,
            // It went away while we looked, or is no part of the tree.
            SkipReason::Missing | SkipReason::GitFolder => {}
            reason => {
                let Some(path) = RelPath::from_bytes(path) else { return };
                if let Some(error) = &cause.error {
                    here.problems.push(Problem { place: path.to_string(), what: error.clone() });
                }
                let (rule, source) = (cause.rule.clone(), cause.source.clone());
                here.skipped.push(Skipped { path, reason, rule, source });
            }
        }
    }
}

impl Discovery {
    fn add(&mut self, mut other: Discovery) {
        self.files.append(&mut other.files);
        self.skipped.append(&mut other.skipped);
        self.problems.append(&mut other.problems);
        self.ignored += other.ignored;
        self.hidden += other.hidden;
        self.by_default += other.by_default;
    }
}
