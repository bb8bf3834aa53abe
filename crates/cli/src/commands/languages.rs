//! `lodemap languages`: what is understood?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use lodemap_wire::{LanguagesRequest, Request};

/// List the supported languages, and how deep each is understood
///
/// `full`: scopes, imports and names are resolved to definitions.
/// `files`: imports lead to files, and names are resolved where they are imported by name.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # A table
  lodemap languages
  # File name endings of one language
  lodemap languages --json | jq '.languages[] | select(.name == \"python\").extensions'")]
pub(crate) struct Languages {}

impl Languages {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Languages(LanguagesRequest {}))
    }
}
