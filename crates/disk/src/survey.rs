//! Does discovery take this entry, and why or why not?
//!
//! The one place where every rule meets: [`discover`](crate::discover) asks it about each entry of each folder,
//! [`explain`](crate::explain) about the entries on the way to one path, [`Inventory`](crate::Inventory) about
//! those that changed.

use crate::folder::{Entry, Folder, Ruling, Step};
use crate::reason::{Cause, Problem, SkipReason};
use crate::rules::Level;
use crate::surroundings::Surroundings;
use crate::{FileClass, Found, Root, Stamp, attributes, classify, defaults};
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

/// What the rules alone say of an entry.
pub(crate) enum Ruled {
    /// It is a regular file that no rule excludes, or one that git tracks although the cause excludes it.
    File(Option<Arc<Cause>>),
    Enter(Step),
    Skip(Arc<Cause>),
}

/// What the verdict on an entry depends on, besides itself and its siblings.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The folder that holds it.
    pub(crate) path: &'a [u8],
    /// The rules in force there.
    pub(crate) level: &'a Arc<Level>,
    /// As in [`Step`].
    pub(crate) tracked_only: &'a Option<Arc<Cause>>,
}

/// The rules for one root.
#[derive(Clone, Copy)]
pub(crate) struct Survey<'a> {
    pub(crate) root: &'a Root,
    pub(crate) options: &'a Options,
    pub(crate) around: &'a Surroundings,
}

/// A folder that is searched.
pub(crate) struct Searched {
    pub(crate) folder: Folder,
    /// The rules in force in it.
    pub(crate) level: Arc<Level>,
    /// As in [`Step`].
    tracked_only: Option<Arc<Cause>>,
    /// As in [`Ruling`].
    pub(crate) texts: u64,
    /// What was wrong with its rules.
    pub(crate) problems: Vec<Problem>,
}

impl Survey<'_> {
    /// The folder to begin with.
    pub(crate) fn first(&self) -> Step {
        Step {
            path: Vec::new(),
            level: self.around.outer.above.clone(),
            tracked_only: None,
            asked_for: false,
        }
    }

    /// Opens and lists a folder, unless what is in it tells to pass it over.
    pub(crate) fn enter(&self, step: &Step) -> Result<Searched, Cause> {
        let folder = Folder::open(self.root, &step.path).map_err(Cause::failed)?;
        if self.around.device.is_some_and(|d| d != folder.device) {
            return Err(Cause::new(SkipReason::OtherDevice));
        }
        if let Some(cause) = self.by_content(&folder, step.asked_for) {
            return Err(cause);
        }
        let skip = self.around.prefix.len() + step.path.len() + usize::from(!step.path.is_empty());
        let Ruling { level, texts, problems } = folder.level(self.root, &step.level, skip);
        Ok(Searched { folder, level, tracked_only: step.tracked_only.clone(), texts, problems })
    }

    /// Why a folder that was listed is passed over because of what is in it, if it is.
    pub(crate) fn by_content(&self, folder: &Folder, asked_for: bool) -> Option<Cause> {
        if folder.path.is_empty() {
            return None;
        }
        if folder.holds(".git") {
            return Some(Cause::new(SkipReason::NestedRepository));
        }
        if self.options.skip_defaults && !asked_for {
            let name = folder.path.rsplit(|b| *b == b'/').next().unwrap_or_default();
            if let Some(rule) = defaults::folder_by_content(name, |name| folder.holds(name)) {
                return Some(Cause::by_default(rule));
            }
            if self.is_cache(folder) {
                return Some(Cause::by_default("cachedir-tag"));
            }
        }
        None
    }

    fn is_cache(&self, folder: &Folder) -> bool {
        let (name, signature) = defaults::CACHE_TAG;
        folder.holds(name)
            && RelPath::from_bytes(&folder.path_of(name.as_bytes()))
                .and_then(|tag| self.root.read(&tag, 1 << 16).ok())
                .is_some_and(|tag| tag.bytes.starts_with(signature))
    }

    /// Decides about one entry of a folder that was listed.
    pub(crate) fn judge(&self, at: &Searched, entry: &Entry) -> Judged {
        let place = Place { path: &at.folder.path, level: &at.level, tracked_only: &at.tracked_only };
        match self.rule(place, &entry.name, entry.kind, |name| at.folder.holds(name)) {
            Ruled::Enter(step) => Judged::Enter(step),
            Ruled::Skip(cause) => Judged::Skip(cause),
            Ruled::File(cause) => match at.folder.stat(entry) {
                Ok(stat) => Judged::File(Stamp::of(&stat), cause),
                Err(error) => Judged::Skip(Arc::new(Cause::failed(error))),
            },
        }
    }

    /// Decides about an entry without looking at it.
    pub(crate) fn rule(
        &self,
        at: Place<'_>,
        name: &[u8],
        kind: FileType,
        has_sibling: impl Fn(&str) -> bool,
    ) -> Ruled {
        let skip = |cause: Cause| Ruled::Skip(Arc::new(cause));
        if name == b".git" {
            return skip(Cause::new(SkipReason::GitFolder));
        }
        let is_dir = kind == FileType::Directory;
        let path = path_of(at.path, name);
        let absolute = self.absolute(&path);
        let Surroundings { outer, tracked, .. } = self.around;

        let for_tools = outer.for_tools(at.level, &absolute, is_dir);
        if let Some(hit) = for_tools.filter(|hit| !hit.kept) {
            return skip(Cause::ignored(hit));
        }
        let asked_for = for_tools.is_some();
        let mut tracked_only = at.tracked_only.clone();
        if tracked_only.is_none() && !asked_for {
            let for_git = outer.for_git(at.level, &absolute, is_dir).filter(|hit| !hit.kept);
            tracked_only = for_git.map(|hit| Arc::new(Cause::ignored(hit)));
        }
        if let Some(cause) = &tracked_only {
            let tracked = if is_dir { tracked.has_below(&path) } else { tracked.contains(&path) };
            if !tracked {
                return Ruled::Skip(cause.clone());
            }
        }
        if !asked_for {
            let by_default = match (self.options.skip_defaults, is_dir) {
                (false, _) => None,
                (true, true) => defaults::folder_by_name(name, has_sibling),
                (true, false) => defaults::file(name),
            };
            if let Some(rule) = by_default {
                return skip(Cause::by_default(rule));
            }
            if self.options.skip_hidden && defaults::is_hidden(name) {
                return skip(Cause::new(SkipReason::Hidden));
            }
        }
        match kind {
            FileType::Directory => {
                Ruled::Enter(Step { path, level: at.level.clone(), tracked_only, asked_for })
            }
            FileType::RegularFile => Ruled::File(tracked_only),
            FileType::Symlink => skip(Cause::new(SkipReason::Symlink)),
            _ => skip(Cause::new(SkipReason::Special)),
        }
    }

    /// The file at `path`, with its roles under the rules in force; `None` if no path can be made of the name.
    pub(crate) fn found(&self, level: &Level, path: &[u8], stamp: Stamp) -> Option<Found> {
        let relative = RelPath::from_bytes(path)?;
        let mut class: FileClass = classify(&relative);
        let language = attributes::apply(level, &self.absolute(path), &mut class);
        Some(Found { path: relative, stamp, class, language })
    }

    /// The absolute form of a path relative to the root.
    fn absolute(&self, path: &[u8]) -> Vec<u8> {
        [&self.around.prefix, path].concat()
    }
}

/// The path of an entry of `folder`, relative to the root.
pub(crate) fn path_of(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, &b"/"[..], name].concat() }
}
