//! `lodemap context`: what must be read for a task?

use crate::exit::{Failure, IO, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_daemon::paths;
use lodemap_wire::{ContextRequest, DEFAULT_CONTEXT_FILES, Request};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Show what must be read for a task
///
/// The task is any text: an issue, a message, an error with its stack trace. Its words are searched in names, paths,
/// signatures, documentation and code, what it names outright is looked up, and the best lines are shown with their
/// numbers until the budget is spent (4096 tokens, or as many as --tokens says) or more would not help.
/// Where the repository has a git history, the last 2,000 commits tell too: what was said of them, and which files they
/// changed together. No model is asked and nothing is sent anywhere.
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
    /// Where nothing did, the answer says just that. Where a daemon still holds that state, files that are as they were
    /// are named and not shown again; else all of it is printed.
    #[arg(long, value_name = "GENERATION")]
    since: Option<u64>,

    /// Print only the paths of files, best first
    #[arg(long)]
    files: bool,

    /// Name at most so many files; 0 for all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CONTEXT_FILES)]
    limit: usize,

    /// Name tests too
    #[arg(long)]
    tests: bool,
}

/// Longer tasks are cut.
const MAX_TASK: u64 = 4 << 20;

impl Context {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Context(ContextRequest {
            task: self.read_task()?,
            focus: self.focus.iter().map(|focus| session.written(focus)).collect(),
            since: self.since,
            files: self.files,
            limit: self.limit,
            tests: self.tests,
        }))
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
