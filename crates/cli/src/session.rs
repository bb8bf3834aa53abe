//! What does a command need to do its work?
//!
//! The common options, resolved; the way out for answers; and the repository, once it is asked for.

use crate::budget::{List, fit, fit_text};
use crate::common::Common;
use crate::exit::{Failure, Outcome};
use crate::isolation::isolation;
use crate::output::Output;
use crate::paths;
use crate::progress::Bar;
use lodemap_answers::Subject;
use lodemap_base::RelPath;
use lodemap_host::Snapshot;
use lodemap_host::{Kept, OpenOptions, Repository};
use serde::Serialize;
use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(crate) struct Session {
    pub(crate) common: Common,
    pub(crate) out: Output,
    /// Parse everything, whatever is known.
    pub(crate) anew: bool,
    opened: Cell<Option<&'static Repository>>,
}

impl Session {
    pub(crate) fn new(common: Common) -> Self {
        let out = Output::new(common.json, common.quiet);
        Self { common, out, anew: false, opened: Cell::new(None) }
    }

    /// Keeps what was learnt for the next time, once the answer is out.
    pub(crate) fn save(&self) {
        if let Some(repository) = self.opened.get() {
            repository.save();
        }
    }

    /// Takes the root from a positional argument, for the commands that have one.
    pub(crate) fn root_argument(&mut self, root: Option<&PathBuf>) -> Result<(), Failure> {
        let Some(root) = root else { return Ok(()) };
        if self.common.root.is_some() {
            return Err(Failure::usage(format!(
                "the root is given twice, as {} and with --root; give it once",
                paths::display(root.as_os_str())
            )));
        }
        self.common.root = Some(root.clone());
        Ok(())
    }

    /// The root around the current folder.
    pub(crate) fn nearest_root(&self) -> PathBuf {
        lodemap_host::nearest_root()
    }

    /// Opens the repository and brings its index up to date.
    ///
    /// It is never closed: the process ends with its answer, and the system frees a large index faster than we.
    pub(crate) fn open(&self) -> Result<&'static Repository, Failure> {
        let bar = Bar::new(self.common.quiet);
        let repository: &'static Repository =
            Box::leak(Box::new(Repository::open(&self.open_options(), &bar)?));
        self.opened.set(Some(repository));
        Ok(repository)
    }

    /// What was kept of the repository, if nothing changed since: some questions need no more.
    pub(crate) fn kept(&self) -> Result<Option<Kept>, Failure> {
        Ok(Kept::open(&self.open_options())?)
    }

    /// What the common options say of how to open it.
    pub(crate) fn open_options(&self) -> OpenOptions {
        OpenOptions {
            root: self.common.root.clone(),
            allow_root: self.common.allow_root,
            jobs: self.common.jobs.map_or(0, usize::from),
            cache: if self.common.no_cache { None } else { cache_folder() },
            anew: self.anew,
            isolation: isolation(),
        }
    }

    /// Prints an answer; its text is cut to the budget, if there is one.
    pub(crate) fn answer<T: Serialize>(
        &mut self,
        generation: u64,
        answer: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), Failure> {
        let (budget, tokenizer) = (self.common.tokens, self.common.tokenizer);
        let text = if self.common.json { String::new() } else { fit_text(text(answer), budget, tokenizer)? };
        self.out.answer(generation, answer, |_| text)
    }

    /// Prints a list, shortened to the budget, if there is one.
    pub(crate) fn list<T: List>(&mut self, generation: u64, answer: T) -> Result<(), Failure> {
        let fitted = fit(answer, self.common.tokens, self.common.tokenizer)?;
        self.out.answer(generation, &fitted, |f| f.text.clone())
    }

    /// Prints a list, and says what it means if there is nothing in it.
    pub(crate) fn found<T: List>(
        &mut self,
        generation: u64,
        answer: T,
        found: bool,
        nothing: &str,
    ) -> Result<Outcome, Failure> {
        self.list(generation, answer)?;
        Ok(if found { Outcome::Answered } else { self.nothing(nothing) })
    }

    /// What an argument is about: a name, a path, or a place in a file.
    pub(crate) fn subject(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        argument: &OsStr,
    ) -> Result<Subject, Failure> {
        let text = argument.to_str().map_or_else(|| paths::display(argument), str::to_owned);
        if let Some(path) = self.known_path(repository, snapshot, argument) {
            return Ok(Subject::Path(path, text));
        }
        let known = |path: &str| self.known_path(repository, snapshot, OsStr::new(path));
        Ok(Subject::parse(&text, known)?)
    }

    /// The file or folder that an argument means, if it is indexed.
    pub(crate) fn known_path(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        argument: &OsStr,
    ) -> Option<RelPath> {
        let current = std::env::current_dir().ok();
        let mut readings = paths::readings(argument, repository.root(), current.as_deref()).into_iter();
        readings.find(|path| paths::is_known(snapshot, path))
    }

    /// The file that a path argument means.
    pub(crate) fn path(
        &self,
        repository: &Repository,
        snapshot: &Snapshot,
        argument: &OsStr,
    ) -> Result<RelPath, Failure> {
        let current = std::env::current_dir().ok();
        paths::resolve(snapshot, argument, repository.root(), current.as_deref())
            .ok_or_else(|| outside(argument, repository.root()))
    }

    /// Says why an answer has nothing in it, and that it has not.
    pub(crate) fn nothing(&self, message: &str) -> Outcome {
        self.out.note(message);
        Outcome::NothingFound
    }
}

fn outside(argument: &OsStr, root: &Path) -> Failure {
    let root = root.file_name().unwrap_or(root.as_os_str());
    Failure::usage(format!(
        "{} lies outside the repository {}; give a path relative to its root, or another root with -C",
        paths::display(argument),
        paths::display(root)
    ))
}

/// The folder for everything that can be worked out again: `$XDG_CACHE_HOME/lodemap`, or `~/.cache/lodemap`.
fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("lodemap"))
}
