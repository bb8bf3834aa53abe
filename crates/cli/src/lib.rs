//! How does a person or a script ask?
//!
//! The command line: raw arguments in `args` and `commands`, one file a command, become one call of `answers`
//! or `host` each, and their answers are printed by `output` alone.
//!
//! # Invariants
//! - Data goes to stdout, everything else to stderr; with `--json` stdout holds one object, or one a line.
//! - The exit code is one of [`EXIT_CODES`].
//! - A flag is defined once: help, man pages, completions and `docs/cli/` come from [`command`].
//! - Nothing is answered here that another surface would have to answer again.

mod args;
mod checks;
mod commands;
mod common;
mod daemon;
mod event_log;
mod exit;
mod interrupt;
mod isolation;
mod output;
mod progress;
mod session;
mod setup;

use clap::{CommandFactory, Parser};
use lodemap_host::{WORKER_COMMAND, serve_worker};
use std::ffi::OsString;

pub use exit::EXIT_CODES;

/// Runs the command line, prints its answer, and returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    // Before anything else: a worker is started for a few milliseconds of work.
    if let [_, command, rest @ ..] = args.as_slice()
        && command == WORKER_COMMAND
    {
        return serve_worker(rest);
    }
    let cli = match args::Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers too; clap knows where each belongs. A closed pipe is no concern.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE } else { exit::ANSWERED };
        }
    };
    // Whatever is written is nobody else's, also what libraries write.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    if cli.command.may_be_cut_off() {
        interrupt::listen();
    }
    let mut session = session::Session::new(cli.common);
    let result = cli.command.run(&mut session).and_then(|outcome| session.out.finish().map(|()| outcome));
    session.save();
    match result {
        Ok(exit::Outcome::Answered) => exit::ANSWERED,
        Ok(exit::Outcome::NothingFound) => exit::NOTHING_FOUND,
        Err(failure) => {
            if let Some(message) = &failure.message {
                session.out.error(message);
            }
            failure.code
        }
    }
}

/// The definition of the command line, from which everything written about it is generated.
pub fn command() -> clap::Command {
    args::Cli::command()
}
