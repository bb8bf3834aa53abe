//! `lodemap deps`: what does this file depend on, and what depends on it?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{DependenciesRequest, Request};
use std::ffi::OsString;

/// Show the files that a file depends on, and those that depend on it
///
/// Only resolved references count; a name that merely occurs elsewhere makes no dependency. With --json each
/// file carries the tier of the surest reference.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Both directions
  lodemap deps src/pool/conn.py
  # Who would notice a change
  lodemap deps src/lib.rs --json | jq -r '.importers[].path'")]
pub(crate) struct Deps {
    /// The file, relative to the root or to the current folder
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    path: OsString,
}

impl Deps {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Dependencies(DependenciesRequest { path: session.written(&self.path) }))
    }
}
