//! The store through its public interface, over folders in memory and on disk.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and tells its seed")]

mod crashes;
mod facts;
mod folders;
mod generations;

use std::path::Path;

use lodemap_facts::{FileFacts, facts_of};
use lodemap_grammar::languages;
use lodemap_store::{FactsCache, Limits, simulated::SimulatedFolder};

/// Facts of the samples of every language, and of variants of them.
fn samples(variants: usize) -> Vec<FileFacts> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../grammars");
    let mut out = Vec::new();
    for spec in languages() {
        let folder = root.join(&spec.name).join("tests");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        let text = std::fs::read(&paths[0]).unwrap();
        for n in 0..variants {
            let text = [&text[..text.len().min(400)], format!("\n\n{n}\n").as_bytes()].concat();
            out.push(facts_of(spec.lang, &text));
        }
    }
    out
}

fn open(folder: &SimulatedFolder) -> FactsCache {
    FactsCache::open(Box::new(folder.clone()), Limits::default())
}

/// What a cache says of some facts: nothing, or the truth.
fn check(cache: &FactsCache, facts: &[FileFacts]) -> usize {
    let mut known = 0;
    for f in facts {
        if let Some(found) = cache.get(f.hashes.content, f.lang) {
            assert_eq!(found, *f, "a wrong answer");
            known += 1;
        }
    }
    known
}

/// Pseudo-random numbers that are the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    /// Seeded by `LODEMAP_SEED`, which is printed.
    fn seeded(seed: u64) -> Self {
        let seed = std::env::var("LODEMAP_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(seed);
        println!("LODEMAP_SEED={seed}");
        Self(seed)
    }

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

/// Flips a bit, cuts, zeroes a block, or adds garbage at the end; now and then it changes nothing.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(5) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes.truncate(at),
        3 => {
            let end = (at + 64).min(bytes.len());
            bytes[at..end].fill(0);
        }
        _ => bytes.extend((0..random.below(40)).map(|n| n as u8)),
    }
}

/// How many times long tests run: `LODEMAP_RUNS` times as often as in a short run.
fn runs(short: usize) -> usize {
    short * std::env::var("LODEMAP_RUNS").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}
