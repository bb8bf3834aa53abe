//! Folders whose files are one package (Go).

use lodemap_base::NameKey;
use lodemap_facts::{BindTarget, Import};
use lodemap_grammar::ImportStyle;
use smallvec::SmallVec;

use super::{Resolver, Value, Values, is_visible, push_new};
use crate::crates::join;
use crate::keys;
use crate::manifest::Manifest;
use crate::world::FileEntry;

impl Resolver<'_> {
    /// The folder that an import path names, by the module paths of the `go.mod` files.
    pub(super) fn go_package(&mut self, entry: &FileEntry, import: &Import) -> Values {
        let names = &entry.facts.names;
        let segments: Vec<&str> = import.path.iter().map(|n| names.get(*n)).collect();
        let path = segments.join("/");
        self.lookups.push(keys::go_modules());
        let modules = self.world.manifests().iter().filter_map(|(p, m)| match m {
            Manifest::Go { module } => Some((p.parent_str(), module.as_str())),
            _ => None,
        });
        // The longest module path that begins the import wins, as in Go itself.
        let best = modules
            .filter_map(|(dir, module)| {
                let rest = path.strip_prefix(module)?;
                (rest.is_empty() || rest.starts_with('/'))
                    .then(|| (module.len(), dir, rest.trim_start_matches('/')))
            })
            .max_by_key(|(len, ..)| *len);
        let Some((_, dir, rest)) = best else { return SmallVec::from_slice(&[Value::External]) };
        let folder = if rest.is_empty() { dir.to_owned() } else { join(dir, rest) };
        self.lookups.push(keys::path_lookup(&folder));
        match self.world.dir_at(&folder) {
            Some(_) => SmallVec::from_slice(&[Value::Folder(keys::path_hash(&folder))]),
            None => Values::new(),
        }
    }

    /// A name of the importing file's own package, in its other files.
    pub(super) fn package_name(&mut self, entry: &FileEntry, key: NameKey) -> Values {
        self.name_in_package(entry.path.parent_str(), key, false)
    }

    /// A name that one of the files of a package binds.
    pub(super) fn name_in_package(&mut self, dir: &str, key: NameKey, only_visible: bool) -> Values {
        self.lookups.push(keys::package(dir, key));
        let mut out = Values::new();
        let Some(folder) = self.world.dir_at(dir) else { return out };
        let mut files: Vec<_> = folder.files.iter().map(|f| self.world.file(*f)).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in files.into_iter().filter(|f| f.spec().conventions.imports == ImportStyle::Package) {
            for b in file.facts.lookup(0, key) {
                if let BindTarget::Symbol(s) = b.target
                    && (!only_visible || is_visible(file, s))
                {
                    push_new(&mut out, Value::Symbol(file.id, s));
                }
            }
        }
        out
    }
}
