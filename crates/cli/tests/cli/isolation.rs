//! Parsers that fail in every way, really: the file is named, all others are indexed, and whoever asked lives on.
//!
//! Builds for tests have workers that abort, hang or take all memory when a file asks for it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::repo::{Repo, Run, column, finish};

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(120);

fn fault(kind: &str) -> String {
    format!("# lodemap-fault: {kind}\ndef of_{kind}():\n    pass\n")
}

/// A command whose parsers fail on demand, and may take so many CPU seconds for a file.
fn faulty(repo: &Repo, seconds: u32, args: &[&str]) -> Command {
    let mut command = repo.command(args);
    command.env("LODEMAP_FAULTS", seconds.to_string());
    command
}

fn quarantined(run: &Run) -> Vec<(String, String)> {
    assert_eq!(run.code, Some(0), "{run:?}");
    let status: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let rows = &status["quarantined"];
    column(rows, "path").into_iter().zip(column(rows, "reason")).collect()
}

fn pair(path: &str, reason: &str) -> (String, String) {
    (path.into(), reason.into())
}

/// The entries of the quarantine on disk.
fn kept(home: &Path) -> usize {
    let revisions = std::fs::read_dir(home.join(".cache/lodemap/quarantine")).into_iter().flatten();
    revisions.map(|r| std::fs::read_dir(r.unwrap().path()).unwrap().count()).sum()
}

#[test]
fn each_way_to_fail_is_named_and_the_neighbours_are_indexed() {
    let repo = Repo::pool();
    let kinds = [
        ("abort", "its parser aborted (signal 6)"),
        ("bloat", "its parser needed more than 512 MB"),
        ("crash", "its parser crashed (signal 11)"),
        ("exit", "its parser ended (exit code 7)"),
        ("nonsense", "its parser answered nonsense"),
        // Too many open files: a worker opens none.
        ("open", "its parser ended (exit code 24)"),
        ("overflow", "its parser needed more stack than there is"),
        ("sleep", "its parser took longer than 2 s"),
        ("spin", "its parser took longer than 2 s"),
    ];
    for (kind, _) in kinds {
        repo.write(&format!("bad/{kind}.py"), fault(kind).as_bytes());
    }
    let expected: Vec<_> = kinds.iter().map(|(k, why)| pair(&format!("bad/{k}.py"), why)).collect();
    assert_eq!(quarantined(&finish(faulty(&repo, 1, &["status", "--json"]))), expected);
    assert_eq!(kept(&repo.home()), kinds.len());
    // Nothing is tried again, in the same state and without parsers that fail.
    let run = finish(faulty(&repo, 1, &["index", "--json"]));
    assert!(run.out.contains("\"parsed\":0") && run.out.contains("\"quarantined\":9"), "{run:?}");
    let dump = repo.text(&["export", "dump"]);
    let json = repo.json(&["index"]);
    assert_eq!((json["parsed"].as_u64(), json["quarantined"].as_u64()), (Some(0), Some(9)), "{json}");
    assert_eq!(column(&repo.json(&["symbols", "acquire"])["symbols"], "path"), ["src/pool.py"]);
    // The list is a part of what is verified.
    assert!(repo.text(&["verify"]).contains("equal to a build from scratch"));
    assert_eq!(repo.text(&["export", "dump"]), dump);
    // Parsed anew, by parsers that do not fail.
    let json = repo.json(&["index", "--full"]);
    assert_eq!((json["parsed"].as_u64(), json["quarantined"].as_u64()), (Some(12), Some(0)), "{json}");
    assert_eq!(kept(&repo.home()), 0);
    assert_eq!(repo.json(&["index"])["quarantined"], 0);
    assert_eq!(column(&repo.json(&["symbols", "of_abort"])["symbols"], "path"), ["bad/abort.py"]);
}

#[test]
fn a_panic_is_no_killer() {
    let repo = Repo::pool();
    repo.write("bad.py", fault("panic").as_bytes());
    let run = finish(faulty(&repo, 5, &["status", "--json"]));
    assert_eq!(quarantined(&run), []);
    assert!(run.out.contains("the extractor failed on it"), "{run:?}");
    assert_eq!(kept(&repo.home()), 0);
}

#[test]
fn a_new_content_is_tried() {
    let repo = Repo::pool();
    repo.write("bad.py", fault("abort").as_bytes());
    let why = "its parser aborted (signal 6)";
    let first = finish(faulty(&repo, 5, &["status", "--json", "--no-cache"]));
    assert_eq!((quarantined(&first), kept(&repo.home())), (vec![pair("bad.py", why)], 0));
    assert_eq!(
        quarantined(&finish(faulty(&repo, 5, &["status", "--json"]))),
        [pair("bad.py", why)],
        "without a cache nothing is remembered, with one it is"
    );
    repo.write("bad.py", fault("none").as_bytes());
    assert_eq!(quarantined(&finish(faulty(&repo, 5, &["status", "--json"]))), []);
    // The same content elsewhere is known.
    repo.write("other/copy.py", fault("abort").as_bytes());
    assert_eq!(quarantined(&finish(repo.command(&["status", "--json"]))), [pair("other/copy.py", why)]);
}

#[test]
fn without_a_program_that_parses_files_are_named_and_nothing_is_remembered() {
    let repo = Repo::pool();
    for program in ["/nowhere/lodemap", "true", "yes"] {
        let path = if program.starts_with('/') { program.into() } else { format!("/bin/{program}") };
        let mut command = repo.command(&["status", "--json"]);
        command.env("LODEMAP_PARSE_WORKER", &path);
        let run = finish(command);
        assert_eq!(quarantined(&run), [], "{program}");
        let status: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(status["files"], 0, "{program}");
        assert_eq!(column(&status["problems"], "path"), ["app.py", "src/__init__.py", "src/pool.py"]);
    }
    assert_eq!(repo.json(&["index"])["parsed"], 3);
}

/// The workers that a process started.
fn workers_of(parent: u32) -> Vec<u32> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else { continue };
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let of_parent =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse().ok());
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if of_parent == Some(parent) && command.windows(12).any(|w| w == b"parse-worker") {
            out.push(pid);
        }
    }
    out
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// A process that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn spawn(mut command: Command) -> Running {
    Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn a_worker_that_is_killed_is_replaced_and_its_file_tried_again() {
    let repo = Repo::new(&[("bad.py", &fault("sleep"))]);
    let mut child = spawn(faulty(&repo, 3600, &["status", "--json"]));
    let at_work = |worker: &u32| {
        let said = std::fs::read(format!("/proc/{worker}/fd/2")).unwrap_or_default();
        said.ends_with(b"asleep")
    };
    let first = wait_for("no worker", || workers_of(child.0.id()).into_iter().find(at_work));
    kill(first);
    let is_other = |worker: &u32| *worker != first && at_work(worker);
    let second = wait_for("no other worker", || workers_of(child.0.id()).into_iter().find(is_other));
    kill(second);
    let mut out = String::new();
    child.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let run = Run { code: child.0.wait().unwrap().code(), out, err: String::new() };
    assert_eq!(quarantined(&run), [pair("bad.py", "its parser was killed (signal 9)")]);
}

#[test]
fn a_worker_that_is_killed_before_it_began_is_replaced() {
    let repo = Repo::new(&[("bad.py", &fault("sleep"))]);
    let child = spawn(faulty(&repo, 3600, &["index"]));
    // Whenever that hits it, there is another.
    let first = wait_for("no worker", || workers_of(child.0.id()).pop());
    kill(first);
    wait_for("no other worker", || workers_of(child.0.id()).into_iter().find(|w| *w != first));
    drop(child);
    assert_eq!(kept(&repo.home()), 0);
}

#[test]
fn a_live_index_outlives_its_parsers() {
    let repo = Repo::pool();
    let mut child = spawn(faulty(&repo, 3600, &["watch", "--json"]));
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().expect("it lives").unwrap()).unwrap() };
    assert_eq!(next()["event"], "ready");
    repo.write("bad.py", fault("abort").as_bytes());
    assert_eq!(next()["added"][0], "bad.py", "its text is known, and nothing more");
    repo.write("src/pool.py", b"class Pool:\n    def lend(self): pass\n");
    assert_eq!(next()["changed"][0], "src/pool.py");
    // The one that waits for work, and then the one at work.
    kill(wait_for("no worker", || workers_of(child.0.id()).pop()));
    repo.write("src/pool.py", b"class Pool:\n    def give(self): pass\n");
    assert_eq!(next()["changed"][0], "src/pool.py");
    assert_eq!(kept(&repo.home()), 1, "an idle worker that was killed is nobody's fault");
    drop(child);
}

#[test]
fn workers_end_with_who_started_them_even_while_they_hang() {
    let repo = Repo::new(&[("bad.py", &fault("spin")), ("worse.py", &fault("sleep"))]);
    let child = spawn(faulty(&repo, 3600, &["index", "--jobs", "2"]));
    let worker = wait_for("no worker", || workers_of(child.0.id()).pop());
    // What it holds are its pipes and what its parent was given: nothing that lodemap opened for itself.
    let top = repo.root().parent().unwrap().canonicalize().unwrap();
    let held = wait_for("it does not begin", || {
        let open: Vec<_> = std::fs::read_dir(format!("/proc/{worker}/fd")).ok()?.flatten().collect();
        let held: Vec<_> = open.iter().map(|e| std::fs::read_link(e.path()).unwrap_or_default()).collect();
        held.iter().any(|h| h.starts_with("/memfd:lodemap-parse-worker (deleted)")).then_some(held)
    });
    assert!(!held.iter().any(|h| h.starts_with(&top)), "{held:?}");
    let environment = std::fs::read(format!("/proc/{worker}/environ")).unwrap();
    assert!(!environment.windows(5).any(|w| w == b"HOME=" || w == b"PATH="));
    drop(child);
    wait_for("an orphan lives", || (!is_alive(worker)).then_some(()));
}
