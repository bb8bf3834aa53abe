//! The tree of Rust modules: crates from manifests, files from `mod` declarations.

use std::collections::BTreeMap;

use lodemap_base::{FileId, RelPath};
use lodemap_facts::{FileFacts, NONE};
use lodemap_grammar::ImportStyle;
use rustc_hash::FxHashMap;

use crate::keys::{Mix, path_hash};
use crate::manifest::{Cargo, Manifest};
use crate::world::World;

/// Where a Rust file stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The file at the root of its crate.
    pub root: FileId,
    /// The file and scope whose `mod` declaration brought it in; `None` for the root.
    pub parent: Option<(FileId, u32)>,
    /// Whether that declaration makes its macros seen after it (`#[macro_use]`).
    pub uses_macros: bool,
    /// The manifest's index in [`CrateTree::packages`].
    pub package: Option<u32>,
    /// A hash of all this by paths and keys, whatever the slots.
    value: u64,
}

/// A package of a manifest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Package {
    /// Where it says so.
    pub manifest: RelPath,
    /// The name under which its library is used.
    pub lib_name: String,
    /// The root file of its library.
    pub lib: Option<FileId>,
    /// Names of dependencies that are packages here: the name in the source → the package.
    pub dependencies: BTreeMap<String, u32>,
    /// A hash of all that a resolution reads of it, the libraries of its dependencies too.
    pub(crate) value: u64,
}

/// All crates and the places of all Rust files.
#[derive(Clone, Default, Debug)]
pub struct CrateTree {
    /// The packages, by the path of their manifest.
    pub packages: Vec<Package>,
    places: Vec<Option<Place>>,
}

impl CrateTree {
    /// The place of a file.
    pub fn place(&self, file: FileId) -> Option<&Place> {
        self.places.get(file.index())?.as_ref()
    }

    /// Bytes held, for the memory report; manifests are few, and not counted.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Option<Place>>() + self.packages.capacity() * size_of::<Package>()
    }

    /// The place of a file by paths and keys; 0 where it has none.
    pub fn value(&self, file: FileId) -> u64 {
        self.place(file).map_or(0, |p| p.value)
    }

    fn package_value(&self, world: &World, package: &Package) -> u64 {
        let lib = |p: &Package| p.lib.map_or(0, |f| path_hash(world.file(f).path.as_str()));
        let mix = Mix(path_hash(&package.lib_name)).with(lib(package));
        let dependencies = package.dependencies.iter();
        dependencies
            .fold(mix, |mix, (name, d)| mix.with(path_hash(name)).with(lib(&self.packages[*d as usize])))
            .0
    }

    /// Puts a file into its place.
    fn put(
        &mut self,
        world: &World,
        file: FileId,
        root: FileId,
        parent: Option<(FileId, u32)>,
        uses_macros: bool,
        package: Option<u32>,
    ) {
        let path = |f: FileId| path_hash(world.file(f).path.as_str());
        let mix = Mix(path(root));
        let mix =
            parent.map_or(mix, |(f, scope)| mix.with(path(f)).with(world.file(f).scopes[scope as usize].0));
        let manifest = package.map_or(0, |p| path_hash(self.packages[p as usize].manifest.as_str()));
        let value = mix.with(manifest).with(u64::from(uses_macros)).0;
        self.places[file.index()] = Some(Place { root, parent, uses_macros, package, value });
    }

    pub(crate) fn build(world: &World) -> Self {
        let mut tree = CrateTree { packages: vec![], places: vec![None; world.file_slots()] };
        let manifests: Vec<(&RelPath, &Cargo)> = world
            .manifests()
            .iter()
            .filter_map(|(path, m)| match m {
                Manifest::Cargo(c) if c.package.is_some() => Some((path, c)),
                _ => None,
            })
            .collect();
        let by_name: BTreeMap<&str, u32> = manifests
            .iter()
            .enumerate()
            .rev() // the first of two packages with one name wins
            .filter_map(|(i, (_, c))| Some((c.package.as_deref()?, i as u32)))
            .collect();
        for (path, cargo) in &manifests {
            let package = cargo.package.clone().unwrap_or_default();
            let lib_path = cargo.lib_path.as_deref().unwrap_or("src/lib.rs");
            let dependencies = cargo
                .dependencies
                .iter()
                .filter_map(|(name, package)| Some((name.clone(), *by_name.get(package.as_str())?)))
                .collect();
            tree.packages.push(Package {
                manifest: (*path).clone(),
                value: 0,
                lib_name: cargo.lib_name.clone().unwrap_or(package).replace('-', "_"),
                lib: rust_file_at(world, &join(path.parent_str(), lib_path)),
                dependencies,
            });
        }
        let values: Vec<u64> = tree.packages.iter().map(|p| tree.package_value(world, p)).collect();
        tree.packages.iter_mut().zip(values).for_each(|(package, value)| package.value = value);
        let mains = mains_by_folder(world);
        for (i, (path, cargo)) in manifests.iter().enumerate() {
            for root in roots(world, &mains, path.parent_str(), cargo, tree.packages[i].lib) {
                tree.grow(world, root, Some(i as u32));
            }
        }
        // Files that no manifest leads to are crates of their own: scripts, fixtures, files under `cfg`. Those
        // named like roots come first, so that they may claim the others.
        let is_root = |f: &FileId| matches!(world.file(*f).path.name(), "lib.rs" | "main.rs");
        let is_left = |f: &FileId| tree.places[f.index()].is_none() && is_rust(world, *f);
        let mut orphans: Vec<FileId> = world.files().map(|f| f.id).filter(is_left).collect();
        orphans.sort_by(|a, b| (!is_root(a), &world.file(*a).path).cmp(&(!is_root(b), &world.file(*b).path)));
        for file in orphans {
            tree.grow(world, file, None);
        }
        tree
    }

    /// Places `root` and everything its `mod` declarations lead to, in the order of the declarations.
    fn grow(&mut self, world: &World, root: FileId, package: Option<u32>) {
        if self.places[root.index()].is_some() {
            return;
        }
        self.put(world, root, root, None, false, package);
        let mut todo = vec![root];
        while let Some(file) = todo.pop() {
            let is_mod_rs = self.is_mod_rs(world, file);
            for module in &world.file(file).modules {
                let candidates = if is_mod_rs { &module.beside } else { &module.below };
                let found = candidates.iter().find_map(|path| world.file_by_hash(*path));
                if let Some(child) = found.filter(|f| is_rust(world, *f))
                    && self.places[child.index()].is_none()
                {
                    self.put(world, child, root, Some((file, module.scope)), module.uses_macros, package);
                    todo.push(child);
                }
            }
        }
    }

    /// Whether submodules stand beside the file rather than in a folder of its name.
    pub(crate) fn is_mod_rs(&self, world: &World, file: FileId) -> bool {
        let name_says = world.file(file).path.name() == "mod.rs";
        name_says || self.place(file).is_some_and(|p| p.parent.is_none())
    }
}

fn is_rust(world: &World, file: FileId) -> bool {
    world.file(file).spec().conventions.imports == ImportStyle::ModuleTree
}

/// The file at a path, if it is one of the tree's language: nothing else can be a module, whatever a manifest says.
fn rust_file_at(world: &World, path: &str) -> Option<FileId> {
    world.file_at(path).filter(|f| is_rust(world, *f))
}

/// The paths at which the module of a `mod` declaration may stand, best first.
pub(crate) fn module_files(path: &RelPath, facts: &FileFacts, is_mod_rs: bool, import: u32) -> Vec<String> {
    let import = &facts.imports.at(import);
    let dir = path.parent_str();
    let name = facts.names.get(import.path[0]);
    let mut inline = Vec::new();
    let mut scope = import.scope;
    while scope != NONE && scope != 0 {
        let s = &facts.scopes.at(scope);
        inline.push(facts.name_of(s.symbol));
        scope = s.parent;
    }
    inline.reverse();
    let stem = path.name().rsplit_once('.').map_or("", |(s, _)| s);
    let own = if is_mod_rs { dir.to_owned() } else { join(dir, stem) };
    if let Some(given) = import.path.get(1) {
        let base = if inline.is_empty() { dir.to_owned() } else { join(&own, &inline.join("/")) };
        return normalise(&join(&base, facts.names.get(*given))).into_iter().collect();
    }
    let base = if inline.is_empty() { own } else { join(&own, &inline.join("/")) };
    vec![join(&base, &format!("{name}.rs")), join(&base, &format!("{name}/mod.rs"))]
}

/// All files called `main.rs`, by the folder around their own.
fn mains_by_folder(world: &World) -> FxHashMap<&str, Vec<FileId>> {
    let mut out: FxHashMap<&str, Vec<FileId>> = FxHashMap::default();
    for file in world.named_files("main.rs") {
        let dir = world.file(*file).path.parent_str();
        if !dir.is_empty() {
            out.entry(dir.rsplit_once('/').map_or("", |(above, _)| above)).or_default().push(*file);
        }
    }
    out
}

/// The root files of a package's crates: the library first, then the others by path.
fn roots(
    world: &World,
    mains: &FxHashMap<&str, Vec<FileId>>,
    dir: &str,
    cargo: &Cargo,
    lib: Option<FileId>,
) -> Vec<FileId> {
    let mut out: Vec<FileId> = lib.into_iter().collect();
    let mut more: Vec<FileId> = cargo
        .target_paths
        .iter()
        .filter_map(|p| rust_file_at(world, &normalise(&join(dir, p))?))
        .chain(["src/main.rs", "build.rs"].iter().filter_map(|p| rust_file_at(world, &join(dir, p))))
        .collect();
    let folders = ["src/bin", "tests", "examples", "benches"];
    for folder in folders.into_iter().filter(|f| !cargo.plain_folders.contains(f)) {
        let folder = join(dir, folder);
        let Some(entry) = world.dir_at(&folder) else { continue };
        more.extend(entry.files.iter().copied().filter(|f| world.file(*f).path.extension() == Some("rs")));
        // `tests/name/main.rs` is a target too.
        more.extend(mains.get(folder.as_str()).into_iter().flatten());
    }
    more.retain(|f| is_rust(world, *f));
    more.sort_by(|a, b| world.file(*a).path.cmp(&world.file(*b).path));
    out.extend(more);
    out
}

/// `dir/path`, where `dir` may be the root.
pub(crate) fn join(dir: &str, path: &str) -> String {
    if dir.is_empty() { path.into() } else { format!("{dir}/{path}") }
}

/// Takes `.` and `..` out of a path; `None` if it leads out of the root.
pub(crate) fn normalise(path: &str) -> Option<String> {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = out.pop()?,
            part => out.push(part),
        }
    }
    Some(out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(normalise("a/./b/../c").as_deref(), Some("a/c"));
        assert_eq!(normalise("a/../../c"), None);
        assert_eq!(join("", "x"), "x");
    }
}
