//! `lodemap map`: which files and symbols matter most?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::{Args, ValueHint};
use lodemap_answers::{MapOptions, map};
use std::ffi::{OsStr, OsString};
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
}

/// What a model reads without losing sight of its task.
const DEFAULT_TOKENS: usize = 4096;

impl Map {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.root_argument(self.repository.as_ref())?;
        let repository = session.open()?;
        let snapshot = repository.snapshot();
        let focus = |argument: &OsString| match session.known_path(repository, &snapshot, argument) {
            Some(path) => path.to_string(),
            None => OsStr::to_string_lossy(argument).into_owned(),
        };
        let options = MapOptions {
            tokens: session.common.tokens.unwrap_or(DEFAULT_TOKENS),
            tokenizer: session.common.tokenizer,
            focus: self.focus.iter().map(focus).collect(),
            mention: self.mention.clone(),
        };
        let answer = repository.install(|| map(&snapshot, &options))?;
        session.out.answer(repository.generation().0, &answer, |a| a.text())?;
        if answer.files.is_empty() && answer.omitted.files == 0 {
            return Ok(
                session.nothing("no file is indexed here; `lodemap status` tells what was passed over")
            );
        }
        Ok(Outcome::Answered)
    }
}
