//! Does every crate use only what its row allows?
//!
//! The edges are those of `cargo metadata`, the permissions those of the architecture table.
//! Tests may always use `testkit`.

use super::table::Row;
use super::tree::Tree;
use super::{ARCHITECTURE, Problem};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// A workspace crate; names are those of folders.
#[derive(Debug)]
pub(super) struct Crate {
    pub(super) name: String,
    /// The folder relative to the root.
    pub(super) folder: String,
    package: String,
    edges: Vec<Edge>,
}

#[derive(Debug, PartialEq, Eq)]
struct Edge {
    /// The package that is used.
    package: String,
    dev: bool,
}

/// The crates in what `cargo metadata --no-deps --format-version 1` prints.
pub(super) fn crates(metadata: &str, root: &Path) -> Result<Vec<Crate>> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata is not JSON")?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut crates = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package without a name")?;
        let manifest = package["manifest_path"].as_str().context("a package without a manifest")?;
        let folder = Path::new(manifest)
            .parent()
            .and_then(|folder| folder.strip_prefix(root).ok())
            .with_context(|| format!("{name} lies outside the workspace"))?;
        let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        let edges =
            dependencies.iter().filter(|dependency| dependency["path"].is_string()).map(|dependency| {
                let package = dependency["name"].as_str().unwrap_or_default().to_owned();
                Edge { package, dev: dependency["kind"] == "dev" }
            });
        crates.push(Crate {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            folder: folder.to_string_lossy().into_owned(),
            package: name.to_owned(),
            edges: edges.collect(),
        });
    }
    Ok(crates)
}

pub(super) fn check(crates: &[Crate], table: &[Row], tree: &Tree, problems: &mut Vec<Problem>) {
    for item in crates {
        let manifest = format!("{}/Cargo.toml", item.folder);
        let text = tree.text(&manifest).unwrap_or_default();
        if item.package != format!("lodemap-{}", item.name) {
            problems.push(Problem::new(
                &manifest,
                line_of(text, "name"),
                format!(
                    "the package is called `{}`: call it `lodemap-{}`, after its folder",
                    item.package, item.name
                ),
            ));
        }
        let Some(row) = table.iter().find(|row| row.name == item.name) else {
            problems.push(Problem::new(
                &manifest,
                1,
                format!("`{}` has no row in the table of {ARCHITECTURE}: add one", item.name),
            ));
            continue;
        };
        for edge in &item.edges {
            let used = crates.iter().find(|used| used.package == edge.package);
            let used = used.map_or(edge.package.as_str(), |used| used.name.as_str());
            if row.may_use.iter().any(|name| name == used) || (edge.dev && used == "testkit") {
                continue;
            }
            problems.push(Problem::new(
                &manifest,
                line_of(text, &edge.package),
                format!(
                    "`{}` may not use `{used}`: remove the edge, or allow it in {ARCHITECTURE}:{} and say there why",
                    item.name, row.line
                ),
            ));
        }
    }
    for row in table.iter().filter(|row| !row.later) {
        if !crates.iter().any(|item| item.name == row.name) {
            problems.push(Problem::new(
                ARCHITECTURE,
                row.line,
                format!("there is no crate `{}`: remove the row, or mark it `(later)`", row.name),
            ));
        }
    }
}

/// The line of a manifest that opens with the key, else the first.
fn line_of(manifest: &str, key: &str) -> usize {
    let opens = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            || line.trim().ends_with(&format!("dependencies.{key}]"))
    };
    manifest.lines().position(opens).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::table;

    /// Checks a workspace of base, graph and testkit in which `graph` has the given dependencies.
    fn problems_with(rows: &str, dependencies: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"packages": [
                {{"name": "lodemap-base", "manifest_path": "/r/crates/base/Cargo.toml", "dependencies": []}},
                {{"name": "lodemap-testkit", "manifest_path": "/r/crates/testkit/Cargo.toml", "dependencies": []}},
                {{"name": "lodemap-graph", "manifest_path": "/r/crates/graph/Cargo.toml", "dependencies": [{dependencies}]}}]}}"#
        );
        let manifest = "[package]\nname = \"lodemap-graph\"\n[dependencies]\nlodemap-base.workspace = true\nlodemap-testkit.workspace = true\n";
        let tree = Tree::of(&[("crates/graph/Cargo.toml", manifest)]);
        let mut problems = Vec::new();
        let text = format!("| crate | may use | IO |\n|---|---|---|\n{rows}");
        let table = table::parse(ARCHITECTURE, &text, &mut problems);
        check(&crates(&metadata, Path::new("/r")).unwrap(), &table, &tree, &mut problems);
        problems.iter().map(Problem::to_string).collect()
    }

    const ROWS: &str = "| base | – | no |\n| testkit | – | – |\n| graph | base | no |\n";
    const BASE: &str = r#"{"name": "lodemap-base", "kind": null, "path": "/r/crates/base"}"#;

    #[test]
    fn listed_edges_and_testkit_in_tests_pass() {
        let testkit = r#"{"name": "lodemap-testkit", "kind": "dev", "path": "/r/crates/testkit"}"#;
        let serde = r#"{"name": "serde", "kind": null}"#;
        assert_eq!(problems_with(ROWS, &format!("{BASE},{testkit},{serde}")), [""; 0]);
    }

    #[test]
    fn an_edge_that_is_not_listed_fails_at_its_line() {
        let rows = ROWS.replace("| graph | base |", "| graph | – |");
        for kind in ["null", "\"dev\"", "\"build\""] {
            let problems = problems_with(&rows, &BASE.replace("null", kind));
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(
                problems[0].starts_with("crates/graph/Cargo.toml:4: `graph` may not use `base`"),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn testkit_is_for_tests_only() {
        let testkit = r#"{"name": "lodemap-testkit", "kind": null, "path": "/r/crates/testkit"}"#;
        let problems = problems_with(ROWS, testkit);
        assert!(
            problems[0].starts_with("crates/graph/Cargo.toml:5: `graph` may not use `testkit`"),
            "{problems:?}"
        );
    }

    #[test]
    fn crates_and_rows_match_one_to_one() {
        let problems = problems_with("| base | – | no |\n| testkit | – | – |\n| rank | base | no |\n", "");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("`graph` has no row"), "{problems:?}");
        assert!(problems[1].starts_with("docs/architecture.md:5: there is no crate `rank`"), "{problems:?}");
        let later = problems_with(&format!("{ROWS}| rank (later) | base | no |\n"), "");
        assert_eq!(later, [""; 0]);
    }

    #[test]
    fn a_package_is_called_after_its_folder() {
        let metadata = r#"{"packages": [{"name": "graph", "manifest_path": "/r/crates/graph/Cargo.toml", "dependencies": []}]}"#;
        let mut problems = Vec::new();
        check(&crates(metadata, Path::new("/r")).unwrap(), &[], &Tree::of(&[]), &mut problems);
        assert!(problems[0].message.contains("call it `lodemap-graph`"), "{problems:?}");
    }

    #[test]
    fn a_table_form_of_a_dependency_is_found_too() {
        assert_eq!(line_of("[package]\n[dev-dependencies.lodemap-base]\npath = \"x\"\n", "lodemap-base"), 2);
        assert_eq!(line_of("lodemap-base-more = 1\nlodemap-base = 1\n", "lodemap-base"), 2);
    }
}
