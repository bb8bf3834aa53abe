//! How a daemon comes and goes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use lodemap_daemon::{Client, Hello, Place, ServeError, ServeOptions, serve};
use lodemap_wire::ProblemKind;
use serde_json::{Map, json};

use crate::bed::Bed;

#[test]
fn it_says_who_it_is() {
    let bed = Bed::new();
    let mut client = bed.client();
    let ours = Hello::of_this_program(None, client.hello.max_frame);
    assert_eq!(client.hello, ours);
    assert!(client.hello.is_twin_of(&ours));
    let other = Hello { program: "another build".into(), ..ours };
    assert!(!client.hello.is_same_program(&other));
    let params = json!({"protocol": 99}).as_object().unwrap().clone();
    let problem = client.call("hello", params).unwrap_err();
    assert!(problem.kind == ProblemKind::Invalid && problem.message.contains("daemon start"), "{problem}");
    let problem = client.call("frobnicate", Map::new()).unwrap_err();
    assert!(problem.kind == ProblemKind::NoSuchMethod && problem.message.contains("subscribe"), "{problem}");
    assert_eq!(bed.status()["pid"], std::process::id());
}

#[test]
fn the_socket_is_ours_alone() {
    let bed = Bed::new();
    let socket = bed.place.socket();
    assert_eq!(fs::symlink_metadata(&socket).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(socket.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn only_one_runs() {
    let mut bed = Bed::new();
    let second = serve(&bed.place, &ServeOptions::default(), || panic!("there are two"));
    assert!(matches!(second, Err(ServeError::Running)));
    bed.client();
    bed.stop();
    assert!(Client::connect(&bed.place).is_none() && !bed.place.socket().exists());
    bed.start(ServeOptions::default());
    bed.client();
}

#[test]
fn a_socket_that_was_left_behind_is_no_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::at(dir.path().join("run"));
    place.prepare().unwrap();
    drop(std::os::unix::net::UnixListener::bind(place.socket()).unwrap());
    assert!(place.socket().exists() && Client::connect(&place).is_none());
    let at = place.clone();
    let daemon = std::thread::spawn(move || serve(&at, &ServeOptions::default(), || ()));
    let mut client = loop {
        match Client::connect(&place) {
            Some(client) => break client,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    client.call("stop", Map::new()).unwrap();
    daemon.join().unwrap().unwrap();
}

#[test]
fn it_leaves_when_nobody_is_there() {
    let options = ServeOptions { idle: Duration::from_millis(200), ..ServeOptions::default() };
    let mut bed = Bed::with(options);
    let client = bed.client();
    // Somebody is there.
    std::thread::sleep(Duration::from_millis(400));
    let mut client = client;
    client.call("daemon_status", Map::new()).unwrap();
    drop(client);
    bed.ended().unwrap();
    assert!(!bed.place.socket().exists());
}

#[test]
fn what_was_asked_is_answered_before_it_leaves() {
    let mut bed = Bed::new();
    let repo = bed.pool();
    let mut client = bed.client();
    let call = json!({"root": repo.root, "wait_ms": 30_000});
    let message = |id: i64, method: &str| lodemap_wire::Incoming {
        id: Some(lodemap_wire::Id::Number(id)),
        method: method.into(),
        params: if method == "map" { call.as_object().unwrap().clone() } else { Map::new() },
    };
    // The repository is not open yet, so the question waits for that.
    client.send(&message(100, "map")).unwrap();
    client.send(&message(101, "stop")).unwrap();
    client.send(&message(102, "map")).unwrap();
    let (mut answered, mut refused) = (false, false);
    while let Ok(reply) = client.read() {
        match (reply.id.clone(), reply.problem()) {
            (Some(lodemap_wire::Id::Number(100)), None) => answered = true,
            (Some(lodemap_wire::Id::Number(102)), Some(problem)) => {
                assert_eq!(problem.kind, ProblemKind::Leaving);
                refused = true;
            }
            (Some(lodemap_wire::Id::Number(101)), None) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(answered && refused, "{answered} {refused}");
    bed.ended().unwrap();
}
