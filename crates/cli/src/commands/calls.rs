//! `lodemap callers` and `lodemap callees`: who calls it, and whom does it call?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{CallsRequest, DEFAULT_DEPTH, DEFAULT_REFS, MAX_DEPTH, Request};
use std::ffi::OsString;

/// Show who calls a function, and who calls them
///
/// A tree with the lines of the calls. Calling a class, a macro, and using a decorator are calls too. Only calls that
/// are resolved or inferred are followed; those that only share a name are listed apart, as possible. What is shown
/// elsewhere already is not followed again. Exits with 1 where nothing calls it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Direct callers
  lodemap callers Pool.acquire
  # Three steps up, from a place in a file
  lodemap callers src/pool.py:7 --depth 3
  # Files with calls, for a program
  lodemap callers Pool.acquire --json | jq -r '.calls[].path'")]
pub(crate) struct Callers {
    #[command(flatten)]
    question: Question,
}

/// Show what a function calls, and what that calls
///
/// A tree with the lines of the calls, those in inner functions included; for a class the calls of its methods. Only
/// calls that are resolved or inferred are followed; those that only share a name are listed apart, as possible. What
/// leads out of the repository is not shown. Exits with 1 where it calls nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Direct callees
  lodemap callees Pool.acquire
  # Two steps down
  lodemap callees main --depth 2
  # Their ids, for a program
  lodemap callees main --json | jq -r '.calls[].to'")]
pub(crate) struct Callees {
    #[command(flatten)]
    question: Question,
}

#[derive(Debug, Args)]
struct Question {
    /// A name, an id, or a place
    #[arg(value_name = "NAME|PATH:LINE:COL", value_hint = ValueHint::FilePath)]
    subject: OsString,

    /// Follow calls so many steps
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DEPTH)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DEPTH)))]
    depth: u32,

    /// At most so many calls; 0 for all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_REFS)]
    limit: usize,
}

impl Callers {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Callers(self.question.request(session)))
    }
}

impl Callees {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Callees(self.question.request(session)))
    }
}

impl Question {
    fn request(&self, session: &Session) -> CallsRequest {
        CallsRequest {
            subject: session.written(&self.subject),
            depth: self.depth,
            limit: self.limit,
            cursor: None,
        }
    }
}
