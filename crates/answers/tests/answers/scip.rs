//! SCIP indexes, read again by the format's own library.

use lodemap_answers::{ScipOptions, export_scip};
use lodemap_testkit::Fixture;
use protobuf::Message;
use scip::types::{Document, Index, Occurrence, SymbolInformation, SymbolRole};
use std::collections::{BTreeMap, BTreeSet};

const MIXED: &str = r#"
//- Cargo.toml
[package]
name = "deep pool"
version = "1.2.0"
//- src/lib.rs
/// Lends connections.
///
/// Twice.
pub struct Pool { size: usize }
pub trait Lend {
    fn lend(&self) -> usize;
}
impl Pool {
    pub fn new() -> Pool { Pool { size: 0 } }
}
impl Lend for Pool {
    fn lend(&self) -> usize { 1 }
}
impl Clone for Pool {
    fn lend(&self) -> usize { 2 }
}
pub fn r#try() {}
pub fn go() { r#try(); Pool::new(); }
macro_rules! each { () => {} }
mod inner { pub const A: u32 = 1; }
//- web/package.json
{"name": "@s/web", "version": "0.3.0"}
//- web/util.ts
export class Util { run() {} }
//- web/main.ts
import { Util as U } from "./util";
new U();
//- py/pyproject.toml
[project]
name = "tool"
//- py/a.py
"""A module."""
import b
class Dog(b.Animal):
    def speak(self):
        """Barks."""
    def speak(self):
        return b.helper()
//- py/b.py
class Animal:
    def speak(self): pass
def helper(): pass
//- go.mod
module example.com/m
//- m.go
package m
type T struct{}
func (t *T) Run() {}
//- odd name`s.c
int twice(int n) { return n; }
"#;

fn bytes(fixture: &Fixture) -> Vec<u8> {
    let read = |path: &lodemap_base::RelPath| {
        fixture.files.iter().find(|(p, _)| p == path).map(|(_, bytes)| bytes.clone())
    };
    let mut out = Vec::new();
    let options = ScipOptions { root: b"/r", version: "0.1", read: &read };
    export_scip(&fixture.snapshot(), &options, &mut out).unwrap();
    out
}

fn index(text: &str) -> Index {
    Index::parse_from_bytes(&bytes(&Fixture::parse(text))).unwrap()
}

fn document<'i>(index: &'i Index, path: &str) -> &'i Document {
    index.documents.iter().find(|d| d.relative_path == path).unwrap_or_else(|| panic!("no {path}"))
}

fn symbol<'d>(document: &'d Document, end: &str) -> &'d SymbolInformation {
    let found = document.symbols.iter().find(|s| s.symbol.ends_with(end));
    found.unwrap_or_else(|| panic!("no {end} in {:#?}", names(document)))
}

fn names(document: &Document) -> Vec<&str> {
    document.symbols.iter().map(|s| s.symbol.as_str()).collect()
}

fn is_definition(o: &Occurrence) -> bool {
    o.symbol_roles & SymbolRole::Definition as i32 != 0
}

/// What a document's text says at a range.
fn written<'t>(text: &'t str, range: &[i32]) -> &'t str {
    let line = text.split('\n').nth(range[0] as usize).unwrap();
    &line[range[1] as usize..range[2] as usize]
}

#[test]
fn an_index_is_consistent() {
    let index = index(MIXED);
    let mut defined: BTreeMap<&str, usize> = BTreeMap::new();
    for o in index.documents.iter().flat_map(|d| &d.occurrences).filter(|o| is_definition(o)) {
        *defined.entry(&o.symbol).or_default() += 1;
    }
    assert!(defined.values().all(|n| *n == 1), "each symbol is defined once: {defined:#?}");
    let mut described = BTreeSet::new();
    for document in &index.documents {
        assert!(!document.language.is_empty() && document.position_encoding.value() == 1);
        for s in &document.symbols {
            assert!(described.insert(s.symbol.as_str()) && defined.contains_key(s.symbol.as_str()), "{s}");
            let parsed =
                scip::symbol::parse_symbol(&s.symbol).unwrap_or_else(|e| panic!("{}: {e:?}", s.symbol));
            assert_eq!(parsed.scheme, "lodemap");
            assert_eq!(scip::symbol::format_symbol(parsed), s.symbol.replace("deep  pool", "deep pool"));
            for r in &s.relationships {
                assert!(defined.contains_key(r.symbol.as_str()), "{r}");
            }
        }
        for o in &document.occurrences {
            assert!(defined.contains_key(o.symbol.as_str()), "{} is not defined", o.symbol);
            assert!(matches!(o.range.len(), 3 | 4), "{o}");
            assert_eq!(is_definition(o), !o.enclosing_range.is_empty());
        }
    }
    assert_eq!(described.len(), defined.len());
    let metadata = index.metadata.unwrap();
    assert_eq!((metadata.project_root.as_str(), metadata.tool_info.name.as_str()), ("file:///r", "lodemap"));
}

#[test]
fn ranges_are_what_is_written() {
    let fixture = Fixture::parse(MIXED);
    let index = Index::parse_from_bytes(&bytes(&fixture)).unwrap();
    let mut seen = Vec::new();
    for (path, text) in &fixture.files {
        let text = std::str::from_utf8(text).unwrap();
        let Some(document) = index.documents.iter().find(|d| d.relative_path == path.as_str()) else {
            continue;
        };
        for o in document.occurrences.iter().filter(|o| o.range != [0, 0, 0]) {
            let parsed = scip::symbol::parse_symbol(&o.symbol).unwrap();
            let name = &parsed.descriptors.last().unwrap().name;
            seen.push(format!("{} = {name}", written(text, &o.range)));
        }
    }
    for pair in ["r#try = try", "Util = Util", "U = Util", "./util = util.ts", "b = b.py", "Animal = Animal"]
    {
        assert!(seen.iter().any(|s| s == pair), "{pair} is missing in {seen:#?}");
    }
}

#[test]
fn names_tell_package_path_and_kind() {
    let index = index(MIXED);
    let rust = names(document(&index, "src/lib.rs"));
    for end in [
        "",
        "Pool#",
        "Pool#size.",
        "Lend#lend().",
        "Pool#new().",
        "Pool#lend().",
        "Pool#lend(+1).",
        "try().",
        "each!",
        "inner/",
        "inner/A.",
    ] {
        let name = format!("lodemap cargo deep  pool 1.2.0 src/`lib.rs`/{end}");
        assert!(rust.contains(&name.as_str()), "{name} is missing in {rust:#?}");
    }
    let has = |path: &str, name: &str| {
        let names = names(document(&index, path));
        assert!(names.contains(&name), "{name} is missing in {names:#?}");
    };
    has("web/util.ts", "lodemap npm @s/web 0.3.0 `util.ts`/Util#run().");
    has("py/a.py", "lodemap pip tool . `a.py`/Dog#speak(+1).");
    has("m.go", "lodemap gomod example.com/m . `m.go`/T#Run().");
    has("odd name`s.c", "lodemap cargo deep  pool 1.2.0 `odd name``s.c`/twice().");
}

#[test]
fn what_is_told_of_symbols() {
    let index = index(MIXED);
    let rust = document(&index, "src/lib.rs");
    let pool = symbol(rust, "/Pool#");
    assert_eq!(pool.documentation, ["Lends connections.\n\nTwice."]);
    assert_eq!(pool.kind.enum_value(), Ok(scip::types::symbol_information::Kind::Struct));
    assert_eq!(pool.display_name, "Pool");
    assert_eq!(pool.signature_documentation.text, "pub struct Pool");
    assert_eq!(rust.language, "Rust");
    let python = document(&index, "py/a.py");
    assert_eq!(symbol(python, "`a.py`/").documentation, ["A module."]);
    assert_eq!(symbol(python, "Dog#speak().").documentation, ["Barks."]);
}

#[test]
fn implementations_are_related() {
    let index = index(MIXED);
    let related = |path: &str, end: &str| {
        let bases = &symbol(document(&index, path), end).relationships;
        let tell = |r: &scip::types::Relationship| {
            assert!(r.is_implementation);
            (r.symbol.rsplit('/').next().unwrap().to_owned(), r.is_reference)
        };
        bases.iter().map(tell).collect::<Vec<_>>()
    };
    assert_eq!(related("src/lib.rs", "/Pool#"), [("Lend#".to_owned(), false)]);
    assert_eq!(related("src/lib.rs", "Pool#lend()."), [("Lend#lend().".to_owned(), true)]);
    assert_eq!(related("src/lib.rs", "Pool#lend(+1)."), []);
    assert_eq!(related("py/a.py", "Dog#"), [("Animal#".to_owned(), false)]);
    assert_eq!(related("py/a.py", "Dog#speak()."), [("Animal#speak().".to_owned(), true)]);
}

#[test]
fn an_index_is_the_same_each_time() {
    let fixture = Fixture::parse(MIXED);
    assert_eq!(bytes(&fixture), bytes(&fixture));
    let mut other = fixture.clone();
    other.files.reverse();
    assert_eq!(bytes(&other), bytes(&fixture));
}

#[test]
fn packages_of_one_name_are_told_apart_by_their_paths() {
    let index = index(
        "
//- a/Cargo.toml
[package]
name = \"x\"
//- a/src/lib.rs
pub fn f() {}
//- b/Cargo.toml
[package]
name = \"x\"
//- b/src/lib.rs
pub fn f() {}
//- loose.py
x = 1
",
    );
    let all: Vec<&str> = index.documents.iter().flat_map(names).collect();
    assert!(all.contains(&"lodemap cargo x . a/src/`lib.rs`/f()."), "{all:#?}");
    assert!(all.contains(&"lodemap cargo x . b/src/`lib.rs`/f()."), "{all:#?}");
    assert!(all.contains(&"lodemap . . . `loose.py`/x."), "{all:#?}");
}

#[test]
fn a_file_that_cannot_be_read_has_no_documentation_but_all_else() {
    let fixture = Fixture::parse(MIXED);
    let mut out = Vec::new();
    let options = ScipOptions { root: b"/r", version: "0.1", read: &|_| None };
    export_scip(&fixture.snapshot(), &options, &mut out).unwrap();
    let index = Index::parse_from_bytes(&out).unwrap();
    let rust = document(&index, "src/lib.rs");
    let pool = symbol(rust, "/Pool#");
    assert!(
        pool.documentation.is_empty() && pool.symbol.starts_with("lodemap cargo deep  pool . "),
        "{pool}"
    );
    assert!(rust.occurrences.len() > 10);
}
