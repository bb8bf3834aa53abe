//! The revision of everything that decides what a repository's files come to: a hash of its sources.
//!
//! Stored states of another revision are not read. A hash cannot be forgotten as a number could.

use std::path::{Path, PathBuf};
use std::{env, fs};

use xxhash_rust::xxh3::xxh3_64;

/// The crates from files to answers, but for those that [`lodemap_facts::REVISION`] covers.
const CRATES: [&str; 7] = ["base", "graph", "rank", "engine", "answers", "disk", "host"];

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut seen = Vec::new();
    for name in CRATES {
        let path = here.join("..").join(name).join("src");
        println!("cargo::rerun-if-changed={}", path.display());
        add(&path, &mut seen);
    }
    println!("cargo::rustc-env=LODEMAP_STATE_REVISION={:016x}", xxh3_64(&seen));
}

/// Adds the names and contents of the files in a folder, in order.
fn add(folder: &Path, seen: &mut Vec<u8>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add(&path, seen);
        } else {
            seen.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
            seen.extend_from_slice(&fs::read(&path).unwrap_or_default());
        }
    }
}
