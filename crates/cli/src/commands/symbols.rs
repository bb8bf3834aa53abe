//! `lodemap symbols`: what is defined, and where?

use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use lodemap_engine::grammar::SymbolKind;
use lodemap_wire::{DEFAULT_SYMBOLS, Request, SymbolsRequest};

/// List definitions, by name if one is given
///
/// A name matches exactly, as a beginning, as a part, or by letters in order of which the first begins one of its
/// words (`usr` for `get_user`), and the best matches come first; among equals the more important. `Pool.acquire` and
/// `Pool::acquire` both look inside `Pool`. Without a name, the most important definitions are listed.
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
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SYMBOLS)]
    limit: usize,
}

pub(crate) fn kinds() -> impl TypedValueParser<Value = SymbolKind> {
    PossibleValuesParser::new(SymbolKind::ALL.map(SymbolKind::as_str))
        .map(|word| SymbolKind::parse(&word).expect("because the parser lists known kinds only"))
}

impl Symbols {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Symbols(SymbolsRequest {
            query: self.query.clone(),
            kind: self.kind.map(|kind| kind.as_str().to_owned()),
            path: self.path.clone(),
            limit: self.limit,
            cursor: None,
        }))
    }
}
