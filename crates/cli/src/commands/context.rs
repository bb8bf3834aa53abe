//! `lodemap context`: what must be read for a task?

use crate::exit::{Failure, IO, Outcome};
use crate::paths;
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_answers::{ContextAnswer, ContextOptions, context};
use serde::Serialize;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Show what must be read for a task
///
/// The task is any text: an issue, a message, an error with its stack trace. Its words are searched in names, paths,
/// signatures, documentation and code, what it names outright is looked up, and the best lines are shown with their
/// numbers until the budget is spent (4096 tokens, or as many as --tokens says) or more would not help.
/// No model is asked and nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # What an issue is about
  lodemap context --task-file issue.md --tokens 8000
  # A question in a few words
  lodemap context --task 'timeout in Pool.acquire after fork'
  # What a failing test says
  cargo test 2>&1 | lodemap context -
  # The ten files that matter most, for a program
  lodemap context --task-file issue.md --files --limit 10")]
pub(crate) struct Context {
    /// `-`: read the task from standard input
    #[arg(value_name = "-", value_parser = ["-"])]
    stdin: Option<String>,

    /// The task itself
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["task_file", "stdin"])]
    task: Option<String>,

    /// A file with the task
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "stdin")]
    task_file: Option<PathBuf>,

    /// Count a file, folder or symbol as if the task named it
    ///
    /// Can be repeated.
    #[arg(long, value_name = "PATH|SYMBOL")]
    focus: Vec<OsString>,

    /// Print only what changed since this generation of the index
    ///
    /// Where nothing did, the answer says just that; where the generation is another one, all of it is printed.
    #[arg(long, value_name = "GENERATION")]
    since: Option<u64>,

    /// Print only the paths of files, best first
    #[arg(long)]
    files: bool,

    /// Name at most so many files; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    /// Name tests too
    #[arg(long)]
    tests: bool,
}

/// What a model reads without losing sight of its task.
const DEFAULT_TOKENS: usize = 4096;
/// Longer tasks are cut.
const MAX_TASK: u64 = 4 << 20;

/// The answer, and whether it is of the newest state.
#[derive(Serialize)]
struct Dated<'a> {
    #[serde(flatten)]
    answer: &'a ContextAnswer,
    stale: bool,
    pending: usize,
    /// Whether the generation that was named is the one this answer is compared with; it is not where all is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_known: Option<bool>,
}

/// What is said where the asker has seen the newest state.
#[derive(Serialize)]
struct Unchanged {
    since: u64,
    unchanged: bool,
}

impl Context {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let task = self.read_task()?;
        if task.trim().is_empty() {
            return Err(Failure::usage(
                "the task is empty; give it with --task TEXT, --task-file FILE, or on standard input with -"
                    .to_owned(),
            ));
        }
        let repository = session.open()?;
        let snapshot = repository.snapshot();
        let generation = repository.generation().0;
        if self.since.is_some_and(|since| since == generation && generation > 0) {
            let unchanged = Unchanged { since: generation, unchanged: true };
            session.answer(generation, &unchanged, |u| {
                format!("# nothing changed since generation {}\n", u.since)
            })?;
            return Ok(Outcome::Answered);
        }
        let searchable = repository.searchable(&snapshot)?;
        let focus = |argument: &OsString| match session.known_path(repository, &snapshot, argument) {
            Some(path) => path.to_string(),
            None => argument.to_string_lossy().into_owned(),
        };
        let options = ContextOptions {
            task,
            tokens: session.common.tokens.unwrap_or(if self.files { usize::MAX } else { DEFAULT_TOKENS }),
            tokenizer: session.common.tokenizer,
            focus: self.focus.iter().map(focus).collect(),
            limit: self.limit,
            tests: self.tests,
            files_only: self.files,
        };
        let past = repository.past();
        let text = |file: &_| repository.text(file);
        let answer =
            repository.install(|| context(&snapshot, &searchable.view, past.as_deref(), &options, &text))?;
        let since_known = self.since.map(|_| false);
        let dated = Dated {
            answer: &answer,
            stale: searchable.pending > 0,
            pending: searchable.pending,
            since_known,
        };
        session.answer(repository.generation().0, &dated, |dated| dated.answer.text())?;
        if answer.files.is_empty() {
            return Ok(
                session.nothing("nothing here contains a word of the task; name a file or symbol of it")
            );
        }
        Ok(Outcome::Answered)
    }

    fn read_task(&self) -> Result<String, Failure> {
        let failed = |what: String, e: std::io::Error| Failure {
            code: IO,
            message: Some(format!("{what} cannot be read ({e}); give the task with --task TEXT")),
        };
        let mut bytes = Vec::new();
        match (&self.task, &self.task_file, &self.stdin) {
            (Some(task), ..) => return Ok(task.clone()),
            (None, Some(path), _) => {
                let shown = paths::display(path.as_os_str());
                let file = File::open(path).map_err(|e| failed(shown.clone(), e))?;
                file.take(MAX_TASK).read_to_end(&mut bytes).map_err(|e| failed(shown, e))?;
            }
            (None, None, Some(_)) => {
                let read = std::io::stdin().take(MAX_TASK).read_to_end(&mut bytes);
                read.map_err(|e| failed("standard input".to_owned(), e))?;
            }
            (None, None, None) => {
                return Err(Failure::usage(
                    "there is no task; give it with --task TEXT, --task-file FILE, or on standard input with -"
                        .to_owned(),
                ));
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
