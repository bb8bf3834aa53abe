//! What a change can break: from paths, symbols, diffs, and what git tells, whatever its configuration says.

use crate::repo::{Repo, Run, column};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn shop() -> Repo {
    Repo::new(&[
        ("shop.py", "def price():\n    return 1\n\n\ndef total():\n    return price()\n"),
        ("view.py", "from shop import total\n\n\ndef show():\n    return total()\n"),
        ("tests/test_shop.py", "from shop import total\n\n\ndef test_total():\n    assert total()\n"),
        ("tests/test_view.py", "from view import show\n\n\ndef test_show():\n    assert show()\n"),
        ("alone.py", "def alone():\n    pass\n"),
    ])
}

/// Runs git in the repository; the fixture's own `.git` makes room for a real one.
fn git(repo: &Repo, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
    command.env("HOME", repo.home()).env("GIT_CONFIG_NOSYSTEM", "1").current_dir(repo.root()).args(args);
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn committed() -> Repo {
    let repo = shop();
    std::fs::remove_dir(repo.root().join(".git")).unwrap();
    git(&repo, &["init", "-q"]);
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "first"]);
    repo
}

fn piped(repo: &Repo, args: &[&str], diff: &str) -> Run {
    let mut command = repo.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn of_paths_and_symbols() {
    let repo = shop();
    insta::assert_snapshot!(repo.text(&["impact", "price"]), @r#"
    changed:
      shop.py#price
    tests to run:
      tests/test_shop.py
      tests/test_view.py
    affected:
      1  shop.py#total  (resolved)
      2  view.py  (resolved)
      2  view.py#show  (resolved)
      2  tests/test_shop.py  (resolved)
      2  tests/test_shop.py#test_total  (resolved)
      3  tests/test_view.py  (resolved)
      3  tests/test_view.py#test_show  (resolved)
    "#);
    let json = repo.json(&["impact", "shop.py", "alone"]);
    let ids =
        |key: &str| json[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids("changed"), ["alone.py#alone", "shop.py"]);
    assert_eq!(ids("tests"), ["tests/test_shop.py", "tests/test_view.py"]);
    let first = &json["affected"][0];
    assert!(first["path"].is_string() && first["distance"] == 1 && first["tier"] == "resolved", "{first}");
    assert_eq!(repo.json(&["impact", "price", "--depth", "1"])["affected"].as_array().unwrap().len(), 1);
    assert!(repo.fails(1, &["impact", "pric"]).contains("price"));
    assert!(repo.fails(1, &["impact", "src/nope.py"]).contains("src/nope.py is not indexed"));
}

#[test]
fn of_a_diff_on_standard_input() {
    let repo = shop();
    let diff = "--- a/shop.py\n+++ b/shop.py\n@@ -1,2 +1,2 @@\n def price():\n-    return 0\n+    return 1\n";
    let run = piped(&repo, &["impact", "--diff", "-", "--json"], diff);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["changed"], serde_json::json!(["shop.py#price"]));
    assert_eq!(column(&json["affected"], "id")[0], "shop.py#total");
    let run = piped(&repo, &["impact", "--diff", "-"], "");
    assert!(run.code == Some(1) && run.err.starts_with("note: "), "{run:?}");
}

#[test]
fn of_what_git_tells() {
    let repo = committed();
    let run = repo.run(&["impact", "--diff"]);
    assert!(run.code == Some(1) && run.err.contains("nothing"), "{run:?}");
    repo.write("shop.py", b"def price():\n    return 2\n\n\ndef total():\n    return price()\n");
    let changed = |args: &[&str]| repo.json(args)["changed"].clone();
    assert_eq!(changed(&["impact", "--diff"]), serde_json::json!(["shop.py#price"]));
    git(&repo, &["commit", "-qam", "second"]);
    assert_eq!(changed(&["impact", "--diff", "HEAD~1"]), serde_json::json!(["shop.py#price"]));
    assert_eq!(repo.run(&["impact", "--diff", "HEAD"]).code, Some(1));
    // Below the root of git, paths still count from the root.
    let tests = repo.root().join("tests");
    repo.write("tests/test_shop.py", b"from shop import total\n\n\ndef test_total():\n    assert 1\n");
    let json = repo.json(&["-C", tests.to_str().unwrap(), "impact", "--diff"]);
    assert_eq!(json["changed"], serde_json::json!(["test_shop.py#test_total"]));
    assert!(repo.fails(2, &["impact", "--diff", "nope"]).contains("nope"));
    assert!(repo.fails(2, &["impact", "--diff=--output=x"]).contains("revision"));
    assert!(!repo.root().join("x").exists());
    assert!(shop().fails(2, &["impact", "--diff"]).contains("no git repository"));
}

/// A repository's configuration can name programs for many occasions of `git diff`; none may run.
#[test]
fn nothing_of_the_repository_is_executed() {
    let repo = committed();
    let spy = repo.home().join("spy.sh");
    let ran = repo.home().join("ran");
    std::fs::write(&spy, format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\ncat\n", ran.display())).unwrap();
    std::fs::set_permissions(&spy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let spy = spy.to_str().unwrap();
    repo.write(".gitattributes", b"*.py diff=spy filter=spy\n");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "pager.diff",
        "diff.external",
        "diff.spy.command",
        "diff.spy.textconv",
        "filter.spy.clean",
        "filter.spy.smudge",
        "filter.spy.process",
        "core.sshCommand",
        "alias.diff",
        "credential.helper",
    ] {
        git(&repo, &["config", key, spy]);
    }
    git(&repo, &["config", "filter.spy.required", "true"]);
    for hook in ["post-index-change", "pre-auto-gc", "fsmonitor-watchman"] {
        let path = repo.root().join(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(Path::new(spy), path).unwrap();
    }
    // Also where only a stamp differs, so that git has to look at the content.
    repo.write("shop.py", b"def price():\n    return 2\n\n\ndef total():\n    return price()\n");
    repo.write("view.py", &std::fs::read(repo.root().join("view.py")).unwrap());
    std::fs::remove_file(&ran).ok();
    let index = std::fs::read(repo.root().join(".git/index")).unwrap();
    let json = repo.json(&["impact", "--diff"]);
    assert_eq!(json["changed"], serde_json::json!(["shop.py#price"]));
    assert!(!ran.exists(), "{}", std::fs::read_to_string(&ran).unwrap());
    assert_eq!(std::fs::read(repo.root().join(".git/index")).unwrap(), index, "nothing is written");
    // The test would notice: git itself does run it.
    let mut plain = Command::new("git");
    plain.args(["diff", "HEAD"]).current_dir(repo.root()).stdin(Stdio::null());
    plain.output().unwrap();
    assert!(ran.exists());
    // A name that cannot be switched off is refused.
    git(&repo, &["config", "filter.a=b.clean", spy]);
    assert!(repo.fails(2, &["impact", "--diff"]).contains("odd name"));
}

#[test]
fn odd_paths_come_through_git() {
    let repo = committed();
    let path = "odd \"dir\"/caf\u{e9} x.py";
    repo.write(path, b"def odd():\n    return 1\n");
    git(&repo, &["add", "."]);
    git(&repo, &["config", "diff.noprefix", "true"]);
    git(&repo, &["config", "diff.mnemonicPrefix", "true"]);
    let changed = repo.json(&["impact", "--diff"])["changed"].clone();
    assert_eq!(changed, serde_json::json!([format!("{path}#odd")]));
}
