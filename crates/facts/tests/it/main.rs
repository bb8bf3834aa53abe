//! Tests of the facts through the public interface.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod codec;
mod hashes;
mod parts;
mod total;

use lodemap_facts::{FileFacts, facts_of};
use lodemap_grammar::{Lang, languages, spec_by_name};
use std::path::Path;

fn lang(name: &str) -> Lang {
    spec_by_name(name).unwrap().lang
}

fn facts(name: &str, text: &str) -> FileFacts {
    facts_of(lang(name), text.as_bytes())
}

/// The samples of every language: real code of every form.
fn samples() -> Vec<(Lang, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammars");
    let mut out = Vec::new();
    for spec in languages() {
        let folder = root.join(&spec.name).join("tests");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        out.extend(paths.iter().map(|p| (spec.lang, std::fs::read(p).unwrap())));
    }
    assert!(out.len() >= languages().len());
    out
}

/// Pseudo-random numbers that are the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}
