//! `lodemap search`: where does it say so?

use crate::commands::symbols::kinds;
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use clap::Args;
use lodemap_engine::grammar::SymbolKind;
use lodemap_wire::{DEFAULT_SEARCH_HITS, Request, SearchRequest};

/// Search the text of all files: words, phrases, regular expressions
///
/// Words are wanted, not required: what has more of the rarer ones comes first, and names count more than text. A word
/// finds whole identifiers and parts of them, so `pool` finds `ConnectionPool`. Found are definitions, and what is left
/// of a file outside of them, each with the lines that say most of what was asked; with --files, whole files. Tests,
/// examples, documentation, generated and vendored files come later than equals.
///
/// In a query, `+word` is required and `-word` excluded. `"a phrase"` and `prefix*` are required; a phrase is found in
/// any case and over ends of lines, but begins and ends with whole words. `/regex/`, or `re:regex` without spaces, must
/// match in a line, in the case that is written. `-` before these excludes what has them. `kind:function`,
/// `path:src/**` and `lang:python` narrow, as the options do. A query that begins with `-` stands after `--`.
///
/// Exits with 1 where nothing is found.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # What deals with timeouts of connections
  lodemap search connection timeout
  # The files that do, for a program
  lodemap search connection timeout --files --json | jq -r '.files[].path'
  # An exact phrase, in functions below src/
  lodemap search '\"raise ValueError\"' --kind function --path 'src/**'
  # Lines that match, without those in tests
  lodemap search '/TODO|FIXME/ -path:tests/**' --limit 0")]
pub(crate) struct Search {
    /// What to search for; several are one query
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,

    /// Find files instead of definitions
    #[arg(long)]
    files: bool,

    /// Only definitions of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Option<SymbolKind>,

    /// Only in files that match the glob, as in `src/**/*.py`
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,

    /// Only in files of this language
    #[arg(long, value_name = "NAME")]
    lang: Option<String>,

    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEARCH_HITS)]
    limit: usize,
}

impl Search {
    pub(crate) fn run(&self, session: &mut Session) -> Result<Outcome, Failure> {
        session.ask(&Request::Search(SearchRequest {
            query: self.query.join(" "),
            files: self.files,
            kind: self.kind.map(|kind| kind.as_str().to_owned()),
            path: self.path.clone(),
            lang: self.lang.clone(),
            limit: self.limit,
            cursor: None,
        }))
    }
}
