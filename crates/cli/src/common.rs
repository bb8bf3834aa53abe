//! Which options does every command take?
//!
//! All of them are accepted by every command, before or after its name, even where one has nothing to decide
//! yet: scripts can pass the same ones everywhere.

use clap::{Args, ValueHint};
use lodemap_answers::Tokenizer;
use std::path::PathBuf;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// The repository's root folder
    ///
    /// Without it, the nearest folder upwards that holds `.git` or `lodemap.toml` is taken, else the current
    /// one.
    #[arg(short = 'C', long, value_name = "DIR", global = true, value_hint = ValueHint::DirPath)]
    pub(crate) root: Option<PathBuf>,

    /// Print one JSON object instead of text
    ///
    /// It has "schema": 1 and the "generation" of the index beside the answer's own keys; streams are one
    /// object a line. Lines count from 1, columns from 1 in bytes, paths are relative to the root.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Print at most so many tokens
    ///
    /// They are counted exactly, over the text with its last line. With --json the answer holds the same
    /// selection.
    #[arg(long, value_name = "N", global = true)]
    pub(crate) tokens: Option<usize>,

    /// How tokens are counted
    #[arg(long, value_name = "NAME", global = true, default_value = "o200k")]
    #[arg(value_parser = parse_tokenizer_values())]
    pub(crate) tokenizer: Tokenizer,

    /// Print no progress and no remarks
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Use at most so many threads
    #[arg(short, long, value_name = "N", global = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,

    /// Answer in this process, without a daemon
    #[arg(long, global = true)]
    pub(crate) no_daemon: bool,

    /// Neither use nor write a stored index
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,

    /// Allow roots such as / and the home folder
    #[arg(long, global = true)]
    pub(crate) allow_root: bool,
}

/// The names are listed in help and completions; [`Tokenizer::parse`] knows them.
fn parse_tokenizer_values() -> impl clap::builder::TypedValueParser<Value = Tokenizer> {
    use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
    let values = [
        PossibleValue::new("o200k").alias("o200k_base").help("GPT-4o and later"),
        PossibleValue::new("cl100k").alias("cl100k_base").help("GPT-4 and GPT-3.5"),
    ];
    PossibleValuesParser::new(values)
        .map(|name| Tokenizer::parse(&name).expect("because the parser lists known names only"))
}
