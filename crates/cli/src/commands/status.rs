//! `lodemap status`: is all well, and why is this file not there?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{Request, StatusRequest};
use std::ffi::OsString;

/// Tell what is indexed, what is not, and why
///
/// Lists the files that were kept from the parser, those that are indexed only in part or could not be read,
/// and what was passed over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Health and coverage of the repository around you
  lodemap status
  # Why a file is, or is not, indexed
  lodemap status --why vendor/lib.js
  # Quarantined files for a program
  lodemap status --json | jq '.quarantined'")]
pub(crate) struct Status {
    /// Explain why a path is or is not indexed
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    why: Option<OsString>,
}

impl Status {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let why = self.why.as_ref().map(|why| session.written(why));
        session.ask(&Request::Status(StatusRequest { why }))
    }
}
