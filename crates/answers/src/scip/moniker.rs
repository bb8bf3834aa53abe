//! What is each symbol called outside of this repository?
//!
//! `lodemap cargo pool 1.2.0 src/`conn.rs`/Pool#acquire().`: the package, the path as namespaces, and the qualified
//! name with suffixes that tell what each part is. An implementation lends its members the name of its type; what
//! would be called as another symbol of its file gets a number.

use lodemap_base::{FileId, RelPath, SymbolId};
use lodemap_engine::Snapshot;
use lodemap_engine::facts::NONE;
use lodemap_engine::grammar::SymbolKind;
use lodemap_engine::graph::FileEntry;
use rustc_hash::{FxHashMap, FxHashSet};

use super::package::{Package, Packages};
use crate::export::by_path;

/// The names of all files and symbols but implementations, which have none.
pub(super) struct Monikers {
    files: FxHashMap<FileId, String>,
    symbols: FxHashMap<SymbolId, String>,
}

impl Monikers {
    pub(super) fn new(snapshot: &Snapshot, read: &dyn Fn(&RelPath) -> Option<Vec<u8>>) -> Self {
        let packages = Packages::new(snapshot.world(), read);
        let mut out = Self { files: FxHashMap::default(), symbols: FxHashMap::default() };
        for file in by_path(snapshot) {
            let (package, path) = packages.of(file);
            let head = format!("{}{}", head(&package), namespaces(path));
            out.name_symbols(file, &head);
            out.files.insert(file.id, head);
        }
        out
    }

    pub(super) fn file(&self, file: FileId) -> &str {
        self.files.get(&file).map_or("", String::as_str)
    }

    pub(super) fn symbol(&self, symbol: SymbolId) -> Option<&str> {
        self.symbols.get(&symbol).map(String::as_str)
    }

    fn name_symbols(&mut self, file: &FileEntry, head: &str) {
        let facts = &file.facts;
        let mut taken: FxHashSet<String> = FxHashSet::default();
        // What the members of each symbol begin with; parents come before their children.
        let mut prefixes: Vec<String> = Vec::with_capacity(facts.symbols.len());
        for (ix, s) in facts.symbols.iter().enumerate() {
            let mut prefix = match s.parent {
                NONE => head.to_owned(),
                parent => prefixes[parent as usize].clone(),
            };
            if s.parent == NONE && s.container != NONE {
                prefix.push_str(&format!("{}#", escaped(facts.names.get(s.container))));
            }
            let name = facts.names.get(s.name);
            if s.kind == SymbolKind::Impl {
                prefixes.push(format!("{prefix}{}#", escaped(name)));
                continue;
            }
            let mut moniker = format!("{prefix}{}", descriptor(s.kind, name, 0));
            let mut number = 0;
            while taken.contains(&moniker) {
                number += 1;
                moniker = format!("{prefix}{}", descriptor(s.kind, name, number));
            }
            taken.insert(moniker.clone());
            prefixes.push(moniker.clone());
            self.symbols.insert(file.symbols[ix], moniker);
        }
    }
}

fn head(package: &Package) -> String {
    let part = |text: &str| if text.is_empty() { ".".to_owned() } else { text.replace(' ', "  ") };
    format!("lodemap {} {} {} ", part(package.manager), part(&package.name), part(&package.version))
}

fn namespaces(path: &str) -> String {
    path.split('/').map(|name| format!("{}/", escaped(name))).collect()
}

/// A name with the suffix of its kind; `number` sets it apart from others of its name.
fn descriptor(kind: SymbolKind, name: &str, number: u32) -> String {
    let is_method = matches!(kind, SymbolKind::Function | SymbolKind::Method);
    let number = if number == 0 { String::new() } else { format!("+{number}") };
    if is_method {
        return format!("{}({number}).", escaped(name));
    }
    let suffix = match kind {
        SymbolKind::Module => '/',
        SymbolKind::Macro | SymbolKind::Define => '!',
        kind if kind.is_type() => '#',
        _ => '.',
    };
    format!("{}{suffix}", escaped(&format!("{name}{number}")))
}

/// A name as SCIP's grammar wants it: in backticks unless it is simple.
fn escaped(name: &str) -> String {
    let is_simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '$');
    match name {
        "" => "`<anonymous>`".into(),
        name if name.chars().all(is_simple) => name.into(),
        name => format!("`{}`", name.replace('`', "``")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors() {
        assert_eq!(descriptor(SymbolKind::Method, "get", 0), "get().");
        assert_eq!(descriptor(SymbolKind::Method, "get", 2), "get(+2).");
        assert_eq!(descriptor(SymbolKind::Class, "Pool", 0), "Pool#");
        assert_eq!(descriptor(SymbolKind::Field, "size", 1), "size+1.");
        assert_eq!(descriptor(SymbolKind::Macro, "vec", 0), "vec!");
        assert_eq!(descriptor(SymbolKind::Module, "tests", 0), "tests/");
        assert_eq!(escaped("a`b"), "`a``b`");
        assert_eq!(namespaces("src/a.py"), "src/`a.py`/");
        assert_eq!(head(&Package::default()), "lodemap . . . ");
        let package = Package { manager: "npm", name: "a b".into(), version: "1".into() };
        assert_eq!(head(&package), "lodemap npm a  b 1 ");
    }
}
