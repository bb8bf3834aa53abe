//! What does a command need to do its work?
//!
//! The common options, resolved; the way out for answers; and the repository, once it is asked for.

use crate::common::Common;
use crate::daemon;
use crate::exit::{Failure, Outcome};
use crate::isolation::isolation;
use crate::output::Output;
use crate::progress::Bar;
use lodemap_daemon::{Asker, Ground, answer, answer_kept, answer_without, check, fit_text, paths};
use lodemap_host::{Kept, OpenOptions, RelPath, Repository};
use lodemap_wire::{Format, Request, Response, Terms};
use serde::Serialize;
use std::cell::Cell;
use std::ffi::OsStr;
use std::path::PathBuf;

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

    /// Answers a question, here or by a daemon.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Outcome, Failure> {
        check(request)?;
        let response = self.response(request)?;
        self.out.response(&response)?;
        match (&response.note, response.found) {
            (Some(note), _) => Ok(self.nothing(note)),
            (None, false) => Ok(Outcome::NothingFound),
            (None, true) => Ok(Outcome::Answered),
        }
    }

    fn response(&self, request: &Request) -> Result<Response, Failure> {
        let terms = self.terms();
        if let Some(response) = answer_without(request, &terms)? {
            return Ok(response);
        }
        let options = self.open_options();
        let root = options.root.clone().unwrap_or_else(|| self.nearest_root());
        if let Some(answered) =
            daemon::ask((&self.common, &self.out), options.cache.as_deref(), &root, request, &terms)
        {
            return Ok(answered?);
        }
        // What was kept answers by itself, if nothing changed since.
        if matches!(request, Request::Symbols(_))
            && let Some(kept) = self.kept()?
            && let Some(response) = answer_kept(&kept, request, &terms)?
        {
            return Ok(response);
        }
        let repository = self.open()?;
        let folder = std::env::current_dir().ok();
        let asker = Asker::new(&terms, folder.as_deref());
        Ok(answer(&Ground::Opened(repository), request, asker)?)
    }

    /// What the common options say of the answer.
    fn terms(&self) -> Terms {
        Terms {
            tokens: self.common.tokens,
            tokenizer: self.common.tokenizer,
            format: if self.common.json { Format::Json } else { Format::Text },
            ..Terms::default()
        }
    }

    /// An argument as a request has it. What is not UTF-8 is written as answers print it, if it can mean a path.
    pub(crate) fn written(&self, argument: &OsStr) -> String {
        if let Some(text) = argument.to_str() {
            return text.to_owned();
        }
        let root = self.common.root.clone().unwrap_or_else(|| self.nearest_root());
        let root = root.canonicalize().unwrap_or(root);
        let readings = paths::readings(argument, &root, std::env::current_dir().ok().as_deref());
        let is_there = |path: &&RelPath| root.join(path.to_os()).symlink_metadata().is_ok();
        let meant = readings.iter().find(is_there).or(readings.first());
        meant.map_or_else(|| paths::display(argument), RelPath::to_string)
    }

    /// Says why an answer has nothing in it, and that it has not.
    pub(crate) fn nothing(&self, message: &str) -> Outcome {
        self.out.note(message);
        Outcome::NothingFound
    }
}

/// The folder for everything that can be worked out again: `$XDG_CACHE_HOME/lodemap`, or `~/.cache/lodemap`.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("lodemap"))
}
