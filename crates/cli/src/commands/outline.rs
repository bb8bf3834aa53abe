//! `lodemap outline`: what is in this file?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{OutlineRequest, Request};
use std::ffi::OsString;

/// Show the definitions of one file, nested as in the text
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Classes, methods and functions with their lines
  lodemap outline src/pool/conn.py
  # The names at the top level
  lodemap outline src/lib.rs --json | jq -r '.symbols[].name'")]
pub(crate) struct Outline {
    /// The file, relative to the root or to the current folder
    #[arg(value_name = "PATH", value_hint = ValueHint::FilePath)]
    path: OsString,
}

impl Outline {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Outline(OutlineRequest { path: session.written(&self.path) }))
    }
}
