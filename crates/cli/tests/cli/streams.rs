//! Data on stdout, everything else on stderr, and readers that go away.

use crate::repo::{Repo, finish};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::io::Read;
use std::process::{Child, Stdio};

/// A repository whose dump is larger than a pipe holds.
fn large() -> Repo {
    let text: String = (0..4000).map(|n| format!("def function_{n}():\n    pass\n\n")).collect();
    Repo::new(&[("large.py", &text)])
}

/// A run that waits for somebody to read on.
fn waiting(repo: &Repo) -> (Child, std::process::ChildStdout) {
    let mut command = repo.command(&["export", "dump"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    (child, stdout)
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let repo = large();
    let (child, stdout) = waiting(&repo);
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn an_interrupted_run_says_so_by_its_code() {
    let repo = large();
    let (mut child, stdout) = waiting(&repo);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdout);
}

#[test]
fn a_full_disk_is_told() {
    let repo = Repo::pool();
    for args in [&["map"][..], &["map", "--json"], &["export", "dump"], &["completions", "bash"]] {
        let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else { return };
        let mut command = repo.command(args);
        let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{args:?}: {message}");
        assert!(message.starts_with("error: standard output cannot be written to"), "{message}");
    }
}

#[test]
fn help_and_version_are_answers_and_mistakes_are_not() {
    let repo = Repo::pool();
    for args in [&["--help"][..], &["-h"], &["--version"], &["help"], &["help", "map"], &["map", "--help"]] {
        let run = repo.run(args);
        assert!(run.code == Some(0) && !run.out.is_empty() && run.err.is_empty(), "{args:?}: {run:?}");
    }
    let run = repo.run(&["--frob"]);
    assert!(run.code == Some(2) && run.out.is_empty() && !run.err.is_empty(), "{run:?}");
}

#[test]
fn no_bar_where_there_is_no_terminal() {
    let repo = large();
    let run = finish(repo.command(&["index"]));
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(!run.out.contains('\r') && !run.out.contains('\u{1b}'), "{run:?}");
}

#[test]
fn nothing_is_written_into_the_repository() {
    let repo = Repo::pool();
    let list = || {
        let mut names: Vec<_> = walk(&repo.root());
        names.sort();
        names
    };
    let before = list();
    for args in [&["map"][..], &["index", "--full"], &["status"], &["export", "facts"]] {
        repo.text(args);
    }
    assert_eq!(list(), before);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(walk(&path));
        }
        out.push(path);
    }
    out
}
