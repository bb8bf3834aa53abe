//! Killed at any instant: never a wrong answer afterwards, nothing left over, and no repair by hand.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::repo::Repo;

/// Pseudo-random numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The repository as it would be told from nothing.
fn truth(repo: &Repo) -> (String, String) {
    let digest = repo.json(&["index", "--no-cache"])["digest"].to_string();
    (digest, repo.json(&["symbols", "--no-cache"])["symbols"].to_string())
}

/// What was left in the cache by writers that did not come to their end.
fn left_over(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            left_over(&entry.path(), out);
        } else if name.starts_with("tmp-") {
            out.push(name);
        }
    }
}

#[test]
fn killed_at_any_instant() {
    let seed = number("LODEMAP_SEED").unwrap_or(0xdead_5eed);
    println!("LODEMAP_SEED={seed}");
    let mut dice = Dice(seed);
    let repo = Repo::pool();
    repo.write("lib.rs", b"pub fn acquire() {}\n");
    let started = Instant::now();
    _ = truth(&repo);
    // Two runs of the binary: about the time of one that keeps something.
    let usual = started.elapsed().as_micros() as u64;
    let (mut kills, mut ended, mut last) = (0, 0, 0);
    for round in 0..36 * number("LODEMAP_RUNS").unwrap_or(1) {
        repo.write("src/pool.py", format!("class Pool:\n    def acquire_{round}(self): pass\n").as_bytes());
        let mut command = repo.command(&["index", "--quiet"]);
        let by_step = round % 3 > 0;
        if by_step {
            command.env("LODEMAP_DIES_AT", dice.roll(40).to_string());
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if !by_step {
            std::thread::sleep(Duration::from_micros(dice.roll(usual * 3 / 2)));
            child.kill().unwrap();
        }
        match child.wait().unwrap().code() {
            None => kills += 1,
            Some(code) => {
                assert_eq!(code, 0, "round {round}");
                ended += 1;
            }
        }
        let (digest, symbols) = truth(&repo);
        let index = repo.json(&["index"]);
        assert_eq!(index["digest"].to_string(), digest, "round {round}");
        assert_eq!(repo.json(&["symbols"])["symbols"].to_string(), symbols, "round {round}");
        let generation = index["generation"].as_u64().unwrap();
        assert!(generation > last, "round {round}: {generation} after {last} stands for another state");
        last = generation;
        let mut left = vec![];
        left_over(&repo.home().join(".cache"), &mut left);
        assert_eq!(left, Vec::<String>::new(), "round {round}");
    }
    println!("{kills} kills, {ended} ended before");
    assert!(kills > 10);
}
