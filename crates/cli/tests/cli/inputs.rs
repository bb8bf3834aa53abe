//! Files and trees that are not as they should be: each has a clear outcome, and the others are indexed as ever.

use crate::repo::{Repo, column};
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

/// Longer than any of these may take, even in a build without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

/// A repository with a good file, on which every command still has to work.
fn with(path: &str, bytes: &[u8]) -> Repo {
    let repo = Repo::new(&[("good.py", "def good():\n    pass\n")]);
    repo.write(path, bytes);
    repo
}

/// Checks that every command answers, and gives all reasons that `status` lists for the path.
fn outcome(repo: &Repo, path: &str) -> Vec<String> {
    let started = Instant::now();
    assert_eq!(column(&repo.json(&["symbols", "good"])["symbols"], "name"), ["good"]);
    for args in [
        &["map"][..],
        &["index"],
        &["status"],
        &["export", "facts"],
        &["export", "edges"],
        &["export", "dump"],
    ] {
        repo.text(args);
    }
    let status = repo.json(&["status"]);
    assert!(started.elapsed() < PATIENCE, "{path}: {:?}", started.elapsed());
    let lists = ["quarantined", "problems", "skipped"].map(|key| status[key].as_array().unwrap());
    let rows = lists.into_iter().flatten().filter(|row| row["path"] == path);
    rows.map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}

fn quarantined(repo: &Repo) -> Vec<String> {
    column(&repo.json(&["status"])["quarantined"], "path")
}

#[test]
fn invalid_utf8() {
    let repo = with("bad.py", b"def caf\xff\xfe():\n    pass\n\ndef fine():\n    pass\n");
    let reasons = outcome(&repo, "bad.py");
    assert!(!reasons.is_empty(), "status does not tell");
    assert!(column(&repo.json(&["symbols", "fine"])["symbols"], "path").contains(&"bad.py".to_owned()));
}

#[test]
fn utf16_with_a_mark() {
    for little in [true, false] {
        let text = "\u{feff}def wide():\n    pass\n";
        let units = text.encode_utf16();
        let bytes: Vec<u8> =
            units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
        let repo = with("wide.py", &bytes);
        outcome(&repo, "wide.py");
        let row = repo.json(&["symbols", "wide"])["symbols"][0].clone();
        assert_eq!((row["path"].as_str(), row["line"].as_u64()), (Some("wide.py"), Some(1)), "{row}");
    }
}

#[test]
fn carriage_returns() {
    let repo =
        with("dos.py", b"class A:\r\n    def run(self):\r\n        pass\r\n\r\ndef last():\r\n    pass\r\n");
    assert_eq!(outcome(&repo, "dos.py"), [""; 0]);
    assert_eq!(repo.json(&["symbols", "last"])["symbols"][0]["line"], 5);
    assert!(!repo.text(&["map"]).contains('\r'));
}

#[test]
fn nul_bytes() {
    let repo = with("nul.py", b"def a():\n    pass\n\0\0\0\0\ndef b():\n    pass\n");
    outcome(&repo, "nul.py");
    let repo = with("binary.py", &[0, 159, 146, 150, 0, 1, 2, 3]);
    outcome(&repo, "binary.py");
}

#[test]
fn an_empty_file() {
    let repo = with("empty.py", b"");
    assert_eq!(outcome(&repo, "empty.py"), [""; 0]);
    assert_eq!(repo.json(&["outline", "empty.py"])["symbols"], serde_json::json!([]));
    assert!(repo.text(&["map"]).contains("empty.py"));
}

#[test]
fn one_line_of_ten_megabytes() {
    let line = "x = [".to_owned() + &"1, ".repeat(3_500_000) + "]\n";
    let repo = with("line.py", line.as_bytes());
    let reasons = outcome(&repo, "line.py");
    assert!(!reasons.is_empty(), "status does not tell");
}

#[test]
fn fifty_megabytes() {
    let text = "def f():\n    return 1\n\n".repeat(50_000_000 / 23);
    let repo = with("huge.py", text.as_bytes());
    let reasons = outcome(&repo, "huge.py");
    assert!(!reasons.is_empty(), "status does not tell");
}

#[test]
fn nesting_ten_thousand_deep() {
    let deep = |open: &str, close: &str| format!("x = {}1{}\n", open.repeat(10_000), close.repeat(10_000));
    let indented: String = (0..1000).map(|n| format!("{}if x:\n", " ".repeat(n))).collect();
    for (path, text) in [
        ("deep.py", deep("(", ")")),
        ("deep.js", deep("[", "]")),
        (
            "deep.rs",
            format!("fn f() {{ {} }}\n", deep("(", ")").replace("x =", "let x =").replace('\n', ";")),
        ),
        ("deep.c", format!("int f() {}{}\n", "{".repeat(10_000), "}".repeat(10_000))),
        ("indented.py", indented + &" ".repeat(1000) + "pass\n"),
    ] {
        let repo = with(path, text.as_bytes());
        let reasons = outcome(&repo, path);
        assert!(!reasons.is_empty(), "{path}: status does not tell");
        assert_eq!(quarantined(&repo), [path]);
    }
}

#[test]
fn names_that_are_not_text() {
    let repo = with("plain.py", b"");
    let name = OsStr::from_bytes(b"caf\xe9\n\x1b[31m.py");
    std::fs::write(repo.root().join(name), "def odd():\n    pass\n").unwrap();
    let printed = "caf\\xe9\\x0a\\x1b[31m.py";
    outcome(&repo, printed);
    assert!(repo.text(&["map"]).contains(printed));
    // A name can be given as it is and as it is printed.
    assert_eq!(repo.json(&["outline", printed])["path"], printed);
    let mut command = repo.command(&["outline"]);
    command.arg(name);
    assert!(crate::repo::finish(command).out.starts_with(printed));
    let mut command = repo.command(&["outline", "-C", "/"]);
    command.arg(OsStr::from_bytes(b"/no\xff\nsuch"));
    let run = crate::repo::finish(command);
    assert!(run.err.lines().count() == 1, "{run:?}");
}

#[test]
fn links_and_loops() {
    use std::os::unix::fs::symlink;
    let repo = with("src/real.py", b"def real():\n    pass\n");
    symlink("..", repo.root().join("src/loop")).unwrap();
    symlink("self", repo.root().join("self")).unwrap();
    symlink("/etc", repo.root().join("etc")).unwrap();
    symlink("src/real.py", repo.root().join("alias.py")).unwrap();
    symlink("gone.py", repo.root().join("dangling.py")).unwrap();
    for path in ["src/loop", "self", "etc", "alias.py", "dangling.py"] {
        let reasons = outcome(&repo, path);
        assert!(reasons.iter().any(|r| r.contains("symbolic link")), "{path}: {reasons:?}");
    }
    assert_eq!(column(&repo.json(&["symbols", "real"])["symbols"], "path"), ["src/real.py"]);
}

#[test]
fn pipes_and_sockets() {
    let repo = with("x.py", b"");
    let fifo = repo.root().join("pipe.py");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(repo.root().join("sock.py")).unwrap();
    for path in ["pipe.py", "sock.py"] {
        let reasons = outcome(&repo, path);
        assert!(reasons.iter().any(|r| r.contains("a pipe, a socket or a device")), "{path}: {reasons:?}");
        let why = repo.json(&["status", "--why", path]);
        assert_eq!(why["indexed"], Value::Bool(false), "{why}");
    }
}

#[test]
fn a_file_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let repo = with("locked.py", b"x = 1\n");
    let path = repo.root().join("locked.py");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).unwrap();
    // Permissions do not bind a superuser.
    if std::fs::read(&path).is_err() {
        let reasons = outcome(&repo, "locked.py");
        assert!(reasons.iter().any(|r| r.contains("denied")), "{reasons:?}");
    }
}

#[test]
fn control_characters_do_not_leave_a_file() {
    let repo = with("esc.py", b"def f(x=\"\x1b[31m\"):\n    pass\n");
    outcome(&repo, "esc.py");
    let json = repo.text(&["outline", "esc.py", "--json"]);
    assert!(!json.contains('\u{1b}'), "{json}");
}
