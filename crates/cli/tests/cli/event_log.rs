//! A file in which a server tells each new state.

use crate::daemon::Bed;
use crate::web::Web;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The ids and the events of a stream that begins at once.
fn stream(web: &Web) -> impl Iterator<Item = (String, Value)> + use<> {
    let address = web.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!("Host: {address}\r\nAuthorization: Bearer {}\r\n\r\n", web.token());
    stream.write_all(format!("GET /v1/events HTTP/1.1\r\n{head}").as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    // The head is there once the stream is.
    lines.by_ref().find(String::is_empty).unwrap();
    std::iter::from_fn(move || {
        let data = lines.by_ref().find_map(|line| Some(line.strip_prefix("data: ")?.to_owned()))?;
        let id = lines.by_ref().find_map(|line| Some(line.strip_prefix("id: ")?.to_owned()))?;
        Some((id, serde_json::from_str(&data).unwrap()))
    })
}

fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// An event of a log as a stream tells it, after its id and the time, which are first.
fn told(mut line: Value) -> (String, Value) {
    let time = line.as_object_mut().unwrap().remove("time").unwrap();
    assert!(time.as_str().unwrap().starts_with("20") && time.as_str().unwrap().ends_with('Z'), "{time}");
    let id = line.as_object_mut().unwrap().remove("id").unwrap();
    (id.as_str().unwrap().to_owned(), line)
}

fn path(bed: &Bed) -> PathBuf {
    bed.repo.home().join("events.ndjson")
}

#[test]
fn what_a_stream_tells_is_in_the_log_over_all_runs() {
    let bed = Bed::new();
    let log = path(&bed);
    let mut wanted: Vec<(String, Value)> = vec![];
    for run in 0..2 {
        let web = Web::start(&bed, &["--event-log", log.to_str().unwrap()]);
        let mut events = stream(&web);
        for edit in 0..4 {
            bed.repo.write(&format!("new_{run}_{edit}.py"), b"def f(): pass\n");
            let name = json!(format!("new_{run}_{edit}.py"));
            loop {
                let event = events.next().unwrap();
                let is_last = event.1["added"].as_array().unwrap().contains(&name);
                wanted.push(event);
                if is_last {
                    break;
                }
            }
        }
    }
    assert!(wanted.len() >= 8);
    assert_eq!(lines(&log).into_iter().map(told).collect::<Vec<_>>(), wanted);
    assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o600);
    let first = fs::read_to_string(&log).unwrap();
    assert!(first.starts_with("{\"id\":\""), "{first}");
    // The part of an id before the dash tells runs apart, and numbers ascend within one.
    let mut runs: Vec<&str> = wanted.iter().map(|(id, _)| id.split_once('-').unwrap().0).collect();
    runs.dedup();
    assert_eq!(runs.len(), 2);
}

#[test]
fn a_name_cannot_add_a_line() {
    let bed = Bed::new();
    let log = path(&bed);
    let web = Web::start(&bed, &["--event-log", log.to_str().unwrap()]);
    let mut events = stream(&web);
    bed.repo.write("a\n{\"id\":\"forged\",\"event\":\"update\"}.py", b"def f(): pass\n");
    bed.repo.write("b\r\u{2028}\u{1b}[2J.py", b"def f(): pass\n");
    let mut added = 0;
    while added < 2 {
        added += events.next().unwrap().1["added"].as_array().unwrap().len();
    }
    let bytes = fs::read(&log).unwrap();
    assert!(bytes.iter().all(|b| !b.is_ascii_control() || *b == b'\n'));
    for line in lines(&log) {
        assert!(line["id"] != "forged" && line["added"].is_array(), "{line}");
    }
}

#[test]
fn a_log_is_where_it_leads_to_nothing() {
    let bed = Bed::new();
    for inside in ["log.py", "src/log.ndjson", "src/../log"] {
        let run = bed.run(&["serve", "--http", "0", "--event-log", inside]);
        assert!(run.code == Some(2) && run.err.contains("outside of it"), "{inside}: {run:?}");
    }
    let nowhere = bed.repo.home().join("nowhere/log");
    for wrong in [nowhere.to_str().unwrap(), "/dev/null", "/dev/full"] {
        let run = bed.run(&["serve", "--http", "0", "--event-log", wrong]);
        assert!(run.code == Some(4) && run.err.contains("cannot be logged"), "{wrong}: {run:?}");
        let run = bed.run(&["daemon", "start", "--event-log", wrong]);
        assert!(run.code == Some(4) && run.err.contains("cannot be logged"), "{wrong}: {run:?}");
    }
    assert!(!bed.repo.root().join("log.py").exists(), "nothing is made in a repository");
}

#[test]
fn a_daemon_logs_what_lies_elsewhere() {
    let bed = Bed::new();
    let log = path(&bed);
    // The daemon has another folder than whoever starts it.
    bed.json(&["daemon", "start", "--event-log", "../home/events.ndjson"]);
    bed.json(&["symbols", "Pool"]);
    bed.repo.write("new.py", b"def f(): pass\n");
    until("it is told", || !lines(&log).is_empty());
    let root = bed.repo.root().canonicalize().unwrap();
    assert_eq!((&lines(&log)[0]["root"], &lines(&log)[0]["added"]), (&json!(root), &json!(["new.py"])));
    bed.run(&["daemon", "stop"]);

    // A log in a repository that is asked about later is not written to for that one: it would never end.
    let inside = bed.repo.root().join("log.py");
    bed.json(&["daemon", "start", "--event-log", inside.to_str().unwrap()]);
    bed.json(&["symbols", "Pool"]);
    bed.repo.write("newer.py", b"def f(): pass\n");
    until("it is seen", || bed.run(&["symbols", "--path", "newer.py"]).code == Some(0));
    assert_eq!(fs::read_to_string(&inside).unwrap(), "");
}

fn until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
