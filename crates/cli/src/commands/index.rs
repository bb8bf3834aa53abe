//! `lodemap index`: what is there, and what does it cost to know?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use std::path::PathBuf;

/// Index a repository and print statistics
///
/// Prints files, symbols, references and edges, the seconds of each stage, the peak memory, and the digest of
/// the whole state. Two states are equal exactly when their digests are.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Index the repository around you
  lodemap index
  # Index another one from scratch, on two threads
  lodemap index ~/src/linux --full --jobs 2
  # The digest alone
  lodemap index --json | jq -r .digest")]
pub(crate) struct Index {
    /// The repository's root folder, the same as --root
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    repository: Option<PathBuf>,

    /// Build from scratch, whatever is known already
    #[arg(long)]
    full: bool,
}

impl Index {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.root_argument(self.repository.as_ref())?;
        session.anew = self.full;
        if let Some(kept) = session.kept()?
            && let Some(stats) = kept.stats()
        {
            session.answer(kept.generation(), &stats, |s| s.text())?;
            return Ok(Outcome::Answered);
        }
        let repository = session.open()?;
        if !session.common.no_cache {
            // Words are of use to later questions only.
            repository.searchable(&repository.snapshot())?;
        }
        session.answer(repository.generation().0, &repository.stats(), |s| s.text())?;
        Ok(Outcome::Answered)
    }
}
