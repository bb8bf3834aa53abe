//! Replays of small repositories made for the purpose.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use lodemap_testkit::sabotaged;

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"])
        .args(["-c", "commit.gpgsign=false", "-c", "core.autocrlf=false", "-C"])
        .arg(dir)
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(status.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&status.stderr));
}

fn commit(dir: &Path, files: &[(&str, Option<&str>)]) {
    for (path, text) in files {
        let at = dir.join(path);
        match text {
            Some(text) => {
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                fs::write(at, text).unwrap();
            }
            None => fs::remove_file(at).unwrap(),
        }
    }
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "--allow-empty", "-m", "x"]);
}

/// A history with a branch, a merge, a link, a script, odd names, a manifest that changes, a commit without change.
fn repository(dir: &Path) {
    git(dir, &["init", "-q"]);
    commit(dir, &[("a.py", Some("def f(): pass\n")), ("b.py", Some("from a import f\nf()\n"))]);
    commit(dir, &[("tool", Some("#!/usr/bin/env python3\nimport a\na.f()\n")), ("LICENSE", Some("free\n"))]);
    commit(dir, &[("Cargo.toml", Some("[package]\nname = \"it\"\n")), ("src/lib.rs", Some("pub mod x;\n"))]);
    git(dir, &["checkout", "-q", "-b", "side"]);
    commit(dir, &[("src/x.rs", Some("pub fn go() { crate::x::go(); }\n")), ("a.py", None)]);
    git(dir, &["checkout", "-q", "main"]);
    commit(
        dir,
        &[("caf\u{e9} au lait/c.py", Some("import a\na.f()\n")), ("src/main.rs", Some("use it::x;\n"))],
    );
    commit(dir, &[]);
    git(dir, &["merge", "-q", "--no-edit", "side"]);
    std::os::unix::fs::symlink("b.py", dir.join("link.py")).unwrap();
    commit(dir, &[("Cargo.toml", Some("[package]\nname = \"other\"\n")), ("tool", Some("no script\n"))]);
    fs::remove_file(dir.join("link.py")).unwrap();
    commit(dir, &[("link.py", Some("def f(): pass\n")), ("b.py", Some("from link import f\nf()\n"))]);
}

fn args(repo: &Path, more: &[&str]) -> Args {
    let repo = repo.to_str().unwrap();
    Args::try_parse_from([&["replay", repo, "--dump-every", "3"], more].concat()).unwrap()
}

fn engine() -> Box<dyn Subject> {
    Box::new(Engine::new())
}

#[test]
fn a_history_is_replayed_to_its_last_tree() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    let report = replay(&args(dir.path(), &[]), &engine, &mut |_| ()).unwrap();
    assert_eq!(report.differences, [""; 0]);
    // The first of the nine commits is the start; `a.py` comes back and goes again between branch and main.
    assert_eq!((report.commits, report.comparisons, report.dumps), (8, 8, 3));
    assert_eq!(report.files, 6, "b.py, c.py, link.py, lib.rs, main.rs and x.rs without what is no code");
    assert!(report.line(dir.path()).contains("0 differences"));
}

#[test]
fn ranges_and_bare_repositories() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    let bare = dir.path().join("bare.git");
    git(dir.path(), &["clone", "-q", "--bare", ".", "bare.git"]);
    let commits = |more: &[&str]| {
        let mut lines = Vec::new();
        let report = replay(&args(&bare, more), &engine, &mut |l| lines.push(l)).unwrap();
        assert_eq!(report.differences, [""; 0]);
        report.commits
    };
    assert_eq!(commits(&["--commits", "2"]), 2);
    assert_eq!(commits(&["--from", "HEAD~2"]), 2);
    assert_eq!(commits(&["--from", "HEAD~2", "--commits", "1"]), 1);
    assert_eq!(commits(&["--to", "HEAD~1", "--commits", "3"]), 3);
    assert!(replay(&args(&bare, &["--from", "nowhere"]), &engine, &mut |_| ()).is_err());
}

#[test]
fn an_engine_that_misses_something_is_found() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    for (kind, says) in [("removed", "digests of files"), ("manifests", "digests of files")] {
        let make = || sabotaged(kind).unwrap();
        let report = replay(&args(dir.path(), &["--shrink"]), &make, &mut |_| ()).unwrap();
        assert!(!report.differences.is_empty(), "{kind}");
        assert!(report.differences[0].contains(says), "{}", report.differences[0]);
        let (_, story) = report.story.unwrap();
        assert_eq!(story.edits(), 1, "{}", story.text());
    }
}

/// Panics once, when it hears of a second change.
struct Fragile(Engine, u32);

impl Subject for Fragile {
    fn apply(&mut self, changes: lodemap_engine::ChangeSet) -> std::sync::Arc<Snapshot> {
        self.1 += 1;
        assert!(self.1 < 3, "on purpose");
        Subject::apply(&mut self.0, changes)
    }
}

#[test]
fn a_panic_is_a_difference_and_the_history_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    let make = || -> Box<dyn Subject> { Box::new(Fragile(Engine::new(), 0)) };
    let report = replay(&args(dir.path(), &[]), &make, &mut |_| ()).unwrap();
    assert_eq!((report.commits, report.differences.len()), (8, 4), "{:?}", report.differences);
    assert!(report.differences.iter().all(|d| d.ends_with("the engine panicked")));
}
