//! The revision of the extractor: a hash of everything that decides which facts a text has.
//!
//! Stored facts of another revision are not read. A hash cannot be forgotten as a number could.

use std::path::{Path, PathBuf};
use std::{env, fs};

use xxhash_rust::xxh3::xxh3_64;

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut seen = Vec::new();
    for source in ["src", "../grammar/src", "../../grammars"] {
        let path = here.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        add(&path, &mut seen);
    }
    let lock = here.join("../../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    // The grammars and their runtime; other packages decide nothing.
    let lock = fs::read_to_string(lock).unwrap_or_default();
    for package in lock.split("[[package]]").filter(|p| p.contains("name = \"tree-sitter")) {
        seen.extend_from_slice(package.as_bytes());
    }
    println!("cargo::rustc-env=LODEMAP_FACTS_REVISION={:016x}", xxh3_64(&seen));
}

/// Adds the names and contents of the files in a folder, in order; samples decide nothing.
fn add(folder: &Path, seen: &mut Vec<u8>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "tests" {
            add(&path, seen);
        } else if path.is_file() {
            seen.extend_from_slice(name.as_encoded_bytes());
            seen.extend_from_slice(&fs::read(&path).unwrap_or_default());
        }
    }
}
