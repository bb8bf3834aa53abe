//! `lodemap verify`: is the index what a fresh start would give?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;

/// Compare the index with a from-scratch build of the working tree
///
/// The build reads nothing but the working tree, and the index is counted anew row by row. Exits with 1 where the
/// two differ, and shows the first differences. `lodemap watch --verify` does it for each state that is published.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # The repository around you
  lodemap verify
  # Only the verdict, for a script
  lodemap verify --json | jq .equal")]
pub(crate) struct Verify {}

impl Verify {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let repository = session.open()?;
        let bar = crate::progress::Bar::new(session.common.quiet);
        let verified = repository.verify(&session.open_options(), &bar)?;
        session.answer(repository.generation().0, &verified, |v| v.text())?;
        Ok(if verified.equal { Outcome::Answered } else { Outcome::NothingFound })
    }
}
