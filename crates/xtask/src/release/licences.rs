//! The licences of everything that is part of the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::standard::{self, Manifest};

/// What is in the binary and is no crate.
const DATA: &str = "\
The table of Python's standard library is made from the stubs of typeshed (Apache-2.0).
The vocabularies of the tokenizers are those of the crate `bpe-openai`.
Grammars are crates, listed below with their licences.
";

/// Copies the licence files of all crates that the binary is made of to `stage/licences`, and lists them in
/// `stage/THIRD-PARTY.md`. Gives the names of crates that bring no such file, and so have the standard text.
pub(super) fn collect(metadata: &Value, stage: &Path) -> Result<Vec<String>> {
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).filter_map(|package| Some((package["id"].as_str()?, package))).collect();
    let (mut lines, mut without) = (BTreeSet::new(), vec![]);
    for id in linked(metadata) {
        let package = packages.get(id).with_context(|| format!("cargo tells nothing of {id}"))?;
        if package["source"].is_null() {
            // Our own.
            continue;
        }
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let name = format!("{}-{}", text("name"), text("version"));
        let files = licence_files(Path::new(text("manifest_path")))?;
        let folder = stage.join("licences").join(&name);
        fs::create_dir_all(&folder).with_context(|| format!("{name} cannot be made"))?;
        for file in &files {
            let to = folder.join(file.file_name().unwrap_or_default());
            fs::copy(file, to).with_context(|| format!("{} cannot be copied", file.display()))?;
        }
        lines.insert(format!("| {} | {} | {} |", text("name"), text("version"), text("license")));
        if files.is_empty() {
            let manifest = Manifest {
                name: text("name"),
                authors: list(&package["authors"]).filter_map(Value::as_str).collect(),
                repository: text("repository"),
                licence: text("license"),
            };
            for (licence, text) in standard::texts(&manifest)? {
                let to = folder.join(format!("LICENSE-{licence}"));
                fs::write(&to, text).with_context(|| format!("{} cannot be written", to.display()))?;
            }
            without.push(name);
        }
    }
    let mut page = format!(
        "# Works of others in this program\n\n{DATA}\n| crate | version | licence |\n|---|---|---|\n"
    );
    lines.iter().for_each(|line| _ = writeln!(page, "{line}"));
    if !without.is_empty() {
        without.sort();
        let without = without.join(", ");
        _ = write!(
            page,
            "\nThese bring no text of their licence; beside them lies the standard one, with their authors as their \
             manifests name them: {without}.\n"
        );
    }
    fs::write(stage.join("THIRD-PARTY.md"), page).context("THIRD-PARTY.md cannot be written")?;
    Ok(without)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The packages that `lodemap-cli` is linked from, whether directly or not.
fn linked(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).filter_map(|node| Some((node["id"].as_str()?, node))).collect();
    let is_ours = |id: &&&str| id.contains("lodemap-cli");
    let mut todo: Vec<&str> = nodes.keys().filter(is_ours).copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        for dependency in list(&node["deps"]) {
            // What only builds or tests it is not in it.
            let is_linked = list(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null());
            todo.extend(dependency["pkg"].as_str().filter(|_| is_linked));
        }
    }
    seen
}

fn licence_files(manifest: &Path) -> Result<Vec<PathBuf>> {
    const NAMES: [&str; 6] = ["license", "licence", "copying", "notice", "unlicense", "copyright"];
    let folder = manifest.parent().context("a manifest stands in a folder")?;
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            path.is_file() && NAMES.iter().any(|start| name.starts_with(start))
        })
        .collect();
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_builds_is_not_linked() {
        let kinds =
            |kind: &str| serde_json::json!([{ "kind": serde_json::from_str::<Value>(kind).unwrap() }]);
        let metadata = serde_json::json!({"resolve": {"nodes": [
            {"id": "lodemap-cli", "deps": [
                {"pkg": "a", "dep_kinds": kinds("null")},
                {"pkg": "b", "dep_kinds": kinds("\"dev\"")},
            ]},
            {"id": "a", "deps": [
                {"pkg": "c", "dep_kinds": kinds("\"build\"")},
                {"pkg": "d", "dep_kinds": [{"kind": "build"}, {"kind": null}]},
            ]},
            {"id": "b", "deps": []}, {"id": "c", "deps": []}, {"id": "d", "deps": []},
        ]}});
        assert_eq!(linked(&metadata).into_iter().collect::<Vec<_>>(), ["a", "d", "lodemap-cli"]);
    }
}
