//! Nobody waits for somebody else's questions, and questions can be taken back.

use std::io::{Read, Write};
use std::time::Duration;

use lodemap_daemon::Limits;
use lodemap_wire::{Id, Incoming, ProblemKind, frame, read_frame};
use serde_json::{Map, Value, json};

use crate::bed::{Bed, Repo};

pub(crate) fn message(repo: &Repo, id: i64, method: &str, more: Value) -> Incoming {
    let mut params = json!({"root": repo.root}).as_object().unwrap().clone();
    params.extend(more.as_object().unwrap().clone());
    Incoming { id: Some(Id::Number(id)), method: method.into(), params }
}

#[test]
fn a_question_can_be_taken_back() {
    let bed = Bed::limited(Limits { running: 1, workers: 1, ..Limits::default() });
    let repo = bed.pool();
    let mut client = bed.client();
    // The only worker is busy with the comparison while the next question waits.
    client.send(&message(&repo, 1, "verify", json!({}))).unwrap();
    client.send(&message(&repo, 2, "map", json!({}))).unwrap();
    let params = json!({"id": 2}).as_object().unwrap().clone();
    client.send(&Incoming { id: None, method: "$/cancel".into(), params: params.clone() }).unwrap();
    // One that is not there any more is nothing to complain about.
    client.send(&Incoming { id: None, method: "$/cancel".into(), params }).unwrap();
    client.send(&Incoming { id: None, method: "$/cancel".into(), params: Map::new() }).unwrap();
    let first = client.read().unwrap();
    let second = client.read().unwrap();
    let by_id = |n: i64| if first.id == Some(Id::Number(n)) { &first } else { &second };
    // It may have been answered before it was taken back, never both.
    let problem = by_id(2).problem();
    assert!(problem.is_none_or(|p| p.kind == ProblemKind::Cancelled));
    assert!(by_id(1).result.is_some(), "{first:?} {second:?}");
}

#[test]
fn a_question_has_its_time() {
    let bed = Bed::limited(Limits { running: 1, workers: 1, ..Limits::default() });
    let repo = bed.pool();
    let mut client = bed.client();
    client.send(&message(&repo, 1, "verify", json!({}))).unwrap();
    client.send(&message(&repo, 2, "map", json!({"deadline_ms": 0}))).unwrap();
    client.send(&message(&repo, 3, "map", json!({"deadline_ms": 600_000}))).unwrap();
    for _ in 0..3 {
        let reply = client.read().unwrap();
        match (reply.id.clone(), reply.problem()) {
            (Some(Id::Number(2)), Some(problem)) => assert_eq!(problem.kind, ProblemKind::Late),
            (Some(Id::Number(1 | 3)), None) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn too_many_questions_are_refused_and_others_are_answered() {
    let limits = Limits { outstanding: 4, running: 1, workers: 2, ..Limits::default() };
    let bed = Bed::limited(limits);
    let repo = bed.pool();
    let mut abuser = bed.client();
    for n in 0..200 {
        abuser.send(&message(&repo, n, "map", json!({}))).unwrap();
    }
    let mut client = bed.client();
    for _ in 0..20 {
        repo.json(&mut client, "symbols", json!({"query": "Pool"}));
    }
    let (mut answered, mut busy) = (0, 0);
    for _ in 0..200 {
        match abuser.read().unwrap().problem() {
            None => answered += 1,
            Some(problem) => {
                assert_eq!(problem.kind, ProblemKind::Busy, "{problem}");
                busy += 1;
            }
        }
    }
    assert!(answered >= 4 && busy > 0, "{answered} answered, {busy} refused");
    // An id that waits already is no id for another question.
    let twice = frame(&message(&repo, 1, "verify", json!({})).to_bytes()).unwrap().repeat(2);
    let mut stream = bed.raw();
    stream.write_all(&twice).unwrap();
    for _ in 0..2 {
        let reply = read_frame(&mut stream, 1 << 20).unwrap().unwrap();
        // The first may have been answered already, on a machine with other things to do.
        let problem = lodemap_wire::Reply::parse(&reply).unwrap().problem();
        assert!(problem.is_none_or(|problem| problem.kind == ProblemKind::Invalid));
    }
}

#[test]
fn who_does_not_read_keeps_nobody_waiting() {
    let limits =
        Limits { write_patience: Duration::from_millis(300), unsent_messages: 4, ..Limits::default() };
    let bed = Bed::limited(limits);
    let files: Vec<(String, String)> = (0..300)
        .map(|n| (format!("pkg/module_{n}.py"), format!("class Name{n}:\n    def method_{n}(self): pass\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let repo = bed.repository("repo", &files);
    let mut client = bed.client();
    repo.json(&mut client, "map", json!({}));
    let mut stalled = Vec::new();
    for _ in 0..100 {
        let mut stream = bed.raw();
        stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
        for n in 0..40 {
            let asked = message(&repo, n, "symbols", json!({"limit": 0, "format": "both"}));
            if stream.write_all(&frame(&asked.to_bytes()).unwrap()).is_err() {
                break;
            }
        }
        stalled.push(stream);
    }
    for _ in 0..50 {
        assert_eq!(
            repo.json(&mut client, "symbols", json!({"query": "Name7", "limit": 1}))["symbols"][0]["name"],
            "Name7"
        );
    }
    // They are left, and what was theirs is given back.
    bed.until("they are left", |status| status["clients"].as_u64().unwrap() <= 2 && status["waiting"] == 0);
    for mut stream in stalled {
        let mut rest = Vec::new();
        // To the end of the stream, or a reset.
        _ = stream.read_to_end(&mut rest);
    }
}

#[test]
fn so_many_clients_and_no_more() {
    let bed = Bed::limited(Limits { clients: 3, ..Limits::default() });
    let held: Vec<_> = (0..3).map(|_| bed.client()).collect();
    let mut told = Vec::new();
    bed.raw().read_to_end(&mut told).unwrap();
    assert!(String::from_utf8_lossy(&told).contains("-32001"), "{told:?}");
    drop(held);
    let mut client = loop {
        if let Some(client) = lodemap_daemon::Client::connect(&bed.place) {
            break client;
        }
    };
    client.call("daemon_status", Map::new()).unwrap();
}
