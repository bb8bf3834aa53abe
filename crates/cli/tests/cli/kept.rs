//! The state that one run keeps is the next one's answer, as long as it is the one of the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use crate::repo::Repo;

fn states(home: &Path) -> Vec<PathBuf> {
    let folder = home.join(".cache/lodemap/repositories");
    let roots = fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path());
    let files = roots.flat_map(|r| fs::read_dir(r).unwrap()).map(|e| e.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == "state")).collect()
}

fn generation(repo: &Repo) -> u64 {
    repo.json(&["index"])["generation"].as_u64().unwrap()
}

/// Whether a run answered from what was kept: then it looked for nothing but differences.
fn is_kept(repo: &Repo) -> bool {
    repo.json(&["index"])["seconds"]["facts"].is_null()
}

/// Everything that `symbols` and `index` say, from a state that was kept or from nothing.
fn told(repo: &Repo, more: &[&str]) -> String {
    let ask = |args: &[&str]| {
        let run = repo.run(&[args, more, &["--json"]].concat());
        let mut json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        for key in ["generation", "seconds", "peak_rss_bytes", "index_bytes", "parsed", "reused"] {
            json.as_object_mut().unwrap().remove(key);
        }
        json.to_string()
    };
    let symbols = [&["symbols"][..], &["symbols", "acq"], &["symbols", "Pool.acquire"]].map(ask);
    format!("{}\n{}", symbols.join("\n"), ask(&["index"]))
}

/// Lets all files rest: so that their stamps prove something.
fn rest() {
    std::thread::sleep(Duration::from_millis(30));
}

#[test]
fn what_did_not_change_is_not_worked_out_again() {
    let repo = Repo::pool();
    rest();
    let first = generation(&repo);
    assert!(is_kept(&repo));
    assert_eq!(told(&repo, &[]), told(&repo, &["--no-cache"]));
    assert_eq!(generation(&repo), first);
    assert_eq!(repo.json(&["index", "--no-cache"])["generation"], 0);
    assert_eq!(states(&repo.home()).len(), 1);
    // It is in no need of the facts to be counted, and says nothing where they are needed and gone.
    fs::remove_dir_all(repo.home().join(".cache/lodemap/facts")).unwrap();
    assert_eq!(told(&repo, &[]), told(&repo, &["--no-cache"]));
}

#[test]
fn every_change_is_noticed_and_has_a_number_of_its_own() {
    let repo = Repo::pool();
    let root = repo.root();
    let mut last = 0;
    let mut seen = vec![];
    type Change = fn(&Path);
    let changes: [(&str, bool, Change); 12] = [
        ("nothing", false, |_| {}),
        ("an edit", true, |root| {
            fs::write(root.join("src/pool.py"), "class Pool:\n    def acq(self): pass\n").unwrap()
        }),
        ("an edit that keeps size and time", true, |root| {
            let path = root.join("src/pool.py");
            let time = fs::metadata(&path).unwrap().modified().unwrap();
            fs::write(&path, "class Pond:\n    def acq(self): pass\n").unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }),
        ("a touch", false, |root| {
            let file = fs::File::options().write(true).open(root.join("src/pool.py")).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(100)).unwrap();
        }),
        ("a new file", true, |root| fs::write(root.join("src/new.py"), "def acquired(): pass\n").unwrap()),
        ("a new file of no language", false, |root| {
            fs::write(root.join("notes.md"), "def acquired()").unwrap()
        }),
        ("an edit of it", false, |root| fs::write(root.join("notes.md"), "def acquire_more()").unwrap()),
        ("a rename", true, |root| fs::rename(root.join("src/new.py"), root.join("src/newer.py")).unwrap()),
        ("a folder", true, |root| {
            fs::create_dir_all(root.join("src/deep/er")).unwrap();
            fs::write(root.join("src/deep/er/x.py"), "def acq_deep(): pass\n").unwrap();
        }),
        ("a rule", true, |root| fs::write(root.join(".gitignore"), "deep/\n").unwrap()),
        ("another rule in its place", true, |root| fs::write(root.join(".gitignore"), "newer*\n").unwrap()),
        ("a file less", true, |root| fs::remove_file(root.join("src/pool.py")).unwrap()),
    ];
    for (what, is_new, change) in changes {
        change(&root);
        assert_eq!(told(&repo, &[]), told(&repo, &["--no-cache"]), "{what}");
        let number = generation(&repo);
        assert_eq!(number != last, is_new || last == 0, "{what}: {last} became {number}");
        assert!(number >= last, "{what}: numbers ascend");
        last = number;
        seen.push(number);
        rest();
        _ = told(&repo, &["--quiet"]);
    }
    seen.dedup();
    assert_eq!(seen.len(), 9);
}

#[test]
fn a_damaged_or_foreign_state_costs_time_and_nothing_else() {
    let repo = Repo::pool();
    rest();
    let truth = told(&repo, &["--no-cache"]);
    let last = generation(&repo);
    let mut dice = 0x5eed_u64;
    let mut roll = |n: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % n
    };
    for round in 0..24 {
        let path = states(&repo.home()).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let at = roll(bytes.len());
        match round % 4 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << roll(8),
            2 => {
                let end = (at + 512).min(bytes.len());
                bytes[at..end].fill(0);
            }
            _ => bytes.clear(),
        }
        fs::write(&path, bytes).unwrap();
        assert_eq!(told(&repo, &[]), truth, "round {round}");
    }
    assert!(generation(&repo) >= last);
    // A state of another root under the name of this one.
    let mine = states(&repo.home()).remove(0);
    let other = Repo::new(&[("src/pool.py", "class Other: pass\n")]);
    rest();
    generation(&other);
    fs::copy(states(&other.home()).remove(0), &mine).unwrap();
    assert_eq!(told(&repo, &[]), truth);
}

#[test]
fn several_processes_share_one_cache() {
    let repo = Repo::pool();
    rest();
    for round in 0..4 {
        repo.write("src/pool.py", format!("class Pool:\n    def acq_{round}(self): pass\n").as_bytes());
        let children: Vec<_> = (0..4)
            .map(|n| {
                let mut command = repo.command(&[["index"], ["symbols"]][n % 2]);
                command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        assert_eq!(told(&repo, &[]), told(&repo, &["--no-cache"]), "round {round}");
    }
}

#[test]
fn a_cache_that_goes_or_cannot_be_written_is_done_without() {
    let repo = Repo::pool();
    rest();
    let truth = told(&repo, &["--no-cache"]);
    generation(&repo);
    fs::remove_dir_all(repo.home().join(".cache/lodemap/repositories")).unwrap();
    assert_eq!(told(&repo, &[]), truth);
    // A file where the states should be.
    fs::remove_dir_all(repo.home().join(".cache/lodemap/repositories")).unwrap();
    fs::write(repo.home().join(".cache/lodemap/repositories"), "").unwrap();
    assert_eq!(told(&repo, &[]), truth);
    assert_eq!(generation(&repo), 0, "there is no number to be had");
}
