//! The context of a task by the command line: ways to give it, what is answered, and words that are kept.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::repo::Repo;

const TASK: &str = "Pool.acquire hangs\n\n`acquire` never returns when the pool is empty.\n";

#[test]
fn a_task_from_anywhere() {
    let repo = Repo::pool();
    let by_option = repo.text(&["context", "--task", TASK]);
    assert!(by_option.contains("## src/pool.py"), "{by_option}");
    repo.write("../task.md", TASK.as_bytes());
    let file = repo.root().join("../task.md");
    assert_eq!(repo.text(&["context", "--task-file", file.to_str().unwrap()]), by_option);
    let mut command = repo.command(&["context", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TASK.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), by_option);
}

#[test]
fn json_has_what_the_contract_says() {
    let repo = Repo::pool();
    let answer = repo.json(&["context", "--task", TASK]);
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["files"][0]["path"], "src/pool.py");
    assert!(answer["files"][0]["score"].is_number() && answer["files"][0]["why"].is_array());
    let excerpt = &answer["excerpts"][0];
    for key in ["path", "start", "end", "symbol", "level", "text"] {
        assert!(!excerpt[key].is_null(), "{key}: {excerpt}");
    }
    assert!(answer["tokens"].is_number() && answer["confidence"].is_number() && answer["omitted"].is_array());
    let files = repo.text(&["context", "--task", TASK, "--files", "--limit", "1"]);
    assert_eq!(files, "src/pool.py\n");
}

#[test]
fn history_is_listened_to() {
    let repo = Repo::new(&[]);
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        repo.write(&format!("{name}/part.py"), format!("def {name}_common(): pass\n").as_bytes());
    }
    let ask = || repo.json(&["context", "--task", "a_common is wrong"]);
    assert!(ask()["history"].is_null(), "there is no git here");
    let git = |args: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(repo.root()).args(["-c", "user.name=A", "-c", "user.email=a@example.org"]);
        assert!(command.args(args).status().unwrap().success(), "{args:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "begin"]);
    let last = ask()["files"][7]["path"].as_str().unwrap().to_owned();
    for round in 0..3 {
        for path in ["a/part.py", &last] {
            repo.write(path, format!("def {}_common(): return {round}\n", &path[..1]).as_bytes());
        }
        git(&["commit", "--quiet", "-am", "both"]);
    }
    let answer = ask();
    assert_eq!(answer["history"], 4);
    assert_eq!(answer["files"][5]["path"], *last, "{answer}");
}

#[test]
fn no_task_and_no_match() {
    let repo = Repo::pool();
    let run = repo.run(&["context"]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = repo.run(&["context", "--task", "  "]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    let run = repo.run(&["context", "--task-file", "nowhere.md"]);
    assert_eq!(run.code, Some(4), "{}", run.err);
    let run = repo.run(&["context", "--task", "zebra"]);
    assert_eq!(run.code, Some(1), "{}", run.err);
}

#[test]
fn an_edit_is_found_by_the_next_question() {
    let repo = Repo::pool();
    for round in 0..4 {
        repo.write("src/pool.py", format!("class Pool:\n    def walrus_{round}(self): pass\n").as_bytes());
        let task = format!("walrus_{round}");
        assert!(repo.text(&["context", "--task", &task]).contains(&task), "round {round}");
        let before = format!("walrus_{}", round + 100);
        assert_eq!(repo.run(&["context", "--task", &before]).code, Some(0), "its parts are found");
    }
}

/// Everything below a folder, with its permissions.
fn modes(folder: &Path, out: &mut Vec<(String, u32)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        out.push((entry.path().display().to_string(), mode));
        if entry.path().is_dir() {
            modes(&entry.path(), out);
        }
    }
}

#[test]
fn words_are_kept_in_private() {
    let repo = Repo::pool();
    repo.text(&["context", "--task", TASK]);
    let mut found = vec![];
    modes(&repo.home().join(".cache/lodemap/search"), &mut found);
    assert!(found.len() > 3, "{found:?}");
    for (path, mode) in found {
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
}

#[test]
fn damaged_words_are_made_anew() {
    let repo = Repo::pool();
    let whole = repo.text(&["context", "--task", TASK]);
    let mut found = vec![];
    modes(&repo.home().join(".cache/lodemap/search"), &mut found);
    for (path, _) in found.iter().filter(|(path, _)| Path::new(path).is_file()) {
        std::fs::write(path, b"damaged").unwrap();
        assert_eq!(repo.text(&["context", "--task", TASK]), whole, "{path}");
    }
}

/// `LODEMAP_RUNS=N` kills N times as often.
#[test]
fn killed_while_words_are_written() {
    let runs: u64 = std::env::var("LODEMAP_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let repo = Repo::pool();
    let started = Instant::now();
    repo.text(&["context", "--task", TASK]);
    let usual = started.elapsed().as_micros() as u64;
    let mut kills = 0;
    for round in 0..20 * runs {
        repo.write("src/pool.py", format!("class Pool:\n    def acquire_{round}(self): pass\n").as_bytes());
        let mut command = repo.command(&["context", "--task", TASK]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the time of a run, later rounds later.
        std::thread::sleep(Duration::from_micros(usual * (round * 7 % 20) / 16));
        child.kill().unwrap();
        kills += u64::from(child.wait().unwrap().code().is_none());
        let kept = repo.json(&["context", "--task", TASK]);
        let anew = repo.json(&["context", "--task", TASK, "--no-cache"]);
        assert_eq!(kept["excerpts"], anew["excerpts"], "round {round}");
        assert_eq!(kept["files"], anew["files"], "round {round}");
    }
    println!("{kills} killed");
    assert!(kills > 0);
}
