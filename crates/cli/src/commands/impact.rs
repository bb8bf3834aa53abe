//! `lodemap impact`: what can this change break?

use crate::exit::{Failure, IO, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{DEFAULT_IMPACT_DEPTH, DEFAULT_IMPACT_LIMIT, ImpactRequest, MAX_DEPTH, Request};
use std::ffi::OsString;
use std::io::Read;

/// Show what a change can break, and which tests to run
///
/// What changed is given as files, folders, symbols or places, or taken from a diff, whose lines are mapped to the
/// symbols around them. From there, references of every kind that are resolved or inferred are followed backwards.
/// What is nearest comes first, then what is surest, then what matters most; the tests are the files with tests among
/// all these.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Everything that depends on a file
  lodemap impact src/pool.py
  # Who notices a change of a method, two steps away
  lodemap impact Pool.acquire --depth 2
  # The tests for what is not committed yet
  lodemap impact --diff --json | jq -r '.tests[]'
  # What a branch changes, seen from where it began
  lodemap impact --diff $(git merge-base main HEAD)
  # A diff from elsewhere
  git diff -U0 | lodemap impact --diff -")]
pub(crate) struct Impact {
    /// Files, folders, symbols or places that change
    #[arg(value_name = "PATH|SYMBOL", value_hint = ValueHint::FilePath, required_unless_present = "diff")]
    subjects: Vec<OsString>,

    /// What is different from a revision, or a diff on standard input (`-`)
    ///
    /// Without a revision, HEAD. The working tree is compared with it by git, which is kept from running anything
    /// that the repository or its configuration names; files that git does not track are not in it. A diff on
    /// standard input must lead to the files as they are now.
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "HEAD")]
    diff: Option<String>,

    /// Follow references so many steps
    #[arg(long, value_name = "N", default_value_t = DEFAULT_IMPACT_DEPTH)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DEPTH)))]
    depth: u32,

    /// At most so many affected; 0 for all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_IMPACT_LIMIT)]
    limit: usize,
}

impl Impact {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let (diff, patch) = match self.diff.as_deref() {
            Some("-") => (None, Some(read_stdin()?)),
            revision => (revision.map(str::to_owned), None),
        };
        session.ask(&Request::Impact(ImpactRequest {
            subjects: self.subjects.iter().map(|subject| session.written(subject)).collect(),
            diff,
            patch,
            depth: self.depth,
            limit: self.limit,
        }))
    }
}

fn read_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|e| Failure {
        code: IO,
        message: Some(format!("standard input cannot be read ({e}); pipe a diff into it")),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
