//! `lodemap map`: which files and symbols matter most?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_wire::{MapRequest, Request};
use std::ffi::OsString;
use std::path::PathBuf;

/// Show the most important files and their key symbols
///
/// Files and symbols are ranked by what refers to them, and printed with signatures and line numbers until the
/// budget is spent: 4096 tokens, or as many as --tokens says. The last line says what was cut.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # The map of the repository around you
  lodemap map
  # A small map of another repository
  lodemap map ~/src/django --tokens 1024
  # As seen from a file and a class
  lodemap map --focus src/pool/conn.py --focus Pool
  # As seen from the text of a bug report
  lodemap map --mention \"timeout in Pool.acquire after fork\"")]
pub(crate) struct Map {
    /// The repository's root folder, the same as --root
    #[arg(value_name = "ROOT", value_hint = ValueHint::DirPath)]
    repository: Option<PathBuf>,

    /// Rank by nearness to a file, folder or symbol
    ///
    /// A file or folder by its path, a symbol by its name (`Pool.acquire`) or its id (`src/pool.py#Pool`). Can
    /// be repeated.
    #[arg(long, value_name = "PATH|SYMBOL")]
    focus: Vec<OsString>,

    /// Rank by nearness to the names in a text
    ///
    /// Names that are rare in the repository weigh more. Can be repeated.
    #[arg(long, value_name = "TEXT")]
    mention: Vec<String>,

    /// Name files, and show nothing of them
    ///
    /// Every indexed file by its importance, those that are read as text alone included.
    #[arg(long)]
    files: bool,
}

impl Map {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.root_argument(self.repository.as_ref())?;
        session.ask(&Request::Map(MapRequest {
            focus: self.focus.iter().map(|focus| session.written(focus)).collect(),
            mention: self.mention.clone(),
            files: self.files,
        }))
    }
}
