//! Imports that name a file: relative ones (JavaScript, TypeScript) and includes (C).

use lodemap_base::FileId;
use lodemap_facts::Import;
use smallvec::SmallVec;

use super::{Resolver, Value, Values};
use crate::crates::{join, normalise};
use crate::keys;
use crate::manifest::Manifest;
use crate::world::FileEntry;

impl Resolver<'_> {
    /// `./x` beside the importing file, with extensions and index files tried; a bare name is a package.
    pub(super) fn relative_file(&mut self, entry: &FileEntry, import: &Import) -> Values {
        let names = &entry.facts.names;
        let segments: Vec<&str> = import.path.iter().map(|n| names.get(*n)).collect();
        let external = || -> Values { SmallVec::from_slice(&[Value::External]) };
        let base = match segments.first() {
            Some(&"." | &"..") => normalise(&join(entry.path.parent_str(), &segments.join("/"))),
            Some(_) => match self.workspace_package(&segments) {
                Some(path) => Some(path),
                None => return external(),
            },
            None => None,
        };
        let Some(base) = base else { return external() };
        self.file_like(entry, &base)
            .map_or_else(Values::new, |f| SmallVec::from_slice(&[Value::Module(f, 0)]))
    }

    /// A package of the repository by its name in `package.json`; the rest of the path stands below it.
    fn workspace_package(&mut self, segments: &[&str]) -> Option<String> {
        self.lookups.push(keys::node_packages());
        let name_len = if segments[0].starts_with('@') { 2 } else { 1 };
        let wanted = segments.get(..name_len)?.join("/");
        let (path, _) = self
            .world
            .manifests()
            .iter()
            .find(|(_, m)| matches!(m, Manifest::Node { name } if *name == wanted))?;
        let rest = segments[name_len..].join("/");
        let dir = path.parent_str();
        Some(if rest.is_empty() { join(dir, "src/index") } else { join(dir, &rest) })
    }

    fn file_like(&mut self, entry: &FileEntry, base: &str) -> Option<FileId> {
        let conventions = &entry.spec().conventions;
        let extensions = &conventions.import_extensions;
        let mut candidates = vec![base.to_owned()];
        candidates.extend(extensions.iter().map(|e| format!("{base}.{e}")));
        // TypeScript writes `./x.js` for what stands in `x.ts`.
        if let Some((stem, "js" | "jsx" | "mjs" | "cjs")) = base.rsplit_once('.') {
            candidates.extend(extensions.iter().map(|e| format!("{stem}.{e}")));
        }
        for index in &conventions.index_names {
            candidates.extend(extensions.iter().map(|e| join(base, &format!("{index}.{e}"))));
        }
        candidates.iter().find_map(|path| {
            self.lookups.push(keys::path_lookup(path));
            self.world.file_at(path)
        })
    }

    /// An include: beside the including file, else the file whose path ends so and is nearest.
    pub(super) fn included_file(&mut self, entry: &FileEntry, import: &Import) -> Values {
        let names = &entry.facts.names;
        let segments: Vec<&str> = import.path.iter().map(|n| names.get(*n)).collect();
        let Some(name) = segments.last() else { return Values::new() };
        let path = segments.join("/");
        let one = |f: FileId| -> Values { SmallVec::from_slice(&[Value::Module(f, 0)]) };
        if let Some(beside) = normalise(&join(entry.path.parent_str(), &path)) {
            self.lookups.push(keys::path_lookup(&beside));
            if let Some(file) = self.world.file_at(&beside) {
                return one(file);
            }
        }
        self.lookups.push(keys::file_name(name));
        let ends_so =
            |p: &str| p.strip_suffix(path.as_str()).is_some_and(|r| r.is_empty() || r.ends_with('/'));
        let common = |p: &str| {
            let parts = p.split('/').zip(entry.path.as_str().split('/'));
            parts.take_while(|(a, b)| a == b).count()
        };
        let best = self
            .world
            .named_files(name)
            .iter()
            .map(|f| (f, self.world.file(*f).path.as_str()))
            .filter(|(_, p)| ends_so(p))
            // Nearest first, then the shortest path, then the first by name.
            .min_by_key(|(_, p)| (std::cmp::Reverse(common(p)), p.len(), *p));
        best.map_or_else(|| SmallVec::from_slice(&[Value::External]), |(f, _)| one(*f))
    }
}
