//! Which package does a file belong to, and in which version?
//!
//! Names and versions are read line by line from the manifests that the snapshot knows; what is computed or taken
//! from elsewhere stays unknown.

use std::collections::BTreeMap;

use lodemap_base::RelPath;
use lodemap_engine::grammar::ImportStyle;
use lodemap_engine::graph::{FileEntry, Manifest, World};

/// A package as SCIP names it; what is not known is empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Package {
    pub(super) manager: &'static str,
    pub(super) name: String,
    pub(super) version: String,
}

/// The packages of a repository.
pub(super) struct Packages {
    /// By the path of their manifest.
    known: BTreeMap<RelPath, Package>,
    /// How many manifests say the same.
    counts: BTreeMap<Package, usize>,
}

/// Manifests that one folder may hold, the likeliest first.
const NAMES: [&str; 6] = ["Cargo.toml", "pyproject.toml", "setup.cfg", "setup.py", "package.json", "go.mod"];

impl Packages {
    pub(super) fn new(world: &World, read: &dyn Fn(&RelPath) -> Option<Vec<u8>>) -> Self {
        let manifests = world.manifests();
        let mut texts: BTreeMap<&RelPath, String> = BTreeMap::new();
        for path in manifests.keys() {
            let text = read(path).map(|b| String::from_utf8_lossy(&b).into_owned());
            texts.insert(path, text.unwrap_or_default());
        }
        let known: BTreeMap<RelPath, Package> = manifests
            .iter()
            .filter_map(|(path, manifest)| Some((path.clone(), package(path, manifest, &texts)?)))
            .collect();
        let mut counts = BTreeMap::new();
        known.values().for_each(|p| *counts.entry(p.clone()).or_insert(0) += 1);
        Self { known, counts }
    }

    /// The package of a file, and the file's path in it: from the folder of the manifest if no other has the same
    /// name, so that a package says the same of itself wherever it lies, else from the root.
    pub(super) fn of<'f>(&self, file: &'f FileEntry) -> (Package, &'f str) {
        let path = file.path.as_str();
        let own: &[&str] = match file.spec().conventions.imports {
            ImportStyle::ModuleTree => &NAMES[..1],
            ImportStyle::Dotted => &NAMES[1..4],
            ImportStyle::Relative => &NAMES[4..5],
            ImportStyle::Package => &NAMES[5..],
            ImportStyle::Include => &[],
        };
        let Some((folder, package)) = self.nearest(path, own).or_else(|| self.nearest(path, &NAMES)) else {
            return (Package::default(), path);
        };
        let is_only = !package.name.is_empty() && self.counts.get(package) == Some(&1);
        let inside = path.strip_prefix(folder).map(|p| p.trim_start_matches('/')).filter(|_| is_only);
        (package.clone(), inside.unwrap_or(path))
    }

    fn nearest<'p>(&self, path: &'p str, names: &[&str]) -> Option<(&'p str, &Package)> {
        let mut folder = path;
        while !folder.is_empty() {
            folder = folder.rsplit_once('/').map_or("", |(up, _)| up);
            let at = |name: &&str| {
                let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
                self.known.get(&RelPath::parse(&path)?)
            };
            if let Some(package) = names.iter().find_map(at) {
                return Some((folder, package));
            }
        }
        None
    }
}

fn package(path: &RelPath, manifest: &Manifest, texts: &BTreeMap<&RelPath, String>) -> Option<Package> {
    let text = texts.get(path).map_or("", String::as_str);
    let (manager, name, version) = match manifest {
        Manifest::Cargo(cargo) => {
            let inherited = || {
                let mut folder = path.parent();
                loop {
                    let workspace = texts.get(&folder.join("Cargo.toml"));
                    let version = workspace.and_then(|t| value(t, "workspace.package", "version"));
                    if version.is_some() || folder == RelPath::root() {
                        return version;
                    }
                    folder = folder.parent();
                }
            };
            let version = value(text, "package", "version").or_else(inherited);
            ("cargo", Some(cargo.package.clone()?), version)
        }
        Manifest::Python => {
            let read = |key| ["project", "tool.poetry", "metadata"].iter().find_map(|s| value(text, s, key));
            // What a `setup.py` says is the outcome of a program.
            if path.name() == "setup.py" {
                ("pip", None, None)
            } else {
                ("pip", read("name"), read("version"))
            }
        }
        Manifest::Go { module } => ("gomod", Some(module.clone()), None),
        Manifest::Node { name } => {
            let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
            let version = json.and_then(|j| Some(j.get("version")?.as_str()?.to_owned()));
            ("npm", Some(name.clone()), version)
        }
    };
    Some(Package { manager, name: name.unwrap_or_default(), version: version.unwrap_or_default() })
}

/// The value of a key in a section, where it is a plain text on one line: TOML's and that of `setup.cfg`.
fn value(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            inside = title.trim() == section;
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            let value = value.trim();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            let plain = match quote {
                Some(quote) => value[1..].split(quote).next()?,
                // `attr:` and `file:` lead elsewhere, and so do tables.
                None if section == "metadata" && !value.contains(':') => value,
                None => return None,
            };
            return (!plain.is_empty()).then(|| plain.to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_on_one_line() {
        let toml =
            "[package]\nname = \"a\" # x\nversion.workspace = true\n[workspace.package]\nversion = '1.2'\n";
        assert_eq!(value(toml, "package", "name").as_deref(), Some("a"));
        assert_eq!(value(toml, "package", "version"), None);
        assert_eq!(value(toml, "workspace.package", "version").as_deref(), Some("1.2"));
        let cfg = "[metadata]\nname = a b\nversion = attr: a.version\n";
        assert_eq!(value(cfg, "metadata", "name").as_deref(), Some("a b"));
        assert_eq!(value(cfg, "metadata", "version"), None);
    }
}
