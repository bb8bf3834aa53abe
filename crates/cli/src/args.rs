//! What can be asked on the command line?

use crate::commands::Command;
use crate::common::Common;
use clap::Parser;

/// Repository maps, symbols and dependencies for coding agents and people
///
/// Lodemap reads a repository, finds what is defined in it, what refers to what, and what matters most.
/// It never runs anything from the repository, and `setup` alone writes into it, when it is told to.
#[derive(Debug, Parser)]
#[command(
    name = "lodemap",
    version,
    after_help = AFTER_HELP,
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 79,
    subcommand_required = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) common: Common,
}

const AFTER_HELP: &str = "\
Examples:
  # The map of the repository around you, within 4096 tokens
  lodemap map
  # The map as it looks from one file, for a program to read
  lodemap map --focus src/main.rs --tokens 1024 --json
  # Where something is defined
  lodemap symbols acquire

Exit codes:
  0 answered, 1 nothing found, 2 wrong usage, 3 index unusable,
  4 reading or writing failed, 75 busy, 130 interrupted";
