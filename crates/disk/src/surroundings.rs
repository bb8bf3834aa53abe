//! What decides about a root's files without standing in its folders?
//!
//! The rules of [`Outer`], git's list of tracked files, and the device that the root is on: loaded together,
//! kept as long as none of them changes. The places they come from are named, so that they can be watched.

use crate::folders::{Outside, OutsideKind};
use crate::git::{self, Enclosing};
use crate::outer::{Outer, with_slash};
use crate::rules::IGNORE_FILES;
use crate::tracked::Tracked;
use crate::{Options, Problem, Root};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3Default;

/// What was loaded from outside the root's own folders.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// The root's absolute path with a slash at its end.
    pub(crate) prefix: Vec<u8>,
    pub(crate) outer: Outer,
    pub(crate) tracked: Tracked,
    pub(crate) device: Option<u64>,
    /// What was wrong with the rules and the root.
    rule_problems: Vec<Problem>,
    /// What was wrong with the list of tracked files.
    index_problem: Option<Problem>,
    git: Option<Enclosing>,
}

impl Surroundings {
    /// Loads everything. `watch` is told of the places before they are read.
    pub(crate) fn load(root: &Root, options: &Options, watch: &dyn Fn(&[Outside])) -> Self {
        let git = git::enclosing(root.path());
        watch(&places(root, options, git.as_ref()));
        let (outer, mut rule_problems) = Outer::load(root, options, git.as_ref());
        let stat = rustix::fs::fstat(root.fd()).ok();
        if stat.is_some_and(|s| s.st_nlink == 0) {
            // A folder that was removed while it was open lists as empty.
            let what = "the root was removed; open it again when it is back".to_owned();
            rule_problems.push(Problem { place: root.path().display().to_string(), what });
        }
        let (tracked, index_problem) = load_tracked(root, git.as_ref());
        Surroundings {
            prefix: with_slash(root.path()),
            outer,
            tracked,
            device: stat.map(|s| s.st_dev),
            rule_problems,
            index_problem,
            git,
        }
    }

    /// Loads git's list of tracked files again; returns the paths in which it differs from the one before.
    pub(crate) fn reload_tracked(&mut self, root: &Root) -> Vec<Vec<u8>> {
        let (tracked, problem) = load_tracked(root, self.git.as_ref());
        let old = std::mem::replace(&mut self.tracked, tracked);
        self.index_problem = problem;
        self.tracked.difference(&old)
    }

    /// Whether both are the same, but for the files that git tracks.
    pub(crate) fn has_same_rules(&self, other: &Self) -> bool {
        self.prefix == other.prefix
            && self.device == other.device
            && self.git == other.git
            && self.rule_problems == other.rule_problems
            && self.outer.is_like(&other.outer)
    }

    /// A hash of everything in it and of the options; `None` where something could not be used, which may be otherwise the
    /// next time.
    pub(crate) fn fingerprint(&self, options: &Options) -> Option<u128> {
        if self.index_problem.is_some() {
            return None;
        }
        let mut hash = Xxh3Default::new();
        let Options { jobs: _, extra_ignore, global_ignore, skip_hidden, skip_defaults } = options;
        hash.update(format!("{extra_ignore:?} {global_ignore:?} {skip_hidden} {skip_defaults}").as_bytes());
        hash.update(format!("{:?} {:?} {:?}", self.device, self.git, self.rule_problems).as_bytes());
        hash.update(&self.prefix);
        self.outer.texts(&mut |text| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text);
        });
        self.tracked.hash(&mut hash);
        Some(hash.digest128())
    }

    pub(crate) fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.rule_problems.iter().chain(&self.index_problem)
    }
}

fn load_tracked(root: &Root, git: Option<&Enclosing>) -> (Tracked, Option<Problem>) {
    let Some(git) = git else { return (Tracked::default(), None) };
    match Tracked::load(git, root.path()) {
        Ok(list) => (list, None),
        Err(what) => {
            let place = git.dir.join("index").display().to_string();
            (Tracked::default(), Some(Problem { place, what }))
        }
    }
}

/// Every file outside the root's folders that bears on discovery, whether it is there or not.
fn places(root: &Root, options: &Options, git: Option<&Enclosing>) -> Vec<Outside> {
    let mut places = Vec::new();
    let mut rules = |path: &Path| push(&mut places, path, OutsideKind::Rules);
    for dir in root.path().ancestors() {
        // Moved, removed or replaced: then other folders are above the root.
        rules(dir);
    }
    for dir in root.path().ancestors().skip(1) {
        for name in IGNORE_FILES.into_iter().chain([".gitattributes", ".git"]) {
            rules(&dir.join(name));
        }
    }
    if let Some(file) = &options.global_ignore {
        rules(file);
        // People keep their settings behind links; what the link leads to is what is written.
        if let Ok(real) = file.canonicalize()
            && real != *file
        {
            rules(&real);
        }
    }
    if let Some(git) = git {
        rules(&git.common.join("info/exclude"));
        push(&mut places, &git.dir.join("index"), OutsideKind::Tracked);
    }
    places
}

/// The folder in which a change of the file `path` would show: its own, or the nearest above that is there.
fn push(places: &mut Vec<Outside>, path: &Path, kind: OutsideKind) {
    let mut path = path;
    while let (Some(dir), Some(name)) = (path.parent(), path.file_name()) {
        if dir.is_dir() {
            places.push(Outside { dir: dir.to_owned(), name: name.to_owned(), kind });
            return;
        }
        path = dir;
    }
}
