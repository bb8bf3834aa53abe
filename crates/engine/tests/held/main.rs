//! What a state says that it holds is what the allocator gave for it.
//!
//! A test binary of its own: the allocator that counts is everybody's.

#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::disallowed_methods, reason = "the sources of this workspace are the repository")]

use std::alloc::System;
use std::path::{Path, PathBuf};

use cap::Cap;
use lodemap_base::RelPath;
use lodemap_engine::{ChangeSet, Engine, FileInput};
use lodemap_facts::facts_of;
use lodemap_grammar::detect;
use lodemap_graph::FileClass;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folders of the workspace are there")
        .map(|e| e.expect("they can be listed").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "py") {
            out.push(path);
        }
    }
}

fn input(root: &Path, path: &Path) -> FileInput {
    let path_in_root = RelPath::from_os(path.strip_prefix(root).expect("it was found there"))
        .expect("it is a path below it");
    let lang = detect(&path_in_root).expect("the extensions are known");
    let facts = facts_of(lang, &std::fs::read(path).expect("sources can be read")).into();
    FileInput { path: path_in_root, class: FileClass::default(), facts }
}

/// An engine of some files, with everything that a kept one has, and what the allocator gave meanwhile.
fn engine_of(root: &Path, paths: &[PathBuf]) -> (Engine, usize) {
    let before = ALLOCATOR.allocated();
    let mut engine = Engine::new();
    engine.apply(ChangeSet { files: paths.iter().map(|p| input(root, p)).collect(), ..ChangeSet::default() });
    engine.prepare();
    (engine, ALLOCATOR.allocated() - before)
}

#[test]
fn the_report_is_what_was_allocated() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut paths = Vec::new();
    sources(&root.join("crates"), &mut paths);
    sources(&root.join("grammars"), &mut paths);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.install(|| {
        // Tables of languages, parsers and threads are everybody's, and there from here on.
        drop(engine_of(&root, &paths));
        let (engine, allocated) = engine_of(&root, &paths);
        let held = engine.held();
        let parts: Vec<_> = held.parts().collect();
        let percent = held.total() * 100 / allocated;
        assert!((90..=105).contains(&percent), "{percent} % of {allocated} bytes: {parts:?}");
        assert!(
            parts.iter().all(|(part, bytes)| *bytes > 0 || *part == "world.implementations"),
            "{parts:?}"
        );
    });
}
