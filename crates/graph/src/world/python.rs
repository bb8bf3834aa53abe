//! Where top-level Python modules are looked for.

use std::collections::BTreeMap;

use lodemap_base::RelPath;
use lodemap_grammar::ImportStyle;

use crate::crates::join;
use crate::keys::path_hash;
use crate::manifest::Manifest;
use crate::world::FileEntry;

/// The roots of all projects, each with the sub-folders that layouts use; the repository is a project even where no
/// manifest says so.
pub(super) fn python_roots(manifests: &BTreeMap<RelPath, Manifest>) -> Vec<(String, u64)> {
    let projects =
        manifests.iter().filter(|(_, m)| matches!(m, Manifest::Python)).map(|(p, _)| p.parent_str());
    let mut out: Vec<(String, u64)> = Vec::new();
    for project in std::iter::once("").chain(projects) {
        for sub in ["", "src", "lib", "python"] {
            let root = if sub.is_empty() { project.to_owned() } else { join(project, sub) };
            let hash = path_hash(&root);
            if !out.iter().any(|(_, h)| *h == hash) {
                out.push((root, hash));
            }
        }
    }
    out
}

/// A Python file or package at the top: the folder that holds it and its name.
pub(super) fn top_level_module(entry: &FileEntry) -> Option<(&str, &str)> {
    if entry.spec().conventions.imports != ImportStyle::Dotted {
        return None;
    }
    let dir = entry.path.parent_str();
    let stem = entry.path.name().rsplit_once('.').map_or(entry.path.name(), |(s, _)| s);
    if stem != "__init__" {
        return Some((dir, stem));
    }
    if dir.is_empty() {
        return None;
    }
    Some(dir.rsplit_once('/').unwrap_or(("", dir)))
}
