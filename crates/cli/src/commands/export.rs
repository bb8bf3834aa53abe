//! `lodemap export`: what is known, for other programs?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueEnum};
use lodemap_answers::{ScipOptions, export_edges, export_facts, export_scip};
use std::os::unix::ffi::OsStrExt;

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
  lodemap export facts | jq -c '{path, hash}'
  # An index for code browsers
  lodemap export scip > index.scip")]
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
    /// A SCIP index: definitions, and references that are resolved or inferred
    Scip,
}

impl Export {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        if matches!(self.format, Format::Scip) && session.out.is_terminal() {
            return Err(Failure::usage("a SCIP index is no text; write it to a file, as in `> index.scip`"));
        }
        let repository = session.open()?;
        let snapshot = repository.snapshot();
        session.out.stream(|out| match self.format {
            Format::Facts => export_facts(&snapshot, out),
            Format::Edges => export_edges(&snapshot, out),
            Format::Dump => snapshot.dump(out),
            Format::Scip => {
                let root = repository.root().as_os_str().as_bytes();
                let read = |path: &_| repository.read(path);
                export_scip(
                    &snapshot,
                    &ScipOptions { root, version: env!("CARGO_PKG_VERSION"), read: &read },
                    out,
                )
            }
        })?;
        Ok(Outcome::Answered)
    }
}
