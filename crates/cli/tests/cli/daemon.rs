//! Commands with a daemon beside them: the same answers, and a daemon that comes and goes as it should.

use crate::repo::{Repo, Run, finish};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

/// A repository, and a daemon's place that is its own.
pub(crate) struct Bed {
    pub(crate) repo: Repo,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let bed = Self { repo: Repo::pool() };
        fs::create_dir_all(bed.runtime()).unwrap();
        bed
    }

    fn runtime(&self) -> PathBuf {
        self.repo.home().join("r")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.beside(self.repo.command(args))
    }

    fn beside(&self, mut command: Command) -> Command {
        command.env("XDG_RUNTIME_DIR", self.runtime());
        command.env_remove("LODEMAP_NO_DAEMON").env_remove("LODEMAP_DAEMON");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args))
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let run = self.run(&[args, &["--json"]].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{args:?}: {run:?}");
        serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{args:?}: {e}: {run:?}"))
    }

    pub(crate) fn start(&self) -> u64 {
        self.json(&["daemon", "start"])["pid"].as_u64().unwrap()
    }

    pub(crate) fn status(&self) -> Value {
        self.json(&["daemon", "status"])
    }

    /// What the daemon had to complain about.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.runtime().join("lodemap/log")).unwrap();
        log.lines().filter(|line| !line.starts_with("note: listening at ")).collect()
    }

    /// Waits for something that nobody tells of.
    pub(crate) fn until(&self, what: &str, is: impl Fn() -> bool) {
        let deadline = Instant::now() + LONG;
        while !is() {
            assert!(Instant::now() < deadline, "{what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.run(&["daemon", "stop"]);
    }
}

fn is_there(pid: u64) -> bool {
    // One that nobody has waited for yet is as good as gone.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn it_comes_and_goes() {
    let bed = Bed::new();
    let run = bed.run(&["daemon", "status"]);
    assert!(run.code == Some(1) && run.err.contains("daemon start"), "{run:?}");
    let run = bed.run(&["daemon", "stop"]);
    assert!(run.code == Some(1) && run.out == "no daemon runs\n", "{run:?}");

    let pid = bed.start();
    assert!(is_there(pid));
    let again = bed.json(&["daemon", "start"]);
    assert_eq!((again["pid"].as_u64(), again["changed"].as_bool()), (Some(pid), Some(false)));
    let second = bed.run(&["daemon", "run"]);
    assert!(second.code == Some(2) && second.err.contains("running already"), "{second:?}");

    let socket = PathBuf::from(again["socket"].as_str().unwrap());
    assert_eq!(fs::symlink_metadata(&socket).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(socket.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    bed.json(&["map"]);
    let status = bed.status();
    assert_eq!((&status["pid"], status["repositories"][0]["files"].as_u64()), (&pid.into(), Some(3)));
    let text = bed.run(&["daemon", "status"]).out;
    assert!(text.contains("ready, 3 files"), "{text}");

    assert_eq!(bed.run(&["daemon", "stop"]).out, "stopped\n");
    bed.until("it is gone", || !is_there(pid));
    assert!(!socket.exists());
    // What it learnt is there for the next one.
    let kept = bed.json(&["index", "--no-daemon"]);
    assert_eq!((&kept["parsed"], &kept["reused"]), (&0.into(), &3.into()), "{kept}");
}

#[test]
fn a_daemon_that_was_killed_is_no_obstacle() {
    let bed = Bed::new();
    let pid = bed.start();
    bed.json(&["symbols", "Pool"]);
    let raw = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
    bed.until("it is gone", || !is_there(pid));
    // Nobody is there to ask, and nobody is needed.
    bed.json(&["symbols", "Pool"]);
    let next = bed.start();
    assert_ne!(next, pid);
    bed.json(&["symbols", "Pool"]);
    assert_eq!(bed.status()["repositories"].as_array().unwrap().len(), 1);
}

#[test]
fn another_program_takes_over() {
    let bed = Bed::new();
    let pid = bed.start();
    let copy = bed.repo.home().join("lodemap");
    fs::copy(assert_cmd::cargo::cargo_bin!("lodemap"), &copy).unwrap();
    let by_copy = |args: &[&str]| {
        let mut command = bed.beside(Command::new(&copy));
        command.args(args).env("HOME", bed.repo.home()).current_dir(bed.repo.root());
        command.env_remove("XDG_CACHE_HOME").stdin(std::process::Stdio::null());
        finish(command)
    };
    // It does not ask the other, and does not disturb it by asking.
    assert_eq!(by_copy(&["symbols", "Pool"]).code, Some(0));
    assert_eq!(bed.status()["repositories"].as_array().unwrap().len(), 0);
    let started = by_copy(&["daemon", "start", "--json"]);
    let started: Value = serde_json::from_str(&started.out).unwrap_or_else(|e| panic!("{e}: {started:?}"));
    assert_eq!(started["changed"], true);
    assert_ne!(started["pid"].as_u64(), Some(pid));
    bed.until("the old one is gone", || !is_there(pid));
}

/// Everything that is answered by a daemon, with answers of all kinds.
const QUESTIONS: &[&[&str]] = &[
    &["map"],
    &["map", "--focus", "pool.py", "--mention", "acquire", "--tokens", "200"],
    &["map", "--tokens", "1"],
    &["context", "--task", "Pool.acquire returns nothing"],
    &["context", "--task", "Pool", "--files", "--limit", "1"],
    &["context", "--task", " "],
    &["context", "--task", "zzzzzz"],
    &["search", "acquire"],
    &["search", "acquire", "--files", "--kind", "function"],
    &["search", "/(/"],
    &["search", "nowhere_to_be_found"],
    &["symbols"],
    &["symbols", "ac", "--limit", "1", "--tokens", "60"],
    &["symbols", "zzz"],
    &["symbols", "--path", "a["],
    &["def", "Pool.acquire"],
    &["def", "app.py:5:12"],
    &["def", "zzz"],
    &["outline", "src/pool.py"],
    &["outline", "pool.py"],
    &["outline", "./pool.py", "--tokens", "45"],
    &["outline", "../../elsewhere.py"],
    &["outline", "nope.py"],
    &["refs", "Pool"],
    &["refs", "main"],
    &["callers", "Pool.acquire", "--depth", "2"],
    &["callees", "main"],
    &["impact", "src/pool.py"],
    &["impact", "zzz"],
    &["impact", "--diff=-x"],
    &["deps", "app.py"],
    &["status", "--why", "app.py"],
    &["status", "--why", "nope.py"],
    &["languages"],
];

#[test]
fn answers_are_those_without_it() {
    let bed = Bed::new();
    bed.repo.run(&["index"]);
    bed.start();
    for folder in ["", "src"] {
        for question in QUESTIONS {
            for more in [&[][..], &["--json"], &["--quiet"]] {
                let args = [*question, more].concat();
                let run = |args: &[&str]| {
                    let command = bed.repo.command_in(&bed.repo.root().join(folder), args);
                    let run = finish(bed.beside(command));
                    (run.code, run.out, run.err)
                };
                let with = run(&args);
                let without = run(&[&args[..], &["--no-daemon"]].concat());
                assert_eq!(with, without, "{args:?} in `{folder}`");
            }
        }
    }
    let status = bed.status();
    let asked = status["answered"].as_u64().unwrap();
    assert!(asked > QUESTIONS.len() as u64 * 4, "who answered? {status}");
}

#[test]
fn an_edit_is_seen_at_once() {
    let bed = Bed::new();
    bed.start();
    for n in 0..20 {
        let name = format!("edited_{n}");
        bed.repo.write("src/new.py", format!("def {name}(): pass\n").as_bytes());
        assert_eq!(bed.json(&["symbols", &name])["symbols"][0]["name"], name.as_str());
    }
    // Another process may know the state by another number, until the daemon has kept it.
    let symbols = |args: &[&str]| bed.json(&[&["symbols"], args].concat())["symbols"].clone();
    assert_eq!(symbols(&[]), symbols(&["--no-daemon"]));
}

#[test]
fn who_wants_none_asks_none() {
    let bed = Bed::new();
    bed.start();
    let answered = || bed.status()["answered"].as_u64().unwrap();
    let before = answered();
    for args in [&["map", "--no-daemon"][..], &["map", "--no-cache"], &["map", "--jobs", "1"]] {
        assert_eq!(bed.run(args).code, Some(0));
    }
    let mut command = bed.command(&["map"]);
    command.env("LODEMAP_NO_DAEMON", "1");
    assert_eq!(finish(command).code, Some(0));
    let mut command = bed.command(&["map"]);
    command.env("XDG_CACHE_HOME", bed.repo.home().join("another"));
    assert_eq!(finish(command).code, Some(0), "another memory gives other answers");
    // The two questions how much was answered.
    assert_eq!(answered(), before + 1);
}

#[test]
fn one_is_started_for_the_next_command() {
    let bed = Bed::new();
    let ask = || {
        let mut command = bed.command(&["symbols", "Pool", "--json"]);
        command.env("LODEMAP_DAEMON", "auto");
        finish(command)
    };
    let first = ask();
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""));
    bed.until("one runs", || bed.run(&["daemon", "status"]).code == Some(0));
    let second = ask();
    assert_eq!((second.code, second.out), (first.code, first.out));
    assert_eq!(bed.status()["repositories"].as_array().unwrap().len(), 1);
}

#[test]
fn a_folder_that_others_can_look_into_is_no_place() {
    use std::os::unix::fs::PermissionsExt;
    let bed = Bed::new();
    let folder = bed.runtime().join("lodemap");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    for action in ["start", "run"] {
        let run = bed.run(&["daemon", action]);
        assert!(run.code == Some(4) && run.err.contains("looked into by others"), "{run:?}");
    }
    bed.json(&["map"]);
}

#[test]
fn answers_over_http() {
    use std::io::{BufRead, BufReader, Read, Write};
    let bed = Bed::new();
    let run = bed.run(&["serve", "--http", "0.0.0.0:0"]);
    assert!(run.code == Some(2) && run.err.contains("--allow-remote"), "{run:?}");
    let run = bed.run(&["serve", "--http", "nowhere"]);
    assert!(run.code == Some(2) && run.err.contains("127.0.0.1:7007"), "{run:?}");

    let mut command = bed.command(&["serve", "--http", "0", "--json", "--quiet"]);
    let mut server = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let listening: Value = serde_json::from_str(&line).unwrap();
    let file = PathBuf::from(listening["token_file"].as_str().unwrap());
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let token = fs::read_to_string(file).unwrap();
    let address = listening["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let body = r#"{"query":"Pool"}"#;
    write!(
        stream,
        "POST /v1/symbols HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        token.trim(),
        body.len()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (head, said) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && head.to_lowercase().contains("etag: \""), "{head}");
    let said: Value = serde_json::from_str(said).unwrap();
    assert_eq!(said["symbols"], bed.json(&["symbols", "Pool"])["symbols"]);
    // It leaves when it is told to, and saves.
    let pid = rustix::process::Pid::from_child(&server);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
