//! `lodemap refs`: who refers to it?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{DEFAULT_REFS, ReferencesRequest, Request};
use std::ffi::OsString;

/// Show who refers to a definition
///
/// Takes a name, an id, or a place in a file: the definition there, else what the reference there leads to. A path
/// alone asks who refers to the file as a module. References that follow from scopes, imports and types come first;
/// those that only share a name are listed apart, as possible. Exits with 1 where nothing refers to it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # By name
  lodemap refs Pool.acquire
  # By the place of the definition, or of any reference
  lodemap refs src/pool.py:7:9
  # Only what is sure, for a program
  lodemap refs Pool --json | jq '.references[] | select(.tier == \"resolved\")'")]
pub(crate) struct Refs {
    /// A name, an id, or a place
    #[arg(value_name = "NAME|PATH:LINE:COL", value_hint = ValueHint::FilePath)]
    subject: OsString,

    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_REFS)]
    limit: usize,
}

impl Refs {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let subject = session.written(&self.subject);
        session.ask(&Request::References(ReferencesRequest { subject, limit: self.limit, cursor: None }))
    }
}
