//! What an update leaves alone matters as much as what it does.

use lodemap_engine::{ChangeSet, Engine, WorkLog};
use lodemap_testkit::Fixture;

/// Applies `edit` (the files that are different; an empty one goes away) to `start`, and tells the work.
fn work(start: &str, edit: &str) -> WorkLog {
    let mut engine = Engine::new();
    engine.apply(Fixture::parse(start).changes());
    let edit = Fixture::parse(edit);
    let mut changes = edit.changes();
    let gone = |path: &lodemap_base::RelPath| edit.files.iter().any(|(p, text)| p == path && text.is_empty());
    changes.files.retain(|f| !gone(&f.path));
    changes.removed = edit.files.iter().map(|(p, _)| p).filter(|p| gone(p)).cloned().collect();
    let (snapshot, work) = engine.apply(changes);
    assert_eq!(snapshot.digests(), &snapshot.recount(), "what was kept is what can be counted");
    work
}

fn check(start: &str, edit: &str, changed: &[&str], resolved: &[&str]) -> WorkLog {
    let work = work(start, edit);
    let text = |paths: &[lodemap_base::RelPath]| paths.iter().map(|p| p.to_string()).collect::<Vec<_>>();
    assert!(!work.from_scratch);
    assert_eq!(text(&work.changed), changed, "changed");
    assert_eq!(text(&work.resolved), resolved, "resolved");
    work
}

const PYTHON: &str = "\
//- pool.py
def acquire(n):
    return n + 1

def release(n):
    return n
//- a.py
from pool import acquire
def f():
    acquire(1)
//- b.py
import pool
def g():
    pool.acquire(2)
//- c.py
from pool import release
def h():
    release(3)
//- d.py
def alone():
    return 4
";

#[test]
fn a_body_edit_resolves_its_own_file() {
    let edit =
        "//- pool.py\ndef acquire(n):\n    release(n)\n    return n + 2\n\ndef release(n):\n    return n\n";
    let work = check(PYTHON, edit, &["pool.py"], &["pool.py"]);
    assert_eq!((work.lookups, work.redrawn), (0, 1));
}

#[test]
fn a_comment_edit_stops_at_the_facts() {
    let edit = "//- pool.py\n# Pools.\ndef acquire(n):\n    return n + 1  # one more\n\ndef release(n):\n    return n\n";
    let work = check(PYTHON, edit, &["pool.py"], &[]);
    assert_eq!((work.redrawn, work.rows, work.layers_run, work.ranks_changed), (0, 0, 0, 0));
}

#[test]
fn a_rename_resolves_exactly_the_files_that_looked_the_name_up() {
    let edit = "//- pool.py\ndef obtain(n):\n    return n + 1\n\ndef release(n):\n    return n\n";
    let work = check(PYTHON, edit, &["pool.py"], &["a.py", "b.py", "pool.py"]);
    assert_eq!(work.lookups, 2, "the name that went and the name that came");
}

#[test]
fn a_new_name_resolves_those_that_looked_for_it_in_vain() {
    let start = "//- pool.py\nx = 1\n//- a.py\nfrom pool import late\nlate()\n//- b.py\nfrom pool import x\n";
    check(start, "//- pool.py\nx = 1\ndef late(): pass\n", &["pool.py"], &["a.py", "pool.py"]);
}

#[test]
fn a_new_file_resolves_those_that_looked_for_its_path_in_vain() {
    let start = "//- pkg/__init__.py\n//- a.py\nimport pkg.late\n//- b.py\nimport pkg\n";
    let start = &format!("{start}//- pkg/other.py\ny = 1\n").replace("__init__.py\n", "__init__.py\nx = 1\n");
    check(start, "//- pkg/late.py\nz = 1\n", &["pkg/late.py"], &["a.py", "pkg/late.py"]);
}

#[test]
fn a_file_that_goes_resolves_its_users() {
    check(PYTHON, "//- pool.py\n", &["pool.py"], &["a.py", "b.py", "c.py"]);
}

#[test]
fn what_did_not_change_costs_nothing() {
    let mut engine = Engine::new();
    let (before, _) = engine.apply(Fixture::parse(PYTHON).changes());
    let (after, work) = engine.apply(Fixture::parse(PYTHON).changes());
    assert_eq!(work, WorkLog::default());
    assert_eq!(before.generation(), after.generation());
    let (same, _) =
        engine.apply(ChangeSet { removed: vec![lodemap_base::RelPath::root()], ..ChangeSet::default() });
    assert_eq!(same.generation(), after.generation());
}

const RUST: &str = "\
//- Cargo.toml
[package]
name = \"it\"
//- src/lib.rs
pub mod pool;
pub mod user;
//- src/pool.rs
pub struct Pool;
impl Pool {
    pub fn new() -> Pool { Pool }
}
//- src/user.rs
use crate::pool::Pool;
fn f() { Pool::new(); }
";

#[test]
fn a_body_edit_in_rust_resolves_its_own_file() {
    let edit =
        "//- src/pool.rs\npub struct Pool;\nimpl Pool {\n    pub fn new() -> Pool { let p = Pool; p }\n}\n";
    check(RUST, edit, &["src/pool.rs"], &["src/pool.rs"]);
}

#[test]
fn an_implementation_elsewhere_resolves_those_that_asked_for_members() {
    let edit =
        "//- src/user.rs\nuse crate::pool::Pool;\nimpl Pool { pub fn more() {} }\nfn f() { Pool::new(); }\n";
    check(RUST, edit, &["src/user.rs"], &["src/user.rs"]);
}

/// A manifest whose version changed says what it said; one whose name changed does not.
#[test]
fn manifests_count_by_what_they_say() {
    let version = "//- Cargo.toml\n[package]\nname = \"it\"\nversion = \"2.0.0\"\n";
    assert_eq!(work(RUST, version), WorkLog::default());
    let renamed = work(RUST, "//- Cargo.toml\n[package]\nname = \"that\"\n");
    assert!(renamed.changed.is_empty() && renamed.lookups > 0);
}

/// Naming a method that nobody defines is one thing, the first definition another: its callers' edges change,
/// their answers do not.
#[test]
fn the_first_definition_of_a_name_redraws_its_callers() {
    let start = "//- a.py\ndef f(x): x.frobnicate()\n//- b.py\ndef g(x): x.frobnicate()\n//- c.py\ny = 1\n";
    let edit = "//- c.py\nclass C:\n    def frobnicate(self): pass\n";
    let work = check(start, edit, &["c.py"], &["c.py"]);
    assert_eq!(work.redrawn, 3);
    let again = "//- a.py\ndef f(x): x.frobnicate()\n//- b.py\nclass B:\n    def frobnicate(self): pass\n//- c.py\ny = 1\n";
    let work = self::check(again, edit, &["c.py"], &["c.py"]);
    assert_eq!(work.redrawn, 1, "a second definition is an edge of the name's node alone");
}
