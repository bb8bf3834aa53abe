//! What one run learnt, the next one knows; and everything works without.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repo::{Repo, finish};

fn packs(home: &Path) -> Vec<PathBuf> {
    let facts = home.join(".cache/lodemap/facts");
    let revisions = fs::read_dir(facts).into_iter().flatten().map(|e| e.unwrap().path());
    let files = revisions.flat_map(|r| fs::read_dir(r).unwrap()).map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == "pack")).collect()
}

fn counts(repo: &Repo, args: &[&str]) -> (u64, u64) {
    let json = repo.json(&[&["index"], args].concat());
    (json["parsed"].as_u64().unwrap(), json["reused"].as_u64().unwrap())
}

#[test]
fn the_second_run_parses_nothing_and_says_the_same() {
    let repo = Repo::pool();
    let dump = repo.text(&["export", "dump", "--no-cache"]);
    assert_eq!(packs(&repo.home()), Vec::<PathBuf>::new(), "--no-cache writes nothing");
    assert_eq!(counts(&repo, &[]), (3, 0));
    assert_eq!(packs(&repo.home()).len(), 1);
    assert_eq!(counts(&repo, &[]), (0, 3));
    assert_eq!(counts(&repo, &["--no-cache"]), (3, 0));
    assert_eq!(counts(&repo, &["--full"]), (3, 0));
    assert_eq!(repo.text(&["export", "dump"]), dump);
    let state = &repo.json(&["status"])["cache"];
    assert_eq!((state["entries"].as_u64(), state["hits"].as_u64()), (Some(3), Some(3)), "{state}");
    assert!(repo.json(&["status", "--no-cache"])["cache"].is_null());
    assert!(repo.json(&["index"])["index_bytes"].as_u64().unwrap() > 100);
}

#[test]
fn there_and_back_parses_once() {
    let repo = Repo::pool();
    counts(&repo, &[]);
    let before = fs::read(repo.root().join("src/pool.py")).unwrap();
    repo.write("src/pool.py", b"class Pool: pass\n");
    assert_eq!(counts(&repo, &[]), (1, 2));
    repo.write("src/pool.py", &before);
    assert_eq!(counts(&repo, &[]), (0, 3));
    // Another checkout of the same files.
    let other = repo.root().with_file_name("other");
    fs::rename(repo.root(), &other).unwrap();
    let run = finish(repo.command_in(&other, &["index", "--json"]));
    assert!(run.out.contains("\"parsed\":0"), "{run:?}");
}

#[test]
fn a_damaged_or_impossible_cache_costs_time_and_nothing_else() {
    let repo = Repo::pool();
    let dump = repo.text(&["export", "dump"]);
    for damage in [
        (|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2)) as fn(&mut Vec<u8>),
        |bytes| bytes.clear(),
        |bytes| {
            let middle = bytes.len() / 3;
            bytes[middle] ^= 0x40;
        },
        |bytes| bytes[8..200].fill(0),
    ] {
        let pack = packs(&repo.home()).remove(0);
        let mut bytes = fs::read(&pack).unwrap();
        damage(&mut bytes);
        fs::write(&pack, bytes).unwrap();
        assert_eq!(repo.text(&["export", "dump"]), dump);
        assert_eq!(counts(&repo, &[]), (0, 3), "it was written anew");
    }
    // A file where the folder should be.
    fs::remove_dir_all(repo.home().join(".cache")).unwrap();
    fs::write(repo.home().join(".cache"), "").unwrap();
    assert_eq!(repo.text(&["export", "dump"]), dump);
    let problem = &repo.json(&["status"])["cache"]["problem"];
    assert!(problem.as_str().unwrap().contains(".cache/lodemap"), "{problem}");
    assert!(repo.text(&["status"]).contains("cache: cannot be used"));
}

#[test]
fn the_cache_is_where_the_environment_says() {
    let repo = Repo::pool();
    let cache = repo.home().join("elsewhere");
    let mut command = repo.command(&["index"]);
    command.env("XDG_CACHE_HOME", &cache);
    assert_eq!(finish(command).code, Some(0));
    assert!(cache.join("lodemap/CACHEDIR.TAG").is_file());
    assert!(!repo.home().join(".cache").exists());
    // Neither in the repository nor relative to it.
    let mut command = repo.command(&["index"]);
    command.env("XDG_CACHE_HOME", "here");
    assert_eq!(finish(command).code, Some(0));
    assert!(!repo.root().join("here").exists());
}
