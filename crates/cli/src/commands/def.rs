//! `lodemap def`: where is it defined?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{DefinitionRequest, Request};
use std::ffi::OsString;

/// Show where a name, or what stands at a place, is defined
///
/// A name is plain (`acquire`), qualified (`Pool.acquire`, `Pool::acquire`) or an id as answers print it
/// (`src/pool.py#Pool.acquire`); all that are so called are listed, the most important first. At a place, the
/// reference there is followed through imports and re-exports to the definition itself; columns count bytes from 1,
/// and without a column all references of the line are followed. Each target says how sure it is, and by which rule
/// it was found.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # By name
  lodemap def Pool.acquire
  # What is called in line 12, column 9
  lodemap def src/client.py:12:9
  # With its code
  lodemap def Pool.acquire --code
  # Where everything in a line comes from, for a program
  lodemap def src/client.py:12 --json | jq -r '.targets[] | .id'")]
pub(crate) struct Def {
    /// A name, an id, or a place
    #[arg(value_name = "NAME|PATH:LINE:COL", value_hint = ValueHint::FilePath)]
    subject: OsString,

    /// Show the code of the first of them too
    ///
    /// Of a long definition that holds others, only the lines with which these begin.
    #[arg(long)]
    code: bool,
}

impl Def {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let subject = session.written(&self.subject);
        session.ask(&Request::Definition(DefinitionRequest { subject, code: self.code }))
    }
}
