//! Does discovery take this entry, and why or why not?
//!
//! The one place where every rule meets: [`discover`](crate::discover) asks it about each entry of each folder,
//! [`explain`](crate::explain) about the entries on the way to one path.

use crate::folder::{Entry, Folder, Step};
use crate::outer::{Outer, with_slash};
use crate::reason::{Cause, Problem, SkipReason};
use crate::rules::Level;
use crate::tracked::Tracked;
use crate::{Root, Stamp, defaults, git};
use lodemap_base::RelPath;
use rustix::fs::FileType;
use std::path::PathBuf;
use std::sync::Arc;

/// What the caller decides about discovery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Threads; 0 takes the pool of the calling thread.
    pub jobs: usize,
    /// More ignore rules, in the syntax of `.gitignore`, relative to the root; they come before all files.
    pub extra_ignore: Vec<String>,
    /// The user's global ignore file, from [`global_ignore_file`](crate::global_ignore_file).
    pub global_ignore: Option<PathBuf>,
    /// Whether dotfiles are passed over, but for those that declare code.
    pub skip_hidden: bool,
    /// Whether dependencies, build output, lock files, minified files and binaries are passed over.
    pub skip_defaults: bool,
}

impl Default for Options {
    /// Everything is passed over that can be; nothing is asked of the environment.
    fn default() -> Self {
        Options {
            jobs: 0,
            extra_ignore: Vec::new(),
            global_ignore: None,
            skip_hidden: true,
            skip_defaults: true,
        }
    }
}

/// What becomes of an entry.
pub(crate) enum Judged {
    /// It is a file to index; the cause says why it would be ignored if git did not track it.
    File(Stamp, Option<Arc<Cause>>),
    Enter(Step),
    Skip(Arc<Cause>),
}

/// The rules for one root.
pub(crate) struct Survey<'a> {
    root: &'a Root,
    options: &'a Options,
    /// The root's absolute path with a slash at its end.
    prefix: Vec<u8>,
    outer: Outer,
    tracked: Tracked,
    device: Option<u64>,
    /// What was wrong with the rules that lie outside the root's own folders.
    pub(crate) problems: Vec<Problem>,
}

/// A folder that is searched.
pub(crate) struct Searched {
    pub(crate) folder: Folder,
    /// The rules in force in it.
    pub(crate) level: Arc<Level>,
    /// As in [`Step`].
    tracked_only: Option<Arc<Cause>>,
    /// What was wrong with its rules.
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Survey<'a> {
    pub(crate) fn new(root: &'a Root, options: &'a Options) -> Self {
        let git = git::enclosing(root.path());
        let (outer, mut problems) = Outer::load(root, options, git.as_ref());
        let mut tracked = Tracked::default();
        if let Some(git) = &git {
            match Tracked::load(git, root.path()) {
                Ok(list) => tracked = list,
                Err(what) => {
                    problems.push(Problem { place: git.dir.join("index").display().to_string(), what });
                }
            }
        }
        let stat = rustix::fs::fstat(root.fd()).ok();
        if stat.is_some_and(|s| s.st_nlink == 0) {
            // A folder that was removed while it was open lists as empty.
            let what = "the root was removed; open it again when it is back".to_owned();
            problems.push(Problem { place: root.path().display().to_string(), what });
        }
        let device = stat.map(|s| s.st_dev);
        Survey { root, options, prefix: with_slash(root.path()), outer, tracked, device, problems }
    }

    /// The folder to begin with.
    pub(crate) fn first(&self) -> Step {
        Step { path: Vec::new(), level: self.outer.above.clone(), tracked_only: None, asked_for: false }
    }

    /// Opens and lists a folder, unless what is in it tells to pass it over.
    pub(crate) fn enter(&self, step: Step) -> Result<Searched, Cause> {
        let folder = Folder::open(self.root, &step.path).map_err(Cause::failed)?;
        if self.device.is_some_and(|d| d != folder.device) {
            return Err(Cause::new(SkipReason::OtherDevice));
        }
        let is_root = step.path.is_empty();
        if !is_root && folder.holds(".git") {
            return Err(Cause::new(SkipReason::NestedRepository));
        }
        if !is_root && self.options.skip_defaults && !step.asked_for {
            let name = step.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
            if let Some(rule) = defaults::folder_by_content(name, |name| folder.holds(name)) {
                return Err(Cause::by_default(rule));
            }
            if self.is_cache(&folder) {
                return Err(Cause::by_default("cachedir-tag"));
            }
        }
        let skip = self.prefix.len() + step.path.len() + usize::from(!is_root);
        let (level, problems) = folder.level(self.root, &step.level, skip);
        Ok(Searched { folder, level, tracked_only: step.tracked_only, problems })
    }

    fn is_cache(&self, folder: &Folder) -> bool {
        let (name, signature) = defaults::CACHE_TAG;
        folder.holds(name)
            && RelPath::from_bytes(&folder.path_of(name.as_bytes()))
                .and_then(|tag| self.root.read(&tag, 1 << 16).ok())
                .is_some_and(|tag| tag.bytes.starts_with(signature))
    }

    /// Decides about one entry of a folder.
    pub(crate) fn judge(&self, at: &Searched, entry: &Entry) -> Judged {
        let skip = |cause: Cause| Judged::Skip(Arc::new(cause));
        if entry.name == b".git" {
            return skip(Cause::new(SkipReason::GitFolder));
        }
        let is_dir = entry.kind == FileType::Directory;
        let path = at.folder.path_of(&entry.name);
        let absolute = self.absolute(&path);

        let for_tools = self.outer.for_tools(&at.level, &absolute, is_dir);
        if let Some(hit) = for_tools.filter(|hit| !hit.kept) {
            return skip(Cause::ignored(hit));
        }
        let asked_for = for_tools.is_some();
        let mut tracked_only = at.tracked_only.clone();
        if tracked_only.is_none() && !asked_for {
            let for_git = self.outer.for_git(&at.level, &absolute, is_dir).filter(|hit| !hit.kept);
            tracked_only = for_git.map(|hit| Arc::new(Cause::ignored(hit)));
        }
        if let Some(cause) = &tracked_only {
            let tracked = if is_dir { self.tracked.has_below(&path) } else { self.tracked.contains(&path) };
            if !tracked {
                return Judged::Skip(cause.clone());
            }
        }
        if !asked_for {
            let by_default = match (self.options.skip_defaults, is_dir) {
                (false, _) => None,
                (true, true) => defaults::folder_by_name(&entry.name, |name| at.folder.holds(name)),
                (true, false) => defaults::file(&entry.name),
            };
            if let Some(rule) = by_default {
                return skip(Cause::by_default(rule));
            }
            if self.options.skip_hidden && defaults::is_hidden(&entry.name) {
                return skip(Cause::new(SkipReason::Hidden));
            }
        }
        match entry.kind {
            FileType::Directory => {
                Judged::Enter(Step { path, level: at.level.clone(), tracked_only, asked_for })
            }
            FileType::RegularFile => match at.folder.stat(entry) {
                Ok(stat) => Judged::File(Stamp::of(&stat), tracked_only),
                Err(error) => skip(Cause::failed(error)),
            },
            FileType::Symlink => skip(Cause::new(SkipReason::Symlink)),
            _ => skip(Cause::new(SkipReason::Special)),
        }
    }

    /// The absolute form of a path relative to the root.
    pub(crate) fn absolute(&self, path: &[u8]) -> Vec<u8> {
        [&self.prefix, path].concat()
    }
}
