//! What do the functions and classes of Python's standard library give?
//!
//! `cargo xtask typeshed DIR` reads the stubs of typeshed and writes `grammars/python/library.toml`: per function and
//! method what a call gives, per attribute its type, in a small language that the head of the table explains.
//! DIR is a folder with `LICENSE` and `stdlib/`; source distributions of `jedi` and `mypy` hold one
//! (`pip download --no-binary :all: --no-deps jedi`).
//!
//! Only what holds everywhere is written: where the branches of a version check disagree, nothing is.

mod expr;
mod form;
mod resolve;
mod stub;
mod table;
#[cfg(test)]
mod tests;

use crate::Outcome;
use anyhow::{Context, Result, bail};
use clap::Parser;
use resolve::Library;
use std::path::{Path, PathBuf};

const TABLE: &str = "grammars/python/library.toml";
/// The table is read at every start of the program.
const LARGEST: usize = 400_000;

/// Modules whose public names are written; classes of others follow where these lead to them.
const MODULES: &[&str] = &[
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "base64",
    "bisect",
    "builtins",
    "bz2",
    "calendar",
    "cmath",
    "collections",
    "collections.abc",
    "concurrent.futures",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "email",
    "email.message",
    "email.utils",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "getpass",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.parser",
    "http",
    "http.client",
    "http.cookies",
    "http.server",
    "importlib",
    "importlib.metadata",
    "importlib.resources",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "json",
    "linecache",
    "locale",
    "logging",
    "logging.handlers",
    "math",
    "mimetypes",
    "multiprocessing",
    "operator",
    "os",
    "os.path",
    "pathlib",
    "pickle",
    "platform",
    "posixpath",
    "pprint",
    "queue",
    "random",
    "re",
    "secrets",
    "select",
    "selectors",
    "shlex",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "tarfile",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "tokenize",
    "tomllib",
    "traceback",
    "types",
    "typing",
    "unicodedata",
    "unittest",
    "unittest.mock",
    "urllib.error",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "weakref",
    "xml.dom.minidom",
    "xml.etree.ElementTree",
    "zipfile",
    "zlib",
    "zoneinfo",
];

/// Write the table of Python's standard library from typeshed's stubs
#[derive(Parser)]
#[command(name = "typeshed")]
struct Args {
    /// A folder with typeshed's `LICENSE` and `stdlib/`
    dir: PathBuf,
    /// Where the stubs come from, for the head of the table
    #[arg(long, default_value = "typeshed", value_name = "TEXT")]
    version: String,
}

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    let Some(args) = crate::parse_args::<Args>(args)? else { return Ok(Outcome::Clean) };
    let licence = args.dir.join("LICENSE");
    let text =
        std::fs::read_to_string(&licence).with_context(|| format!("{} cannot be read", licence.display()))?;
    if !text.contains("Apache License") || !text.contains("The MIT License") {
        bail!("{} is not the licence that the table's head names", licence.display());
    }
    let stdlib = args.dir.join("stdlib");
    let mut library = Library::new(Box::new(move |module: &str| read(&stdlib, module)));
    let out = table::write(&mut library, MODULES, &args.version);
    if out.len() > LARGEST {
        bail!("the table would have {} bytes, {LARGEST} are allowed: list fewer modules", out.len());
    }
    std::fs::write(root.join(TABLE), &out)?;
    println!("{TABLE}: {} bytes, {} lines", out.len(), out.lines().count());
    Ok(Outcome::Clean)
}

/// The stub of a module, and whether it is a package.
fn read(stdlib: &Path, module: &str) -> Option<(String, bool)> {
    let place = stdlib.join(module.replace('.', "/"));
    let package = std::fs::read_to_string(place.join("__init__.pyi")).map(|text| (text, true));
    package.or_else(|_| std::fs::read_to_string(place.with_extension("pyi")).map(|text| (text, false))).ok()
}
