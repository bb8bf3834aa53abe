//! `lodemap watch`: a process that tells of each change, until it is interrupted.

use crate::repo::Repo;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing takes so long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A run of `watch` and the lines that it prints.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(repo: &Repo, args: &[&str]) -> Watch {
        let mut command = repo.command(&[&["watch"], args].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|l| sender.send(l)));
        Watch { child, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("an event comes")
    }

    /// The next event; each has the common keys.
    fn event(&self) -> Value {
        let event: Value = serde_json::from_str(&self.line()).unwrap();
        assert!(event["schema"] == 1 && event["generation"].is_u64(), "{event}");
        event
    }

    /// The next event, which has to be an update that is right.
    fn update(&self) -> Value {
        let event = self.event();
        assert_eq!((&event["event"], &event["equal"]), (&"update".into(), &true.into()), "{event}");
        assert_eq!((&event["missed"], &event["differences"]), (&Value::Array(vec![]), &Value::Array(vec![])));
        event
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Interrupts it, and gives what it still had to say.
    fn interrupt(mut self) -> Vec<String> {
        self.signal(Signal::INT);
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!(status.code(), Some(130));
        self.lines.iter().collect()
    }
}

impl Drop for Watch {
    /// A test that failed leaves nothing running; one that is stopped can be killed, too.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The paths that an event lists.
fn paths(event: &Value, key: &str) -> Vec<String> {
    event[key].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_change_is_an_event() {
    let repo = Repo::pool();
    let root = repo.root();
    let watch = Watch::start(&repo, &["--verify", "--json", root.to_str().unwrap()]);
    let ready = watch.event();
    assert_eq!((&ready["event"], &ready["watcher"]["mode"]), (&"ready".into(), &"inotify".into()), "{ready}");
    assert_eq!(ready["watcher"]["dirs"], 2);

    repo.write("app.py", b"from src.pool import Conn\n\n\ndef main():\n    return Conn()\n");
    let edited = watch.update();
    assert_eq!((paths(&edited, "changed"), paths(&edited, "added")), (vec!["app.py".to_owned()], vec![]));
    assert!(edited["micros"]["total"].as_u64() > Some(0) && edited["micros"]["wait"].is_u64(), "{edited}");
    assert_eq!((&edited["work"]["parsed"], &edited["watcher"]), (&1.into(), &Value::Null));
    assert!(edited["generation"].as_u64() > ready["generation"].as_u64());

    std::fs::rename(root.join("app.py"), root.join("src/main.py")).unwrap();
    let moved = watch.update();
    assert_eq!(paths(&moved, "added"), ["src/main.py"]);
    assert_eq!((paths(&moved, "removed"), &moved["work"]["parsed"]), (vec!["app.py".to_owned()], &0.into()));

    std::fs::remove_file(root.join("src/pool.py")).unwrap();
    let removed = watch.update();
    assert_eq!(paths(&removed, "removed"), ["src/pool.py"]);

    repo.write("a/b/c/new.py", b"x = 1\n");
    assert_eq!(paths(&watch.update(), "added"), ["a/b/c/new.py"]);
    // What is not indexed is no event, and nor is a write that changes nothing.
    repo.write("notes.bin", b"x");
    repo.write("a/b/c/new.py", b"x = 1\n");
    repo.write("last.py", b"x = 2\n");
    let last = watch.update();
    assert_eq!((paths(&last, "added"), paths(&last, "changed")), (vec!["last.py".to_owned()], vec![]));
    assert_eq!(watch.interrupt(), Vec::<String>::new());
}

#[test]
fn and_a_few_lines_for_people() {
    let repo = Repo::pool();
    let watch = Watch::start(&repo, &["--verify", "--quiet-window", "100"]);
    let ready = watch.line();
    assert!(
        ready.starts_with("ready: 3 files in ") && ready.ends_with("; 2 folders watched (inotify)"),
        "{ready}"
    );
    repo.write("app.py", b"x = 1\n");
    repo.write("new.py", b"y = 1\n");
    std::fs::remove_file(repo.root().join("src/pool.py")).unwrap();
    let update: Vec<String> = (0..5).map(|_| watch.line()).collect();
    assert!(update[0].starts_with("1 changed, 1 added, 1 removed: "), "{update:?}");
    let rest = ["  ~ app.py", "  + new.py", "  - src/pool.py", "  equal to a build from scratch"];
    assert_eq!(update[1..], rest);
    assert_eq!(watch.interrupt(), Vec::<String>::new());
}

/// The process is stopped for a while, as a laptop that sleeps: the system's queue of events runs over, and nothing is
/// missed. `LODEMAP_RUNS` makes the burst the one of a large checkout.
#[test]
fn a_burst_while_the_process_is_stopped() {
    let repo = Repo::pool();
    let watch = Watch::start(&repo, &["--verify", "--json"]);
    assert_eq!(watch.event()["event"], "ready");
    let is_long = std::env::var_os("LODEMAP_RUNS").is_some();
    let count = if is_long { 50_000 } else { 12_000 };
    for round in 0..if is_long { 5 } else { 1 } {
        watch.signal(Signal::STOP);
        for file in 0..count {
            // Most of them where somebody watches, two events each, so that more are lost than the queue holds; and
            // some where nobody watches yet.
            match file % 10 {
                0 => repo.write(&format!("burst{round}/d{}/f{file}.py", file / 200), b"x = 1\n"),
                _ => repo.write(&format!("src/r{round}f{file}.py"), b"x = 1\n"),
            }
        }
        let begun = Instant::now();
        watch.signal(Signal::CONT);
        let (mut added, mut updates) = (0, 0);
        while added < count {
            let update = watch.update();
            added += paths(&update, "added").len();
            updates += 1;
        }
        assert_eq!(added, count);
        println!("{count} files: {updates} updates, each verified, in {:?}", begun.elapsed());
    }
    // It is well afterwards.
    repo.write("burst0/d7/after.py", b"x = 1\n");
    assert_eq!(paths(&watch.update(), "added"), ["burst0/d7/after.py"]);
    assert_eq!(watch.interrupt(), Vec::<String>::new());
}
