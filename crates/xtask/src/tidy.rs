//! Does the repository keep its own rules?
//!
//! The rules are those that neither the compiler nor clippy can check: which crate may use which, what a file opens
//! with, how long it may get, who touches the disk, which files a language must bring.
//! Every check is a pure function from texts to problems, so that its tests are small;
//! only [`run`] and [`tree`] look at the disk.
//! The checks are textual and simple on purpose; they are meant to catch slips, not to resist intent.

mod edges;
mod grammars;
mod opens;
mod sources;
mod table;
mod tree;

use crate::Outcome;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::path::Path;
use std::process::Command;
use tree::Tree;

/// The document with the table of crates.
const ARCHITECTURE: &str = "docs/architecture.md";
/// The files that may be longer than others, each with its reason.
const EXCEPTIONS: &str = "crates/xtask/tidy-exceptions.txt";
/// The places that open files or run programs, each with its reason.
const OPENS: &str = "crates/xtask/tidy-opens.txt";

pub(crate) fn run(root: &Path, args: &[String]) -> Result<Outcome> {
    if !args.is_empty() {
        bail!("tidy takes no arguments");
    }
    let metadata = cargo_metadata(root)?;
    let tree = Tree::read(root)?;
    let problems = check(&tree, &metadata, root)?;
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("tidy: {} files, no problems", tree.files.len());
        return Ok(Outcome::Clean);
    }
    println!("tidy: problems: {}", problems.len());
    Ok(Outcome::Problems)
}

/// All checks over one state of the repository, problems in order of path and line.
fn check(tree: &Tree, metadata: &str, root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let crates = edges::crates(metadata, root)?;
    let table = table::parse(ARCHITECTURE, tree.text(ARCHITECTURE).unwrap_or_default(), &mut problems);
    edges::check(&crates, &table, tree, &mut problems);
    sources::check_headers(tree, &mut problems);
    sources::check_lengths(tree, EXCEPTIONS, &mut problems);
    sources::check_pure_lint(&crates, &table, tree, &mut problems);
    sources::check_file_access(&crates, &table, tree, &mut problems);
    opens::check(tree, OPENS, &mut problems);
    sources::check_machine_paths(tree, &mut problems);
    grammars::check(tree, &mut problems);
    problems.sort();
    Ok(problems)
}

fn cargo_metadata(root: &Path) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata could not be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("cargo metadata printed something that is not UTF-8")
}

/// A broken rule: where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    path: String,
    line: usize,
    message: String,
}

impl Problem {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
| crate | question | may use | IO |
|---|---|---|---|
| `base` | What are the nouns? | – | no |
| `disk` | What is on disk? | base | yes |
";

    fn metadata(dependency: &str) -> String {
        format!(
            r#"{{"packages": [
                {{"name": "lodemap-base", "manifest_path": "/r/crates/base/Cargo.toml", "dependencies": [{dependency}]}},
                {{"name": "lodemap-disk", "manifest_path": "/r/crates/disk/Cargo.toml", "dependencies": []}}]}}"#
        )
    }

    fn small_workspace() -> Tree {
        Tree::of(&[
            (ARCHITECTURE, TABLE),
            ("crates/base/Cargo.toml", "[dependencies]\n"),
            ("crates/base/src/lib.rs", "//! Nouns.\n#![warn(clippy::disallowed_methods)]\n"),
            ("crates/disk/Cargo.toml", "[dependencies]\n"),
            ("crates/disk/src/lib.rs", "//! Disk.\nuse std::fs;\n"),
        ])
    }

    #[test]
    fn a_tidy_workspace_has_no_problems() {
        let problems = check(&small_workspace(), &metadata(""), Path::new("/r")).unwrap();
        assert_eq!(problems, []);
    }

    #[test]
    fn each_family_of_checks_is_wired_in() {
        let mut tree = small_workspace();
        tree.add("crates/base/Cargo.toml", "[dependencies]\nlodemap-disk.workspace = true\n");
        tree.add("crates/base/src/lib.rs", "fn f() { std::fs::read(\"x\"); }\n");
        tree.add("crates/base/src/long.rs", &format!("//! Long.\n{}", "\n".repeat(900)));
        tree.add("README.md", &format!("See {}home/x.\n", '/'));
        tree.add("grammars/go/lang.toml", "");
        let dependency = r#"{"name": "lodemap-disk", "kind": null, "path": "/r/crates/disk"}"#;
        let problems = check(&tree, &metadata(dependency), Path::new("/r")).unwrap();
        let text = problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
        for part in [
            "README.md:1: names a path of one machine",
            "crates/base/Cargo.toml:2: `base` may not use `disk`",
            "crates/base/src/lib.rs:1: does not open with a `//!` header",
            "crates/base/src/lib.rs:1: `base` is listed as free of IO",
            "crates/base/src/lib.rs:1: touches the file system",
            "crates/base/src/long.rs:801: is 901 lines long",
            "grammars/go/lang.toml:1: the language has no rules.toml",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }

    #[test]
    fn without_the_table_nothing_passes() {
        let problems = check(&Tree::of(&[]), &metadata(""), Path::new("/r")).unwrap();
        assert!(
            problems.iter().any(|p| p.path == ARCHITECTURE && p.message.contains("no table")),
            "{problems:?}"
        );
    }
}
