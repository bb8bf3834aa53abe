//! `lodemap symbols`: what is defined, and where?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use lodemap_answers::{SymbolsAnswer, SymbolsOptions, symbols};
use lodemap_engine::grammar::SymbolKind;

/// List definitions, by name if one is given
///
/// A name matches exactly, as a beginning, as a part, or by letters in order, and the best matches come first;
/// among equals the more important. `Pool.acquire` and `Pool::acquire` both look inside `Pool`. Without a name,
/// the most important definitions are listed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # Everything called like acquire
  lodemap symbols acquire
  # The ten most important classes below src/
  lodemap symbols --kind class --path 'src/**' --limit 10
  # Paths and lines for a program
  lodemap symbols Pool.acquire --json | jq '.symbols[] | {path, line}'")]
pub(crate) struct Symbols {
    /// A name, or letters of it in order
    query: Option<String>,

    /// Only definitions of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Option<SymbolKind>,

    /// Only in files that match the glob, as in `src/**/*.py`
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,

    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(crate) fn kinds() -> impl TypedValueParser<Value = SymbolKind> {
    PossibleValuesParser::new(SymbolKind::ALL.map(SymbolKind::as_str))
        .map(|word| SymbolKind::parse(&word).expect("because the parser lists known kinds only"))
}

impl Symbols {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        let options = SymbolsOptions {
            query: self.query.clone(),
            kind: self.kind,
            path: self.path.clone(),
            limit: self.limit,
        };
        let (generation, answer) = self.answer(session, &options)?;
        let found = !answer.symbols.is_empty();
        session.list(generation, answer)?;
        if found {
            return Ok(Outcome::Answered);
        }
        Ok(session.nothing(match &self.query {
            Some(_) => "no definition matches; try fewer letters of the name, or fewer restrictions",
            None => "nothing is defined here; `lodemap status` tells what was passed over",
        }))
    }

    fn answer(&self, session: &Session, options: &SymbolsOptions) -> Result<(u64, SymbolsAnswer), Failure> {
        if let Some(kept) = session.kept()?
            && let Some(answer) = kept.symbols(options)?
        {
            return Ok((kept.generation(), answer));
        }
        let repository = session.open()?;
        let snapshot = repository.snapshot();
        let answer = repository.install(|| symbols(&snapshot, options))?;
        Ok((repository.generation().0, answer))
    }
}
