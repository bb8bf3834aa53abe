//! Dotted imports: folders are packages, roots are tried in order.

use lodemap_base::{FileId, NameKey, name_key};
use lodemap_facts::Import;
use lodemap_grammar::ImportStyle;
use smallvec::SmallVec;

use super::{Query, Resolver, Value, Values, push_new};
use crate::crates::join;
use crate::keys;
use crate::world::FileEntry;

impl Resolver<'_> {
    /// The module at the first `segments` of an import's path.
    pub(super) fn python_module(&mut self, entry: &FileEntry, import: &Import, segments: usize) -> Values {
        let names: Vec<&str> = import.path[..segments].iter().map(|n| entry.facts.names.get(*n)).collect();
        if import.level > 0 {
            let mut dir = entry.path.parent_str();
            for _ in 1..import.level {
                if dir.is_empty() {
                    return SmallVec::from_slice(&[Value::External]);
                }
                dir = dir.rsplit_once('/').map_or("", |(d, _)| d);
            }
            return match self.package_at(dir) {
                Some(package) => self.submodules(SmallVec::from_slice(&[package]), &names),
                None => Values::new(),
            };
        }
        let Some((first, rest)) = names.split_first() else { return Values::new() };
        let dir = keys::path_hash(entry.path.parent_str());
        // Files of a folder import the same modules over and over.
        let top = self.query(Query::Top(dir, name_key(first)), |r| {
            let roots = r.roots_for(entry, first);
            let found = roots.iter().map(|dir| r.submodule_in(dir, first)).find(|v| !v.is_empty());
            found.unwrap_or_else(|| SmallVec::from_slice(&[Value::External]))
        });
        match top[..] {
            [Value::External] => SmallVec::from_slice(&[Value::ModuleOutside(name_key(&names.join(".")))]),
            [] => top,
            _ => self.submodules(top, rest),
        }
    }

    /// Follows submodules; a name that is none may be a module bound in the package.
    fn submodules(&mut self, from: Values, names: &[&str]) -> Values {
        let mut at = from;
        for name in names {
            let mut next = Values::new();
            for value in at {
                let sub = match value {
                    Value::Module(f, 0) => self.python_submodule_of(f, name),
                    Value::Folder(hash) => self.folder_submodule(hash, name),
                    _ => Values::new(),
                };
                let found = if sub.is_empty() { self.member(value, name, name_key(name)) } else { sub };
                found.into_iter().for_each(|v| push_new(&mut next, v));
            }
            at = next;
        }
        at
    }

    /// Folders in which a top-level module may stand for `entry`, best first.
    ///
    /// The order of Pyright without a configuration: the project's roots, then the importing file's own
    /// folder. Last, a package that stands in one place only: monorepos put it on the path by other means.
    fn roots_for(&mut self, entry: &FileEntry, name: &str) -> Vec<String> {
        let mut out = Vec::new();
        let own = entry.path.parent_str();
        let mut dir = own;
        loop {
            if !self.is_package(dir) {
                out.push(dir.to_owned());
            }
            match dir.rsplit_once('/') {
                Some((parent, _)) => dir = parent,
                None if dir.is_empty() => break,
                None => dir = "",
            }
        }
        self.lookups.push(keys::python_roots());
        self.lookups.push(keys::top(name));
        let holders = self.world.tops(name);
        for (root, hash) in self.world.python_roots() {
            if holders.iter().any(|(h, _)| h == hash) && !out.contains(root) {
                out.push(root.clone());
            }
        }
        let is_builtin = entry.spec().conventions.builtins.iter().any(|b| b == name);
        // A package's own folder is on no path; it is only tried for what is nowhere else.
        if !is_builtin && !out.iter().any(|o| o == own) {
            out.push(own.to_owned());
        }
        if let [(only, _)] = holders
            && !is_builtin
            && let Some(dir) = self.world.dir_by_hash(*only)
        {
            let dir = dir.path.as_str();
            if self.is_package(&join(dir, name)) && !out.iter().any(|o| o == dir) {
                out.push(dir.to_owned());
            }
        }
        out
    }

    fn is_package(&mut self, dir: &str) -> bool {
        if dir.is_empty() {
            return false;
        }
        let init = join(dir, "__init__.py");
        self.lookups.push(keys::path_lookup(&init));
        self.world.file_at(&init).is_some()
    }

    /// The module of a folder: its `__init__`, or the folder itself.
    fn package_at(&mut self, dir: &str) -> Option<Value> {
        for init in ["__init__.py", "__init__.pyi"] {
            let path = join(dir, init);
            self.lookups.push(keys::path_lookup(&path));
            if let Some(file) = self.world.file_at(&path) {
                return Some(Value::Module(file, 0));
            }
        }
        self.lookups.push(keys::path_lookup(dir));
        self.world.dir_at(dir).map(|_| Value::Folder(keys::path_hash(dir)))
    }

    /// `name` as a package, a module or a namespace folder in `dir`.
    fn submodule_in(&mut self, dir: &str, name: &str) -> Values {
        self.query(Query::Submodule(keys::path_hash(dir), name_key(name)), |r| {
            r.find_submodule(dir, name).into_iter().collect()
        })
    }

    fn find_submodule(&mut self, dir: &str, name: &str) -> Option<Value> {
        let at = join(dir, name);
        for init in ["__init__.py", "__init__.pyi"] {
            let path = join(&at, init);
            self.lookups.push(keys::path_lookup(&path));
            if let Some(file) = self.world.file_at(&path) {
                return Some(Value::Module(file, 0));
            }
        }
        for extension in ["py", "pyi"] {
            let path = format!("{at}.{extension}");
            self.lookups.push(keys::path_lookup(&path));
            if let Some(file) = self.world.file_at(&path) {
                return Some(Value::Module(file, 0));
            }
        }
        self.lookups.push(keys::path_lookup(&at));
        let folder = self.world.dir_at(&at)?;
        let has_python = |f: &FileId| self.world.file(*f).spec().conventions.imports == ImportStyle::Dotted;
        let is_namespace = folder.files.iter().any(has_python) || folder.files.is_empty();
        is_namespace.then(|| Value::Folder(keys::path_hash(&at)))
    }

    /// A submodule of a package, given its `__init__` file; plain modules have none.
    pub(super) fn python_submodule_of(&mut self, file: FileId, name: &str) -> Values {
        let entry = self.world.file(file);
        if entry.spec().conventions.imports != ImportStyle::Dotted
            || !entry.path.name().starts_with("__init__.")
        {
            return Values::new();
        }
        self.submodule_in(entry.path.parent_str(), name)
    }

    fn folder_submodule(&mut self, hash: u64, name: &str) -> Values {
        let Some(dir) = self.world.dir_by_hash(hash) else { return Values::new() };
        self.submodule_in(dir.path.as_str(), name)
    }

    /// A member of a folder: a submodule of a namespace package, or a name of a package of several files.
    pub(super) fn folder_member(&mut self, hash: u64, name: &str, key: NameKey) -> Values {
        let Some(dir) = self.world.dir_by_hash(hash) else { return Values::new() };
        let is_go = |f: &FileId| self.world.file(*f).spec().conventions.imports == ImportStyle::Package;
        if dir.files.iter().any(is_go) {
            let path = dir.path.clone();
            return self.name_in_package(path.as_str(), key, true);
        }
        self.folder_submodule(hash, name)
    }
}
