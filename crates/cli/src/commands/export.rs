//! `lodemap export`: what is known, for other programs?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueEnum};
use lodemap_answers::{export_edges, export_facts};

/// Print everything that is known, in a format for programs
///
/// Formats for programs are complete: --tokens does not cut them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Every resolved reference, one JSON object a line
  lodemap export edges > edges.ndjson
  # Whether two checkouts are the same to Lodemap
  diff <(lodemap export dump -C a) <(lodemap export dump -C b)
  # The five hashes of each file
  lodemap export facts | jq -c '{path, hash}'")]
pub(crate) struct Export {
    /// What to print
    #[arg(value_enum, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One JSON object a file: symbols, imports, hashes, problems
    Facts,
    /// One JSON object for each reference that leads into the repository
    Edges,
    /// The canonical dump: equal states have equal dumps, byte for byte
    Dump,
}

impl Export {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let repository = session.open()?;
        let snapshot = repository.snapshot();
        session.out.stream(|out| match self.format {
            Format::Facts => export_facts(&snapshot, out),
            Format::Edges => export_edges(&snapshot, out),
            Format::Dump => snapshot.dump(out),
        })?;
        Ok(Outcome::Answered)
    }
}
