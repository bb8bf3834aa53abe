//! Which chores does the repository do for itself?
//!
//! `cargo xtask NAME` runs one of them; each has a file of its own.
//! To add one: write its file with a `run(root, args)`, and give it a line in `run` and in `USAGE`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a chore is for")]
#![allow(clippy::disallowed_methods, reason = "chores read the repository and start cargo")]

mod docgen;
mod eval;
mod query_check;
mod release;
mod replay;
mod soak;
mod tidy;
mod typeshed;

use anyhow::{Result, bail};
use mimalloc::MiMalloc;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// That of the product, whose times are measured here.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const USAGE: &str = "\
usage: cargo xtask NAME [ARGUMENTS]

  docgen [--check]      docs/cli/ and docs/languages.md from the code; --check only names what differs
  eval resolve          references against what compilers say, and how sure that makes each rule; --help
  query-check [LANG…]   the rules of every language, against its samples; --dump [LANG] FILE prints facts
  release               the archive for users: binary, completions, pages, licences; --help
  replay REPO           the history of a git repository, told to one engine and to new ones; --help
  soak                  random stories of edits for so long; --help
  tidy    crate edges, module headers, file lengths, IO, machine paths, grammar folders
  typeshed DIR          what Python's standard library gives, from the stubs of typeshed; --help
";

/// What a chore found; an `Err` is for chores that could not do their work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean,
    Problems,
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let args: Vec<String> = args.collect();
    match run(&name, &args) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Problems) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(name: &str, args: &[String]) -> Result<Outcome> {
    let root = workspace_root();
    match name {
        "docgen" => docgen::run(&root, args),
        "eval" => eval::run(&root, args),
        "query-check" => query_check::run(&root, args),
        "release" => release::run(&root, args),
        "replay" => replay::run(&root, args),
        "soak" => soak::run(&root, args),
        "tidy" => tidy::run(&root, args),
        "typeshed" => typeshed::run(&root, args),
        "" | "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(Outcome::Clean)
        }
        _ => bail!("there is no such chore\n\n{USAGE}"),
    }
}

/// The arguments of a chore that has some; `None` if only help was asked for, which is then printed.
fn parse_args<A: clap::Parser>(args: &[String]) -> Result<Option<A>> {
    match A::try_parse_from(std::iter::once(&String::new()).chain(args)) {
        Ok(args) => Ok(Some(args)),
        Err(e) if e.use_stderr() => bail!("{}", e.render()),
        Err(e) => {
            print!("{}", e.render());
            Ok(None)
        }
    }
}

/// Cargo tells where this crate lies at run time too, so that a moved checkout finds itself.
fn workspace_root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.ancestors().nth(2).map_or_else(|| own.clone(), Path::to_path_buf)
}
